"""Read single pages again, as a scan does: a large page in a process with a time limit."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Self

import msgspec

from crawler.archives import pair_page
from crawler.pages import Dialect, NotText
from crawler.scan.limited_worker import LimitedWorker
from crawler.scan.page_source import PageSource
from crawler.scan.process_pool import SMALL_PAGE_BYTES, TIME_LIMIT
from crawler.scan.reader import ReadResult, SourceReader, describe_failure
from store.vocabulary import Page, PageWarning

_EMPTY_PAGE = PageSource(path="", size=0, data=b"", format="markdown")
_UNPACK = msgspec.msgpack.Decoder(list[ReadResult]).decode


@dataclass(frozen=True, slots=True)
class _ParserOnly(SourceReader):
    """Reads pages without the regular expression fallback: its results cannot be used for edits."""

    def read_or_fall_back(self, source: PageSource, reason: str = "") -> Page | PageWarning:
        """Return the record of a page, or a warning if the parser fails."""
        try:
            return self.read(source)
        except (KeyboardInterrupt, SystemExit):
            raise
        except BaseException as error:  # noqa: BLE001  also a panic of native code
            problem = reason or describe_failure(error)
            return PageWarning(page=source.path, line=0, code="unreadable", message=problem)


class LimitedReader:
    """Reads pages one after another, each within the time limit of a scan.

    Small pages are read in this process.

    Args:
        dialect: How the wiki's renderer reads Markdown.
        local_archive_url: The base URL of the local archive.
        time_limit: Seconds for a page.
    """

    def __init__(
        self, dialect: Dialect, local_archive_url: str, *, time_limit: float = TIME_LIMIT
    ) -> None:
        finish = partial(pair_page, local_archive_url=local_archive_url)
        self._reader = _ParserOnly(dialect, finish)
        self._worker = LimitedWorker(self._reader, _EMPTY_PAGE, time_limit=time_limit)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def read(self, source: PageSource) -> Page:
        """Return the record of a page.

        Args:
            source: The page, with its bytes.

        Raises:
            NotText: The bytes are no text, or the parser failed.
            ReadingStopped: The parser took too long, or its process crashed.
        """
        if source.size <= SMALL_PAGE_BYTES:
            read = self._reader.read_or_fall_back(source)
        else:
            read = self._read_in_worker(source)
        if isinstance(read, PageWarning):
            raise NotText(read.message.removeprefix("was skipped: "))
        return read

    def close(self) -> None:
        """End the process that reads large pages."""
        self._worker.close()

    def _read_in_worker(self, source: PageSource) -> Page | PageWarning:
        """Read a page in the worker process. Raises ReadingStopped if that fails."""
        received = self._worker.read(source)
        (result,) = _UNPACK(received) if isinstance(received, bytes) else received
        return result.item
