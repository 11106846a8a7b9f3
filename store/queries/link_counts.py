"""What a wiki's cited links come to, counted by the database: for summaries and exit codes.

A report reads every link with its places and mirrors. Of 200,000 links that takes seconds; these
questions take a fraction of one.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    Text,
    and_,
    cast,
    exists,
    func,
    literal,
    or_,
    select,
)
from sqlalchemy.orm import aliased

from store.schema.dialects import chunks
from store.schema.models import CitationRow, LinkRow, MirrorRow, PageRow
from store.vocabulary import MirrorQuality, Reason, Role, State, Verdict

_DRIFTED = "other-capture"  # as `reports.mirror_choice.DRIFTED`
_PLACES = 200  # read at a time


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkCount:
    """How many cited links and mirrors have all of this in common.

    `new`: their state changed after the run that is compared with. `lacks_mirror`: there is no
    copy that could stand in, nor one that was never probed.
    """

    role: Role
    state: State
    verdict: Verdict | None
    reason: Reason | None
    previous_state: State | None
    new: bool
    lacks_mirror: bool
    links: int


def count_links(connection: Connection, *, wiki: str, since: int) -> Sequence[LinkCount]:
    """Count what pages of a wiki cite now by what decides where a report lists it.

    Args:
        connection: In a transaction.
        wiki: The wiki's name.
        since: The id of the run that "new" is measured against.
    """
    new, lacks = _is_new(since).label("new"), _lacks_mirror().label("lacks")
    columns = (
        LinkRow.role,
        LinkRow.state,
        LinkRow.verdict,
        LinkRow.reason,
        LinkRow.previous_state,
        new,
        lacks,
    )
    each = select(*columns).where(_is_cited(wiki)).subquery()
    statement = select(*each.c, func.count().label("links")).group_by(*each.c)
    return [
        LinkCount(
            role=row.role,
            state=row.state,
            verdict=row.verdict,
            reason=row.reason,
            previous_state=row.previous_state,
            new=bool(row.new),
            lacks_mirror=bool(row.lacks),
            links=row.links,
        )
        for row in connection.execute(statement)
    ]


def estimate_links(connection: Connection) -> int:
    """Say about how many links and mirrors the store has, at once: the largest id."""
    return connection.execute(select(func.max(LinkRow.id))).scalar_one() or 0


def count_cited(connection: Connection, ids: Collection[int], *, wiki: str) -> int:
    """Count those of some links and mirrors that pages of the wiki cite now."""
    return sum(
        connection.execute(
            select(func.count(LinkRow.id)).where(LinkRow.id.in_(some), _is_cited(wiki))
        ).scalar_one()
        for some in chunks(sorted(ids))
    )


def links_in_page_order(
    connection: Connection,
    *,
    wiki: str,
    states: Collection[State],
    since: int | None = None,
    previous: Collection[State] = (),
    role: Role | None = None,
) -> Iterator[int]:
    """Give the ids of cited links and mirrors in the order of their first places on the pages.

    Args:
        connection: In a transaction that lasts until the iterator is done.
        wiki: The wiki's name.
        states: Only those in one of these states.
        since: Only those whose state changed after this run.
        previous: Only those that were in one of these states before.
        role: Only links, or only mirrors.
    """
    wanted: list[ColumnElement[bool]] = [LinkRow.state.in_(sorted(states))]
    if since is not None:
        wanted.append(_is_new(since))
    if previous:
        wanted.append(LinkRow.previous_state.in_(sorted(previous)))
    if role is not None:
        wanted.append(LinkRow.role == role)
    statement = _places(connection, wiki, and_(*wanted))
    offset = 0
    while ids := connection.scalars(statement.limit(_PLACES).offset(offset)).all():
        yield from ids
        offset += len(ids)


def _places(connection: Connection, wiki: str, wanted: ColumnElement[bool]) -> Select[int]:
    """Select each link once, by its first place."""
    path = PageRow.path if connection.dialect.name == "sqlite" else PageRow.path.collate("C")
    columns = (LinkRow.id.label("id"), path.label("path"), CitationRow.line, CitationRow.column)
    present = (
        PageRow.wiki == wiki,
        PageRow.gone_run_id.is_(None),
        CitationRow.gone_run_id.is_(None),
    )
    by_link = select(*columns).join(CitationRow, CitationRow.link_id == LinkRow.id)
    by_mirror = (
        select(*columns)
        .join(MirrorRow, MirrorRow.link_id == LinkRow.id)
        .join(CitationRow, CitationRow.mirror_id == MirrorRow.id)
    )
    every = (
        by_link.join(PageRow, PageRow.id == CitationRow.page_id)
        .where(wanted, *present)
        .union_all(
            by_mirror.join(PageRow, PageRow.id == CitationRow.page_id).where(wanted, *present)
        )
        .subquery()
    )
    place = (every.c.path, every.c.line, every.c.column)
    first = func.row_number().over(partition_by=every.c.id, order_by=place).label("nth")
    ranked = select(*every.c, first).subquery()
    order = (ranked.c.path, ranked.c.line, ranked.c.column, ranked.c.id)
    return select(ranked.c.id).where(ranked.c.nth == 1).order_by(*order)


def _is_cited(wiki: str) -> ColumnElement[bool]:
    present = (
        PageRow.wiki == wiki,
        PageRow.gone_run_id.is_(None),
        CitationRow.gone_run_id.is_(None),
    )
    links = select(CitationRow.link_id).join(PageRow, PageRow.id == CitationRow.page_id)
    mirrors = (
        select(MirrorRow.link_id)
        .join(CitationRow, CitationRow.mirror_id == MirrorRow.id)
        .join(PageRow, PageRow.id == CitationRow.page_id)
    )
    return or_(
        LinkRow.id.in_(links.where(*present, CitationRow.link_id.is_not(None))),
        LinkRow.id.in_(mirrors.where(*present)),
    )


def _is_new(since: int) -> ColumnElement[bool]:
    return func.coalesce(LinkRow.changed_run_id > since, literal(False))


def _lacks_mirror() -> ColumnElement[bool]:
    """Whether no mirror could stand in: `reports.mirror_choice.is_usable`, and what was never probed."""
    address = aliased(LinkRow)
    usable = and_(
        address.url.like("http%"),
        address.state == State.ALIVE,
        cast(address.warnings, Text).not_like(f'%"{_DRIFTED}"%'),
        MirrorRow.quality != MirrorQuality.UNUSABLE,
        or_(MirrorRow.status_at_capture.is_(None), MirrorRow.status_at_capture < 400),
    )
    benefit = or_(usable, address.state == State.UNCHECKED)
    return ~exists().where(
        MirrorRow.original_id == LinkRow.id, address.id == MirrorRow.link_id, benefit
    ).correlate(LinkRow)
