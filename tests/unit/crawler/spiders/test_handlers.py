"""Test that spiders fetch only http and https, and only by `ProbeDownloadHandler`."""

from __future__ import annotations

import importlib
import pkgutil
from typing import Any

import pytest
from scrapy import Spider
from scrapy.core.downloader.handlers import DownloadHandlers
from scrapy.crawler import Crawler
from scrapy.settings import BaseSettings, Settings

import crawler as package
from crawler.addon import HoldfastAddon
from crawler.spiders.base import JobSpider

OURS = "crawler.scrapy_ext.download_handler.ProbeDownloadHandler"


def subclasses(kind: type[Any]) -> set[type[Any]]:
    return {kind, *(below for each in kind.__subclasses__() for below in subclasses(each))}


def our_spiders() -> list[type[Spider]]:
    """Return every spider of the package, wherever it is defined."""
    for module in pkgutil.walk_packages(package.__path__, "crawler."):
        if "spider" in module.name and not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    return sorted(
        (kind for kind in subclasses(JobSpider) if kind.__module__.startswith("crawler.")),
        key=lambda kind: kind.__name__,
    )


def project_settings() -> Settings:
    settings = Settings()
    settings.setmodule("crawler.settings", priority="project")
    return settings


def handlers(settings: BaseSettings) -> dict[str, object]:
    return {
        scheme: path
        for scheme, path in settings.getwithbase("DOWNLOAD_HANDLERS").items()
        if path is not None
    }


def test_all_spiders_are_found() -> None:
    assert {
        "CitationsSpider",
        "LivenessSpider",
        "CapturesSpider",
        "MovesSpider",
        "DriftSpider",
        "WorkerSpider",
    } <= {kind.__name__ for kind in our_spiders()}


@pytest.mark.parametrize("spider", our_spiders(), ids=lambda kind: kind.__name__)
def test_each_spider_fetches_only_http_and_https(spider: type[Spider]) -> None:
    crawler = Crawler(spider, project_settings())
    spider.update_settings(crawler.settings)
    assert handlers(crawler.settings) == {"http": OURS, "https": OURS}
    found = DownloadHandlers(crawler)
    for scheme in ("file", "ftp", "s3", "data", "gopher", "dict"):
        assert found._get_handler(scheme) is None


def test_the_addon_disables_handlers_that_a_project_does_not_configure() -> None:
    settings = Settings()
    settings.set("DOWNLOAD_HANDLERS", {"ftp": "own.Handler"}, priority="project")
    HoldfastAddon().update_settings(settings)
    assert set(handlers(settings)) == {"http", "https", "ftp"}
    assert settings["DOWNLOAD_HANDLERS"]["ftp"] == "own.Handler"
