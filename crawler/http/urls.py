"""What a URL is to us: its host, what goes on the wire for it, and the key that joins its spellings. Pure.

A citation keeps its URL as written. Everything else is read from it here, by the WHATWG URL standard (https://url.spec.whatwg.org/), as
browsers read it.
"""

from __future__ import annotations

import re
from functools import lru_cache
from urllib.parse import SplitResult, urlsplit

from ada_url import URL, normalize_url

_EXTERNAL = re.compile(r"\s*https?:/", re.IGNORECASE)
_LOWER_CASE_ESCAPE = re.compile(r"%(?:[a-f][0-9a-fA-F]|[0-9A-F][a-f])")
_CREDENTIALS = re.compile(r"^(\s*https?://)[^/?#]*@", re.IGNORECASE)
_SCHEME_AND_WWW = re.compile(r"https?://(?:[^/?#]*@)?(?:www\.)?")
_INDEX_PAGE = re.compile(r"(?<=/)(?:index|default)\.(?:html?|php|aspx?|jsp)$", re.IGNORECASE)
# What the standard leaves as it is, down to the last character: a lower-case name that is no number, a port that needs no look, a path without
# dots to follow. Most addresses are written so, and are spared the parser.
_NAME = r"https?://((?:(?!xn--)[a-z0-9-]+\.)+(?!xn--)[a-z][a-z0-9-]*)(?::(?!80/|443/)(?:[1-9]\d{0,3}|[1-5]\d{4}))?"
_PLAIN_HOST = re.compile(rf"{_NAME}[/?#]", re.ASCII)
_PLAIN_URL = re.compile(
    rf"{_NAME}(?:/(?!\.|%2[eE])[\w!$&()*+,;=:@%~.-]*)+(?:\?[\w!$&()*+,;=:@%~./?-]*)?", re.ASCII
)
# What ends a host in a URL, or is dropped from one; a colon only ever stands within brackets.
_NO_HOST = re.compile(r"[/\\?#@\s\x00-\x1f\x7f]|^[^\[]*:|\].")
# A probe asks the same of the same few URLs again and again, and there are some hundred probes at a time.
_within_a_probe = lru_cache(maxsize=2048)


class InvalidUrl(ValueError):
    """This URL cannot be requested; the message says what to do about it."""

    def __init__(self, url: str, advice: str) -> None:
        super().__init__(f"{url!r} cannot be requested: {advice}")
        self.url = url


def is_external(url: str) -> bool:
    """Whether this is an absolute http or https URL. It may still be one that nobody can request.

    >>> is_external("HTTPS://example.org"), is_external("http:/one-slash.example"), is_external("mailto:a@example.org"), is_external("/a")
    (True, True, False, False)
    """
    return _EXTERNAL.match(url) is not None


def without_credentials(url: str) -> str:
    """Take name and password out of a URL.

    >>> without_credentials("https://name:w@rd@example.org/a@b"), without_credentials("https://example.org?mail=a@b")
    ('https://example.org/a@b', 'https://example.org?mail=a@b')
    """
    return _CREDENTIALS.sub(r"\1", url) if "@" in url else url


@_within_a_probe
def host_of(url: str) -> str:
    """The host in lower-case ASCII, IPv6 in brackets; empty where the URL has none.

    >>> host_of("https://WWW.例え.jp:8080/"), host_of("http://[::1]/"), host_of("mailto:a@example.org"), host_of("http://")
    ('www.xn--r8jz45g.jp', '[::1]', '', '')
    """
    if plain := _PLAIN_HOST.match(url):
        return plain[1]
    try:
        return URL(url).hostname.rstrip(".")
    except ValueError:
        return ""


@lru_cache(maxsize=4096)
def canonical_host(host: str) -> str:
    """Return a host name or address in its one spelling, by the WHATWG URL standard.

    Every way to write an address becomes that address: decimal, octal, hexadecimal, short, escaped or full-width. Names
    become lower-case ASCII and keep a trailing dot; IPv6 addresses stand in brackets.

    Raises:
        InvalidUrl: if no request can be made to it.

    >>> [canonical_host(host) for host in ("2130706433", "0x7f.1", "127.0.0.1.", "%31%32%37.1", "::1", "Example.org.")]
    ['127.0.0.1', '127.0.0.1', '127.0.0.1', '127.0.0.1', '[::1]', 'example.org.']
    """
    bracketed = f"[{host}]" if ":" in host and not host.startswith("[") else host
    try:
        found: str = "" if _NO_HOST.search(bracketed) else URL(f"http://{bracketed}/").hostname
    except ValueError:
        found = ""
    if (
        not found or ".." in found or found.startswith(".")
    ):  # who drops an empty label may find an address
        raise InvalidUrl(host, "correct its host name")
    return found


