"""Read the cited copies on archives that a wiki leaves, and what they can be compared with."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence

from sqlalchemy import Connection, func, select

from store.queries.link_records import MirrorFinding
from store.queries.link_statements import CITED_MIRROR, COPIES_OF_MIRRORS
from store.schema.dialects import chunks
from store.schema.models import CitationRow, LinkRow, MirrorRow, PageRow
from store.vocabulary import LOCAL, MirrorOrigin, MirrorQuality, PageEvidence, Role, State
from store.work.page_evidence import last_pages_seen


def links_with_copies_on(
    connection: Connection, services: Collection[str], *, wiki: str
) -> Sequence[int]:
    """List the links whose copies on the given services a wiki cites now, by ascending id.

    Args:
        connection: A connection in a transaction.
        services: The services.
        wiki: The wiki's name.

    Returns:
        The ids of the links. If the original of a copy is unknown, the id of the copy's own URL.
    """
    statement = (
        select(func.coalesce(CitationRow.link_id, MirrorRow.original_id, MirrorRow.link_id))
        .select_from(CitationRow)
        .join(PageRow, PageRow.id == CitationRow.page_id)
        .join(MirrorRow, MirrorRow.id == CitationRow.mirror_id)
        .where(
            CitationRow.gone_run_id.is_(None),
            PageRow.gone_run_id.is_(None),
            PageRow.wiki == wiki,
            MirrorRow.service.in_(sorted(services)),
        )
        .distinct()
    )
    return sorted(connection.scalars(statement))


def cites_copies(connection: Connection) -> bool:
    """Return whether any wiki cites an archive copy now."""
    statement = select(CitationRow.id).where(
        CitationRow.mirror_id.is_not(None), CitationRow.gone_run_id.is_(None)
    )
    return connection.execute(statement.limit(1)).first() is not None


def pages_of_mirrors(
    connection: Connection, mirror_ids: Collection[int]
) -> Mapping[int, PageEvidence]:
    """Map mirrors by their ids to what they showed when they were last served."""
    mirror_by_link: dict[int, int] = {}
    for batch in chunks(sorted(mirror_ids)):
        statement = select(MirrorRow.link_id, MirrorRow.id).where(MirrorRow.id.in_(batch))
        mirror_by_link.update((row.link_id, row.id) for row in connection.execute(statement))
    pages = last_pages_seen(connection, mirror_by_link)
    return {mirror_by_link[link_id]: page for link_id, page in pages.items()}


def local_copies_of(
    connection: Connection, mirror_ids: Collection[int]
) -> Mapping[int, MirrorFinding]:
    """Map mirrors to their latest copy in the local archive. Mirrors without one are left out."""
    found: dict[int, MirrorFinding] = {}
    for batch in chunks(sorted(mirror_ids)):
        statement = COPIES_OF_MIRRORS.where(
            CITED_MIRROR.id.in_(batch),
            MirrorRow.service == LOCAL,
            MirrorRow.origin == MirrorOrigin.CAPTURED,
            MirrorRow.quality != MirrorQuality.UNUSABLE,
        ).order_by(MirrorRow.captured_at, MirrorRow.id)
        for mirror_id, *columns in connection.execute(statement):
            found[mirror_id] = MirrorFinding(*columns)
    return found


def pages_on_same_host(
    connection: Connection, link_ids: Collection[int], *, limit: int
) -> Mapping[int, Sequence[PageEvidence]]:
    """Map links to the pages of a few other living links on the same host.

    Args:
        connection: A connection in a transaction.
        link_ids: The links.
        limit: Maximum number of pages for each link.

    Returns:
        By link id, what those other links showed when they were last served.
    """
    hosts: dict[int, int] = {}
    for batch in chunks(sorted(link_ids)):
        statement = select(LinkRow.id, LinkRow.host_id).where(LinkRow.id.in_(batch))
        hosts.update((row.id, row.host_id) for row in connection.execute(statement))
    candidates: dict[int, list[int]] = defaultdict(list)
    for batch in chunks(sorted(set(hosts.values()))):
        living = (
            select(LinkRow.host_id, LinkRow.id)
            .where(
                LinkRow.host_id.in_(batch),
                LinkRow.role == Role.LINK,
                LinkRow.state == State.ALIVE,
            )
            .order_by(LinkRow.id)
        )
        for row in connection.execute(living):
            # One more than the limit, as the link itself may be among them.
            if len(candidates[row.host_id]) <= limit:
                candidates[row.host_id].append(row.id)
    wanted = {link_id for ids in candidates.values() for link_id in ids}
    pages = last_pages_seen(connection, wanted)
    found: dict[int, Sequence[PageEvidence]] = {}
    for link_id, host_id in hosts.items():
        others = [other for other in candidates[host_id] if other != link_id and other in pages]
        found[link_id] = [pages[other] for other in others[:limit]]
    return found
