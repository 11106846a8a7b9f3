"""Select the citations that a patch is about, by page, with their stored links and mirrors."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import date
from typing import NamedTuple

from msgspec import Struct

from reports.leave_plan import LeavePlan, Replacement
from reports.no_replacement import NoReplacement
from reports.returned_originals import ReturnableCitation
from store.queries.link_records import CitedPlace, LinkFinding, MirrorFinding
from store.vocabulary import LIVING_STATES, Reason, Role, State


class CitationKey(NamedTuple):
    """The position and URL of a citation, which identify it until its page changes."""

    line: int
    column: int
    url: str


class CitedLink(Struct, frozen=True):
    """The link and the mirror of one citation.

    Attributes:
        link: Its link.
        mirror: The mirror that it points to, None if it points to the link itself.
        new_address: The new address of its broken link, if one was found.
        has_shared_target: Whether another cited page redirects to the same URL as its link.
        leave_outcome: The replacement of the mirror if its archive is left, or why there is none.
    """

    link: LinkFinding
    mirror: MirrorFinding | None
    new_address: str | None = None
    has_shared_target: bool = False
    leave_outcome: Replacement | NoReplacement | None = None

    @property
    def urls(self) -> frozenset[str]:
        """The URL of its link, and that of the mirror that it points to."""
        return frozenset([self.link.url, *([self.mirror.url] if self.mirror else ())])


CitationsByPage = Mapping[str, Mapping[CitationKey, CitedLink]]
"""Citations by the paths of their pages, in the order of paths."""


def citations_by_page(
    findings: Iterable[LinkFinding],
    new_addresses: Mapping[int, str] = {},
    at_shared_targets: Collection[int] = (),
) -> CitationsByPage:
    """Return the citations that may need a fix.

    Args:
        findings: The links. Those that need no fix are left out.
        new_addresses: Trusted new addresses of broken links by the ids of the links.
        at_shared_targets: The ids of links that redirect to a URL to which other cited pages
            redirect, too.
    """
    links = (link for link in findings if link.role is Role.LINK and _may_need_fix(link))
    return _group_by_page(
        (
            place,
            CitedLink(
                link,
                mirror,
                new_address=new_addresses.get(link.id),
                has_shared_target=link.id in at_shared_targets,
            ),
        )
        for link in links
        for place, mirror in _places_with_mirrors(link)
    )


def citations_without_copies(
    findings: Iterable[LinkFinding], since: date | None = None
) -> CitationsByPage:
    """Return the citations of living links that point to no copy.

    Args:
        findings: The links.
        since: Only citations of that day or later: by the access date, else the date of the page,
            else the day on which the citation was added.
    """
    links = (link for link in findings if link.tracked_state.state in LIVING_STATES)
    return _group_by_page(
        (place, CitedLink(link, None))
        for link in links
        for place in link.citations
        if link.role is Role.LINK and place.mirror_id is None and is_since(place, since)
    )


def citations_of_links(findings: Iterable[LinkFinding]) -> CitationsByPage:
    """Return all citations of links and of their copies."""
    links = (link for link in findings if link.role is Role.LINK)
    return _group_by_page(
        (place, CitedLink(link, mirror))
        for link in links
        for place, mirror in _places_with_mirrors(link)
    )


def citations_of_returned_originals(places: Iterable[ReturnableCitation]) -> CitationsByPage:
    """Return the citations of copies whose originals are alive again."""
    return _group_by_page(
        (returning.place, CitedLink(returning.link, returning.mirror)) for returning in places
    )


def citations_to_leave(plan: LeavePlan) -> CitationsByPage:
    """Return the citations of copies on archives that are left."""
    pages: dict[str, dict[CitationKey, CitedLink]] = {}
    for (page, line, column, url), planned in plan.places.items():
        cited = CitedLink(planned.link, planned.mirror, leave_outcome=planned.outcome)
        pages.setdefault(page, {})[CitationKey(line, column, url)] = cited
    return {path: pages[path] for path in sorted(pages)}


def _places_with_mirrors(link: LinkFinding) -> Iterator[tuple[CitedPlace, MirrorFinding | None]]:
    """Yield the citations of a link, each with the mirror that it points to, or None."""
    mirrors = {mirror.id: mirror for mirror in link.mirrors}
    for place in link.citations:
        yield place, mirrors.get(place.mirror_id) if place.mirror_id is not None else None


def _group_by_page(citations: Iterable[tuple[CitedPlace, CitedLink]]) -> CitationsByPage:
    pages: dict[str, dict[CitationKey, CitedLink]] = {}
    for place, cited in citations:
        key = CitationKey(place.line, place.column, place.url)
        pages.setdefault(place.page, {})[key] = cited
    return {path: pages[path] for path in sorted(pages)}


def is_since(place: CitedPlace, since: date | None) -> bool:
    """Return whether a citation is from a day or later. Without a date it is not.

    Args:
        place: The citation.
        since: The day; None accepts all citations.
    """
    if since is None:
        return True
    day = place.accessed or place.dated or place.added
    return day is not None and day >= since


def _may_need_fix(link: LinkFinding) -> bool:
    """Return whether a citation of a link may need a fix. Pages without any are not read."""
    tracked = link.tracked_state
    return (
        bool(link.mirrors)
        or tracked.state in (State.BROKEN, State.SUSPECT, State.MOVED)
        or tracked.reason is Reason.CANONICALISED
    )
