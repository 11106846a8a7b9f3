"""Create clients of the fake archive."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from crawler.archive_clients.transport import Transport
from crawler.archive_clients.wayback import WaybackClient

USER_AGENT = "holdfast-tests (+https://example.org/contact)"


def client_of(
    endpoint: str,
    *,
    timeout: float = 5.0,
    ca_file: str = "",
    proxy: str = "",
    connect_to: Mapping[str, str] | None = None,
    before_request: Callable[[], None] = lambda: None,
) -> WaybackClient:
    """Return a client of the archive at `endpoint`."""
    return WaybackClient(
        Transport(
            user_agent=USER_AGENT,
            ca_file=ca_file,
            proxy=proxy,
            connect_to=connect_to,
            before_request=before_request,
        ),
        endpoint=endpoint,
        availability_endpoint=f"{endpoint}/wayback/available",
        timeout=timeout,
        save_timeout=timeout,
    )
