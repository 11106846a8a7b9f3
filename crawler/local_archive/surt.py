"""Compute the SURT key of a URL (Sort-friendly URI Reordering Transform), as CDXJ indexes use it.

URLs that most servers treat alike get one key: the host is reversed and loses `www.`, everything
is in lower case, escapes are undone, dots and slashes of the path are normalised, session ids are
removed, and query parameters are sorted. The rules are the Internet Archive's
(https://heritrix.readthedocs.io/en/latest/glossary.html#surt), which extend those of Google's Safe
Browsing (https://developers.google.com/safe-browsing/reference/URLs.and.Hashing#canonicalization).
A test compares the keys with those of the library `surt`.
"""

from __future__ import annotations

import re

_URL = re.compile(
    rb"(?P<scheme>https?)://(?:[^/?#]*@)?(?P<host>\[[^\]]*\]|[^/?#:]*)(?::(?P<port>\d*))?"
    rb"(?P<path>/[^?#]*)?(?:\?(?P<query>[^#]*))?.*",
    re.IGNORECASE | re.DOTALL,
)
_DEFAULT_PORTS = {b"http": b"80", b"https": b"443"}
_WWW = re.compile(rb"^www\d*\.")
_DOTS = re.compile(rb"\.{2,}")
_UNSAFE_BYTE = re.compile(rb"[\x00-\x20\x7f-\xff#%]")
_SLASHES = re.compile(rb"/{2,}")
_PERCENT = ord("%")
_HEX_DIGITS = frozenset(b"0123456789abcdefABCDEF")
# Session ids of PHP, Java servlets and ASP; the lengths distinguish them from others. The patterns
# begin at the start of the query: otherwise `.*` would be tried at every position.
_SESSION_IN_QUERY = tuple(
    re.compile(rb"\A(.*)" + session + rb"(?:&|\Z)", re.DOTALL)
    for session in (
        rb"jsessionid=[0-9a-z]{32}",
        rb"phpsessid=[0-9a-z]{32}",
        rb"sid=[0-9a-z]{32}",
        rb"aspsessionid[a-z]{8}=[a-z]{24}",
    )
)
# Session ids in the path of ASP.NET pages.
_SESSION_IN_PATH = re.compile(rb"(?<=/)(?:(?:\((?:[a-z]\([0-9a-z]{24}\))+\))|\([0-9a-z]{24}\))/")
_ASP_SUFFIX = b".aspx"


def surt_key(url: str) -> str:
    """Return the SURT key of a URL as it is requested (in ASCII).

    A string that is not an http or https URL is returned unchanged.

    >>> surt_key("https://www.Example.org:443/A/./b//c/?b=2&a=1#top")
    'org,example)/a/b/c?a=1&b=2'
    >>> surt_key("http://example.org:8080"), surt_key("https://example.org/%E5%BE%AE?q=%2561")
    ('org,example:8080)/', 'org,example)/%e5%be%ae?q=a')
    """
    parts = _URL.fullmatch(url.encode("utf-8", "surrogatepass"))
    if parts is None:
        return url
    host = b",".join(reversed(_normalise_host(parts["host"]).split(b".")))
    port = parts["port"] or b""
    if port and port != _DEFAULT_PORTS[parts["scheme"].lower()]:
        host += b":" + port
    path = _normalise_path(_normalise_escapes(parts["path"] or b"/")).lower()
    path = _without_asp_session(path).rstrip(b"/") or b"/"
    query = _normalise_query(_normalise_escapes(parts["query"] or b"").lower())
    key = host + b")" + path
    if query:
        key += b"?" + query
    return key.decode("ascii", "replace")


def _normalise_escapes(text: bytes) -> bytes:
    """Undo escapes, also escaped ones, and escape again the bytes that are not allowed bare."""
    return _UNSAFE_BYTE.sub(lambda found: b"%%%02X" % found[0][0], _without_escapes(text))


def _without_escapes(text: bytes) -> bytes:
    """Return a text with its escapes undone, nested ones too: %2541 is %41, which is A.

    It takes one pass, so that deeply nested escapes take no longer than others.
    """
    if b"%" not in text:
        return text
    plain = bytearray()
    for byte in text:
        plain.append(byte)
        while _ends_with_escape(plain):
            plain[-3:] = bytes.fromhex(plain[-2:].decode("ascii"))
    return bytes(plain)


def _ends_with_escape(text: bytearray) -> bool:
    """Return whether a text ends with a percent-escape."""
    has_percent = len(text) >= 3 and text[-3] == _PERCENT
    return has_percent and text[-2] in _HEX_DIGITS and text[-1] in _HEX_DIGITS


def _normalise_host(host: bytes) -> bytes:
    """Return a host in lower case without `www.`, repeated dots, and dots at its ends."""
    return _WWW.sub(b"", _DOTS.sub(b".", host.lower()).strip(b"."))


def _normalise_path(path: bytes) -> bytes:
    """Return a path with its `.` and `..` segments resolved, and without empty segments."""
    segments: list[bytes] = []
    for segment in _SLASHES.sub(b"/", path).split(b"/"):
        if segment == b"..":
            del segments[-1:]
        elif segment not in (b".", b""):
            segments.append(segment)
    return b"/" + b"/".join(segments)


def _without_asp_session(path: bytes) -> bytes:
    """Return a path without session ids in folders above an ASP.NET page."""
    name_end = path.rfind(_ASP_SUFFIX)
    folders_end = max(name_end - 1, 0)  # the page's name has at least one character
    return _SESSION_IN_PATH.sub(b"", path[:folders_end]) + path[folders_end:]


def _normalise_query(query: bytes) -> bytes:
    """Return a query without session ids, and with its parameters sorted."""
    for session in _SESSION_IN_QUERY:
        query = session.sub(rb"\1", query, count=1)
    query = _without_coldfusion_session(query)
    if len(query) < 2:
        return query
    parameters = query.split(b"&")
    parameters.sort(key=lambda parameter: parameter.split(b"=", 1))
    return b"&".join(parameters)


def _without_coldfusion_session(query: bytes) -> bytes:
    """Return a query without its last ColdFusion session id: `cfid=ID&cftoken=TOKEN`.

    As in the library `surt`, text before `cfid` in the same parameter stays.
    """
    parameters = query.split(b"&")
    for position in range(len(parameters) - 2, -1, -1):
        parameter, following = parameters[position : position + 2]
        # The last byte is not searched: at least one character of an id must follow.
        start = parameter.rfind(b"cfid=", 0, len(parameter) - 1)
        has_token = following.startswith(b"cftoken=") and following != b"cftoken="
        if start >= 0 and has_token:
            before = b"&".join([*parameters[:position], parameter[:start]])
            return before + b"&".join(parameters[position + 2 :])
    return query
