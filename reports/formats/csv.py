"""Comma-separated values (RFC 4180) for a spreadsheet: one row per citation."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Sequence
from typing import ClassVar

from reports.findings.descriptions import describe_seen_by_others, format_utc
from reports.findings.grouping import group_findings
from reports.findings.todo import to_do_action
from reports.formats.interface import Format
from reports.mirror_choice import distance_days, first_access_date
from reports.model import Finding, GroupBy, Report
from reports.wording.labels import EVIDENCE_LABELS, reason_label
from reports.wording.sanitize import plain, plain_url
from store.queries.link_records import CitedPlace
from store.vocabulary import MoveEvidence

_STATE_COLUMNS = ("state", "new", "reason", "reason_text", "detail", "status_code")
_CITATION_COLUMNS = ("page", "line", "column", "text", "cited_url", "accessed")
_LINK_COLUMNS = ("url", "role", "original", "host", "final_url")
_TIME_COLUMNS = ("failing_since", "state_since", "last_alive_at", "checked_at")
_MIRROR_COLUMNS = ("best_mirror", "captured_at", "distance_days")
_PROPOSAL_COLUMNS = ("possibly_moved_to", "confidence", "similarity", "evidence")
_CHANGED_CONTENT_COLUMNS = ("changed_from", "remaining_share", "changed_since")
_TO_DO_COLUMNS = ("action", "acknowledged_until", "acknowledged_note")
_REFUSAL_COLUMNS = ("archives_refused", "kept_locally")
# Add new columns at the end: some readers find a column by its position.
COLUMNS = (
    *_STATE_COLUMNS,
    *_CITATION_COLUMNS,
    *_LINK_COLUMNS,
    *_TIME_COLUMNS,
    *_MIRROR_COLUMNS,
    *_PROPOSAL_COLUMNS,
    *_CHANGED_CONTENT_COLUMNS,
    *_TO_DO_COLUMNS,
    *_REFUSAL_COLUMNS,
)
# Spreadsheets take a cell that begins with one of these for a formula, some also the full-width
# characters. Control characters, which have the same effect, are removed by `plain`.
# https://owasp.org/www-community/attacks/CSV_Injection
_FORMULA_START = ("=", "+", "-", "@", "＝", "＋", "－", "＠")
# In many languages spreadsheets also separate cells at semicolons, whatever the quotation marks.
_FORMULA_AFTER_SEMICOLON = re.compile(rf";(?=\s*[{re.escape(''.join(_FORMULA_START))}])")
_MAX_LENGTH = 30_000  # code points of a cell; spreadsheets cut at 32,767


class Csv(Format):
    """CSV. A cell that a spreadsheet would take for a formula has an apostrophe before it."""

    suffix: ClassVar[str] = ".csv"

    def render(self, report: Report) -> Iterator[str]:
        """Yield the heading and one row per citation."""
        writer = csv.writer(_LineReturner(), lineterminator="\r\n")
        yield writer.writerow(COLUMNS)
        for finding, places in _findings_with_places(report):
            state = _state_cells(finding)
            link = (
                *_link_cells(finding),
                *_mirror_cells(finding),
                *_proposal_cells(finding),
                *_changed_content_cells(finding),
                *_to_do_cells(finding),
                *_refusal_cells(finding),
            )
            for place in places:
                yield writer.writerow((*state, *_citation_cells(place), *link))


class _LineReturner:
    """A file whose `write` returns the text, so that `writerow` returns the row."""

    def write(self, line: str) -> str:
        return line


def csv_cell(text: str | None) -> str:
    r"""Return an untrusted text as a cell that no spreadsheet takes for a formula.

    >>> csv_cell('=HYPERLINK("http://x.example")')
    '\'=HYPERLINK("http://x.example")'
    >>> csv_cell("1 + 1"), csv_cell(None), csv_cell("a;=1+1")
    ('1 + 1', '', "a;'=1+1")
    """
    line = _FORMULA_AFTER_SEMICOLON.sub(";'", plain(text or "", _MAX_LENGTH))
    return f"'{line}" if line.startswith(_FORMULA_START) else line


def _findings_with_places(report: Report) -> Iterator[tuple[Finding, Sequence[CitedPlace]]]:
    """Yield each finding with its citations, group by group if the report is grouped."""
    if report.group_by is None:
        for finding in report.findings:
            yield finding, finding.link.citations
        return
    for name, members in group_findings(report.findings, report.group_by).items():
        for finding in members:
            places: Sequence[CitedPlace] = finding.link.citations
            if report.group_by is GroupBy.PAGE:
                places = [place for place in places if place.page == name]
            yield finding, places


def _state_cells(finding: Finding) -> tuple[object, ...]:
    tracked = finding.link.tracked_state
    return (
        tracked.state,
        "yes" if finding.new else "no",
        tracked.reason,
        "; ".join(filter(None, (reason_label(tracked), describe_seen_by_others(finding.link)))),
        csv_cell(tracked.detail),
        finding.link.status_code,
    )


def _citation_cells(place: CitedPlace) -> tuple[object, ...]:
    return (
        csv_cell(place.page),
        place.line,
        place.column,
        csv_cell(place.text),
        _url_cell(place.url),
        place.accessed,
    )


def _link_cells(finding: Finding) -> tuple[object, ...]:
    link, tracked = finding.link, finding.link.tracked_state
    return (
        _url_cell(link.url),
        link.role,
        _url_cell(link.original),
        csv_cell(link.host),
        _url_cell(link.final_url),
        format_utc(tracked.first_failed_at),
        format_utc(tracked.state_since),
        format_utc(tracked.last_alive_at),
        format_utc(tracked.checked_at),
    )


def _mirror_cells(finding: Finding) -> tuple[object, ...]:
    best = finding.best_mirror
    if best is None:
        return "", "", None
    days = distance_days(best, first_access_date(finding.link.citations))
    return _url_cell(finding.replacement_url or ""), format_utc(best.captured_at), days


def _proposal_cells(finding: Finding) -> tuple[object, ...]:
    """Return the cells of the most trusted new address of a link that possibly moved."""
    if not finding.proposals:
        return "", None, None, ""
    proposal = finding.proposals[0].proposal
    evidence = "; ".join(map(_evidence_text, proposal.evidence))
    return (
        _url_cell(proposal.url),
        proposal.confidence,
        proposal.similarity,
        csv_cell(evidence),
    )


def _evidence_text(evidence: MoveEvidence) -> str:
    label = EVIDENCE_LABELS[evidence.kind]
    return f"{label} ({evidence.detail})" if evidence.detail else label


def _changed_content_cells(finding: Finding) -> tuple[object, ...]:
    """Return the cells about changed content: copy, remaining share of its text, since when."""
    drift = finding.drift
    if drift is None:
        return "", None, ""
    return _url_cell(drift.mirror), drift.remaining_share, format_utc(drift.since)


def _to_do_cells(finding: Finding) -> tuple[object, ...]:
    acknowledgement = finding.acknowledgement
    if acknowledgement is None:
        return to_do_action(finding) or "", None, ""
    return to_do_action(finding) or "", acknowledgement.until, csv_cell(acknowledgement.note)


def _refusal_cells(finding: Finding) -> tuple[object, ...]:
    """Return the cells about a page that public archives may not copy."""
    refusal = finding.refusal
    if refusal is None:
        return "", ""
    return refusal.kind, "yes" if refusal.kept else "no"


def _url_cell(url: str | None) -> str:
    """Return the cell of a URL. One that begins with `http` is no formula and stays unchanged.

    A semicolon is escaped if what follows it would be a formula in a cell of its own.
    """
    shown = _FORMULA_AFTER_SEMICOLON.sub("%3B", plain_url(url)) if url else ""
    is_safe = shown.startswith("http") and len(shown) <= _MAX_LENGTH
    return shown if is_safe else csv_cell(shown)
