"""Check proxy addresses, from the configuration and from the environment."""

from __future__ import annotations

import re
from typing import Final

from crawler.config.errors import ConfigError

_SCHEMES: Final = frozenset({"http", "https", "socks", "socks4", "socks4a", "socks5", "socks5h"})
_PROBLEM: Final = (
    "invalid proxy address: use e.g. http://proxy.example:3128 (or https://, socks5://), "
    "without spaces, with special characters of a password as %-escapes"
)


def check_proxy(proxy: str) -> None:
    """Check that a proxy's address can be used.

    Raises:
        ValueError: It cannot. The message does not contain the address, which may have a password.
    """
    scheme, separator, rest = proxy.partition("://")
    if not separator:
        scheme, rest = "http", proxy
    is_bare_word = not separator and not set(proxy) & {".", ":"}
    has_space = re.search(r"[\s\x00-\x1f\x7f]", proxy) is not None
    if scheme.lower() not in _SCHEMES or has_space or is_bare_word or not _hostname(rest):
        raise ValueError(_PROBLEM)


def _hostname(authority: str) -> str:
    """Return the host of "user:password@host:port/path"; "" if there is no valid one."""
    # Imported here: every command reads the configuration, and few have a proxy in it.
    from ada_url import URL  # noqa: PLC0415

    try:
        return URL(f"http://{authority}").hostname
    except ValueError:
        return ""


def check_environment() -> None:
    """Check the proxies that the environment names (`https_proxy` and similar variables).

    Raises:
        ConfigError: One of them is invalid, so that every request would fail.
    """
    # Imported here: it takes long, and most commands make no request.
    from urllib.request import getproxies  # noqa: PLC0415

    proxies = getproxies()
    for name in ("http", "https", "all"):
        if not proxies.get(name):
            continue
        try:
            check_proxy(proxies[name])
        except ValueError as error:
            raise ConfigError(
                f"environment variable {name}_proxy: {error}; or set network.proxy"
            ) from None
