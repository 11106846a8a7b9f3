"""The verdict of one probe, and the state that all probes of a link lead to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum


class Role(StrEnum):
    """What a probed URL is."""

    LINK = "link"  # a cited original
    MIRROR = "mirror"  # an archive copy of one


class Verdict(StrEnum):
    """The result of one probe."""

    ALIVE = "alive"  # the cited page is served at this URL
    MOVED = "moved"  # it is served after a permanent redirect
    BROKEN = "broken"  # a reader would not find it
    BLOCKED = "blocked"  # the server refuses our request; a reader may well see the page
    UNSURE = "unsure"  # no conclusion: no response, or one that says nothing about the link
    SKIPPED = "skipped"  # no request was made


class Reason(StrEnum):
    """The reason for a verdict.

    The values are stable: they are stored, and appear in JSON output and in the documentation.
    """

    # alive
    OK = "ok"
    CANONICALISED = "canonicalised"  # redirected to another scheme, www., slash, case, index page
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
    HOST_PAUSED = "host-paused"  # not requested: its host failed too often in this run
    INTERRUPTED = "interrupted"
    INTERNAL_ERROR = "internal-error"  # a bug in Holdfast
    # skipped
    EXCLUDED = "excluded"
    UNSAFE_ADDRESS = "unsafe-address"
    UNSUPPORTED_SCHEME = "unsupported-scheme"
    INVALID_URL = "invalid-url"
    ROBOTS = "robots"


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """A verdict with its reason."""

    verdict: Verdict
    reason: Reason
    detail: str = ""
    target: str | None = None  # the new URL of a moved link
    status_code: int | None = None
    warnings: tuple[str, ...] = ()  # stable words, such as `fragment-missing`
    retry_at: datetime | None = None  # no earlier probe: the server's Retry-After


class State(StrEnum):
    """The state that the history of a link or mirror leads to."""

    UNCHECKED = "unchecked"  # no probe with a conclusion yet
    ALIVE = "alive"
    MOVED = "moved"
    SUSPECT = "suspect"  # failing, not yet confirmed
    BROKEN = "broken"  # confirmed over several probes and days
    BLOCKED = "blocked"
    UNSURE = "unsure"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class TrackedState:
    """The state of a link, mirror or host after its latest probe, with what led to it.

    The state machine (`crawler.liveness.state_machine`) maps one tracked state to the next.
    """

    role: Role = Role.LINK
    state: State = State.UNCHECKED
    verdict: Verdict | None = None
    reason: Reason | None = None
    detail: str = ""
    note: str = ""  # a stable word: `unreachable-from-here`, or empty
    state_since: datetime | None = None
    first_failed_at: datetime | None = None  # first of the present series of broken probes
    last_alive_at: datetime | None = None  # last verdict alive or moved
    checked_at: datetime | None = None
    next_probe_at: datetime | None = None  # None: never (skipped); a new link is due at once
    consecutive_failures: int = 0
    probes: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryPolicy:
    """The settings of the state machine (`[history]` of the configuration)."""

    confirm_failures: int = 3
    confirm_span: timedelta = timedelta(days=6)
    confirm_span_definite: timedelta = timedelta(days=6)  # for not-found, gone, domain-not-found
    suspect_waits: tuple[timedelta, ...] = (
        timedelta(hours=1),
        timedelta(days=1),
        timedelta(days=3),
        timedelta(days=2),
    )
    alive_wait: timedelta = timedelta(days=7)
    mirror_wait: timedelta = timedelta(days=90)
    broken_wait: timedelta = timedelta(days=14)  # doubled with age, up to broken_wait_longest
    broken_wait_longest: timedelta = timedelta(days=90)
    unsure_wait: timedelta = timedelta(days=1)
    jitter: float = 0.1  # random extra share of each wait, 0 to 1
