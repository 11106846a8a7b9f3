"""Few clients for many names."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import pytest

from crawler.probing.clients import pins
from crawler.probing.clients.interface import Unfit
from crawler.probing.clients.pins import PinnedClients, Route
from crawler.probing.resolver import Place

ROUTE = Route(10.0)
HERE, THERE = ("192.0.2.1", 443), ("192.0.2.2", 443)


class Built:
    """Stands for a client; remembers what was pinned into it."""

    def __init__(self, _route: Route, pinned: Mapping[str, Place]) -> None:
        self.pinned = dict(pinned)


def open_pinned(monkeypatch: pytest.MonkeyPatch, build: Any = Built, *, kept: int = 192) -> PinnedClients:
    monkeypatch.setattr(pins, "_GATHER_SECONDS", 0.0)
    monkeypatch.setattr(pins, "_GATHER_SECONDS_BUSY", 0.0)
    monkeypatch.setattr(pins, "_KEPT_CLIENTS", kept)
    return PinnedClients(build)


def test_names_asked_for_together_share_a_client(monkeypatch: pytest.MonkeyPatch) -> None:
    async def ask() -> list[Any]:
        pinned = open_pinned(monkeypatch)
        wanted = [("a.test", HERE), ("b.test", THERE), ("a.test", HERE), ("a.test", THERE)]
        return await asyncio.gather(*(pinned.client_for(ROUTE, host, place) for host, place in wanted))

    first, second, third, fourth = asyncio.run(ask())
    assert first is second is third
    assert first.pinned == {"a.test": HERE, "b.test": THERE}
    assert fourth.pinned == {"a.test": THERE}  # a name leads to one place in each


def test_no_client_has_more_names_than_it_may(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pins, "_BATCH_PINS", 2)

    async def ask() -> list[Any]:
        pinned = open_pinned(monkeypatch)
        return await asyncio.gather(*(pinned.client_for(ROUTE, f"{letter}.test", HERE) for letter in "abc"))

    assert [len(client.pinned) for client in asyncio.run(ask())] == [2, 2, 1]


def test_clients_not_used_for_long_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    async def ask() -> None:
        pinned = open_pinned(monkeypatch, kept=2)
        clients = {letter: await pinned.client_for(ROUTE, letter, HERE) for letter in "ab"}
        assert await pinned.client_for(ROUTE, "a", HERE) is clients["a"]
        await pinned.client_for(ROUTE, "c", HERE)  # b goes: a was used since
        assert await pinned.client_for(ROUTE, "a", HERE) is clients["a"]
        assert await pinned.client_for(ROUTE, "b", HERE) is not clients["b"]
        assert len(list(pinned.take_all())) == 2
        assert not list(pinned.take_all())

    asyncio.run(ask())


def test_a_client_that_cannot_be_built_is_unfit_for_its_names(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_route: Route, _pinned: Mapping[str, Place]) -> Any:
        raise ValueError("no such certificate")

    async def ask() -> None:
        pinned = open_pinned(monkeypatch, fail)
        for _ in range(2):
            with pytest.raises(Unfit, match="no such certificate"):
                await pinned.client_for(ROUTE, "a.test", HERE)

    asyncio.run(ask())
