"""Test the limits of time and bytes for responses of archives, including headers and TLS."""

from __future__ import annotations

from contextlib import closing
from time import monotonic

import pytest

from crawler.archive_clients.transport import Transport
from crawler.archives.interface import NoUsableResponse
from tests.web.floods import BODIES, DRIPS, HEADS, HELD_UP, Flood, flooding
from tests.web.internet import Internet

# The standard library mistakes an early hint (103) for the response.
FLOODS = {name: flood for name, flood in {**HEADS, **BODIES}.items() if name != "103"}
SECONDS = 1.0
MAX_BYTES = 12_000_000  # the largest response, and the bytes that socket buffers take


def request_until_failure(
    flood: Flood, *, internet: Internet | None = None, proxied: bool = False
) -> tuple[float, int]:
    """Request a flooding archive or proxy; return the seconds until the failure, and the bytes sent."""
    tls = internet.server_context_for("127.0.0.1") if internet else None
    with (
        flooding(flood, tls=tls) as server,
        closing(
            Transport(
                user_agent="t",
                ca_file=str(internet.ca_file) if internet else "",
                proxy=f"http://{server.place}" if proxied else "",
            )
        ) as transport,
    ):
        scheme = "https" if internet or proxied else "http"
        started = monotonic()
        with pytest.raises(NoUsableResponse):
            transport.get(
                f"{scheme}://{'archive.test' if proxied else server.place}/web/", timeout=SECONDS
            )
        return monotonic() - started, server.sent


@pytest.mark.parametrize("name", DRIPS)
def test_a_dripping_response_is_abandoned_in_time(name: str) -> None:
    seconds, _ = request_until_failure(DRIPS[name])
    assert seconds < HELD_UP


@pytest.mark.parametrize("name", ["a dripping status line", "a dripping body"])
def test_an_endless_response_is_bounded_with_tls(internet: Internet, name: str) -> None:
    seconds, _ = request_until_failure(DRIPS[name], internet=internet)
    assert seconds < HELD_UP


@pytest.mark.parametrize("name", ["a dripping status line", "slow interim answers"])
def test_an_endless_response_to_connect_is_bounded(name: str) -> None:
    seconds, _ = request_until_failure(DRIPS[name], proxied=True)
    assert seconds < HELD_UP


@pytest.mark.parametrize("flood", [pytest.param(flood, id=name) for name, flood in FLOODS.items()])
def test_a_flood_is_bounded_in_time_and_bytes(flood: Flood) -> None:
    seconds, sent = request_until_failure(flood)
    assert seconds < HELD_UP
    assert sent <= MAX_BYTES


def test_the_limits_apply_to_each_request_of_a_connection() -> None:
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
    with (
        flooding(Flood(opening=answer, piece=b"", pause=0.1, heads=1)) as server,
        closing(Transport(user_agent="t")) as transport,
    ):
        assert transport.get(f"http://{server.place}/", timeout=HELD_UP).text == "ok"
        started = monotonic()
        with pytest.raises(NoUsableResponse):
            transport.get(f"http://{server.place}/", timeout=SECONDS)
        assert SECONDS / 2 < monotonic() - started < HELD_UP
    assert server.visitors == 1
