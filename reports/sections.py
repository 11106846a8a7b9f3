"""Which sections of a report a finding belongs in. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from reports.records import Finding, Section
from store.findings import LinkFinding
from store.vocabulary import Role, State, Verdict

_LIVING = (State.ALIVE, State.MOVED)
_FAILING = (State.SUSPECT, State.BROKEN)


def sections_of(finding: Finding) -> Iterator[Section]:
    """Say where in a report a finding belongs. This is the one place that decides it."""
    link, standing = finding.link, finding.link.standing
    state = standing.state
    if link.role is Role.MIRROR and state in _FAILING:
        yield Section.MIRROR_GONE_BAD
    elif state is State.BROKEN:
        yield Section.NEWLY_BROKEN if finding.new else Section.BROKEN
    elif state is State.SUSPECT:
        yield Section.SUSPECT
    elif state is State.MOVED and link.role is Role.LINK:
        yield Section.MOVED
    elif state is State.BLOCKED and link.role is Role.LINK:
        yield Section.BLOCKED
    if finding.proposals or finding.drift:
        yield from _reread_sections(finding)
    if finding.new and state in _LIVING and link.previous_state in _FAILING:
        yield Section.RECOVERED
    if link.role is Role.LINK and state is not State.SKIPPED and _lacks_mirror(finding):
        yield Section.WITHOUT_MIRROR
    if _is_unanswered(link):
        yield Section.UNANSWERED


def _reread_sections(finding: Finding) -> Iterator[Section]:
    if finding.proposals:
        yield Section.PERHAPS_MOVED
    if finding.drift:
        yield Section.NO_LONGER


def _lacks_mirror(finding: Finding) -> bool:
    """Whether no copy could stand in. One that was never probed yet has the benefit of the doubt."""
    return finding.best_mirror is None and all(mirror.state is not State.UNCHECKED for mirror in finding.link.mirrors)


def _is_unanswered(link: LinkFinding) -> bool:
    if link.standing.state in _FAILING:
        return False
    if link.role is Role.MIRROR and link.standing.state is State.BLOCKED:
        return True  # a refusal of the archive is none of the cited source's
    return link.standing.state is State.UNCHECKED or link.standing.verdict in (Verdict.UNSURE, Verdict.SKIPPED)
