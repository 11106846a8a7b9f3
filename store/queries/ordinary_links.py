"""Read what a table of all links shows of the ordinary ones, which do not fail.

Most links of a wiki are ordinary. A table of a hundred thousand links shows a few words of each of
these. So they are read in half the time of a `LinkFinding`: fewer columns, and times as
numbers.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any, NamedTuple

from msgspec import Struct
from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    Text,
    cast,
    exists,
    func,
    or_,
    select,
    type_coerce,
)

from store.queries.cited import ids_to_read
from store.queries.link_history import decode_requests, select_last_requests
from store.queries.link_records import CitedPlace, MirrorFinding
from store.queries.link_statements import (
    BRIEF_CITATION_COLUMNS,
    BRIEF_MIRROR_COLUMNS,
    MIRROR_LINK,
    is_looked_up,
)
from store.queries.links import PAGE_ORDER, Pages
from store.schema.column_types import EnumPosition
from store.schema.dialects import id_ranges, in_id_range, minutes_since_1970
from store.schema.models import CitationRow, HostRow, LinkRow, MirrorRow, SpanRow
from store.schema.rows import check_column_order
from store.vocabulary import FAILING_STATES, ProbeRequest, Reason, Role, State, Verdict

_FULL_TIMESTAMP = 14
_MAX_SPANS = 5  # the latest ones of each link


class OrdinaryLink(Struct, frozen=True, gc=False, array_like=True):
    """A link that does not fail, with what a table shows of it.

    None of its mirrors is cited, and none has a warning, missing parts or an incomplete time.
    Times are minutes since 1970, 0 if there is none. The other fields are those of `LinkFinding`
    and `TrackedState`.

    Attributes:
        citations: The places that cite it, in page order.
        mirrors: Its mirrors, oldest capture first.
        spans: Its latest spans, oldest first. Each has the positions of its verdict and reason in
            their enums, the times of its first and last probe, and the number of its probes.
        requests: The requests of its latest probe, as `RecentHistory` has them.
    """

    citations: Sequence[CitedPlace]
    mirrors: Sequence[MirrorFinding]
    spans: Sequence[tuple[int, ...]]
    requests: tuple[ProbeRequest, ...]
    id: int
    url: str
    host: str
    state: State
    verdict: Verdict | None
    reason: Reason | None
    detail: str
    note: str
    state_since: int
    first_failed_at: int
    last_alive_at: int
    checked_at: int
    next_probe_at: int
    consecutive_failures: int
    status_code: int | None
    final_url: str | None
    redirects: int
    previous_state: State | None
    changed_run_id: int | None
    looked_up: bool


class LinkBatch(NamedTuple):
    """Some links and mirrors that a wiki cites.

    Attributes:
        ordinary: The ordinary links.
        others: The ids of all others, ascending.
    """

    ordinary: Sequence[OrdinaryLink]
    others: Sequence[int]


class _Statements(NamedTuple):
    """The statements for an id range."""

    links: Select[*tuple[Any, ...]]
    citations: Select[*tuple[Any, ...]]
    cited_mirrors: Select[*tuple[Any, ...]]
    mirrors: Select[*tuple[Any, ...]]
    spans: Select[*tuple[Any, ...]]
    requests: Select[*tuple[Any, ...]]


def ordinary_links(connection: Connection, *, wiki: str, pages: Pages) -> Iterator[LinkBatch]:
    """Yield every link and mirror that the given pages cite now, in batches by ascending id.

    Args:
        connection: A connection in a transaction.
        wiki: The wiki's name.
        pages: Its pages, as `present_pages` returns them.
    """
    statements = _statements(connection.dialect.name)
    for id_range in id_ranges(ids_to_read(connection, wiki, pages)):
        yield _read_batch(connection, statements, id_range, pages)


def _read_batch(
    connection: Connection, statements: _Statements, id_range: Mapping[str, int], pages: Pages
) -> LinkBatch:
    """Return the cited links of an id range."""

    def read(statement: Select[*tuple[Any, ...]]) -> Sequence[Any]:
        return connection.execute(statement, id_range).all()

    links = {row[0]: row for row in read(statements.links)}
    others = {link_id for link_id, page_id in read(statements.cited_mirrors) if page_id in pages}
    citations: dict[int, list[CitedPlace]] = defaultdict(list)
    for link_id, page_id, *columns in read(statements.citations):
        if page_id not in pages:
            continue
        place = CitedPlace(*pages[page_id], *columns)
        if link_id not in links or place.mirror_id is not None:
            others.add(link_id)
        citations[link_id].append(place)
    for places in citations.values():
        if len(places) > 1:  # most links have one place, which needs no sorting
            places.sort(key=PAGE_ORDER)
    mirrors: dict[int, list[MirrorFinding]] = defaultdict(list)
    for link_id, needs_more, *mirror in read(statements.mirrors):
        if needs_more and link_id in citations:
            others.add(link_id)
        mirrors[link_id].append(MirrorFinding(*mirror))
    spans: dict[int, list[tuple[int, ...]]] = defaultdict(list)
    for row in read(statements.spans):
        spans[row[0]].append(row[1:])
    requests = dict(read(statements.requests))
    ordinary = [
        OrdinaryLink(
            citations[link_id],
            mirrors.get(link_id, ()),
            spans.get(link_id, ())[-_MAX_SPANS:],
            decode_requests(requests[link_id]) if link_id in requests else (),
            *links[link_id],
        )
        for link_id in links.keys() & citations.keys() - others
    ]
    return LinkBatch(ordinary, sorted(others))


def _is_ordinary() -> ColumnElement[bool]:
    """Return the condition that a link does not fail, and needs no explanation.

    A blocked link needs one if its site lists it, or an archive captured it, while it blocks us.
    """
    captured_since = exists().where(
        MirrorRow.original_id == LinkRow.id, MirrorRow.captured_at >= LinkRow.state_since
    )
    is_served_to_others = (LinkRow.state == State.BLOCKED) & (
        LinkRow.listed_at.is_not(None) | captured_since
    )
    # Not `in_`: SQLite would find the links by their states, instead of by their ids.
    return (LinkRow.role == Role.LINK) & LinkRow.state.not_in(FAILING_STATES) & ~is_served_to_others


@cache
def _statements(dialect: str) -> _Statements:
    """Return the statements for a dialect."""

    def minutes(column: Any) -> Any:
        return minutes_since_1970(column, dialect).label(column.key)

    columns = (
        LinkRow.id,
        LinkRow.url,
        HostRow.name.label("host"),
        LinkRow.state,
        LinkRow.verdict,
        LinkRow.reason,
        LinkRow.detail,
        LinkRow.note,
        minutes(LinkRow.state_since),
        minutes(LinkRow.first_failed_at),
        minutes(LinkRow.last_alive_at),
        minutes(LinkRow.checked_at),
        minutes(LinkRow.next_probe_at),
        LinkRow.consecutive_failures,
        LinkRow.status_code,
        LinkRow.final_url,
        LinkRow.redirects,
        LinkRow.previous_state,
        LinkRow.changed_run_id,
        is_looked_up().label("looked_up"),
    )
    check_column_order(OrdinaryLink, columns, first_field="id")
    needs_more = or_(
        cast(MIRROR_LINK.warnings, Text) != "[]",
        func.coalesce(MirrorRow.parts_missing, 0) > 0,
        func.length(MirrorRow.timestamp).not_in((0, _FULL_TIMESTAMP)),
    )
    return _Statements(
        links=select(*columns)
        .join(HostRow, HostRow.id == LinkRow.host_id)
        .where(in_id_range(LinkRow.id), _is_ordinary())
        .order_by(LinkRow.id),
        citations=select(CitationRow.link_id, CitationRow.page_id, *BRIEF_CITATION_COLUMNS).where(
            in_id_range(CitationRow.link_id), CitationRow.gone_run_id.is_(None)
        ),
        cited_mirrors=select(MirrorRow.link_id, CitationRow.page_id)
        .join(MirrorRow, MirrorRow.id == CitationRow.mirror_id)
        .where(in_id_range(MirrorRow.link_id), CitationRow.gone_run_id.is_(None)),
        mirrors=select(MirrorRow.original_id, needs_more, *BRIEF_MIRROR_COLUMNS)
        .join(MIRROR_LINK, MIRROR_LINK.id == MirrorRow.link_id)
        .where(in_id_range(MirrorRow.original_id))
        .order_by(MirrorRow.captured_at, MirrorRow.id),
        spans=select(
            SpanRow.link_id,
            type_coerce(SpanRow.verdict, EnumPosition(Verdict)),
            type_coerce(SpanRow.reason, EnumPosition(Reason)),
            minutes(SpanRow.first_at),
            minutes(SpanRow.last_at),
            SpanRow.probes,
        )
        .where(in_id_range(SpanRow.link_id))
        .order_by(SpanRow.link_id, SpanRow.id),
        requests=select_last_requests(in_id_range(LinkRow.id), _is_ordinary()),
    )
