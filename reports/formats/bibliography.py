"""Entries for those who cite the wiki's sources in papers: BibTeX and CSL JSON.

Both have the day of access, an archive copy with its day, and whether the URL still works.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, date
from typing import Any, ClassVar

from msgspec import Struct

from reports.formats.interface import Format
from reports.formats.json_text import to_json_line
from reports.mirror_choice import first_access_date
from reports.model import Finding, Report
from reports.wording.sanitize import plain, plain_url
from store.vocabulary import Role, State

_STATUS = {  # values of the field `url-status`
    State.ALIVE: "live",
    State.MOVED: "live",
    State.BROKEN: "dead",
}
# BibTeX counts a brace after a backslash, too: an unpaired `\{` would end the field too early or
# too late, so braces are written as commands.
_TEX_SPECIAL = {
    "\\": r"\textbackslash{}",
    "{": r"\textbraceleft{}",
    "}": r"\textbraceright{}",
    "$": r"\$",
    "&": r"\&",
    "#": r"\#",
    "%": r"\%",
    "_": r"\_",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
}
_UNSAFE_IN_BIBTEX_URL = re.compile(r"[{}\\]")


class _Entry(Struct, frozen=True, kw_only=True):
    """A cited source.

    Attributes:
        key: Its identifier in the bibliography, the same in every report of the wiki.
        title: The text of its first citation that has one, else its URL.
        url: Its URL.
        accessed: The first day on which an author accessed it; None if no author states one.
        copy: The URL of the archive copy nearest to that day, or empty.
        service: The archive that has the copy, or empty.
        archived: The day on which the copy was captured; None without a copy, or if its day is
            unknown.
        status: `live`, `dead`, or empty if that is not known.
    """

    key: str
    title: str
    url: str
    accessed: date | None
    copy: str
    service: str
    archived: date | None
    status: str


class BibTeX(Format):
    """A BibTeX database, with the fields that biblatex and citation templates know."""

    suffix: ClassVar[str] = ".bib"

    def render(self, report: Report) -> Iterator[str]:
        """Yield one entry of the type `@online` per link."""
        for entry in _entries(report):
            fields = {
                "title": f"{{{_escape_tex(entry.title)}}}",
                "url": _escape_url(entry.url),
                "urldate": _day(entry.accessed),
                "archiveurl": _escape_url(entry.copy),
                "archivedate": _day(entry.archived),
                "url-status": entry.status,
            }
            lines = [f"  {name} = {{{text}}},\n" for name, text in fields.items() if text]
            yield f"@online{{{entry.key},\n{''.join(lines)}}}\n\n"


class Csl(Format):
    """CSL JSON, which Zotero, Pandoc and other programs read."""

    suffix: ClassVar[str] = ".csl.json"

    def render(self, report: Report) -> Iterator[str]:
        """Yield one item per link."""
        separator = "[\n"
        for entry in _entries(report):
            yield separator + to_json_line(_csl_item(entry)).rstrip("\n")
            separator = ",\n"
        yield "[]\n" if separator == "[\n" else "\n]\n"


def _csl_item(entry: _Entry) -> dict[str, Any]:
    item: dict[str, Any] = {
        "id": entry.key,
        "type": "webpage",
        "title": entry.title,
        "URL": entry.url,
    }
    if entry.accessed:
        item["accessed"] = _date_parts(entry.accessed)
    if entry.copy:
        item |= {"archive": entry.service, "archive_location": entry.copy}
    custom = {
        "urldate": _day(entry.accessed),
        "archiveurl": entry.copy,
        "archivedate": _day(entry.archived),
        "url-status": entry.status,
    }
    return item | {"custom": {name: text for name, text in custom.items() if text}}


def _entries(report: Report) -> Iterator[_Entry]:
    """Yield the sources; a cited archive copy is part of its original's entry."""
    for finding in report.findings:
        if finding.link.role is Role.LINK:
            yield _entry(finding)


def _entry(finding: Finding) -> _Entry:
    link, copy = finding.link, finding.best_mirror
    # Citations of the original come first: the text of a link to a copy is often only "archived".
    places = sorted(link.citations, key=lambda place: place.mirror_id is not None)
    texts = (plain(place.text).strip() for place in places)
    url = plain_url(link.url)
    captured = copy.captured_at if copy else None
    return _Entry(
        key=f"link{link.id}",
        title=next(filter(None, texts), url),
        url=url,
        accessed=first_access_date(link.citations),
        copy=plain_url(finding.replacement_url or ""),
        service=plain(copy.service) if copy else "",
        archived=captured.astimezone(UTC).date() if captured else None,
        status=_STATUS.get(link.tracked_state.state, ""),
    )


def _escape_tex(text: str) -> str:
    r"""Return a text with the characters escaped that have a meaning in TeX.

    >>> _escape_tex("50 % off {")
    '50 \\% off \\textbraceleft{}'
    """
    return "".join(_TEX_SPECIAL.get(char, char) for char in text)


def _escape_url(url: str) -> str:
    r"""Return a URL for a verbatim field, with braces and backslashes percent-encoded.

    >>> _escape_url("http://x.example/{a}?b=%20")
    'http://x.example/%7Ba%7D?b=%20'
    """
    return _UNSAFE_IN_BIBTEX_URL.sub(lambda char: f"%{ord(char[0]):02X}", url)


def _day(day: date | None) -> str:
    return day.isoformat() if day else ""


def _date_parts(day: date) -> dict[str, list[list[int]]]:
    return {"date-parts": [[day.year, day.month, day.day]]}
