"""Define how pages of one format are read and fixed: `FormatReader`, which plug-ins implement.

A format is one module or package below `crawler.pages.formats`, or an entry point of the group
`holdfast.page_readers` in another package; `crawler.pages.registry` finds both. No other code
knows formats: scans, fixes, settings and reports only use what is defined here.

What all formats share, and a reader need not do:

- **Decoding.** The reader gets the text of the page as a `SourceText`, whatever its encoding: by
  byte order mark, else UTF-8, else the encoding that `declared_encoding` finds in the bytes, else
  a guess (with a warning). The byte order mark stays in the text.
- **Offsets** are bytes of that text in UTF-8. Edits have the same offsets; they are written to
  the file in its own encoding, and every other byte stays as it is.
- **Classification.** The reader adds every link it finds to the `PageBuilder`: links to other
  sites become citations, paths become links within the wiki, and `mailto:` and the like are
  counted. Placeholders, dates beside a link, an author's mark that it is dead, and the pairing
  of archive copies with originals follow from there.
- **Ignore marks.** Comments that `ignore_mark` matches exclude links, except those in
  `PageBuilder.code_spans`.
- **Verification.** An edited page is read again before it is written: only the fixed citations may
  read differently.

What a reader does, for example for a format in which links are written `<<url>>`:

>>> import re
>>> from crawler.pages.raw_links import RawLink
>>> from store.vocabulary import CitationKind
>>> class AngleReader(FormatReader):
...     name, title, suffixes = "angle", "Angle notes", frozenset([".angle"])
...     ignore_mark = ignore_mark("%")
...
...     def read(self, source, builder, options):
...         for link in re.finditer(rb"<<([^<>]+)>>", source.data):
...             location = builder.location_at(link.start())
...             url = link[1].decode(errors="replace")
...             kind = CitationKind.INLINE
...             builder.add_links([RawLink(*link.span(1), url, kind, location, link.span())])
>>> from crawler.pages.extraction import extract
>>> page = extract("<<https://a.example/>>, <<b>>", path="a.angle", reader=AngleReader())
>>> [each.url for each in page.citations], [each.target for each in page.internal_links]
(['https://a.example/'], ['b'])

Its `fix_writer` returns an object with one method, which returns the edits of one fix; without
one, pages of the format are only read. `BasicFixWriter` in `crawler.pages.fixes.basic_fix_writer`
has the rules of the three styles, and needs to know how the format writes a URL.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import ClassVar

from msgspec import Struct

from crawler.pages.dialect import Dialect
from crawler.pages.ignore_marks import HTML_COMMENT_MARK, IgnoreMark, ignore_mark, ignored_spans
from crawler.pages.page_builder import PageBuilder
from crawler.pages.source.source_text import SourceText
from store.vocabulary import Page
from store.vocabulary.fixes import (
    CitationFix,
    FixWriter,
    MirrorStyle,
    PlannedFix,
    UnsupportedMarkupError,
)

__all__ = [
    "FormatReader",
    "IgnoreMark",
    "PageSyntaxError",
    "ReadOptions",
    "RefusingFixWriter",
    "ignore_mark",
]


class ReadOptions(Struct, frozen=True):
    """The settings of a wiki that change how its pages are read.

    Attributes:
        dialect: How the wiki's renderer reads Markdown.
        read_file: Returns the text of a file of the wiki by its path from the page, None if there
            is none. None: other files cannot be read.
    """

    dialect: Dialect = Dialect.MKDOCS
    read_file: Callable[[str], str | None] | None = None


class PageSyntaxError(ValueError):
    """Raised by a reader if a page is not of its format; the message says what is wrong.

    The page's URLs are then found by a regular expression, with one warning at the line.

    Attributes:
        line: The line of the page, from 1; 0 if the page as a whole is wrong.
    """

    def __init__(self, message: str, line: int = 0) -> None:
        super().__init__(message)
        self.line = line


class FormatReader(ABC):
    """Read the pages of one format, and write fixes on them.

    Readers have no state: one instance reads all pages, in several processes.

    Attributes:
        name: A word for settings, such as `markdown`.
        title: Its name in messages, such as `Markdown`.
        suffixes: Suffixes of its files, in lower case, each with its dot.
        is_source: Whether people write all such files. If generators write some too (HTML), they
            are read only in a wiki that no generator publishes, or if the settings name the format.
        ignore_mark: How comments that exclude links are written. None: the reader sets
            `PageBuilder.ignored_spans` itself.
    """

    name: ClassVar[str]
    title: ClassVar[str]
    suffixes: ClassVar[frozenset[str]]
    is_source: ClassVar[bool] = True
    ignore_mark: ClassVar[IgnoreMark | None] = HTML_COMMENT_MARK

    def declared_encoding(self, data: bytes) -> str | None:
        """Return the name of the encoding that a page declares itself, or None.

        Args:
            data: The bytes of a page that is not UTF-8.
        """
        del data
        return None

    def read_mode(self, options: ReadOptions) -> str:
        """Return a name for how pages are read with these settings.

        It is stored with each page. If it changes, the page is read again although its file did not
        change.

        Args:
            options: The wiki's settings.
        """
        del options
        return self.name

    @abstractmethod
    def read(self, source: SourceText, builder: PageBuilder, options: ReadOptions) -> None:
        """Add the links, headings and warnings of a page to its record.

        A part that cannot be read is left to `PageBuilder.salvage`, which finds its URLs.

        Args:
            source: The text of the page.
            builder: The record. The reader adds links (`add_links`) and warnings (`warn`), and sets
                `title`, `dated`, `anchors`, `locations` and `code_spans`, as far as the format has
                them. If the page reads differently when another file changes, it sets `read_mode`
                to a value that `read_mode` of the reader never returns, and is read by every scan.
            options: The wiki's settings.

        Raises:
            PageSyntaxError: The page is not of this format.
        """

    def build(self, builder: PageBuilder, options: ReadOptions) -> Page:
        """Return the record of a page: what `read` adds, without what ignore marks exclude.

        Args:
            builder: A record without content.
            options: The wiki's settings.

        Raises:
            PageSyntaxError: The page is not of this format.
        """
        self.read(builder.source, builder, options)
        if self.ignore_mark is not None:
            spans = ignored_spans(builder.source, builder.code_spans, self.ignore_mark)
            builder.ignored_spans = spans
        builder.read_mode = builder.read_mode or self.read_mode(options)
        return builder.build()

    def fix_writer(self, text: bytes, page: Page, link_text: str) -> FixWriter:
        """Return the writer of one page's fixes. The default refuses each fix.

        Args:
            text: The page's text in UTF-8.
            page: The page as read.
            link_text: The text of an archive link, such as "Archived".

        Raises:
            PageSyntaxError: The page is not of this format.
        """
        del text, page, link_text
        return RefusingFixWriter(f"{self.title} pages are only read")


class RefusingFixWriter:
    """Refuse every fix, because a page cannot be written."""

    def __init__(self, reason: str) -> None:
        """Create the writer.

        Args:
            reason: Why the page cannot be written.
        """
        self._reason = reason

    def write(self, planned: PlannedFix, style: MirrorStyle) -> CitationFix:
        """Raise an error.

        Raises:
            UnsupportedMarkupError: Always.
        """
        del planned, style
        raise UnsupportedMarkupError(f"{self._reason}: edit this link by hand")
