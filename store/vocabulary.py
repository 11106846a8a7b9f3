"""The words of Holdfast as types: enums and frozen records.

Every package may import this module; it imports none of them. Datetimes are aware and in UTC, days are `datetime.date`, durations carry
their unit in the name. "Could not find out" is a value with a reason here, never `None` and never an exception.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum

# --- pages -----------------------------------------------------------------


class CitationKind(StrEnum):
    """How a citation is written on its page."""

    INLINE = "inline"  # [text](url)
    REFERENCE = "reference"  # [text][label], and the definition itself where nothing uses it
    AUTOLINK = "autolink"  # <url>
    BARE = "bare"  # a URL in running text
    FOOTNOTE = "footnote"  # any of the above inside a footnote definition
    IMAGE = "image"  # ![alt](url)
    HTML = "html"  # an attribute of raw HTML
    FRONTMATTER = "frontmatter"  # a value of the front matter


class OriginalSource(StrEnum):
    """Where the original behind a cited mirror was learnt."""

    EMBEDDED = "embedded"  # it stands inside the mirror's own URL
    TITLE = "title"  # the link's title is a URL
    NEIGHBOUR = "neighbour"  # a live link beside it in the same footnote, list item or line
    LOOKUP = "lookup"  # the archive was asked


@dataclass(frozen=True, slots=True, kw_only=True)
class MirrorAddress:
    """What an archive's URL says about the mirror it names (RFC 7089's URI-M taken apart).

    `timestamp` is the capture time as written, digits only (4 to 14 of them) or empty; `snapshot_id` is the short id of services that use
    one; `original` is the innermost original (URI-R) or None where neither the URL nor its neighbourhood tells; `utc_offset` is how many
    hours the service's timestamps are ahead of UTC.
    """

    service: str
    timestamp: str = ""
    snapshot_id: str = ""
    modifier: str = ""
    original: str | None = None
    original_source: OriginalSource | None = None
    utc_offset: int = 0

    @property
    def captured_at(self) -> datetime | None:
        """The capture time, missing digits filled with the earliest moment they allow.

        >>> MirrorAddress(service="wayback", timestamp="20210805110426").captured_at
        datetime.datetime(2021, 8, 5, 11, 4, 26, tzinfo=datetime.timezone.utc)
        >>> MirrorAddress(service="wayback", timestamp="2021").captured_at
        datetime.datetime(2021, 1, 1, 0, 0, tzinfo=datetime.timezone.utc)
        >>> MirrorAddress(service="wayback", timestamp="20219").captured_at is None
        True
        """
        moment = parse_timestamp(self.timestamp)
        return moment - timedelta(hours=self.utc_offset) if moment else None


def parse_timestamp(digits: str) -> datetime | None:
    """Read 4 to 14 digits (`YYYYMMDDhhmmss`, cut anywhere a field ends) as a UTC time; None where they are no time."""
    if not digits.isascii() or not digits.isdigit() or not 4 <= len(digits) <= 14:
        return None
    padded = digits + "00000101000000"[len(digits) :]
    try:
        return datetime.strptime(padded, "%Y%m%d%H%M%S").replace(tzinfo=UTC)
    except ValueError:
        return None


def format_timestamp(moment: datetime) -> str:
    """Write a time in the archives' 14 digits.

    >>> format_timestamp(datetime(2021, 8, 5, 11, 4, 26, tzinfo=UTC))
    '20210805110426'
    """
    return moment.astimezone(UTC).strftime("%Y%m%d%H%M%S")


@dataclass(frozen=True, slots=True, kw_only=True)
class Citation:
    """One place on a page that points to an external URL.

    `line` and `column` are 1-based and count code points in the whole file, front matter included; `start` and `end` are the UTF-8 byte
    range of the URL in the file. `block` numbers the smallest unit it stands in (footnote, list item, paragraph line): citations of one
    page with the same block are neighbours, and so are those in the footnotes marked right behind it, whose labels are `notes`. `archive` and
    `original` are filled by pairing (`crawler.archives`).
    """

    page: str
    line: int
    column: int
    start: int
    end: int
    url: str
    text: str = ""
    title: str | None = None
    kind: CitationKind
    footnote: str | None = None
    section: tuple[str, ...] = ()
    quoted: bool = False
    accessed: date | None = None
    published: date | None = None
    marked_dead: str | None = None  # the author's own mark, as written
    salvaged: bool = False
    block: int = 0
    notes: tuple[str, ...] = ()
    archive: MirrorAddress | None = None
    original: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class InternalLink:
    """A link to a page, heading or file of the wiki itself. `target` is as written; `path` is relative to the docs root, or None."""

    page: str
    line: int
    column: int
    start: int
    end: int
    target: str
    text: str = ""
    path: str | None = None
    fragment: str = ""
    broken: str | None = None  # "missing-page", "missing-heading", "outside-root"; None while it resolves or was not looked up
    wiki: bool = False  # written [[so]]: it names a page wherever that lies, not a path


@dataclass(frozen=True, slots=True, kw_only=True)
class PageWarning:
    """Something on a page a person should look at. `code` is a stable word, `line` 1-based (0: the page as a whole)."""

    page: str
    line: int
    code: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One Markdown file (or fetched HTML page) as it was read."""

    path: str  # POSIX, relative to the configuration's folder or the working folder; a URL for a fetched page
    sha256: str
    encoding: str = "utf-8"
    title: str = ""
    dated: date | None = None  # the page's own date, from its front matter
    citations: tuple[Citation, ...] = ()
    internal_links: tuple[InternalLink, ...] = ()
    anchors: tuple[str, ...] = ()  # the fragments its headings answer to
    skipped: Mapping[str, int] = field(default_factory=dict)  # scheme -> how many (mailto, data, javascript, …)
    warnings: tuple[PageWarning, ...] = ()


