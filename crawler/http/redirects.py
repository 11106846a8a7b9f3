"""Resolve Location and Refresh headers as browsers do.

Sources: RFC 9110 sections 10.2.2 (Location) and 15.4 (redirection), the WHATWG URL standard for
resolving, the HTML standard for refreshes ("shared declarative refresh steps").
"""

from __future__ import annotations

import re
from contextlib import suppress
from typing import Final

from crawler.http.urls import is_web_url, join_url

# As many as browsers follow (Fetch standard, section 4.5, HTTP-redirect fetch).
MAX_REDIRECTS: Final = 20
REDIRECT_STATUSES: Final = frozenset({300, 301, 302, 303, 307, 308})
# Characters. Servers accept request lines of 8,000 (RFC 9112, section 3) to some 16,000 octets.
LONGEST_LOCATION: Final = 16_384
# A refresh after more seconds only reloads a page for readers who stay on it.
MAX_REFRESH_SECONDS: Final = 10
# A time in seconds, a separator and a URL; quotation marks count only around the whole URL.
_REFRESH = re.compile(
    r"\s*(?=[\d.])(?P<seconds>\d*)[\d.]*(?=[;,\s])\s*[;,]?\s*(?:url\s*=\s*)?"
    r"(?:\"(?P<double>[^\"]*)|'(?P<single>[^']*)|(?P<plain>.*))",
    re.IGNORECASE | re.DOTALL,
)


def redirect_target(base: str, location: str) -> str | None:
    """Return the absolute URL of a Location header.

    Args:
        base: The requested URL. Its fragment is inherited.
        location: The header's value.

    Returns:
        None if the value is empty or too long to follow, or the URL is not http or https.

    >>> redirect_target("https://example.org/a/b#top", "../c")
    'https://example.org/c#top'
    """
    location = location.strip()
    if not location or len(location) > LONGEST_LOCATION:
        return None
    # Older probes have stored UTF-8 that was read byte by byte as Latin-1.
    with suppress(ValueError):
        location = location.encode("latin-1").decode()
    target = join_url(location, base)
    if not is_web_url(target):
        return None
    _, separator, fragment = base.partition("#")
    return target if "#" in target else target + separator + fragment


def refresh_target(content: str, url: str, max_seconds: int = MAX_REFRESH_SECONDS) -> str:
    """Return the URL that a Refresh header, or a meta refresh, leads to within seconds.

    Args:
        content: The header's value, or the element's `content`.
        url: The URL of the page.
        max_seconds: How long readers wait at most.

    Returns:
        An absolute URL of any scheme; empty if there is none, or readers would wait too long.

    >>> refresh_target("0; URL='/404.html'", "https://example.org/a")
    'https://example.org/404.html'
    >>> refresh_target("url=/404.html", "https://example.org/a")  # no time: browsers stay
    ''
    """
    match = _REFRESH.match(content)
    if match is None:
        return ""
    first_digits = match["seconds"][:4]  # enough to compare, however many there are
    if int(first_digits or 0) > max_seconds:
        return ""
    address = (match["double"] or match["single"] or match["plain"] or "").strip()
    if not address:
        return ""
    return join_url(address, url) if len(address) <= LONGEST_LOCATION else ""


def escape_location(value: bytes) -> str:
    r"""Return a Location header as text, its bytes beyond ASCII percent-encoded.

    >>> escape_location("/微".encode()), escape_location(b"/caf\xe9")
    ('/%E5%BE%AE', '/caf%E9')
    """
    if value.isascii():
        return value.decode("ascii")
    return "".join(chr(byte) if byte < 0x80 else f"%{byte:02X}" for byte in value)
