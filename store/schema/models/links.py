"""The tables of what is probed: runs, hosts, links, mirrors, probes and spans."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import (
    JSON,
    Boolean,
    ColumnElement,
    ForeignKey,
    Index,
    Integer,
    SmallInteger,
    String,
    text,
)

from store.schema.column_types import EnumText, StorableText, StringList, UtcDateTime
from store.schema.models.base import (
    HASH_LENGTH,
    Base,
    TrackedStateColumns,
    hash_of_column,
    not_null,
    nullable,
)
from store.vocabulary import MirrorOrigin, MirrorQuality, Reason, Role, Spelling, State, Verdict


class RunRow(Base):
    """One run of a job: its command, its outcome, and the totals that it counted."""

    __tablename__ = "run"

    id: ColumnElement[int] = not_null(Integer, primary_key=True)
    command: ColumnElement[str] = not_null(StorableText)
    started_at: ColumnElement[datetime] = not_null(UtcDateTime)
    finished_at: ColumnElement[datetime | None] = nullable(UtcDateTime)
    outcome: ColumnElement[str | None] = nullable(StorableText)  # a `store.work.runs.RunOutcome`
    # The process, as `store.work.lease_owners` names it.
    owner: ColumnElement[str] = not_null(StorableText)
    version: ColumnElement[str] = not_null(StorableText)  # of Holdfast
    # The wikis that the run covered completely; None for all wikis.
    wikis: ColumnElement[list[str] | None] = nullable(JSON(none_as_null=True))
    # What the run counted (`Job.counts`), by the names of its counters.
    totals: ColumnElement[dict[str, Any]] = not_null(JSON, default=dict)


class HostRow(TrackedStateColumns, Base):
    """A download slot: the host (or archive service) whose requests share a rate limit and a lease.

    The tracked state is that of the host itself: each run that requested something counts as one
    probe.
    """

    __tablename__ = "host"

    id: ColumnElement[int] = not_null(Integer, primary_key=True)
    name: ColumnElement[str] = not_null(StorableText)
    name_hash: ColumnElement[str] = not_null(
        String(HASH_LENGTH), unique=True, default=hash_of_column("name")
    )
    # No request may be sent before this time, whichever process holds the lease.
    next_allowed_at: ColumnElement[datetime | None] = nullable(UtcDateTime)
    # Milliseconds between requests that the host's rate limiting enforced during its last lease.
    observed_interval_ms: ColumnElement[int | None] = nullable(Integer)
    lease_owner: ColumnElement[str | None] = nullable(StorableText)
    # Increased with each lease; a write with an older token is refused.
    lease_token: ColumnElement[int] = not_null(Integer, default=0, server_default=text("0"))
    lease_until: ColumnElement[datetime | None] = nullable(UtcDateTime)
    # The probes of random URLs and of marked cited pages (`store.work.host_knowledge`), and the
    # time of the newest one
    sibling: ColumnElement[dict[str, Any] | None] = nullable(JSON(none_as_null=True))
    sibling_at: ColumnElement[datetime | None] = nullable(UtcDateTime)
    # When its robots.txt was last read for `LinkRow.refused_robot`.
    robots_read_at: ColumnElement[datetime | None] = nullable(UtcDateTime)
    # When its sitemaps were last read to look for blocked links.
    listing_read_at: ColumnElement[datetime | None] = nullable(UtcDateTime)


class LinkRow(TrackedStateColumns, Base):
    """A URL that is probed: a cited original (role link) or a mirror's own URL (role mirror)."""

    __tablename__ = "link"
    __table_args__ = (
        # Not partial: SQLite cannot conclude from a bound value that a partial index applies.
        Index("ix_link_due", "next_probe_at", "role"),
        Index("ix_link_host_due", "host_id", "next_probe_at"),
        Index("ix_link_state", "state", "changed_run_id"),
    )

    id: ColumnElement[int] = not_null(Integer, primary_key=True)
    # Equal for all spellings of one URL (`crawler.http.urls.link_key`).
    key: ColumnElement[str] = not_null(StorableText)
    key_hash: ColumnElement[str] = not_null(
        String(HASH_LENGTH), unique=True, default=hash_of_column("key")
    )
    url: ColumnElement[str] = not_null(StorableText)  # as first written; this is what is requested
    role: ColumnElement[Role] = not_null(EnumText(Role))
    host_id: ColumnElement[int] = not_null(Integer, ForeignKey("host.id"))
    first_run_id: ColumnElement[int] = not_null(Integer, ForeignKey("run.id"))

    status_code: ColumnElement[int | None] = nullable(SmallInteger)
    final_url: ColumnElement[str | None] = nullable(StorableText)
    redirects: ColumnElement[int] = not_null(Integer, default=0, server_default=text("0"))
    warnings: ColumnElement[tuple[str, ...]] = not_null(
        StringList, default=list, server_default="[]"
    )
    # The validators of the last complete response (`vocabulary.Validators`).
    validators: ColumnElement[dict[str, Any] | None] = nullable(JSON(none_as_null=True))
    # Fragments that citations name and that the page did not have when it was last read.
    missing_fragments: ColumnElement[tuple[str, ...]] = not_null(
        StringList, default=list, server_default="[]"
    )
    # The robot of a public archive that robots.txt forbids to request the page; "" for none, None
    # if robots.txt was never read.
    refused_robot: ColumnElement[str | None] = nullable(StorableText)
    # When a sitemap or feed of the site that lists the link was read, and its URL.
    listed_at: ColumnElement[datetime | None] = nullable(UtcDateTime)
    listed_by: ColumnElement[str | None] = nullable(StorableText)
    previous_state: ColumnElement[State | None] = nullable(EnumText(State))
    # The run in which `state` last changed.
    changed_run_id: ColumnElement[int | None] = nullable(Integer, ForeignKey("run.id"))


