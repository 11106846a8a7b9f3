"""The tables of work with archives: lookups, captures, searches, proposals, comparisons.

Notifications that could not be sent are here, too.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from store.schema.column_types import EnumText
from store.schema.models.base import HASH_LENGTH, Base, hash_of_column
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

    link_id: Mapped[int] = mapped_column(ForeignKey("link.id"), primary_key=True)
    service: Mapped[str] = mapped_column(primary_key=True)
    run_id: Mapped[int] = mapped_column(ForeignKey("run.id"))
    requested_at: Mapped[datetime]
    outcome: Mapped[LookupOutcome] = mapped_column(EnumText(LookupOutcome))
    detail: Mapped[str]
    next_lookup_at: Mapped[datetime]
    mirror_id: Mapped[int | None] = mapped_column(ForeignKey("mirror.id"))


class CaptureRow(Base):
    """Our request to an archive for a new mirror, from the decision to the verified copy."""

    __tablename__ = "capture"
    __table_args__ = (
        CheckConstraint("tries >= 0", name="tries"),
        Index("ix_capture_status_next_try_at", "status", "next_try_at"),
        Index("ix_capture_link_id", "link_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    link_id: Mapped[int] = mapped_column(ForeignKey("link.id"))
    service: Mapped[str]
    status: Mapped[CaptureStatus] = mapped_column(EnumText(CaptureStatus))
    queued_at: Mapped[datetime]
    requested_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    tries: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    next_try_at: Mapped[datetime | None]
    retry: Mapped[RetryWhen | None] = mapped_column(EnumText(RetryWhen))
    job_id: Mapped[str] = mapped_column(default="", server_default="")
    code: Mapped[str] = mapped_column(default="", server_default="")
    detail: Mapped[str] = mapped_column(default="", server_default="")
    # What the archive itself met when it requested the link.
    observed_reason: Mapped[Reason | None] = mapped_column(EnumText(Reason))
    mirror_id: Mapped[int | None] = mapped_column(ForeignKey("mirror.id"))
    run_id: Mapped[int] = mapped_column(ForeignKey("run.id"))


class ArchivedPartRow(Base):
    """An image, style sheet or frame that an archive has or lacks; many pages may share it."""

    __tablename__ = "archived_part"

    service: Mapped[str] = mapped_column(primary_key=True)
    url_hash: Mapped[str] = mapped_column(
        String(HASH_LENGTH), primary_key=True, default=hash_of_column("url")
    )
    url: Mapped[str]
    is_there: Mapped[bool]
    captured_at: Mapped[datetime | None]  # of the capture nearest to `asked_for`, if there is one
    asked_for: Mapped[datetime]  # the capture time of the page whose part it is
    checked_at: Mapped[datetime]


class SearchRow(Base):
    """The latest search for the new URL of a broken link, and its outcome."""

    __tablename__ = "search"

    link_id: Mapped[int] = mapped_column(ForeignKey("link.id"), primary_key=True)
    run_id: Mapped[int] = mapped_column(ForeignKey("run.id"))
    searched_at: Mapped[datetime]
    outcome: Mapped[SearchOutcome] = mapped_column(EnumText(SearchOutcome))
    detail: Mapped[str]
    next_search_at: Mapped[datetime]


class ProposalRow(Base):
    """A URL that may be the new one of a broken link (`vocabulary.MoveProposal`)."""

    __tablename__ = "proposal"
    __table_args__ = (UniqueConstraint("link_id", "url_hash"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    link_id: Mapped[int] = mapped_column(ForeignKey("link.id"))
    url: Mapped[str]
    url_hash: Mapped[str] = mapped_column(String(HASH_LENGTH), default=hash_of_column("url"))
    confidence: Mapped[float]
    similarity: Mapped[float | None]
    evidence: Mapped[list[dict[str, str]]] = mapped_column(JSON)
    compared_with: Mapped[str]
    found_at: Mapped[datetime]  # by the first search that found it
    confirmed_at: Mapped[datetime]  # by the last one
    run_id: Mapped[int] = mapped_column(ForeignKey("run.id"))


class ComparisonRow(Base):
    """The latest comparison of a living page with a memento of what was cited."""

    __tablename__ = "comparison"

    link_id: Mapped[int] = mapped_column(ForeignKey("link.id"), primary_key=True)
    mirror_id: Mapped[int] = mapped_column(ForeignKey("mirror.id"))
    run_id: Mapped[int] = mapped_column(ForeignKey("run.id"))
    compared_at: Mapped[datetime]
    outcome: Mapped[DriftOutcome] = mapped_column(EnumText(DriftOutcome))
    # Share of the memento's main text that the page still has, 0 to 1.
    remaining_share: Mapped[float | None]
    detail: Mapped[str]
    # Pairs of a sign ("-" or "+") and the text that only one side has.
    passages: Mapped[list[list[str]]] = mapped_column(JSON)
    since: Mapped[datetime]  # when the outcome was first this one
    next_comparison_at: Mapped[datetime]


class PendingNotificationRow(Base):
    """A run whose notification could not be sent: its news are part of the channel's next one."""

    __tablename__ = "pending_notification"

    wiki: Mapped[str] = mapped_column(primary_key=True)
    channel: Mapped[str] = mapped_column(primary_key=True)  # webhook or mail
    run_id: Mapped[int] = mapped_column(ForeignKey("run.id"), primary_key=True)
    pending_since: Mapped[datetime]
