"""Create blocking sessions (requests) that limit what they receive, for archives and webhooks.

Probes do not use it: it does not check the addresses it connects to.
"""

from __future__ import annotations

import socket
from collections.abc import Mapping
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter

from crawler.http.connection_map import ConnectionMap, HostPort, unbracketed
from crawler.http.tls import tls_context
from crawler.http.wire import BudgetSocket, WireBudget


def make_session(
    proxy: str = "", *, budget: WireBudget, connect_to: Mapping[str, str] | None = None
) -> requests.Session:
    """Return a session whose connections receive within a budget and follow no redirects.

    Pass `verify=trusted_authorities(ca_file)` (`crawler.http.tls`) with each request.

    Args:
        proxy: The URL of a proxy; empty for that of the environment.
        budget: Limits bytes and time. Call its `reset` before each request.
        connect_to: Maps `host:port` to the `host:port` to connect to instead, without a proxy;
            `*` stands for any host.
    """
    session = _NoRedirectSession()
    connections = ConnectionMap(connect_to)
    if proxy:
        session.trust_env = False
        session.proxies = {"http": proxy, "https": proxy}
    for scheme in ("http://", "https://"):
        session.mount(scheme, _BoundedAdapter(budget, connections))
    return session


class _NoRedirectSession(requests.Session):
    """A session that never parses Location.

    requests raises on a Location it cannot parse, even if redirects are not to be followed.
    """

    def get_redirect_target(self, resp: requests.Response) -> None:
        """Return None: no redirect is followed."""


class _BoundedAdapter(HTTPAdapter):
    """Reads from sockets within a budget.

    The adapter trusts the system's CA certificates as well as those in `verify`.
    """

    def __init__(self, budget: WireBudget, connections: ConnectionMap) -> None:
        self._budget = budget
        self._connections = connections
        super().__init__()

    def send(self, request: requests.PreparedRequest, *arguments: Any, **options: Any) -> Any:
        """Send a request; hosts that are mapped are connected to without a proxy."""
        parts = urlsplit(request.url or "")
        port = parts.port or (443 if parts.scheme == "https" else 80)
        if _mapped(self._connections, parts.hostname or "", port):
            options["proxies"] = {}
        return super().send(request, *arguments, **options)

    def init_poolmanager(self, *arguments: Any, **options: Any) -> None:
        """Create the pool manager, whose connections receive within the budget."""
        super().init_poolmanager(*arguments, ssl_context=tls_context(), **options)
        _bound_connections(self.poolmanager, self._budget, self._connections)

    def proxy_manager_for(self, proxy: str, **options: Any) -> Any:
        """Return the pool manager for a proxy; a new one receives within the budget."""
        is_new = proxy not in self.proxy_manager
        if is_new:
            options["ssl_context"] = tls_context()
            if not proxy.lower().startswith("socks"):  # SOCKS has no TLS of its own
                options["proxy_ssl_context"] = tls_context()
        manager = super().proxy_manager_for(proxy, **options)
        if is_new:
            _bound_connections(manager, self._budget, ConnectionMap())
        return manager


def _mapped(connections: ConnectionMap, host: str, port: int) -> HostPort | None:
    """Return where to connect to instead of a host; an IP address is never mapped."""
    try:
        ip_address(unbracketed(host))
    except ValueError:
        return connections.target(host, port)
    return None


def _bound_connections(manager: Any, budget: WireBudget, connections: ConnectionMap) -> None:
    """Make the connections of a new pool manager use sockets within the budget.

    Args:
        manager: The pool manager.
        budget: The budget.
        connections: Which hosts are connected to at another address.
    """

    class Bounded:
        """Mixed into a connection class: replaces the socket it connects, and its address."""

        host: str
        port: int

        def _new_conn(self) -> BudgetSocket:
            """Return a new connected socket that receives within the budget."""
            requested = self.host, self.port
            # Only for the connection: the certificate is that of the requested host.
            self.host, self.port = _mapped(connections, *requested) or requested
            try:
                connected: socket.socket = super()._new_conn()  # type: ignore[misc]
            finally:
                self.host, self.port = requested
            return BudgetSocket.wrap(connected, budget)

    def bounded_pool(pool: Any) -> Any:
        connection = type(pool.ConnectionCls.__name__, (Bounded, pool.ConnectionCls), {})
        return type(pool.__name__, (pool,), {"ConnectionCls": connection})

    manager.pool_classes_by_scheme = {
        scheme: bounded_pool(pool) for scheme, pool in manager.pool_classes_by_scheme.items()
    }
