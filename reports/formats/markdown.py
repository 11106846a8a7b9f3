"""Markdown for a person: first what needs doing today, then everything else, each thing with the place to mend it."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime, tzinfo
from itertools import islice
from typing import ClassVar, TypeVar

from reports import phrases
from reports.formats.interface import Format
from reports.formats.markdown_text import autolink, code, escape
from reports.headings import OF_SECTION
from reports.mirrors import accessed_on, distance_days, drift_of
from reports.records import Finding, Report, Section
from reports.urgency import to_do
from store.archive_findings import CaptureFinding
from store.findings import LinkFinding, MirrorFinding
from store.vocabulary import CaptureStatus, Role, Standing, State

_T = TypeVar("_T")

_MOST = 200  # entries of a section: nobody reads more over coffee, and the other formats have all
_MOST_PLACES = 20  # of one link

# New ones stand among the broken or under what is to do; what could not be asked has a part of its own.
_LISTED = tuple(section for section in Section if section not in {Section.NEWLY_BROKEN, Section.UNANSWERED})
_FAILURES = (Section.BROKEN, Section.SUSPECT, Section.MIRROR_GONE_BAD)


class Markdown(Format):
    """See the module."""

    suffix: ClassVar[str] = ".md"

    def render(self, report: Report) -> Iterator[str]:
        page = _Page(report)
        for block in (
            page.head,
            page.to_do,
            page.sections,
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
        self._clock = _Clock(report.zone)
        self._urgent = to_do(report)

    def head(self) -> Iterator[str]:
        report = self._report
        yield f"# Links of {escape(report.wiki)}" if report.wiki else "# Links"
        yield ""
        if report.run is None:
            yield "Nothing was checked yet."
            return
        ended = f"ended {self._clock(report.run.finished_at)}" if report.run.finished_at else "goes on"
        outcome = f": {phrases.OF_OUTCOME[report.run.outcome]}" if report.run.outcome else ""
        before = report.compared_with
        since = f" New is what changed since run {before.id} of {self._clock(before.finished_at)}." if before else ""
        yield f"Run {report.run.id} {ended}{outcome}.{since}"

    def to_do(self) -> Iterator[str]:
        urgent = self._urgent
        yield from _heading("To do today", len(urgent))
        if not urgent:
            yield "Nothing new: no link broke that readers are sent to, no mirror went bad."
        for finding in urgent:
            yield from self._failure(finding)

    def sections(self) -> Iterator[str]:
        shown = {finding.link.id for finding in self._urgent}
        for section in _LISTED:
            title, explanation = OF_SECTION[section]
            findings = [finding for finding in self._members(section) if section not in _FAILURES or finding.link.id not in shown]
            if findings:
                yield from _heading(title, len(findings))
                yield explanation
                yield ""
                yield from _listed(findings, self._entry_of(section))

    def unanswered(self) -> Iterator[str]:
        findings, lookups = self._report.sections[Section.UNANSWERED], self._report.lookups
        if not findings and not lookups:
            return
        yield from _heading("Could not be asked", len(findings) + len(lookups))
        groups: dict[str, list[LinkFinding]] = defaultdict(list)
        for finding in findings:
            groups[phrases.why(finding.link.standing)].append(finding.link)
        for why, links in sorted(groups.items(), key=lambda group: -len(group[1])):
            roles = Counter(link.role for link in links)
            yield f"- {why}: {' and '.join(_counted(number, role.value) for role, number in sorted(roles.items()))}"
            yield from _listed(
                links, lambda link: [f"  - {_places(link)} {autolink(link.url)}{_in_brackets(link.standing.detail)}"], indent="  "
            )
        for service, outcome in sorted({(lookup.service, lookup.outcome) for lookup in lookups}):
            some = [lookup for lookup in lookups if (lookup.service, lookup.outcome) == (service, outcome)]
            yield f"- asked for a copy of {_counted(len(some), 'link')}: {phrases.OF_LOOKUP[outcome]}{_in_brackets(service)}"
            yield from _listed(some, lambda lookup: [f"  - {autolink(lookup.url)}{_in_brackets(lookup.detail)}"], indent="  ")

    def captures(self) -> Iterator[str]:
        captures = self._report.captures
        if captures:
            yield from _heading("Captures", len(captures))
            yield from _listed(captures, self._capture)

    def internal_links(self) -> Iterator[str]:
        links = self._report.internal_links
        if links:
            yield from _heading("Internal links that lead nowhere", len(links))
            yield from _listed(
                links,
                lambda link: [
                    f"- {code(f'{link.page}:{link.line}')} {code(link.target)}: {phrases.OF_INTERNAL.get(link.broken, link.broken)}"
                ],
            )

    def warnings(self) -> Iterator[str]:
        warnings = self._report.warnings
        if warnings:
            yield from _heading("Warnings", len(warnings))
            yield from _listed(
                warnings,
                lambda found: [
                    f"- {code(f'{found.page}:{found.line}' if found.line else found.page)} {escape(found.message)} ({code(found.code)})"
                ],
            )

    def totals(self) -> Iterator[str]:
        yield from _heading("Totals")
        yield "| | links | mirrors |"
        yield "|---|--:|--:|"
        links, mirrors = self._report.totals.get(Role.LINK, {}), self._report.totals.get(Role.MIRROR, {})
        for state in State:
            if state in links or state in mirrors:
                yield f"| {phrases.OF_STATE[state]} | {links.get(state, 0)} | {mirrors.get(state, 0)} |"
        yield f"| all | {sum(links.values())} | {sum(mirrors.values())} |"

    def _members(self, section: Section) -> Sequence[Finding]:
        members = self._report.sections[section]
        return [*self._report.sections[Section.NEWLY_BROKEN], *members] if section is Section.BROKEN else members

    def _entry_of(self, section: Section) -> Callable[[Finding], Iterable[str]]:
        if section in _FAILURES:
            return self._failure
        return {
            Section.MOVED: self._moved,
            Section.BLOCKED: self._blocked,
            Section.RECOVERED: self._recovered,
            Section.WITHOUT_MIRROR: self._unpreserved,
        }[section]

    def _failure(self, finding: Finding) -> Iterator[str]:
        link, standing = finding.link, finding.link.standing
        yield _what(link)
        if link.role is Role.MIRROR:
            yield f"  - an archive copy of {autolink(link.original) if link.original else 'an unknown original'}"
        confirmed = f", confirmed {self._clock(standing.state_since)}" if standing.state is State.BROKEN else ""
        alive = f"last seen alive {self._clock(standing.last_alive_at)}" if standing.last_alive_at else "never seen alive"
        yield f"  - {_why(standing)}; failing since {self._clock(standing.first_failed_at)}{confirmed}; {alive}"
        if standing.state is State.SUSPECT and standing.next_probe_at:
            yield f"  - {_counted(standing.consecutive_failures, 'failure')} in a row; asked again after {self._clock(standing.next_probe_at)}"
        yield f"  - {_stand_in(finding)}"

    def _moved(self, finding: Finding) -> Iterator[str]:
        yield _what(finding.link)
        yield f"  - now at {autolink(finding.link.final_url)}" if finding.link.final_url else "  - now at an unknown address"

    def _blocked(self, finding: Finding) -> Iterator[str]:
        yield _what(finding.link)
        yield f"  - {_why(finding.link.standing)}, since {self._clock(finding.link.standing.state_since)}"

    def _recovered(self, finding: Finding) -> Iterator[str]:
        yield _what(finding.link)
        yield f"  - alive since {self._clock(finding.link.standing.state_since)}"

    def _unpreserved(self, finding: Finding) -> Iterator[str]:
        yield _what(finding.link)
        for mirror in finding.link.mirrors[:_MOST_PLACES]:
            yield f"  - {autolink(mirror.url)}: {_unusable(mirror)}"

    def _capture(self, capture: CaptureFinding) -> Iterator[str]:
        said = _in_brackets(": ".join(filter(None, (capture.code, capture.detail))))
        again = (
            f"; asked again after {self._clock(capture.next_try_at)}"
            if capture.status is CaptureStatus.FAILED and capture.next_try_at
            else ""
        )
        made = f": {autolink(capture.mirror)}" if capture.mirror else ""
        yield f"- {autolink(capture.url)} at {escape(capture.service)}: {capture.status}{said}{made}{again}"


class _Clock:
    """Writes moments as the reader's own clock shows them, with their offset."""

    def __init__(self, zone: tzinfo | None) -> None:
        self._zone = zone

    def __call__(self, moment: datetime | None) -> str:
        if moment is None:
            return "an unknown time"
        local = moment.astimezone(self._zone)
        offset = local.strftime("%z")
        return f"{local:%Y-%m-%d %H:%M} {offset[:3]}:{offset[3:5]}"


