"""Comma-separated values (RFC 4180) for a spreadsheet: one row a cited place."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from typing import ClassVar

from reports.formats.interface import Format
from reports.mirrors import accessed_on, distance_days
from reports.phrases import why
from reports.plain import plain, plain_url
from reports.records import Finding, Report
from reports.sentences import utc
from store.findings import CitedPlace

COLUMNS = (
    *("state", "new", "reason", "why", "detail", "status_code", "page", "line", "column", "text", "cited_url", "accessed"),
    *("url", "role", "original", "host", "final_url", "failing_since", "state_since", "last_alive_at", "checked_at"),
    *("best_mirror", "captured_at", "distance_days"),
)
# What makes a spreadsheet take a cell for a formula, in the full-width forms too that some read alike. The control characters that do
# are none here: `plain` has no white space at the beginning of a line.
# https://owasp.org/www-community/attacks/CSV_Injection
_FORMULA = ("=", "+", "-", "@", "＝", "＋", "－", "＠")
_LONGEST = 30_000  # code points of a cell; spreadsheets cut at 32,767


class Csv(Format):
    """See the module. No cell is a formula: one that would begin like one has an apostrophe before it."""

    suffix: ClassVar[str] = ".csv"

    def render(self, report: Report) -> Iterator[str]:
        writer = csv.DictWriter(_Piece(), COLUMNS, lineterminator="\r\n")
        yield writer.writeheader()
        for finding in report.findings:
            shared = _of_link(finding)
            for place in finding.link.citations:
                yield writer.writerow({**shared, **_of_place(place)})


class _Piece:
    """A file that hands back what is written to it."""

    def write(self, line: str) -> str:
        return line


def cell(text: str | None) -> str:
    r"""Write a text from outside so that a spreadsheet shows it and does nothing else with it.

    >>> cell('=HYPERLINK("http://x.example")'), cell("1 + 1"), cell(None)
    ('\'=HYPERLINK("http://x.example")', '1 + 1', '')
    """
    line = plain(text or "", _LONGEST)
    return f"'{line}" if line.startswith(_FORMULA) else line


def _of_link(finding: Finding) -> Mapping[str, object]:
    link, standing, best = finding.link, finding.link.standing, finding.best_mirror
    return {
        "state": standing.state,
        "new": "yes" if finding.new else "no",
        "reason": standing.reason or "",
        "why": why(standing),
        "detail": cell(standing.detail),
        "status_code": link.status_code,
        "url": _address(link.url),
        "role": link.role,
        "original": _address(link.original),
        "host": cell(link.host),
        "final_url": _address(link.final_url),
        "failing_since": utc(standing.first_failed_at),
        "state_since": utc(standing.state_since),
        "last_alive_at": utc(standing.last_alive_at),
        "checked_at": utc(standing.checked_at),
        "best_mirror": _address(best.url) if best else "",
        "captured_at": utc(best.captured_at) if best else "",
        "distance_days": distance_days(best, accessed_on(link.citations)) if best else None,
    }


def _of_place(place: CitedPlace) -> Mapping[str, object]:
    return {
        "page": cell(place.page),
        "line": place.line,
        "column": place.column,
        "text": cell(place.text),
        "cited_url": _address(place.url),
        "accessed": place.accessed,
    }


def _address(url: str | None) -> str:
    return cell(plain_url(url or ""))
