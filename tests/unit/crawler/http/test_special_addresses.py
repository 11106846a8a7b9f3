"""Test which addresses are public: both IANA registries, and every form that contains an IPv4 address."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.http.special_addresses import (
    GLOBAL_UNICAST,
    SPECIAL_RANGES,
    non_public_reason,
    special_name_addresses,
)

# The IANA IPv4 Special-Purpose Address Registry without rows that are within others.
IPV4 = [
    *(
        "0.0.0.0/8",
        "10.0.0.0/8",
        "100.64.0.0/10",
        "127.0.0.0/8",
        "169.254.0.0/16",
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",
    ),
    *(
        "192.88.99.0/24",
        "192.168.0.0/16",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "240.0.0.0/4",
    ),
    "224.0.0.0/4",  # from the registry of multicast addresses
    "168.63.129.16/32",  # Azure's, in the middle of public addresses
]
# Other rows of the registry, which are globally reachable.
IPV4_PUBLIC = ["192.31.196.0/24", "192.52.193.0/24", "192.175.48.0/24"]
# The IANA IPv6 Special-Purpose Address Registry without rows within others and embedded IPv4; then other registries.
IPV6 = [
    *(
        "::1/128",
        "::/128",
        "64:ff9b:1::/48",
        "100::/64",
        "100:0:0:1::/64",
        "2001:db8::/32",
        "3fff::/20",
        "5f00::/16",
    ),
    *("fc00::/7", "fe80::/10", "::/96", "::ffff:0:0:0/96", "fec0::/10", "ff00::/8"),
    # 2001::/23 without Teredo
    *(
        "2001:1::1/128",
        "2001:1::2/128",
        "2001:1::3/128",
        "2001:2::/48",
        "2001:3::/32",
        "2001:4:112::/48",
        "2001:10::/28",
        "2001:20::/28",
    ),
    *("2001:30::/28", "2001:1::/32", "2001:1ff::/32", "2001:100::/24"),
]
IPV6_PUBLIC = [
    "2620:4f:8000::/48",
    "2001:200::/23",
    "2400::/12",
    "2600::/12",
    "2a00::/12",
    "2c00::/12",
]
METADATA = [
    *(
        "169.254.169.254",
        "169.254.170.2",
        "169.254.170.23",
        "169.254.0.23",
        "169.254.42.42",
        "168.63.129.16",
        "192.0.0.192",
    ),
    *(
        "100.100.100.200",
        "fd00:ec2::254",
        "fd00:ec2::23",
        "fd20:ce::254",
        "fd00:c1::a9fe:a9fe",
        "fd00:42::42",
        "fe80::a9fe:a9fe",
    ),
]
SOME_PUBLIC, SOME_PRIVATE = IPv4Address("93.184.216.34"), IPv4Address("10.1.2.3")


def edges(
    network: IPv4Network | IPv6Network,
) -> tuple[IPv4Address | IPv6Address, IPv4Address | IPv6Address]:
    return network[0], network[-1]


def neighbours(network: IPv4Network | IPv6Network) -> list[IPv4Address | IPv6Address]:
    """Return the addresses directly before and after a network, if there are any."""
    count = 2**network.max_prefixlen
    kind = type(network[0])
    return [
        kind(number)
        for number in (int(network[0]) - 1, int(network[-1]) + 1)
        if 0 <= number < count
    ]


@pytest.mark.parametrize("row", IPV4)
def test_special_ipv4_ranges_are_refused_up_to_their_ends(row: str) -> None:
    rows = [IPv4Network(other) for other in IPV4]
    network = ip_network(row)
    assert all(non_public_reason(address) for address in edges(network))
    for address in neighbours(network):
        assert (non_public_reason(address) is None) is not any(
            address in other for other in rows
        ), address


@pytest.mark.parametrize("row", IPV6)
def test_special_ipv6_ranges_are_refused_up_to_their_ends(row: str) -> None:
    rows = [IPv6Network(other) for other in IPV6]
    network = ip_network(row)
    assert all(non_public_reason(address) for address in edges(network))
    for address in neighbours(network):
        special = any(address in other for other in rows) or address not in IPv6Network("2000::/3")
        if address not in IPv6Network("2001::/23"):
            assert (non_public_reason(address) is None) is not special, address


@pytest.mark.parametrize("row", [*IPV4_PUBLIC, *IPV6_PUBLIC])
def test_globally_reachable_addresses_are_public(row: str) -> None:
    assert [non_public_reason(address) for address in edges(ip_network(row))] == [None, None]


@pytest.mark.parametrize(
    "address",
    [
        "::2",
        "64:ff9a::1",
        "101::1",
        "200::1",
        "400::1",
        "1fff::1",
        "4000::1",
        "5eff::1",
        "8000::1",
        "fbff::1",
        "fe00::1",
    ],
)
def test_unassigned_addresses_are_not_public(address: str) -> None:
    assert non_public_reason(ip_address(address))


@pytest.mark.parametrize("address", METADATA)
def test_metadata_services_of_clouds_are_named(address: str) -> None:
    assert "service of" in str(non_public_reason(ip_address(address)))


def test_no_range_is_hidden_by_an_earlier_row() -> None:
    for position, (network, _) in enumerate(SPECIAL_RANGES):
        above = [
            other for other, _ in SPECIAL_RANGES[:position] if other.version == network.version
        ]
        assert not any(network.subnet_of(other) for other in above), network  # type: ignore[arg-type]


def forms(address: IPv4Address) -> dict[str, IPv6Address]:
    """Return the IPv6 addresses that contain an IPv4 address."""
    bits = int(address)
    public = int(SOME_PUBLIC)
    return {
        "mapped, RFC 4291": IPv6Address((0xFFFF << 32) | bits),
        "NAT64, RFC 6052": IPv6Address((0x0064FF9B << 96) | bits),
        "6to4, RFC 3056": IPv6Address((0x2002 << 112) | (bits << 80) | 1),
        "Teredo's client, RFC 4380": IPv6Address(
            (0x20010000 << 96) | (public << 64) | (bits ^ 0xFFFFFFFF)
        ),
        "Teredo's server, RFC 4380": IPv6Address(
            (0x20010000 << 96) | (bits << 64) | (public ^ 0xFFFFFFFF)
        ),
        "ISATAP, RFC 5214": IPv6Address((0x2A000001 << 96) | (0x5EFE << 32) | bits),
        "ISATAP of a public address": IPv6Address((0x2A000001 << 96) | (0x02005EFE << 32) | bits),
    }


@pytest.mark.parametrize("form", forms(SOME_PUBLIC))
def test_an_embedded_ipv4_address_decides(form: str) -> None:
    for row in IPV4:
        for address in edges(IPv4Network(row)):
            assert isinstance(address, IPv4Address)
            assert non_public_reason(forms(address)[form]), address
    assert non_public_reason(forms(SOME_PUBLIC)[form]) is None


@given(st.ip_addresses(v=4))
def test_every_embedding_of_an_ipv4_address_has_the_same_result(address: Any) -> None:
    assert {non_public_reason(form) is None for form in forms(address).values()} == {
        non_public_reason(address) is None
    }


@given(st.ip_addresses(v=6))
def test_outside_global_unicast_only_embedded_ipv4_is_public(address: Any) -> None:
    if non_public_reason(address) is None and address not in GLOBAL_UNICAST:
        assert address in IPv6Network("::ffff:0:0/96") or address in IPv6Network("64:ff9b::/96")


def test_allowed_network_overrides_a_special_range() -> None:
    allowed = [
        ip_network("10.0.0.0/8"),
        ip_network("fd00::/8"),
        ip_network("64:ff9b:1::/48"),
        ip_network("169.254.169.254/32"),
    ]
    for address in (
        SOME_PRIVATE,
        ip_address("fd00:ec2::254"),
        ip_address("64:ff9b:1::1"),
        ip_address("169.254.169.254"),
    ):
        assert non_public_reason(address)
        assert non_public_reason(address, allowed) is None
    assert [non_public_reason(address, allowed) for address in forms(SOME_PRIVATE).values()] == [
        None
    ] * len(forms(SOME_PRIVATE))
    assert non_public_reason(ip_address("127.0.0.1"), allowed)


@pytest.mark.parametrize(
    "name",
    [
        "localhost",
        "localhost.",
        "a.localhost",
        "localhost.localdomain",
        "ip6-localhost",
        "ip6-loopback",
        "metadata.google.internal",
    ],
)
def test_special_names_have_their_addresses(name: str) -> None:
    assert special_name_addresses(name)
    assert all(non_public_reason(address) for address in special_name_addresses(name))


@pytest.mark.parametrize("name", ["example.org", "localhost.example", "notlocalhost", "local", ""])
def test_ordinary_names_have_no_special_address(name: str) -> None:
    assert not special_name_addresses(name)
