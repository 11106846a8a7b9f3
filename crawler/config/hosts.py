"""Define the settings for one host, or for many by a pattern: politeness and request details."""

from __future__ import annotations

import re
from typing import Literal

import msgspec

from crawler.config.value_checks import MAX_DAYS

# The HTTP client decides how a message is framed and encoded.
_RESERVED_HEADERS = frozenset(
    {"host", "connection", "content-length", "transfer-encoding", "accept-encoding"}
)
_HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")  # RFC 9110 section 5.6.2
_HEADER_VALUE = re.compile(r"[\t\x20-\x7e]*")


class HostRules(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The settings of `[hosts."PATTERN"]`: how one host is requested, and how politely."""

    # Maximum number of simultaneous requests
    concurrency: int = 2
    # Minimum seconds between the starts of two requests
    interval: float = 1.0
    # Name of the host's operator, freely chosen; hosts with the same operator share one interval
    operator: str = ""
    # Seconds until a request is abandoned, from its start to the last byte of the response
    timeout: float = 20.0
    # Approximate seconds before a failed request is retried; grows with each attempt
    retry_wait: float = 2.0
    # Maximum number of probes in one run; 0 means no limit
    per_run: int = 0
    # Maximum number of probes within 20 hours, over all runs and processes; 0 means no limit
    per_day: int = 0
    # Days for which the response to a random URL is stored; pages with nearly the same content are
    # soft 404s. 0: no random URL is requested
    sibling_days: float = 90
    # Days after which robots.txt is read again to find out which pages public archives may not
    # copy, at least half a day. 0: it is not read for that
    archive_robots_days: float = 7
    # "auto" sends HEAD where that is enough to judge a link; "get" always sends GET
    method: Literal["auto", "get"] = "auto"
    # Extra request headers; sent only to this host, over https at the default port and to the
    # scheme and port that a page cites
    headers: dict[str, str] = {}
    # User agent sent instead of Holdfast's own
    user_agent: str = ""
    # PEM file with a TLS client certificate, presented if the host requests one
    client_certificate: str = ""
    # PEM file with the certificate's private key; unset: the certificate's file contains it
    client_key: str = ""
    # Never request links at this host
    skip: bool = False

    def __post_init__(self) -> None:
        if self.concurrency < 1 or self.per_run < 0 or self.per_day < 0:
            raise ValueError("concurrency must be at least 1, per_run and per_day at least 0")
        for name in ("sibling_days", "archive_robots_days"):
            if not 0 <= getattr(self, name) <= MAX_DAYS:
                raise ValueError(f"{name} must be from 0 to {MAX_DAYS:,} days")
        if self.interval < 0 or self.timeout <= 0 or self.retry_wait < 0:
            raise ValueError("interval and retry_wait must be >= 0 seconds, timeout > 0 seconds")
        if self.client_key and not self.client_certificate:
            raise ValueError("client_key is set without client_certificate: set both")
        for name, value in self.sent_headers.items():
            _check_header(name, value)

    @property
    def sent_headers(self) -> dict[str, str]:
        """Return the headers that replace or extend the default ones, the user agent included."""
        if not self.user_agent:
            return self.headers
        return {**self.headers, "User-Agent": self.user_agent}


def _check_header(name: str, value: str) -> None:
    """Raise ValueError for an invalid header; the value is not shown, as it may be a secret."""
    if not _HEADER_NAME.fullmatch(name):
        raise ValueError(f"invalid header name {name!r}: use letters, digits and hyphens")
    if name.lower() in _RESERVED_HEADERS:
        raise ValueError(f"header {name!r} cannot be set: the HTTP client sets it")
    if not _HEADER_VALUE.fullmatch(value):
        raise ValueError(f"the value of header {name!r} must be printable ASCII on one line")
