"""The tables of what is probed: runs, hosts, links, mirrors, probes and spans."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, SmallInteger, String, text
from sqlalchemy.orm import Mapped, mapped_column

from store.schema.column_types import EnumText, StringList
from store.schema.models.base import HASH_LENGTH, Base, TrackedStateColumns, hash_of_column
from store.vocabulary import MirrorOrigin, MirrorQuality, Reason, Role, Spelling, State, Verdict


class RunRow(Base):
    """One job: what command it was, how it ended, and the totals it counted."""

    __tablename__ = "run"

    id: Mapped[int] = mapped_column(primary_key=True)
    command: Mapped[str]
    started_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
    outcome: Mapped[str | None]  # a `store.work.runs.RunOutcome`
    owner: Mapped[str]  # the process, as `store.work.lease_owners` names it
    version: Mapped[str]  # of Holdfast
    # The wikis that the run covered completely; None for all wikis.
    wikis: Mapped[list[str] | None] = mapped_column(JSON(none_as_null=True))
    totals: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)


class HostRow(TrackedStateColumns, Base):
    """A download slot: the host (or archive service) whose requests share a rate limit and a lease.

    It has a tracked state of its own, with one entry for each run that requested something.
    """

    __tablename__ = "host"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    name_hash: Mapped[str] = mapped_column(
        String(HASH_LENGTH), unique=True, default=hash_of_column("name")
    )
    next_allowed_at: Mapped[datetime | None]  # no request before; passed on between lease holders
    # Milliseconds between requests that the host's rate limiting enforced during its last lease.
    observed_interval_ms: Mapped[int | None]
    lease_owner: Mapped[str | None]
    lease_token: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    lease_until: Mapped[datetime | None]
    # The probe of a random URL, as a control: the response to a page that does not exist.
    sibling: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    sibling_at: Mapped[datetime | None]
    # When its robots.txt was last read for `LinkRow.refused_robot`.
    robots_read_at: Mapped[datetime | None]
    # When its sitemaps were last read to look for blocked links.
    listing_read_at: Mapped[datetime | None]


class LinkRow(TrackedStateColumns, Base):
    """A URL that is probed: a cited original (role link) or a mirror's own URL (role mirror)."""

    __tablename__ = "link"
    __table_args__ = (
        # Not partial: SQLite cannot conclude from a bound value that a partial index applies.
        Index("ix_link_due", "next_probe_at", "role"),
        Index("ix_link_host_due", "host_id", "next_probe_at"),
        Index("ix_link_state", "state", "changed_run_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str]  # equal for all spellings of one URL (`crawler.http.urls.link_key`)
    key_hash: Mapped[str] = mapped_column(
        String(HASH_LENGTH), unique=True, default=hash_of_column("key")
    )
    url: Mapped[str]  # as first written; this is what is requested
    role: Mapped[Role] = mapped_column(EnumText(Role))
    host_id: Mapped[int] = mapped_column(ForeignKey("host.id"))
    first_run_id: Mapped[int] = mapped_column(ForeignKey("run.id"))

    status_code: Mapped[int | None] = mapped_column(SmallInteger)
    final_url: Mapped[str | None]
    redirects: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    warnings: Mapped[tuple[str, ...]] = mapped_column(StringList, default=list, server_default="[]")
    # The validators of the last complete response (`vocabulary.Validators`).
    validators: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    # Fragments that citations name and the page, when it was last read, did not have.
    missing_fragments: Mapped[tuple[str, ...]] = mapped_column(
        StringList, default=list, server_default="[]"
    )
    # The robot of a public archive that robots.txt keeps from the page; "" if it refuses none of
    # them, None while that is not known.
    refused_robot: Mapped[str | None]
    # The sitemap or feed of the site that lists the link, and when it was read.
    listed_at: Mapped[datetime | None]
    listed_by: Mapped[str | None]
    previous_state: Mapped[State | None] = mapped_column(EnumText(State))
    # The run in which `state` last changed.
    changed_run_id: Mapped[int | None] = mapped_column(ForeignKey("run.id"))


class MirrorRow(Base):
    """An archive copy: its service and capture time, and the link that it is a copy of.

    The copy's own URL is a row of `link` with role mirror, which has at most one row here.
    """

    __tablename__ = "mirror"
    __table_args__ = (Index("ix_mirror_original_id", "original_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    link_id: Mapped[int] = mapped_column(ForeignKey("link.id"), unique=True)  # its own URL
    # None while it is not known what it is a copy of.
    original_id: Mapped[int | None] = mapped_column(ForeignKey("link.id"))
    original_source: Mapped[str | None]
    service: Mapped[str]
    timestamp: Mapped[str] = mapped_column(String(14))
    snapshot_id: Mapped[str]
    captured_at: Mapped[datetime | None]
    origin: Mapped[MirrorOrigin] = mapped_column(EnumText(MirrorOrigin))
    status_at_capture: Mapped[int | None] = mapped_column(SmallInteger)
    # How the archive spells the original's URL.
    spelling: Mapped[Spelling] = mapped_column(
        EnumText(Spelling), default=Spelling.SAME, server_default="same"
    )
    # As of the latest review (`vocabulary.MirrorAssessment`).
    quality: Mapped[MirrorQuality] = mapped_column(
        EnumText(MirrorQuality), default=MirrorQuality.UNVERIFIED, server_default="unverified"
    )
    flaw: Mapped[str] = mapped_column(default="", server_default="")
    drift_seconds: Mapped[int | None]
    same_address: Mapped[bool | None]
    reviewed_at: Mapped[datetime | None]
    # Its images, style sheets and frames that were asked for, and those the archive does not have.
    parts_checked: Mapped[int | None] = mapped_column(SmallInteger)
    parts_missing: Mapped[int | None] = mapped_column(SmallInteger)
    parts_checked_at: Mapped[datetime | None]
    parts_due_at: Mapped[datetime | None]  # when they are asked for next; None: as soon as possible
    first_run_id: Mapped[int] = mapped_column(ForeignKey("run.id"))


class ProbeRow(Base):
    """One probe, stored whole so that it can be judged again.

    It is deleted after `history.keep_probes_days`, unless it is the latest of its link.
    """

    __tablename__ = "probe"
    __table_args__ = (
        Index("ix_probe_link_id_started_at", "link_id", "started_at"),
        Index("ix_probe_started_at", "started_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    link_id: Mapped[int] = mapped_column(ForeignKey("link.id"))
    run_id: Mapped[int] = mapped_column(ForeignKey("run.id"))
    started_at: Mapped[datetime]
    finished_at: Mapped[datetime]
    verdict: Mapped[Verdict] = mapped_column(EnumText(Verdict))
    reason: Mapped[Reason] = mapped_column(EnumText(Reason))
    detail: Mapped[str]
    requests: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    evidence: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))


class SpanRow(Base):
    """Consecutive probes of one link with the same verdict and reason. Spans are never deleted.

    Order a link's spans by their ids: times come from a clock, which may have been set back.
    """

    __tablename__ = "span"
    __table_args__ = (Index("ix_span_link_id", "link_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    link_id: Mapped[int] = mapped_column(ForeignKey("link.id"))
    verdict: Mapped[Verdict] = mapped_column(EnumText(Verdict))
    reason: Mapped[Reason] = mapped_column(EnumText(Reason))
    first_at: Mapped[datetime]
    last_at: Mapped[datetime]
    probes: Mapped[int]
    first_run_id: Mapped[int] = mapped_column(ForeignKey("run.id"))
    last_run_id: Mapped[int] = mapped_column(ForeignKey("run.id"))
    # The run in which the link was confirmed broken.
    confirmed_run_id: Mapped[int | None] = mapped_column(ForeignKey("run.id"))
