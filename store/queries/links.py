"""The links and mirrors that a wiki cites, with their places and mirrors: the rows of reports.

The records are built a hundred thousand at a time, by position: `check_column_order` compares the
columns with the fields. They are not tracked by the garbage collector, as nothing in them can
lead back to them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date, datetime
from operator import attrgetter
from typing import Any

from msgspec import Struct
from sqlalchemy import Connection, Row, select

from store.queries import link_statements as statements
from store.queries.cited import cited_ids
from store.schema.dialects import id_ranges
from store.schema.models import LinkRow, PageRow, hash_text
from store.schema.rows import check_column_order
from store.vocabulary import (
    MirrorOrigin,
    MirrorQuality,
    Reason,
    Role,
    Spelling,
    State,
    TrackedState,
    Verdict,
)
from store.work.tracked_states import TRACKED_STATE_COLUMNS

_PAGE_ORDER = attrgetter("page", "line", "column")


class CitedPlace(Struct, frozen=True, gc=False, array_like=True):
    """One place that cites a link (see `vocabulary.Citation`)."""

    page: str
    dated: date | None  # the page's own date
    line: int
    column: int
    url: str
    text: str
    accessed: date | None
    mirror_id: int | None  # the mirror that the cited URL names
    block: int
    footnote: str | None
    notes: tuple[str, ...]
    # When it was added to the wiki, if neither it nor its page has a date.
    added: date | None = None


class MirrorFinding(Struct, frozen=True, gc=False, array_like=True):
    """A mirror of a link, with its own state."""

    id: int
    url: str
    service: str
    timestamp: str
    captured_at: datetime | None
    origin: MirrorOrigin
    status_at_capture: int | None
    state: State
    verdict: Verdict | None
    reason: Reason | None
    detail: str
    note: str
    last_alive_at: datetime | None
    warnings: tuple[str, ...]
    # An unusable mirror must not be offered to a reader, whatever its state.
    quality: MirrorQuality = MirrorQuality.UNVERIFIED
    flaw: str = ""
    same_address: bool | None = None
    spelling: Spelling = Spelling.SAME  # how the archive spells the link's URL
    # Its images, style sheets and frames that were looked for, and those the archive does not have.
    parts_checked: int | None = None
    parts_missing: int | None = None
    parts_checked_at: datetime | None = None
    final_url: str | None = None  # where its redirects led

    @property
    def tracked_state(self) -> TrackedState:
        """Its tracked state, with the fields that reports use."""
        return TrackedState(
            role=Role.MIRROR,
            state=self.state,
            verdict=self.verdict,
            reason=self.reason,
            detail=self.detail,
            note=self.note,
            last_alive_at=self.last_alive_at,
        )


class LinkFinding(Struct, frozen=True, gc=False, array_like=True):
    """A link, or a mirror that a page cites.

    Attributes:
        tracked_state: Its tracked state.
        citations: The places that cite it, in page order.
        mirrors: A link's mirrors; for a mirror, the other mirrors of its original.
        id: The link's id.
        url: Its URL.
        role: Whether it is a link or a mirror.
        host: The name of its host.
        original: The URL that a mirror is a copy of, if that is known.
        previous_state: The state before the present one.
        changed_run_id: The run in which the state last changed.
        status_code: The status of the latest probe.
        final_url: The URL that its redirects led to.
        redirects: The number of redirects.
        warnings: The warnings of the latest probe.
        missing_fragments: Fragments that its page, when it was last read, did not have.
        looked_up: Whether an archive was asked for its copies, and gave an answer.
        listed_at: When a sitemap or feed of its site was read that lists it.
        listed_by: The URL of that sitemap or feed.
    """

    tracked_state: TrackedState
    citations: tuple[CitedPlace, ...]
    mirrors: tuple[MirrorFinding, ...]
    id: int
    url: str
    role: Role
    host: str
    original: str | None
    previous_state: State | None
    changed_run_id: int | None
    status_code: int | None
    final_url: str | None
    redirects: int
    warnings: tuple[str, ...]
    missing_fragments: tuple[str, ...] = ()
    looked_up: bool = True
    listed_at: datetime | None = None
    listed_by: str | None = None


check_column_order(CitedPlace, statements.CITATION_COLUMNS, first_field="line")
check_column_order(MirrorFinding, statements.MIRROR_COLUMNS, first_field="id")
check_column_order(LinkFinding, statements.LINK_COLUMNS, first_field="id")


def link_findings(
    connection: Connection,
    *,
    wiki: str,
    pages: Collection[str] | None = None,
    states: Collection[State] | None = None,
    only: Collection[int] | None = None,
) -> Iterator[LinkFinding]:
    """Yield every link and mirror that a wiki cites now, by ascending id.

    About two thousand are in memory at a time.

    Args:
        connection: A connection in a transaction.
        wiki: The wiki's name.
        pages: Only what pages with these paths cite, and only the places on them.
        states: Only what is in one of these states.
        only: Only links and mirrors with these ids.
    """
    wanted: set[int] | None = None
    if states is not None:
        statement = select(LinkRow.id).where(LinkRow.state.in_(sorted(states)))
        wanted = set(connection.scalars(statement))
    if only is not None:
        wanted = set(only) if wanted is None else wanted & set(only)
    if wanted is not None and not wanted:
        return
    present = {
        page_id: page
        for page_id, page in _pages(connection, wiki).items()
        if pages is None or page[0] in pages
    }
    ids = cited_ids(connection, wiki, present, wanted)
    for id_range in id_ranges(ids):
        citations = _citations(connection, present, id_range)
        mirrors = _mirrors(connection, id_range)
        for row in connection.execute(statements.CITED_LINKS, id_range).all():
            if only is not None and row.id not in only:
                continue
            if row.id in citations and (states is None or row.state in states):
                yield _finding(row, citations[row.id], mirrors.get(row.id, ()))


def link_finding(connection: Connection, key: str, *, wiki: str) -> LinkFinding | None:
    """Return the link or mirror with a key, cited or not; None if it is not stored."""
    statement = statements.LINKS.where(LinkRow.key_hash == hash_text(key))
    row = connection.execute(statement).first()
    if row is None:
        return None
    id_range = {"after": row.id - 1, "last": row.id}
    citations = _citations(connection, _pages(connection, wiki), id_range)
    mirrors = _mirrors(connection, id_range)
    return _finding(row, citations.get(row.id, ()), mirrors.get(row.id, ()))


def findings_of(
    connection: Connection, ids: Collection[int], *, wiki: str
) -> Sequence[LinkFinding]:
    """Read a few links and mirrors that a wiki cites now, in the order of the ids given."""
    pages, found = _pages(connection, wiki), list[LinkFinding]()
    for link_id in ids:
        id_range = {"after": link_id - 1, "last": link_id}
        citations, mirrors = _citations(connection, pages, id_range), _mirrors(connection, id_range)
        for row in connection.execute(statements.CITED_LINKS, id_range).all():
            if row.id in citations:
                found.append(_finding(row, citations[row.id], mirrors.get(row.id, ())))
    return found


def _pages(connection: Connection, wiki: str) -> Mapping[int, tuple[str, date | None]]:
    """Map the ids of a wiki's present pages to their paths and dates."""
    statement = select(PageRow.id, PageRow.path, PageRow.dated).where(
        PageRow.wiki == wiki, PageRow.gone_run_id.is_(None)
    )
    return {page_id: (path, dated) for page_id, path, dated in connection.execute(statement)}