# --- probes ----------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class LinkIdentity:
    """What makes two cited URLs the same link, and whom a probe of it must be polite to.

    `key` joins duplicates, `url` is what is requested, `host` is the party (empty where the URL cannot be asked at all).
    """

    key: str
    url: str
    host: str


class Role(StrEnum):
    """What a probed URL is to us."""

    LINK = "link"  # a cited original
    MIRROR = "mirror"  # an archive copy of one


class Fault(StrEnum):
    """How a request ended that got no usable answer."""

    NAME_NOT_FOUND = "name-not-found"  # NXDOMAIN, or no address of any kind
    NAME_UNKNOWN = "name-unknown"  # SERVFAIL, a resolver that did not answer
    REFUSED = "refused"  # connection refused
    RESET = "reset"  # the connection broke off before the answer's head was whole
    CONNECT_TIMEOUT = "connect-timeout"  # nobody answered the connection attempt
    TIMEOUT = "timeout"  # connected, then silence past the limit
    TLS = "tls"  # the handshake failed, the certificate does not hold; `detail` says how
    BAD_RESPONSE = "bad-response"  # not HTTP, broken framing, a head over the limit
    TRUNCATED = "truncated"  # the body ended before it should
    UNREACHABLE = "unreachable"  # no route to the network or host
    UNSAFE_ADDRESS = "unsafe-address"  # the name leads inside a network we must not ask
    INVALID_URL = "invalid-url"  # cannot be asked as written
    EXCLUDED = "excluded"  # a redirect led to what the configuration leaves out
    ROBOTS = "robots"  # a redirect led to what its site's robots.txt disallows, and the user wants that obeyed
    INTERRUPTED = "interrupted"  # we stopped


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbeRequest:
    """One request of a probe and what came of it: a status, or a fault.

    `headers` holds the answer's headers that judging needs, names in lower case. `hop` counts redirects followed so far (0 first),
    `attempt` the tries of the same hop (0 first).
    """

    method: str
    url: str
    at: datetime
    elapsed_ms: int
    status: int | None = None
    fault: Fault | None = None
    detail: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    peer: str = ""
    hop: int = 0
    attempt: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class PageEvidence:
    """What the body of a probe's last answer showed, kept small so that the probe can be judged again years later."""

    content_type: str = ""
    length: int = 0  # bytes read, after decoding
    title: str = ""
    text: str = ""  # the first 2,000 characters of visible text
    simhash: int | None = None  # 64 bits over the visible text
    canonical: str = ""  # link rel=canonical or og:url
    robots: str = ""  # meta robots
    refresh: str = ""  # target of a meta refresh, absolute
    password_field: bool = False
    fragment_found: bool | None = None  # None: the URL has no fragment, or the body was not looked at
    marks: tuple[str, ...] = ()  # stable words for structures found in the markup (captcha widgets, parking scripts, …)
    memento: str = ""  # what an archive's page says it shows: the long address of itself, which tells original and time, or the original's


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """One attempt to find out whether a link or a mirror serves: every request it made, and what the last body showed."""

    url: str
    role: Role
    started_at: datetime
    finished_at: datetime
    requests: tuple[ProbeRequest, ...] = ()
    evidence: PageEvidence | None = None
    skipped: Reason | None = None  # why nothing was asked


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


