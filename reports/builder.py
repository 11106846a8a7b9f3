"""Build a report from the store."""

from __future__ import annotations

import gc
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import cache, partial
from typing import TypeVar

from sqlalchemy import Connection

from reports.findings.brief_findings import BriefFindings
from reports.findings.finding_maker import FindingMaker
from reports.findings.lazy_findings import LazyFindings, LazySections, LazySequence, LazyTotals
from reports.findings.outline import count_outline, outline_of
from reports.leave_plan import LeaveProgress
from reports.model import FixPlan, Outline, Report
from reports.redaction import mask_histories, mask_secrets
from reports.report_scope import ReportScope
from reports.returned_originals import ReturnedOriginal
from store.queries.archives import (
    ArchiveObservation,
    CaptureFinding,
    FailedLookup,
    SingleCopy,
    archive_observations,
    captures_since,
    failed_lookups,
    single_copies,
)
from store.queries.link_history import recent_histories
from store.queries.pages import broken_internal_links, page_titles, page_warnings
from store.queries.trends import states_by_run
from store.vocabulary import Role, State
from store.work.archives.archive_refusals import archive_refusals
from store.work.runs import RunRecord, find_run, last_checking_run
from store.work.searches import trusted_new_urls

_AboutLink = TypeVar("_AboutLink", FailedLookup, SingleCopy, ArchiveObservation, CaptureFinding)


def build_report(connection: Connection, scope: ReportScope) -> Report:
    """Return the report of a wiki.

    The report reads from the connection when its parts are first used, so it must be rendered in
    the same transaction.
    """
    run, compared_with = _runs(connection, scope)
    maker = _finding_maker(connection, scope, since=compared_with.id if compared_with else 0)
    findings = LazyFindings(
        connection,
        wiki=scope.wiki,
        pages=scope.pages,
        only_new=scope.only_new,
        compared_with=compared_with,
        maker=maker,
    )
    report = Report(
        wiki=scope.wiki,
        folder_name=scope.folder_name,
        run=run,
        compared_with=compared_with,
        generated_at=scope.now,
        lang=scope.lang,
        source_url=scope.source_url,
        repository_folder=scope.repository_folder,
        docs_url=scope.docs_url,
        page_titles=lambda: mask_secrets(page_titles(connection, wiki=scope.wiki)),
        group_by=scope.group_by,
        only_new=scope.only_new,
        totals=LazyTotals(findings.totals),
        sections=LazySections(findings.sections),
        findings=findings,
        recent_histories=lambda ids: mask_histories(recent_histories(connection, ids)),
        full_histories=lambda ids: mask_histories(
            recent_histories(connection, ids, max_spans=None)
        ),
        run_health=partial(states_by_run, connection, wiki=scope.wiki),
    )
    report = _with_archive_parts(connection, report, findings, scope)
    report = _with_page_parts(connection, report)
    if scope.pages is not None:
        return _limit_to_pages(report, scope.pages)
    if scope.only_new:
        return report
    outline = cache(partial(_outline, connection, findings, maker, report))
    in_brief = partial(_in_brief, connection, findings, maker, report)
    return replace(report, outline=outline, in_brief=in_brief)


def _finding_maker(connection: Connection, scope: ReportScope, *, since: int) -> FindingMaker:
    """Return the maker of a report's findings; changes after the run `since` are new."""
    return FindingMaker(
        since=since,
        acknowledged=scope.acknowledged,
        new_addresses=trusted_new_urls(connection, scope.min_confidence),
        distrusted=scope.distrusted_services,
        read_own_sites=scope.read_own_sites,
        refusals=archive_refusals(connection, now=scope.now),
        plan_fixes=_fix_planner(connection, scope),
    )


