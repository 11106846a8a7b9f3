"""What can be a proxy's address, in the configuration and in the environment."""

from __future__ import annotations

import re
from typing import Final

from ada_url import URL

from crawler.config.errors import ConfigError

_SCHEMES: Final = frozenset({"http", "https", "socks", "socks4", "socks4a", "socks5", "socks5h"})
_ADVICE: Final = "http://, https:// or socks5://, its name, a colon and its port, without spaces"


def check_proxy(proxy: str) -> None:
    """Raise ValueError if no proxy can be reached by this; the message does not repeat it, as it may hold a password."""
    scheme, marked, rest = proxy.partition("://")
    if not marked:
        scheme, rest = "http", proxy
    try:
        usable = (
            scheme.lower() in _SCHEMES
            and not re.search(r"[\s\x00-\x1f\x7f]", proxy)
            and URL(f"http://{rest}").hostname
        )
    except ValueError:
        usable = ""
    if not usable:
        raise ValueError(
            f"proxy is an address of a proxy: {_ADVICE}; other characters of a password as %-escapes"
        )


def check_environment() -> None:
    """Raise ConfigError if a proxy of the environment (`https_proxy` and its kin) is none: every request would fail at it."""
    from urllib.request import getproxies  # noqa: PLC0415  takes long to import, and most commands make no request

    proxies = getproxies()
    for name in ("http", "https", "all"):
        try:
            check_proxy(proxies.get(name) or "http://none")
        except ValueError as error:
            raise ConfigError(
                f"environment variable {name}_proxy: {error}; or set network.proxy"
            ) from None
