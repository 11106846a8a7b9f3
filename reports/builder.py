"""From the store to one report: which links belong in which section."""

from __future__ import annotations

import gc
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, tzinfo
from functools import cache, cached_property, partial
from typing import Any, TypeVar

from sqlalchemy import Connection

from reports.i18n import Lang
from reports.mirror_choice import best_mirror, is_covered
from reports.model import Finding, GroupBy, Outline, Report, Section
from reports.outline import count_outline, outline_of
from reports.redaction import cited_addresses, mask_secrets, mask_histories
from reports.sections import sections_of
from store.queries.archives import (
    ArchiveObservation,
    CaptureFinding,
    SingleCopy,
    UnansweredLookup,
    archive_observations,
    captures_since,
    single_copies,
    unanswered_lookups,
)
from store.queries.link_history import recent_histories
from store.queries.links import count_states, link_findings
from store.queries.pages import broken_internal_links, page_warnings
from store.queries.trends import states_by_run
from store.vocabulary import Role, State
from store.work.comparisons import changed_drift_findings
from store.work.runs import RunRecord, find_run, last_checking_run
from store.work.searches import all_proposals

_T = TypeVar("_T")
_About = TypeVar("_About", UnansweredLookup, SingleCopy, ArchiveObservation, CaptureFinding)
_KEPT = 25_000  # findings held in memory at most, some 90 MB


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportScope:
    """What a report is to be about.

    `run_id` is the run it is about (None: the latest checking run that came to its end), `since` the run that "new" is measured against (None:
    the one before; 0: the beginning). `only_new` leaves out every link whose state has not changed since. With `pages` (their paths) it is
    about what stands on these alone. `trusted_less` names the archives that are not to be relied on for the only copy.
    """

    wiki: str
    pages: frozenset[str] | None = None
    now: datetime
    run_id: int | None = None
    since: int | None = None
    only_new: bool = False
    zone: tzinfo | None = None
    lang: Lang = Lang.EN
    source_url: str = ""
    group_by: GroupBy | None = None
    untrusted_services: Collection[str] = ()


def build_report(connection: Connection, scope: ReportScope) -> Report:
    """Make the report. It reads from the connection as long as it is used: render it within the same transaction."""
    wiki = scope.wiki
    run = (
        find_run(connection, scope.run_id)
        if scope.run_id is not None
        else last_checking_run(connection, wiki=wiki)
    )
    before = last_checking_run(connection, wiki=wiki, before=run.id) if run else None
    if scope.since is not None:
        before = find_run(connection, scope.since)
    findings = _Findings(connection, scope, before)
    report = Report(
        wiki=wiki,
        run=run,
        compared_with=before,
        generated_at=scope.now,
        zone=scope.zone,
        lang=scope.lang,
        source_url=scope.source_url,
        group_by=scope.group_by,
        totals=_Totals(findings),
        sections=_Sections(findings),
        findings=findings,
        failed_lookups=findings.told_of(
            lambda: map(_masked_about, unanswered_lookups(connection, wiki=wiki))
        ),
        captures=_WhenAsked(
            lambda: map(
                _masked_about,
                captures_since(connection, before.finished_at if before else None, wiki=wiki),
            )
        ),
        single_copies=findings.told_of(
            lambda: map(
                _masked_about,
                single_copies(connection, wiki=wiki, less_trusted=scope.untrusted_services),
            )
        ),
        archive_observations=findings.told_of(
            lambda: map(_masked_about, archive_observations(connection, wiki=wiki))
        ),
        internal_links=_WhenAsked(
            lambda: map(mask_secrets, broken_internal_links(connection, wiki=wiki))
        ),
        warnings=_WhenAsked(lambda: map(mask_secrets, page_warnings(connection, wiki=wiki))),
        recent_histories=lambda ids: mask_histories(recent_histories(connection, ids)),
        full_histories=lambda ids: mask_histories(recent_histories(connection, ids, spans=None)),
        run_health=partial(states_by_run, connection, wiki=wiki),
    )
    if scope.pages is None and not scope.only_new:
        report = replace(report, outline=cache(partial(_outline, connection, findings, report)))
    return report if scope.pages is None else _limited(report, scope.pages)


def _outline(connection: Connection, findings: _Findings, report: Report) -> Outline:
    """Outline a report by its findings, if they were read for a format already; else count."""
    if findings.are_read:
        return outline_of(report)
    return count_outline(connection, wiki=report.wiki, since=findings.since)


