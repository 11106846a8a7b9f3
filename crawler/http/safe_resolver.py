"""Resolve hosts to addresses that may be connected to (protection against SSRF).

The host of every request is resolved here, at every redirect. Hosts are normalised by the WHATWG
URL standard first, and names are resolved by the system. `connect_to` (like curl's --connect-to)
maps a host and port to another; its targets are allowed. Other non-public addresses
(`crawler.http.special_addresses`) are refused unless `network.allow` lists them, because a page or
redirect must not reach internal services.
"""

from __future__ import annotations

import asyncio
import re
import socket
from collections.abc import Collection, Mapping, Sequence
from functools import lru_cache, partial
from ipaddress import IPv4Address, IPv6Address, ip_address
from time import monotonic
from typing import NamedTuple

from aiohttp.abc import AbstractResolver, ResolveResult

from crawler.http.connection_map import ConnectionMap, HostPort, unbracketed
from crawler.http.dns_diagnosis import Nameservers
from crawler.http.special_addresses import Network, non_public_reason, special_name_addresses
from crawler.http.urls import InvalidUrl, canonical_host
from crawler.process.daemon_threads import DaemonExecutor
from store.vocabulary import Fault

_CACHE_SECONDS = 300.0
_MAX_CACHED_NAMES = 50_000
_THREADS = 32  # getaddrinfo blocks; more at a time do not make it faster

# RFC 6761, section 6.4: such names never resolve, and a resolver may need long to respond.
_NEVER_RESOLVES = re.compile(r"(?:^|\.)invalid\.?$", re.IGNORECASE)


class _Lookup(NamedTuple):
    """A name resolution, in progress or done.

    Attributes:
        began_at: The monotonic time at which it began.
        addresses: The IP addresses of the name.
    """

    began_at: float
    addresses: asyncio.Future[Sequence[str]]


class ResolveError(OSError):
    """Raised if a host has no allowed address.

    Attributes:
        fault: The kind of failure.
        detail: A message for the user.
    """

    def __init__(self, fault: Fault, detail: str) -> None:
        super().__init__(detail)
        self.fault = fault
        self.detail = detail


