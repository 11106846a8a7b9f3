"""From a host's name to addresses we may ask. Every connection of the download handler goes through here, at every hop.

Names resolve as the system resolves them. `connect_to` (as curl's --connect-to) leads chosen hosts elsewhere; its targets are allowed
because someone configured them. Any other address inside a private, loopback, link-local, multicast or reserved range is refused unless
`network.allow` names it: a page, or a server's redirect, must not make us ask machines that trust us.
"""

from __future__ import annotations

import asyncio
import re
import socket
from collections.abc import Mapping, Sequence
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from time import monotonic

from aiohttp.abc import AbstractResolver, ResolveResult

from crawler.daemon_threads import DaemonExecutor
from crawler.probing.nameservers import Nameservers
from store.vocabulary import Fault

_CACHE_SECONDS = 300.0
_CACHE_NAMES = 50_000
_THREADS = 32  # getaddrinfo blocks; more than this at once helps nobody
_NAT64 = IPv6Network("64:ff9b::/96")
_SHARED = IPv4Network("100.64.0.0/10")  # carriers' own, RFC 6598; Python calls it neither private nor global

# RFC 6761, section 6.4: users are free to rely on it, and a resolver may well be slow to say so.
_NEVER_RESOLVES = re.compile(r"(?:^|\.)invalid\.?$", re.IGNORECASE)

Network = IPv4Network | IPv6Network
Place = tuple[str, int]  # an address and a port


class ResolveError(OSError):
    """A name that gives no address we may ask; `fault` says why."""

    def __init__(self, fault: Fault, detail: str) -> None:
        super().__init__(detail)
        self.fault = fault
        self.detail = detail


def is_safe(address: IPv4Address | IPv6Address, allowed: Sequence[Network] = ()) -> bool:
    """Tell whether an address is the public internet's, or allowed.

    IPv4 addresses wrapped in IPv6 (mapped, NAT64, 6to4, Teredo) are judged by what they wrap.

    >>> is_safe(ip_address("93.184.216.34")), is_safe(ip_address("::ffff:127.0.0.1")), is_safe(ip_address("169.254.169.254"))
    (True, False, False)
    """
    if any(address.version == network.version and address in network for network in allowed):
        return True
    if isinstance(address, IPv6Address) and (wrapped := _wrapped(address)):
        return is_safe(wrapped, allowed)
    return address.is_global and not address.is_multicast and not (isinstance(address, IPv4Address) and address in _SHARED)


def _wrapped(address: IPv6Address) -> IPv4Address | None:
    if address in _NAT64:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour or (address.teredo[1] if address.teredo else None)


