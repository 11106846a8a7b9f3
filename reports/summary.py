"""What fits on one screen at the end of a run. The printing is the command line's."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from reports.labels import reason_label
from reports.model import Finding, Report, Section
from reports.outline import DEFAULT_LIMIT, outline_of
from reports.sanitize import plain, plain_url
from store.vocabulary import CaptureStatus, Role, State
from store.work.runs import RunRecord


@dataclass(frozen=True, slots=True, kw_only=True)
class SummaryLine:
    """One link that needs a look, and where it stands. All texts are safe on a terminal; `stand_in` is a mirror's URL or None."""

    place: str  # page:line of the first citation
    more_places: int
    text: str
    url: str
    reason: str
    replacement: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """The figures of a report. `sections` counts the findings of each, `unanswered` counts by reason in words, the most frequent first.

    `listed` has the first findings of the sections that matter at a glance.
    """

    run: RunRecord | None
    totals: Mapping[Role, Mapping[State, int]]
    sections: Mapping[Section, int]
    listed: Mapping[Section, Sequence[SummaryLine]]
    not_checked: Mapping[str, int]
    lookups_unanswered: int
    captures: Mapping[CaptureStatus, int]
    internal_links: int
    warnings: int


def summarize(report: Report, *, most: int = DEFAULT_LIMIT) -> Summary:
    """Make the summary; of each section listed it holds at most `most` findings, those with something to mend first."""
    outline = outline_of(report, most=most)
    unanswered = sorted(outline.not_checked.items(), key=lambda one: (-one[1], one[0]))
    return Summary(
        run=report.run,
        totals=report.totals,
        sections=outline.sections,
        listed={
            section: [_line(finding) for finding in found]
            for section, found in outline.listed.items()
            if found
        },
        not_checked=dict(unanswered),
        lookups_unanswered=len(report.failed_lookups),
        captures=Counter(capture.status for capture in report.captures),
        internal_links=len(report.internal_links),
        warnings=len(report.warnings),
    )


def _line(finding: Finding) -> SummaryLine:
    link = finding.link
    first = link.citations[0]
    return SummaryLine(
        place=f"{plain(first.page)}:{first.line}",
        more_places=len(link.citations) - 1,
        text=plain(next((place.text for place in link.citations if place.text.strip()), ""), 60),
        url=plain_url(link.url),
        reason=reason_label(link.tracked_state),
        replacement=plain_url(finding.best_mirror.url) if finding.best_mirror else None,
    )
