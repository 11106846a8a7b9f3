"""Create blocking sessions (requests) that limit what they receive, for archives and webhooks.

Probes do not use it: it does not check the addresses it connects to.
"""

from __future__ import annotations

import socket
from typing import Any

import requests
from requests.adapters import HTTPAdapter

from crawler.http.tls import tls_context
from crawler.http.wire import BudgetSocket, WireBudget


def make_session(proxy: str = "", *, budget: WireBudget) -> requests.Session:
    """Return a session whose connections receive within a budget and follow no redirects.

    Pass `verify=trusted_authorities(ca_file)` (`crawler.http.tls`) with each request.

    Args:
        proxy: The URL of a proxy; empty for that of the environment.
        budget: Limits bytes and time. Call its `grant` before each request.
    """
    session = _NoRedirectSession()
    if proxy:
        session.trust_env = False
        session.proxies = {"http": proxy, "https": proxy}
    for scheme in ("http://", "https://"):
        session.mount(scheme, _BoundedAdapter(budget))
    return session


class _NoRedirectSession(requests.Session):
    """A session that never parses Location.

    requests raises on a Location it cannot parse, even if redirects are not to be followed.
    """

    def get_redirect_target(self, resp: requests.Response) -> None:
        """Return None: no redirect is followed."""


class _BoundedAdapter(HTTPAdapter):
    """Read from sockets within a budget.

    The adapter trusts the system's CA certificates as well as those in `verify`.
    """

    def __init__(self, budget: WireBudget) -> None:
        self._budget = budget
        super().__init__()

    def init_poolmanager(self, *arguments: Any, **options: Any) -> None:
        super().init_poolmanager(*arguments, ssl_context=tls_context(), **options)
        _bound_connections(self.poolmanager, self._budget)

    def proxy_manager_for(self, proxy: str, **options: Any) -> Any:
        is_new = proxy not in self.proxy_manager
        if is_new:
            options |= {"ssl_context": tls_context(), "proxy_ssl_context": tls_context()}
        manager = super().proxy_manager_for(proxy, **options)
        if is_new:
            _bound_connections(manager, self._budget)
        return manager


def _bound_connections(manager: Any, budget: WireBudget) -> None:
    """Make the connections of a new pool manager use sockets within the budget."""

    class Bounded:
        """Mixed into a connection class: replaces the socket it connects."""

        def _new_conn(self) -> BudgetSocket:
            connected: socket.socket = super()._new_conn()  # type: ignore[misc]
            return BudgetSocket.wrap(connected, budget)

    def bounded_pool(pool: Any) -> Any:
        connection = type(pool.ConnectionCls.__name__, (Bounded, pool.ConnectionCls), {})
        return type(pool.__name__, (pool,), {"ConnectionCls": connection})

    manager.pool_classes_by_scheme = {
        scheme: bounded_pool(pool) for scheme, pool in manager.pool_classes_by_scheme.items()
    }
