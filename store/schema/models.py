"""The tables. What each word means stands in `store.vocabulary`; a picture of the whole is in docs/store.md.

A link and the address of a mirror are both rows of `link`, told apart by `role`: both are probed, have a state, spans and probes. What
makes a mirror a mirror (service, capture time, whose copy it is) stands in `mirror`, one row for each such link.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    CheckConstraint,
    ForeignKey,
    Index,
    MetaData,
    SmallInteger,
    String,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from store.schema.column_types import IsoDate, StorableText, UtcDateTime, EnumText, StringList
from store.vocabulary import (
    CaptureStatus,
    CitationKind,
    DriftOutcome,
    LookupOutcome,
    MirrorOrigin,
    MirrorQuality,
    Reason,
    RetryWhen,
    Role,
    SearchOutcome,
    State,
    Verdict,
)


class Base(DeclarativeBase):
    """All tables; constraint names are fixed from the first migration, so that later ones can find them."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {datetime: UtcDateTime, date: IsoDate, str: StorableText}  # noqa: RUF012  read once by SQLAlchemy


class TrackedStateColumns:
    """Where a history stands (`vocabulary.Standing`), in columns of its own so that no report has to read the history."""

    state: Mapped[State] = mapped_column(
        EnumText(State), default=State.UNCHECKED, server_default="unchecked"
    )
    verdict: Mapped[Verdict | None] = mapped_column(EnumText(Verdict))
    reason: Mapped[Reason | None] = mapped_column(EnumText(Reason))
    detail: Mapped[str] = mapped_column(default="", server_default="")
    note: Mapped[str] = mapped_column(default="", server_default="")
    state_since: Mapped[datetime | None]
    first_failed_at: Mapped[datetime | None]
    last_alive_at: Mapped[datetime | None]
    checked_at: Mapped[datetime | None]
    next_probe_at: Mapped[datetime | None]
    consecutive_failures: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    probes: Mapped[int] = mapped_column(default=0, server_default=text("0"))


class RunRow(Base):
    """One job: what was due, what was done, what it found."""

    __tablename__ = "run"

    id: Mapped[int] = mapped_column(primary_key=True)
    command: Mapped[str]
    started_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
    outcome: Mapped[str | None]  # finished, deadline, interrupted, network-down, failed
    owner: Mapped[str]  # host name and process id
    version: Mapped[str]  # of Holdfast
    wikis: Mapped[list[str] | None] = mapped_column(
        JSON(none_as_null=True)
    )  # those it was about, whole; None: all there are
    totals: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)


class HostRow(TrackedStateColumns, Base):
    """The party we are polite to: its lease, and a history of its own (one entry a run)."""

    __tablename__ = "host"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    next_allowed_at: Mapped[datetime | None]  # no request before; holders hand it on
    observed_interval_ms: Mapped[
        int | None
    ]  # between requests, as a host that slows us down made it in its last lease
    lease_owner: Mapped[str | None]
    lease_token: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    lease_until: Mapped[datetime | None]
    sibling: Mapped[dict[str, Any] | None] = mapped_column(
        JSON
    )  # the probe of an address nobody has: what the host says to nonsense
    sibling_at: Mapped[datetime | None]


