"""Judge stored probes again by the current rules, and write what changes.

Deleted probes survive only as spans. To get the state before the first stored probe, each span
counts as evenly spaced probes with its verdict.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from datetime import datetime
from functools import partial
from itertools import groupby
from typing import Any

from sqlalchemy import Connection, delete, insert, select

from store.maintenance.link_histories import count_probes, read_links, read_spans
from store.maintenance.link_rejudger import JudgeProbe, LinkRejudger, RejudgedLink
from store.schema.dialects import update_rows
from store.schema.models import LinkRow, ProbeRow, SpanRow
from store.vocabulary import (
    Judgement,
    Role,
    TrackedState,
)
from store.work.archives.archive_context import ArchiveContext
from store.work.history import Advance
from store.work.host_knowledge import host_knowledge
from store.work.spans import SPAN_UPDATE_COLUMNS

# Returns a context that catches and counts exceptions about a link, named by its URL.
CatchErrors = Callable[[str], AbstractContextManager[Any]]


def links_with_probes(connection: Connection, *, after: int, limit: int) -> Sequence[int]:
    """List the ids of links with stored probes, in ascending order.

    Args:
        connection: A connection in a transaction.
        after: Only links with a higher id.
        limit: Maximum number of links.

    Returns:
        The ids.
    """
    has_probes = select(ProbeRow.id).where(ProbeRow.link_id == LinkRow.id).exists()
    statement = (
        select(LinkRow.id).where(LinkRow.id > after, has_probes).order_by(LinkRow.id).limit(limit)
    )
    return connection.scalars(statement).all()


def rejudge_probes(
    connection: Connection,
    link_ids: Sequence[int],
    judge: JudgeProbe,
    advance: Advance,
    *,
    catch_errors: CatchErrors = nullcontext,
) -> Iterator[RejudgedLink]:
    """Judge the stored probes of the given links again, without writing anything.

    If the transaction may write, the links' rows are locked until `write_rejudged` has written the
    results in it.

    Args:
        connection: A connection in a transaction.
        link_ids: The links.
        judge: Judges a probe.
        advance: The state machine (`crawler.liveness`).
        catch_errors: Catches what `judge` and `advance` raise about a link, which is then left
            out.

    Yields:
        The result for each link.
    """
    links = read_links(connection, link_ids)
    mirror_ids = [link_id for link_id, row in links.items() if row.role is Role.MIRROR]
    context = ArchiveContext(connection, failing=list(links), mirrors=mirror_ids)
    counts = count_probes(connection, link_ids)
    spans = read_spans(connection, link_ids)
    hosts = host_knowledge(connection, {row.host_id for row in links.values()})
    statement = (
        select(*ProbeRow.__table__.columns)
        .where(ProbeRow.link_id.in_(link_ids))
        .order_by(ProbeRow.link_id)
    )
    rows = connection.execute(statement, execution_options={"yield_per": 200})
    for link_id, group in groupby(rows, key=lambda row: row.link_id):
        link = links[link_id]
        # Ids are in the order of the probes, even if the clock was set back.
        probes = sorted(group, key=lambda row: row.id)
        advance_state = partial(_advance_link, advance, context, link_id)
        rejudger = LinkRejudger(link, judge, advance_state, hosts[link.host_id])
        result: RejudgedLink | None = None
        with catch_errors(link.url):
            result = rejudger.run(spans.get(link_id, []), counts.get(link_id, 0), probes)
        if result is not None:
            yield result


def _advance_link(  # noqa: PLR0917  `partial` binds the first three
    advance: Advance,
    context: ArchiveContext,
    link_id: int,
    before: TrackedState,
    judgement: Judgement,
    at: datetime,
) -> TrackedState:
    """Return the tracked state of a link after a probe, in the circumstances of the link."""
    return advance(before, judgement, at, context.circumstances_of(link_id, before))


def write_rejudged(connection: Connection, results: Sequence[RejudgedLink]) -> None:
    """Write results of `rejudge_probes`, in the transaction in which it was called."""
    for result in results:
        rows = result.rows
        # `open_span` is the last span with deleted probes. It is updated, those before it stay, and
        # those after it are replaced.
        last_kept_id = rows.open_span["id"] if rows.open_span else 0
        connection.execute(
            delete(SpanRow).where(SpanRow.link_id == result.link_id, SpanRow.id > last_kept_id)
        )
        if rows.open_span:
            span = {name: rows.open_span[name] for name in SPAN_UPDATE_COLUMNS}
            update_rows(connection, SpanRow, [span])
        if rows.new_spans:
            connection.execute(insert(SpanRow), rows.new_spans)
        update_rows(connection, ProbeRow, rows.probes)
        update_rows(connection, LinkRow, [rows.link])
