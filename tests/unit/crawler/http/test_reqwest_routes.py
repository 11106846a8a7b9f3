"""Test the cache of reqwest clients."""

from __future__ import annotations

import asyncio
import errno
from typing import cast

import pytest

from crawler.http.clients.counting_relay import Relay
from crawler.http.clients.interface import UnsupportedRequest
from crawler.http.clients.reqwest_routes import ReqwestRoutes, Route


class FakeRelay:
    """A relay that has no free file descriptor at first."""

    def __init__(self) -> None:
        self.attempts = 0

    async def open_socks(self) -> str:
        self.attempts += 1
        if self.attempts == 1:
            raise OSError(errno.EMFILE, "Too many open files")
        return "socks5h://127.0.0.1:9"

    async def open_forward(self, _: object) -> int:
        self.attempts += 1
        return 9


def test_a_route_that_could_not_be_opened_is_opened_again() -> None:
    async def scenario() -> None:
        relay = FakeRelay()
        routes = ReqwestRoutes(cast("Relay", relay))
        with pytest.raises(UnsupportedRequest, match="Too many open files"):
            await routes.client_for(Route(connect_seconds=1))
        opened = await routes.client_for(Route(connect_seconds=1))
        assert await routes.client_for(Route(connect_seconds=1)) is opened
        assert relay.attempts == 2
        await routes.close()

    asyncio.run(scenario())


def test_a_route_with_wrong_settings_opens_one_port() -> None:
    async def scenario() -> None:
        relay = FakeRelay()
        routes = ReqwestRoutes(cast("Relay", relay), ca_file="/missing/ca.pem")
        route = Route(connect_seconds=1, proxy="http://127.0.0.1:8080")
        for _ in range(3):
            with pytest.raises(UnsupportedRequest, match="No such file"):
                await routes.client_for(route)
        assert relay.attempts == 1
        await routes.close()

    asyncio.run(scenario())
