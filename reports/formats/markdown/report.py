"""Markdown report for readers: first what needs action now, then everything else."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import ClassVar, TypeVar

from reports import labels
from reports.formats.interface import Format
from reports.formats.markdown.copies import CopySections
from reports.formats.markdown.entries import Entry, EntryWriter
from reports.formats.markdown.escaping import autolink, code, escape, in_brackets
from reports.grouping import group_findings
from reports.i18n import translator_for
from reports.model import Finding, GroupBy, Report, Section
from reports.section_titles import SECTION_TITLES
from reports.time_format import TimeFormatter
from reports.todo import urgent_findings
from store.queries.archives import FailedLookup
from store.queries.links import LinkFinding
from store.vocabulary import LookupOutcome, Role, State

_T = TypeVar("_T")

_MAX_ENTRIES = 200  # of a section, to keep the report readable; other formats are complete

# Newly broken links are listed with the broken ones or under "To do". What could not be checked
# has a block of its own.
_LISTED = tuple(
    section for section in Section if section not in {Section.NEWLY_BROKEN, Section.NOT_CHECKED}
)
_FAILURES = (Section.BROKEN, Section.SUSPECT, Section.MIRROR_BROKEN)


class Markdown(Format):
    """A Markdown report."""

    suffix: ClassVar[str] = ".md"

    def render(self, report: Report) -> Iterator[str]:
        """Yield the report line by line."""
        page = _Page(report)
        for block in (
            page.head,
            page.to_do,
            page.sections,
            page.copies,
            page.not_checked,
            page.captures,
            page.internal_links,
            page.warnings,
            page.totals,
        ):
            for line in block():
                yield line + "\n"


class _Page:
    """The blocks of one report. Each method yields lines without their ends."""

    def __init__(self, report: Report) -> None:
        self._report = report
        self._translate = translator_for(report.lang)
        self._clock = TimeFormatter(report.zone, self._translate)
        self._entries = EntryWriter(self._translate, self._clock)
        self._urgent = urgent_findings(report)

    def head(self) -> Iterator[str]:
        report, translate = self._report, self._translate
        title = translate("Links")
        if report.wiki:
            title = translate("Links of {wiki}", wiki=escape(report.wiki))
        yield f"# {title}"
        yield ""
        if report.run is None:
            yield translate("No links have been checked yet.")
            return
        before = report.compared_with
        if before is None:
            yield self._run()
            return
        compared = translate(
            "“New” means changed since run {number} of {time}.",
            number=before.id,
            time=self._clock(before.finished_at),
        )
        yield f"{self._run()} {compared}"

    def to_do(self) -> Iterator[str]:
        yield from self._heading("To do", len(self._urgent))
        if not self._urgent:
            yield self._translate(
                "Nothing new to fix: no page points to a newly broken link or archive copy."
            )
        yield from self._grouped(self._urgent, self._entries.failure, limit=len(self._urgent))

    def sections(self) -> Iterator[str]:
        urgent = {finding.link.id for finding in self._urgent}
        for section in _LISTED:
            title, explanation = SECTION_TITLES[section]
            findings = self._findings(section)
            if section in _FAILURES:
                findings = [finding for finding in findings if finding.link.id not in urgent]
            if findings:
                yield from self._heading(title, len(findings))
                yield self._translate(explanation)
                yield ""
                yield from self._grouped(findings, self._entries.entry_of(section))

    def copies(self) -> Iterator[str]:
        copies = CopySections(self._report, self._translate, self._clock)
        for title, explanation, lines in copies.sections():
            yield from self._heading(title, len(lines))
            yield self._translate(explanation)
            yield ""
            yield from self._listed(lines, lambda line: [line])

    def not_checked(self) -> Iterator[str]:
        findings, lookups = self._report.sections[Section.NOT_CHECKED], self._report.failed_lookups
        if not findings and not lookups:
            return
        title, _ = SECTION_TITLES[Section.NOT_CHECKED]
        yield from self._heading(title, len(findings) + len(lookups))
        by_reason: dict[str, list[LinkFinding]] = defaultdict(list)
        for finding in findings:
            by_reason[labels.reason_label(finding.link.tracked_state)].append(finding.link)
        for reason, links in sorted(by_reason.items(), key=lambda group: -len(group[1])):
            yield f"- {self._translate(reason)}: {self._counted(links)}"
            yield from self._listed(links, self._entries.not_checked, indent="  ")
        yield from self._failed_lookups(lookups)

    def captures(self) -> Iterator[str]:
        captures = self._report.captures
        if captures:
            yield from self._heading("Capture requests", len(captures))
            yield from self._listed(captures, self._entries.capture)

    def internal_links(self) -> Iterator[str]:
        links = self._report.internal_links
        if links:
            yield from self._heading("Broken internal links", len(links))
            yield from self._listed(links, self._entries.internal_link)

    def warnings(self) -> Iterator[str]:
        warnings = self._report.warnings
        if warnings:
            yield from self._heading("Warnings", len(warnings))
            yield from self._listed(warnings, self._entries.warning)

    def totals(self) -> Iterator[str]:
        translate = self._translate
        links = self._report.totals.get(Role.LINK, {})
        mirrors = self._report.totals.get(Role.MIRROR, {})
        yield from self._heading("Totals")
        yield f"| | {translate('links')} | {translate('cited archive copies')} |"
        yield "|---|--:|--:|"
        for state in State:
            if state in links or state in mirrors:
                label = translate(labels.STATE_LABELS[state])
                yield f"| {label} | {links.get(state, 0)} | {mirrors.get(state, 0)} |"
        yield f"| {translate('total')} | {sum(links.values())} | {sum(mirrors.values())} |"

    def _run(self) -> str:
        """Return how the run ended that the report is about."""
        run, translate = self._report.run, self._translate
        if run is None:
            return ""
        if not run.finished_at or not run.outcome:
            return translate("Run {number} is still in progress.", number=run.id)
        return translate(
            "Run {number} ended {time}: {outcome}.",
            number=run.id,
            time=self._clock(run.finished_at),
            outcome=translate(labels.OUTCOME_LABELS[run.outcome]),
        )

    def _failed_lookups(self, lookups: Sequence[FailedLookup]) -> Iterator[str]:
        groups: dict[tuple[str, LookupOutcome], list[FailedLookup]] = defaultdict(list)
        for lookup in lookups:
            groups[lookup.service, lookup.outcome].append(lookup)
        for (service, outcome), members in sorted(groups.items()):
            counted = self._translate.count(
                "archive lookup for {number} link",
                "archive lookups for {number} links",
                len(members),
            )
            label = self._translate(labels.LOOKUP_LABELS[outcome])
            yield f"- {counted}: {label}{in_brackets(service)}"
            yield from self._listed(
                members,
                lambda lookup: [f"  - {autolink(lookup.url)}{in_brackets(lookup.detail)}"],
                indent="  ",
            )

    def _findings(self, section: Section) -> Sequence[Finding]:
        findings = self._report.sections[section]
        if section is Section.BROKEN:
            return [*self._report.sections[Section.NEWLY_BROKEN], *findings]
        return findings

    def _heading(self, title: str, number: int | None = None) -> Iterator[str]:
        """Yield a heading, with the number of entries if given."""
        count = "" if number is None else f" ({number})"
        yield ""
        yield f"## {self._translate(title)}{count}"
        yield ""

    def _grouped(
        self, findings: Sequence[Finding], entry: Entry, *, limit: int = _MAX_ENTRIES
    ) -> Iterator[str]:
        """Yield entries under a heading for each group, if the report is grouped."""
        by = self._report.group_by
        if by is None:
            yield from self._listed(findings, entry, limit=limit)
            return
        for name, members in group_findings(findings, by).items():
            title = self._translate(name) if by is GroupBy.REASON else code(name)
            yield ""
            yield f"### {title} ({len(members)})"
            yield ""
            yield from self._listed(members, entry, limit=limit)

    def _listed(
        self,
        items: Sequence[_T],
        entry: Callable[[_T], Iterable[str]],
        *,
        indent: str = "",
        limit: int = _MAX_ENTRIES,
    ) -> Iterator[str]:
        """Yield the entries of the first items, and the number of the others."""
        for item in islice(items, limit):
            yield from entry(item)
        if len(items) > limit:
            more = self._translate("… and {number} more", number=len(items) - limit)
            yield f"{indent}- {more}"

    def _counted(self, links: Sequence[LinkFinding]) -> str:
        """Return the number of links and of archive copies, without those that are zero."""
        roles, counts = Counter(link.role for link in links), []
        if roles[Role.LINK]:
            counts.append(
                self._translate.count("{number} link", "{number} links", roles[Role.LINK])
            )
        if roles[Role.MIRROR]:
            counts.append(
                self._translate.count(
                    "{number} archive copy", "{number} archive copies", roles[Role.MIRROR]
                )
            )
        return self._translate(" and ").join(counts)
