"""Which sections of a report a finding belongs in. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from reports.model import Finding, Section
from store.vocabulary import Role, State, Verdict

LIVING = (State.ALIVE, State.MOVED)
FAILING = (State.SUSPECT, State.BROKEN)


def sections_of(finding: Finding) -> Iterator[Section]:
    """Say where in a report a finding belongs. This is the one place that decides it."""
    link, standing = finding.link, finding.link.tracked_state
    yield from state_sections(link.role, standing.state, new=finding.new)
    if finding.proposals or finding.drift:
        yield from _reread_sections(finding)
    if has_recovered(standing.state, link.previous_state, new=finding.new):
        yield Section.RECOVERED
    if needs_mirror(link.role, standing.state) and _lacks_mirror(finding):
        yield Section.WITHOUT_MIRROR
    if is_not_checked(link.role, standing.state, standing.verdict):
        yield Section.NOT_CHECKED


def state_sections(role: Role, state: State, *, new: bool) -> Iterator[Section]:
    """Name the section of a link or mirror that fails, moved or is blocked."""
    if role is Role.MIRROR and state in FAILING:
        yield Section.MIRROR_BROKEN
    elif state is State.BROKEN:
        yield Section.NEWLY_BROKEN if new else Section.BROKEN
    elif state is State.SUSPECT:
        yield Section.SUSPECT
    elif state is State.MOVED and role is Role.LINK:
        yield Section.MOVED
    elif state is State.BLOCKED and role is Role.LINK:
        yield Section.BLOCKED


def has_recovered(state: State, previous: State | None, *, new: bool) -> bool:
    """Tell whether what failed before serves again since the run that is compared with."""
    return new and state in LIVING and previous in FAILING


def needs_mirror(role: Role, state: State) -> bool:
    """Tell whether the want of a copy is worth telling."""
    return role is Role.LINK and state is not State.SKIPPED


def _reread_sections(finding: Finding) -> Iterator[Section]:
    if finding.proposals:
        yield Section.POSSIBLY_MOVED
    if finding.drift:
        yield Section.CONTENT_CHANGED


def _lacks_mirror(finding: Finding) -> bool:
    """Whether no copy could stand in. One that was never probed yet has the benefit of the doubt."""
    return finding.best_mirror is None and all(
        mirror.state is not State.UNCHECKED for mirror in finding.link.mirrors
    )


def is_not_checked(role: Role, state: State, verdict: Verdict | None) -> bool:
    """Tell whether a link could not be asked, or its answer says nothing."""
    if state in FAILING:
        return False
    if role is Role.MIRROR and state is State.BLOCKED:
        return True  # a refusal of the archive is none of the cited source's
    return state is State.UNCHECKED or verdict in (Verdict.UNSURE, Verdict.SKIPPED)