@contextmanager
def paused_garbage_collection() -> Iterator[None]:
    """Let nothing look for rings among a report's records while a format is written: there are none among millions, and looking takes time.

    Not for a site: each of its pages leaves some behind.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _limited(report: Report, pages: frozenset[str]) -> Report:
    """Leave out of a report what does not concern certain pages; its findings are theirs alone already."""
    counts: Counter[tuple[Role, State]] = Counter(
        (finding.link.role, finding.link.tracked_state.state) for finding in report.findings
    )
    urls = {finding.link.url for finding in report.findings}
    return replace(
        report,
        totals={
            role: {state: counts[role, state] for state in State if counts[role, state]}
            for role in Role
        },
        lookups=[lookup for lookup in report.failed_lookups if lookup.url in urls],
        captures=[capture for capture in report.captures if capture.url in urls],
        thin_cover=[cover for cover in report.single_copies if cover.url in urls],
        sightings=[seen for seen in report.archive_observations if seen.url in urls],
        internal_links=[link for link in report.internal_links if link.page in pages],
        warnings=[warning for warning in report.warnings if warning.page in pages],
    )


class _WhenAsked(Sequence[_T]):
    """A part of a report that is read when a format first looks at it: most tell of a few parts only."""

    def __init__(self, read: Callable[[], Iterable[_T]]) -> None:
        self._read = read

    @cached_property
    def _items(self) -> Sequence[_T]:
        return list(self._read())

    def __getitem__(self, index: Any) -> Any:
        return self._items[index]

    def __len__(self) -> int:
        return len(self._items)


class _Totals(Mapping[Role, Mapping[State, int]]):
    """How many links and mirrors are in each state, counted when a format first asks: half of them never do."""

    def __init__(self, findings: _Findings) -> None:
        self._findings = findings

    @cached_property
    def _counts(self) -> Mapping[Role, Mapping[State, int]]:
        return self._findings.totals()

    def __getitem__(self, role: Role) -> Mapping[State, int]:
        return self._counts[role]

    def __iter__(self) -> Iterator[Role]:
        return iter(self._counts)

    def __len__(self) -> int:
        return len(self._counts)


class _Findings(Iterable[Finding]):
    """All findings of a report, read from the store each time one goes through them; those of all but large wikis only once."""

    def __init__(
        self, connection: Connection, scope: ReportScope, before: RunRecord | None
    ) -> None:
        self._connection = connection
        self._scope = scope
        self.since = before.id if before else 0  # the run that "new" is measured against
        self._since_at = before.finished_at if before else None
        self._kept: Sequence[Finding] | None = None
        self._totals: Mapping[Role, Mapping[State, int]] | None = None
        self._members: Mapping[Section, Sequence[Finding]] | None = None
        self._sections: Mapping[Section, Sequence[Finding]] | None = None

    def __iter__(self) -> Iterator[Finding]:
        if self._kept is not None:
            yield from self._kept
            return
        kept: list[Finding] | None = []
        sections: dict[Section, list[Finding]] = {section: [] for section in Section}
        for finding in self._read():
            for section in sections_of(finding):
                sections[section].append(finding)
            if kept is not None:
                kept.append(finding)
                if len(kept) > _KEPT:
                    kept = None
            yield finding
        self._kept = kept
        self._members = sections

    @property
    def are_read(self) -> bool:
        """Whether somebody went through all of them, so that they need not be read again."""
        return self._members is not None

    def sections(self) -> Mapping[Section, Sequence[Finding]]:
        """Give the findings of each section in page order, as they came when somebody last went through all of them."""
        if self._members is None:
            for _finding in self:
                pass
        if self._sections is None:
            orders = {Section.POSSIBLY_MOVED: _by_trust}
            members = (self._members or {}).items()
            self._sections = {
                section: tuple(sorted(found, key=orders.get(section, _page_order)))
                for section, found in members
            }
        return self._sections

    def told_of(self, read: Callable[[], Iterable[_About]]) -> Sequence[_About]:
        """Give a part of the report that is about links; with `only_new` about those alone that are told of."""
        if not self._scope.only_new:
            return _WhenAsked(read)

        def about_these() -> Iterator[_About]:
            urls = {finding.link.url for finding in self}
            return (each for each in read() if each.url in urls)

        return _WhenAsked(about_these)

    def totals(self) -> Mapping[Role, Mapping[State, int]]:
        """Count links and mirrors by state, as they came when somebody last went through all of them, else by a question of its own."""
        return self._totals or count_states(self._connection, wiki=self._scope.wiki)

    def _read(self) -> Iterator[Finding]:
        proposals, drifts = all_proposals(self._connection), changed_drift_findings(self._connection)
        counts: dict[Role, Counter[State]] = {role: Counter() for role in Role}
        for found in link_findings(
            self._connection, wiki=self._scope.wiki, pages=self._scope.pages
        ):
            cited = cited_addresses(found)
            link = mask_secrets(found, cited)
            counts[link.role][link.tracked_state.state] += 1
            new = link.changed_run_id is not None and link.changed_run_id > self.since
            finding = Finding(
                link=link,
                new=new,
                best_mirror=best_mirror(link),
                covered=is_covered(link),
                proposals=tuple(
                    mask_secrets(proposal, cited) for proposal in proposals.get(link.id, ())
                ),
                drift=mask_secrets(drifts[link.id], cited) if link.id in drifts else None,
            )
            if new or not self._scope.only_new or self._has_news(finding):
                yield finding
        self._totals = counts

    def _has_news(self, finding: Finding) -> bool:
        """Tell whether reading pages again taught something since the run before."""
        learnt = [
            *(found.found_at for found in finding.proposals),
            *([finding.drift.since] if finding.drift else []),
        ]
        return any(self._since_at is None or at > self._since_at for at in learnt)


class _Sections(Mapping[Section, Sequence[Finding]]):
    """The sections of a report, made only when they are asked for: going through a large wiki twice takes twice as long."""

    def __init__(self, findings: _Findings) -> None:
        self._findings = findings

    def __getitem__(self, section: Section) -> Sequence[Finding]:
        return self._findings.sections()[section]

    def __iter__(self) -> Iterator[Section]:
        return iter(Section)

    def __len__(self) -> int:
        return len(Section)


def _masked_about(record: _About) -> _About:
    """Mask the secrets of what is told of a link, but for the tokens of its address as cited."""
    return mask_secrets(record, record.url)


def _page_order(finding: Finding) -> tuple[Any, ...]:
    first = finding.link.citations[0]
    return first.page, first.line, first.column, finding.link.id


def _by_trust(finding: Finding) -> tuple[Any, ...]:
    return -finding.proposals[0].proposal.confidence, *_page_order(finding)
