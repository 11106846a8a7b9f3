"""Read which cited copies on distrusted archives can be replaced.

They can be if a lookup found a copy of the same link on another archive.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from msgspec import Struct
from sqlalchemy import Connection, Select, and_, func, or_, select

from store.schema.dialects import chunks
from store.schema.models import CitationRow, LinkRow, LookupRow, MirrorRow, PageRow, RunRow, aliased
from store.vocabulary import LIVING_STATES, LOCAL, LookupOutcome, MirrorQuality, Reason, State
from store.work.archives.mirrors import end_of_day
from store.work.scope import EVERYTHING, Scope


class CopyElsewhere(Struct, frozen=True, kw_only=True):
    """A copy of a link on an archive that is not distrusted.

    Attributes:
        id: Link id of the copy's own URL.
        url: The copy's URL.
        service: The archive.
        usable: Whether the copy is alive and not known to be unusable.
    """

    id: int
    url: str
    service: str
    usable: bool


class DistrustedCopy(Struct, frozen=True, kw_only=True):
    """A cited copy on a distrusted archive, if another archive has a copy of the same link.

    Attributes:
        id: Link id of the copy's own URL.
        link_id: Link id of the page that it is a copy of.
        url: The URL of that page.
        alive: Whether the link's state is alive.
        copied_at: The capture time of the copy, if that is known.
        read_at: When the author read the page; if no date says it, when the link was first found.
        elsewhere: The copies on other archives.
    """

    id: int
    link_id: int
    url: str
    alive: bool
    copied_at: datetime | None
    read_at: datetime
    elsewhere: Sequence[CopyElsewhere]


def distrusted_copies_found_elsewhere(
    connection: Connection,
    service: str,
    distrusted: Collection[str],
    *,
    now: datetime,
    scope: Scope = EVERYTHING,
) -> Sequence[DistrustedCopy]:
    """List cited copies on distrusted archives for whose links the last lookup found a copy.

    Links whose lookup for a further copy met an internal error are left out until it is repeated.

    Args:
        connection: A connection in a transaction.
        service: The archive of the lookup.
        distrusted: The archives that are distrusted.
        now: The time.
        scope: Only links in this scope.

    Returns:
        The copies by ascending link id.
    """
    statement = _select_distrusted_copies(service, distrusted, scope)
    may_repeat = or_(
        ~LookupRow.detail.startswith(Reason.INTERNAL_ERROR.value),
        LookupRow.next_lookup_at <= now,
    )
    rows = connection.execute(statement.where(may_repeat)).all()
    copies = _copies_elsewhere(connection, {row.link_id for row in rows}, distrusted)
    return [
        DistrustedCopy(
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


def _select_distrusted_copies(
    service: str, distrusted: Collection[str], scope: Scope
) -> Select[*tuple[Any, ...]]:
    """Select cited copies with the earliest dates of their citations, one row for each copy."""
    found_mirror = aliased(MirrorRow)
    is_found = and_(
        LookupRow.link_id == LinkRow.id,
        LookupRow.service == service,
        LookupRow.outcome == LookupOutcome.FOUND,
    )
    grouped = (
        MirrorRow.link_id.label("id"),
        LinkRow.id.label("link_id"),
        LinkRow.url,
        LinkRow.state,
        MirrorRow.captured_at,
        RunRow.started_at,
    )
    return (
        select(
            *grouped,
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
        .join(found_mirror, found_mirror.id == LookupRow.mirror_id)
        .where(
            MirrorRow.service.in_(sorted(distrusted)),
            found_mirror.quality != MirrorQuality.UNUSABLE,
            scope.contains_link(),
        )
        .group_by(*grouped)
        .order_by(LinkRow.id, MirrorRow.link_id)
    )


def _copies_elsewhere(
    connection: Connection, link_ids: Collection[int], distrusted: Collection[str]
) -> Mapping[int, Sequence[CopyElsewhere]]:
    """Map links to their copies on public archives that are not distrusted."""
    mirror_link = aliased(LinkRow)
    found: dict[int, list[CopyElsewhere]] = defaultdict(list)
    for batch in chunks(sorted(link_ids)):
        statement = (
            select(
                MirrorRow.original_id,
                mirror_link.id,
                mirror_link.url,
                MirrorRow.service,
                mirror_link.state,
                MirrorRow.quality,
            )
            .join(mirror_link, mirror_link.id == MirrorRow.link_id)
            .where(
                MirrorRow.original_id.in_(batch),
                MirrorRow.service.not_in(sorted({*distrusted, LOCAL})),
            )
            .order_by(MirrorRow.id)
        )
        for original_id, mirror_link_id, url, service, state, quality in connection.execute(
            statement
        ):
            is_usable = state in LIVING_STATES and quality is not MirrorQuality.UNUSABLE
            copy = CopyElsewhere(id=mirror_link_id, url=url, service=service, usable=is_usable)
            if original_id is not None:
                found[original_id].append(copy)
    return found
