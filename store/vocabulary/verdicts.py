"""What a probe means, and what all probes of a link mean together."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum


class Role(StrEnum):
    """What a probed URL is to us."""

    LINK = "link"  # a cited original
    MIRROR = "mirror"  # an archive copy of one


class Verdict(StrEnum):
    """What one probe means."""

    ALIVE = "alive"  # the cited thing is served here
    MOVED = "moved"  # served, and the server says permanently elsewhere
    BROKEN = "broken"  # a reader would not find it
    BLOCKED = "blocked"  # the server answers us with no; a reader may well see it
    UNSURE = "unsure"  # we could not find out, or the answer says nothing about the link
    SKIPPED = "skipped"  # never asked


class Reason(StrEnum):
    """Why a verdict is what it is. The values are stable: they stand in the database, in JSON and in the docs."""

    # alive
    OK = "ok"
    CANONICALISED = "canonicalised"  # scheme, www., slash, case of host, index page
    REDIRECTED_TEMPORARILY = "redirected-temporarily"
    # moved
    MOVED_PERMANENTLY = "moved-permanently"
    # broken
    NOT_FOUND = "not-found"
    GONE = "gone"
    DOMAIN_NOT_FOUND = "domain-not-found"
    CONNECTION_REFUSED = "connection-refused"
    CONNECTION_RESET = "connection-reset"
    TLS_ERROR = "tls-error"
    SERVER_ERROR = "server-error"
    TIMEOUT = "timeout"
    REDIRECT_LOOP = "redirect-loop"
    TOO_MANY_REDIRECTS = "too-many-redirects"
    BAD_RESPONSE = "bad-response"
    SOFT_404 = "soft-404"
    REDIRECTED_TO_HOME = "redirected-to-home"
    PARKED = "parked"
    HIJACKED = "hijacked"
    HOST_DOWN = "host-down"
    # blocked
    FORBIDDEN = "forbidden"
    UNAUTHORIZED = "unauthorized"
    LOGIN_WALL = "login-wall"
    PAYWALL = "paywall"
    CHALLENGE = "challenge"
    RATE_LIMITED = "rate-limited"
    LEGAL = "legal"
    GEO = "geo"
    # unsure
    NETWORK_DOWN = "network-down"
    DNS_FAILURE = "dns-failure"
    CLIENT_ERROR = "client-error"  # any other 4xx
    HOST_PAUSED = "host-paused"  # not asked: its host failed too often in this run
    INTERRUPTED = "interrupted"
    INTERNAL_ERROR = "internal-error"  # a mistake in Holdfast itself
    # skipped
    EXCLUDED = "excluded"
    UNSAFE_ADDRESS = "unsafe-address"
    UNSUPPORTED_SCHEME = "unsupported-scheme"
    INVALID_URL = "invalid-url"
    ROBOTS = "robots"


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """A verdict with its reason. `target` is where a moved link went; `warnings` are stable words (`fragment-missing`)."""

    verdict: Verdict
    reason: Reason
    detail: str = ""
    target: str | None = None
    status_code: int | None = None
    warnings: tuple[str, ...] = ()
    retry_at: datetime | None = None  # a floor the server set (Retry-After)


class State(StrEnum):
    """What the history of a link or mirror means."""

    UNCHECKED = "unchecked"  # never asked with an answer
    ALIVE = "alive"
    MOVED = "moved"
    SUSPECT = "suspect"  # failing, not yet confirmed
    BROKEN = "broken"  # confirmed over several probes and days
    BLOCKED = "blocked"
    UNSURE = "unsure"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class TrackedState:
    """Where the history of one link or mirror stands after its latest probe. The state machine maps one standing to the next."""

    role: Role = Role.LINK
    state: State = State.UNCHECKED
    verdict: Verdict | None = None
    reason: Reason | None = None
    detail: str = ""
    note: str = ""  # a stable word, `unreachable-from-here` or empty
    state_since: datetime | None = None
    first_failed_at: datetime | None = None  # of the present row of broken probes
    last_alive_at: datetime | None = None  # last alive or moved
    checked_at: datetime | None = None
    next_probe_at: datetime | None = None  # None: never (skipped); a new link is due at once
    consecutive_failures: int = 0
    probes: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryPolicy:
    """The settings of the state machine (`[history]` of the configuration)."""

    confirm_failures: int = 3
    confirm_span: timedelta = timedelta(days=6)
    confirm_span_hard: timedelta = timedelta(days=6)  # for not-found, gone, domain-not-found
    suspect_waits: tuple[timedelta, ...] = (
        timedelta(hours=1),
        timedelta(days=1),
        timedelta(days=3),
        timedelta(days=2),
    )
    alive_wait: timedelta = timedelta(days=7)
    mirror_wait: timedelta = timedelta(days=90)
    broken_wait: timedelta = timedelta(days=14)  # doubled with age up to broken_wait_longest
    broken_wait_longest: timedelta = timedelta(days=90)
    unsure_wait: timedelta = timedelta(days=1)
    jitter: float = 0.1  # a wait grows by up to this share
