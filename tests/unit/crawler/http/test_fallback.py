"""Test when a request is sent with another client."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import cast

import pytest

from crawler.http.clients.fallback import FallbackClient
from crawler.http.clients.interface import RequestFailed
from crawler.http.connection_map import HostPort
from crawler.http.fetch import FetchRequest, FetchResponse
from crawler.http.safe_resolver import ResolveError, SafeResolver
from store.vocabulary import Fault


class Client:
    """Fails with a fault."""

    def __init__(self, fault: Fault) -> None:
        self.fault = fault
        self.requests = 0

    async def send(self, request: FetchRequest) -> FetchResponse:
        self.requests += 1
        raise RequestFailed(self.fault, request.url)

    async def close(self) -> None:
        """Do nothing."""


class Resolver:
    """Resolves any host to some addresses; without any, it fails."""

    def __init__(self, *addresses: str) -> None:
        self._addresses = addresses

    async def resolve_public(self, host: str, port: int) -> Sequence[HostPort]:
        if not self._addresses:
            raise ResolveError(Fault.NAME_UNKNOWN, f"{host}: no nameserver answered")
        return [(address, port) for address in self._addresses]


@pytest.mark.parametrize(
    ("addresses", "fault", "sent_again"),
    [
        (["192.0.2.1", "192.0.2.2"], Fault.REFUSED, True),
        (["192.0.2.1"], Fault.REFUSED, False),
        ([], Fault.REFUSED, False),  # the name was resolved a moment ago
        (["192.0.2.1", "192.0.2.2"], Fault.RESET, False),
        ([], Fault.TLS, True),
    ],
)
def test_a_failed_connection_is_tried_at_other_addresses(
    addresses: list[str], fault: Fault, sent_again: bool
) -> None:
    fast, lenient = Client(fault), Client(fault)
    client = FallbackClient(cast("SafeResolver", Resolver(*addresses)), fast=fast, lenient=lenient)
    request = FetchRequest(method="GET", url="http://a.example/", timeout=1)
    with pytest.raises(RequestFailed) as raised:
        asyncio.run(client.send(request))
    assert raised.value.fault is fault
    assert (fast.requests, lenient.requests) == (1, sent_again)
