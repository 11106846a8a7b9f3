"""What the DNS itself says of a name that the system could not resolve.

`getaddrinfo` does not tell a name that does not exist from nameservers that fail or stay silent in the same way everywhere. Names are still
resolved by the system, `/etc/hosts` and all: here is only asked why that did not succeed.
"""

from __future__ import annotations

import asyncio
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Final

from crawler.process.daemon_threads import DaemonExecutor
from store.vocabulary import Fault

if TYPE_CHECKING:
    import dns.resolver

_AT_ONCE = 4
_SECONDS = 3.0  # for one question, all nameservers and tries together; there are two at most
_TRY_SECONDS = 1.0
# After so many names in a row about which nobody answered, nobody is asked for a while: there is no nameserver, or none for us.
_SILENCES = 3
_REST_SECONDS = 60.0

Explanation = tuple[Fault, str]  # what a failure to resolve means, and how the DNS put it
_SILENCE: Final = (Fault.NAME_UNKNOWN, "no nameserver answered")


class Nameservers:
    """The nameservers of the system, as `configuration` (None: wherever the system keeps it) names them."""

    def __init__(self, configuration: Path | None = None, *, port: int = 53) -> None:
        self._configuration = configuration
        self._port = port
        self._silences = 0
        self._rests_until = float("-inf")
        self._pool = DaemonExecutor(_AT_ONCE, name="nameservers")

    async def explain_failure(self, host: str) -> Explanation | None:
        """Say why a name did not resolve; None where there is nobody to ask, or nobody has answered for a while."""
        return await asyncio.get_running_loop().run_in_executor(self._pool, self._explain, host)

    async def close(self) -> None:
        self._pool.shutdown()

    def _explain(self, host: str) -> Explanation | None:
        if monotonic() < self._rests_until:
            return None
        reading = self._ask(host)
        self._silences = self._silences + 1 if reading == _SILENCE else 0
        if self._silences >= _SILENCES:
            self._rests_until, self._silences = monotonic() + _REST_SECONDS, 0
        return reading

    def _ask(self, host: str) -> Explanation | None:
        import dns.exception  # noqa: PLC0415  most jobs meet no such name, and it takes long to import

        try:
            resolver = self._resolver()
            return _question(resolver, host.rstrip(".") + ".") if resolver.nameservers else None
        except (
            dns.exception.DNSException,
            OSError,
            ValueError,
        ):  # no configuration, or a name that cannot be asked for
            return None

    def _resolver(self) -> dns.resolver.Resolver:
        import dns.resolver  # noqa: PLC0415

        resolver = (
            dns.resolver.Resolver(self._configuration)
            if self._configuration
            else dns.resolver.Resolver()
        )
        resolver.port, resolver.lifetime, resolver.timeout = self._port, _SECONDS, _TRY_SECONDS
        return resolver


def _question(resolver: dns.resolver.Resolver, name: str) -> Explanation:
    import dns.resolver  # noqa: PLC0415

    for kind in ("A", "AAAA"):
        try:
            resolver.resolve(name, kind, search=False)
        except dns.resolver.NXDOMAIN:
            return Fault.NAME_NOT_FOUND, "the name does not exist"
        except dns.resolver.NoAnswer:
            continue
        except dns.resolver.LifetimeTimeout:
            return _SILENCE
        except dns.resolver.NoNameservers as error:
            said = ", ".join(sorted({str(failure[3]) for failure in error.kwargs["errors"]}))
            return Fault.NAME_UNKNOWN, f"the nameservers failed: {said}"
        return Fault.NAME_UNKNOWN, "the DNS knows the name, but the system did not resolve it"
    return Fault.NAME_NOT_FOUND, "the name has no address"
