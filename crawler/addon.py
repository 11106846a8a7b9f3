"""For Scrapy projects of one's own: one line in their settings, and pages their spiders read go into Holdfast's history.

    ADDONS = {"crawler.addon.HoldfastAddon": 500}
    HOLDFAST_CONFIG = "holdfast.toml"

Scrapy's handlers for `file:`, `ftp:`, `s3:` and `data:` are turned off with it, so that no address a page names reads a file or reaches
another server by them. A project that needs one names it in its own `DOWNLOAD_HANDLERS`.

A spider then yields a `crawler.items.PageItem`; `crawler.scan.reader.read_fetched_page(response.body, response.url)` makes its page.
"""

from __future__ import annotations

from typing import Self

from scrapy.crawler import Crawler
from scrapy.settings import BaseSettings
from scrapy.utils.misc import load_object

from crawler.settings import ITEM_PIPELINES, NO_HANDLERS
from crawler.spiders.base import attach_job


class HoldfastAddon:
    """Adds Holdfast's pipelines, gives each spider the job they write to, and leaves http and https to be fetched.

    Other settings stay the project's own.
    """

    def update_settings(self, settings: BaseSettings) -> None:
        """Called by Scrapy before the crawl."""
        for path, priority in ITEM_PIPELINES.items():
            settings.setdefault_in_component_priority_dict(
                "ITEM_PIPELINES", load_object(path), priority
            )
        for scheme, handler in NO_HANDLERS.items():
            settings["DOWNLOAD_HANDLERS"].set(scheme, handler, priority="addon")
        settings.setdefault_in_component_priority_dict("EXTENSIONS", JobForSpider, 0)


class JobForSpider:
    """An extension that opens the job when a spider begins and ends it with the spider."""

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        if crawler.spider is not None:
            attach_job(crawler, crawler.spider)
        return cls()
