"""Read URLs as browsers do: host, requested form, and one key for all spellings of a URL.

A citation is stored with its URL as written. Everything else is derived from it here, by the WHATWG
URL standard (https://url.spec.whatwg.org/). Nothing is requested.
"""

from __future__ import annotations

import re
from functools import lru_cache
from urllib.parse import SplitResult, urlsplit

from ada_url import URL, normalize_url

_WEB_URL = re.compile(r"\s*https?:/", re.IGNORECASE)
_LOWER_CASE_ESCAPE = re.compile(r"%(?:[a-f][0-9a-fA-F]|[0-9A-F][a-f])")
_CREDENTIALS = re.compile(r"^(\s*https?://)[^/?#]*@", re.IGNORECASE)
_SCHEME_AND_WWW = re.compile(r"https?://(?:[^/?#]*@)?(?:www\.)?")
# The file name of an index page at the end of a path, which servers also serve without it.
INDEX_PAGE = re.compile(r"(?<=/)(?:index|default)\.(?:html?|php|aspx?|jsp)$", re.IGNORECASE)
# URLs that the standard leaves as they are: a lower-case name that is not a number, a plain port, a
# path without dot segments. Most URLs are like this and need no parser.
_NAME = (
    r"https?://((?:(?!xn--)[a-z0-9-]+\.)+(?!xn--)[a-z][a-z0-9-]*)"
    r"(?::(?!80/|443/)(?:[1-9]\d{0,3}|[1-5]\d{4}))?"
)
_PLAIN_HOST = re.compile(rf"{_NAME}[/?#]", re.ASCII)
_PLAIN_URL = re.compile(
    rf"{_NAME}(?:/(?!\.|%2[eE])[\w!$&()*+,;=:@%~.-]*)+(?:\?[\w!$&()*+,;=:@%~./?-]*)?", re.ASCII
)
# Characters that end a host in a URL or are dropped from it; a colon is valid within brackets only.
_INVALID_HOST = re.compile(r"[/\\?#@\s\x00-\x1f\x7f]|^[^\[]*:|\].")
# A probe needs the same few URLs repeatedly, and there are some hundred probes at a time.
_cached_for_a_probe = lru_cache(maxsize=2048)


class InvalidUrl(ValueError):
    """This URL cannot be requested; the message says what to do about it."""

    def __init__(self, url: str, advice: str) -> None:
        super().__init__(f"{url!r} cannot be requested: {advice}")
        self.url = url


def is_web_url(url: str) -> bool:
    """Return whether this is an absolute http or https URL; it may still be an invalid one.

    >>> is_web_url("HTTPS://example.org"), is_web_url("http:/one-slash.example")
    (True, True)
    >>> is_web_url("mailto:a@example.org"), is_web_url("/a")
    (False, False)
    """
    return _WEB_URL.match(url) is not None


def without_credentials(url: str) -> str:
    """Return a URL without name and password.

    >>> without_credentials("https://name:w@rd@example.org/a@b")
    'https://example.org/a@b'
    >>> without_credentials("https://example.org?mail=a@b")
    'https://example.org?mail=a@b'
    """
    return _CREDENTIALS.sub(r"\1", url) if "@" in url else url


@_cached_for_a_probe
def host_of(url: str) -> str:
    """Return the host in lower-case ASCII, IPv6 in brackets; empty if the URL has none.

    A dot at its end is dropped.

    >>> host_of("https://WWW.例え.jp:8080/"), host_of("http://[::1]/")
    ('www.xn--r8jz45g.jp', '[::1]')
    >>> host_of("mailto:a@example.org"), host_of("http://")
    ('', '')
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

    Every way to write an IP address becomes that address: decimal, octal, hexadecimal, short,
    escaped or full-width. Names become lower-case ASCII and keep a trailing dot; IPv6 addresses get
    brackets.

    Raises:
        InvalidUrl: No request can be made to it.

    >>> [canonical_host(host) for host in ("2130706433", "0x7f.1", "127.0.0.1.", "%31%32%37.1")]
    ['127.0.0.1', '127.0.0.1', '127.0.0.1', '127.0.0.1']
    >>> canonical_host("::1"), canonical_host("Example.org.")
    ('[::1]', 'example.org.')
    """
    bracketed = f"[{host}]" if ":" in host and not host.startswith("[") else host
    try:
        is_invalid = _INVALID_HOST.search(bracketed) is not None
        canonical: str = "" if is_invalid else URL(f"http://{bracketed}/").hostname
    except ValueError:
        canonical = ""
    # A client that ignores an empty label might read an IP address in the rest.
    if not canonical or ".." in canonical or canonical.startswith("."):
        raise InvalidUrl(host, "correct its host name")
    return canonical


