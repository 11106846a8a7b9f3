"""Convert records of pages into the JSON objects and the lines that `holdfast scan` prints.

The fields and their order are a contract with users (docs/extraction.md).
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from reports.wording.sanitize import plain
from store.vocabulary import Citation, InternalLink, MirrorAddress, citation_fields
from store.vocabulary.log_lines import one_log_line

if TYPE_CHECKING:  # it imports SQLAlchemy
    from store.queries.pages import BrokenInternalLink

SCHEMA = 1  # version of the objects
_MAX_TARGET_LENGTH = 500


def citation_object(citation: Citation) -> dict[str, Any]:
    """Return one citation as an object of `scan --format jsonl`."""
    fields = citation_fields(citation) | {
        "accessed": _iso_date(citation.accessed),
        "published": _iso_date(citation.published),
    }
    return {
        "schema": SCHEMA,
        "page": citation.page,
        **fields,
        "archive": _archive_object(citation.archive) if citation.archive else None,
        "original": citation.original,
    }


def _archive_object(archive: MirrorAddress) -> dict[str, Any]:
    return {
        "service": archive.service,
        "timestamp": archive.timestamp or None,
        "snapshot_id": archive.snapshot_id,
        "modifier": archive.modifier,
        "original": archive.original,
        "original_source": archive.original_source,
    }


def _iso_date(day: date | None) -> str | None:
    return day.isoformat() if day else None


def internal_link_line(link: InternalLink | BrokenInternalLink) -> str:
    """Return one internal link as a line `page:line:column: target: what is wrong`.

    A link that was not judged has no path, for example one that only a template can resolve.
    """
    # Imported here: it imports SQLAlchemy, which a scan without findings does not need.
    from reports.wording.labels import internal_link_reason  # noqa: PLC0415

    if link.broken:
        result = internal_link_reason(link.broken, link.target)
    elif isinstance(link, InternalLink) and link.path is None:
        result = "not checked"
    else:
        result = "OK"
    place = f"{plain(link.page)}:{link.line}:{link.column}"
    return one_log_line(f"{place}: {plain(link.target, _MAX_TARGET_LENGTH)}: {result}")


def internal_link_object(link: InternalLink) -> dict[str, Any]:
    """Return one internal link as an object of `scan --internal`.

    `broken` is false for a working link, else the code of the reason.
    """
    return {
        "schema": SCHEMA,
        "page": link.page,
        "line": link.line,
        "column": link.column,
        "start": link.start,
        "end": link.end,
        "target": link.target,
        "text": link.text,
        "path": link.path,
        "fragment": link.fragment,
        "broken": link.broken or False,
    }
