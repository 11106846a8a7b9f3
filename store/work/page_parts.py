"""Select the copies whose parts are due, and store what archives have of their parts."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from msgspec import Struct
from sqlalchemy import Connection, ScalarSelect, delete, func, or_, select, update

from store.schema.dialects import chunks, insert_missing
from store.schema.models import (
    ArchivedPartRow,
    HostRow,
    LinkRow,
    MirrorRow,
    aliased,
    hash_text,
)
from store.vocabulary import (
    FAILING_STATES,
    LIVING_STATES,
    LOCAL,
    MirrorQuality,
    PageEvidence,
    format_timestamp,
)
from store.work.hosts import probes_since
from store.work.page_evidence import last_pages_seen
from store.work.scope import EVERYTHING, Scope

# An archive may need days until it replays all parts of a new capture.
_MIN_AGE = timedelta(days=3)
_MAX_COPIES = 2_000  # in a run; many of them may have no parts
# The columns of an `ArchivedPart`, by the names of its attributes
_PART_COLUMNS = (
    ArchivedPartRow.url,
    ArchivedPartRow.is_there,
    ArchivedPartRow.captured_at,
    ArchivedPartRow.asked_for.label("target_time"),
    ArchivedPartRow.checked_at,
)


class PartsTask(Struct, frozen=True, kw_only=True):
    """An archive copy whose parts are to be looked for.

    Attributes:
        mirror_id: The copy.
        url: Its URL.
        service: The archive.
        timestamp: The capture time as the archive names it.
        captured_at: The capture time.
        page: The evidence of its latest probe, which lists the parts.
    """

    mirror_id: int
    url: str
    service: str
    timestamp: str
    captured_at: datetime
    page: PageEvidence

    @property
    def has_parts(self) -> bool:
        """Return whether the page has any part to look for."""
        return bool(self.page.style_sheets or self.page.frames or self.page.images)


class ArchivedPart(Struct, frozen=True, kw_only=True):
    """The captures of one part of a page at an archive, near the page's capture time.

    Attributes:
        url: The part's own URL.
        is_there: Whether the archive has a capture of it near that time.
        captured_at: The time of the nearest capture; None if there is none, or its time is unknown.
        target_time: The capture time of the page (column `asked_for`).
        checked_at: When it was requested from the archive.
    """

    url: str
    is_there: bool
    captured_at: datetime | None
    target_time: datetime
    checked_at: datetime


class PartsFound(Struct, frozen=True, kw_only=True):
    """The parts of a copy that an archive has or lacks.

    Attributes:
        known: The parts of which it is known whether the archive has them.
        new: Those of `known` that were requested for this copy, and are to be stored. The rest of
            `known` was requested for another copy.
        unknown: The number of parts of which it is not known.
    """

    known: tuple[ArchivedPart, ...] = ()
    new: tuple[ArchivedPart, ...] = ()
    unknown: int = 0

    @property
    def missing(self) -> int:
        """The number of parts that the archive does not have near the copy's time."""
        return sum(not part.is_there for part in self.known)


def copies_to_check(
    connection: Connection,
    *,
    services: Collection[str],
    now: datetime,
    scope: Scope = EVERYTHING,
) -> Sequence[PartsTask]:
    """Return the living copies whose parts are due for a check, those that matter most first.

    The order is: copies of failing links with several copies, of other failing links, of other
    links with several copies, and all others; within each, copies that were never checked come
    first, then those that have been due longest. Captures of the last three days are left out.

    Args:
        connection: A connection in a transaction.
        services: The archives whose copies count.
        now: The time.
        scope: Only copies of links in this scope.

    Returns:
        The copies, also those without parts.
    """
    original = LinkRow  # not an alias: the scope's condition is about it
    mirror_link = aliased(LinkRow)
    is_failing = original.state.in_(FAILING_STATES)
    statement = (
        select(
            MirrorRow.id,
            MirrorRow.link_id,
            MirrorRow.service,
            MirrorRow.timestamp,
            MirrorRow.captured_at,
            mirror_link.url,
        )
        .join(mirror_link, mirror_link.id == MirrorRow.link_id)
        .join(original, original.id == MirrorRow.original_id)
        .where(
            MirrorRow.service.in_(sorted(services)),
            MirrorRow.captured_at <= now - _MIN_AGE,
            MirrorRow.quality != MirrorQuality.UNUSABLE,
            or_(MirrorRow.parts_due_at.is_(None), MirrorRow.parts_due_at <= now),
            mirror_link.state.in_(LIVING_STATES),
            scope.contains_link(),
        )
        .order_by(
            is_failing.desc(),
            (_number_of_copies() > 1).desc(),
            MirrorRow.parts_checked_at.is_not(None),
            # A check without a result is repeated soon: it must not delay those after it.
            MirrorRow.parts_due_at.nulls_first(),
            MirrorRow.id,
        )
        .limit(_MAX_COPIES)
    )
    return _tasks_from_rows(connection, connection.execute(statement).all())


