"""Find citations of copies whose original is alive again and shows what was cited."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from reports.leaving import ShownPages
from reports.mirror_choice import has_mirror_beside
from store.queries.links import CitedPlace, LinkFinding, MirrorFinding
from store.vocabulary import PageEvidence

SameText = Callable[
    [PageEvidence | None, PageEvidence | None, Collection[PageEvidence]], bool | None
]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnedOriginal:
    """A citation of an archive copy whose original is alive again.

    Attributes:
        url: The original.
        mirror: The copy that is cited.
        page: Path of the page.
        line: The line of the citation.
        column: Its column.
    """

    url: str
    mirror: str
    page: str
    line: int
    column: int


@dataclass(frozen=True, slots=True)
class ReturningPlace:
    """One citation in which the original can replace its copy again.

    Attributes:
        link: The original.
        mirror: The copy that is cited.
        place: The place of the citation.
    """

    link: LinkFinding
    mirror: MirrorFinding
    place: CitedPlace

    @property
    def returned(self) -> ReturnedOriginal:
        """The citation, as reports list it."""
        return ReturnedOriginal(
            url=self.link.url,
            mirror=self.place.url,
            page=self.place.page,
            line=self.place.line,
            column=self.place.column,
        )


def plan_returns(
    links: Iterable[LinkFinding],
    pages_with_copies: Mapping[int, Collection[str]],
    unchanged: Collection[int],
    pages: ShownPages,
    same_text: SameText,
) -> Sequence[ReturningPlace]:
    """Return the citations in which the original can replace its copy again, in page order.

    Args:
        links: Links that are alive again.
        pages_with_copies: The pages that replaced the link by a copy of it, by link id.
        unchanged: The ids of links whose whole text was compared with a copy and is the same.
        pages: The content that probes recorded for links and copies.
        same_text: Returns whether two pages show the same; None if that is not known.
    """
    found: list[ReturningPlace] = []
    for link in links:
        mirrors = {mirror.id: mirror for mirror in link.mirrors}
        originals = [place for place in link.citations if place.mirror_id is None]
        for place in link.citations:
            mirror = mirrors.get(place.mirror_id) if place.mirror_id is not None else None
            if mirror is None or place.page not in pages_with_copies.get(link.id, ()):
                continue
            if has_mirror_beside(place, originals):
                continue  # the original is cited here already
            shown, living = pages.by_mirror.get(mirror.id), pages.by_link.get(link.id)
            is_same = same_text(shown, living, pages.controls(link, mirror))
            if is_same or (is_same is None and link.id in unchanged):
                found.append(ReturningPlace(link, mirror, place))
    return sorted(found, key=lambda one: (one.place.page, one.place.line, one.place.column))
