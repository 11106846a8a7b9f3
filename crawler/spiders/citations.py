"""What do the pages cite? Reads pages, and gives each with its citations to the pipelines."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from scrapy import Request
from scrapy.http import Response

from crawler.items import PageItem
from crawler.scanning import page_sources, read_page
from crawler.spiders.jobs import JobSpider


class CitationsSpider(JobSpider):
    """Reads Markdown pages. Argument `pages`: files, folders or globs, separated by commas; else those of the configuration."""

    name = "citations"

    def __init__(self, name: str | None = None, *, pages: str = "", **arguments: Any) -> None:
        super().__init__(name, **arguments)
        self._pages = tuple(filter(None, pages.split(",")))

    async def start(self) -> AsyncIterator[Any]:
        for source in page_sources(self.job.loaded, self._pages):
            yield Request(Path(source.file).resolve().as_uri(), callback=self.parse, cb_kwargs={"path": source.path}, dont_filter=True)

    def parse(self, response: Response, path: str = "") -> Any:
        yield PageItem(page=read_page(response.body, path))
