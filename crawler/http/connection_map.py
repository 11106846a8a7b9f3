"""Map hosts and ports to those to connect to instead, as curl's --connect-to does."""

from __future__ import annotations

from collections.abc import Mapping

from crawler.http.urls import InvalidUrl, canonical_host

HostPort = tuple[str, int]
"""A host name or an IP address, and a port."""


class ConnectionMap:
    """Finds the host and port to connect to, by the setting `network.connect_to`.

    Args:
        connect_to: Maps `host:port` to the `host:port` to connect to; `*` stands for any host.

    >>> connections = ConnectionMap({"*:443": "127.0.0.1:8443", "A.example:80": "b.example:81"})
    >>> connections.target("a.example", 80), connections.target("a.example", 443)
    (('b.example', 81), ('127.0.0.1', 8443))
    >>> connections.target("b.example", 80) is None
    True
    """

    def __init__(self, connect_to: Mapping[str, str] | None = None) -> None:
        self._targets = {
            _canonical_key(source): target for source, target in (connect_to or {}).items()
        }

    def target(self, host: str, port: int) -> HostPort | None:
        """Return the host and port to connect to instead; None if they are not mapped.

        Args:
            host: In canonical spelling, with or without brackets.
            port: The port.
        """
        target = self._targets.get(f"{unbracketed(host)}:{port}")
        target = target or self._targets.get(f"*:{port}")
        if target is None:
            return None
        target_host, _, target_port = target.rpartition(":")
        return unbracketed(target_host), int(target_port)

    def leads_elsewhere(self, host: str, port: int) -> bool:
        """Return whether a host and port are mapped, and not to themselves."""
        target = self.target(host, port)
        return target is not None and target != (unbracketed(host), port)


def unbracketed(host: str) -> str:
    """Return a host in lower case, an IPv6 address without its brackets."""
    return host.lower().replace("[", "").replace("]", "")


def _canonical_key(source: str) -> str:
    """Return a key of `connect_to` with its host in canonical spelling."""
    host, _, port = source.rpartition(":")
    try:
        return f"{unbracketed(canonical_host(host))}:{port}"
    except InvalidUrl:  # "*" stands for any
        return unbracketed(source)
