"""Which proxy a request goes through: the configuration's, else the environment's (`https_proxy`, `no_proxy` and their kin).

Behind a proxy it is the proxy that resolves names. SOCKS leaves that open by its scheme, and clients that resolve by themselves would do so
past our resolver.
"""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

from crawler.http.safe_resolver import HostPort, SafeResolver

_RESOLVED_THERE = {"socks5": "socks5h", "socks4": "socks4a", "socks": "socks5h"}


class ProxySelector:
    """Chooses per URL. Where `connect_to` leads, no proxy stands between."""

    def __init__(self, resolver: SafeResolver, *, configured: str = "") -> None:
        self._resolver = resolver
        self._proxies = _proxies(configured)
        self._bypass = not configured

    def __call__(self, url: str) -> str:
        """Give the proxy's URL, empty for none."""
        if not self._proxies:
            return ""
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)
        proxy = self._proxies.get(parts.scheme) or self._proxies.get("all") or ""
        if (
            not proxy
            or self._resolver.is_remapped(host, port)
            or (self._bypass and proxy_bypass(host))
        ):
            return ""
        scheme, marked, address = proxy.partition("://")
        return (
            f"{_RESOLVED_THERE.get(scheme.lower(), scheme)}://{address}"
            if marked
            else f"http://{proxy}"
        )


def proxy_places(configured: str = "") -> frozenset[HostPort]:
    """Return the hosts and ports of the proxies that `ProxyChoice` chooses from."""
    proxies = [
        proxy for name, proxy in _proxies(configured).items() if name in ("all", "http", "https")
    ]
    parts = [urlsplit(proxy if "://" in proxy else f"http://{proxy}") for proxy in proxies if proxy]
    return frozenset(
        (each.hostname or "", each.port or (443 if each.scheme == "https" else 80))
        for each in parts
    )


def _proxies(configured: str) -> Mapping[str, str]:
    return {"all": configured} if configured else getproxies()
