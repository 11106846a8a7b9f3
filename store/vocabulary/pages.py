"""Records of wiki pages: citations, internal links, warnings, and the parts of a mirror's URL."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from typing import Any

from msgspec import Struct


class CitationKind(StrEnum):
    """The syntax of a citation on its page."""

    INLINE = "inline"  # [text](url)
    REFERENCE = "reference"  # [text][label], and the definition itself where nothing uses it
    AUTOLINK = "autolink"  # <url>
    BARE = "bare"  # a URL in running text
    FOOTNOTE = "footnote"  # any of these inside a footnote definition
    IMAGE = "image"  # ![alt](url)
    HTML = "html"  # an attribute of raw HTML
    FRONTMATTER = "frontmatter"  # a value of the front matter


class OriginalSource(StrEnum):
    """The source of a cited mirror's original URL."""

    EMBEDDED = "embedded"  # it is part of the mirror's own URL
    TITLE = "title"  # the link's title is a URL
    NEIGHBOUR = "neighbour"  # a live link in the same footnote, list item or line
    LOOKUP = "lookup"  # the archive reported it
    ATTRIBUTE = "attribute"  # the link's `data-originalurl` (Robust Links)


@dataclass(frozen=True, slots=True, kw_only=True)
class MirrorAddress:
    """The parts of a mirror's URL (the URI-M of RFC 7089)."""

    service: str
    timestamp: str = ""  # capture time as written: 4 to 14 digits, or empty
    snapshot_id: str = ""  # the short id of services that use one
    modifier: str = ""  # such as `id_`, which requests the page as captured
    # The innermost original (URI-R); None where neither the URL nor the text around it names it.
    original: str | None = None
    original_source: OriginalSource | None = None
    utc_offset: int = 0  # hours that the service's timestamps are ahead of UTC

    @property
    def captured_at(self) -> datetime | None:
        """The capture time; missing digits are filled in with the earliest time they allow.

        >>> MirrorAddress(service="wayback", timestamp="20210805110426").captured_at
        datetime.datetime(2021, 8, 5, 11, 4, 26, tzinfo=datetime.timezone.utc)
        >>> MirrorAddress(service="wayback", timestamp="2021").captured_at
        datetime.datetime(2021, 1, 1, 0, 0, tzinfo=datetime.timezone.utc)
        >>> MirrorAddress(service="wayback", timestamp="20219").captured_at is None
        True
        """
        moment = parse_timestamp(self.timestamp)
        return moment - timedelta(hours=self.utc_offset) if moment else None


_EARLIEST = "00000101000000"  # what fills in missing digits
_HALF_FIELDS = (5, 7)  # lengths at which the month or the day, which count from 1, has one digit


def parse_timestamp(digits: str) -> datetime | None:
    """Parse a capture time in UTC.

    Args:
        digits: 4 to 14 digits: `YYYYMMDDhhmmss`, cut off anywhere after the year. Missing digits
            are filled in with the earliest time they allow.

    Returns:
        The time, or None where the digits are not the time of a capture.

    >>> parse_timestamp("20211")
    datetime.datetime(2021, 10, 1, 0, 0, tzinfo=datetime.timezone.utc)
    >>> parse_timestamp("2021102")
    datetime.datetime(2021, 10, 20, 0, 0, tzinfo=datetime.timezone.utc)
    """
    if not digits.isascii() or not digits.isdigit() or not 4 <= len(digits) <= 14:
        return None
    padded = digits + _EARLIEST[len(digits) :]
    if len(digits) in _HALF_FIELDS and digits[-1] != "0":
        padded = digits + "0" + padded[len(digits) + 1 :]  # 10, not 11
    try:
        moment = datetime.strptime(padded, "%Y%m%d%H%M%S").replace(tzinfo=UTC)
    except ValueError:
        return None
    return moment if is_capture_time(moment) else None


def is_capture_time(moment: datetime) -> bool:
    """Return whether a time can be that of a capture.

    Returns:
        False for a year with fewer than four digits, which `format_timestamp` would not pad, and
        for the last year of the calendar, whose end other time zones cannot represent.

    >>> is_capture_time(datetime(2021, 8, 5, tzinfo=UTC))
    True
    >>> is_capture_time(datetime(9999, 12, 31, tzinfo=UTC))
    False
    """
    return 1000 <= moment.year < 9999


def format_timestamp(moment: datetime) -> str:
    """Format a capture time as archives do.

    Returns:
        14 digits: `YYYYMMDDhhmmss`, in UTC.

    >>> format_timestamp(datetime(2021, 8, 5, 11, 4, 26, tzinfo=UTC))
    '20210805110426'
    """
    return moment.astimezone(UTC).strftime("%Y%m%d%H%M%S")


