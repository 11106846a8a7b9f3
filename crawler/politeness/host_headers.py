"""Which addresses get the headers that are set for a host: they may hold secrets, and servers have a say in where requests go. Pure."""

from __future__ import annotations

from ada_url import URL

from crawler.config.hosts import HostRules


def host_headers(rules: HostRules, url: str, cited: str) -> dict[str, str]:
    """Return the headers that a request for an address replaces the usual ones by.

    A host's headers go to the origin (scheme, host and port, RFC 6454) of the address that a page cites or the configuration names, and to
    its host over https at the usual port, whoever led there: a redirect never adds clear text or another port. The user agent is no secret.

    Args:
        rules: those of the address's host.
        url: the address to be asked for.
        cited: the address that the probe began with; empty if a server named it (a sitemap, an archived redirect).
    """
    if not rules.headers or _is_https(url) or (cited and _origin(url) == _origin(cited)):
        return rules.sent_headers
    return {"User-Agent": rules.user_agent} if rules.user_agent else {}


def _is_https(url: str) -> bool:
    try:
        parsed = URL(url)
    except ValueError:
        return False
    return parsed.protocol == "https:" and not parsed.port  # the usual port is left out


def _origin(url: str) -> str:
    try:
        return URL(url).origin
    except ValueError:
        return url  # the origin of nothing but itself