def absolute_url(address: str, base: str) -> str:
    """Resolve an address that a page or file names against its own URL.

    Returns:
        The http or https URL; empty if the address cannot be requested.

    >>> absolute_url("../b", "https://example.org/a/c")
    'https://example.org/b'
    >>> absolute_url("ftp://example.org/", "https://example.org/")
    ''
    """
    url = join_url(address.strip(), base)
    return url if is_web_url(url) else ""


@_cached_for_a_probe
def request_url(url: str) -> str:
    """Return the URL that a browser would request for a cited one.

    The host is encoded by UTS 46, IRI characters are percent-encoded as UTF-8, escapes stay as they
    are, and the fragment is removed.

    Raises:
        InvalidUrl: No http request can be made of it.

    >>> request_url("https://例え.jp/微信?q=%c4%e3 b#top")
    'https://xn--r8jz45g.jp/%E5%BE%AE%E4%BF%A1?q=%c4%e3%20b'
    """
    if _PLAIN_URL.fullmatch(url):
        return url
    if not is_web_url(url):
        raise InvalidUrl(url, "write a whole http:// or https:// address")
    try:
        return normalize_url(url).partition("#")[0]
    except ValueError:
        raise InvalidUrl(url, "correct its host name or port, or take the link out") from None


def link_key(url: str) -> str:
    """Return the key that is the same for all spellings of a URL with the same meaning.

    It ignores the case of scheme and host, the default port, an empty path, the fragment, IRI or
    escaped form, and the case of hex digits. It distinguishes scheme, `www.`, trailing slash and
    the order of the query. A URL that cannot be requested is its own key.

    >>> link_key("HTTP://Example.org:80?q=%c3%a9#top") == link_key("http://example.org/?q=é")
    True
    >>> link_key("https://www.example.org/a/") == link_key("https://example.org/a")
    False
    >>> link_key("http://")
    'http://'
    """
    try:
        requested = request_url(url)
    except InvalidUrl:
        return url
    if "%" not in requested:
        return requested
    return _LOWER_CASE_ESCAPE.sub(lambda escape: escape[0].upper(), requested)


def same_address(a: str, b: str) -> bool:
    """Return whether two URLs differ only in ways that do not make another page of them.

    These are scheme, `www.`, trailing slash, case of the host, and the name of the index page. A
    server that redirects from one to the other has normalised the URL, not moved the page.

    >>> same_address("http://example.org/a", "https://www.EXAMPLE.org/a/index.html")
    True
    >>> same_address("http://example.org/a?p=1", "https://example.org/a?p=2")
    False
    """
    return _bare_address(a) == _bare_address(b)


@_cached_for_a_probe
def _bare_address(url: str) -> tuple[str, str]:
    """Return a URL without scheme, `www.`, index page and trailing slash, and its query."""
    address, _, query = link_key(url).partition("?")
    without_scheme = _SCHEME_AND_WWW.sub("", address, count=1)
    return INDEX_PAGE.sub("", without_scheme).rstrip("/"), query


def join_url(address: str, base: str) -> str:
    """Return a relative address resolved against its base as browsers do; empty if it is invalid.

    >>> join_url("../c?d", "https://example.org/a/b")
    'https://example.org/c?d'
    >>> join_url("http://[", "https://example.org/"), join_url("c", "")
    ('', '')
    """
    try:
        return str(URL(address, base).href)
    except ValueError:
        return ""


@_cached_for_a_probe  # that of `urlsplit` keeps no more than 128
def split_url(url: str) -> SplitResult:
    """Return the parts of a URL as `urllib.parse.urlsplit` does, without raising.

    A URL that it refuses is split in its requested form; of an invalid URL all parts are empty.

    >>> split_url("https://example.org/a?b").path, split_url("http://a[b@example.org/c").path
    ('/a', '/c')
    >>> split_url("http://[")
    SplitResult(scheme='', netloc='', path='', query='', fragment='')
    """
    try:
        return urlsplit(url)
    except ValueError:
        pass
    try:
        return urlsplit(request_url(url))
    except ValueError:
        return SplitResult("", "", "", "", "")
