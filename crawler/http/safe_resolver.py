"""From a host's name to addresses we may ask. Every connection of the download handler goes through here, at every hop.

Names resolve as the system resolves them. `connect_to` (as curl's --connect-to) leads chosen hosts elsewhere; its targets are allowed
because someone configured them. Any other address that is not public (`crawler.http.special_addresses`) is refused unless `network.allow`
names it: a page, or a server's redirect, must not make us ask machines that trust us. Whatever way a host is written, it is judged, and
looked up, by the one spelling that the WHATWG URL standard gives it.
"""

from __future__ import annotations

import asyncio
import re
import socket
from collections.abc import Collection, Mapping, Sequence
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address
from time import monotonic

from aiohttp.abc import AbstractResolver, ResolveResult

from crawler.http.dns_diagnosis import Nameservers
from crawler.http.special_addresses import Network, non_public_reason, special_name_addresses
from crawler.http.urls import InvalidUrl, canonical_host
from crawler.process.daemon_threads import DaemonExecutor
from store.vocabulary import Fault

_CACHE_SECONDS = 300.0
_CACHE_NAMES = 50_000
_THREADS = 32  # getaddrinfo blocks; more than this at once helps nobody

# RFC 6761, section 6.4: users are free to rely on it, and a resolver may well be slow to say so.
_NEVER_RESOLVES = re.compile(r"(?:^|\.)invalid\.?$", re.IGNORECASE)

HostPort = tuple[str, int]  # an address and a port


class ResolveError(OSError):
    """A name that gives no address we may ask; `fault` says why."""

    def __init__(self, fault: Fault, detail: str) -> None:
        super().__init__(detail)
        self.fault = fault
        self.detail = detail


class SafeResolver(AbstractResolver):
    """Resolves for the clients, and refuses what must not be asked. Cached for five minutes, failures not at all.

    `nameservers` are asked why a name did not resolve; without them the system's word is all there is. `proxies` are hosts and ports that
    may lie inside, as someone configured them, and are for connecting to as a proxy alone.
    """

    def __init__(
        self,
        *,
        connect_to: Mapping[str, str] | None = None,
        allowed: Sequence[Network] = (),
        nameservers: Nameservers | None = None,
        proxies: Collection[HostPort] = (),
    ) -> None:
        self._connect_to = {
            _source_of(source): target for source, target in (connect_to or {}).items()
        }
        self._allowed = allowed
        self._proxies = frozenset((_canonical(host), port) for host, port in proxies)
        self._nameservers = nameservers
        self._pool = DaemonExecutor(_THREADS, name="resolver")
        self._cache: dict[str, tuple[float, asyncio.Future[Sequence[str]]]] = {}

    async def lookup(self, host: str, port: int) -> Sequence[HostPort]:
        """Give the places to connect to for a host and port, in the system's order of preference. Raises ResolveError."""
        self.check_host(host, port)
        host = _canonical(host)
        if address := _literal(host):
            return [(str(address), port)]
        if target := self._target_of(host, port):
            target_host, target_port = target
            return [(address, target_port) for address in await self._addresses(target_host)]
        found = [str(address) for address in special_name_addresses(host)] or await self._addresses(
            host
        )
        reasons = {
            address: non_public_reason(_without_scope(address), self._allowed) for address in found
        }
        safe = [(address, port) for address, reason in reasons.items() if reason is None]
        if not safe:
            raise _unsafe(
                f"{host} leads to an address that is not public", next(iter(reasons.values()), None)
            )
        return safe

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """Do what `look_up` does, in the form aiohttp's connector asks for. It asks for proxies, too."""
        is_proxy = (_canonical(host), port) in self._proxies
        places = (
            [(address, port) for address in await self._addresses(host)]
            if is_proxy
            else await self.lookup(host, port)
        )
        return [
            ResolveResult(
                hostname=host,
                host=address,
                port=target_port,
                family=_family(address),
                proto=socket.IPPROTO_TCP,
                flags=socket.AI_NUMERICHOST,
            )
            for address, target_port in places
            if family in (socket.AF_UNSPEC, _family(address))
        ]

    def is_remapped(self, host: str, port: int) -> bool:
        """Tell whether `connect_to` names a host and port."""
        return self._target_of(host, port) is not None

    def check_host(self, host: str, port: int) -> None:
        """Raise ResolveError if what is written as host must not be asked: an address, in any spelling, or a name like localhost.

        It is all there is to look at where a proxy resolves names. `connect_to` may allow an address, not lead it elsewhere.
        """
        host = _canonical(host)
        if (host, port) in self._proxies:
            raise ResolveError(
                Fault.UNSAFE_ADDRESS, f"{host}:{port} is the proxy that requests go through"
            )
        address = _literal(host)
        if address and self._target_of(host, port) == (str(address), port):
            return
        addresses = (
            [address]
            if address
            else []
            if self.is_remapped(host, port)
            else special_name_addresses(host)
        )
        reasons = [non_public_reason(each, self._allowed) for each in addresses]
        if reasons and all(reasons):
            raise _unsafe(f"{host} is not a public address", reasons[0])

    async def close(self) -> None:
        for _, asked in self._cache.values():
            asked.cancel()
        if self._nameservers:
            await self._nameservers.close()
        self._pool.shutdown()

    def _target_of(self, host: str, port: int) -> HostPort | None:
        target = self._connect_to.get(f"{_unbracketed(host)}:{port}") or self._connect_to.get(
            f"*:{port}"
        )
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
            if (asked.cancelled() or asked.exception()) and self._cache.get(host, (0.0, None))[
                1
            ] is asked:
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
            if (
                unresolved
                and self._nameservers
                and (reading := await self._nameservers.explain_failure(host))
            ):
                raise ResolveError(reading[0], f"{host}: {reading[1]}") from error
            raise


def _unsafe(what: str, reason: str | None) -> ResolveError:
    named = f" ({reason})" if reason else ""
    return ResolveError(
        Fault.UNSAFE_ADDRESS, f"{what}{named}: allow it under [network] if it is yours"
    )


def _canonical(host: str) -> str:
    try:
        return canonical_host(host)
    except InvalidUrl:
        raise ResolveError(Fault.INVALID_URL, f"{host!r} is no host name") from None


def _source_of(source: str) -> str:
    """Return a key of `connect_to` as hosts are looked for in it."""
    host, _, port = source.rpartition(":")
    try:
        return f"{_unbracketed(canonical_host(host))}:{port}"
    except InvalidUrl:  # "*" stands for any
        return _unbracketed(source)


def _addresses(host: str) -> Sequence[str]:
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except socket.gaierror as error:
        missing = error.errno in (
            socket.EAI_NONAME,
            getattr(socket, "EAI_NODATA", socket.EAI_NONAME),
        )
        raise ResolveError(
            Fault.NAME_NOT_FOUND if missing else Fault.NAME_UNKNOWN, f"{host}: {error.strerror}"
        ) from None
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
