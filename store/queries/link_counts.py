"""Counts of a wiki's cited links, made by the database: for summaries and exit codes.

A report reads every link with its places and mirrors, which takes seconds for 200,000 links.
These queries take a fraction of a second.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from msgspec import Struct
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

from store.queries.link_statements import is_looked_up
from store.schema.dialects import chunks
from store.schema.models import CitationRow, LinkRow, MirrorRow, PageRow, aliased
from store.schema.rows import rows_as
from store.vocabulary import OTHER_CAPTURE, MirrorQuality, Reason, Role, Spelling, State, Verdict

_BATCH_SIZE = 200  # ids fetched at once


class LinkCount(Struct, frozen=True, kw_only=True):
    """The number of cited links and mirrors that have all of these values in common."""

    role: Role
    state: State
    verdict: Verdict | None
    reason: Reason | None
    previous_state: State | None
    new: bool  # the state changed after the run `since`
    # No mirror is usable or waits for its first probe, and a lookup was conclusive.
    lacks_mirror: bool
    links: int  # the number of links and mirrors


def count_links(connection: Connection, *, wiki: str, since: int) -> Sequence[LinkCount]:
    """Count the links and mirrors a wiki cites now, by the values that decide their report section.

    Args:
        connection: A connection in a transaction.
        wiki: The wiki's name.
        since: The id of the run after which changes are new.

    Returns:
        The counts.
    """
    columns = (
        LinkRow.role,
        LinkRow.state,
        LinkRow.verdict,
        LinkRow.reason,
        LinkRow.previous_state,
        _is_new(since).label("new"),
        _lacks_mirror().label("lacks_mirror"),
    )
    cited = select(*columns).where(_is_cited(wiki)).subquery()
    statement = select(*cited.c, func.count().label("links")).group_by(*cited.c)
    return rows_as(LinkCount, connection.execute(statement))


def estimate_links(connection: Connection) -> int:
    """Estimate the number of links and mirrors in the store, without counting: the largest id."""
    return connection.execute(select(func.max(LinkRow.id))).scalar_one() or 0


def count_in_states(connection: Connection, states: Collection[State]) -> int:
    """Count the links and mirrors in the store that are in one of these states, cited or not."""
    statement = select(func.count()).select_from(LinkRow)
    return connection.execute(statement.where(LinkRow.state.in_(sorted(states)))).scalar_one()


def count_cited(connection: Connection, ids: Collection[int], *, wiki: str) -> int:
    """Count how many of the given links and mirrors a wiki cites now."""
    return len(cited_among(connection, ids, wiki=wiki))


def cited_among(connection: Connection, ids: Collection[int], *, wiki: str) -> Sequence[int]:
    """Return those of the given ids of links and mirrors that the wiki cites now."""
    cited: list[int] = []
    for batch in chunks(sorted(ids)):
        statement = select(LinkRow.id).where(LinkRow.id.in_(batch), _is_cited(wiki))
        cited += connection.scalars(statement)
    return cited


def links_in_page_order(
    connection: Connection,
    *,
    wiki: str,
    states: Collection[State],
    since: int | None = None,
    previous: Collection[State] = (),
) -> Iterator[int]:
    """Yield the ids of cited links and mirrors, in the order of their first places on the pages.

    Args:
        connection: A connection in a transaction that lasts until the iterator is exhausted.
        wiki: The wiki's name.
        states: Only those in one of these states.
        since: Only those whose state changed after the run with this id. None: those whose state
            did not change, too.
        previous: Only those that were in one of these states before.
    """
    wanted: list[ColumnElement[bool]] = [LinkRow.state.in_(sorted(states))]
    if since is not None:
        wanted.append(_is_new(since))
    if previous:
        wanted.append(LinkRow.previous_state.in_(sorted(previous)))
    statement = _select_by_first_place(connection, wiki, and_(*wanted))
    yield from connection.scalars(statement, execution_options={"yield_per": _BATCH_SIZE})


def _select_by_first_place(
    connection: Connection, wiki: str, wanted: ColumnElement[bool]
) -> Select[int]:
    """Select the ids of cited links and mirrors that meet a condition, by their first place."""
    # By code points on PostgreSQL too, whatever the database's collation.
    path = PageRow.path if connection.dialect.name == "sqlite" else PageRow.path.collate("C")
    columns = (LinkRow.id.label("id"), path.label("path"), CitationRow.line, CitationRow.column)
    present = _present_on_page(wiki)
    by_link = select(*columns).join(CitationRow, CitationRow.link_id == LinkRow.id)
    by_mirror = (
        select(*columns)
        .join(MirrorRow, MirrorRow.link_id == LinkRow.id)
        .join(CitationRow, CitationRow.mirror_id == MirrorRow.id)
    )
    cited_places = (
        by_link.join(PageRow, PageRow.id == CitationRow.page_id)
        .where(wanted, *present)
        .union_all(
            by_mirror.join(PageRow, PageRow.id == CitationRow.page_id).where(wanted, *present)
        )
        .subquery()
    )
    place = (cited_places.c.path, cited_places.c.line, cited_places.c.column)
    first = func.row_number().over(partition_by=cited_places.c.id, order_by=place).label("nth")
    ranked = select(*cited_places.c, first).subquery()
    order = (ranked.c.path, ranked.c.line, ranked.c.column, ranked.c.id)
    return select(ranked.c.id).where(ranked.c.nth == 1).order_by(*order)


def _present_on_page(wiki: str) -> Sequence[ColumnElement[bool]]:
    """Return the conditions that a page is in the wiki now, and a citation on the page now."""
    return (
        PageRow.wiki == wiki,
        PageRow.gone_run_id.is_(None),
        CitationRow.gone_run_id.is_(None),
    )


def _is_cited(wiki: str) -> ColumnElement[bool]:
    """Return the condition that a page of the wiki cites a link or mirror now."""
    present = _present_on_page(wiki)
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
    """Return the condition that a link's state changed after the run with the id `since`."""
    return func.coalesce(LinkRow.changed_run_id > since, literal(False))


def _lacks_mirror() -> ColumnElement[bool]:
    """Return the condition that a link has no mirror that is usable or waits for its first probe.

    It is false until a lookup was conclusive. A mirror is usable as `reports.mirror_choice`
    defines it (`is_usable`).
    """
    mirror_link = aliased(LinkRow)
    usable = and_(
        mirror_link.url.like("http%"),
        mirror_link.state == State.ALIVE,
        cast(mirror_link.warnings, Text).not_like(f'%"{OTHER_CAPTURE}"%'),
        MirrorRow.quality != MirrorQuality.UNUSABLE,
        or_(
            MirrorRow.spelling.not_in([each for each in Spelling if each.needs_confirmation]),
            MirrorRow.quality == MirrorQuality.FAITHFUL,
        ),
        or_(MirrorRow.status_at_capture.is_(None), MirrorRow.status_at_capture < 400),
    )
    may_be_usable = or_(usable, mirror_link.state == State.UNCHECKED)
    mirror = exists().where(
        MirrorRow.original_id == LinkRow.id, mirror_link.id == MirrorRow.link_id, may_be_usable
    )
    return and_(~mirror.correlate(LinkRow), is_looked_up().correlate(LinkRow))
