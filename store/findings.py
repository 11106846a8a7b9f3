"""What is known of every cited link and mirror, now: the rows every report is made of."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute, aliased

from store.history import STANDING_COLUMNS
from store.models import Citation, Host, Link, Mirror, Page
from store.vocabulary import MirrorOrigin, MirrorQuality, Role, Standing, State

_LINKS_AT_ONCE = 1_000  # a few MB in memory, and few enough queries


@dataclass(frozen=True, slots=True, kw_only=True)
class CitedPlace:
    """One place that cites a link. `dated` is the page's own date; `mirror_id` tells which mirror it points to, if it does."""

    page: str
    line: int
    column: int
    url: str
    text: str
    accessed: date | None
    dated: date | None
    mirror_id: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class MirrorFinding:
    """An archive copy of a link, with where its own history stands."""

    id: int
    url: str
    service: str
    timestamp: str
    captured_at: datetime | None
    origin: MirrorOrigin
    status_at_capture: int | None
    standing: Standing
    warnings: tuple[str, ...]
    quality: MirrorQuality = MirrorQuality.UNSEEN  # a worthless one must not be offered to a reader, whatever its state
    flaw: str = ""
    same_address: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkFinding:
    """A link, or a mirror that a page cites, as it stands.

    `original` is whose copy a mirror is (None for links, and where nobody knows). `mirrors` are a link's mirrors; for a mirror the other ones
    of its original. `changed_run_id` is the run in which the state last changed, from `previous_state`.
    """

    id: int
    url: str
    role: Role
    host: str
    original: str | None
    standing: Standing
    previous_state: State | None
    changed_run_id: int | None
    status_code: int | None
    final_url: str | None
    redirects: int
    warnings: tuple[str, ...]
    citations: tuple[CitedPlace, ...]
    mirrors: tuple[MirrorFinding, ...]


def link_findings(connection: Connection, *, wiki: str) -> Iterator[LinkFinding]:
    """Give every link and mirror that a page of the wiki cites now, by ascending id, a thousand in memory at a time."""
    pages = _pages(connection, wiki)
    after = 0
    while rows := connection.execute(_links(after)).all():
        last = rows[-1].id
        citations = _citations(connection, pages, after, last)
        mirrors = _mirrors(connection, after, last)
        for row in rows:
            if places := citations.get(row.id):
                yield _finding(row, tuple(places), tuple(mirrors.get(row.id, ())))
        after = last


def link_finding(connection: Connection, key: str, *, wiki: str) -> LinkFinding | None:
    """Give the link or mirror of a key, cited or not; None for one the store does not know."""
    link_id = connection.execute(select(Link.id).where(Link.key == key)).scalar_one_or_none()
    if link_id is None:
        return None
    before = link_id - 1
    row = connection.execute(_links(before)).first()
    if row is None:
        return None
    citations = _citations(connection, _pages(connection, wiki), before, link_id)
    mirrors = _mirrors(connection, before, link_id)
    return _finding(row, tuple(citations.get(link_id, ())), tuple(mirrors.get(link_id, ())))


def count_states(connection: Connection, *, wiki: str) -> Mapping[Role, Mapping[State, int]]:
    """Count the links and mirrors that pages of the wiki cite now, by role and state."""
    links = _present(select(Citation.link_id), wiki).where(Citation.link_id.is_not(None))
    mirrors = _present(select(Mirror.link_id), wiki).join(Mirror, Mirror.id == Citation.mirror_id)
    statement = (
        select(Link.role, Link.state, func.count(Link.id).label("links"))
        .where(or_(Link.id.in_(links), Link.id.in_(mirrors)))
        .group_by(Link.role, Link.state)
    )
    counts: dict[Role, dict[State, int]] = {role: {} for role in Role}
    for row in connection.execute(statement):
        counts[row.role][row.state] = row.links
    return counts


def _pages(connection: Connection, wiki: str) -> Mapping[int, Row[*tuple[Any, ...]]]:
    statement = select(Page.id, Page.path, Page.dated).where(Page.wiki == wiki, Page.gone_run_id.is_(None))
    return {row.id: row for row in connection.execute(statement)}


def _links(after: int) -> Select[*tuple[Any, ...]]:
    original = aliased(Link)
    return (
        select(
            *(getattr(Link, name) for name in STANDING_COLUMNS),  # first, for _standing
            *(Link.id, Link.url, Link.role, Link.previous_state, Link.changed_run_id),
            *(Link.status_code, Link.final_url, Link.redirects, Link.warnings),
            Host.name.label("host"),
            original.url.label("original"),
        )
        .join(Host, Host.id == Link.host_id)
        .outerjoin(Mirror, Mirror.link_id == Link.id)
        .outerjoin(original, original.id == Mirror.original_id)
        .where(Link.id > after)
        .order_by(Link.id)
        .limit(_LINKS_AT_ONCE)
    )


