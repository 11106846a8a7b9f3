"""What is known of every cited link and mirror, now: the rows every report is made of."""

from __future__ import annotations

from array import array
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date, datetime
from operator import attrgetter
from typing import Any

from msgspec import Struct
from sqlalchemy import ColumnElement, Connection, Row, Select, exists, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute, aliased

from store.schema.dialects import id_ranges, in_id_range
from store.schema.models import CitationRow, HostRow, LinkRow, MirrorRow, PageRow
from store.vocabulary import MirrorOrigin, MirrorQuality, Reason, Role, TrackedState, State, Verdict
from store.work.history import TRACKED_STATE_COLUMNS

# These records are made of rows by position, a hundred thousand at a time: their fields come in the order of the columns selected below.
# They hold nothing that could lead back to them, so that the garbage collector need not look at them.


class CitedPlace(Struct, frozen=True, gc=False):
    """One place that cites a link. `dated` is the page's own date, `added` the day it came into the wiki, where neither it nor the page has
    one; `mirror_id` tells which mirror it points to, if it does.

    What stands beside it on its page has the same `block`, or is in a footnote whose label is among its `notes`.
    """

    page: str
    dated: date | None
    line: int
    column: int
    url: str
    text: str
    accessed: date | None
    mirror_id: int | None
    block: int
    footnote: str | None
    notes: tuple[str, ...]
    added: date | None = None


class MirrorFinding(Struct, frozen=True, gc=False):
    """An archive copy of a link, with where its own history stands."""

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
    quality: MirrorQuality = (
        MirrorQuality.UNVERIFIED
    )  # a worthless one must not be offered to a reader, whatever its state
    flaw: str = ""
    same_address: bool | None = None

    @property
    def tracked_state(self) -> TrackedState:
        """Where its history stands, as far as reports tell."""
        return TrackedState(
            Role.MIRROR,
            self.state,
            self.verdict,
            self.reason,
            self.detail,
            self.note,
            last_alive_at=self.last_alive_at,
        )


class LinkFinding(Struct, frozen=True, gc=False):
    """A link, or a mirror that a page cites, as it stands.

    `original` is whose copy a mirror is (None for links, and where nobody knows). `mirrors` are a link's mirrors; for a mirror the other ones
    of its original. `changed_run_id` is the run in which the state last changed, from `previous_state`.
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


def link_findings(
    connection: Connection, *, wiki: str, pages: Collection[str] | None = None
) -> Iterator[LinkFinding]:
    """Give every link and mirror that a page of the wiki cites now, by ascending id, some two thousand in memory at a time.

    With `pages` (paths) only what stands on these, and of the places that cite it only those.
    """
    dated = {
        page_id: page
        for page_id, page in _pages(connection, wiki).items()
        if pages is None or page[0] in pages
    }
    for stretch in id_ranges(_cited(connection, wiki, dated)):
        citations = _citations(connection, dated, stretch)
        mirrors = _mirrors(connection, stretch)
        for row in connection.execute(_CITED_LINKS, stretch).all():
            if row.id in citations:  # on a page of this wiki
                yield _finding(row, citations[row.id], mirrors.get(row.id, ()))


def link_finding(connection: Connection, key: str, *, wiki: str) -> LinkFinding | None:
    """Give the link or mirror of a key, cited or not; None for one the store does not know."""
    row = connection.execute(_LINKS.where(LinkRow.key == key)).first()
    if row is None:
        return None
    stretch = {"after": row.id - 1, "last": row.id}
    citations = _citations(connection, _pages(connection, wiki), stretch)
    return _finding(row, citations.get(row.id, ()), _mirrors(connection, stretch).get(row.id, ()))


def findings_of(
    connection: Connection, ids: Collection[int], *, wiki: str
) -> Sequence[LinkFinding]:
    """Read a few links and mirrors that pages of the wiki cite now, in the order of their ids given."""
    pages, found = _pages(connection, wiki), list[LinkFinding]()
    for link_id in ids:
        stretch = {"after": link_id - 1, "last": link_id}
        citations, mirrors = _citations(connection, pages, stretch), _mirrors(connection, stretch)
        for row in connection.execute(_CITED_LINKS, stretch).all():
            if row.id in citations:
                found.append(_finding(row, citations[row.id], mirrors.get(row.id, ())))
    return found


def count_states(connection: Connection, *, wiki: str) -> Mapping[Role, Mapping[State, int]]:
    """Count the links and mirrors that pages of the wiki cite now, by role and state."""
    links = _present(select(CitationRow.link_id), wiki).where(CitationRow.link_id.is_not(None))
    mirrors = _present(select(MirrorRow.link_id), wiki).join(
        MirrorRow, MirrorRow.id == CitationRow.mirror_id
    )
    statement = (
        select(LinkRow.role, LinkRow.state, func.count(LinkRow.id).label("links"))
        .where(or_(LinkRow.id.in_(links), LinkRow.id.in_(mirrors)))
        .group_by(LinkRow.role, LinkRow.state)
    )
    counts: dict[Role, dict[State, int]] = {role: {} for role in Role}
    for row in connection.execute(statement):
        counts[row.role][row.state] = row.links
    return counts


def _pages(connection: Connection, wiki: str) -> Mapping[int, tuple[str, date | None]]:
    """Map the wiki's present pages to their paths and dates."""
    statement = select(PageRow.id, PageRow.path, PageRow.dated).where(
        PageRow.wiki == wiki, PageRow.gone_run_id.is_(None)
    )
    return {page_id: (path, dated) for page_id, path, dated in connection.execute(statement)}


