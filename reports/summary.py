"""The summary of a report that is printed at the end of a run. `crawler.cli` prints it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from msgspec import Struct

from reports.findings.descriptions import (
    ENGLISH_TRANSLATOR,
    describe_refusal_counts,
    describe_unfixed,
)
from reports.findings.outline import DEFAULT_LIMIT, outline_of
from reports.model import Action, Finding, Report, Section
from reports.places import distinct_places
from reports.wording.labels import reason_label
from reports.wording.run_sentences import run_sentences
from reports.wording.sanitize import plain, plain_url
from reports.wording.time_format import TimeFormatter
from store.vocabulary import Role, State
from store.work.runs import RunRecord


class SummaryLine(Struct, frozen=True, kw_only=True):
    """A link to look at. All texts are safe on a terminal.

    Attributes:
        place: `page:line` of the first citation.
        more_places: Number of the other citations.
        url: The link.
        reason: The label of the reason for its state.
        replacement: The URL of the best mirror, None if none is usable.
        obstacles: Why `holdfast fix` does not insert the replacement: a sentence for each reason.
        is_new: Its state changed since the run before.
    """

    place: str
    more_places: int
    url: str
    reason: str
    replacement: str | None
    obstacles: Sequence[str] = ()
    is_new: bool = False


class Summary(Struct, frozen=True, kw_only=True):
    """The counts of a report.

    Attributes:
        run: The run it is about; None if no run has checked the wiki.
        compared_with: The run that "new" is measured against; None if there is no such run.
        totals: Number of links and of mirrors in each state.
        sections: Number of findings in each section.
        actions: Number of findings on the to-do list by what they need.
        new_to_do: Number of those that are new.
        to_do: The first findings of the to-do list.
        sentences: How the run ended and what it left, for a terminal.
        listed: The first findings of the failing and the recovered links.
        refusals: How many pages public archives may not copy, for a terminal; "" for none.
        not_checked: Number of links that could not be checked by reason label, most first.
        internal_links: Number of broken internal links.
        warnings: Number of warnings about pages.
    """

    run: RunRecord | None
    compared_with: RunRecord | None
    totals: Mapping[Role, Mapping[State, int]]
    sections: Mapping[Section, int]
    actions: Mapping[Action, int]
    new_to_do: int
    to_do: Sequence[SummaryLine]
    sentences: Sequence[str]
    listed: Mapping[Section, Sequence[SummaryLine]]
    refusals: str
    not_checked: Mapping[str, int]
    internal_links: int
    warnings: int


def summarize(report: Report, *, limit: int = DEFAULT_LIMIT) -> Summary:
    """Return the summary of a report.

    Args:
        report: What to summarize.
        limit: Maximum number of findings listed in a section; those that need fixing come first.
    """
    outline = outline_of(report, limit=limit)
    format_time = TimeFormatter(ENGLISH_TRANSLATOR)
    not_checked = sorted(outline.not_checked.items(), key=lambda item: (-item[1], item[0]))
    listed = {
        section: list(map(_line, findings))
        for section, findings in outline.listed.items()
        if findings
    }
    return Summary(
        run=report.run,
        compared_with=report.compared_with,
        totals=report.totals,
        sections=outline.sections,
        actions=outline.actions,
        new_to_do=outline.new_to_do,
        to_do=list(map(_line, outline.to_do_first)),
        sentences=list(run_sentences(report.run, ENGLISH_TRANSLATOR, format_time)),
        listed=listed,
        refusals=describe_refusal_counts(outline.refusals) if outline.refusals.total else "",
        not_checked=dict(not_checked),
        internal_links=len(report.internal_links),
        warnings=len(report.warnings),
    )


def _line(finding: Finding) -> SummaryLine:
    link, replacement = finding.link, finding.replacement_to_follow
    first, *others = distinct_places(link.citations)
    return SummaryLine(
        place=f"{plain(first.page)}:{first.line}",
        more_places=len(others),
        url=plain_url(link.url),
        reason=reason_label(link.tracked_state),
        replacement=plain_url(replacement) if replacement else None,
        obstacles=tuple(describe_unfixed(finding, ENGLISH_TRANSLATOR)),
        is_new=finding.new,
    )
