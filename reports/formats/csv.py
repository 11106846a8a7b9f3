"""Comma-separated values (RFC 4180) for a spreadsheet: one row a cited place."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from typing import ClassVar

from reports.descriptions import format_utc
from reports.formats.interface import Format
from reports.grouping import group_findings
from reports.labels import EVIDENCE_LABELS, reason_label
from reports.mirror_choice import first_access_date, distance_days
from reports.model import Finding, GroupBy, Report
from reports.sanitize import plain, plain_url
from store.queries.links import CitedPlace

COLUMNS = (
    *(
        "state",
        "new",
        "reason",
        "why",
        "detail",
        "status_code",
        "page",
        "line",
        "column",
        "text",
        "cited_url",
        "accessed",
    ),
    *(
        "url",
        "role",
        "original",
        "host",
        "final_url",
        "failing_since",
        "state_since",
        "last_alive_at",
        "checked_at",
    ),
    *("best_mirror", "captured_at", "distance_days"),
    *("perhaps_moved_to", "confidence", "similarity", "evidence"),
    *("drifted_from", "text_kept", "drifted_since"),
)  # new ones at the end: what reads them by their place goes on reading
# What makes a spreadsheet take a cell for a formula, in the full-width forms too that some read alike. The control characters that do
# are none here: `plain` has no white space at the beginning of a line.
# https://owasp.org/www-community/attacks/CSV_Injection
_FORMULA = ("=", "+", "-", "@", "＝", "＋", "－", "＠")
_LONGEST = 30_000  # code points of a cell; spreadsheets cut at 32,767


class Csv(Format):
    """See the module. No cell is a formula: one that would begin like one has an apostrophe before it."""

    suffix: ClassVar[str] = ".csv"

    def render(self, report: Report) -> Iterator[str]:
        writer = csv.writer(_Piece(), lineterminator="\r\n")
        yield writer.writerow(COLUMNS)
        for finding, places in _in_order(report):
            state, link = _state(finding), (*_link(finding), *_proposal(finding), *_drift(finding))
            for place in places:
                yield writer.writerow((*state, *_place(place), *link))


def _in_order(report: Report) -> Iterator[tuple[Finding, Sequence[CitedPlace]]]:
    """Give findings with the places to tell of, those of one group one after the other."""
    if report.group_by is None:
        yield from ((finding, finding.link.citations) for finding in report.findings)
        return
    for name, members in group_findings(report.findings, report.group_by).items():
        for finding in members:
            places = finding.link.citations
            yield (
                finding,
                [place for place in places if place.page == name]
                if report.group_by is GroupBy.PAGE
                else places,
            )


class _Piece:
    """A file that hands back what is written to it."""

    def write(self, line: str) -> str:
        return line


def csv_cell(text: str | None) -> str:
    r"""Write a text from outside so that a spreadsheet shows it and does nothing else with it.

    >>> cell('=HYPERLINK("http://x.example")'), cell("1 + 1"), cell(None)
    ('\'=HYPERLINK("http://x.example")', '1 + 1', '')
    """
    line = plain(text or "", _LONGEST)
    return f"'{line}" if line.startswith(_FORMULA) else line


def _state(finding: Finding) -> tuple[object, ...]:
    standing = finding.link.tracked_state
    new = "yes" if finding.new else "no"
    return (
        standing.state,
        new,
        standing.reason,
        reason_label(standing),
        csv_cell(standing.detail),
        finding.link.status_code,
    )


def _place(place: CitedPlace) -> tuple[object, ...]:
    return (
        csv_cell(place.page),
        place.line,
        place.column,
        csv_cell(place.text),
        _address(place.url),
        place.accessed,
    )


def _link(finding: Finding) -> tuple[object, ...]:
    link, standing, best = finding.link, finding.link.tracked_state, finding.best_mirror
    moments = (
        standing.first_failed_at,
        standing.state_since,
        standing.last_alive_at,
        standing.checked_at,
    )
    mirror = (
        (
            _address(best.url),
            format_utc(best.captured_at),
            distance_days(best, first_access_date(link.citations)),
        )
        if best
        else ("", "", None)
    )
    address = (
        _address(link.url),
        link.role,
        _address(link.original),
        csv_cell(link.host),
        _address(link.final_url),
    )
    return (*address, *map(format_utc, moments), *mirror)


def _proposal(finding: Finding) -> tuple[object, ...]:
    """Write the most trusted address a failing link may be at now."""
    if not finding.proposals:
        return "", None, None, ""
    proposal = finding.proposals[0].proposal
    evidence = "; ".join(
        f"{EVIDENCE_LABELS[each.kind]}{f' ({each.detail})' if each.detail else ''}"
        for each in proposal.evidence
    )
    return _address(proposal.url), proposal.confidence, proposal.similarity, csv_cell(evidence)


def _drift(finding: Finding) -> tuple[object, ...]:
    """Write which copy of it a living page no longer says the same as, and how much of its text still stands there."""
    drift = finding.drift
    return (
        (_address(drift.mirror), drift.remaining_share, format_utc(drift.since)) if drift else ("", None, "")
    )


def _address(url: str | None) -> str:
    """Write an address. Only what begins like one of the web is sure to be no formula."""
    written = plain_url(url) if url else ""
    return written if written.startswith("http") and len(written) <= _LONGEST else csv_cell(written)
