"""Choose the proxy of a request: the configured one, else the environment's.

The environment names proxies by `https_proxy`, `no_proxy` and the like. Names are always resolved
by the proxy. With the scheme `socks5` or `socks4` the client would resolve them, and not with our
resolver; so these are replaced by `socks5h` and `socks4a`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final
from urllib.parse import SplitResult, urlsplit
from urllib.request import getproxies, proxy_bypass

from crawler.http.connection_map import HostPort
from crawler.http.safe_resolver import SafeResolver

_RESOLVING_SCHEMES: Final = {"socks5": "socks5h", "socks4": "socks4a", "socks": "socks5h"}
_REQUEST_SCHEMES: Final = ("all", "http", "https")  # the environment may name others, such as ftp


class ProxySelector:
    """Chooses a proxy by URL. Hosts remapped by `connect_to` are connected to directly.

    Args:
        resolver: Knows the hosts that `connect_to` remaps.
        configured: The URL of the configured proxy; empty for those of the environment.
        override: The URL of a proxy that replaces the others for some hosts; empty for none.
        is_overridden: Returns whether a host and port are requested by that proxy, even if
            `connect_to` remaps them.
    """

    def __init__(
        self,
        resolver: SafeResolver,
        *,
        configured: str = "",
        override: str = "",
        is_overridden: Callable[[str, int], bool] = lambda _host, _port: False,
    ) -> None:
        self._resolver = resolver
        self._proxies = _proxies(configured)
        self._obeys_no_proxy = not configured  # the variable `no_proxy` of the environment
        self._override = override
        self._is_overridden = is_overridden

    def __call__(self, url: str) -> str:
        """Return the URL of the proxy for a request; empty for none."""
        if not self._proxies and not self._override:
            return ""
        parts = urlsplit(url)
        host, port = parts.hostname or "", _port_of(parts)
        if self._override and self._is_overridden(host, port):
            return resolving_proxy_url(self._override)
        proxy = self._proxies.get(parts.scheme) or self._proxies.get("all") or ""
        if not proxy or self._resolver.is_remapped(host, port):
            return ""
        if self._obeys_no_proxy and proxy_bypass(host):
            return ""
        return resolving_proxy_url(proxy)


def resolving_proxy_url(proxy: str) -> str:
    """Return the URL of a proxy, with a scheme by which the proxy resolves names.

    >>> resolving_proxy_url("proxy.example:3128"), resolving_proxy_url("socks5://127.0.0.1:1080")
    ('http://proxy.example:3128', 'socks5h://127.0.0.1:1080')
    """
    scheme, has_scheme, address = proxy.partition("://")
    if not has_scheme:
        return f"http://{proxy}"
    return f"{_RESOLVING_SCHEMES.get(scheme.lower(), scheme)}://{address}"


def proxy_addresses(configured: str = "", override: str = "") -> frozenset[HostPort]:
    """Return the hosts and ports of the proxies that `ProxySelector` chooses from.

    Args:
        configured: The URL of the configured proxy; empty for those of the environment.
        override: The URL of a proxy that replaces the others for some hosts; empty for none.
    """
    addresses = set()
    for name, proxy in (*_proxies(configured).items(), ("all", override)):
        if name in _REQUEST_SCHEMES and proxy:
            parts = urlsplit(proxy if "://" in proxy else f"http://{proxy}")
            addresses.add((parts.hostname or "", _port_of(parts)))
    return frozenset(addresses)


def _port_of(parts: SplitResult) -> int:
    """Return the port of a URL, by default that of http or https."""
    return parts.port or (443 if parts.scheme == "https" else 80)


def _proxies(configured: str) -> Mapping[str, str]:
    """Return the configured proxy, else those of the environment, by the scheme of requests.

    The key `all` stands for any scheme.
    """
    return {"all": configured} if configured else getproxies()
