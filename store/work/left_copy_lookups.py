"""Read the cited copies on archives to leave of whose links a lookup found copies elsewhere."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, and_, func, select

from store.schema.dialects import chunks
from store.schema.models import CitationRow, LinkRow, LookupRow, MirrorRow, PageRow, RunRow, aliased
from store.vocabulary import LIVING_STATES, LOCAL, LookupOutcome, MirrorQuality, State
from store.work.mirrors import end_of_day
from store.work.scope import EVERYTHING, Scope


@dataclass(frozen=True, slots=True, kw_only=True)
class CopyElsewhere:
    """A copy of a link on an archive that is not left.

    Attributes:
        id: The link of its own URL.
        url: Its URL.
        service: The archive.
        usable: It works, as far as is known.
    """

    id: int
    url: str
    service: str
    usable: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftCopy:
    """A cited copy on an archive that is to be left, whose link was found on another one.

    Attributes:
        id: The link of the copy's own URL.
        link_id: The link that it is a copy of.
        url: The link's URL.
        alive: The link is alive.
        copied_at: When the copy was made, if that is known.
        read_at: When the author read the page, as far as that is known.
        elsewhere: The copies on other archives.
    """

    id: int
    link_id: int
    url: str
    alive: bool
    copied_at: datetime | None
    read_at: datetime
    elsewhere: Sequence[CopyElsewhere]


def left_copies_found_elsewhere(
    connection: Connection, service: str, left: Collection[str], *, scope: Scope = EVERYTHING
) -> Sequence[LeftCopy]:
    """List cited copies on archives to leave, of whose links the last lookup found a copy.

    Args:
        connection: A connection in a transaction.
        service: The archive of the lookup.
        left: The archives to leave.
        scope: Only links in this scope.

    Returns:
        The copies by ascending link id.
    """
    rows = connection.execute(_select_left_copies(service, left, scope)).all()
    copies = _copies_elsewhere(connection, {row.link_id for row in rows}, left)
    return [
        LeftCopy(
            id=row.id,
            link_id=row.link_id,
            url=row.url,
            alive=row.state is State.ALIVE,
            copied_at=row.captured_at,
            read_at=end_of_day(row.accessed or row.dated or row.added) or row.started_at,
            elsewhere=copies[row.link_id],
        )
        for row in rows
    ]


def _select_left_copies(
    service: str, left: Collection[str], scope: Scope
) -> Select[*tuple[Any, ...]]:
    found = aliased(MirrorRow)
    is_found = and_(
        LookupRow.link_id == LinkRow.id,
        LookupRow.service == service,
        LookupRow.outcome == LookupOutcome.FOUND,
    )
    key = (
        MirrorRow.link_id.label("id"),
        LinkRow.id.label("link_id"),
        LinkRow.url,
        LinkRow.state,
        MirrorRow.captured_at,
        RunRow.started_at,
    )
    return (
        select(
            *key,
            func.min(CitationRow.accessed).label("accessed"),
            func.min(PageRow.dated).label("dated"),
            func.min(CitationRow.added).label("added"),
        )
        .select_from(MirrorRow)
        .join(
            CitationRow,
            and_(CitationRow.mirror_id == MirrorRow.id, CitationRow.gone_run_id.is_(None)),
        )
        .join(PageRow, PageRow.id == CitationRow.page_id)
        .join(LinkRow, LinkRow.id == MirrorRow.original_id)
        .join(RunRow, RunRow.id == LinkRow.first_run_id)
        .join(LookupRow, is_found)
        .join(found, found.id == LookupRow.mirror_id)
        .where(
            MirrorRow.service.in_(sorted(left)),
            found.quality != MirrorQuality.UNUSABLE,
            scope.contains_link(),
        )
        .group_by(*key)
        .order_by(LinkRow.id, MirrorRow.link_id)
    )


def _copies_elsewhere(
    connection: Connection, link_ids: Collection[int], left: Collection[str]
) -> Mapping[int, Sequence[CopyElsewhere]]:
    address = aliased(LinkRow)
    found: dict[int, list[CopyElsewhere]] = defaultdict(list)
    for some in chunks(sorted(link_ids)):
        statement = (
            select(
                MirrorRow.original_id,
                address.id,
                address.url,
                MirrorRow.service,
                address.state,
                MirrorRow.quality,
            )
            .join(address, address.id == MirrorRow.link_id)
            .where(
                MirrorRow.original_id.in_(some),
                MirrorRow.service.not_in(sorted({*left, LOCAL})),
            )
            .order_by(MirrorRow.id)
        )
        for link_id, own_id, url, service, state, quality in connection.execute(statement):
            is_usable = state in LIVING_STATES and quality is not MirrorQuality.UNUSABLE
            copy = CopyElsewhere(id=own_id, url=url, service=service, usable=is_usable)
            if link_id is not None:
                found[link_id].append(copy)
    return found