def _citations(
    connection: Connection,
    pages: Mapping[int, tuple[str, date | None]],
    id_range: Mapping[str, int],
) -> Mapping[int, Sequence[CitedPlace]]:
    """Map links and mirrors to the places on some pages that cite them, in page order."""
    found: dict[int, list[CitedPlace]] = defaultdict(list)
    for statement in (statements.CITATIONS_OF_LINKS, statements.CITATIONS_OF_MIRRORS):
        # Pages are not joined: SQLite would read all of them for each thousand links.
        for link_id, page_id, *place in connection.execute(statement, id_range).all():
            if page_id in pages:
                found[link_id].append(CitedPlace(*pages[page_id], *place))
    for places in found.values():
        if len(places) > 1:
            places.sort(key=_PAGE_ORDER)
    return found


def _mirrors(
    connection: Connection, id_range: Mapping[str, int]
) -> Mapping[int, Sequence[MirrorFinding]]:
    """Map links to their mirrors, and mirrors to the others of their original, oldest first."""
    found: dict[int, list[MirrorFinding]] = defaultdict(list)
    for statement in (statements.MIRRORS_OF_LINKS, statements.MIRRORS_OF_MIRRORS):
        for link_id, *mirror in connection.execute(statement, id_range).all():
            found[link_id].append(MirrorFinding(*mirror))
    return found


def _finding(
    row: Row[*tuple[Any, ...]], citations: Sequence[CitedPlace], mirrors: Sequence[MirrorFinding]
) -> LinkFinding:
    """Build a finding from a row: the columns of the link, then those of its tracked state."""
    columns = row[: -len(TRACKED_STATE_COLUMNS)]
    state = TrackedState(row.role, *row[len(columns) :])
    return LinkFinding(state, tuple(citations), tuple(mirrors), *columns)
