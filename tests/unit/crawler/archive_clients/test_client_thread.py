"""Test the thread of a blocking client: results of requests that may not start."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from crawler.archive_clients.client_thread import ClientThread
from crawler.archives.interface import ArchiveClient, NoUsableResponse
from crawler.politeness.rate_limit import PauseTooLong, RateLimiter


class FakeClient(ArchiveClient):
    """A client that makes one request for each call."""

    def __init__(self, before_request: Callable[[], None]) -> None:
        self.before_request = before_request
        self.requests = 0

    def request(self) -> str:
        self.before_request()
        self.requests += 1
        return "answered"

    def close(self) -> None:
        pass


class FakeLimiter(RateLimiter):
    """A rate limiter with a given `acquire`."""

    def __init__(self, acquire_permit: Callable[[], Coroutine[Any, Any, None]]) -> None:
        super().__init__("archive", 0)
        self.acquire_permit = acquire_permit

    def acquire(self) -> Coroutine[Any, Any, None]:
        return self.acquire_permit()


async def permit_at_once() -> None:
    pass


async def permit_never() -> None:
    await asyncio.sleep(3600)


async def refuse_permit() -> None:
    raise PauseTooLong("archive", 300)


async def result_or_message(thread: ClientThread[FakeClient]) -> str:
    """Return the result of one call, or the message of its exception."""
    try:
        return await thread.submit(FakeClient.request, if_stopped="if_stopped")
    except NoUsableResponse as error:
        return f"sent: {error}" if error.sent else str(error)
    finally:
        await thread.close()


def test_a_request_is_sent_once_the_limiter_permits_it() -> None:
    async def call() -> str:
        return await result_or_message(ClientThread(FakeClient, FakeLimiter(permit_at_once)))

    assert asyncio.run(call()) == "answered"


def test_no_request_is_sent_if_the_pause_is_too_long() -> None:
    async def call() -> str:
        return await result_or_message(ClientThread(FakeClient, FakeLimiter(refuse_permit)))

    assert asyncio.run(call()) == "not requested: archive requested a pause of 300 s"


def test_no_request_is_sent_after_stop_waiting() -> None:
    async def call() -> str:
        thread = ClientThread(FakeClient, FakeLimiter(permit_at_once))
        thread.stop_waiting()
        return await result_or_message(thread)

    assert asyncio.run(call()) == "not requested: stopping"


def test_stop_waiting_ends_the_wait_for_a_permit() -> None:
    async def call() -> str:
        def stop_meanwhile() -> Coroutine[Any, Any, None]:
            thread.stop_waiting()
            return permit_never()

        thread = ClientThread(FakeClient, FakeLimiter(stop_meanwhile))
        return await asyncio.wait_for(result_or_message(thread), timeout=60)

    assert asyncio.run(call()) == "not requested: stopping"


def test_with_caller_acquires_the_client_does_not_wait() -> None:
    async def call() -> str:
        return await result_or_message(
            ClientThread(FakeClient, FakeLimiter(permit_never), caller_acquires=True)
        )

    assert asyncio.run(call()) == "answered"


def test_a_client_called_outside_its_thread_raises() -> None:
    clients: list[FakeClient] = []

    def build(before_request: Callable[[], None]) -> FakeClient:
        clients.append(FakeClient(before_request))
        return clients[0]

    async def call() -> None:
        thread = ClientThread(build, FakeLimiter(permit_at_once))
        try:
            with pytest.raises(RuntimeError, match="through its submit method"):
                clients[0].request()
        finally:
            await thread.close()

    asyncio.run(call())
    assert clients[0].requests == 0
