"""What a probe saw: every request it made."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from store.vocabulary.verdicts import Reason, Role


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
    fragment_found: bool | None = (
        None  # None: the URL has no fragment, or the body was not looked at
    )
    marks: tuple[
        str, ...
    ] = ()  # stable words for structures found in the markup (captcha widgets, parking scripts, …)
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
