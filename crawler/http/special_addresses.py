"""List the addresses that are not public, which a page or redirect must not reach.

The rows follow the IANA IPv4 and IPv6 Special-Purpose Address Registries, with all assignments up
to RFC 9780 (April 2025), the IANA IPv6 Address Space registry (only 2000::/3 is global unicast),
and the documentation of the cloud providers for their metadata services. Python's own `is_global`
is not used: it depends on Python's version. Blocks that a registry calls globally reachable but
that reach the nearest router or relay (PCP, TURN and SRP anycast, AMT, ORCHID) are refused with
the block that contains them.

https://www.iana.org/assignments/iana-ipv4-special-registry/
https://www.iana.org/assignments/iana-ipv6-special-registry/
https://www.iana.org/assignments/ipv6-address-space/

This module does not resolve names; `crawler.http.safe_resolver` does.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Final

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

# The first row that contains an address names it, so single addresses precede their blocks.
SPECIAL_RANGES: Final[Sequence[tuple[Network, str]]] = [
    (ip_network(network), name)
    for network, name in (
        # Metadata services of clouds: they hand out the machine's credentials.
        (
            "169.254.169.254/32",
            "the metadata service of AWS, Azure, Google, Oracle, DigitalOcean and OpenStack",
        ),
        ("169.254.170.2/32", "the credentials service of AWS containers"),
        ("169.254.170.23/32", "the credentials service of AWS containers"),
        ("169.254.0.23/32", "the metadata service of Tencent Cloud"),
        ("169.254.42.42/32", "the metadata service of Scaleway"),
        ("168.63.129.16/32", "the platform service of Azure"),
        ("192.0.0.192/32", "the metadata service of Oracle Cloud Classic"),
        ("100.100.100.200/32", "the metadata service of Alibaba Cloud"),
        ("fd00:ec2::254/128", "the metadata service of AWS"),
        ("fd00:ec2::23/128", "the credentials service of AWS containers"),
        ("fd20:ce::254/128", "the metadata service of Google Cloud"),
        ("fd00:c1::a9fe:a9fe/128", "the metadata service of Oracle Cloud"),
        ("fd00:42::42/128", "the metadata service of Scaleway"),
        ("fe80::a9fe:a9fe/128", "the metadata service of OpenStack"),
        # IPv4
        ("0.0.0.0/8", "this network, RFC 791"),
        ("10.0.0.0/8", "private use, RFC 1918"),
        ("100.64.0.0/10", "shared address space of carriers, RFC 6598"),
        ("127.0.0.0/8", "loopback, RFC 1122"),
        ("169.254.0.0/16", "link-local, RFC 3927"),
        ("172.16.0.0/12", "private use, RFC 1918"),
        ("192.0.0.0/24", "IETF protocol assignments, RFC 6890"),
        ("192.0.2.0/24", "documentation, RFC 5737"),
        ("192.88.99.0/24", "6to4 relay anycast, RFC 7526"),
        ("192.168.0.0/16", "private use, RFC 1918"),
        ("198.18.0.0/15", "benchmarking, RFC 2544"),
        ("198.51.100.0/24", "documentation, RFC 5737"),
        ("203.0.113.0/24", "documentation, RFC 5737"),
        ("224.0.0.0/4", "multicast, RFC 5771"),
        ("240.0.0.0/4", "reserved, RFC 1112"),
        # IPv6
        ("::1/128", "loopback, RFC 4291"),
        ("::/128", "the unspecified address, RFC 4291"),
        ("::/96", "IPv4-compatible, RFC 4291"),
        ("::ffff:0:0:0/96", "IPv4-translated, RFC 2765"),
        ("64:ff9b:1::/48", "local NAT64, RFC 8215"),
        ("100::/64", "discard-only, RFC 6666"),
        ("100:0:0:1::/64", "dummy prefix, RFC 9780"),
        ("2001::/23", "IETF protocol assignments, RFC 2928"),
        ("2001:db8::/32", "documentation, RFC 3849"),
        ("3fff::/20", "documentation, RFC 9637"),
        ("5f00::/16", "SRv6 segment identifiers, RFC 9602"),
        ("fc00::/7", "unique local, RFC 4193"),
        ("fe80::/10", "link-local, RFC 4291"),
        ("fec0::/10", "site-local, RFC 3879"),
        ("ff00::/8", "multicast, RFC 4291"),
    )
]
GLOBAL_UNICAST: Final = IPv6Network("2000::/3")  # all else is special or unassigned

_MAPPED: Final = IPv6Network("::ffff:0:0/96")
_NAT64: Final = IPv6Network("64:ff9b::/96")
_TEREDO: Final = IPv6Network("2001::/32")
_6TO4: Final = IPv6Network("2002::/16")
# The upper half of an interface identifier, RFC 5214.
_ISATAP: Final = frozenset({0x00005EFE, 0x02005EFE})
_32_BITS: Final = 0xFFFFFFFF

_LOOPBACK: Final = (ip_address("127.0.0.1"), ip_address("::1"))
_METADATA: Final = (ip_address("169.254.169.254"),)
# Names that every resolver resolves to such an address, also that of a proxy.
SPECIAL_NAMES: Final[Mapping[str, Sequence[Address]]] = {
    "localhost": _LOOPBACK,
    "localhost.localdomain": _LOOPBACK,
    "localhost4": _LOOPBACK,
    "localhost4.localdomain4": _LOOPBACK,
    "localhost6": _LOOPBACK,
    "localhost6.localdomain6": _LOOPBACK,
    "ip6-localhost": _LOOPBACK,
    "ip6-loopback": _LOOPBACK,
    "loopback": _LOOPBACK,
    "metadata.google.internal": _METADATA,
    "metadata.goog": _METADATA,
    "instance-data.ec2.internal": _METADATA,
}


def non_public_reason(address: Address, allowed: Sequence[Network] = ()) -> str | None:
    """Return why an address is not public, such as "loopback, RFC 1122".

    An IPv6 address that contains an IPv4 address (mapped, NAT64, 6to4, Teredo, ISATAP) is also
    judged by that one.

    Args:
        address: The address.
        allowed: Networks that are allowed though they are not public.

    Returns:
        None if it is public or allowed.

    >>> non_public_reason(ip_address("::ffff:127.0.0.1"))
    'loopback, RFC 1122'
    >>> non_public_reason(ip_address("93.184.216.34")) is None
    True
    """
    if any(address.version == network.version and address in network for network in allowed):
        return None
    if isinstance(address, IPv4Address):
        return _special_purpose(address)
    for embedded in _embedded_ipv4(address):
        reason = non_public_reason(embedded, allowed)
        if reason is not None:
            return reason
    is_a_form_of_ipv4 = any(address in network for network in (_MAPPED, _NAT64, _TEREDO, _6TO4))
    return None if is_a_form_of_ipv4 else _special_purpose(address)


def special_name_addresses(host: str) -> Sequence[Address]:
    """Return the addresses that a name has on every machine (RFC 6761, section 6.3).

    Args:
        host: In canonical spelling (`crawler.http.urls.canonical_host`).

    Returns:
        The addresses; none for ordinary names.

    >>> [str(each) for each in special_name_addresses("www.localhost.")]
    ['127.0.0.1', '::1']
    >>> special_name_addresses("example.org")
    ()
    """
    name = host.rstrip(".")
    return _LOOPBACK if name.endswith(".localhost") else SPECIAL_NAMES.get(name, ())


def is_this_machine(host: str) -> bool:
    """Return whether a host is a loopback address or a name of one, by its spelling.

    >>> [is_this_machine(host) for host in ("127.0.0.9", "[::1]", "localhost", "example.org")]
    [True, True, True, False]
    """
    name = host.strip("[]").lower()
    try:
        return ip_address(name).is_loopback
    except ValueError:
        return special_name_addresses(name) == _LOOPBACK


@lru_cache(maxsize=4096)  # the addresses of a host are checked for every request
def _special_purpose(address: Address) -> str | None:
    """Return the name of the special range that an address is in; None for a public address."""
    for network, name in SPECIAL_RANGES:
        if address.version == network.version and address in network:
            return name
    if isinstance(address, IPv6Address) and address not in GLOBAL_UNICAST:
        return "unassigned, RFC 4291"
    return None


def _embedded_ipv4(address: IPv6Address) -> Iterator[IPv4Address]:
    """Yield the IPv4 addresses that packets to an IPv6 address are sent on to."""
    bits = int(address)
    is_isatap = ((bits >> 32) & _32_BITS) in _ISATAP
    if address in _6TO4:
        yield IPv4Address((bits >> 80) & _32_BITS)
    elif address in _TEREDO:
        yield IPv4Address((bits >> 64) & _32_BITS)  # the server
        yield IPv4Address((bits & _32_BITS) ^ _32_BITS)  # the client, whose bits are inverted
    elif address in _MAPPED or address in _NAT64 or is_isatap:
        yield IPv4Address(bits & _32_BITS)
