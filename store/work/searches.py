"""Select broken links to search for, read the known moves of a host; store and read proposals."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from msgspec import Struct
from sqlalchemy import Connection, and_, delete, insert, or_, select, update

from store.schema.dialects import chunks, insert_missing
from store.schema.json_codec import decode
from store.schema.models import HostRow, LinkRow, ProbeRow, ProposalRow, SearchRow, hash_text
from store.vocabulary import (
    FAILING_STATES,
    EvidenceKind,
    MoveEvidence,
    MoveProposal,
    PageEvidence,
    Role,
    SearchOutcome,
    State,
)
from store.work.archives.mementos import StoredMemento, mementos_of
from store.work.page_evidence import last_page_seen
from store.work.scope import EVERYTHING, Scope
from store.work.turns import turn_within_host

_MAX_MOVES = 200  # of one host, for each source of moves
_TRUSTED_SIMILARITY = 0.8  # of the texts of two pages, 0 to 1


class SearchTask(Struct, frozen=True, kw_only=True):
    """A broken link whose new URL is to be searched for.

    Attributes:
        link_id: The link.
        url: Its URL.
        host: The name of its host.
        mementos: Its mementos, the best first.
        page_evidence: What the last probe that was served its page recorded; None if none was.
    """

    link_id: int
    url: str
    host: str
    mementos: tuple[StoredMemento, ...]
    page_evidence: PageEvidence | None


class StoredProposal(Struct, frozen=True, kw_only=True):
    """A proposal with the times of the first and the last search that found it."""

    link_id: int
    proposal: MoveProposal
    found_at: datetime
    confirmed_at: datetime


def links_to_search(
    connection: Connection,
    *,
    services: Collection[str],
    now: datetime,
    limit: int,
    max_per_host: int,
    hosts: Collection[str] | None = None,
    scope: Scope = EVERYTHING,
) -> Sequence[SearchTask]:
    """List broken links whose search is due, host by host.

    If more are due, those come first that were never searched for, then those due the longest, and
    hosts take turns: many searches are due again on the next day, and neither they nor a large site
    displace others.

    Args:
        connection: A connection in a transaction.
        services: The services whose mementos are used.
        now: The time.
        limit: Maximum number of links.
        max_per_host: Maximum number of links of one host.
        hosts: Only links of these hosts; None: of all.
        scope: Only links in this scope.

    Returns:
        The tasks.
    """
    due_at = SearchRow.next_search_at
    columns = (LinkRow.id, LinkRow.url, LinkRow.host_id, HostRow.name, due_at.label("due_at"))
    due = (
        select(*columns, turn_within_host(due_at).label("turn"))
        .join(HostRow, HostRow.id == LinkRow.host_id)
        .outerjoin(SearchRow, SearchRow.link_id == LinkRow.id)
        .where(
            LinkRow.role == Role.LINK,
            LinkRow.state == State.BROKEN,
            or_(due_at.is_(None), due_at <= now),
            scope.contains_link(),
        )
    )
    if hosts is not None:
        due = due.where(HostRow.name.in_(hosts))
    ranked = due.subquery()
    statement = (
        select(ranked.c.id, ranked.c.url, ranked.c.host_id, ranked.c.name)
        .where(ranked.c.turn <= max_per_host)
        .order_by(ranked.c.due_at.is_not(None), ranked.c.turn, ranked.c.due_at, ranked.c.id)
        .limit(limit)
    )
    selected = connection.execute(statement).all()
    rows = sorted(selected, key=lambda row: (row.host_id, row.id))
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


def known_moves(connection: Connection, host: str) -> Iterator[tuple[str, str, str]]:
    """Yield the known moves on a host as (old URL, new URL, page title or "").

    They come from permanent redirects, from proposals with a similar text, and from the canonical
    URLs of living pages. If a canonical URL is the page's own, the page has not moved.
    """
    host_id = select(HostRow.id).where(HostRow.name_hash == hash_text(host)).scalar_subquery()
    on_host = and_(LinkRow.role == Role.LINK, LinkRow.host_id == host_id)
    last_probe = (
        select(ProbeRow.id)
        .where(ProbeRow.link_id == LinkRow.id, ProbeRow.evidence.is_not(None))
        .order_by(ProbeRow.id.desc())
        .limit(1)
        .correlate(LinkRow)
        .scalar_subquery()
    )
    with_evidence = (
        select(LinkRow.url, LinkRow.final_url, ProbeRow.evidence)
        .select_from(LinkRow)
        .outerjoin(ProbeRow, ProbeRow.id == last_probe)
        .where(on_host)
        .order_by(LinkRow.id)
        .limit(_MAX_MOVES)
    )
    moved = with_evidence.where(LinkRow.state == State.MOVED, LinkRow.final_url.is_not(None))
    for old, new, evidence in connection.execute(moved):
        page = decode(PageEvidence, evidence) if evidence else None
        yield old, new or old, page.title if page else ""
    proposed = (
        select(LinkRow.url, ProposalRow.url, ProposalRow.similarity)
        .join(ProposalRow, ProposalRow.link_id == LinkRow.id)
        .where(on_host)
        .order_by(LinkRow.id)
        .limit(_MAX_MOVES)
    )
    for old, new, similarity in connection.execute(proposed):
        if similarity and similarity > _TRUSTED_SIMILARITY:
            yield old, new, ""
    living = with_evidence.where(LinkRow.state == State.ALIVE, ProbeRow.evidence.is_not(None))
    for url, _, evidence in connection.execute(living):
        page = decode(PageEvidence, evidence)
        if page.canonical:
            yield url, page.canonical, page.title


def record_search(
    connection: Connection,
    link_id: int,
    outcome: SearchOutcome,
    proposals: Sequence[MoveProposal],
    *,
    detail: str,
    run_id: int,
    at: datetime,
    next_search_at: datetime,
) -> None:
    """Store the result of a search.

    Stored proposals that it did not find again are deleted, unless the search is incomplete: it may
    not have read their pages.

    Args:
        connection: A connection in a transaction that writes.
        link_id: The link.
        outcome: The outcome; `UNKNOWN` is always incomplete.
        proposals: The new addresses that were found.
        detail: Why the search is incomplete; "" if it is complete.
        run_id: The run.
        at: The time of the search.
        next_search_at: When the link is due again.
    """
    values = {
        "run_id": run_id,
        "searched_at": at,
        "outcome": outcome,
        "detail": detail,
        "next_search_at": next_search_at,
    }
    insert_missing(connection, SearchRow, [{"link_id": link_id, **values}])
    connection.execute(update(SearchRow).where(SearchRow.link_id == link_id).values(values))
    is_complete = outcome is not SearchOutcome.UNKNOWN and not detail
    if is_complete:
        found = [hash_text(proposal.url) for proposal in proposals]
        connection.execute(
            delete(ProposalRow).where(
                ProposalRow.link_id == link_id, ProposalRow.url_hash.not_in(found)
            )
        )
    for proposal in proposals:
        _record_proposal(connection, link_id, proposal, run_id=run_id, at=at)


def _record_proposal(
    connection: Connection, link_id: int, proposal: MoveProposal, *, run_id: int, at: datetime
) -> None:
    """Store a proposal, or replace the stored one of the same URL, which keeps `found_at`."""
    evidence = [{"kind": item.kind.value, "detail": item.detail} for item in proposal.evidence]
    values = {
        "confidence": proposal.confidence,
        "similarity": proposal.similarity,
        "evidence": evidence,
        "compared_with": proposal.compared_with,
        "confirmed_at": at,
        "run_id": run_id,
    }
    is_same = (ProposalRow.link_id == link_id) & (ProposalRow.url_hash == hash_text(proposal.url))
    if not connection.execute(update(ProposalRow).where(is_same).values(values)).rowcount:
        connection.execute(
            insert(ProposalRow).values(link_id=link_id, url=proposal.url, found_at=at, **values)
        )


def redirected_links(connection: Connection) -> Iterator[tuple[int, str, str]]:
    """Yield the id, the URL and the final URL of all links that redirect."""
    statement = select(LinkRow.id, LinkRow.url, LinkRow.final_url).where(
        LinkRow.role == Role.LINK, LinkRow.final_url.is_not(None)
    )
    for link_id, url, final_url in connection.execute(statement):
        yield link_id, url, final_url or url


def trusted_new_urls(connection: Connection, confidence: float) -> Mapping[int, str]:
    """Map failing links to the URL of their best proposal, if it has at least this confidence."""
    statement = (
        select(ProposalRow.link_id, ProposalRow.url)
        .join(LinkRow, LinkRow.id == ProposalRow.link_id)
        .where(ProposalRow.confidence >= confidence, LinkRow.state.in_(FAILING_STATES))
        .order_by(ProposalRow.confidence, ProposalRow.id.desc())
    )
    # In ascending order: the last one of a link, which is its most confident, stays.
    return {row.link_id: row.url for row in connection.execute(statement)}


def all_proposals(connection: Connection) -> Mapping[int, Sequence[StoredProposal]]:
    """Return the proposals of all failing links by link id, the most confident first."""
    link_ids = connection.scalars(select(ProposalRow.link_id).distinct()).all()
    return proposals_of(connection, link_ids)


def proposals_of(
    connection: Connection, link_ids: Collection[int]
) -> Mapping[int, Sequence[StoredProposal]]:
    """Return the proposals of those of the given links that fail, by link id, the best first."""
    found: dict[int, list[StoredProposal]] = defaultdict(list)
    for batch in chunks(sorted(link_ids)):
        statement = (
            select(ProposalRow)
            .join(LinkRow, LinkRow.id == ProposalRow.link_id)
            .where(ProposalRow.link_id.in_(batch), LinkRow.state.in_(FAILING_STATES))
            .order_by(ProposalRow.link_id, ProposalRow.confidence.desc(), ProposalRow.id)
        )
        for row in connection.execute(statement):
            found[row.link_id].append(_stored_proposal(row))
    return found


def _stored_proposal(row: Any) -> StoredProposal:
    evidence = tuple(
        MoveEvidence(EvidenceKind(item["kind"]), item["detail"]) for item in row.evidence
    )
    proposal = MoveProposal(
        url=row.url,
        confidence=row.confidence,
        similarity=row.similarity,
        evidence=evidence,
        compared_with=row.compared_with,
    )
    return StoredProposal(
        link_id=row.link_id,
        proposal=proposal,
        found_at=row.found_at,
        confirmed_at=row.confirmed_at,
    )
