"""Test resolving names to addresses that may be requested."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from ipaddress import ip_address, ip_network
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.http import safe_resolver as resolver_module
from crawler.http.connection_map import HostPort
from crawler.http.safe_resolver import ResolveError, SafeResolver
from crawler.http.special_addresses import non_public_reason
from store.vocabulary import Fault

PUBLIC = "93.184.216.34"


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> dict[str, list[str] | Exception]:
    """Replace the system's resolver by a table of names."""
    table: dict[str, list[str] | Exception] = {}

    def resolve(host: str, *_: Any, **__: Any) -> list[tuple[Any, ...]]:
        found = table.get(host, socket.gaierror(socket.EAI_NONAME, "Name or service not known"))
        if isinstance(found, Exception):
            raise found
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 0)) for address in found]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    return table


def resolve_public(host: str, port: int = 80, **options: Any) -> list[HostPort]:
    async def scenario() -> list[HostPort]:
        resolver = SafeResolver(**options)
        try:
            return list(await resolver.resolve_public(host, port))
        finally:
            await resolver.close()

    return asyncio.run(scenario())


def fault_of(host: str, port: int = 80, **options: Any) -> Fault:
    with pytest.raises(ResolveError) as caught:
        resolve_public(host, port, **options)
    return caught.value.fault


@pytest.mark.parametrize(
    "address",
    [
        "0.0.0.0",  # noqa: S104  nothing is bound to it here
        *(
            "127.0.0.1",
            "10.1.2.3",
            "172.16.0.1",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "255.255.255.255",
            "224.0.0.1",
        ),
        *("::1", "::", "fe80::1", "fc00::1", "fd00:ec2::254", "ff02::1", "2001:db8::1"),
        *(
            "::ffff:127.0.0.1",
            "::ffff:10.0.0.1",
            "64:ff9b::7f00:1",
            "2002:7f00:1::",
            "192.0.2.1",
            "198.18.0.1",
            "240.0.0.1",
        ),
    ],
)
def test_non_public_addresses_are_refused(address: str) -> None:
    assert non_public_reason(ip_address(address))


@pytest.mark.parametrize(
    "address", [PUBLIC, "2606:2800:220:1::1", "::ffff:93.184.216.34", "64:ff9b::5db8:d822"]
)
def test_public_addresses_are_resolved(address: str) -> None:
    assert non_public_reason(ip_address(address)) is None


@given(st.ip_addresses(v=4))
def test_embedding_an_address_in_ipv6_does_not_make_it_public(address: Any) -> None:
    mapped = ip_address(f"::ffff:{address}")
    assert (non_public_reason(mapped) is None) == (non_public_reason(address) is None)


def test_addresses_of_allowed_ranges_are_returned(names: dict[str, Any]) -> None:
    names["wiki.lan"] = ["10.20.0.5"]
    assert fault_of("wiki.lan") is Fault.UNSAFE_ADDRESS
    assert resolve_public("wiki.lan", allowed=[ip_network("10.20.0.0/16")]) == [("10.20.0.5", 80)]


def test_only_the_public_addresses_of_a_name_are_returned(names: dict[str, Any]) -> None:
    names["mixed.test"] = ["127.0.0.1", PUBLIC]
    assert resolve_public("mixed.test") == [(PUBLIC, 80)]


@pytest.mark.parametrize(
    ("error", "fault"),
    [
        (socket.gaierror(socket.EAI_NONAME, "Name or service not known"), Fault.NAME_NOT_FOUND),
        (
            socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution"),
            Fault.NAME_UNKNOWN,
        ),
        (
            socket.gaierror(socket.EAI_FAIL, "Non-recoverable failure in name resolution"),
            Fault.NAME_UNKNOWN,
        ),
        (UnicodeError("label too long"), Fault.INVALID_URL),
    ],
)
def test_each_resolver_failure_has_its_fault(
    names: dict[str, Any], error: Exception, fault: Fault
) -> None:
    names["some.test"] = error
    assert fault_of("some.test") is fault


