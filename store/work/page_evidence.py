"""The evidence of a page that our own probes stored."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from sqlalchemy import Connection, select
from sqlalchemy.orm import aliased

from store.schema.dialects import chunks
from store.schema.json_codec import decode
from store.schema.models import LinkRow, MirrorRow, ProbeRow
from store.vocabulary import PageEvidence, Verdict
from store.work.mementos import is_memento

_SERVED = (Verdict.ALIVE, Verdict.MOVED)


def last_page_seen(connection: Connection, link_id: int) -> PageEvidence | None:
    """Return what the page of a link or mirror showed when it was last served.

    Returns:
        The evidence of the latest probe with the verdict alive or moved; None if there is none
        in the store.
    """
    statement = (
        select(ProbeRow.evidence)
        .where(
            ProbeRow.link_id == link_id,
            ProbeRow.evidence.is_not(None),
            ProbeRow.verdict.in_(_SERVED),
        )
        .order_by(ProbeRow.started_at.desc(), ProbeRow.id.desc())
        .limit(1)
    )
    evidence = connection.execute(statement).scalar_one_or_none()
    return decode(PageEvidence, evidence) if evidence else None


def archived_pages(
    connection: Connection, link_ids: Collection[int], *, services: Collection[str]
) -> Mapping[int, PageEvidence]:
    """Map links to what their newest memento showed when it was last probed.

    Args:
        connection: A connection in a transaction.
        link_ids: The links.
        services: The services whose mementos show the captured page without a frame around it.

    Returns:
        The evidence, for the links that have a living memento with a probe in the store.
    """
    address = aliased(LinkRow)
    last_served = (
        select(ProbeRow.id)
        .where(
            ProbeRow.link_id == MirrorRow.link_id,
            ProbeRow.evidence.is_not(None),
            ProbeRow.verdict.in_(_SERVED),
        )
        .order_by(ProbeRow.started_at.desc(), ProbeRow.id.desc())
        .limit(1)
        .correlate(MirrorRow)
        .scalar_subquery()
    )
    found: dict[int, PageEvidence] = {}
    for some in chunks(sorted(link_ids)):
        statement = (
            select(MirrorRow.original_id, ProbeRow.evidence)
            .join(address, address.id == MirrorRow.link_id)
            .join(ProbeRow, ProbeRow.id == last_served)
            .where(MirrorRow.original_id.in_(some), *is_memento(address, services))
            .order_by(MirrorRow.captured_at)
        )
        newest = {row.original_id: row.evidence for row in connection.execute(statement)}
        for link_id, evidence in newest.items():
            found[link_id] = decode(PageEvidence, evidence)
    return found
