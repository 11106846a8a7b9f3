"""What may be set for one host or for many by a pattern: how polite we are to it, and how it is asked."""

from __future__ import annotations

import re
from typing import Literal

import msgspec

# How a message is framed and coded is between our client and the server.
_NOT_FOR_USERS = frozenset(
    {"host", "connection", "content-length", "transfer-encoding", "accept-encoding"}
)


class HostRules(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How one host is asked, and how politely."""

    concurrency: int = 2  # requests at a time
    interval: float = 1.0  # seconds between request starts
    operator: str = (
        ""  # whose hosts these are, by any name: hosts of one operator share one interval
    )
    timeout: float = 20.0  # seconds for a whole request
    retry_wait: float = (
        2.0  # seconds, about, before a request that failed is tried again; grows with each try
    )
    per_run: int = 0  # at most so many probes a run; 0 sets no limit
    per_day: int = 0  # at most so many probes within 20 hours, all runs and processes together; 0 sets no limit
    method: Literal["auto", "get"] = "auto"  # "auto": HEAD where that is enough
    headers: dict[
        str, str
    ] = {}  # sent to this host alone: over https at the usual port, and to the scheme and port that a page cites
    user_agent: str = ""  # instead of ours
    client_certificate: str = ""  # a PEM file, shown to this host where it asks who we are (TLS)
    client_key: str = ""  # a PEM file; empty: it stands in the certificate's file
    skip: bool = False  # its links are never asked

    def __post_init__(self) -> None:
        if self.concurrency < 1 or self.per_run < 0 or self.per_day < 0:
            raise ValueError("concurrency must be at least 1, per_run and per_night at least 0")
        if self.interval < 0 or self.timeout <= 0 or self.retry_wait < 0:
            raise ValueError(
                "interval and retry_wait are seconds of 0 or more, timeout of more than 0"
            )
        if self.client_key and not self.client_certificate:
            raise ValueError("client_key needs its client_certificate beside it")
        for name, value in self.sent_headers.items():
            # The value is not shown: it may be a secret.
            if not re.fullmatch(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+", name):  # RFC 9110 section 5.6.2
                raise ValueError(f"{name!r} is no name of a header")
            if name.lower() in _NOT_FOR_USERS:
                raise ValueError(f"the header {name!r} cannot be set")
            if not re.fullmatch(r"[\t\x20-\x7e]*", value):
                raise ValueError(
                    f"the value of the header {name!r} must be printable ASCII on one line"
                )

    @property
    def sent_headers(self) -> dict[str, str]:
        """The headers that replace ours."""
        return {**self.headers, "User-Agent": self.user_agent} if self.user_agent else self.headers
