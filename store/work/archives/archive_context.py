"""Read what archives and originals show about links: their next tracked state depends on it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from msgspec import Struct
from sqlalchemy import ColumnElement, Connection, func, or_, select

from store.schema.dialects import chunks
from store.schema.models import CaptureRow, LinkRow, LookupRow, MirrorRow, SpanRow, aliased
from store.vocabulary import (
    LIVING_STATES,
    LookupOutcome,
    Reason,
    Role,
    Spelling,
    TrackedState,
    Verdict,
)

# An archive that excludes the URL, or did not respond, does not show whether it has a capture.
_SHOWING_CAPTURES = (LookupOutcome.FOUND, LookupOutcome.NONE)
# Copies under other spellings do not show that this URL was served.
_SPELLINGS_OF_THE_URL = (Spelling.SAME, Spelling.ESCAPES, Spelling.QUERY_ORDER)


class Circumstances(Struct, frozen=True, kw_only=True):
    """The known facts about a link beside its own tracked state.

    Attributes:
        archived_since_failure: True if an archive captured the link with success since the first
            failure of the present series; False if an archive was checked since, and has no such
            capture; None if none was checked.
        original_alive: Whether a mirror's original is alive; None for links, and for mirrors of
            unknown originals.
    """

    archived_since_failure: bool | None
    original_alive: bool | None


NO_CIRCUMSTANCES = Circumstances(archived_since_failure=None, original_alive=None)


class ArchiveContext:
    """The circumstances of a batch of links, read in a few statements.

    Args:
        connection: A connection in a transaction.
        failing: Ids of failing links, for `archived_since_failure`.
        mirrors: Ids of mirrors, for `original_alive`.
    """

    def __init__(
        self, connection: Connection, *, failing: Sequence[int], mirrors: Sequence[int]
    ) -> None:
        self._captured_at = _last_captures(connection, failing)
        self._checked_at = _last_checks(connection, failing)
        self._original_alive = _living_originals(connection, mirrors)

    def circumstances_of(self, link_id: int, before: TrackedState) -> Circumstances:
        """Return the circumstances of a link.

        Args:
            link_id: The link.
            before: Its tracked state before the next probe.

        Returns:
            The circumstances.
        """
        failed_at = before.first_failed_at
        captured_at = self._captured_at.get(link_id)
        checked_at = self._checked_at.get(link_id)
        archived: bool | None = None
        if failed_at and captured_at and captured_at > failed_at:
            archived = True
        elif failed_at and checked_at and checked_at > failed_at:
            archived = False
        return Circumstances(
            archived_since_failure=archived, original_alive=self._original_alive.get(link_id)
        )


def _last_captures(connection: Connection, link_ids: Sequence[int]) -> dict[int, datetime]:
    """Map links to the time of their latest capture with status 2xx."""
    times: dict[int, datetime] = {}
    for batch in chunks(link_ids):
        statement = (
            select(MirrorRow.original_id, func.max(MirrorRow.captured_at).label("at"))
            .where(
                MirrorRow.original_id.in_(batch),
                MirrorRow.status_at_capture.between(200, 299),
                MirrorRow.spelling.in_(_SPELLINGS_OF_THE_URL),
            )
            .group_by(MirrorRow.original_id)
        )
        times |= {row.original_id: row.at for row in connection.execute(statement)}
    return times


def _last_checks(connection: Connection, link_ids: Sequence[int]) -> dict[int, datetime]:
    """Map links to the time when an archive last showed whether it could capture them.

    Returns:
        The time of the latest lookup that shows whether the archive has a capture, or of a later
        capture that failed because the link is missing.
    """
    times: dict[int, datetime] = {}
    for batch in chunks(link_ids):
        lookups = (
            select(LookupRow.link_id, func.max(LookupRow.requested_at).label("at"))
            .where(LookupRow.link_id.in_(batch), LookupRow.outcome.in_(_SHOWING_CAPTURES))
            .group_by(LookupRow.link_id)
        )
        times |= {row.link_id: row.at for row in connection.execute(lookups)}
        # An archive that requested the link itself and did not find it counts like a lookup.
        link = aliased(LinkRow)
        captures = (
            select(CaptureRow.link_id, func.max(CaptureRow.finished_at).label("at"))
            .join(link, link.id == CaptureRow.link_id)
            .where(
                CaptureRow.link_id.in_(batch),
                CaptureRow.finished_at.is_not(None),
                _shows_absence(link),
            )
            .group_by(CaptureRow.link_id)
        )
        for row in connection.execute(captures):
            times[row.link_id] = max(row.at, times.get(row.link_id, row.at))
    return times


def _shows_absence(link: type[LinkRow]) -> ColumnElement[bool]:
    """Return the condition that a failed capture shows that the link is missing for readers, too.

    A host name that does not exist shows it. A 404 shows it unless the host ever blocked us:
    LinkedIn and others send archives a 404 for pages that readers see.
    """
    link_of_host = aliased(LinkRow)
    refuses_programs = (
        select(SpanRow.id)
        .join(link_of_host, link_of_host.id == SpanRow.link_id)
        .where(
            link_of_host.host_id == link.host_id,
            link_of_host.role == Role.LINK,
            SpanRow.verdict == Verdict.BLOCKED,
        )
        .exists()
    )
    is_missing = (CaptureRow.observed_reason == Reason.NOT_FOUND) & ~refuses_programs
    return or_(CaptureRow.observed_reason == Reason.DOMAIN_NOT_FOUND, is_missing)


def _living_originals(connection: Connection, mirror_links: Sequence[int]) -> dict[int, bool]:
    """Map mirrors to whether their originals are alive. Those of unknown originals are left out."""
    alive: dict[int, bool] = {}
    for batch in chunks(mirror_links):
        statement = (
            select(MirrorRow.link_id, LinkRow.state)
            .join(LinkRow, LinkRow.id == MirrorRow.original_id)
            .where(MirrorRow.link_id.in_(batch))
        )
        for row in connection.execute(statement):
            alive[row.link_id] = row.state in LIVING_STATES
    return alive
