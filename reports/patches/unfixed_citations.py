"""List the reasons why `holdfast fix` does not fix citations, for a patch that fixes none."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from typing import Final

from reports.mirror_choice import has_citation_beside
from reports.patches.cited_links import is_since
from reports.patches.records import FixPolicy
from store.queries.link_records import CitedPlace, LinkFinding
from store.vocabulary import LIVING_STATES, Role, State

UnfixedCitation = tuple[CitedPlace, str]
"""A citation, and the reason why it is not fixed, in words for the user."""

COUNTED_ELSEWHERE: Final = ""  # the summary has a separate line for these citations
WORKS_WITHOUT_COPY: Final = "it works, and has no copy"
_HAS_COPY_BESIDE: Final = "an archive copy stands beside it"
_REPAIR_REASONS: Final = {
    State.ALIVE: "it works",
    State.MOVED: "it has moved (--to-do leaves it alone)",
    State.SUSPECT: "it fails, which is not confirmed yet (--suspects fixes it, too)",
    State.BLOCKED: "it is blocked",
    State.UNSURE: "it could not be checked",
    State.UNCHECKED: "it was not checked yet: run holdfast run",
    State.SKIPPED: "it is excluded from checks",
}
_COPY_REASONS: Final = _REPAIR_REASONS | {
    State.SUSPECT: "the link fails",
    State.BROKEN: "the link is broken: holdfast fix repairs it",
}


def reasons_not_repaired(
    links: Iterable[LinkFinding], policy: FixPolicy
) -> Iterator[UnfixedCitation]:
    """Yield each citation with the reason why no repair changes it.

    A failing citation without a copy beside it gets `COUNTED_ELSEWHERE`.

    Args:
        links: Links in any state.
        policy: What the user wants fixed.
    """
    for link in links:
        if link.role is not Role.LINK:
            continue
        states = {mirror.id: mirror.state for mirror in link.mirrors}
        copies = [place for place in link.citations if place.mirror_id is not None]
        for place in link.citations:
            if place.mirror_id is None:
                state = link.tracked_state.state
            else:
                state = states.get(place.mirror_id, State.UNCHECKED)
            if not policy.repairs(state):
                yield place, _REPAIR_REASONS[state]
            elif place.mirror_id is None and has_citation_beside(place, copies):
                yield place, f"it fails, and {_HAS_COPY_BESIDE}"
            else:
                yield place, COUNTED_ELSEWHERE


def reasons_no_copy_added(
    links: Iterable[LinkFinding], since: date | None
) -> Iterator[UnfixedCitation]:
    """Yield each citation with the reason why it gets no copy.

    Args:
        links: Links in any state.
        since: The first day of the citations that get one; None for all.
    """
    for link in links:
        if link.role is not Role.LINK:
            continue
        copies = [place for place in link.citations if place.mirror_id is not None]
        for place in link.citations:
            if place.mirror_id is not None:
                yield place, "it is an archive copy"
            elif link.tracked_state.state not in LIVING_STATES:
                yield place, _COPY_REASONS[link.tracked_state.state]
            elif has_citation_beside(place, copies):
                yield place, _HAS_COPY_BESIDE
            elif not is_since(place, since):
                yield place, "it has no date since the day of --since"
            else:
                yield place, WORKS_WITHOUT_COPY
