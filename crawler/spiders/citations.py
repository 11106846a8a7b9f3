"""What do the pages cite? Reads pages, and gives each with its citations to the pipelines."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Any

from scrapy import Request
from scrapy.http import Response
from twisted.python.failure import Failure

from crawler.items import PageItem
from crawler.pages import NotText
from crawler.scanning import page_sources, read_page
from crawler.spiders.jobs import JobSpider
from store.vocabulary import PageWarning


class CitationsSpider(JobSpider):
    """Reads Markdown pages. Argument `pages`: files, folders or globs, separated by commas; else those of the configuration."""

    name = "citations"

    def __init__(self, name: str | None = None, *, pages: str = "", **arguments: Any) -> None:
        super().__init__(name, **arguments)
        self._pages = tuple(filter(None, pages.split(",")))

    async def start(self) -> AsyncIterator[Any]:
        for source in page_sources(self.job.loaded, self._pages):
            if isinstance(source, PageWarning):
                self.logger.warning("%s: %s", source.page, source.message)
            elif source.file:
                yield Request(
                    source.file.absolute().as_uri(),
                    callback=self.parse,
                    errback=self.unread,
                    cb_kwargs={"path": source.path},
                    dont_filter=True,
                )

    def parse(self, response: Response, path: str = "") -> Iterator[PageItem]:
        try:
            yield PageItem(page=read_page(response.body, path))
        except NotText as error:
            self.logger.warning("%s: %s", path, error)

    def unread(self, failure: Failure) -> None:
        self.logger.warning("%s", failure.value)