def absolute_url(address: str, base: str) -> str:
    """Resolve an address that a page or file names against its own URL.

    Returns:
        The http or https URL; empty where the address is none that can be requested.

    >>> absolute_url("../b", "https://example.org/a/c"), absolute_url("ftp://example.org/", "https://example.org/")
    ('https://example.org/b', '')
    """
    url = join_url(base, address.strip())
    return url if is_external(url) else ""


@_within_a_probe
def request_url(url: str) -> str:
    """What a browser would ask for: host by UTS 46, IRI characters percent-encoded as UTF-8, escapes left as they are, no fragment.

    Raises `InvalidUrl` where no http request can be made of it.

    >>> request_url("https://例え.jp/微信?q=%c4%e3 b#top")
    'https://xn--r8jz45g.jp/%E5%BE%AE%E4%BF%A1?q=%c4%e3%20b'
    """
    if _PLAIN_URL.fullmatch(url):
        return url
    if not is_external(url):
        raise InvalidUrl(url, "write a whole http:// or https:// address")
    try:
        return normalize_url(url).partition("#")[0]
    except ValueError:
        raise InvalidUrl(url, "correct its host name or port, or take the link out") from None


def link_key(url: str) -> str:
    """The key that joins the spellings of one address without changing its meaning.

    Joined: case of scheme and host, default port, empty path, fragment, IRI and escaped form, case of hex digits. Kept apart: scheme, www.,
    trailing slash, order of the query. A URL that cannot be requested is its own key.

    >>> link_key("HTTP://Example.org:80?q=%c3%a9#top") == link_key("http://example.org/?q=é")
    True
    >>> link_key("http://"), link_key("https://www.example.org/a/") == link_key("https://example.org/a")
    ('http://', False)
    """
    try:
        requested = request_url(url)
    except InvalidUrl:
        return url
    return (
        _LOWER_CASE_ESCAPE.sub(lambda escape: escape[0].upper(), requested)
        if "%" in requested
        else requested
    )


def same_address(a: str, b: str) -> bool:
    """Whether two URLs differ by no more than scheme, `www.`, trailing slash, case of the host, or the name of the index page.

    A server that leads from one to the other has tidied the address, not moved the page.

    >>> same_address("http://example.org/a", "https://www.EXAMPLE.org/a/index.html")
    True
    >>> same_address("http://example.org/a?p=1", "https://example.org/a?p=2"), same_address("http://", "http://")
    (False, True)
    """
    return _bare_address(a) == _bare_address(b)


@_within_a_probe
def _bare_address(url: str) -> tuple[str, str]:
    address, _, query = link_key(url).partition("?")
    return _INDEX_PAGE.sub("", _SCHEME_AND_WWW.sub("", address, count=1)).rstrip("/"), query


def join_url(base: str, address: str) -> str:
    """Return an address made whole from where it stands, as browsers do; empty where that gives no URL.

    >>> join_url("https://example.org/a/b", "../c?d"), join_url("https://example.org/", "http://["), join_url("", "c")
    ('https://example.org/c?d', '', '')
    """
    try:
        return str(URL(address, base).href)
    except ValueError:
        return ""


def split_url(url: str) -> SplitResult:
    """Split a URL as `urllib.parse.urlsplit` does, without raising.

    What that refuses is split as it would be requested; of what cannot be requested either all parts are empty.

    >>> split_url("https://example.org/a?b").path, split_url("http://a[b@example.org/c").path, split_url("http://[")
    ('/a', '/c', SplitResult(scheme='', netloc='', path='', query='', fragment=''))
    """
    try:
        return urlsplit(url)
    except ValueError:
        pass
    try:
        return urlsplit(request_url(url))
    except ValueError:
        return SplitResult("", "", "", "", "")