class MirrorRow(Base):
    """An archive copy: its service and capture time, and the link that it is a copy of.

    The copy's own URL is a row of `link` with role mirror, which has at most one row here.
    """

    __tablename__ = "mirror"
    __table_args__ = (Index("ix_mirror_original_id", "original_id"),)

    id: ColumnElement[int] = not_null(Integer, primary_key=True)
    # Its own URL.
    link_id: ColumnElement[int] = not_null(Integer, ForeignKey("link.id"), unique=True)
    # None while it is not known what it is a copy of.
    original_id: ColumnElement[int | None] = nullable(Integer, ForeignKey("link.id"))
    # How that is known, a `vocabulary.OriginalSource`: from the mirror's URL, a title and so on.
    original_source: ColumnElement[str | None] = nullable(StorableText)
    service: ColumnElement[str] = not_null(StorableText)
    # The capture time as its URL has it: 4 to 14 digits, or "".
    timestamp: ColumnElement[str] = not_null(String(14))
    # The short id in the mirror's URL, on services that use one; "" on others.
    snapshot_id: ColumnElement[str] = not_null(StorableText)
    captured_at: ColumnElement[datetime | None] = nullable(UtcDateTime)
    origin: ColumnElement[MirrorOrigin] = not_null(EnumText(MirrorOrigin))
    status_at_capture: ColumnElement[int | None] = nullable(SmallInteger)
    # How the archive spells the original's URL.
    spelling: ColumnElement[Spelling] = not_null(
        EnumText(Spelling), default=Spelling.SAME, server_default="same"
    )
    # What the latest review found (`vocabulary.MirrorAssessment`): whether the content is usable,
    # what is wrong with it ("" if nothing), and the seconds from the capture time in the mirror's
    # URL to the capture that was shown.
    quality: ColumnElement[MirrorQuality] = not_null(
        EnumText(MirrorQuality), default=MirrorQuality.UNVERIFIED, server_default="unverified"
    )
    flaw: ColumnElement[str] = not_null(StorableText, default="", server_default="")
    drift_seconds: ColumnElement[int | None] = nullable(Integer)
    # Whether it is a copy of exactly the cited URL; None if that is not known.
    same_address: ColumnElement[bool | None] = nullable(Boolean)
    reviewed_at: ColumnElement[datetime | None] = nullable(UtcDateTime)
    # Number of its images, style sheets and frames that were looked for, and of those the archive
    # does not have.
    parts_checked: ColumnElement[int | None] = nullable(SmallInteger)
    parts_missing: ColumnElement[int | None] = nullable(SmallInteger)
    parts_checked_at: ColumnElement[datetime | None] = nullable(UtcDateTime)
    # When they are looked for next; None: as soon as possible.
    parts_due_at: ColumnElement[datetime | None] = nullable(UtcDateTime)
    first_run_id: ColumnElement[int] = not_null(Integer, ForeignKey("run.id"))


class ProbeRow(Base):
    """One probe, stored whole so that it can be judged again.

    It is deleted after `history.keep_probes_days`, unless it is the latest of its link.
    """

    __tablename__ = "probe"
    __table_args__ = (
        Index("ix_probe_link_id_started_at", "link_id", "started_at"),
        Index("ix_probe_started_at", "started_at"),
    )

    id: ColumnElement[int] = not_null(Integer, primary_key=True)
    link_id: ColumnElement[int] = not_null(Integer, ForeignKey("link.id"))
    run_id: ColumnElement[int] = not_null(Integer, ForeignKey("run.id"))
    started_at: ColumnElement[datetime] = not_null(UtcDateTime)
    finished_at: ColumnElement[datetime] = not_null(UtcDateTime)
    verdict: ColumnElement[Verdict] = not_null(EnumText(Verdict))
    reason: ColumnElement[Reason] = not_null(EnumText(Reason))
    detail: ColumnElement[str] = not_null(StorableText)
    requests: ColumnElement[list[dict[str, Any]]] = not_null(JSON)
    evidence: ColumnElement[dict[str, Any] | None] = nullable(JSON(none_as_null=True))


class SpanRow(Base):
    """Consecutive probes of one link with the same verdict and reason. Spans are never deleted.

    Order a link's spans by their ids: times come from a clock, which may have been set back.
    """

    __tablename__ = "span"
    __table_args__ = (Index("ix_span_link_id", "link_id"),)

    id: ColumnElement[int] = not_null(Integer, primary_key=True)
    link_id: ColumnElement[int] = not_null(Integer, ForeignKey("link.id"))
    verdict: ColumnElement[Verdict] = not_null(EnumText(Verdict))
    reason: ColumnElement[Reason] = not_null(EnumText(Reason))
    first_at: ColumnElement[datetime] = not_null(UtcDateTime)
    last_at: ColumnElement[datetime] = not_null(UtcDateTime)
    probes: ColumnElement[int] = not_null(Integer)
    first_run_id: ColumnElement[int] = not_null(Integer, ForeignKey("run.id"))
    last_run_id: ColumnElement[int] = not_null(Integer, ForeignKey("run.id"))
    # The run in which the link was confirmed broken.
    confirmed_run_id: ColumnElement[int | None] = nullable(Integer, ForeignKey("run.id"))
