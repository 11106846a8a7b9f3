"""Query the results of lookups and captures of given links, and the captures to verify."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import Connection, select

from store.schema.dialects import chunks
from store.schema.models import CaptureRow, LinkRow, LookupRow, MirrorRow
from store.vocabulary import LOCAL, CaptureStatus, LookupOutcome, MirrorOrigin, State


@dataclass(frozen=True, slots=True)
class ArchiveAttempt:
    """The results of the lookups and captures of a link so far.

    Attributes:
        lookup: The outcome of its lookups, the best of all archives; None before the first one.
        capture: The status of its latest capture; None if none was requested.
        code: The archive's code for the failure of that capture, or empty.
        detail: The archive's message about that failure, else the code.
    """

    lookup: LookupOutcome | None = None
    capture: CaptureStatus | None = None
    code: str = ""
    detail: str = ""


_BEST_LOOKUPS_FIRST = (
    LookupOutcome.FOUND,
    LookupOutcome.NONE,
    LookupOutcome.EXCLUDED,
    LookupOutcome.UNKNOWN,
)


def archive_attempts(
    connection: Connection, link_ids: Collection[int]
) -> Mapping[int, ArchiveAttempt]:
    """Return the results of public archives for links, by link id.

    Args:
        connection: A connection in a transaction.
        link_ids: The links.
    """
    found = dict.fromkeys(link_ids, ArchiveAttempt())
    for batch in chunks(sorted(link_ids)):
        lookups = select(LookupRow.link_id, LookupRow.outcome).where(LookupRow.link_id.in_(batch))
        for link_id, outcome in connection.execute(lookups):
            previous = found[link_id].lookup
            best = min((outcome, previous or outcome), key=_BEST_LOOKUPS_FIRST.index)
            found[link_id] = replace(found[link_id], lookup=best)
        captures = (
            select(CaptureRow.link_id, CaptureRow.status, CaptureRow.detail, CaptureRow.code)
            .where(CaptureRow.link_id.in_(batch), CaptureRow.service != LOCAL)
            .order_by(CaptureRow.id)
        )
        for link_id, status, detail, code in connection.execute(captures):
            found[link_id] = replace(
                found[link_id], capture=status, code=code, detail=detail or code
            )
    return found


def captures_to_verify(connection: Connection, link_ids: Collection[int]) -> Sequence[int]:
    """Return the mirrors of the given links that archives captured for us and were never probed.

    Args:
        connection: A connection in a transaction.
        link_ids: The originals. Mirrors in the local archive are left out.

    Returns:
        The ids of the mirrors' own links (`MirrorRow.link_id`).
    """
    found: list[int] = []
    for batch in chunks(sorted(link_ids)):
        statement = (
            select(MirrorRow.link_id)
            .join(LinkRow, LinkRow.id == MirrorRow.link_id)
            .where(
                MirrorRow.original_id.in_(batch),
                MirrorRow.origin == MirrorOrigin.CAPTURED,
                MirrorRow.service != LOCAL,
                LinkRow.state == State.UNCHECKED,
                LinkRow.probes == 0,
            )
        )
        found += connection.scalars(statement)
    return found