# --- history ---------------------------------------------------------------


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
class Standing:
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
    suspect_waits: tuple[timedelta, ...] = (timedelta(hours=1), timedelta(days=1), timedelta(days=3), timedelta(days=2))
    alive_wait: timedelta = timedelta(days=7)
    mirror_wait: timedelta = timedelta(days=90)
    broken_wait: timedelta = timedelta(days=14)  # doubled with age up to broken_wait_longest
    broken_wait_longest: timedelta = timedelta(days=90)
    unsure_wait: timedelta = timedelta(days=1)
    jitter: float = 0.1  # a wait grows by up to this share


# --- archives --------------------------------------------------------------


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
class Lookup:
    """The answer to "which snapshot is nearest?". `retry_after` is in seconds and set where the service asked for a pause."""

    outcome: LookupOutcome
    snapshot: Snapshot | None = None
    detail: str = ""
    retry_after: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """The answer to "which snapshots are there?", none of them with `NONE`. `retry_after` is as in `Lookup`."""

    outcome: LookupOutcome
    snapshots: tuple[Snapshot, ...] = ()
    detail: str = ""
    retry_after: float | None = None


class CaptureStatus(StrEnum):
    """How far our request for a new mirror has come."""

    QUEUED = "queued"  # decided on, not yet asked
    ASKED = "asked"  # the request left; its answer is not known
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


class Extent(StrEnum):
    """What a refused capture says something about, and so what has to wait."""

    LINK = "link"  # this link alone
    HOST = "host"  # every link of its host
    SERVICE = "service"  # everything the archive is asked for


@dataclass(frozen=True, slots=True, kw_only=True)
class CaptureAnswer:
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
    extent: Extent = Extent.LINK
    seen: Reason | None = None


class MirrorQuality(StrEnum):
    """What a mirror is worth, as the latest look at its replay showed."""

    UNSEEN = "unseen"  # nobody looked yet, or the archive gave no answer
    FAITHFUL = "faithful"  # it replays what was cited, as captured then
    DRIFTED = "drifted"  # it replays, but another capture than the one named
    WORTHLESS = "worthless"  # it does not replay, or shows something else


@dataclass(frozen=True, slots=True, kw_only=True)
class MirrorHealth:
    """What a look at a mirror's replay told. `flaw` says what is the matter, in a stable word or a few for a person."""

    quality: MirrorQuality = MirrorQuality.UNSEEN
    flaw: str = ""
    drift_seconds: int | None = None  # from the capture named to the one shown
    same_address: bool | None = None  # letter for letter, case and all; None: it does not tell
    status_at_capture: int | None = None


# --- pages that moved, pages that changed ------------------------------------


class EvidenceKind(StrEnum):
    """What speaks for an address as the new one of a page that is gone."""

    REDIRECT = "archived-redirect"  # an archive keeps a redirect from the old address to it
    CANONICAL = "canonical"  # the archived page called it its own address
    REWRITE = "siblings-moves"  # other pages of the site moved by the same rule
    NAME = "same-name"  # the site names a page whose address ends the same, or has the same number
    TITLE = "title"  # the site names a page by the title of the archived one


@dataclass(frozen=True, slots=True)
class MoveEvidence:
    """One thing that speaks for a proposal; `detail` names what it was seen on: an archived redirect, a sibling's move, a sitemap."""

    kind: EvidenceKind
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """An address that may be the new one of a broken link.

    `confidence` is 0 to 1. `similarity` is how much of the text kept of the old page stands on the new one, what all pages of the site share
    left out, 0 to 1; None: there was too little to tell by. `compared_with` is the mirror, or the link's own address where we kept the text.
    """

    url: str
    confidence: float
    similarity: float | None
    evidence: tuple[MoveEvidence, ...]
    compared_with: str = ""


class SearchOutcome(StrEnum):
    """What looking for a broken link's new address came to."""

    FOUND = "found"  # there is a proposal, whatever its confidence
    NONE = "none"  # all that could be asked was, and nothing was found
    NOTHING_KEPT = "nothing-kept"  # no text of the old page is known, so that nothing could be held against it
    UNKNOWN = "unknown"  # the archive or the site gave no answer: ask again


class DriftOutcome(StrEnum):
    """Whether a living page still says what was cited."""

    NONE = "none"  # it does, whatever happened to its frame
    SOME = "some"  # parts of it are gone
    STRONG = "strong"  # it no longer says what was cited
    UNKNOWN = "unknown"  # cannot be told; the detail says why
