"""Test whether a proxy answers: a refusal is an answer, a connection without one is none."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack

import pytest

from crawler.demo.web import LOOPBACK, closed_port
from crawler.http import proxy_check
from crawler.http.clients.proxies import proxy_addresses
from crawler.http.proxy_check import ProxiedEndpoint, any_proxy_answers
from crawler.http.safe_resolver import SafeResolver
from tests.web.internet import UNKNOWN_NAME
from tests.web.proxies import BrokenProxy, Proxy

PLACES = [("a.test", 80), ("b.test", 443)]


async def answers(*proxies: str) -> bool:
    known = [address for proxy in proxies for address in proxy_addresses(proxy)]
    resolver = SafeResolver(proxies=known)
    routes = [ProxiedEndpoint(proxy, place) for place in PLACES for proxy in proxies]
    try:
        return await any_proxy_answers(routes, resolver)
    finally:
        await resolver.close()


@pytest.mark.parametrize("scheme", ["", "http://", "socks5h://"])
def test_a_proxy_answers_even_if_it_refuses(scheme: str) -> None:
    async def scenario() -> list[bool]:
        async with Proxy({}) as proxy:
            with closed_port() as closed:
                working, refusing = f"{scheme}{proxy.address}", f"{scheme}{closed}"
                tried = [[working], [refusing], [refusing, working], [f"{scheme}{UNKNOWN_NAME}:80"]]
                return [await answers(*proxies) for proxies in tried]

    assert asyncio.run(scenario()) == [True, False, True, False]


def test_no_proxy_answers_nothing() -> None:
    assert not asyncio.run(answers())


def test_a_request_for_credentials_is_an_answer() -> None:
    async def scenario() -> bool:
        async with BrokenProxy(b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n") as proxy:
            return await answers(proxy.address)

    assert asyncio.run(scenario())


@pytest.mark.parametrize("scheme", ["http", "https", "socks4a", "socks5"])
def test_a_proxy_that_accepts_and_answers_nothing_is_none(
    scheme: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(proxy_check, "_TIMEOUT_SECONDS", 0.3)

    async def scenario() -> bool:
        async with AsyncExitStack() as stack:
            served: list[asyncio.StreamWriter] = []
            server = await asyncio.start_server(lambda _reader, writer: served.append(writer), LOOPBACK, 0)  # fmt: skip
            stack.callback(server.close)
            port = server.sockets[0].getsockname()[1]
            found = await answers(f"{scheme}://{LOOPBACK}:{port}")
            for writer in served:
                writer.close()
            return found

    assert not asyncio.run(scenario())


def test_a_proxy_that_closes_every_connection_is_none() -> None:
    async def scenario() -> bool:
        async with BrokenProxy(b"") as proxy:
            return await answers(proxy.address)

    assert not asyncio.run(scenario())


def test_a_host_name_too_long_for_socks_is_no_error() -> None:
    long_name = f"{'a' * 60}." * 5 + "test"

    async def scenario() -> bool:
        async with Proxy({}) as proxy:
            address = f"socks5h://{proxy.address}"
            resolver = SafeResolver(proxies=proxy_addresses(address))
            try:
                route = ProxiedEndpoint(address, (long_name, 80))
                return await any_proxy_answers([route], resolver)
            finally:
                await resolver.close()

    assert asyncio.run(scenario())
