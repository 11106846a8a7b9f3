"""Select the citations that a patch is about, by page, with what is known about each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from reports.leaving import LeavingPlan, NoReplacement, Replacement
from reports.returning import ReturningPlace
from store.queries.links import LinkFinding, MirrorFinding
from store.vocabulary import LIVING_STATES, Reason, Role, State


class CitationKey(NamedTuple):
    """The start and URL of a citation, which identify it until its page changes."""

    line: int
    column: int
    url: str


@dataclass(frozen=True, slots=True)
class CitedLink:
    """The known properties of one citation.

    Attributes:
        link: Its link.
        mirror: The mirror that it points to, if it does.
        new_address: Where its broken link moved, if that was found.
        leaving: What it can be led to if its archive is left, or why it stays.
    """

    link: LinkFinding
    mirror: MirrorFinding | None
    new_address: str | None = None
    leaving: Replacement | NoReplacement | None = None

    @property
    def urls(self) -> frozenset[str]:
        """The URL of its link, and that of the mirror that it points to."""
        return frozenset([self.link.url, *([self.mirror.url] if self.mirror else ())])


def citations_by_page(
    findings: Iterable[LinkFinding], new_addresses: Mapping[int, str] = {}
) -> Mapping[str, Mapping[CitationKey, CitedLink]]:
    """Return what is known about citations by page, in the order of paths.

    Args:
        findings: The links. Those that need no fix are left out.
        new_addresses: Trusted new addresses of broken links by the ids of the links.
    """
    pages: dict[str, dict[CitationKey, CitedLink]] = {}
    for link in findings:
        if link.role is not Role.LINK or not _may_need_fix(link):
            continue
        mirrors = {mirror.id: mirror for mirror in link.mirrors}
        for place in link.citations:
            mirror = mirrors.get(place.mirror_id) if place.mirror_id is not None else None
            key = CitationKey(place.line, place.column, place.url)
            known = CitedLink(link, mirror, new_addresses.get(link.id))
            pages.setdefault(place.page, {})[key] = known
    return {path: pages[path] for path in sorted(pages)}


def citations_without_copies(
    findings: Iterable[LinkFinding], since: date | None = None
) -> Mapping[str, Mapping[CitationKey, CitedLink]]:
    """Return the citations of living links by page, in the order of paths.

    Args:
        findings: The links.
        since: Only citations of that day or later: by the access date, else the date of the page,
            else the day on which the citation was added.
    """
    pages: dict[str, dict[CitationKey, CitedLink]] = {}
    for link in findings:
        if link.role is not Role.LINK or link.tracked_state.state not in LIVING_STATES:
            continue
        for place in link.citations:
            day = place.accessed or place.dated or place.added
            if place.mirror_id is not None or (since and (day is None or day < since)):
                continue
            key = CitationKey(place.line, place.column, place.url)
            pages.setdefault(place.page, {})[key] = CitedLink(link, None)
    return {path: pages[path] for path in sorted(pages)}


def citations_of_links(
    findings: Iterable[LinkFinding],
) -> Mapping[str, Mapping[CitationKey, CitedLink]]:
    """Return all citations of links and of their copies by page, in the order of paths."""
    pages: dict[str, dict[CitationKey, CitedLink]] = {}
    for link in findings:
        if link.role is not Role.LINK:
            continue
        mirrors = {mirror.id: mirror for mirror in link.mirrors}
        for place in link.citations:
            mirror = mirrors.get(place.mirror_id) if place.mirror_id is not None else None
            key = CitationKey(place.line, place.column, place.url)
            pages.setdefault(place.page, {})[key] = CitedLink(link, mirror)
    return {path: pages[path] for path in sorted(pages)}


def citations_to_return(
    places: Iterable[ReturningPlace],
) -> Mapping[str, Mapping[CitationKey, CitedLink]]:
    """Return the citations that can be led back to their originals by page."""
    pages: dict[str, dict[CitationKey, CitedLink]] = {}
    for one in places:
        key = CitationKey(one.place.line, one.place.column, one.place.url)
        pages.setdefault(one.place.page, {})[key] = CitedLink(one.link, one.mirror)
    return {path: pages[path] for path in sorted(pages)}


def citations_to_leave(plan: LeavingPlan) -> Mapping[str, Mapping[CitationKey, CitedLink]]:
    """Return the citations of copies on archives that are left by page, in the order of paths."""
    pages: dict[str, dict[CitationKey, CitedLink]] = {}
    for (page, line, column, url), planned in plan.places.items():
        cited = CitedLink(planned.link, planned.mirror, leaving=planned.outcome)
        pages.setdefault(page, {})[CitationKey(line, column, url)] = cited
    return {path: pages[path] for path in sorted(pages)}


def _may_need_fix(link: LinkFinding) -> bool:
    """Return whether a citation of a link may need a fix; most pages need not be read then."""
    tracked = link.tracked_state
    return (
        bool(link.mirrors)
        or tracked.state in (State.BROKEN, State.SUSPECT, State.MOVED)
        or tracked.reason is Reason.CANONICALISED
    )
