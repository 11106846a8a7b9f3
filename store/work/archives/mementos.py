"""Read the mementos of links: their living mirrors that are not known to be wrong."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from functools import partial
from typing import Protocol, TypeVar

from msgspec import Struct
from sqlalchemy import ColumnElement, Connection, func, or_, select

from store.schema.dialects import chunks
from store.schema.models import CitationRow, LinkRow, MirrorRow, PageRow, aliased
from store.vocabulary import LOCAL, MirrorQuality, Spelling, State, format_timestamp
from store.work.archives.mirrors import end_of_day


class AnyMemento(Protocol):
    """The properties by which `nearest_memento` chooses a memento."""

    @property
    def service(self) -> str:
        """The service."""

    @property
    def captured_at(self) -> datetime:
        """The time of the capture."""


_M = TypeVar("_M", bound=AnyMemento)


class StoredMemento(Struct, frozen=True, kw_only=True):
    """A living mirror of a link."""

    mirror_id: int
    link_id: int  # of the mirror's own URL
    url: str  # the mirror's own URL
    original: str  # the URL of the link
    timestamp: str  # the capture time as the service writes it in URLs
    captured_at: datetime
    service: str = "wayback"


def memento_conditions(
    mirror_link: type[LinkRow], services: Collection[str]
) -> tuple[ColumnElement[bool], ...]:
    """Return the conditions for living mirrors on the given services, not known to be wrong.

    Their capture time is known. No rule judges a mirror as moved, so `alive` is its living state.

    Args:
        mirror_link: The alias of `link` that is joined for the mirror's own URL.
        services: The services.
    """
    return (*mirror_conditions(services), mirror_link.state == State.ALIVE)


def mirror_conditions(services: Collection[str]) -> tuple[ColumnElement[bool], ...]:
    """Return the conditions for mirrors on the given services, not known to be wrong.

    Their capture time is known.
    """
    return (
        MirrorRow.service.in_(services),
        MirrorRow.captured_at.is_not(None),
        MirrorRow.quality.in_((MirrorQuality.UNVERIFIED, MirrorQuality.FAITHFUL)),
        or_(
            MirrorRow.spelling.not_in([each for each in Spelling if each.needs_confirmation]),
            MirrorRow.quality == MirrorQuality.FAITHFUL,
        ),
    )


def mementos_of(
    connection: Connection, link_ids: Collection[int], *, services: Collection[str]
) -> Mapping[int, Sequence[StoredMemento]]:
    """Map links to their mementos on the given services.

    Args:
        connection: A connection in a transaction.
        link_ids: The links.
        services: The services.

    Returns:
        The mementos of each link that has any, the nearest to its reading date first.
    """
    found: dict[int, list[StoredMemento]] = defaultdict(list)
    mirror_link, original = aliased(LinkRow), aliased(LinkRow)
    for batch in chunks(sorted(link_ids)):
        statement = (
            select(
                MirrorRow.id,
                MirrorRow.original_id,
                MirrorRow.link_id,
                MirrorRow.service,
                MirrorRow.timestamp,
                MirrorRow.captured_at,
                mirror_link.url,
                original.url.label("original"),
            )
            .join(mirror_link, mirror_link.id == MirrorRow.link_id)
            .join(original, original.id == MirrorRow.original_id)
            .where(MirrorRow.original_id.in_(batch), *memento_conditions(mirror_link, services))
        )
        for row in connection.execute(statement):
            memento = StoredMemento(
                mirror_id=row.id,
                link_id=row.link_id,
                url=row.url,
                original=row.original,
                timestamp=row.timestamp or format_timestamp(row.captured_at),
                captured_at=row.captured_at,
                service=row.service,
            )
            found[row.original_id].append(memento)
    days = reading_dates(connection, found)
    for link_id, mementos in found.items():
        mementos.sort(key=partial(_rank, read_at=end_of_day(days.get(link_id))))
    return found


def nearest_memento(mementos: Sequence[_M], read_at: datetime | None) -> _M:
    """Return the memento that shows best what was read.

    Args:
        mementos: At least one.
        read_at: When the link was read; None if that is not known.

    Returns:
        The memento nearest to `read_at`. If that is None, the newest one; the local archive's own
        only if there is no other, as we chose the day of its capture.
    """
    return min(mementos, key=partial(_rank, read_at=read_at))


def _rank(memento: AnyMemento, *, read_at: datetime | None) -> tuple[bool, float]:
    """Return the sort key of a memento, as `nearest_memento` chooses: the best has the lowest."""
    if read_at is None:
        return memento.service == LOCAL, -memento.captured_at.timestamp()
    return False, abs((memento.captured_at - read_at).total_seconds())


def reading_dates(connection: Connection, link_ids: Collection[int]) -> Mapping[int, date]:
    """Map links to the day on which their authors read them, as far as that is known.

    Returns:
        The earliest access date of a citation; else the earliest date of a page that cites the
        link; else the day that the first citation of it was added to the wiki.
    """
    days: dict[int, date] = {}
    for batch in chunks(sorted(link_ids)):
        statement = (
            select(
                CitationRow.link_id,
                func.min(CitationRow.accessed).label("accessed"),
                func.min(PageRow.dated).label("dated"),
                func.min(CitationRow.added).label("added"),
            )
            .join(PageRow, PageRow.id == CitationRow.page_id)
            .where(CitationRow.link_id.in_(batch), CitationRow.gone_run_id.is_(None))
            .group_by(CitationRow.link_id)
        )
        for row in connection.execute(statement):
            day = row.accessed or row.dated or row.added
            if day:
                days[row.link_id] = day
    return days
