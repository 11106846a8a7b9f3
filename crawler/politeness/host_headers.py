"""Decide which requests get the headers configured for a host.

Such headers may contain secrets, and servers can redirect requests to other hosts.
"""

from __future__ import annotations

from ada_url import URL

from crawler.config.hosts import HostRules


def host_headers(rules: HostRules, url: str, cited: str) -> dict[str, str]:
    """Return the headers that replace or extend the default ones of a request.

    The configured headers are sent in two cases: to the origin (scheme, host and port, RFC 6454) of
    the URL that a page cites or the configuration names, and to any https URL of the host at the
    default port. So a redirect or a sitemap never makes us send them over http or to another port.
    The configured user agent is no secret and is always sent.

    Args:
        rules: The rules of the URL's host.
        url: The URL to be requested.
        cited: The first URL of the probe; "" if a server named it (a sitemap, an archived
            redirect).
    """
    # Most hosts have no headers of their own: their URLs are not parsed.
    if not rules.headers or _is_plain_https(url) or _has_same_origin(url, cited):
        return rules.sent_headers
    return {"User-Agent": rules.user_agent} if rules.user_agent else {}


def _is_plain_https(url: str) -> bool:
    """Return whether a URL has the scheme https and the default port."""
    try:
        parsed = URL(url)
    except ValueError:
        return False
    return parsed.protocol == "https:" and not parsed.port  # the default port is left out


def _has_same_origin(url: str, cited: str) -> bool:
    """Return whether a URL has the origin of the cited one; False if there is none."""
    return bool(cited) and _origin(url) == _origin(cited)


def _origin(url: str) -> str:
    """Return the origin of a URL; the URL itself if it cannot be parsed."""
    try:
        return URL(url).origin
    except ValueError:
        return url
