"""The verdict of one probe, and the state that follows from all probes of a link."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from msgspec import Struct


class Role(StrEnum):
    """The role of a probed URL."""

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


SERVED_VERDICTS: Final = (Verdict.ALIVE, Verdict.MOVED)  # the server sent the cited page


class Reason(StrEnum):
    """The reason for a verdict.

    The values are stable: they are stored, and appear in JSON output and in the documentation.
    """

    # alive
    OK = "ok"  # served with a success status
    CANONICALISED = "canonicalised"  # redirected to another scheme, www., slash, case, index page
    REDIRECTED_TEMPORARILY = "redirected-temporarily"  # served after a temporary redirect
    # moved
    MOVED_PERMANENTLY = "moved-permanently"  # served after permanent redirects only
    # broken
    NOT_FOUND = "not-found"  # status 404
    GONE = "gone"  # status 410
    DOMAIN_NOT_FOUND = "domain-not-found"  # the host name does not exist
    CONNECTION_REFUSED = "connection-refused"  # the host refused the connection
    CONNECTION_RESET = "connection-reset"  # the connection broke before the response
    TLS_ERROR = "tls-error"  # the TLS handshake failed or the certificate is invalid
    SERVER_ERROR = "server-error"  # status 5xx
    TIMEOUT = "timeout"  # no response in time
    REDIRECT_LOOP = "redirect-loop"  # a redirect led back to a URL of the chain
    TOO_MANY_REDIRECTS = "too-many-redirects"  # the chain of redirects is too long
    BAD_RESPONSE = "bad-response"  # not HTTP, cut off, or an invalid redirect
    SOFT_404 = "soft-404"  # a page that says "not found" with a success status
    REDIRECTED_TO_HOME = "redirected-to-home"  # a deep URL redirects to a home page
    PARKED = "parked"  # the domain is parked, for sale or suspended
    HIJACKED = "hijacked"  # the domain serves unrelated content
    HOST_DOWN = "host-down"  # not requested: its host is broken
    # blocked
    FORBIDDEN = "forbidden"  # status 403
    UNAUTHORIZED = "unauthorized"  # status 401 or 407
    LOGIN_WALL = "login-wall"  # a login is required
    PAYWALL = "paywall"  # a subscription is required
    CRAWL_FEE = "crawl-fee"  # status 402 with a price for programs; readers see the page
    CHALLENGE = "challenge"  # a CAPTCHA or bot check
    RATE_LIMITED = "rate-limited"  # status 429
    LEGAL = "legal"  # status 451
    GEO = "geo"  # refused for the visitor's country
    # unsure
    NETWORK_DOWN = "network-down"  # no route: our own network failed
    DNS_FAILURE = "dns-failure"  # the name server did not respond
    CLIENT_ERROR = "client-error"  # any other status 4xx
    CLIENT_LIMIT = "client-limit"  # what only browsers can do is needed
    HOST_PAUSED = "host-paused"  # not requested: its host failed too often in this run
    INTERRUPTED = "interrupted"  # the probe did not finish
    INTERNAL_ERROR = "internal-error"  # a bug in Holdfast
    # skipped
    EXCLUDED = "excluded"  # excluded by the configuration
    UNSAFE_ADDRESS = "unsafe-address"  # the address is in a private network
    UNSUPPORTED_SCHEME = "unsupported-scheme"  # neither http nor https
    INVALID_URL = "invalid-url"  # the URL cannot be requested
    ROBOTS = "robots"  # disallowed by robots.txt
    CAPTURE_REQUEST = "capture-request"  # a request for it makes an archive copy a page


_REASONS: Final[dict[Verdict, tuple[Reason, ...]]] = {
    Verdict.ALIVE: (Reason.OK, Reason.CANONICALISED, Reason.REDIRECTED_TEMPORARILY),
    Verdict.MOVED: (Reason.MOVED_PERMANENTLY,),
    Verdict.BROKEN: (
        Reason.NOT_FOUND,
        Reason.GONE,
        Reason.DOMAIN_NOT_FOUND,
        Reason.CONNECTION_REFUSED,
        Reason.CONNECTION_RESET,
        Reason.TLS_ERROR,
        Reason.SERVER_ERROR,
        Reason.TIMEOUT,
        Reason.REDIRECT_LOOP,
        Reason.TOO_MANY_REDIRECTS,
        Reason.BAD_RESPONSE,
        Reason.SOFT_404,
        Reason.REDIRECTED_TO_HOME,
        Reason.PARKED,
        Reason.HIJACKED,
        Reason.HOST_DOWN,
    ),
    Verdict.BLOCKED: (
        Reason.FORBIDDEN,
        Reason.UNAUTHORIZED,
        Reason.LOGIN_WALL,
        Reason.PAYWALL,
        Reason.CRAWL_FEE,
        Reason.CHALLENGE,
        Reason.RATE_LIMITED,
        Reason.LEGAL,
        Reason.GEO,
    ),
    Verdict.UNSURE: (
        Reason.NETWORK_DOWN,
        Reason.DNS_FAILURE,
        Reason.CLIENT_ERROR,
        Reason.CLIENT_LIMIT,
        Reason.HOST_PAUSED,
        Reason.INTERRUPTED,
        Reason.INTERNAL_ERROR,
    ),
    Verdict.SKIPPED: (
        Reason.EXCLUDED,
        Reason.UNSAFE_ADDRESS,
        Reason.UNSUPPORTED_SCHEME,
        Reason.INVALID_URL,
        Reason.ROBOTS,
        Reason.CAPTURE_REQUEST,
    ),
}
# The verdict of every reason
VERDICT_OF: Final[Mapping[Reason, Verdict]] = {
    reason: verdict for verdict, reasons in _REASONS.items() for reason in reasons
}
if _WITHOUT_VERDICT := set(Reason) - set(VERDICT_OF):
    raise TypeError(f"no verdict for {_WITHOUT_VERDICT}")

# Warnings of a judgement.
FRAGMENT_MISSING: Final = "fragment-missing"  # the page is there, a cited `#part` is not
CUT_OFF: Final = "cut-off"  # a mirror's page ends too early
OTHER_CAPTURE: Final = "other-capture"  # a mirror shows another capture than its URL names


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """A verdict with its reason."""

    verdict: Verdict
    reason: Reason
    detail: str = ""
    target: str | None = None  # the new URL of a moved link; the capture that a mirror shows
    status_code: int | None = None
    warnings: tuple[str, ...] = ()  # stable words, such as `fragment-missing`
    retry_at: datetime | None = None  # no probe before: from the server's Retry-After


class State(StrEnum):
    """The state of a link or mirror that follows from its history."""

    UNCHECKED = "unchecked"  # no probe with a conclusion yet
    ALIVE = "alive"
    MOVED = "moved"
    SUSPECT = "suspect"  # failing, not yet confirmed
    BROKEN = "broken"  # confirmed over several probes and days
    BLOCKED = "blocked"
    UNSURE = "unsure"
    SKIPPED = "skipped"


LIVING_STATES: Final = (State.ALIVE, State.MOVED)
FAILING_STATES: Final = (State.SUSPECT, State.BROKEN)


class TrackedState(Struct, frozen=True, gc=False, array_like=True):
    """The state of a link, mirror or host after its latest probe, with its reason and times.

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
    probes: int = 0  # all but those without a network of our own, which change nothing here
    # How long the present series of broken probes has lasted, as far as it counts. None: as long as
    # the times say (stored by a version that did not limit the gaps between probes).
    failing_microseconds: int | None = None


class HistoryPolicy(Struct, frozen=True, kw_only=True):
    """The settings of the state machine (`[history]` of the configuration)."""

    # A link is broken after this number of broken probes in a row, over at least this span.
    confirm_failures: int = 3
    confirm_span: timedelta = timedelta(days=6)
    confirm_span_definite: timedelta = timedelta(days=6)  # for not-found, gone, domain-not-found
    # The time until the next probe, by state. Of a suspect link: after its 1st, 2nd, ... failure in
    # a row, then alive_wait. Together they are just longer than confirm_span.
    suspect_waits: tuple[timedelta, ...] = (
        timedelta(hours=1),
        timedelta(days=1),
        timedelta(days=3),
        timedelta(days=2),
    )
    alive_wait: timedelta = timedelta(days=7)  # also of a moved or blocked link
    mirror_wait: timedelta = timedelta(days=90)  # a third of it if the original is not alive
    broken_wait: timedelta = timedelta(days=14)  # doubled with age, up to broken_wait_longest
    broken_wait_longest: timedelta = timedelta(days=90)
    unsure_wait: timedelta = timedelta(days=1)  # also of a host that limits the rate of requests
    jitter: float = 0.1  # random extra share of each wait, 0 to 1
