"""Read single pages into records, with each mirror paired with its original.

`process_pool` reads many pages with a time limit each; this module is what its workers run.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import cast

import msgspec

from crawler.archives import pair_page
from crawler.pages import Dialect, NotText, extract
from crawler.pages.html import extract_html
from crawler.pages.interface import ReadOptions
from crawler.pages.registry import reader_named
from crawler.pages.source.regex_fallback import find_urls_by_regex
from crawler.scan.included_files import included_file_reader
from crawler.scan.page_source import PageSource
from store.vocabulary import Page, PageWarning

PageFinisher = Callable[[Page], Page]
"""Takes the record of a page; returns it completed, for example with mirrors paired."""


def read_page(
    source: bytes,
    path: str,
    *,
    page_format: str = "",
    dialect: str = Dialect.MKDOCS,
    local_archive_url: str = "",
    read_file: Callable[[str], str | None] | None = None,
) -> Page:
    """Read one page in this process.

    Args:
        source: The bytes of the page.
        path: Its name in records.
        page_format: The name of its format; by default that of its suffix.
        dialect: How the wiki's renderer reads Markdown.
        local_archive_url: The base URL of the local archive.
        read_file: Returns the text of an included file by its path relative to the page, None if
            it cannot be read. Without it, pages include nothing.

    Returns:
        The record of the page.

    Raises:
        NotText: The bytes are no text.
    """
    reader = reader_named(page_format) if page_format else None
    page = extract(source, path=path, dialect=Dialect(dialect), reader=reader, read_file=read_file)
    return pair_page(page, local_archive_url=local_archive_url)


def read_fetched_page(source: bytes, url: str, *, local_archive_url: str = "") -> Page:
    """Read one HTML page of a published site.

    Returns:
        The record of the page.

    Raises:
        NotText: The bytes are no text.
    """
    return pair_page(extract_html(source, url=url), local_archive_url=local_archive_url)


def read_mode_of(source: PageSource, dialect: Dialect) -> str:
    """Return how a page is read: its format, for Markdown the dialect (`Page.read_mode`)."""
    return reader_named(source.format).read_mode(ReadOptions(dialect))


def read_source(source: PageSource, dialect: Dialect = Dialect.MKDOCS) -> Page | PageWarning:
    """Return the record of one page, or a warning if its file cannot be read or is no text."""
    try:
        reader = reader_named(source.format)
        read_file = included_file_reader(source)
        return extract(
            source.read(), path=source.path, dialect=dialect, reader=reader, read_file=read_file
        )
    except OSError as error:
        problem = f"cannot be read: {error.strerror}"
        return PageWarning(page=source.path, line=0, code="unreadable", message=problem)
    except NotText as error:
        return PageWarning(page=source.path, line=0, code="binary", message=f"was skipped: {error}")


class ReadResult(msgspec.Struct, array_like=True):
    """The result of reading a page: its record or a warning.

    It is a msgspec struct because workers send it to their parent process.
    """

    page: Page | None = None
    warning: PageWarning | None = None

    @classmethod
    def of(cls, read: Page | PageWarning) -> ReadResult:
        """Return the result for a record or a warning."""
        return cls(page=read) if isinstance(read, Page) else cls(warning=read)

    @property
    def item(self) -> Page | PageWarning:
        """The record or the warning."""
        return cast("Page | PageWarning", self.page or self.warning)


def pack_results(results: list[ReadResult]) -> bytes | list[ReadResult]:
    """Return results as MessagePack, which is several times faster than pickling them.

    Results with a file name that is not Unicode text are returned unchanged.
    """
    try:
        return msgspec.msgpack.encode(results)
    except UnicodeEncodeError:
        return results


@dataclass(frozen=True, slots=True)
class SourceReader:
    """Read pages in one dialect.

    Attributes:
        dialect: How the wiki's renderer reads Markdown.
        finish: Applied to each record where the page is read; it must be picklable. None: records
            stay as they are.
    """

    dialect: Dialect
    finish: PageFinisher | None

    def read(self, source: PageSource) -> Page | PageWarning:
        """Return the record of a page, or a warning; exceptions of the parser are raised."""
        return self._apply_finish(read_source(source, self.dialect))

    def read_or_fall_back(self, source: PageSource, reason: str = "") -> Page | PageWarning:
        """Read a page; if the parser fails, find its URLs by regular expression.

        Args:
            source: The page.
            reason: Why the parser is not used; empty to use it.

        Returns:
            The record or a warning.

        Raises:
            KeyboardInterrupt: The user stops the process.
            SystemExit: The process ends.
        """
        if not reason:
            try:
                return self.read(source)
            except (KeyboardInterrupt, SystemExit):
                raise
            except BaseException as error:  # noqa: BLE001  also a panic of native code
                reason = describe_failure(error)
        return self.read_by_regex(source, reason)

    def read_batch(self, batch: Sequence[tuple[PageSource, str]]) -> bytes | list[ReadResult]:
        """Return the results of several pages, as `pack_results` does.

        Args:
            batch: The pages, each with the reason why the parser is not used ("" to use it).
        """
        read = (self.read_or_fall_back(source, reason) for source, reason in batch)
        return pack_results([ReadResult.of(each) for each in read])

    def read_by_regex(self, source: PageSource, reason: str) -> Page | PageWarning:
        """Find a page's URLs without the parser.

        Args:
            source: The page.
            reason: Why the parser is not used, for the page's warning.

        Returns:
            The record, or a warning if this fails, too.
        """
        try:
            page = find_urls_by_regex(source.read(), path=source.path, reason=reason)
            mode = read_mode_of(source, self.dialect)
            return self._apply_finish(replace(page, read_mode=mode))
        except Exception as error:  # noqa: BLE001  no page may end a scan
            return unreadable_page(source, reason, f"failed too ({type(error).__name__})")

    def _apply_finish(self, read: Page | PageWarning) -> Page | PageWarning:
        return self.finish(read) if self.finish and isinstance(read, Page) else read


def unreadable_page(source: PageSource, reason: str, problem: str) -> PageWarning:
    """Return the warning about a page that neither the parser nor the fallback can read.

    Args:
        source: The page.
        reason: How the parser failed ("the parser crashed").
        problem: How the fallback failed ("crashed").
    """
    message = f"was skipped: {reason}, and the fallback {problem}"
    return PageWarning(page=source.path, line=0, code="unreadable", message=message)


def describe_failure(error: BaseException) -> str:
    """Return the part of a page's warning that reports an internal error.

    >>> describe_failure(KeyError("a word of the page"))
    'the parser failed (KeyError)'
    """
    return f"the parser failed ({type(error).__name__})"


def internal_error_in(warning: PageWarning) -> str | None:
    """Return the class of the exception that a warning reports, as `describe_failure` writes it."""
    found = re.search(r"the parser failed \((\w+)\)", warning.message)
    return found[1] if found else None