@pytest.mark.parametrize("host", ["gone.invalid", "invalid", "Gone.INVALID", "gone.invalid."])
def test_names_under_invalid_are_never_looked_up(names: dict[str, Any], host: str) -> None:
    names[host] = [PUBLIC]
    assert fault_of(host) is Fault.NAME_NOT_FOUND


def test_a_name_that_only_ends_like_invalid_is_looked_up(names: dict[str, Any]) -> None:
    names["notinvalid"] = [PUBLIC]
    assert resolve_public("notinvalid") == [(PUBLIC, 80)]


@pytest.mark.parametrize("host", ["2130706433", "0x7f.1", "0177.0.0.1", "127.1"])
def test_other_spellings_of_an_address_are_judged_by_the_address(host: str) -> None:
    assert fault_of(host) is Fault.UNSAFE_ADDRESS


@pytest.mark.parametrize(
    "host",
    [
        "2130706433",
        "0x7f.1",
        "0177.0.0.1",
        "127.1",
        "0",
        "127.0.0.1.",
        "１２７.1",
        "%31%32%37.1",
        "[::127.0.0.1]",
    ],
)
def test_no_spelling_of_a_private_address_is_sent_to_a_proxy(host: str) -> None:
    with pytest.raises(ResolveError) as caught:
        SafeResolver().check_host(host, 80)
    assert caught.value.fault is Fault.UNSAFE_ADDRESS


@pytest.mark.parametrize(
    "host",
    [
        "localhost",
        "LOCALHOST.",
        "lo%63alhost",
        "www.localhost",
        "localhost.localdomain",
        "ip6-localhost",
        "metadata.google.internal",
    ],
)
def test_names_of_this_machine_are_refused_without_a_lookup(
    names: dict[str, Any], host: str
) -> None:
    names[host] = names[host.lower()] = [PUBLIC]
    assert fault_of(host) is Fault.UNSAFE_ADDRESS
    with pytest.raises(ResolveError):
        SafeResolver().check_host(host, 80)


def test_names_of_this_machine_can_be_allowed_or_mapped() -> None:
    allowed = [ip_network("127.0.0.0/8")]
    assert resolve_public("localhost", 8000, allowed=allowed) == [("127.0.0.1", 8000)]
    SafeResolver(allowed=allowed).check_host("localhost", 8000)
    mapping = {"localhost:80": "127.0.0.1:8080"}
    assert resolve_public("localhost", connect_to=mapping) == [("127.0.0.1", 8080)]
    SafeResolver(connect_to=mapping).check_host("localhost", 80)


def test_connect_to_applies_to_every_spelling_of_a_host() -> None:
    mapping = {"例え.test:80": "127.0.0.1:1", "[::1]:80": "[::1]:80"}
    assert resolve_public("xn--r8jz45g.test", connect_to=mapping) == [("127.0.0.1", 1)]
    assert resolve_public("0:0:0:0:0:0:0:1", connect_to=mapping) == [("::1", 80)]


@pytest.mark.parametrize("host", ["", "a b", "a@b", "1.2.3.4.5", "fe80::1%lo"])
def test_invalid_host_names_are_not_looked_up(host: str) -> None:
    assert fault_of(host) is Fault.INVALID_URL


def test_the_detail_names_the_reason_of_a_refusal() -> None:
    with pytest.raises(
        ResolveError,
        match=r"168\.63\.129\.16 is not a public address \(the platform service of Azure\)",
    ):
        resolve_public("168.63.129.16")


@pytest.mark.parametrize("host", ["127.0.0.1", "[::1]", "[::ffff:127.0.0.1]", "169.254.169.254"])
def test_literal_addresses_are_checked(host: str) -> None:
    assert fault_of(host) is Fault.UNSAFE_ADDRESS


def test_a_public_ip_address_needs_no_lookup(names: dict[str, Any]) -> None:
    assert resolve_public(PUBLIC, 8080) == [(PUBLIC, 8080)]


