"""Markdown for a person: first what needs doing today, then everything else, each thing with the place to mend it."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC
from itertools import islice
from typing import ClassVar, TypeVar

from reports import labels
from reports.formats.interface import Format
from reports.formats.markdown.copies import CopySections
from reports.formats.markdown.escaping import autolink, code, escape
from reports.formats.markdown.moves_drift import (
    changed_content_lines,
    possible_address,
    proposal_lines,
)
from reports.grouping import group_findings
from reports.i18n import translator_for
from reports.mirror_choice import first_access_date, distance_days, shown_capture
from reports.model import Finding, GroupBy, Report, Section
from reports.section_titles import SECTION_TITLES
from reports.time_format import TimeFormatter
from reports.todo import urgent_findings
from store.queries.archives import CaptureFinding
from store.queries.links import LinkFinding, MirrorFinding
from store.queries.pages import BrokenInternalLink
from store.vocabulary import CaptureStatus, Role, TrackedState, State

_T = TypeVar("_T")

_MOST = 200  # entries of a section: nobody reads more over coffee, and the other formats have all
_MOST_PLACES = 20  # of one link

# New ones stand among the broken or under what is to do; what could not be asked has a part of its own.
_LISTED = tuple(
    section for section in Section if section not in {Section.NEWLY_BROKEN, Section.NOT_CHECKED}
)
_FAILURES = (Section.BROKEN, Section.SUSPECT, Section.MIRROR_BROKEN)


class Markdown(Format):
    """See the module."""

    suffix: ClassVar[str] = ".md"

    def render(self, report: Report) -> Iterator[str]:
        page = _Page(report)
        for block in (
            page.head,
            page.to_do,
            page.sections,
            page.copies,
            page.unanswered,
            page.captures,
            page.internal_links,
            page.warnings,
            page.totals,
        ):
            for line in block():
                yield line + "\n"


class _Page:
    """One report on its way onto paper. Its methods give lines."""

    def __init__(self, report: Report) -> None:
        self._report = report
        self._words = translator_for(report.lang)
        self._clock = TimeFormatter(report.zone, self._words)
        self._urgent = urgent_findings(report)

    def head(self) -> Iterator[str]:
        report, words = self._report, self._words
        yield (
            f"# {words('Links of {wiki}', wiki=escape(report.wiki))}"
            if report.wiki
            else f"# {words('Links')}"
        )
        yield ""
        if report.run is None:
            yield words("Nothing was checked yet.")
            return
        run, before = report.run, report.compared_with
        if run.finished_at and run.outcome:
            outcome = words(labels.OUTCOME_LABELS[run.outcome])
            told = words(
                "Run {number} ended {time}: {outcome}.",
                number=run.id,
                time=self._clock(run.finished_at),
                outcome=outcome,
            )
        else:
            told = words("Run {number} goes on.", number=run.id)
        since = "New is what changed since run {number} of {time}."
        yield (
            f"{told} {words(since, number=before.id, time=self._clock(before.finished_at))}"
            if before
            else told
        )

    def to_do(self) -> Iterator[str]:
        yield from self._heading("To do today", len(self._urgent))
        if not self._urgent:
            yield self._words(
                "Nothing new: no link broke that readers are sent to, no mirror went bad."
            )
        yield from self._grouped(self._urgent, self._failure, most=len(self._urgent))

    def sections(self) -> Iterator[str]:
        shown = {finding.link.id for finding in self._urgent}
        for section in _LISTED:
            title, explanation = SECTION_TITLES[section]
            findings = [
                finding
                for finding in self._members(section)
                if section not in _FAILURES or finding.link.id not in shown
            ]
            if findings:
                yield from self._heading(title, len(findings))
                yield self._words(explanation)
                yield ""
                yield from self._grouped(findings, self._entry_of(section))

    def unanswered(self) -> Iterator[str]:
        findings, lookups, words = (
            self._report.sections[Section.NOT_CHECKED],
            self._report.failed_lookups,
            self._words,
        )
        if not findings and not lookups:
            return
        yield from self._heading(
            SECTION_TITLES[Section.NOT_CHECKED][0], len(findings) + len(lookups)
        )
        groups: dict[str, list[LinkFinding]] = defaultdict(list)
        for finding in findings:
            groups[labels.reason_label(finding.link.tracked_state)].append(finding.link)
        for why, links in sorted(groups.items(), key=lambda group: -len(group[1])):
            yield f"- {words(why)}: {self._counted(links)}"
            yield from self._listed(
                links,
                lambda link: [
                    f"  - {self._places(link)} {autolink(link.url)}{_in_brackets(link.tracked_state.detail)}"
                ],
                indent="  ",
            )
        for service, outcome in sorted({(lookup.service, lookup.outcome) for lookup in lookups}):
            some = [
                lookup
                for lookup in lookups
                if (lookup.service, lookup.outcome) == (service, outcome)
            ]
            asked = words.count(
                "asked for a copy of {number} link", "asked for a copy of {number} links", len(some)
            )
            yield f"- {asked}: {words(labels.LOOKUP_LABELS[outcome])}{_in_brackets(service)}"
            yield from self._listed(
                some,
                lambda lookup: [f"  - {autolink(lookup.url)}{_in_brackets(lookup.detail)}"],
                indent="  ",
            )

    def copies(self) -> Iterator[str]:
        yield from self._parts(CopySections(self._report, self._words, self._clock).parts())

    def captures(self) -> Iterator[str]:
        captures = self._report.captures
        if captures:
            yield from self._heading("Captures", len(captures))
            yield from self._listed(captures, self._capture)

    def internal_links(self) -> Iterator[str]:
        links = self._report.internal_links
        if links:
            yield from self._heading("Internal links that lead nowhere", len(links))
            yield from self._listed(links, self._internal_link)

    def warnings(self) -> Iterator[str]:
        warnings = self._report.warnings
        if warnings:
            yield from self._heading("Warnings", len(warnings))
            yield from self._listed(
                warnings,
                lambda found: [
                    f"- {code(f'{found.page}:{found.line}' if found.line else found.page)} {escape(found.message)} ({code(found.code)})"
                ],
            )

    def totals(self) -> Iterator[str]:
        words = self._words
        yield from self._heading("Totals")
        yield f"| | {words('links')} | {words('mirrors')} |"
        yield "|---|--:|--:|"
        links, mirrors = (
            self._report.totals.get(Role.LINK, {}),
            self._report.totals.get(Role.MIRROR, {}),
        )
        for state in State:
            if state in links or state in mirrors:
                yield f"| {words(labels.STATE_LABELS[state])} | {links.get(state, 0)} | {mirrors.get(state, 0)} |"
        yield f"| {words('all')} | {sum(links.values())} | {sum(mirrors.values())} |"

    def _members(self, section: Section) -> Sequence[Finding]:
        members = self._report.sections[section]
        return (
            [*self._report.sections[Section.NEWLY_BROKEN], *members]
            if section is Section.BROKEN
            else members
        )

    def _entry_of(self, section: Section) -> Callable[[Finding], Iterable[str]]:
        if section in _FAILURES:
            return self._failure
        return {
            Section.POSSIBLY_MOVED: self._perhaps_moved,
            Section.CONTENT_CHANGED: self._no_longer,
            Section.MOVED: self._moved,
            Section.BLOCKED: self._blocked,
            Section.RECOVERED: self._recovered,
            Section.WITHOUT_MIRROR: self._unpreserved,
        }[section]

    def _failure(self, finding: Finding) -> Iterator[str]:
        link, standing, words = finding.link, finding.link.tracked_state, self._words
        yield self._what(link)
        if link.role is Role.MIRROR:
            copied = (
                words("an archive copy of {url}", url=autolink(link.original))
                if link.original
                else ""
            )
            yield f"  - {copied or words('an archive copy of an unknown original')}"
        told = [
            self._why(standing),
            words("failing since {time}", time=self._clock(standing.first_failed_at)),
        ]
        if standing.state is State.BROKEN:
            told[1] += words(", confirmed {time}", time=self._clock(standing.state_since))
        seen = standing.last_alive_at
        told.append(
            words("last seen alive {time}", time=self._clock(seen))
            if seen
            else words("never seen alive")
        )
        yield f"  - {words('; ').join(told)}"
        if standing.state is State.SUSPECT and standing.next_probe_at:
            row = words.count(
                "{number} failure in a row",
                "{number} failures in a row",
                standing.consecutive_failures,
            )
            yield f"  - {row}{words('; ')}{words('asked again after {time}', time=self._clock(standing.next_probe_at))}"
        yield f"  - {self._stand_in(finding)}"
        for found in finding.proposals[:1]:
            yield f"  - {possible_address(found, words)}"

    def _perhaps_moved(self, finding: Finding) -> Iterator[str]:
        yield self._what(finding.link)
        yield from proposal_lines(finding, self._words)

    def _no_longer(self, finding: Finding) -> Iterator[str]:
        yield self._what(finding.link)
        yield from changed_content_lines(finding, self._words, self._clock)

    def _moved(self, finding: Finding) -> Iterator[str]:
        yield self._what(finding.link)
        target = finding.link.final_url
        yield f"  - {self._words('now at {url}', url=autolink(target)) if target else self._words('now at an unknown address')}"

    def _blocked(self, finding: Finding) -> Iterator[str]:
        standing = finding.link.tracked_state
        yield self._what(finding.link)
        yield f"  - {self._words('{why}, since {time}', why=self._why(standing), time=self._clock(standing.state_since))}"

    def _recovered(self, finding: Finding) -> Iterator[str]:
        yield self._what(finding.link)
        yield f"  - {self._words('alive since {time}', time=self._clock(finding.link.tracked_state.state_since))}"

    def _unpreserved(self, finding: Finding) -> Iterator[str]:
        yield self._what(finding.link)
        for mirror in finding.link.mirrors[:_MOST_PLACES]:
            yield f"  - {autolink(mirror.url)}: {self._unusable(mirror)}"

    def _capture(self, capture: CaptureFinding) -> Iterator[str]:
        words = self._words
        asked = words(
            "{url} at {service}", url=autolink(capture.url), service=escape(capture.service)
        )
        said = _in_brackets(": ".join(filter(None, (capture.code, capture.detail))))
        made = f": {autolink(capture.mirror)}" if capture.mirror else ""
        again = ""
        if capture.status is CaptureStatus.FAILED and capture.next_try_at:
            again = words("; ") + words(
                "asked again after {time}", time=self._clock(capture.next_try_at)
            )
        yield f"- {asked}: {words(labels.CAPTURE_LABELS[capture.status])}{said}{made}{again}"

    def _internal_link(self, link: BrokenInternalLink) -> Iterator[str]:
        yield f"- {code(f'{link.page}:{link.line}')} {code(link.target)}: {self._words(labels.INTERNAL_LINK_LABELS.get(link.broken, link.broken))}"

    def _parts(self, parts: Iterable[tuple[str, str, Sequence[Sequence[str]]]]) -> Iterator[str]:
        for title, explanation, entries in parts:
            yield from self._heading(title, len(entries))
            yield self._words(explanation)
            yield ""
            yield from self._listed(entries, iter)

    def _heading(self, title: str, number: int | None = None) -> Iterator[str]:
        yield ""
        yield (
            f"## {self._words(title)}" if number is None else f"## {self._words(title)} ({number})"
        )
        yield ""

    def _grouped(
        self,
        findings: Sequence[Finding],
        entry: Callable[[Finding], Iterable[str]],
        *,
        most: int = _MOST,
    ) -> Iterator[str]:
        by = self._report.group_by
        if by is None:
            yield from self._listed(findings, entry, most=most)
            return
        for name, members in group_findings(findings, by).items():
            yield ""
            yield f"### {self._words(name) if by is GroupBy.REASON else code(name)} ({len(members)})"
            yield ""
            yield from self._listed(members, entry, most=most)

    def _listed(
        self,
        items: Sequence[_T],
        entry: Callable[[_T], Iterable[str]],
        *,
        indent: str = "",
        most: int = _MOST,
    ) -> Iterator[str]:
        for item in islice(items, most):
            yield from entry(item)
        if len(items) > most:
            yield f"{indent}- {self._words('… and {number} more', number=len(items) - most)}"

    def _counted(self, links: Sequence[LinkFinding]) -> str:
        roles = Counter(link.role for link in links)
        told = []
        if roles[Role.LINK]:
            told.append(self._words.count("{number} link", "{number} links", roles[Role.LINK]))
        if roles[Role.MIRROR]:
            told.append(
                self._words.count("{number} mirror", "{number} mirrors", roles[Role.MIRROR])
            )
        return self._words(" and ").join(told)

    def _what(self, link: LinkFinding) -> str:
        text = next((place.text for place in link.citations if place.text.strip()), "")
        return (
            f"- {self._places(link)} {f'“{escape(text, 80)}” ' if text else ''}{autolink(link.url)}"
        )

    def _places(self, link: LinkFinding) -> str:
        places = list(dict.fromkeys(code(f"{place.page}:{place.line}") for place in link.citations))
        more = len(places) - _MOST_PLACES
        return ", ".join(places[:_MOST_PLACES]) + (
            f" {self._words.count('and {number} more place', 'and {number} more places', more)}"
            if more > 0
            else ""
        )

    def _why(self, standing: TrackedState) -> str:
        """Say a reason in words, with the details and the reservation that belong to it."""
        note = (
            self._words(
                ", but {note}",
                note=self._words(labels.NOTE_LABELS.get(standing.note, standing.note)),
            )
            if standing.note
            else ""
        )
        return f"{self._words(labels.reason_label(standing))}{_in_brackets(standing.detail)}{note}"

    def _unusable(self, mirror: MirrorFinding) -> str:
        if drift := shown_capture(mirror):
            return self._words("shows another capture ({drift})", drift=escape(drift))
        if mirror.status_at_capture is not None and mirror.status_at_capture >= 400:
            return self._words("a copy of an error ({status})", status=mirror.status_at_capture)
        return self._why(mirror.tracked_state)

    def _stand_in(self, finding: Finding) -> str:
        mirror = finding.best_mirror
        if finding.covered:
            return self._words(
                "nothing to mend: every place that cites it points to a living copy already"
            )
        if mirror is None:
            return self._words("no archive copy is known that could stand in")
        return self._words(
            "could stand in: {url} ({about})",
            url=autolink(mirror.url),
            about=self._age(mirror, finding.link),
        )

    def _age(self, mirror: MirrorFinding, link: LinkFinding) -> str:
        words, service = self._words, escape(mirror.service)
        if mirror.captured_at is None:
            return words("{service}, captured at an unknown time", service=service)
        captured_on = mirror.captured_at.astimezone(UTC).date()
        captured = words("{service}, captured {day}", service=service, day=captured_on)
        accessed = first_access_date(link.citations)
        days = distance_days(mirror, accessed)
        if days is None or accessed is None:
            return captured
        if days == 0:
            return captured + words(", the day it was read")
        if captured_on > accessed:
            return captured + words.count(
                ", {number} day after it was read", ", {number} days after it was read", days
            )
        return captured + words.count(
            ", {number} day before it was read", ", {number} days before it was read", days
        )


def _in_brackets(text: str) -> str:
    return f" ({escape(text)})" if text else ""
