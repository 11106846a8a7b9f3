"""Find citations of copies whose original is alive again and shows what was cited."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from enum import StrEnum

from msgspec import Struct

from reports.leave_plan import ShownPages
from reports.mirror_choice import has_citation_beside
from store.queries.link_records import CitedPlace, LinkFinding, MirrorFinding
from store.vocabulary import PageEvidence, Role, State

SameText = Callable[
    [PageEvidence | None, PageEvidence | None, Collection[PageEvidence]], bool | None
]
"""Returns whether two pages show the same text; None if that is not known.

The third argument are other pages, whose text is not specific to the two (`ShownPages.controls`).
"""


class NotReturned(StrEnum):
    """A reason why an archive copy is not replaced by its original again."""

    UNKNOWN_ORIGINAL = "the page that it is a copy of is not known"
    FAILS = "the original does not work"
    MOVED = "the original has moved"
    UNKNOWN_STATE = "it is not known whether the original works"
    CHOSEN = "the page did not cite the original while that failed: the copy is the author's choice"
    BESIDE = "the original stands beside it"
    OTHER_TEXT = "the original shows another text"
    NOT_PROVEN = "it could not be shown that the original has the text of the copy"


class ReturnedOriginal(Struct, frozen=True, kw_only=True):
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


class ReturnableCitation(Struct, frozen=True):
    """A citation of a copy that can return to its original.

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
) -> Sequence[ReturnableCitation]:
    """Return the citations in which the original can replace its copy again, in page order.

    Args:
        links: Links that are alive again.
        pages_with_copies: The pages on which a copy replaced the cited link, by link id.
        unchanged: The ids of links whose whole text was compared with a copy and is the same.
        pages: The content that probes recorded for links and copies.
        same_text: Returns whether two pages show the same; None if that is not known.
    """
    found = [
        outcome
        for _, outcome in judge_copies(links, pages_with_copies, unchanged, pages, same_text)
        if isinstance(outcome, ReturnableCitation)
    ]
    return sorted(found, key=lambda each: (each.place.page, each.place.line, each.place.column))


def judge_copies(
    links: Iterable[LinkFinding],
    pages_with_copies: Mapping[int, Collection[str]],
    unchanged: Collection[int],
    pages: ShownPages,
    same_text: SameText,
) -> Iterator[tuple[CitedPlace, ReturnableCitation | NotReturned]]:
    """Yield each citation of an archive copy, and whether its original can replace the copy.

    With the citation comes a `ReturnableCitation` if it can, else the reason why it cannot.

    Args:
        links: Links in any state, and copies whose original is not known.
        pages_with_copies: The pages on which a copy replaced the cited link, by link id.
        unchanged: The ids of links whose whole text was compared with a copy and is the same.
        pages: The content that probes recorded for links and copies.
        same_text: Returns whether two pages show the same; None if that is not known.
    """
    for link in links:
        if link.role is Role.MIRROR:
            if link.original is None:
                yield from ((place, NotReturned.UNKNOWN_ORIGINAL) for place in link.citations)
            continue
        mirrors = {mirror.id: mirror for mirror in link.mirrors}
        originals = [place for place in link.citations if place.mirror_id is None]
        replaced_on = pages_with_copies.get(link.id, ())
        for place in link.citations:
            mirror = mirrors.get(place.mirror_id) if place.mirror_id is not None else None
            if mirror is None:
                continue
            reason = _why_not_alive(link) or _why_copy_stays(place, originals, replaced_on)
            if reason is None:
                shown, living = pages.by_mirror.get(mirror.id), pages.by_link.get(link.id)
                is_same = same_text(shown, living, pages.controls(link, mirror))
                reason = _why_not_same(is_same, is_unchanged=link.id in unchanged)
            yield place, ReturnableCitation(link, mirror, place) if reason is None else reason


def _why_copy_stays(
    place: CitedPlace, originals: Sequence[CitedPlace], replaced_on: Collection[str]
) -> NotReturned | None:
    """Return why a citation of a copy stays, whatever the original shows.

    None if the page may cite the original again.

    Args:
        place: The citation.
        originals: The citations of the original itself.
        replaced_on: The pages on which a copy replaced the original.
    """
    if place.page not in replaced_on:
        return NotReturned.CHOSEN
    return NotReturned.BESIDE if has_citation_beside(place, originals) else None


def _why_not_same(is_same: bool | None, *, is_unchanged: bool) -> NotReturned | None:
    """Return why an original does not show the text of a copy; None if it does.

    Args:
        is_same: Whether the two show the same text; None if that is not known.
        is_unchanged: Whether the original's whole text was compared with a copy and is the same.
    """
    if is_same is None:
        return None if is_unchanged else NotReturned.NOT_PROVEN
    return None if is_same else NotReturned.OTHER_TEXT


def _why_not_alive(link: LinkFinding) -> NotReturned | None:
    """Return why an original that is not alive cannot be cited, None if it is alive."""
    match link.tracked_state.state:
        case State.ALIVE:
            return None
        case State.MOVED:
            return NotReturned.MOVED
        case State.SUSPECT | State.BROKEN:
            return NotReturned.FAILS
        case _:
            return NotReturned.UNKNOWN_STATE