def test_connect_to_maps_host_and_port() -> None:
    mapping = {
        "a.test:80": "127.0.0.1:8080",
        "*:443": "[::1]:8443",
        "GONE.invalid:80": "127.0.0.1:1",
    }
    assert resolve_public("A.test", 80, connect_to=mapping) == [("127.0.0.1", 8080)]
    assert resolve_public("b.test", 443, connect_to=mapping) == [("::1", 8443)]
    assert resolve_public("gone.invalid", 80, connect_to=mapping) == [("127.0.0.1", 1)]


def test_connect_to_maps_an_ip_address_only_to_itself() -> None:
    assert resolve_public("127.0.0.1", 8080, connect_to={"127.0.0.1:8080": "127.0.0.1:8080"}) == [
        ("127.0.0.1", 8080)
    ]
    assert (
        fault_of("127.0.0.1", 8080, connect_to={"*:8080": "127.0.0.1:9090"}) is Fault.UNSAFE_ADDRESS
    )


@pytest.fixture
def move_clock(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """Replace the monotonic clock by one that tests move."""
    now = [1000.0]
    monkeypatch.setattr(resolver_module, "monotonic", lambda: now[0])

    def move(seconds: float) -> None:
        now[0] += seconds

    return move


def test_a_name_that_changes_to_a_private_address_is_refused_after_the_cache_expires(
    names: dict[str, Any], move_clock: Callable[[float], None]
) -> None:
    async def scenario() -> None:
        resolver = SafeResolver()
        names["rebound.test"] = [PUBLIC]
        assert await resolver.resolve_public("rebound.test", 80) == [(PUBLIC, 80)]
        names["rebound.test"] = ["127.0.0.1"]
        assert await resolver.resolve_public("rebound.test", 80) == [
            (PUBLIC, 80)
        ]  # the checked addresses are cached
        move_clock(301)
        with pytest.raises(ResolveError) as caught:
            await resolver.resolve_public("rebound.test", 80)
        assert caught.value.fault is Fault.UNSAFE_ADDRESS
        await resolver.close()

    asyncio.run(scenario())


def test_checked_addresses_are_cached_as_long_as_the_lookup(
    names: dict[str, Any], move_clock: Callable[[float], None]
) -> None:
    async def scenario() -> None:
        resolver = SafeResolver()
        names["site.test"] = [PUBLIC]
        names["inner.test"] = ["127.0.0.1"]
        assert resolver.cached_public("site.test", 80) == ()
        await resolver.resolve_public("site.test", 80)
        move_clock(200)
        await resolver.resolve_public("site.test", 443)
        assert resolver.cached_public("site.test", 443) == [(PUBLIC, 443)]
        with pytest.raises(ResolveError):
            await resolver.resolve_public("inner.test", 80)
        assert resolver.cached_public("inner.test", 80) == ()
        move_clock(101)
        assert resolver.cached_public("site.test", 80) == ()
        assert resolver.cached_public("site.test", 443) == ()  # its lookup is the same
        await resolver.close()

    asyncio.run(scenario())


def test_failed_lookups_are_not_cached(names: dict[str, Any]) -> None:
    async def scenario() -> None:
        resolver = SafeResolver()
        for _ in range(2):
            with pytest.raises(ResolveError):
                await resolver.resolve_public("late.test", 80)
        names["late.test"] = [PUBLIC]
        assert await resolver.resolve_public("late.test", 80) == [(PUBLIC, 80)]
        await resolver.close()

    asyncio.run(scenario())


def test_resolve_returns_the_addresses_of_resolve_public_for_aiohttp() -> None:
    async def scenario() -> list[tuple[str, int]]:
        resolver = SafeResolver(connect_to={"a.test:80": "127.0.0.1:8080"})
        try:
            assert await resolver.resolve("a.test", 80, socket.AF_INET6) == []
            return [
                (found["host"], found["port"]) for found in await resolver.resolve("a.test", 80)
            ]
        finally:
            await resolver.close()

    assert asyncio.run(scenario()) == [("127.0.0.1", 8080)]
