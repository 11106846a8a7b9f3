"""Records of lookups and captures at archives, and of the review of a mirror.

A snapshot is an entry in an archive's index. A mirror is the URL of a snapshot as Holdfast stores
it. Users read "archive copy" for both.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from msgspec import Struct

from store.vocabulary.verdicts import Reason

LOCAL = "local"  # the service name of the local archive, to which no requests are sent


class MirrorOrigin(StrEnum):
    """The way a mirror came to be known."""

    CITED = "cited"  # a page cites it
    FOUND = "found"  # a lookup found it in an archive
    CAPTURED = "captured"  # an archive made it at our request


class Spelling(StrEnum):
    """The spellings of a cited URL in an archive, in the order of trust."""

    SAME = "same"  # except for scheme, `www.`, a trailing slash and the index page
    ESCAPES = "percent-escapes"  # equivalent percent-escapes
    QUERY_ORDER = "query-order"  # another order of the query's parameters
    TRACKING = "tracking-parameters"  # with or without tracking parameters
    SESSION = "session-id"  # with or without a session id, or with another one
    REDIRECT = "archived-redirect"  # where a captured redirect of the cited URL led to
    # As REDIRECT, but no other page of the folder shows that each page has a target of its own
    LONE_REDIRECT = "lone-archived-redirect"
    HOST = "other-host"  # the page on a mobile or AMP host
    CASE = "letter-case"  # another case of path or query, which may be another page

    @property
    def needs_confirmation(self) -> bool:
        """Return whether such a copy counts only if its text confirms that it is the cited page."""
        return self in (Spelling.LONE_REDIRECT, Spelling.HOST, Spelling.CASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """One memento as an archive lists it: a row of a CDX index or an entry of a TimeMap."""

    service: str
    url: str  # the mirror's URL (URI-M)
    original: str  # the archived URL (URI-R), as the archive recorded it
    captured_at: datetime
    status: int | None = None  # HTTP status at capture; None where the archive does not list it
    mimetype: str = ""
    digest: str = ""
    spelling: Spelling = Spelling.SAME  # of the original, compared with the cited URL


class LookupOutcome(StrEnum):
    """The outcome of looking up snapshots at an archive."""

    FOUND = "found"
    NONE = "none"  # the archive responded: it has no snapshot
    EXCLUDED = "excluded"  # the archive does not show this URL
    UNKNOWN = "unknown"  # no response that could be parsed: look it up again


# The detail of the outcome `EXCLUDED` for a URL that is not sent to archives
NOT_LOOKED_UP: Final = "not looked up: private host or secret in the URL"
# Outcomes that show whether the archive has a snapshot that it may show.
CONCLUSIVE_OUTCOMES: Final = (LookupOutcome.FOUND, LookupOutcome.NONE, LookupOutcome.EXCLUDED)


@dataclass(frozen=True, slots=True, kw_only=True)
class LookupResult:
    """The result of looking up the snapshot nearest to a time."""

    outcome: LookupOutcome
    snapshot: Snapshot | None = None
    detail: str = ""
    retry_after: float | None = None  # seconds; set where the service requested a pause
    unavailable: bool = False  # the service did not respond, refused us, or has an error


class SnapshotList(Struct, frozen=True, kw_only=True):
    """The result of listing the snapshots of a URL; empty with the outcome `NONE`."""

    outcome: LookupOutcome
    snapshots: tuple[Snapshot, ...] = ()
    detail: str = ""
    retry_after: float | None = None  # seconds; set where the service requested a pause
    unavailable: bool = False  # the service did not respond, refused us, or has an error


class CaptureStatus(StrEnum):
    """The progress of our request for a new mirror."""

    QUEUED = "queued"  # decided on, not yet requested
    REQUESTED = "requested"  # the request was sent; its result is not known
    PENDING = "pending"  # the archive is working on it
    CAPTURED = "captured"  # the archive reports a snapshot
    VERIFIED = "verified"  # the snapshot was probed and shows what was cited
    UNUSABLE = "captured-unusable"  # the snapshot shows something else
    FAILED = "failed"  # the archive could not make it, or refused


class RetryWhen(StrEnum):
    """The time at which a failed capture may be requested again."""

    SOON = "soon"  # in this run, with backoff
    LATER = "later"  # in the next run
    TOMORROW = "tomorrow"  # after the service's daily quota period (UTC) ends
    NEVER = "never"


class FailureScope(StrEnum):
    """The scope of a failed capture: the captures that have to wait."""

    LINK = "link"  # this link alone
    HOST = "host"  # every link of its host
    SERVICE = "service"  # every request to the archive


# The code of a capture that was refused until other captures of the account have ended
SESSION_LIMIT: Final = "user-session-limit"
# The codes of captures that were refused by a limit for us, and not because of the link
LIMIT_CODES: Final = frozenset(
    {
        SESSION_LIMIT,
        "rate-limited",
        "daily-limit",
        "max-daily-bandwidth",
        "max-daily-bandwidth-from-ip",
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class CaptureResult:
    """An archive's response to our request for a capture."""

    status: CaptureStatus
    snapshot: Snapshot | None = None
    job_id: str = ""  # the archive's identifier of the request
    code: str = ""  # the archive's own error code
    detail: str = ""
    retry: RetryWhen = RetryWhen.NEVER
    retry_after: float | None = None  # seconds; set where the service requested a pause
    # Whether the service stated `retry_after`; otherwise it is our default.
    is_pause_stated: bool = False
    failure_scope: FailureScope = FailureScope.LINK
    was_requested: bool = True  # otherwise it counts as no try
    # Why the archive itself could not read the link: an observation from another network
    observed_reason: Reason | None = None


class MirrorQuality(StrEnum):
    """The quality of a mirror, as its latest probe showed it."""

    UNVERIFIED = "unverified"  # not probed yet, or the archive did not respond
    FAITHFUL = "faithful"  # it replays what was cited, as captured at the named time
    OTHER_CAPTURE = "other-capture"  # it replays, but another capture than the one named
    UNUSABLE = "unusable"  # it does not replay, or shows something else


class MirrorAssessment(Struct, frozen=True, kw_only=True):
    """The result of reviewing a mirror's latest probe.

    Attributes:
        quality: What the probe showed about the mirror's content.
        flaw: What is wrong with the mirror, empty if nothing is. If its probe failed, this is the
            code of a `Reason`, with `: ` and the verdict's detail if there is one. Otherwise it is
            a phrase for a person.
        capture_offset_seconds: Seconds from the capture time in the mirror's URL to the capture
            that was shown, negative if an earlier one was. The column is `mirror.drift_seconds`.
        same_address: Whether it is a copy of exactly the cited URL, in the same case. None if the
            mirror does not say.
        status_at_capture: HTTP status of the archived response, if known.
    """

    quality: MirrorQuality = MirrorQuality.UNVERIFIED
    flaw: str = ""
    capture_offset_seconds: int | None = None
    same_address: bool | None = None
    status_at_capture: int | None = None
