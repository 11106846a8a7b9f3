"""What archives are asked, and what they answer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from store.vocabulary.verdicts import Reason

LOCAL = "local"  # the service that is an archive on a disk of one's own: read, and never asked


class MirrorOrigin(StrEnum):
    """How a mirror came to be known."""

    CITED = "cited"  # a page cites it
    FOUND = "found"  # a lookup found it in an archive
    CAPTURED = "captured"  # we asked for it


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """One memento as an archive lists it (a CDX row). `status` is the status at capture; None where the archive does not say."""

    service: str
    url: str  # the mirror's address (URI-M)
    original: str  # as the archive recorded it
    captured_at: datetime
    status: int | None = None
    mimetype: str = ""
    digest: str = ""


class LookupOutcome(StrEnum):
    """What asking an archive for snapshots came to."""

    FOUND = "found"
    NONE = "none"  # the archive answered: it has no snapshot
    EXCLUDED = "excluded"  # the archive will not show this address
    UNKNOWN = "unknown"  # no answer that parses: ask again


@dataclass(frozen=True, slots=True, kw_only=True)
class LookupResult:
    """The answer to "which snapshot is nearest?". `retry_after` is in seconds and set where the service asked for a pause."""

    outcome: LookupOutcome
    snapshot: Snapshot | None = None
    detail: str = ""
    retry_after: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SnapshotList:
    """The answer to "which snapshots are there?", none of them with `NONE`. `retry_after` is as in `Lookup`."""

    outcome: LookupOutcome
    snapshots: tuple[Snapshot, ...] = ()
    detail: str = ""
    retry_after: float | None = None


class CaptureStatus(StrEnum):
    """How far our request for a new mirror has come."""

    QUEUED = "queued"  # decided on, not yet asked
    REQUESTED = "requested"  # the request left; its answer is not known
    PENDING = "pending"  # the archive works on it
    CAPTURED = "captured"  # the archive says it made a snapshot
    VERIFIED = "verified"  # the snapshot was looked at and shows what was cited
    UNUSABLE = "captured-unusable"  # the snapshot shows something else
    FAILED = "failed"  # the archive could not or would not


class RetryWhen(StrEnum):
    """When a failed capture may be asked for again."""

    SOON = "soon"  # in this run, with backoff
    LATER = "later"  # in the next run
    TOMORROW = "tomorrow"  # after the service's quota day (UTC) ends
    NEVER = "never"


class FailureScope(StrEnum):
    """What a refused capture says something about, and so what has to wait."""

    LINK = "link"  # this link alone
    HOST = "host"  # every link of its host
    SERVICE = "service"  # everything the archive is asked for


@dataclass(frozen=True, slots=True, kw_only=True)
class CaptureResult:
    """What an archive answered to our request for a capture.

    `seen` is what the archive itself met at the link, where it says so: a second pair of eyes, from another place.
    """

    status: CaptureStatus
    snapshot: Snapshot | None = None
    job_id: str = ""
    code: str = ""  # the archive's own word for what went wrong
    detail: str = ""
    retry: RetryWhen = RetryWhen.NEVER
    retry_after: float | None = None  # seconds; the service asked for a pause
    failure_scope: FailureScope = FailureScope.LINK
    observed_reason: Reason | None = None


class MirrorQuality(StrEnum):
    """What a mirror is worth, as the latest look at its replay showed."""

    UNVERIFIED = "unverified"  # nobody looked yet, or the archive gave no answer
    FAITHFUL = "faithful"  # it replays what was cited, as captured then
    OTHER_CAPTURE = "other-capture"  # it replays, but another capture than the one named
    UNUSABLE = "unusable"  # it does not replay, or shows something else


@dataclass(frozen=True, slots=True, kw_only=True)
class MirrorAssessment:
    """What a look at a mirror's replay told. `flaw` says what is the matter, in a stable word or a few for a person."""

    quality: MirrorQuality = MirrorQuality.UNVERIFIED
    flaw: str = ""
    drift_seconds: int | None = None  # from the capture named to the one shown
    same_address: bool | None = None  # letter for letter, case and all; None: it does not tell
    status_at_capture: int | None = None
