"""What pages cite, and what a cited URL says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from typing import Any


class CitationKind(StrEnum):
    """How a citation is written on its page."""

    INLINE = "inline"  # [text](url)
    REFERENCE = "reference"  # [text][label], and the definition itself where nothing uses it
    AUTOLINK = "autolink"  # <url>
    BARE = "bare"  # a URL in running text
    FOOTNOTE = "footnote"  # any of the above inside a footnote definition
    IMAGE = "image"  # ![alt](url)
    HTML = "html"  # an attribute of raw HTML
    FRONTMATTER = "frontmatter"  # a value of the front matter


class OriginalSource(StrEnum):
    """Where the original behind a cited mirror was learnt."""

    EMBEDDED = "embedded"  # it stands inside the mirror's own URL
    TITLE = "title"  # the link's title is a URL
    NEIGHBOUR = "neighbour"  # a live link beside it in the same footnote, list item or line
    LOOKUP = "lookup"  # the archive was asked


@dataclass(frozen=True, slots=True, kw_only=True)
class MirrorAddress:
    """What an archive's URL says about the mirror it names (RFC 7089's URI-M taken apart).

    `timestamp` is the capture time as written, digits only (4 to 14 of them) or empty; `snapshot_id` is the short id of services that use
    one; `original` is the innermost original (URI-R) or None where neither the URL nor its neighbourhood tells; `utc_offset` is how many
    hours the service's timestamps are ahead of UTC.
    """

    service: str
    timestamp: str = ""
    snapshot_id: str = ""
    modifier: str = ""
    original: str | None = None
    original_source: OriginalSource | None = None
    utc_offset: int = 0

    @property
    def captured_at(self) -> datetime | None:
        """The capture time, missing digits filled with the earliest moment they allow.

        >>> MirrorAddress(service="wayback", timestamp="20210805110426").captured_at
        datetime.datetime(2021, 8, 5, 11, 4, 26, tzinfo=datetime.timezone.utc)
        >>> MirrorAddress(service="wayback", timestamp="2021").captured_at
        datetime.datetime(2021, 1, 1, 0, 0, tzinfo=datetime.timezone.utc)
        >>> MirrorAddress(service="wayback", timestamp="20219").captured_at is None
        True
        """
        moment = parse_timestamp(self.timestamp)
        return moment - timedelta(hours=self.utc_offset) if moment else None


def parse_timestamp(digits: str) -> datetime | None:
    """Read 4 to 14 digits (`YYYYMMDDhhmmss`, cut anywhere a field ends) as a UTC time; None where they are no time of a capture."""
    if not digits.isascii() or not digits.isdigit() or not 4 <= len(digits) <= 14:
        return None
    padded = digits + "00000101000000"[len(digits) :]
    try:
        moment = datetime.strptime(padded, "%Y%m%d%H%M%S").replace(tzinfo=UTC)
    except ValueError:
        return None
    return moment if is_capture_time(moment) else None


def is_capture_time(moment: datetime) -> bool:
    """Tell whether an archive may have captured something then: far enough from the calendar's ends for any time zone.

    >>> is_capture_time(datetime(2021, 8, 5, tzinfo=UTC)), is_capture_time(datetime(9999, 12, 31, tzinfo=UTC))
    (True, False)
    """
    return 1000 <= moment.year < 9999


def format_timestamp(moment: datetime) -> str:
    """Write a time in the archives' 14 digits.

    >>> format_timestamp(datetime(2021, 8, 5, 11, 4, 26, tzinfo=UTC))
    '20210805110426'
    """
    return moment.astimezone(UTC).strftime("%Y%m%d%H%M%S")


@dataclass(frozen=True, slots=True, kw_only=True)
class Citation:
    """One place on a page that points to an external URL.

    `line` and `column` are 1-based and count code points in the whole file, front matter included; `start` and `end` are the UTF-8 byte
    range of the URL in the file. `block` numbers the smallest unit it stands in (footnote, list item, paragraph line): citations of one
    page with the same block are neighbours, and so are those in the footnotes marked right behind it, whose labels are `notes`. `archive` and
    `original` are filled by pairing (`crawler.archives`).
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
    marked_dead: str | None = None  # the author's own mark, as written
    salvaged: bool = False
    block: int = 0
    notes: tuple[str, ...] = ()
    archive: MirrorAddress | None = None
    original: str | None = None


def citation_fields(citation: Citation) -> dict[str, Any]:
    """Return the fields of a citation that the database and `scan --format jsonl` share.

    Their order is part of the JSON format (docs/formats.md).
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
    """A link to a page, heading or file of the wiki itself. `target` is as written; `path` is relative to the docs root, or None."""

    page: str
    line: int
    column: int
    start: int
    end: int
    target: str
    text: str = ""
    path: str | None = None
    fragment: str = ""
    broken: str | None = (
        None  # "missing-page", "missing-heading", "outside-root"; None while it resolves or was not looked up
    )
    wiki: bool = False  # written [[so]]: it names a page wherever that lies, not a path


@dataclass(frozen=True, slots=True, kw_only=True)
class PageWarning:
    """Something on a page a person should look at. `code` is a stable word, `line` 1-based (0: the page as a whole)."""

    page: str
    line: int
    code: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One Markdown file (or fetched HTML page) as it was read."""

    path: str  # POSIX, relative to the configuration's folder or the working folder; a URL for a fetched page
    sha256: str
    encoding: str = "utf-8"
    title: str = ""
    dated: date | None = None  # the page's own date, from its front matter
    citations: tuple[Citation, ...] = ()
    internal_links: tuple[InternalLink, ...] = ()
    anchors: tuple[str, ...] = ()  # the fragments its headings answer to
    skipped: Mapping[str, int] = field(
        default_factory=dict
    )  # scheme -> how many (mailto, data, javascript, …)
    warnings: tuple[PageWarning, ...] = ()


@dataclass(frozen=True, slots=True)
class LinkIdentity:
    """What makes two cited URLs the same link, and whom a probe of it must be polite to.

    `key` joins duplicates, `url` is what is requested, `host` is the party (empty where the URL cannot be asked at all).
    """

    key: str
    url: str
    host: str