def _cited(connection: Connection, wiki: str, pages: Collection[int]) -> Sequence[int]:
    """List the ids of what these pages of a wiki cite, in order: its own alone, however many other wikis the store has."""
    columns = (CitationRow.page_id, CitationRow.link_id, MirrorRow.link_id.label("address"))
    rows = connection.execute(
        _present(select(*columns), wiki).outerjoin(MirrorRow, MirrorRow.id == CitationRow.mirror_id)
    ).all()
    found = {link_id for page_id, link_id, _ in rows if page_id in pages} | {
        address for page_id, _, address in rows if page_id in pages
    }
    return array("q", sorted(found - {None}))


def _citations(
    connection: Connection, pages: Mapping[int, tuple[str, date | None]], stretch: Mapping[str, int]
) -> Mapping[int, Sequence[CitedPlace]]:
    """Map links and mirrors to the places on these pages that cite them, in page order."""
    found: dict[int, list[CitedPlace]] = defaultdict(list)
    for statement in (_CITATIONS_OF_LINKS, _CITATIONS_OF_MIRRORS):
        # Pages are not joined: SQLite would go through all of them for each thousand links.
        for link_id, page_id, *place in connection.execute(statement, stretch).all():
            if page_id in pages:
                found[link_id].append(CitedPlace(*pages[page_id], *place))
    for places in found.values():
        if len(places) > 1:
            places.sort(key=_PAGE_ORDER)
    return found


def _mirrors(
    connection: Connection, stretch: Mapping[str, int]
) -> Mapping[int, Sequence[MirrorFinding]]:
    """Map links to their mirrors, and cited mirrors to the other mirrors of their originals, the oldest capture first."""
    found: dict[int, list[MirrorFinding]] = defaultdict(list)
    for statement in (_MIRRORS_OF_LINKS, _MIRRORS_OF_MIRRORS):
        for link_id, *mirror in connection.execute(statement, stretch).all():
            found[link_id].append(MirrorFinding(*mirror))
    return found


def _finding(
    row: Row[*tuple[Any, ...]], citations: Sequence[CitedPlace], mirrors: Sequence[MirrorFinding]
) -> LinkFinding:
    known = row[: -len(TRACKED_STATE_COLUMNS)]
    return LinkFinding(
        TrackedState(row.role, *row[len(known) :]), tuple(citations), tuple(mirrors), *known
    )


