"""The tables of work with archives: lookups, captures, searches, proposals, comparisons.

Notifications that could not be sent are here, too.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import (
    JSON,
    Boolean,
    CheckConstraint,
    ColumnElement,
    Double,
    ForeignKey,
    Index,
    Integer,
    String,
    UniqueConstraint,
    text,
)

from store.schema.column_types import EnumText, StorableText, UtcDateTime
from store.schema.models.base import HASH_LENGTH, Base, hash_of_column, not_null, nullable
from store.vocabulary import (
    CaptureStatus,
    DriftOutcome,
    LookupOutcome,
    Reason,
    RetryWhen,
    SearchOutcome,
)


class LookupRow(Base):
    """The latest result of looking up the nearest snapshot of a link at one service."""

    __tablename__ = "lookup"

    link_id: ColumnElement[int] = not_null(Integer, ForeignKey("link.id"), primary_key=True)
    service: ColumnElement[str] = not_null(StorableText, primary_key=True)
    run_id: ColumnElement[int] = not_null(Integer, ForeignKey("run.id"))
    requested_at: ColumnElement[datetime] = not_null(UtcDateTime)
    outcome: ColumnElement[LookupOutcome] = not_null(EnumText(LookupOutcome))
    detail: ColumnElement[str] = not_null(StorableText)
    next_lookup_at: ColumnElement[datetime] = not_null(UtcDateTime)
    mirror_id: ColumnElement[int | None] = nullable(Integer, ForeignKey("mirror.id"))


class CaptureRow(Base):
    """Our request to an archive for a new mirror, from its queueing to the verified copy."""

    __tablename__ = "capture"
    __table_args__ = (
        CheckConstraint("tries >= 0", name="tries"),
        Index("ix_capture_status_next_try_at", "status", "next_try_at"),
        Index("ix_capture_link_id", "link_id"),
    )

    id: ColumnElement[int] = not_null(Integer, primary_key=True)
    link_id: ColumnElement[int] = not_null(Integer, ForeignKey("link.id"))
    service: ColumnElement[str] = not_null(StorableText)
    status: ColumnElement[CaptureStatus] = not_null(EnumText(CaptureStatus))
    queued_at: ColumnElement[datetime] = not_null(UtcDateTime)
    requested_at: ColumnElement[datetime | None] = nullable(UtcDateTime)
    finished_at: ColumnElement[datetime | None] = nullable(UtcDateTime)
    tries: ColumnElement[int] = not_null(Integer, default=0, server_default=text("0"))
    next_try_at: ColumnElement[datetime | None] = nullable(UtcDateTime)
    retry: ColumnElement[RetryWhen | None] = nullable(EnumText(RetryWhen))
    # The archive's id of the capture, by which a pending one is polled; "" if it gave none.
    job_id: ColumnElement[str] = not_null(StorableText, default="", server_default="")
    code: ColumnElement[str] = not_null(StorableText, default="", server_default="")
    detail: ColumnElement[str] = not_null(StorableText, default="", server_default="")
    # Why the archive itself could not read the link.
    observed_reason: ColumnElement[Reason | None] = nullable(EnumText(Reason))
    mirror_id: ColumnElement[int | None] = nullable(Integer, ForeignKey("mirror.id"))
    run_id: ColumnElement[int] = not_null(Integer, ForeignKey("run.id"))


class ArchivedPartRow(Base):
    """An image, style sheet or frame that an archive has or lacks; many pages may share it."""

    __tablename__ = "archived_part"

    service: ColumnElement[str] = not_null(StorableText, primary_key=True)
    url_hash: ColumnElement[str] = not_null(
        String(HASH_LENGTH), primary_key=True, default=hash_of_column("url")
    )
    url: ColumnElement[str] = not_null(StorableText)
    is_there: ColumnElement[bool] = not_null(Boolean)
    # The capture time of the copy nearest to `asked_for`; None if there is none, or it is unknown.
    captured_at: ColumnElement[datetime | None] = nullable(UtcDateTime)
    # The capture time of the page that the part belongs to: the copy nearest to it was looked for.
    asked_for: ColumnElement[datetime] = not_null(UtcDateTime)
    checked_at: ColumnElement[datetime] = not_null(UtcDateTime)


class SearchRow(Base):
    """The latest search for the new URL of a broken link, and its outcome."""

    __tablename__ = "search"

    link_id: ColumnElement[int] = not_null(Integer, ForeignKey("link.id"), primary_key=True)
    run_id: ColumnElement[int] = not_null(Integer, ForeignKey("run.id"))
    searched_at: ColumnElement[datetime] = not_null(UtcDateTime)
    outcome: ColumnElement[SearchOutcome] = not_null(EnumText(SearchOutcome))
    detail: ColumnElement[str] = not_null(StorableText)
    next_search_at: ColumnElement[datetime] = not_null(UtcDateTime)


class ProposalRow(Base):
    """A URL that may be the new one of a broken link (`vocabulary.MoveProposal`)."""

    __tablename__ = "proposal"
    __table_args__ = (UniqueConstraint("link_id", "url_hash"),)

    id: ColumnElement[int] = not_null(Integer, primary_key=True)
    link_id: ColumnElement[int] = not_null(Integer, ForeignKey("link.id"))
    url: ColumnElement[str] = not_null(StorableText)
    url_hash: ColumnElement[str] = not_null(String(HASH_LENGTH), default=hash_of_column("url"))
    confidence: ColumnElement[float] = not_null(Double)  # 0 to 1
    # Share of the old page's text that the new one has, 0 to 1; None: there was too little text.
    similarity: ColumnElement[float | None] = nullable(Double)
    evidence: ColumnElement[list[dict[str, str]]] = not_null(JSON)
    # The URL whose text was compared: a mirror's or the link's own; "" if no text was.
    compared_with: ColumnElement[str] = not_null(StorableText)
    found_at: ColumnElement[datetime] = not_null(UtcDateTime)  # by the first search that found it
    confirmed_at: ColumnElement[datetime] = not_null(UtcDateTime)  # by the last one
    run_id: ColumnElement[int] = not_null(Integer, ForeignKey("run.id"))


class ComparisonRow(Base):
    """The latest comparison of a living page with a memento of what was cited."""

    __tablename__ = "comparison"

    link_id: ColumnElement[int] = not_null(Integer, ForeignKey("link.id"), primary_key=True)
    mirror_id: ColumnElement[int] = not_null(Integer, ForeignKey("mirror.id"))
    run_id: ColumnElement[int] = not_null(Integer, ForeignKey("run.id"))
    compared_at: ColumnElement[datetime] = not_null(UtcDateTime)
    outcome: ColumnElement[DriftOutcome] = not_null(EnumText(DriftOutcome))
    # Share of the memento's main text that the page still has, 0 to 1.
    remaining_share: ColumnElement[float | None] = nullable(Double)
    detail: ColumnElement[str] = not_null(StorableText)
    # Pairs of a sign ("-" or "+") and the text that only one side has.
    passages: ColumnElement[list[list[str]]] = not_null(JSON)
    since: ColumnElement[datetime] = not_null(UtcDateTime)  # when the outcome was first this one
    next_comparison_at: ColumnElement[datetime] = not_null(UtcDateTime)


class PendingNotificationRow(Base):
    """A run whose notification could not be sent: the channel's next one includes its changes."""

    __tablename__ = "pending_notification"

    wiki: ColumnElement[str] = not_null(StorableText, primary_key=True)
    channel: ColumnElement[str] = not_null(StorableText, primary_key=True)  # webhook or mail
    run_id: ColumnElement[int] = not_null(Integer, ForeignKey("run.id"), primary_key=True)
    pending_since: ColumnElement[datetime] = not_null(UtcDateTime)
