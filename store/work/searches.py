"""Broken links whose new address is looked for: which are due, what is known of their sites' moves, and what was found."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, and_, delete, exists, insert, select, update

from store.queries.link_history import last_page_seen
from store.schema.dialects import chunks, insert_missing
from store.schema.json_codec import decode
from store.schema.models import HostRow, LinkRow, ProbeRow, ProposalRow, SearchRow
from store.vocabulary import EvidenceKind, MoveEvidence, PageEvidence, Role, SearchOutcome, State
from store.vocabulary import MoveProposal as ProposalRecord
from store.work.mementos import StoredMemento, mementos_of
from store.work.scope import EVERYTHING, Scope

_MOST_SIBLINGS = 200  # of one host, whose own word for their address is looked at


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchTask:
    """A broken link whose new address is to be looked for.

    `mementos` are what archives keep of it, the best first; `seen` is what our own probes saw of its page, while it was served.
    """

    link_id: int
    url: str
    host: str
    mementos: tuple[StoredMemento, ...]
    page_evidence: PageEvidence | None


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredProposal:
    """A proposal as stored, with when it was found."""

    link_id: int
    proposal: ProposalRecord
    found_at: datetime
    confirmed_at: datetime


def links_to_search(
    connection: Connection,
    *,
    services: Collection[str],
    now: datetime,
    limit: int,
    scope: Scope = EVERYTHING,
) -> Sequence[SearchTask]:
    """List links confirmed broken whose new address was not looked for of late, host by host. `services` keep the mementos."""
    answered = exists().where(SearchRow.link_id == LinkRow.id, SearchRow.next_search_at > now)
    statement = (
        select(LinkRow.id, LinkRow.url, HostRow.name)
        .join(HostRow, HostRow.id == LinkRow.host_id)
        .where(
            LinkRow.role == Role.LINK,
            LinkRow.state == State.BROKEN,
            ~answered,
            scope.contains_link(),
        )
        .order_by(LinkRow.host_id, LinkRow.id)
        .limit(limit)
    )
    rows = connection.execute(statement).all()
    mementos = mementos_of(connection, [row.id for row in rows], services=services)
    return [
        SearchTask(
            link_id=row.id,
            url=row.url,
            host=row.name,
            mementos=tuple(mementos.get(row.id, ())),
            page_evidence=last_page_seen(connection, row.id),
        )
        for row in rows
    ]


def known_moves(connection: Connection, host: str) -> Iterator[tuple[str, str]]:
    """Give old and new address of links of a host: as its server said, as its living pages call themselves, and as was found before."""
    on_host = and_(
        LinkRow.role == Role.LINK,
        LinkRow.host_id == select(HostRow.id).where(HostRow.name == host).scalar_subquery(),
    )
    moved = select(LinkRow.url, LinkRow.final_url).where(
        on_host, LinkRow.state == State.MOVED, LinkRow.final_url.is_not(None)
    )
    for old, new in connection.execute(moved.order_by(LinkRow.id).limit(_MOST_SIBLINGS)):
        yield old, new or old
    found = (
        select(LinkRow.url, ProposalRow.url, ProposalRow.similarity)
        .join(ProposalRow, ProposalRow.link_id == LinkRow.id)
        .where(on_host)
    )
    for old, new, similarity in connection.execute(
        found.order_by(LinkRow.id).limit(_MOST_SIBLINGS)
    ):
        if similarity and similarity > 0.8:
            yield old, new
    last = (
        select(ProbeRow.id)
        .where(ProbeRow.link_id == LinkRow.id, ProbeRow.evidence.is_not(None))
        .order_by(ProbeRow.id.desc())
        .limit(1)
    )
    living = (
        select(LinkRow.url, ProbeRow.evidence)
        .join(ProbeRow, ProbeRow.id == last.correlate(LinkRow).scalar_subquery())
        .where(on_host, LinkRow.state == State.ALIVE)
        .order_by(LinkRow.id)
        .limit(_MOST_SIBLINGS)
    )
    for url, evidence in connection.execute(living):
        if canonical := decode(PageEvidence, evidence).canonical:
            yield url, canonical


def record_search(
    connection: Connection,
    link_id: int,
    outcome: SearchOutcome,
    proposals: Sequence[ProposalRecord],
    *,
    detail: str,
    run_id: int,
    at: datetime,
    next_search_at: datetime,
) -> None:
    """Keep what a search came to. Proposals it did not find again are gone, unless nobody answered."""
    values = {
        "run_id": run_id,
        "searched_at": at,
        "outcome": outcome,
        "detail": detail,
        "next_search_at": next_search_at,
    }
    insert_missing(connection, SearchRow, [{"link_id": link_id, **values}])
    connection.execute(update(SearchRow).where(SearchRow.link_id == link_id).values(values))
    if outcome is not SearchOutcome.UNKNOWN:
        stale = ProposalRow.url.not_in([proposal.url for proposal in proposals])
        connection.execute(delete(ProposalRow).where(ProposalRow.link_id == link_id, stale))
    for proposal in proposals:
        weighed = {
            "confidence": proposal.confidence,
            "similarity": proposal.similarity,
            "evidence": [
                {"kind": each.kind.value, "detail": each.detail} for each in proposal.evidence
            ],
            "compared_with": proposal.compared_with,
            "confirmed_at": at,
            "run_id": run_id,
        }
        known = (
            update(ProposalRow)
            .where(ProposalRow.link_id == link_id, ProposalRow.url == proposal.url)
            .values(weighed)
        )
        if not connection.execute(known).rowcount:
            connection.execute(
                insert(ProposalRow).values(
                    link_id=link_id, url=proposal.url, found_at=at, **weighed
                )
            )


def trusted_new_urls(connection: Connection, confidence: float) -> Mapping[int, str]:
    """Map links that are failing now to the new address that is trusted most, if it is trusted so much."""
    statement = (
        select(ProposalRow.link_id, ProposalRow.url)
        .join(LinkRow, LinkRow.id == ProposalRow.link_id)
        .where(
            ProposalRow.confidence >= confidence, LinkRow.state.in_((State.BROKEN, State.SUSPECT))
        )
        .order_by(ProposalRow.confidence, ProposalRow.id.desc())
    )
    return {row.link_id: row.url for row in connection.execute(statement)}


def all_proposals(connection: Connection) -> Mapping[int, Sequence[StoredProposal]]:
    """Map every link that is failing now, and that something is proposed for, to that, the most trusted first."""
    return proposals_of(
        connection, connection.scalars(select(ProposalRow.link_id).distinct()).all()
    )


def proposals_of(
    connection: Connection, link_ids: Collection[int]
) -> Mapping[int, Sequence[StoredProposal]]:
    """Map links that are failing now to what is proposed for them, the most trusted first."""
    found: dict[int, list[StoredProposal]] = defaultdict(list)
    for some in chunks(sorted(link_ids)):
        statement = (
            select(ProposalRow)
            .join(LinkRow, LinkRow.id == ProposalRow.link_id)
            .where(ProposalRow.link_id.in_(some), LinkRow.state.in_((State.BROKEN, State.SUSPECT)))
            .order_by(ProposalRow.link_id, ProposalRow.confidence.desc(), ProposalRow.id)
        )
        for row in connection.execute(statement):
            found[row.link_id].append(
                StoredProposal(
                    link_id=row.link_id,
                    proposal=ProposalRecord(
                        url=row.url,
                        confidence=row.confidence,
                        similarity=row.similarity,
                        evidence=tuple(
                            MoveEvidence(EvidenceKind(each["kind"]), each["detail"])
                            for each in row.evidence
                        ),
                        compared_with=row.compared_with,
                    ),
                    found_at=row.found_at,
                    confirmed_at=row.confirmed_at,
                )
            )
    return found