def _citations(connection: Connection, pages: Mapping[int, Any], after: int, last: int) -> Mapping[int, Sequence[CitedPlace]]:
    """Map links and mirrors to the places on these pages that cite them, in page order."""
    columns = (
        *(Citation.page_id, Citation.line, Citation.column, Citation.url, Citation.text),
        *(Citation.accessed, Citation.mirror_id, Citation.start),
    )
    present = Citation.gone_run_id.is_(None)
    of_links = select(Citation.link_id.label("link"), *columns).where(_within(Citation.link_id, after, last), present)
    of_mirrors = (
        select(Mirror.link_id.label("link"), *columns)
        .join_from(Mirror, Citation, Citation.mirror_id == Mirror.id)
        .where(_within(Mirror.link_id, after, last), present)
    )
    # Pages are not joined: SQLite would go through all of them for each thousand links.
    rows = [row for statement in (of_links, of_mirrors) for row in connection.execute(statement) if row.page_id in pages]
    rows.sort(key=lambda row: (pages[row.page_id].path, row.start))
    found: dict[int, list[CitedPlace]] = defaultdict(list)
    for row in rows:
        page = pages[row.page_id]
        found[row.link].append(
            CitedPlace(
                page=page.path,
                line=row.line,
                column=row.column,
                url=row.url,
                text=row.text,
                accessed=row.accessed,
                dated=page.dated,
                mirror_id=row.mirror_id,
            )
        )
    return found


def _mirrors(connection: Connection, after: int, last: int) -> Mapping[int, Sequence[MirrorFinding]]:
    """Map links to their mirrors, and mirrors to the other mirrors of their originals, the oldest capture first."""
    address, itself = aliased(Link), aliased(Mirror)
    columns = (
        *(getattr(address, name) for name in STANDING_COLUMNS),  # first, for _standing
        *(Mirror.id, Mirror.service, Mirror.timestamp, Mirror.captured_at, Mirror.origin, Mirror.status_at_capture),
        *(Mirror.quality, Mirror.flaw, Mirror.same_address),
        *(address.url, address.warnings),
    )
    of_links = select(*columns, Mirror.original_id.label("link")).where(_within(Mirror.original_id, after, last))
    of_mirrors = (
        select(*columns, itself.link_id.label("link"))
        .join(itself, (itself.original_id == Mirror.original_id) & (itself.id != Mirror.id))
        .where(_within(itself.link_id, after, last))
    )
    found: dict[int, list[MirrorFinding]] = defaultdict(list)
    for statement in (of_links, of_mirrors):
        for row in connection.execute(statement.join(address, address.id == Mirror.link_id).order_by(Mirror.captured_at, Mirror.id)):
            found[row.link].append(_mirror(row))
    return found


def _mirror(row: Row[*tuple[Any, ...]]) -> MirrorFinding:
    return MirrorFinding(
        id=row.id,
        url=row.url,
        service=row.service,
        timestamp=row.timestamp,
        captured_at=row.captured_at,
        origin=row.origin,
        status_at_capture=row.status_at_capture,
        standing=_standing(row, Role.MIRROR),
        warnings=tuple(row.warnings),
        quality=row.quality,
        flaw=row.flaw,
        same_address=row.same_address,
    )


def _finding(row: Row[*tuple[Any, ...]], citations: tuple[CitedPlace, ...], mirrors: tuple[MirrorFinding, ...]) -> LinkFinding:
    return LinkFinding(
        id=row.id,
        url=row.url,
        role=row.role,
        host=row.host,
        original=row.original,
        standing=_standing(row, row.role),
        previous_state=row.previous_state,
        changed_run_id=row.changed_run_id,
        status_code=row.status_code,
        final_url=row.final_url,
        redirects=row.redirects,
        warnings=tuple(row.warnings),
        citations=citations,
        mirrors=mirrors,
    )


def _standing(row: Row[*tuple[Any, ...]], role: Role) -> Standing:
    """Read a standing from a row that begins with its columns: by position, as there are hundred thousands of them."""
    return Standing(role=role, **dict(zip(STANDING_COLUMNS, row, strict=False)))


def _within(column: InstrumentedAttribute[Any], after: int, last: int) -> ColumnElement[bool]:
    return (column > after) & (column <= last)


def _present(statement: Select[*tuple[Any, ...]], wiki: str) -> Select[*tuple[Any, ...]]:
    """Limit a statement to citations that stand on pages of the wiki now."""
    return statement.select_from(Citation).join(Page, Page.id == Citation.page_id).where(Citation.gone_run_id.is_(None), Page.wiki == wiki)
