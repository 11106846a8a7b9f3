"""What is kept of the text of a link: mementos that can be asked for as they were captured, and what our own probes saw."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection, func, select
from sqlalchemy.orm import aliased

from store.schema.dialects import chunks
from store.schema.models import CitationRow, LinkRow, MirrorRow, PageRow
from store.vocabulary import LOCAL, MirrorQuality, State, format_timestamp
from store.work.captures import end_of_day


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredMemento:
    """A living mirror of a link: its row, its address, and what to name it by when its service is asked for it."""

    mirror_id: int
    link_id: int  # of its own address
    url: str
    original: str
    timestamp: str
    captured_at: datetime
    service: str = "wayback"


def mementos_of(
    connection: Connection, link_ids: Collection[int], *, services: Collection[str]
) -> Mapping[int, Sequence[StoredMemento]]:
    """Map links to their living mirrors on some services that show what they should, those nearest to the day the link was read first."""
    found: dict[int, list[StoredMemento]] = defaultdict(list)
    address, original = aliased(LinkRow), aliased(LinkRow)
    for some in chunks(sorted(link_ids)):
        statement = (
            select(
                *(
                    MirrorRow.id,
                    MirrorRow.original_id,
                    MirrorRow.link_id,
                    MirrorRow.service,
                    MirrorRow.timestamp,
                    MirrorRow.captured_at,
                ),
                *(address.url, original.url.label("of")),
            )
            .join(address, address.id == MirrorRow.link_id)
            .join(original, original.id == MirrorRow.original_id)
            .where(
                *(
                    MirrorRow.original_id.in_(some),
                    MirrorRow.service.in_(services),
                    MirrorRow.captured_at.is_not(None),
                ),
                *(
                    MirrorRow.quality.in_((MirrorQuality.UNVERIFIED, MirrorQuality.FAITHFUL)),
                    address.state == State.ALIVE,
                ),
            )
        )
        for row in connection.execute(statement):
            found[row.original_id].append(
                StoredMemento(
                    mirror_id=row.id,
                    link_id=row.link_id,
                    url=row.url,
                    original=row.of,
                    timestamp=row.timestamp or format_timestamp(row.captured_at),
                    captured_at=row.captured_at,
                    service=row.service,
                )
            )
    read_on = read_dates(connection, found)
    for link_id, mementos in found.items():
        wanted = end_of_day(read_on.get(link_id))
        mementos.sort(key=lambda memento: _rank(memento, wanted))
    return found


def _rank(memento: StoredMemento, wanted: datetime | None) -> tuple[bool, float]:
    """How far a memento is from the day its link was read. Where nobody knows that, the newest of others: ours are of days we chose."""
    if wanted is None:
        return memento.service == LOCAL, -memento.captured_at.timestamp()
    return False, abs((memento.captured_at - wanted).total_seconds())


def read_dates(connection: Connection, link_ids: Collection[int]) -> Mapping[int, date]:
    """Map links to the earliest day an author read them, else to the earliest date of a page that cites them, else to the day the first
    citation of them came into the wiki, as far as anything tells.
    """
    days: dict[int, date] = {}
    for some in chunks(sorted(link_ids)):
        statement = (
            select(
                CitationRow.link_id,
                *(
                    func.min(day).label(day.key)
                    for day in (CitationRow.accessed, PageRow.dated, CitationRow.added)
                ),
            )
            .join(PageRow, PageRow.id == CitationRow.page_id)
            .where(CitationRow.link_id.in_(some), CitationRow.gone_run_id.is_(None))
            .group_by(CitationRow.link_id)
        )
        days |= {
            row.link_id: day
            for row in connection.execute(statement)
            if (day := row.accessed or row.dated or row.added)
        }
    return days
