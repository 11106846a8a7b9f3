"""Scrapy add-on: spiders of other projects send the pages they read to Holdfast's database.

Settings of the project:

    ADDONS = {"crawler.addon.HoldfastAddon": 500}
    HOLDFAST_CONFIG = "holdfast.toml"

A spider then yields `crawler.items.PageItem`; `crawler.scan.reader.read_fetched_page(response.body,
response.url)` returns its page.

The add-on disables Scrapy's handlers for `file:`, `ftp:`, `s3:` and `data:`, so that no URL on a
page can read a file or reach a server that way. A project that needs one sets it in its own
`DOWNLOAD_HANDLERS`.
"""

from __future__ import annotations

from typing import Self

from scrapy.crawler import Crawler
from scrapy.settings import BaseSettings
from scrapy.utils.misc import load_object

from crawler.process.hidden_packages import describe_hidden_package
from crawler.settings import DISABLED_HANDLERS, STORING_PIPELINES

try:
    from crawler.spiders.base import attach_job
except ModuleNotFoundError as error:
    if hidden := describe_hidden_package(error):
        raise ImportError(hidden) from error
    raise


class HoldfastAddon:
    """Adds Holdfast's pipelines, opens a job for each spider, and allows only http and https.

    Other settings of the project are not changed.
    """

    def update_settings(self, settings: BaseSettings) -> None:
        """Change the settings; called by Scrapy before the crawl."""
        for path, priority in STORING_PIPELINES.items():
            settings.setdefault_in_component_priority_dict(
                "ITEM_PIPELINES", load_object(path), priority
            )
        for scheme, handler in DISABLED_HANDLERS.items():
            settings["DOWNLOAD_HANDLERS"].set(scheme, handler, priority="addon")
        settings.setdefault_in_component_priority_dict("EXTENSIONS", JobForSpider, 0)


class JobForSpider:
    """Scrapy extension that opens a job when a spider starts. The job closes with the spider."""

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Create the extension, and open a job for the crawler's spider."""
        if crawler.spider is not None:
            attach_job(crawler, crawler.spider)
        return cls()