class SafeResolver(AbstractResolver):
    """Resolves hosts for the HTTP clients, and refuses addresses that are not allowed.

    Results are cached for five minutes, failures are not.

    Args:
        connect_to: Maps `host:port` to the `host:port` to connect to; `*` stands for any host.
        allowed: Non-public networks that are allowed.
        nameservers: Explain why a name did not resolve; without them the system's error is used.
        proxies: Hosts and ports of the configured proxies. They may be private, but requests to
            them that do not use them as a proxy are refused.
    """

    def __init__(
        self,
        *,
        connect_to: Mapping[str, str] | None = None,
        allowed: Sequence[Network] = (),
        nameservers: Nameservers | None = None,
        proxies: Collection[HostPort] = (),
    ) -> None:
        self._connections = ConnectionMap(connect_to)
        self._allowed = allowed
        self._proxies = frozenset((_canonical(host), port) for host, port in proxies)
        self._nameservers = nameservers
        self._pool = DaemonExecutor(_THREADS, name="resolver")
        self._lookups: dict[str, _Lookup] = {}  # by name
        # Results of `resolve_public` for names, each with the monotonic time when it expires.
        self._public: dict[HostPort, tuple[float, Sequence[HostPort]]] = {}

    def cached_public(self, host: str, port: int) -> Sequence[HostPort]:
        """Return the result of `resolve_public` if it is cached; empty if it is not."""
        expires_at, addresses = self._public.get((host, port), (0.0, ()))
        return addresses if monotonic() < expires_at else ()

    async def resolve_public(self, host: str, port: int) -> Sequence[HostPort]:
        """Return the IP addresses and ports to connect to, in the system's order of preference.

        Raises:
            ResolveError: The host does not resolve, or not to a public address.
        """
        requested = (host, port)
        self.check_host(host, port)
        host = _canonical(host)
        if ip := _parse_ip(host):
            return [(str(ip), port)]
        if target := self._connections.target(host, port):
            target_host, target_port = target
            return [(address, target_port) for address in await self._cached_addresses(target_host)]
        special = [str(address) for address in special_name_addresses(host)]
        resolved = special or await self._cached_addresses(host)
        public = [(address, port) for address in self._only_public(host, resolved)]
        if lookup := self._lookups.get(host):
            if len(self._public) >= _MAX_CACHED_NAMES:
                self._public.clear()
            self._public[requested] = (lookup.began_at + _CACHE_SECONDS, public)
        return public

    def _only_public(self, host: str, addresses: Sequence[str]) -> Sequence[str]:
        """Return the addresses of a host that are public or allowed.

        Raises:
            ResolveError: There are none.
        """
        reasons = {
            address: non_public_reason(_without_zone(address), self._allowed)
            for address in addresses
        }
        public = [address for address, reason in reasons.items() if reason is None]
        if not public:
            refused, reason = next(iter(reasons.items()), ("", None))
            problem = f"{host} resolves to the non-public address {refused}"
            raise ResolveError(Fault.UNSAFE_ADDRESS, _unsafe_detail(problem, reason))
        return public

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """Resolve a host as `resolve_public` does, or a proxy, for aiohttp's connector."""
        if (_canonical(host), port) in self._proxies:
            proxy_addresses = await self._cached_addresses(host)
            addresses: Sequence[HostPort] = [(address, port) for address in proxy_addresses]
        else:
            addresses = await self.resolve_public(host, port)
        return [
            ResolveResult(
                hostname=host,
                host=address,
                port=target_port,
                family=_family(address),
                proto=socket.IPPROTO_TCP,
                flags=socket.AI_NUMERICHOST,
            )
            for address, target_port in addresses
            if family in (socket.AF_UNSPEC, _family(address))
        ]

    def is_remapped(self, host: str, port: int) -> bool:
        """Return whether `connect_to` maps a host and port to another."""
        return self._connections.target(host, port) is not None

    def check_host(self, host: str, port: int) -> None:
        """Check a host without resolving it: an address in any spelling, a name like localhost.

        If a proxy resolves names, nothing more can be checked. A `connect_to` entry that maps an IP
        address to itself allows it; an IP address is never mapped to another one.

        Raises:
            ResolveError: The host is not allowed.
        """
        host = _canonical(host)
        if (host, port) in self._proxies:
            raise ResolveError(
                Fault.UNSAFE_ADDRESS, f"{host}:{port} is the proxy that requests go through"
            )
        address = _parse_ip(host)
        if address and self._connections.target(host, port) == (str(address), port):
            return
        addresses: Sequence[IPv4Address | IPv6Address] = ()
        if address:
            addresses = [address]
        elif not self.is_remapped(host, port):
            addresses = special_name_addresses(host)
        reasons = [non_public_reason(candidate, self._allowed) for candidate in addresses]
        if reasons and all(reasons):
            problem = f"{host} is not a public address"
            raise ResolveError(Fault.UNSAFE_ADDRESS, _unsafe_detail(problem, reasons[0]))

    async def close(self) -> None:
        """Cancel lookups and stop the threads."""
        for lookup in self._lookups.values():
            lookup.addresses.cancel()
        if self._nameservers:
            await self._nameservers.close()
        self._pool.shutdown()

    async def _cached_addresses(self, host: str) -> Sequence[str]:
        """Return a name's addresses from the cache. Concurrent calls share one lookup."""
        if _NEVER_RESOLVES.search(host):
            raise ResolveError(Fault.NAME_NOT_FOUND, f"{host}: names under .invalid do not exist")
        lookup = self._lookups.get(host)
        if lookup is not None and monotonic() - lookup.began_at < _CACHE_SECONDS:
            if lookup.addresses.done():
                return lookup.addresses.result()
            return await asyncio.shield(lookup.addresses)
        if len(self._lookups) >= _MAX_CACHED_NAMES:
            oldest_name = next(iter(self._lookups))
            del self._lookups[oldest_name]
        addresses = asyncio.ensure_future(self._resolve_name(host))
        addresses.add_done_callback(partial(self._forget_failure, host))
        self._lookups[host] = _Lookup(monotonic(), addresses)
        return await asyncio.shield(addresses)

    def _forget_failure(self, host: str, addresses: asyncio.Future[Sequence[str]]) -> None:
        """Remove a failed lookup from the cache, so that the next call looks the name up again."""
        has_failed = addresses.cancelled() or addresses.exception() is not None
        lookup = self._lookups.get(host)
        if has_failed and lookup is not None and lookup.addresses is addresses:
            del self._lookups[host]

    async def _resolve_name(self, host: str) -> Sequence[str]:
        """Return the addresses of a name. Raises ResolveError, with the reason if one is found."""
        try:
            return await asyncio.get_running_loop().run_in_executor(self._pool, _getaddrinfo, host)
        except ResolveError as error:
            is_unresolved = error.fault in (Fault.NAME_NOT_FOUND, Fault.NAME_UNKNOWN)
            if is_unresolved and self._nameservers:
                explanation = await self._nameservers.explain_failure(host)
                if explanation:
                    fault, detail = explanation
                    raise ResolveError(fault, f"{host}: {detail}") from error
            raise


def _unsafe_detail(problem: str, reason: str | None) -> str:
    """Return the message for a host that is not allowed."""
    explanation = f" ({reason})" if reason else ""
    return f"{problem}{explanation}: to allow it, add it to `allow` under [network]"


def _canonical(host: str) -> str:
    """Return a host in canonical spelling. Raises ResolveError if it is not a host."""
    try:
        return canonical_host(host)
    except InvalidUrl:
        raise ResolveError(Fault.INVALID_URL, f"{host!r} is not a host name") from None


def _getaddrinfo(host: str) -> Sequence[str]:
    """Return the addresses that the system has for a name. Raises ResolveError; it blocks."""
    try:
        entries = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except socket.gaierror as error:
        missing = error.errno in (
            socket.EAI_NONAME,
            getattr(socket, "EAI_NODATA", socket.EAI_NONAME),
        )
        raise ResolveError(
            Fault.NAME_NOT_FOUND if missing else Fault.NAME_UNKNOWN, f"{host}: {error.strerror}"
        ) from None
    except (UnicodeError, ValueError):  # a label over 63 characters, an empty one
        raise ResolveError(Fault.INVALID_URL, f"{host!r} is not a host name") from None
    return list(dict.fromkeys(str(entry[4][0]) for entry in entries))


@lru_cache(maxsize=4096)
def _without_zone(address: str) -> IPv4Address | IPv6Address:
    """Return an IP address without its zone (`%eth0`)."""
    return ip_address(address.partition("%")[0])


@lru_cache(maxsize=4096)
def _parse_ip(host: str) -> IPv4Address | IPv6Address | None:
    """Return the IP address that a host is, with or without brackets; None for a name."""
    try:
        return ip_address(unbracketed(host))
    except ValueError:
        return None


def _family(address: str) -> socket.AddressFamily:
    """Return the address family of an IP address."""
    return socket.AF_INET6 if ":" in address else socket.AF_INET
