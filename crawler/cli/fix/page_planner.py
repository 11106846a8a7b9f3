"""Plan the fixes of single pages, for `holdfast fix` and for reports.

Both use this module, so that a report lists as fixable only what `holdfast fix` fixes.
"""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass, field
from typing import Self

from crawler.cli.fix.fixable_citations import StoredCitations
from crawler.config import LoadedConfig
from crawler.files.safe_files import read_regular_file
from crawler.http.urls import same_address
from crawler.pages import NotText
from crawler.pages.dialect import Dialect
from crawler.pages.interface import PageSyntaxError, RefusingFixWriter
from crawler.pages.registry import reader_of
from crawler.scan.limited_reader import LimitedReader
from crawler.scan.page_source import MAX_PAGE_BYTES, PageSource
from reports.patches import FixOptions, PagePatch, PageTools, plan_page
from store.vocabulary import Page
from store.vocabulary.fixes import FixWriter

PAGE_CHANGED = "it changed since it was scanned: run holdfast scan"
PAGE_MISSING = "the page no longer exists: run holdfast scan"
PAGE_TOO_LARGE = "it is now too large for a page: run holdfast scan"
PAGE_LINKED = "it is a symbolic link: fix the file itself"


class PageRefusedError(Exception):
    """Raised for a page on which nothing is fixed. The message is the reason, for people.

    Attributes:
        is_failure: Whether the page could not be read.
        detail: What the reason is about, such as the target of a symbolic link; "" for none.
    """

    def __init__(self, reason: str, *, is_failure: bool = False, detail: str = "") -> None:
        super().__init__(reason)
        self.is_failure = is_failure
        self.detail = detail


@dataclass(slots=True)
class PagePlanner:
    """Plans the patches of the pages of one wiki. Use it as a context manager.

    Attributes:
        loaded: The configuration of the wiki.
        stored: What the store knows about the pages.
        options: Which citations to fix, and how to write archive links.
    """

    loaded: LoadedConfig
    stored: StoredCitations
    options: FixOptions
    _reader: LimitedReader = field(init=False)

    def __post_init__(self) -> None:
        config = self.loaded.config
        self._reader = LimitedReader(Dialect(config.dialect), config.archives.local.base_url)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._reader.close()

    def plan(self, path: str, *, limit: int | None = None) -> PagePatch:
        """Return the patch of a page.

        Args:
            path: The path of the page.
            limit: Maximum number of citations to fix; None for no limit.

        Raises:
            PageRefusedError: Nothing on the page can be fixed.
        """
        try:
            data = self._read(path)
            cited = self.stored.cited[path]
            return plan_page(data, path, cited, self.options, self.tools(), limit=limit)
        except FileNotFoundError:
            raise PageRefusedError(PAGE_MISSING) from None
        except (OSError, NotText) as error:
            reason = error if isinstance(error, NotText) else error.strerror
            raise PageRefusedError(f"cannot be read: {reason}", is_failure=True) from error

    def tools(self) -> PageTools:
        """Return the functions with which `reports.patches` writes and verifies edits."""
        config = self.loaded.config

        def read(data: bytes, path: str) -> Page:
            file = self.loaded.folder / path
            format_name = reader_of(path, config.formats).name
            source = PageSource(path=path, size=len(data), file=file, data=data, format=format_name)
            return self._reader.read(source)

        def fix_writer(text: bytes, page: Page, link_text: str) -> FixWriter:
            try:
                return reader_of(page.path, config.formats).fix_writer(text, page, link_text)
            except PageSyntaxError as error:
                return RefusingFixWriter(str(error))

        return PageTools(read_page=read, fix_writer=fix_writer, same_address=same_address)

    def _read(self, path: str) -> bytes:
        """Return the bytes of a page.

        Raises:
            PageRefusedError: The file is not the one that was scanned.
        """
        file = self.loaded.folder / path
        real_path = os.path.realpath(file)
        if real_path != os.path.normpath(self.loaded.folder.resolve() / path):
            raise PageRefusedError(PAGE_LINKED, detail=real_path)
        if file.stat().st_size > MAX_PAGE_BYTES:
            raise PageRefusedError(PAGE_TOO_LARGE)
        data = read_regular_file(file, MAX_PAGE_BYTES)
        if hashlib.sha256(data).hexdigest() != self.stored.page_hashes.get(path):
            raise PageRefusedError(PAGE_CHANGED)
        return data
