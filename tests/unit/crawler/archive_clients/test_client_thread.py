"""Test the thread of a blocking client: results of requests that may not start."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from crawler.archive_clients.client_thread import ClientThread
from crawler.archives.interface import ArchiveClient, NoUsableResponse
from crawler.politeness.rate_limit import PauseTooLong, RateLimiter


class Asked(ArchiveClient):
    """A client that makes one request for each call."""

    def __init__(self, turn: Callable[[], None]) -> None:
        self.turn = turn
        self.requests = 0

    def request(self) -> str:
        self.turn()
        self.requests += 1
        return "answered"

    def close(self) -> None:
        pass


class Odd(RateLimiter):
    """A rate limiter with a given `acquire`."""

    def __init__(self, turns: Callable[[], Coroutine[Any, Any, None]]) -> None:
        super().__init__("archive", 0)
        self.turns = turns

    def acquire(self) -> Coroutine[Any, Any, None]:
        return self.turns()


async def at_once() -> None:
    pass


async def never() -> None:
    await asyncio.sleep(3600)


async def too_late() -> None:
    raise PauseTooLong("archive", 300)


async def output(lane: ClientThread[Asked]) -> str:
    """Return the result of one call, or the message of its exception."""
    try:
        return await lane.submit(Asked.request, if_stopped="if_stopped")
    except NoUsableResponse as error:
        return f"sent: {error}" if error.sent else str(error)
    finally:
        await lane.close()


def test_a_request_whose_wait_is_over_is_sent() -> None:
    async def ask() -> str:
        return await output(ClientThread(Asked, Odd(at_once)))

    assert asyncio.run(ask()) == "answered"


def test_a_pause_too_long_to_be_waited_for_is_no_answer() -> None:
    async def ask() -> str:
        return await output(ClientThread(Asked, Odd(too_late)))

    assert asyncio.run(ask()) == "not requested: archive requested a pause of 300 s"


def test_no_request_starts_once_we_stop() -> None:
    async def ask() -> str:
        lane = ClientThread(Asked, Odd(at_once))
        lane.stop_waiting()
        return await output(lane)

    assert asyncio.run(ask()) == "not requested: stopping"


def test_a_wait_that_ends_during_the_stop_starts_no_request() -> None:
    async def ask() -> str:
        def stop_meanwhile() -> Coroutine[Any, Any, None]:
            lane.stop_waiting()
            return never()

        lane = ClientThread(Asked, Odd(stop_meanwhile))
        return await asyncio.wait_for(output(lane), timeout=60)

    assert asyncio.run(ask()) == "not requested: stopping"


def test_with_caller_acquires_the_client_does_not_wait() -> None:
    async def ask() -> str:
        return await output(ClientThread(Asked, Odd(never), caller_acquires=True))

    assert asyncio.run(ask()) == "answered"


def test_a_client_is_called_through_its_thread_only() -> None:
    clients: list[Asked] = []

    def build(turn: Callable[[], None]) -> Asked:
        clients.append(Asked(turn))
        return clients[0]

    async def ask() -> None:
        lane = ClientThread(build, Odd(at_once))
        try:
            with pytest.raises(RuntimeError, match="through its submit method"):
                clients[0].request()
        finally:
            await lane.close()

    asyncio.run(ask())
    assert clients[0].requests == 0