@contextmanager
def paused_garbage_collection() -> Iterator[None]:
    """Pause the garbage collector while a format is written.

    The millions of records of a report have no reference cycles, and searching them takes time.
    It must not be used for writing a site, each page of which leaves some cycles behind.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def _runs(connection: Connection, scope: ReportScope) -> tuple[RunRecord | None, RunRecord | None]:
    """Return the run that the report is about, and the one that "new" is measured against."""
    if scope.run_id is None:
        run = last_checking_run(connection, wiki=scope.wiki, with_partial=True)
        # If no run has completed yet, a stopped one is better than none.
        run = run or last_checking_run(connection, wiki=scope.wiki, with_any_outcome=True)
    else:
        run = find_run(connection, scope.run_id)
    if scope.since is not None:
        return run, find_run(connection, scope.since)
    return run, last_checking_run(connection, wiki=scope.wiki, before=run.id) if run else None


def _fix_planner(
    connection: Connection, scope: ReportScope
) -> Callable[[], Mapping[str, FixPlan]] | None:
    """Return a function that plans the fixes of the to-do list at its first call, or None."""
    if scope.plan_fixes is None:
        return None
    return cache(partial(scope.plan_fixes, connection, scope.acknowledged))


def _with_archive_parts(
    connection: Connection, report: Report, findings: LazyFindings, scope: ReportScope
) -> Report:
    """Add the parts about lookups, captures and copies."""
    wiki, compared_with = scope.wiki, report.compared_with
    since = compared_with.finished_at if compared_with else None
    less_trusted = scope.less_trusted_services

    def lazy_part(read: Callable[[], Iterable[_AboutLink]]) -> Sequence[_AboutLink]:
        """Return records about links, read when first used.

        With `only_new`, records about links that are no findings of the report are left out.
        """

        def read_new() -> Iterator[_AboutLink]:
            urls = {finding.link.url for finding in findings}
            return (record for record in read() if record.url in urls)

        return LazySequence(partial(_mask_all, read_new if scope.only_new else read))

    return replace(
        report,
        failed_lookups=lazy_part(lambda: failed_lookups(connection, wiki=wiki)),
        captures=LazySequence(
            partial(_mask_all, lambda: captures_since(connection, since, wiki=wiki))
        ),
        single_copies=lazy_part(
            lambda: single_copies(connection, wiki=wiki, less_trusted=less_trusted)
        ),
        archive_observations=lazy_part(lambda: archive_observations(connection, wiki=wiki)),
        leaving=LazySequence(lambda: _leave_progress(connection, scope)),
        returned=LazySequence(lambda: _returned_originals(connection, scope)),
    )


def _with_page_parts(connection: Connection, report: Report) -> Report:
    """Add the parts about the pages: broken internal links and warnings."""
    wiki = report.wiki
    return replace(
        report,
        internal_links=LazySequence(
            lambda: map(mask_secrets, broken_internal_links(connection, wiki=wiki))
        ),
        warnings=LazySequence(lambda: map(mask_secrets, page_warnings(connection, wiki=wiki))),
    )


def _leave_progress(connection: Connection, scope: ReportScope) -> Iterable[LeaveProgress]:
    """Return the progress of leaving archives; none for a report about a part of the wiki."""
    if scope.read_leave_progress is None or scope.pages is not None or scope.only_new:
        return ()
    return map(mask_secrets, scope.read_leave_progress(connection))


def _returned_originals(connection: Connection, scope: ReportScope) -> Iterable[ReturnedOriginal]:
    """Return the citations, on the report's pages, of copies whose originals are alive again."""
    if scope.read_returned is None:
        return ()
    returned = scope.read_returned(connection)
    reported = [each for each in returned if scope.pages is None or each.page in scope.pages]
    return (mask_secrets(each, f"{each.url} {each.mirror}") for each in reported)


def _mask_all(read: Callable[[], Iterable[_AboutLink]]) -> Iterator[_AboutLink]:
    """Yield records about links with masked secrets; tokens in the link's own URL are shown."""
    for record in read():
        yield mask_secrets(record, record.url)


def _outline(
    connection: Connection, findings: LazyFindings, maker: FindingMaker, report: Report
) -> Outline:
    """Return the counts of a report (`Outline`).

    They are made from the findings if these were all read, else by the database.
    """
    if findings.is_fully_read:
        return outline_of(report)
    return count_outline(connection, findings.link_counts, wiki=report.wiki, maker=maker)


def _in_brief(
    connection: Connection, findings: LazyFindings, maker: FindingMaker, report: Report
) -> Report:
    """Return the report with links in the short form that a table of all links needs.

    If its findings are in memory already, the report itself is returned.
    """
    if findings.is_cached:
        return report
    brief = BriefFindings(connection, wiki=report.wiki, maker=maker)
    return replace(
        report,
        totals=LazyTotals(brief.totals),
        sections=LazySections(brief.sections),
        findings=(),
        table_links=brief,
    )


def _limit_to_pages(report: Report, pages: frozenset[str]) -> Report:
    """Limit the other parts of a report to pages to which its findings are limited already."""
    counts: Counter[tuple[Role, State]] = Counter(
        (finding.link.role, finding.link.tracked_state.state) for finding in report.findings
    )
    totals: dict[Role, dict[State, int]] = {role: {} for role in Role}
    for (role, state), number in counts.items():
        totals[role][state] = number
    urls = {finding.link.url for finding in report.findings}
    return replace(
        report,
        totals=totals,
        failed_lookups=[lookup for lookup in report.failed_lookups if lookup.url in urls],
        captures=[capture for capture in report.captures if capture.url in urls],
        single_copies=[copy for copy in report.single_copies if copy.url in urls],
        archive_observations=[seen for seen in report.archive_observations if seen.url in urls],
        internal_links=[link for link in report.internal_links if link.page in pages],
        warnings=[warning for warning in report.warnings if warning.page in pages],
    )
