"""Query nameservers for the reason that the system could not resolve a name.

`getaddrinfo` does not distinguish everywhere between a name that does not exist and nameservers
that fail or stay silent. Names are still resolved by the system, `/etc/hosts` included; this module
only finds the reason of a failure.
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

_THREADS = 4
_QUERY_SECONDS = 3.0  # one query with all nameservers and tries; a name takes two queries at most
_TRY_SECONDS = 1.0
# After this number of consecutive names without a response, no query is sent during the pause.
_MAX_SILENT_NAMES = 3
_PAUSE_SECONDS = 60.0

Explanation = tuple[Fault, str]
"""The fault that a failure to resolve means, and a sentence for a person."""
_NO_ANSWER: Final = (Fault.NAME_UNKNOWN, "no nameserver answered")
_NOT_QUERIED: Final = (Fault.NAME_UNKNOWN, "no nameserver answered in the last minute")


class Nameservers:
    """The nameservers of the system.

    Args:
        configuration: A file in the format of resolv.conf; None for the system's.
        port: Their port.
    """

    def __init__(self, configuration: Path | None = None, *, port: int = 53) -> None:
        self._configuration = configuration
        self._port = port
        self._silent_names = 0
        self._paused_until = float("-inf")
        self._pool = DaemonExecutor(_THREADS, name="nameservers")

    async def explain_failure(self, host: str) -> Explanation | None:
        """Return why a name does not resolve.

        Returns:
            The fault and a sentence; None if there is no nameserver. After several names without an
            answer, no query is sent for a minute, and the name stays unknown.
        """
        return await asyncio.get_running_loop().run_in_executor(self._pool, self._explain, host)

    async def close(self) -> None:
        """Stop the threads."""
        self._pool.shutdown()

    def _explain(self, host: str) -> Explanation | None:
        """Return why a name does not resolve; send no query while the nameservers are silent.

        Silent nameservers confirm nothing: the system may say "no such name" for the same reason.
        """
        if monotonic() < self._paused_until:
            return _NOT_QUERIED
        explanation = self._query(host)
        self._silent_names = self._silent_names + 1 if explanation == _NO_ANSWER else 0
        if self._silent_names >= _MAX_SILENT_NAMES:
            self._paused_until = monotonic() + _PAUSE_SECONDS
            self._silent_names = 0
        return explanation

    def _query(self, host: str) -> Explanation | None:
        """Return what the nameservers say about a name; None if it cannot be queried."""
        import dns.exception  # noqa: PLC0415  slow to import, and most jobs do not need it

        try:
            resolver = self._resolver()
            if not resolver.nameservers:
                return None
            return _query_addresses(resolver, host.rstrip(".") + ".")
        except (dns.exception.DNSException, OSError, ValueError):
            return None  # no configuration, or not a name of the DNS

    def _resolver(self) -> dns.resolver.Resolver:
        """Return a resolver that queries the configured nameservers. It may raise DNSException."""
        import dns.resolver  # noqa: PLC0415

        if self._configuration:
            resolver = dns.resolver.Resolver(self._configuration)
        else:
            resolver = dns.resolver.Resolver()
        resolver.port = self._port
        resolver.lifetime = _QUERY_SECONDS
        resolver.timeout = _TRY_SECONDS
        return resolver


def _query_addresses(resolver: dns.resolver.Resolver, name: str) -> Explanation:
    """Return why a name could not be resolved, by querying its records of each address type."""
    import dns.resolver  # noqa: PLC0415

    for record_type in ("A", "AAAA"):
        try:
            resolver.resolve(name, record_type, search=False)
        except dns.resolver.NXDOMAIN:
            return Fault.NAME_NOT_FOUND, "the name does not exist"
        except dns.resolver.NoAnswer:
            continue
        except dns.resolver.LifetimeTimeout:
            return _NO_ANSWER
        except dns.resolver.NoNameservers as error:
            codes = ", ".join(sorted({str(failure[3]) for failure in error.kwargs["errors"]}))
            return Fault.NAME_UNKNOWN, f"the nameservers failed: {codes}"
        return Fault.NAME_UNKNOWN, "the DNS has the name, but the system did not resolve it"
    return Fault.NAME_NOT_FOUND, "the name has no address"
