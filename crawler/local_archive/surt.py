"""The key a URL has in the index: its SURT form (Sort-friendly URI Reordering Transform), by which archives look URLs up.

Spellings that most servers take for the same get one key: the host in reverse order and without `www.`, everything in lower case, escapes
undone, dots and slashes of the path tidied, session ids taken out, the query's parameters sorted. After the rules of the Internet Archive
(https://heritrix.readthedocs.io/en/latest/glossary.html#surt) and those of Google's Safe Browsing they build on
(https://developers.google.com/safe-browsing/reference/URLs.and.Hashing#canonicalization); a test holds them against the reference library.
"""

from __future__ import annotations

import re
from urllib.parse import unquote_to_bytes

_URL = re.compile(
    rb"(?P<scheme>https?)://(?:[^/?#]*@)?(?P<host>\[[^\]]*\]|[^/?#:]*)(?::(?P<port>\d*))?(?P<path>/[^?#]*)?(?:\?(?P<query>[^#]*))?.*",
    re.IGNORECASE | re.DOTALL,
)
_DEFAULT_PORTS = {b"http": b"80", b"https": b"443"}
_WWW = re.compile(rb"^www\d*\.")
_DOTS = re.compile(rb"\.{2,}")
_UNFIT = re.compile(rb"[\x00-\x20\x7f-\xff#%]")
_SLASHES = re.compile(rb"/{2,}")
# What PHP, Java servlets, ASP and ColdFusion call a visit; the lengths are what tells their ids from others.
_VISIT_IN_QUERY = tuple(
    re.compile(rb"(.*)" + visit + rb"(?:&|$)", re.DOTALL)
    for visit in (
        rb"jsessionid=[0-9a-z]{32}",
        rb"phpsessid=[0-9a-z]{32}",
        rb"sid=[0-9a-z]{32}",
        rb"aspsessionid[a-z]{8}=[a-z]{24}",
        rb"cfid=[^&]+&cftoken=[^&]+",
    )
)
_VISIT_IN_PATH = re.compile(
    rb"(?<=/)(?:(?:\((?:[a-z]\([0-9a-z]{24}\))+\))|\([0-9a-z]{24}\))/(?=.+\.aspx)"
)


def surt_key(url: str) -> str:
    """Give the key of a URL as it is requested (in ASCII); of what is no URL of the web, itself.

    >>> surt_key("https://www.Example.org:443/A/./b//c/?b=2&a=1#top")
    'org,example)/a/b/c?a=1&b=2'
    >>> surt_key("http://example.org:8080"), surt_key("https://example.org/%E5%BE%AE?q=%2561")
    ('org,example:8080)/', 'org,example)/%e5%be%ae?q=a')
    """
    parts = _URL.fullmatch(url.encode("utf-8", "surrogatepass"))
    if parts is None:
        return url
    port = parts["port"] or b""
    place = b",".join(reversed(_host(parts["host"]).split(b".")))
    if port and port != _DEFAULT_PORTS[parts["scheme"].lower()]:
        place += b":" + port
    path = _VISIT_IN_PATH.sub(b"", _path(_plain(parts["path"] or b"/")).lower())
    query = _query(_plain(parts["query"] or b"").lower())
    return (place + b")" + (path.rstrip(b"/") or b"/") + (b"?" + query if query else b"")).decode(
        "ascii", "replace"
    )


def _plain(text: bytes) -> bytes:
    """Undo escapes, those of escapes too, and escape again what cannot stand bare."""
    while (unquoted := unquote_to_bytes(text)) != text:
        text = unquoted
    return _UNFIT.sub(lambda found: b"%%%02X" % found[0][0], text)


def _host(host: bytes) -> bytes:
    return _WWW.sub(b"", _DOTS.sub(b".", host.lower()).strip(b"."))


def _path(path: bytes) -> bytes:
    kept: list[bytes] = []
    for part in _SLASHES.sub(b"/", path).split(b"/"):
        if part == b"..":
            del kept[-1:]
        elif part not in (b".", b""):
            kept.append(part)
    return b"/" + b"/".join(kept)


def _query(query: bytes) -> bytes:
    for visit in _VISIT_IN_QUERY:
        query = visit.sub(rb"\1", query, count=1)
    if len(query) < 2:
        return query
    parameters = query.split(b"&")
    parameters.sort(key=lambda parameter: parameter.split(b"=", 1))
    return b"&".join(parameters)