@dataclass(frozen=True, slots=True, kw_only=True)
class Citation:
    """One place on a page that points to an external URL.

    Citations of one page with the same `block` are neighbours. So are a citation and those in the
    footnotes whose references follow it directly (`notes`). Pairing (`crawler.archives`) fills in
    `archive` and `original`.

    Attributes:
        line: 1-based, in the whole file, front matter included.
        column: 1-based, in code points.
        start: First byte of the URL in the file, in UTF-8.
        end: The byte after its last one.
        text: The link's text.
        title: The link's title attribute; None if it has none.
        footnote: Label of the footnote it is in; None outside of footnotes.
        section: The headings it is under, outermost first.
        quoted: Whether it is inside a block quote.
        accessed: When the author says to have read the page; None if the author does not say.
        published: When the author says it was published; None if the author does not say.
        marked_dead: The author's own mark that the link is dead, as written; None without one.
        salvaged: Whether its Markdown was broken, so that only the URL could be read.
        block: Number of the smallest unit it is in (footnote, list item, paragraph line).
        notes: Labels of the footnotes whose references follow it directly.
        archive: The parts of the URL, if it is a mirror's.
        original: The original URL, if it is known.
        named_original: The original that an attribute of its HTML link names, as written.
    """

    page: str
    line: int
    column: int
    start: int
    end: int
    url: str
    text: str = ""
    title: str | None = None
    kind: CitationKind
    footnote: str | None = None
    section: tuple[str, ...] = ()
    quoted: bool = False
    accessed: date | None = None
    published: date | None = None
    marked_dead: str | None = None
    salvaged: bool = False
    block: int = 0
    notes: tuple[str, ...] = ()
    archive: MirrorAddress | None = None
    original: str | None = None
    named_original: str = ""


def citation_fields(citation: Citation) -> dict[str, Any]:
    """Return the fields of a citation that the database and `scan --format jsonl` share.

    Their order is part of the JSON format (docs/extraction.md).
    """
    return {
        "line": citation.line,
        "column": citation.column,
        "start": citation.start,
        "end": citation.end,
        "url": citation.url,
        "text": citation.text,
        "title": citation.title,
        "kind": citation.kind,
        "footnote": citation.footnote,
        "section": list(citation.section),
        "quoted": citation.quoted,
        "accessed": citation.accessed,
        "published": citation.published,
        "marked_dead": citation.marked_dead,
        "salvaged": citation.salvaged,
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class InternalLink:
    """A link to a page, heading or file of the wiki itself."""

    page: str
    line: int
    column: int
    start: int
    end: int
    target: str  # as written
    text: str = ""
    path: str | None = None  # relative to the docs root; None where it has none
    fragment: str = ""
    # "missing-page", "missing-heading" or "outside-root"; None if it resolves or was not checked.
    broken: str | None = None
    wiki: bool = False  # a [[wikilink]]: the name of a page in any folder, not a path

    @property
    def has_text_first(self) -> bool:
        """True if a wikilink is written `[[text|page]]`, as in Dendron, and not `[[page|text]]`.

        The name in `path`, which is known once the link was resolved, shows which is the page.
        """
        name = (self.path or "").rpartition("/")[2].removesuffix(".md").casefold()
        first, second = self.target.casefold(), self.text.casefold()
        has_fragment = self.fragment.casefold() in second
        return bool(self.wiki and name and name not in first and name in second and has_fragment)

    def with_page_as_target(self) -> InternalLink:
        """Return the link with the name of its page as `target` and the other as `text`."""
        return replace(self, target=self.text, text=self.target) if self.has_text_first else self


class PageWarning(Struct, frozen=True, kw_only=True):
    """A problem on a page that a person should look at."""

    page: str
    line: int  # 1-based; 0 for the page as a whole
    code: str  # a stable word
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One file (or fetched HTML page) of a wiki as it was read."""

    # POSIX, relative to the configuration's or the working folder; the URL of a fetched page.
    path: str
    sha256: str
    encoding: str = "utf-8"
    # How it was read: its format, for Markdown the dialect. Another mode can find other links.
    read_mode: str = ""
    title: str = ""
    dated: date | None = None  # the page's own date, from its front matter
    citations: tuple[Citation, ...] = ()
    internal_links: tuple[InternalLink, ...] = ()
    anchors: tuple[str, ...] = ()  # the fragments that name its headings
    # Number of links by scheme that cannot be checked (mailto, data, javascript, ...).
    skipped: Mapping[str, int] = field(default_factory=dict)
    warnings: tuple[PageWarning, ...] = ()


class LinkIdentity(Struct, frozen=True):
    """The identity of a cited URL: what makes two URLs the same link, and its download slot."""

    key: str  # equal for all spellings of one URL
    url: str  # what is requested
    host: str  # the slot; empty where the URL cannot be requested at all
