"""Define wrong responses that the demo's archive can be made to return."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulatedFault:
    """A wrong response, or a late one.

    Attributes:
        status: The status code; None for the right response after the delay.
        headers: The response's headers.
        body: The response's body.
        mimetype: The media type.
        delay: Seconds before the response.
    """

    status: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    body: str = ""
    mimetype: str = "text/html"
    delay: float = 0.0


TOO_MANY_REQUESTS = SimulatedFault(status=429, body="<html><title>429 Too Many Requests</title>")
OVERLOADED = SimulatedFault(
    status=503,
    body="<html><h1>503 Service Unavailable</h1>No server is available to handle this request.",
)
ERROR_PAGE = SimulatedFault(status=200, body="<html><title>Internet Archive</title><p>Job failed")
EMPTY = SimulatedFault(status=200)
CUT_SHORT = SimulatedFault(
    status=200,
    mimetype="application/json",
    body='[["urlkey","timestamp","original"],\n["org,example)/","2021',
)
EXCLUDED = SimulatedFault(
    status=403,
    mimetype="text/plain",
    headers={
        "X-Archive-Wayback-Runtime-Error": (
            "AdministrativeAccessControlException: Blocked Site Error"
        )
    },
    body=(
        "org.archive.util.io.RuntimeIOException: org.archive.wayback.exception."
        "AdministrativeAccessControlException: Blocked Site Error\n"
    ),
)


def rate_limited(seconds: int) -> SimulatedFault:
    """Return a 429 response with a Retry-After header."""
    return SimulatedFault(
        status=429, headers={"Retry-After": str(seconds)}, body=TOO_MANY_REQUESTS.body
    )
