"""Markdown report for readers: first what needs action now, then everything else."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import ClassVar, TypeVar

from reports.findings.descriptions import describe_refusal_counts
from reports.findings.grouping import group_findings
from reports.findings.outline import count_refusals
from reports.findings.section_titles import SECTION_TITLES
from reports.findings.todo import action_for, by_action, to_do_findings, unconfirmed_mirrors
from reports.findings.todo_sentences import ACTION_TITLES, nothing_to_do
from reports.formats.interface import Format
from reports.formats.markdown.copies import CopySections
from reports.formats.markdown.entries import EntryWriter, WriteEntry
from reports.formats.markdown.escaping import autolink, code, escape, in_brackets
from reports.i18n import translator_for
from reports.model import Action, Finding, GroupBy, Report, Section
from reports.wording import labels
from reports.wording.details import translate_detail
from reports.wording.run_sentences import comparison_sentence, run_sentences
from reports.wording.time_format import TimeFormatter
from store.queries.archives import FailedLookup
from store.queries.link_records import LinkFinding
from store.vocabulary import LookupOutcome, Role, State

_T = TypeVar("_T")

_MAX_TO_DO = 1_000
_MAX_ENTRIES = 200  # of any other section, to keep the report readable; other formats are complete

# The others are listed under "To do" and "Not checked".
_OTHER_SECTIONS = tuple(
    section
    for section in Section
    if section not in {Section.NEWLY_BROKEN, Section.BROKEN, Section.NOT_CHECKED}
)


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
        self._format_time = TimeFormatter(self._translate)
        self._entries = EntryWriter(self._translate, self._format_time)
        self._to_do = to_do_findings(report)

    def head(self) -> Iterator[str]:
        """Yield the title, and the sentences about the run."""
        report, translate = self._report, self._translate
        title = translate("Links")
        if report.display_name:
            title = translate("Links of {wiki}", wiki=escape(report.display_name))
        yield f"# {title}"
        yield ""
        sentences = (
            escape(sentence, 1_000)
            for sentence in run_sentences(report.run, translate, self._format_time)
        )
        compared = comparison_sentence(report.compared_with, translate, self._format_time)
        yield translate.sentences(*sentences, compared)

    def to_do(self) -> Iterator[str]:
        """Yield the findings that need action, by action."""
        translate = self._translate
        yield from self._heading("To do", len(self._to_do))
        if not self._to_do:
            yield nothing_to_do(self._report, translate, self._format_time)
            return
        groups = {
            action: findings for action, findings in by_action(self._to_do).items() if findings
        }
        for number, (action, findings) in enumerate(groups.items()):
            if number:
                yield ""
            yield f"### {translate(ACTION_TITLES[action][0])} ({len(findings):,})"
            yield ""
            yield translate(ACTION_TITLES[action][1])
            yield ""
            yield from self._grouped(findings, self._to_do_entry, level="####", limit=_MAX_TO_DO)

    def _to_do_entry(self, finding: Finding) -> Iterator[str]:
        """Yield the lines of an entry of the to-do list, marked if it is new."""
        first, *others = self._entries.failure(finding)
        is_new = finding.new and self._report.compared_with is not None
        mark = f" **{self._translate('new')}**" if is_new else ""
        yield first + mark
        yield from others

    def sections(self) -> Iterator[str]:
        """Yield the sections of findings that are not in the to-do list."""
        for section in _OTHER_SECTIONS:
            title, explanation = SECTION_TITLES[section]
            findings = self._report.sections[section]
            if section is Section.MIRROR_BROKEN:  # confirmed ones are in the to-do list
                findings = unconfirmed_mirrors(self._report)
            if section is Section.SUSPECT:
                findings = sorted(findings, key=_needs_person, reverse=True)
            if findings:
                yield from self._heading(title, len(findings))
                yield self._translate(explanation)
                yield ""
                if section is Section.ARCHIVES_REFUSED:
                    yield self._refusals(findings)
                yield from self._grouped(findings, self._entries.writer_for(section))

    def _refusals(self, findings: Sequence[Finding]) -> str:
        refusals = (finding.refusal for finding in findings if finding.refusal)
        return f"- {describe_refusal_counts(count_refusals(refusals), self._translate)}"

    def copies(self) -> Iterator[str]:
        """Yield the sections about archive copies."""
        copies = CopySections(self._report, self._translate, self._format_time)
        for title, explanation, number, lines in copies.sections():
            yield from self._heading(title, number)
            yield self._translate(explanation)
            yield ""
            yield from self._listed(lines, lambda line: [line])

    def not_checked(self) -> Iterator[str]:
        """Yield what could not be checked, by reason."""
        findings, lookups = self._report.sections[Section.NOT_CHECKED], self._report.failed_lookups
        if not findings and not lookups:
            return
        title, _ = SECTION_TITLES[Section.NOT_CHECKED]
        yield from self._heading(title, len(findings) + len(lookups))
        by_reason: dict[str, list[LinkFinding]] = defaultdict(list)
        for finding in findings:
            by_reason[labels.reason_label(finding.link.tracked_state)].append(finding.link)
        for reason, links in sorted(by_reason.items(), key=lambda group: -len(group[1])):
            yield f"- {self._translate(reason)}{self._translate(': ')}{self._counted(links)}"
            if links[0].tracked_state.reason is None:
                continue  # never checked: there is nothing to say about a single link
            yield from self._listed(links, self._entries.not_checked, indent="  ")
        yield from self._failed_lookups(lookups)

    def captures(self) -> Iterator[str]:
        """Yield the requests for captures."""
        captures = self._report.captures
        if captures:
            yield from self._heading("Capture requests", len(captures))
            yield from self._listed(captures, self._entries.capture)

    def internal_links(self) -> Iterator[str]:
        """Yield the broken internal links."""
        links = self._report.internal_links
        if links:
            yield from self._heading("Broken internal links", len(links))
            yield from self._listed(links, self._entries.internal_link)

    def warnings(self) -> Iterator[str]:
        """Yield the warnings about pages."""
        warnings = self._report.warnings
        if warnings:
            yield from self._heading("Warnings", len(warnings))
            yield from self._listed(warnings, self._entries.warning)

    def totals(self) -> Iterator[str]:
        """Yield a table that counts links and copies by state."""
        translate = self._translate
        links = self._report.totals.get(Role.LINK, {})
        mirrors = self._report.totals.get(Role.MIRROR, {})
        yield from self._heading("Totals")
        yield f"| | {translate('links')} | {translate('cited archive copies')} |"
        yield "|---|--:|--:|"
        for state in State:
            if state in links or state in mirrors:
                label = translate(labels.STATE_LABELS[state])
                yield f"| {label} | {links.get(state, 0):,} | {mirrors.get(state, 0):,} |"
        all_links, all_mirrors = sum(links.values()), sum(mirrors.values())
        yield f"| {translate('total')} | {all_links:,} | {all_mirrors:,} |"

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
            yield f"- {counted}{self._translate(': ')}{label}{in_brackets(service)}"
            yield from self._listed(members, self._lookup, indent="  ")

    def _lookup(self, lookup: FailedLookup) -> Sequence[str]:
        """Return the line of a failed lookup."""
        detail = in_brackets(translate_detail(lookup.detail, self._translate))
        return [f"  - {autolink(lookup.url)}{detail}"]

    def _heading(self, title: str, number: int | None = None) -> Iterator[str]:
        """Yield a heading, with the number of entries if given."""
        count = "" if number is None else f" ({number:,})"
        yield ""
        yield f"## {self._translate(title)}{count}"
        yield ""

    def _grouped(
        self,
        findings: Sequence[Finding],
        write_entry: WriteEntry,
        *,
        level: str = "###",
        limit: int = _MAX_ENTRIES,
    ) -> Iterator[str]:
        """Yield entries under a heading for each group, if the report is grouped."""
        by = self._report.group_by
        if by is None:
            yield from self._listed(findings, write_entry, limit=limit)
            return
        for name, members in group_findings(findings, by).items():
            title = self._translate(name) if by is GroupBy.REASON else code(name)
            yield ""
            yield f"{level} {title} ({len(members):,})"
            yield ""
            yield from self._listed(members, write_entry, limit=limit)

    def _listed(
        self,
        items: Sequence[_T],
        write_entry: Callable[[_T], Iterable[str]],
        *,
        indent: str = "",
        limit: int = _MAX_ENTRIES,
    ) -> Iterator[str]:
        """Yield the entries of the first items, and the number of the others."""
        for item in islice(items, limit):
            yield from write_entry(item)
        if len(items) > limit:
            more = self._translate("… and {number} more", number=f"{len(items) - limit:,}")
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


def _needs_person(finding: Finding) -> bool:
    return action_for(finding) is Action.PERSON