class SafeResolver(AbstractResolver):
    """Resolves for the clients, and refuses what must not be asked. Cached for five minutes, failures not at all.

    `nameservers` are asked why a name did not resolve; without them the system's word is all there is.
    """

    def __init__(
        self,
        *,
        connect_to: Mapping[str, str] | None = None,
        allowed: Sequence[Network] = (),
        nameservers: Nameservers | None = None,
    ) -> None:
        self._connect_to = {_unbracketed(source): target for source, target in (connect_to or {}).items()}
        self._allowed = allowed
        self._nameservers = nameservers
        self._pool = DaemonExecutor(_THREADS, name="resolver")
        self._cache: dict[str, tuple[float, asyncio.Future[Sequence[str]]]] = {}

    async def look_up(self, host: str, port: int) -> Sequence[Place]:
        """Give the places to connect to for a host and port, in the system's order of preference. Raises ResolveError."""
        if _literal(host):
            self.check_literal(host, port)
            return [(_unbracketed(host), port)]
        if target := self._target_of(host, port):
            target_host, target_port = target
            return [(address, target_port) for address in await self._addresses(target_host)]
        safe = [(address, port) for address in await self._addresses(host) if is_safe(_without_scope(address), self._allowed)]
        if not safe:
            raise ResolveError(
                Fault.UNSAFE_ADDRESS, f"{host} leads to an address that is not public: allow it under [network] if it is yours"
            )
        return safe

    async def resolve(self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC) -> list[ResolveResult]:
        """Do what `look_up` does, in the form aiohttp's connector asks for."""
        return [
            ResolveResult(
                hostname=host,
                host=address,
                port=target_port,
                family=_family(address),
                proto=socket.IPPROTO_TCP,
                flags=socket.AI_NUMERICHOST,
            )
            for address, target_port in await self.look_up(host, port)
            if family in (socket.AF_UNSPEC, _family(address))
        ]

    def leads_elsewhere(self, host: str, port: int) -> bool:
        """Tell whether `connect_to` names a host and port."""
        return self._target_of(host, port) is not None

    def check_literal(self, host: str, port: int) -> None:
        """Raise ResolveError if a host that is an address itself must not be asked. `connect_to` may allow it, not lead it elsewhere."""
        address = _literal(host)
        if address and not is_safe(address, self._allowed) and self._target_of(host, port) != (str(address), port):
            raise ResolveError(Fault.UNSAFE_ADDRESS, f"{host} is not a public address: allow it under [network] if it is yours")

    async def close(self) -> None:
        for _, asked in self._cache.values():
            asked.cancel()
        if self._nameservers:
            await self._nameservers.close()
        self._pool.shutdown()

    def _target_of(self, host: str, port: int) -> Place | None:
        target = self._connect_to.get(f"{_unbracketed(host)}:{port}") or self._connect_to.get(f"*:{port}")
        if target is None:
            return None
        target_host, _, target_port = target.rpartition(":")
        return _unbracketed(target_host), int(target_port)

    async def _addresses(self, host: str) -> Sequence[str]:
        if _NEVER_RESOLVES.search(host):
            raise ResolveError(Fault.NAME_NOT_FOUND, f"{host}: names under .invalid lead nowhere")
        known = self._cache.get(host)
        if known and monotonic() - known[0] < _CACHE_SECONDS:
            return known[1].result() if known[1].done() else await asyncio.shield(known[1])

        def forget_failure(asked: asyncio.Future[Sequence[str]]) -> None:
            if (asked.cancelled() or asked.exception()) and self._cache.get(host, (0.0, None))[1] is asked:
                del self._cache[host]

        if len(self._cache) >= _CACHE_NAMES:
            del self._cache[next(iter(self._cache))]
        future = asyncio.ensure_future(self._resolved(host))
        future.add_done_callback(forget_failure)
        self._cache[host] = (monotonic(), future)
        return await asyncio.shield(future)

    async def _resolved(self, host: str) -> Sequence[str]:
        try:
            return await asyncio.get_running_loop().run_in_executor(self._pool, _addresses, host)
        except ResolveError as error:
            unresolved = error.fault in (Fault.NAME_NOT_FOUND, Fault.NAME_UNKNOWN)
            if unresolved and self._nameservers and (reading := await self._nameservers.explain(host)):
                raise ResolveError(reading[0], f"{host}: {reading[1]}") from error
            raise


def _addresses(host: str) -> Sequence[str]:
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except socket.gaierror as error:
        missing = error.errno in (socket.EAI_NONAME, getattr(socket, "EAI_NODATA", socket.EAI_NONAME))
        raise ResolveError(Fault.NAME_NOT_FOUND if missing else Fault.NAME_UNKNOWN, f"{host}: {error.strerror}") from None
    except (UnicodeError, ValueError):  # a label over 63 characters, an empty one
        raise ResolveError(Fault.INVALID_URL, f"{host!r} is no host name") from None
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


@lru_cache(maxsize=4096)
def _without_scope(address: str) -> IPv4Address | IPv6Address:
    return ip_address(address.partition("%")[0])


@lru_cache(maxsize=4096)
def _literal(host: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(_unbracketed(host))
    except ValueError:
        return None


def _family(address: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in address else socket.AF_INET


def _unbracketed(host: str) -> str:
    return host.lower().replace("[", "").replace("]", "")
