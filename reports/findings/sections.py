"""Assign findings to the sections of a report."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from reports.model import Finding, Section
from store.vocabulary import FAILING_STATES, LIVING_STATES, Role, State, Verdict

_NEVER_CHECKED = (State.SKIPPED, State.UNCHECKED)


def sections_of(finding: Finding) -> Iterator[Section]:
    """Yield every section that a finding belongs to."""
    link, tracked = finding.link, finding.link.tracked_state
    if tracked.state in FAILING_STATES and finding.acknowledgement:
        yield Section.ACKNOWLEDGED
    elif tracked.state in FAILING_STATES and link.role is Role.LINK and finding.covered:
        yield Section.COVERED
    else:
        yield from state_sections(link.role, tracked.state, new=finding.new)
    if finding.proposals:
        yield Section.POSSIBLY_MOVED
    if finding.drift:
        yield Section.CONTENT_CHANGED
    if has_recovered(tracked.state, link.previous_state, new=finding.new):
        yield Section.RECOVERED
    if needs_mirror(link.role, tracked.state) and _lacks_mirror(finding) and not finding.is_own:
        yield Section.WITHOUT_MIRROR
    if finding.refusal:
        yield Section.ARCHIVES_REFUSED
    if is_not_checked(link.role, tracked.state, tracked.verdict):
        yield Section.NOT_CHECKED


def ordinary_sections(
    state: State, verdict: Verdict | None, previous: State | None, *, lacks_mirror: bool
) -> Iterator[Section]:
    """Yield every section that an ordinary link belongs to, as `sections_of` does for a finding.

    Args:
        state: Its state, which is not a failing one.
        verdict: Its last verdict.
        previous: Its state at the run that "new" is measured against; None if it did not change.
        lacks_mirror: It is known to have no usable mirror.
    """
    yield from state_sections(Role.LINK, state, new=False)  # only a broken link can be new
    if has_recovered(state, previous, new=True):
        yield Section.RECOVERED
    if needs_mirror(Role.LINK, state) and lacks_mirror:
        yield Section.WITHOUT_MIRROR
    if is_not_checked(Role.LINK, state, verdict):
        yield Section.NOT_CHECKED


def state_sections(role: Role, state: State, *, new: bool) -> Iterator[Section]:
    """Yield the section of a link or mirror that fails, moved or is blocked.

    Callers must check first whether a failing one is acknowledged or covered.
    """
    if role is Role.MIRROR and state in FAILING_STATES:
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
    """Return whether a link failed at the run that "new" is measured against, and works now."""
    return new and state in LIVING_STATES and previous in FAILING_STATES


def needs_mirror(role: Role, state: State) -> bool:
    """Return whether a missing archive copy of this link is worth reporting.

    Copies are looked up only for links that were checked.
    """
    return role is Role.LINK and state not in _NEVER_CHECKED


def is_not_checked(role: Role, state: State, verdict: Verdict | None) -> bool:
    """Return whether a link has no result, or one that says nothing about the link."""
    if state in FAILING_STATES:
        return False
    if role is Role.MIRROR and state is State.BLOCKED:
        return True  # the archive refused, which says nothing about the cited source
    return state is State.UNCHECKED or verdict in (Verdict.UNSURE, Verdict.SKIPPED)


def page_order(finding: Finding) -> tuple[str, int, int, int]:
    """Return the key that sorts findings by their first citation."""
    first = finding.link.citations[0]
    return first.page, first.line, first.column, finding.link.id


def order_in(section: Section) -> Callable[[Finding], tuple[Any, ...]]:
    """Return the key that sorts the findings of a section: possible moves by confidence."""
    return _by_confidence if section is Section.POSSIBLY_MOVED else page_order


def _by_confidence(finding: Finding) -> tuple[Any, ...]:
    return -finding.proposals[0].proposal.confidence, *page_order(finding)


def _lacks_mirror(finding: Finding) -> bool:
    """Return whether a link is known to have no usable mirror.

    That is not known while a mirror is unchecked, or before an archive responded to a lookup.
    """
    mirrors = finding.link.mirrors
    any_unchecked = any(mirror.state is State.UNCHECKED for mirror in mirrors)
    return finding.link.looked_up and finding.best_mirror is None and not any_unchecked
