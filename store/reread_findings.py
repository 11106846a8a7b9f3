"""What reading pages again taught of the links a wiki cites now: where broken ones may be, which living ones no longer say what was cited."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, select

from store.drifts import DriftFinding, drifts_of
from store.models import Citation, Drift, Link, Page, Proposal
from store.moves import FoundProposal, proposals_of
from store.sql import chunks
from store.vocabulary import DriftOutcome, State

Places = tuple[tuple[str, int], ...]  # pages and lines, in page order


@dataclass(frozen=True, slots=True, kw_only=True)
class PerhapsMoved:
    """A link that fails, where it is cited, and what is proposed for it, the most trusted first."""

    link_id: int
    url: str
    places: Places
    proposals: tuple[FoundProposal, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangedPage:
    """A living link that no longer says what was cited, where it is cited, and how it compares with the memento."""

    link_id: int
    url: str
    places: Places
    drift: DriftFinding


def perhaps_moved(connection: Connection, *, wiki: str) -> Sequence[PerhapsMoved]:
    """List failing links of the wiki that something is proposed for, the most trusted first."""
    failing = select(Link.id, Link.url).where(Link.state.in_((State.BROKEN, State.SUSPECT)), Link.id.in_(select(Proposal.link_id)))
    urls = {row.id: row.url for row in connection.execute(failing)}
    places, proposals = _places(connection, urls, wiki), proposals_of(connection, urls)
    found = [
        PerhapsMoved(link_id=link_id, url=url, places=places[link_id], proposals=tuple(proposals[link_id]))
        for link_id, url in urls.items()
        if link_id in places and link_id in proposals
    ]
    return sorted(found, key=lambda link: (-link.proposals[0].proposal.confidence, link.places))


def changed_pages(connection: Connection, *, wiki: str) -> Sequence[ChangedPage]:
    """List living links of the wiki that drifted far from what was cited, in page order."""
    drifted = select(Link.id, Link.url).join(Drift, Drift.link_id == Link.id).where(Drift.outcome == DriftOutcome.STRONG)
    urls = {row.id: row.url for row in connection.execute(drifted)}
    places, drifts = _places(connection, urls, wiki), drifts_of(connection, urls)
    found = [
        ChangedPage(link_id=link_id, url=url, places=places[link_id], drift=drifts[link_id])
        for link_id, url in urls.items()
        if link_id in places and link_id in drifts
    ]
    return sorted(found, key=lambda page: page.places)


def _places(connection: Connection, link_ids: Collection[int], wiki: str) -> Mapping[int, Places]:
    found: dict[int, list[tuple[str, int]]] = defaultdict(list)
    for some in chunks(sorted(link_ids)):
        statement = (
            select(Citation.link_id, Page.path, Citation.line)
            .join(Page, Page.id == Citation.page_id)
            .where(Citation.link_id.in_(some), Citation.gone_run_id.is_(None), Page.wiki == wiki)
        )
        for row in connection.execute(statement):
            found[row.link_id].append((row.path, row.line))
    return {link_id: tuple(sorted(set(places))) for link_id, places in found.items()}