def _present(statement: Select[*tuple[Any, ...]], wiki: str) -> Select[*tuple[Any, ...]]:
    """Limit a statement to citations that stand on pages of the wiki now."""
    return (
        statement.select_from(CitationRow)
        .join(PageRow, PageRow.id == CitationRow.page_id)
        .where(CitationRow.gone_run_id.is_(None), PageRow.wiki == wiki)
    )


# --- the statements, made once: links by ascending id, and what belongs to a stretch of them

_PAGE_ORDER = attrgetter("page", "line", "column")


def _select_links() -> Select[*tuple[Any, ...]]:
    original = aliased(LinkRow)
    return (
        select(
            *(
                LinkRow.id,
                LinkRow.url,
                LinkRow.role,
                HostRow.name.label("host"),
                original.url.label("original"),
            ),
            *(
                LinkRow.previous_state,
                LinkRow.changed_run_id,
                LinkRow.status_code,
                LinkRow.final_url,
                LinkRow.redirects,
                LinkRow.warnings,
            ),
            *(getattr(LinkRow, name) for name in TRACKED_STATE_COLUMNS),
        )
        .join(HostRow, HostRow.id == LinkRow.host_id)
        .outerjoin(MirrorRow, MirrorRow.link_id == LinkRow.id)
        .outerjoin(original, original.id == MirrorRow.original_id)
    )


def _select_citations(link_id: InstrumentedAttribute[Any]) -> Select[*tuple[Any, ...]]:
    columns = (
        *(
            CitationRow.page_id,
            CitationRow.line,
            CitationRow.column,
            CitationRow.url,
            CitationRow.text,
            CitationRow.accessed,
            CitationRow.mirror_id,
        ),
        *(CitationRow.block, CitationRow.footnote, CitationRow.notes, CitationRow.added),
    )
    return select(link_id, *columns).where(in_id_range(link_id), CitationRow.gone_run_id.is_(None))


def _select_mirrors(link_id: InstrumentedAttribute[Any]) -> Select[*tuple[Any, ...]]:
    address = aliased(LinkRow)
    return (
        select(
            *(
                link_id,
                MirrorRow.id,
                address.url,
                MirrorRow.service,
                MirrorRow.timestamp,
                MirrorRow.captured_at,
                MirrorRow.origin,
                MirrorRow.status_at_capture,
            ),
            *(
                address.state,
                address.verdict,
                address.reason,
                address.detail,
                address.note,
                address.last_alive_at,
                address.warnings,
            ),
            *(MirrorRow.quality, MirrorRow.flaw, MirrorRow.same_address),
        )
        .join(address, address.id == MirrorRow.link_id)
        .where(in_id_range(link_id))
        .order_by(MirrorRow.captured_at, MirrorRow.id)
    )


def _is_cited(mirror: type[MirrorRow]) -> ColumnElement[bool]:
    """Whether it is, or was once: what is cited no more has no citations, and is left out where they are read."""
    return exists().where(CitationRow.mirror_id == mirror.id)


_ITSELF = aliased(MirrorRow)  # a cited mirror, beside the others of its original
_LINKS = _select_links()
_CITED_LINKS = _LINKS.where(
    in_id_range(LinkRow.id), or_(LinkRow.role == Role.LINK, _is_cited(MirrorRow))
).order_by(LinkRow.id)
_CITATIONS_OF_LINKS = _select_citations(CitationRow.link_id)
_CITATIONS_OF_MIRRORS = _select_citations(MirrorRow.link_id).join(
    MirrorRow, MirrorRow.id == CitationRow.mirror_id
)
_MIRRORS_OF_LINKS = _select_mirrors(MirrorRow.original_id)
_MIRRORS_OF_MIRRORS = (
    _select_mirrors(_ITSELF.link_id)
    .join(_ITSELF, (_ITSELF.original_id == MirrorRow.original_id) & (_ITSELF.id != MirrorRow.id))
    .where(_is_cited(_ITSELF))
)