def _number_of_copies() -> ScalarSelect[int]:
    """Select the number of public copies of the same original that may be usable."""
    other = aliased(MirrorRow)
    return (
        select(func.count(other.id))
        .where(
            other.original_id == MirrorRow.original_id,
            other.service != LOCAL,
            other.quality != MirrorQuality.UNUSABLE,
        )
        .correlate(MirrorRow)
        .scalar_subquery()
    )


def _tasks_from_rows(connection: Connection, rows: Sequence[Any]) -> Sequence[PartsTask]:
    """Return the tasks of copies, with the parts that their latest probes list."""
    pages = last_pages_seen(connection, [row.link_id for row in rows])
    return [
        PartsTask(
            mirror_id=row.id,
            url=row.url,
            service=row.service,
            timestamp=row.timestamp or format_timestamp(row.captured_at),
            captured_at=row.captured_at,
            page=pages.get(row.link_id, PageEvidence()),
        )
        for row in rows
    ]


def archived_parts(
    connection: Connection, service: str, urls: Collection[str], *, since: datetime
) -> Mapping[str, ArchivedPart]:
    """Return which of the given parts an archive has, by URL, if checked since a time."""
    hashes = sorted({hash_text(url) for url in urls})
    found: dict[str, ArchivedPart] = {}
    for batch in chunks(hashes):
        statement = select(ArchivedPartRow).where(
            ArchivedPartRow.service == service,
            ArchivedPartRow.url_hash.in_(batch),
            ArchivedPartRow.checked_at >= since,
        )
        for row in connection.execute(statement.with_only_columns(*_PART_COLUMNS)).mappings():
            found[row["url"]] = ArchivedPart(**row)
    return found


def record_parts(connection: Connection, service: str, parts: Collection[ArchivedPart]) -> None:
    """Store which of the given parts an archive has, replacing what is stored about these parts."""
    for part in parts:
        key = {"service": service, "url_hash": hash_text(part.url)}
        values = {
            "url": part.url,
            "is_there": part.is_there,
            "captured_at": part.captured_at,
            "asked_for": part.target_time,
            "checked_at": part.checked_at,
        }
        insert_missing(connection, ArchivedPartRow, [key | values])
        connection.execute(
            update(ArchivedPartRow)
            .where(
                ArchivedPartRow.service == service,
                ArchivedPartRow.url_hash == key["url_hash"],
            )
            .values(values)
        )


def delete_old_parts(connection: Connection, *, before: datetime) -> None:
    """Delete parts that were checked before a time: the archive may have captured them since."""
    connection.execute(delete(ArchivedPartRow).where(ArchivedPartRow.checked_at < before))


def record_part_counts(
    connection: Connection, mirror_id: int, *, checked: int, missing: int, at: datetime
) -> None:
    """Store how many parts of a copy were looked for, and how many the archive does not have."""
    connection.execute(
        update(MirrorRow)
        .where(MirrorRow.id == mirror_id)
        .values(parts_checked=checked, parts_missing=missing, parts_checked_at=at)
    )


def requests_since(
    connection: Connection, host: str, service: str, since: datetime, *, until: datetime
) -> int:
    """Count the probes of an archive's host and the requests for parts in a period.

    Args:
        connection: A connection in a transaction.
        host: The name of the archive's host.
        service: The archive.
        since: Only requests after this time.
        until: The time now.

    Returns:
        The number.
    """
    host_id = connection.scalar(select(HostRow.id).where(HostRow.name_hash == hash_text(host)))
    probes = 0
    if host_id is not None:
        probes = probes_since(connection, host_id, since, until=until)
    parts = select(func.count()).where(
        ArchivedPartRow.service == service, ArchivedPartRow.checked_at > since
    )
    return probes + (connection.scalar(parts) or 0)


def schedule_part_checks(
    connection: Connection, mirror_ids: Collection[int], *, at: datetime
) -> None:
    """Schedule when the parts of the given copies are looked for next."""
    for batch in chunks(sorted(mirror_ids)):
        connection.execute(update(MirrorRow).where(MirrorRow.id.in_(batch)).values(parts_due_at=at))
