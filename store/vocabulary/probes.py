"""Records of probes: every request that was made, and what the last page showed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final

from store.vocabulary.verdicts import Reason, Role


class Fault(StrEnum):
    """The reason why a request got no usable response."""

    NAME_NOT_FOUND = "name-not-found"  # NXDOMAIN, or no address of any kind
    NAME_UNKNOWN = "name-unknown"  # SERVFAIL, or the resolver did not respond
    REFUSED = "refused"  # connection refused
    RESET = "reset"  # the connection ended before the response headers were complete
    CONNECT_TIMEOUT = "connect-timeout"  # no response to the connection attempt
    TIMEOUT = "timeout"  # connected, then no data for too long
    TLS = "tls"  # the handshake failed or the certificate is not valid; see `detail`
    BAD_RESPONSE = "bad-response"  # not HTTP, invalid framing, or headers over the limit
    TRUNCATED = "truncated"  # the body ended too early
    UNREACHABLE = "unreachable"  # our own network is down, or has no route to the other one
    HOST_UNREACHABLE = "host-unreachable"  # a router reports that it cannot reach the host
    PROXY_FAILED = "proxy-failed"  # the proxy was not reached, or refused; the host got no request
    UNSAFE_ADDRESS = "unsafe-address"  # the name resolves to an address of an internal network
    INVALID_URL = "invalid-url"  # the URL cannot be requested
    EXCLUDED = "excluded"  # a redirect led to a URL that the configuration excludes
    CAPTURE_REQUEST = "capture-request"  # a redirect led to a URL at which an archive copies a page
    ROBOTS = "robots"  # a redirect led to a URL that robots.txt disallows, if it is obeyed
    INTERRUPTED = "interrupted"  # the job was stopped
    CLIENT_LIMIT = "client-limit"  # the server needs a feature of browsers that our clients lack


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbeRequest:
    """One request of a probe, with its status or its fault."""

    method: str
    url: str
    at: datetime
    elapsed_ms: int
    status: int | None = None
    fault: Fault | None = None
    detail: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)  # those that rules use, in lower case
    peer: str = ""  # the IP address connected to
    hop: int = 0  # number of redirects followed before it
    # It had If-None-Match or If-Modified-Since: status 304 means that the page is unchanged.
    conditional: bool = False


# The marker of evidence from a memento that was captured at our request, after the citation
OWN_CAPTURE: Final = "own-capture"
# The marker of evidence from the first probe of a link, which is used if there is no memento
OWN_PROBE: Final = "own-probe"


@dataclass(frozen=True, slots=True, kw_only=True)
class PageEvidence:
    """The evidence in the body of a probe's last response.

    It is small enough to be stored with every probe, so that the probe can be judged again.
    """

    length: int = 0  # bytes read, after decoding
    title: str = ""
    text: str = ""  # the first 2,000 characters of visible text
    # The first heading of each level from 1 to 3, "" for none; empty: not read, as in old probes
    headings: tuple[str, ...] = ()
    simhash: int | None = None  # 64 bits over the visible text
    simhash_kind: str = ""  # its hash function; empty: BLAKE2b, in old probes
    canonical: str = ""  # link rel=canonical or og:url
    robots: str = ""  # meta robots
    refresh: str = ""  # target of a meta refresh, absolute
    password_field: bool = False
    # None: the URL has no fragment, or the body was not read.
    fragment_found: bool | None = None  # False if any of the cited fragments is missing
    missing_fragments: tuple[str, ...] = ()  # of those that citations name, without the `#`
    # Stable words for structures found in the markup (CAPTCHA widgets, parking scripts, ...).
    html_markers: tuple[str, ...] = ()
    # A digest of what a page with little text shows beside it; empty: not read, as in old probes
    parts_digest: str = ""
    # On the page of an archive: the memento's URL as the page names it, or only the original's
    memento: str = ""
    # Of a memento: some of its parts, by their original URLs (`crawler.liveness.part_urls`).
    style_sheets: tuple[str, ...] = ()
    frames: tuple[str, ...] = ()
    images: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Validators:
    """The validators of the last complete response for a page (RFC 9110, section 8.8).

    Attributes:
        url: The URL of the response.
        etag: Its ETag, as sent.
        last_modified: Its Last-Modified, as sent.
        length: Its Content-Length; None if the response had none.
        fragments: The fragments that were looked for in its page.
    """

    url: str
    etag: str = ""
    last_modified: str = ""
    length: int | None = None
    fragments: tuple[str, ...] = ()

    @property
    def can_be_conditional(self) -> bool:
        """Return whether a conditional request can be made with them."""
        return bool(self.etag or self.last_modified)


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """One check of a link or a mirror: every request it made, and what the last page showed."""

    url: str
    role: Role
    started_at: datetime
    finished_at: datetime
    requests: tuple[ProbeRequest, ...] = ()
    evidence: PageEvidence | None = None
    skipped: Reason | None = None  # the reason why no request was made
    fragments: tuple[str, ...] = ()  # those that were looked for in the page; not stored