class PageRow(Base):
    """One page of a wiki, as of its last scan."""

    __tablename__ = "page"
    __table_args__ = (UniqueConstraint("wiki", "path"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    wiki: Mapped[str] = mapped_column(default="", server_default="")
    path: Mapped[str]
    sha256: Mapped[str]
    encoding: Mapped[str]
    dialect: Mapped[str] = mapped_column(
        default="mkdocs", server_default="mkdocs"
    )  # it was read in (crawler.pages.Dialect)
    title: Mapped[str]
    dated: Mapped[date | None]
    anchors: Mapped[list[str]] = mapped_column(JSON)
    skipped: Mapped[dict[str, int]] = mapped_column(JSON)
    first_run_id: Mapped[int] = mapped_column(ForeignKey("run.id"))
    last_run_id: Mapped[int] = mapped_column(ForeignKey("run.id"))
    gone_run_id: Mapped[int | None] = mapped_column(
        ForeignKey("run.id")
    )  # the run that no longer found it


class LinkRow(TrackedStateColumns, Base):
    """A URL we probe, with its current standing: a cited original (role link) or the address of a mirror (role mirror)."""

    __tablename__ = "link"
    __table_args__ = (
        # Not partial: what is compared is a bound value, from which SQLite cannot conclude that a partial index would do.
        Index("ix_link_due", "next_probe_at", "role"),
        Index("ix_link_host_due", "host_id", "next_probe_at"),
        Index("ix_link_state", "state", "changed_run_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(unique=True)  # joins duplicates (crawler.http.urls.link_key)
    url: Mapped[str]  # as first written; what is requested
    role: Mapped[Role] = mapped_column(EnumText(Role))
    host_id: Mapped[int] = mapped_column(ForeignKey("host.id"))
    first_run_id: Mapped[int] = mapped_column(ForeignKey("run.id"))

    status_code: Mapped[int | None] = mapped_column(SmallInteger)
    final_url: Mapped[str | None]
    redirects: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    warnings: Mapped[tuple[str, ...]] = mapped_column(StringList, default=list, server_default="[]")
    previous_state: Mapped[State | None] = mapped_column(EnumText(State))
    changed_run_id: Mapped[int | None] = mapped_column(
        ForeignKey("run.id")
    )  # the run in which `state` last changed


class MirrorRow(Base):
    """What makes a link of role mirror an archive copy: where it lies, when it was taken, whose copy it is."""

    __tablename__ = "mirror"
    __table_args__ = (Index("ix_mirror_original_id", "original_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    link_id: Mapped[int] = mapped_column(ForeignKey("link.id"), unique=True)  # its own address
    original_id: Mapped[int | None] = mapped_column(
        ForeignKey("link.id")
    )  # None: not known whose copy it is
    original_source: Mapped[str | None]
    service: Mapped[str]
    timestamp: Mapped[str] = mapped_column(String(14))
    snapshot_id: Mapped[str]
    captured_at: Mapped[datetime | None]
    origin: Mapped[MirrorOrigin] = mapped_column(EnumText(MirrorOrigin))
    status_at_capture: Mapped[int | None] = mapped_column(SmallInteger)
    # as of the latest look at its replay (`vocabulary.MirrorHealth`)
    quality: Mapped[MirrorQuality] = mapped_column(
        EnumText(MirrorQuality), default=MirrorQuality.UNVERIFIED, server_default="unseen"
    )
    flaw: Mapped[str] = mapped_column(default="", server_default="")
    drift_seconds: Mapped[int | None]
    same_address: Mapped[bool | None]
    reviewed_at: Mapped[datetime | None]
    first_run_id: Mapped[int] = mapped_column(ForeignKey("run.id"))


class CitationRow(Base):
    """One place on a page that points to an external URL. Never deleted: `gone_run_id` tells which run no longer found it."""

    __tablename__ = "citation"
    __table_args__ = (
        Index("ix_citation_page_id", "page_id"),
        Index("ix_citation_link_id", "link_id"),
        Index("ix_citation_mirror_id", "mirror_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    page_id: Mapped[int] = mapped_column(ForeignKey("page.id"))
    link_id: Mapped[int | None] = mapped_column(
        ForeignKey("link.id")
    )  # the original; None: a mirror of an unknown one
    mirror_id: Mapped[int | None] = mapped_column(
        ForeignKey("mirror.id")
    )  # the mirror it points to, if it does
    line: Mapped[int]
    column: Mapped[int]
    start: Mapped[int]
    end: Mapped[int]
    url: Mapped[str]
    text: Mapped[str]
    title: Mapped[str | None]
    kind: Mapped[CitationKind] = mapped_column(EnumText(CitationKind))
    footnote: Mapped[str | None]
    section: Mapped[list[str]] = mapped_column(JSON)
    quoted: Mapped[bool]
    block: Mapped[int]
    notes: Mapped[tuple[str, ...] | None] = mapped_column(
        StringList
    )  # None: no footnote is marked right behind it
    accessed: Mapped[date | None]
    added: Mapped[
        date | None
    ]  # to the wiki, by its git history; not asked where `accessed` or the page's date is known
    published: Mapped[date | None]
    marked_dead: Mapped[str | None]
    salvaged: Mapped[bool]
    first_run_id: Mapped[int] = mapped_column(ForeignKey("run.id"))
    gone_run_id: Mapped[int | None] = mapped_column(ForeignKey("run.id"))


class InternalLinkRow(Base):
    """A link to a page, heading or file of the wiki itself, as of the page's last scan."""

    __tablename__ = "internal_link"
    __table_args__ = (Index("ix_internal_link_page_id", "page_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    page_id: Mapped[int] = mapped_column(ForeignKey("page.id"))
    line: Mapped[int]
    column: Mapped[int]
    start: Mapped[int]
    end: Mapped[int]
    target: Mapped[str]
    text: Mapped[str]
    path: Mapped[str | None]
    fragment: Mapped[str]
    wiki: Mapped[bool]  # written as a wikilink
    broken: Mapped[str | None]


class PageWarningRow(Base):
    """Something on a page a person should look at, as of its last scan."""

    __tablename__ = "page_warning"
    __table_args__ = (Index("ix_page_warning_page_id", "page_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    page_id: Mapped[int] = mapped_column(ForeignKey("page.id"))
    line: Mapped[int]
    code: Mapped[str]
    message: Mapped[str]


class ProbeRow(Base):
    """One probe as recorded, whole, so that it can be judged again. Kept for `history.keep_probes_days`."""

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
    """A stretch of time in which probes kept giving the same verdict and reason. Kept for ever.

    The order of a link's spans is that of their ids: their times are as the clock told them, and a clock may be set back.
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
    confirmed_run_id: Mapped[int | None] = mapped_column(
        ForeignKey("run.id")
    )  # the run from which on its link counted as broken


class LookupRow(Base):
    """The last answer of one service to "which snapshot of this link is nearest?"."""

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
    """Our request to an archive to make a new mirror, from asking to verified."""

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
    observed_reason: Mapped[Reason | None] = mapped_column(
        EnumText(Reason)
    )  # what the archive itself met at the link
    mirror_id: Mapped[int | None] = mapped_column(ForeignKey("mirror.id"))
    run_id: Mapped[int] = mapped_column(ForeignKey("run.id"))


class SearchRow(Base):
    """The last time a broken link's new address was looked for, and what came of it."""

    __tablename__ = "search"

    link_id: Mapped[int] = mapped_column(ForeignKey("link.id"), primary_key=True)
    run_id: Mapped[int] = mapped_column(ForeignKey("run.id"))
    searched_at: Mapped[datetime]
    outcome: Mapped[SearchOutcome] = mapped_column(EnumText(SearchOutcome))
    detail: Mapped[str]
    next_search_at: Mapped[datetime]


class ProposalRow(Base):
    """An address that may be the new one of a broken link, as of the last search that found it (`vocabulary.Proposal`)."""

    __tablename__ = "proposal"
    __table_args__ = (UniqueConstraint("link_id", "url"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    link_id: Mapped[int] = mapped_column(ForeignKey("link.id"))
    url: Mapped[str]
    confidence: Mapped[float]
    similarity: Mapped[float | None]
    evidence: Mapped[list[dict[str, str]]] = mapped_column(JSON)
    compared_with: Mapped[str]
    found_at: Mapped[datetime]  # first
    confirmed_at: Mapped[datetime]  # last
    run_id: Mapped[int] = mapped_column(ForeignKey("run.id"))


class ComparisonRow(Base):
    """The last time a living page was held against the memento of what was cited."""

    __tablename__ = "drift"

    link_id: Mapped[int] = mapped_column(ForeignKey("link.id"), primary_key=True)
    mirror_id: Mapped[int] = mapped_column(ForeignKey("mirror.id"))
    run_id: Mapped[int] = mapped_column(ForeignKey("run.id"))
    compared_at: Mapped[datetime]
    outcome: Mapped[DriftOutcome] = mapped_column(EnumText(DriftOutcome))
    remaining_share: Mapped[float | None]  # of the memento's main text, 0 to 1
    detail: Mapped[str]
    passages: Mapped[list[list[str]]] = mapped_column(JSON)  # sign and text of what differs
    since: Mapped[datetime]  # when the outcome was first this one
    next_comparison_at: Mapped[datetime]


class PendingNotificationRow(Base):
    """A run whose news did not arrive where a notice of them was sent: they are part of the next one there."""

    __tablename__ = "owed_notice"

    wiki: Mapped[str] = mapped_column(primary_key=True)
    channel: Mapped[str] = mapped_column(primary_key=True)  # webhook, mail
    run_id: Mapped[int] = mapped_column(ForeignKey("run.id"), primary_key=True)
    pending_since: Mapped[datetime]  # since when
