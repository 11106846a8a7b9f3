"""From a host's name to addresses we may ask. Every connection of the download handler goes through here, at every hop.

Names resolve as the system resolves them. `connect_to` (as curl's --connect-to) leads chosen hosts elsewhere; its targets are allowed
because someone configured them. Any other address inside a private, loopback, link-local, multicast or reserved range is refused unless
`network.allow` names it: a page, or a server's redirect, must not make us ask machines that trust us.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from time import monotonic

from aiohttp.abc import AbstractResolver, ResolveResult

from store.vocabulary import Fault

_CACHE_SECONDS = 300.0
_THREADS = 32  # getaddrinfo blocks; more than this at once helps nobody
_NAT64 = IPv6Network("64:ff9b::/96")
_SHARED = IPv4Network("100.64.0.0/10")  # carriers' own, RFC 6598; Python calls it neither private nor global

Network = IPv4Network | IPv6Network


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
    """Resolves for aiohttp's connector, and refuses what must not be asked."""

    def __init__(self, *, connect_to: Mapping[str, str] | None = None, allowed: Sequence[Network] = ()) -> None:
        self._connect_to = {source.lower(): target for source, target in (connect_to or {}).items()}
        self._allowed = allowed
        self._pool = ThreadPoolExecutor(_THREADS, thread_name_prefix="resolver")
        self._cache: dict[str, tuple[float, asyncio.Future[Sequence[str]]]] = {}

    async def resolve(self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC) -> list[ResolveResult]:
        """Give the addresses of a host, in the system's order of preference. Raises ResolveError."""
        if target := self.target_of(host, port):
            target_host, target_port = target
            addresses = await self._look_up(target_host)
        else:
            target_port = port
            addresses = [address for address in await self._look_up(host) if is_safe(_without_scope(address), self._allowed)]
            if not addresses:
                raise ResolveError(
                    Fault.UNSAFE_ADDRESS, f"{host} leads to an address that is not public: allow it under [network] if it is yours"
                )
        return [
            ResolveResult(
                hostname=host,
                host=address,
                port=target_port,
                family=socket.AF_INET6 if ":" in address else socket.AF_INET,
                proto=socket.IPPROTO_TCP,
                flags=socket.AI_NUMERICHOST,
            )
            for address in addresses
            if family in (socket.AF_UNSPEC, socket.AF_INET6 if ":" in address else socket.AF_INET)
        ]

    def target_of(self, host: str, port: int) -> tuple[str, int] | None:
        """Tell where `connect_to` leads a host and port."""
        target = self._connect_to.get(f"{host.lower()}:{port}") or self._connect_to.get(f"*:{port}")
        if target is None:
            return None
        target_host, _, target_port = target.rpartition(":")
        return target_host.strip("[]"), int(target_port)

    def check_literal(self, host: str, port: int) -> None:
        """Raise ResolveError if a host that is an address itself must not be asked: the connector never resolves those."""
        try:
            address = ip_address(host.strip("[]"))
        except ValueError:
            return
        if not is_safe(address, self._allowed) and not self.target_of(host, port):
            raise ResolveError(Fault.UNSAFE_ADDRESS, f"{host} is not a public address: allow it under [network] if it is yours")

    async def close(self) -> None:
        self._pool.shutdown(wait=False, cancel_futures=True)

    async def _look_up(self, host: str) -> Sequence[str]:
        known = self._cache.get(host)
        if known and monotonic() - known[0] < _CACHE_SECONDS:
            return await asyncio.shield(known[1])
        future = asyncio.get_running_loop().run_in_executor(self._pool, _addresses, host)
        future.add_done_callback(lambda done: done.cancelled() or done.exception())  # those who asked may be gone by then
        self._cache[host] = (monotonic(), future)
        try:
            return await asyncio.shield(future)
        except ResolveError:
            self._cache.pop(host, None)  # what failed is asked again
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


def _without_scope(address: str) -> IPv4Address | IPv6Address:
    return ip_address(address.partition("%")[0])
