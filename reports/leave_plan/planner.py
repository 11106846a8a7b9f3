"""Plan the replacement of each citation of a copy on the archives to leave, and count progress."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

from msgspec import Struct

from reports.leave_plan.replacements import (
    CopyRules,
    Replacement,
    ShownPages,
    choose_replacement,
)
from reports.mirror_choice import has_citation_beside
from reports.no_replacement import NoReplacement
from store.queries.link_records import CitedPlace, LinkFinding, MirrorFinding
from store.vocabulary import Role

Outcome = Replacement | NoReplacement


class KeptCitation(Struct, frozen=True, kw_only=True):
    """A citation that still points to its copy at the archive to leave.

    Attributes:
        page: Path of the page.
        line: Its line.
        column: Its column.
        url: The copy that it cites.
        reason: Why the copy is not replaced.
        kept_locally: Whether the local archive has a copy of what the archive shows at that URL.
    """

    page: str
    line: int
    column: int
    url: str
    reason: NoReplacement
    kept_locally: bool = False


class LeaveProgress(Struct, frozen=True, kw_only=True):
    """The progress of leaving one archive, in numbers of citations.

    Attributes:
        service: The archive.
        ready: Citations with a proven replacement: `holdfast fix --leave` changes them.
        captured: Citations for which another archive made a capture that is not verified yet.
        kept: The citations without a proven replacement, those of `captured` included, in page
            order.
    """

    service: str
    ready: int
    captured: int
    kept: Sequence[KeptCitation]

    @property
    def to_leave(self) -> int:
        """The number of citations of copies there."""
        return self.ready + len(self.kept)

    @property
    def without_replacement(self) -> int:
        """The number of citations with neither a proven replacement nor an unverified capture."""
        return len(self.kept) - self.captured


class LeavePlan(Struct, frozen=True):
    """The replacement of each citation of a copy on the archives to leave.

    Attributes:
        places: The citations and their outcomes, by page, line, column and URL.
        progress: The progress of each archive that is cited, the most cited first.
    """

    places: Mapping[tuple[str, int, int, str], PlannedCitation]
    progress: Sequence[LeaveProgress]


class PlannedCitation(Struct, frozen=True):
    """One citation of a copy that is to be left.

    Attributes:
        link: The link that it is a copy of, or the copy itself if that is not known.
        mirror: The copy, None if its original is not known.
        outcome: The replacement, or why there is none.
    """

    link: LinkFinding
    mirror: MirrorFinding | None
    outcome: Outcome


def make_leave_plan(
    links: Iterable[LinkFinding],
    services: frozenset[str],
    pages: ShownPages,
    rules: CopyRules,
    service_of: Callable[[str], str | None],
) -> LeavePlan:
    """Return the replacement of each citation of a copy on the archives to leave.

    Args:
        links: Links with such citations, and cited copies whose original is not known.
        services: The archives to leave.
        pages: What probes saw of links and copies.
        rules: How copies are judged.
        service_of: Returns the service of a copy's URL.
    """
    places: dict[tuple[str, int, int, str], PlannedCitation] = {}
    by_service: dict[str, list[tuple[CitedPlace, Outcome]]] = {}
    for link in links:
        for place, service, planned in _plan_link(link, services, pages, rules, service_of):
            key = (place.page, place.line, place.column, place.url)
            if key not in places:
                places[key] = planned
                by_service.setdefault(service, []).append((place, planned.outcome))
    progress = [
        _progress_of(service, found, pages.local_copies) for service, found in by_service.items()
    ]
    progress.sort(key=lambda archive: (-archive.to_leave, archive.service))
    return LeavePlan(places, progress)


def _plan_link(
    link: LinkFinding,
    services: frozenset[str],
    pages: ShownPages,
    rules: CopyRules,
    service_of: Callable[[str], str | None],
) -> Iterable[tuple[CitedPlace, str, PlannedCitation]]:
    """Yield the citations of copies of one link, with their services and outcomes."""
    if link.role is Role.MIRROR:
        service = service_of(link.url)
        if service is not None and service in services and link.original is None:
            unknown = PlannedCitation(link, None, NoReplacement.UNKNOWN_ORIGINAL)
            for place in link.citations:
                yield place, service, unknown
        return
    to_leave = {mirror.id: mirror for mirror in link.mirrors if mirror.service in services}
    trusted = {mirror.id for mirror in link.mirrors if mirror.service not in rules.avoided}
    trusted_citations = [place for place in link.citations if place.mirror_id in trusted]
    cited = {place.mirror_id for place in link.citations}
    outcomes = {
        mirror_id: choose_replacement(link, mirror, pages, rules)
        for mirror_id, mirror in to_leave.items()
        if mirror_id in cited
    }
    mirror_ids = {mirror.id for mirror in link.mirrors}
    for place in link.citations:
        if place.mirror_id in outcomes:
            mirror = to_leave[place.mirror_id]
            outcome = _outcome_at_place(outcomes[place.mirror_id], place, link, trusted_citations)
            yield place, mirror.service, PlannedCitation(link, mirror, outcome)
        elif place.mirror_id is not None and place.mirror_id not in mirror_ids:
            # Another page names another original for this copy, and the copy belongs to that one.
            service = service_of(place.url)
            if service is not None and service in services:
                yield place, service, PlannedCitation(link, None, NoReplacement.DISAGREES)


def _outcome_at_place(
    outcome: Outcome, place: CitedPlace, link: LinkFinding, trusted: Sequence[CitedPlace]
) -> Outcome:
    """Return the outcome for one citation, so that nothing is cited twice at the same place.

    Args:
        outcome: The outcome for all citations of the copy.
        place: The citation.
        link: The link that the copy is of.
        trusted: The citations of copies of the link on archives that are not left.
    """
    if has_citation_beside(place, trusted):
        return NoReplacement.COPY_BESIDE
    if isinstance(outcome, Replacement) and outcome.mirror is None:
        originals = [other for other in link.citations if other.mirror_id is None]
        if has_citation_beside(place, originals):
            return NoReplacement.ORIGINAL_BESIDE
    return outcome


def _progress_of(
    service: str, outcomes: Sequence[tuple[CitedPlace, Outcome]], in_local_archive: Collection[int]
) -> LeaveProgress:
    """Return the progress of leaving one archive.

    Args:
        service: The archive.
        outcomes: The citations of its copies with their outcomes.
        in_local_archive: Ids of the copies whose content is also in the local archive.
    """
    kept = [
        KeptCitation(
            page=place.page,
            line=place.line,
            column=place.column,
            url=place.url,
            reason=outcome,
            kept_locally=place.mirror_id in in_local_archive,
        )
        for place, outcome in outcomes
        if isinstance(outcome, NoReplacement)
    ]
    kept.sort(key=lambda citation: (citation.page, citation.line, citation.column))
    reasons = Counter(citation.reason for citation in kept)
    return LeaveProgress(
        service=service,
        ready=len(outcomes) - len(kept),
        captured=reasons[NoReplacement.CAPTURED],
        kept=kept,
    )
