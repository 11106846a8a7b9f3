"""Test the limits of time and bytes for responses of archives, headers and TLS included."""

from __future__ import annotations

from contextlib import closing
from time import monotonic

import pytest

from crawler.archive_clients.transport import Transport
from crawler.archives.interface import NoUsableResponse
from tests.web.floods import BODIES, DRIPS, HEADS, HELD_UP, Flood, flooding
from tests.web.internet import Internet

# The standard library takes an early hint for the answer itself.
FLOODS = {name: flood for name, flood in {**HEADS, **BODIES}.items() if name != "103"}
SECONDS = 1.0
MOST = 12_000_000  # bytes: an answer of the largest size, and what a busy system takes before anybody reads it


def fails_at(
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
        began = monotonic()
        with pytest.raises(NoUsableResponse):
            transport.get(
                f"{scheme}://{'archive.test' if proxied else server.place}/web/", timeout=SECONDS
            )
        return monotonic() - began, server.sent


@pytest.mark.parametrize("name", DRIPS)
def test_an_answer_that_drips_is_left_in_time(name: str) -> None:
    seconds, _ = fails_at(DRIPS[name])
    assert seconds < HELD_UP


@pytest.mark.parametrize("name", ["a dripping status line", "a dripping body"])
def test_endless_answer_is_bounded_behind_tls(internet: Internet, name: str) -> None:
    seconds, _ = fails_at(DRIPS[name], internet=internet)
    assert seconds < HELD_UP


@pytest.mark.parametrize("name", ["a dripping status line", "slow interim answers"])
def test_so_is_a_proxys_answer_to_connect(name: str) -> None:
    seconds, _ = fails_at(DRIPS[name], proxied=True)
    assert seconds < HELD_UP


@pytest.mark.parametrize("flood", [pytest.param(flood, id=name) for name, flood in FLOODS.items()])
def test_a_flood_is_left_in_time_and_bytes(flood: Flood) -> None:
    seconds, sent = fails_at(flood)
    assert seconds < HELD_UP
    assert sent <= MOST


def test_a_connection_that_is_kept_has_time_again() -> None:
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
    with (
        flooding(Flood(opening=answer, piece=b"", pause=0.1, heads=1)) as server,
        closing(Transport(user_agent="t")) as transport,
    ):
        assert transport.get(f"http://{server.place}/", timeout=HELD_UP).text == "ok"
        began = monotonic()
        with pytest.raises(NoUsableResponse):
            transport.get(f"http://{server.place}/", timeout=SECONDS)
        assert SECONDS / 2 < monotonic() - began < HELD_UP
    assert server.visitors == 1