def _heading(title: str, number: int | None = None) -> Iterator[str]:
    yield ""
    yield f"## {title}" if number is None else f"## {title} ({number})"
    yield ""


def _listed(items: Sequence[_T], entry: Callable[[_T], Iterable[str]], *, indent: str = "") -> Iterator[str]:
    for item in islice(items, _MOST):
        yield from entry(item)
    if len(items) > _MOST:
        yield f"{indent}- … and {len(items) - _MOST} more"


def _what(link: LinkFinding) -> str:
    text = next((place.text for place in link.citations if place.text.strip()), "")
    return f"- {_places(link)} {f'“{escape(text, 80)}” ' if text else ''}{autolink(link.url)}"


def _places(link: LinkFinding) -> str:
    places = list(dict.fromkeys(code(f"{place.page}:{place.line}") for place in link.citations))
    more = f" and {len(places) - _MOST_PLACES} more places" if len(places) > _MOST_PLACES else ""
    return ", ".join(places[:_MOST_PLACES]) + more


def _why(standing: Standing) -> str:
    """Say a reason in words, with the details and the reservation that belong to it."""
    note = f", but {phrases.OF_NOTE.get(standing.note, standing.note)}" if standing.note else ""
    return f"{phrases.why(standing)}{_in_brackets(standing.detail)}{note}"


def _unusable(mirror: MirrorFinding) -> str:
    if drift := drift_of(mirror):
        return f"shows another capture ({escape(drift)})"
    if mirror.status_at_capture is not None and mirror.status_at_capture >= 400:
        return f"a copy of an error ({mirror.status_at_capture})"
    return _why(mirror.standing)


def _stand_in(finding: Finding) -> str:
    mirror = finding.best_mirror
    if finding.covered:
        return "nothing to mend: every place that cites it points to a living copy already"
    if mirror is None:
        return "no archive copy is known that could stand in"
    return f"could stand in: {autolink(mirror.url)} ({_age(mirror, finding.link)})"


def _age(mirror: MirrorFinding, link: LinkFinding) -> str:
    if mirror.captured_at is None:
        return f"{escape(mirror.service)}, captured at an unknown time"
    captured_on = mirror.captured_at.astimezone(UTC).date()
    captured = f"{escape(mirror.service)}, captured {captured_on}"
    accessed = accessed_on(link.citations)
    days = distance_days(mirror, accessed)
    if days is None or accessed is None:
        return captured
    if days == 0:
        return f"{captured}, the day it was read"
    return f"{captured}, {_counted(days, 'day')} {'after' if captured_on > accessed else 'before'} it was read"


def _in_brackets(text: str) -> str:
    return f" ({escape(text)})" if text else ""


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}{'s' * (number != 1)}"
