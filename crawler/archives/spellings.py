"""Recognise other spellings under which an archive recorded the cited page.

The Wayback Machine's index returns rows of several spellings of a URL, because it ignores case, the
order of parameters and session ids. Others need a query each (`other_spellings`). `Spelling` orders
them from the most to the least trusted. This module makes no requests.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Final, NamedTuple

from crawler.http.urls import (
    INDEX_PAGE,
    InvalidUrl,
    link_key,
    request_url,
    same_address,
    split_url,
)
from store.vocabulary import Spelling

# RFC 3986, section 6.2.2.2 (unreserved characters), and the reserved ones that authors and servers
# escape or not as they like. "/", "?", "#", "&", "=", "+" and "%" delimit, so they stay.
_EQUIVALENT: Final = frozenset(
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~()',!|*:@$;[]"
)
_ESCAPE: Final = re.compile(r"%([0-9A-Fa-f]{2})")
# Names of parameters that analytics software adds.
_TRACKING: Final = re.compile(
    r"(?:utm_\w+|fbclid|gclid|dclid|gbraid|wbraid|msclkid|yclid|igshid|mc_[ce]id|_ga|_gl|twclid|"
    r"spm|scm|vd_source|share_source|share_medium|share_token|_openstat|mkt_tok|at_xt|ref_src|"
    r"ref_url|cmpid|s_cid|ncid|wt_mc|wt\.mc_id|hmsr|pk_(?:campaign|kwd|source|medium))",
    re.IGNORECASE,
)
# Parameters with session ids: names that the index ignores (surt, IAURLCanonicalizer), and others.
# An ambiguous name counts only with a long value of letters and digits: `session_id=4` may name a
# talk of a conference.
_SESSION: Final = re.compile(
    r"(?:jsessionid=.*|phpsessid=.*|aspsessionid[a-z]*=.*|asp\.net_sessionid=.*|cftoken=.+|"
    r"(?:zenid|oscsid|sessid|sess_?id|session_?id)=(?:(?=[a-z]*\d)[0-9a-z]{16,}|"
    r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})|"
    r"sid=[0-9a-z]{32}|s=[0-9a-f]{32})",
    re.IGNORECASE,
)
# ColdFusion sends its session id together with a token. Alone, `cfid` may name anything.
_COLDFUSION_ID: Final = re.compile(r"cfid=.+", re.IGNORECASE)
_COLDFUSION_TOKEN: Final = re.compile(r"cftoken=.+", re.IGNORECASE)
# Session ids after a semicolon, and those of ASP.NET in parentheses, as in `/(S(…))/`.
_SESSION_IN_PATH: Final = re.compile(
    r"(?:;|%3B)(?:jsessionid|phpsessid|aspsessionid[a-z]*)(?:=|%3D)[^;/?#&%]*|"
    r"(?:;|%3B)(?:sid|sess_?id|session_?id)(?:=|%3D)[\w.!-]{10,}|"
    r"/\((?:(?:[a-z]\(\w{1,40}\)){0,4}[a-z]\([0-9a-z]{24}\)|[0-9a-z]{24})\)(?=/)",
    re.IGNORECASE,
)
# Hosts of mobile and AMP pages, and numbered servers. A domain with a dot must follow.
_OTHER_HOST: Final = re.compile(r"(?:m|mobile|wap|amp|touch|www\d+)\.(?=[^.]+\.)", re.IGNORECASE)
# Marks of AMP pages: a segment or extension of the path, or a parameter.
_AMP_PATH: Final = re.compile(r"(?:/amp(?=/|$)|(?<=\.)amp\.(?=html?$)|\.amp$)", re.IGNORECASE)
_AMP_PARAMETER: Final = re.compile(r"(?:amp|outputtype=amp|output=amp)(?:=1)?", re.IGNORECASE)


class _Parts(NamedTuple):
    """A URL in comparable parts: without scheme and `www.`, with equivalent escapes decoded."""

    host: str
    path: str
    parameters: tuple[str, ...]

    def with_sorted_parameters(self) -> _Parts:
        """Return the URL with its parameters sorted and without empty ones."""
        return self._replace(parameters=tuple(sorted(filter(None, self.parameters))))

    def without_tracking(self) -> _Parts:
        """Return the URL without tracking parameters."""
        kept = (each for each in self.parameters if not _is_tracking(each))
        return self._replace(parameters=tuple(kept))

    def without_session(self) -> _Parts:
        """Return the URL without session ids in its path and parameters."""
        plain = (_SESSION_IN_PATH.sub("", each) for each in self.parameters)
        kept = _without_sessions(list(plain))
        path = _SESSION_IN_PATH.sub("", self.path)
        return self._replace(path=path, parameters=tuple(kept))

    def of_main_host(self) -> _Parts:
        """Return the URL of the page on the main host, without marks of mobile and AMP pages."""
        kept = (each for each in self.parameters if not _AMP_PARAMETER.fullmatch(each))
        path = _AMP_PATH.sub("", self.path).rstrip("/")
        return _Parts(_OTHER_HOST.sub("", self.host, count=1), path, tuple(kept))

    def in_lower_case(self) -> _Parts:
        """Return the URL with path and parameters in lower case."""
        lower = (each.lower() for each in self.parameters)
        return self._replace(path=self.path.lower(), parameters=tuple(sorted(lower)))


def spelling_of(recorded: str, cited: str) -> Spelling | None:
    """Return how an archived URL spells the cited one; None if it is another address.

    If several kinds of difference come together, the least trusted is returned.

    Args:
        recorded: The URL as the archive recorded it.
        cited: The cited URL.

    >>> cited = "https://a.example/x_(y)?b=2&a=1"
    >>> [
    ...     str(spelling_of(recorded, cited))
    ...     for recorded in (
    ...         "http://www.a.example/x_(y)/?b=2&a=1",
    ...         "https://a.example/x_%28y%29?b=2&a=1",
    ...         "https://a.example/x_(y)?a=1&b=2",
    ...         "https://a.example/x_(y)?b=2&a=1&utm_source=feed",
    ...         "https://m.a.example/x_(y)?b=2&a=1",
    ...         "https://a.example/X_(y)?b=2&a=1",
    ...     )
    ... ]  # doctest: +NORMALIZE_WHITESPACE
    ['same', 'percent-escapes', 'query-order', 'tracking-parameters', 'other-host', 'letter-case']
    >>> spelling_of("https://a.example/x_(y)?b=2", cited) is None
    True
    """
    if same_address(recorded, cited):
        return Spelling.SAME
    one, other = _parts(recorded), _parts(cited)
    if one is None or other is None:
        return None
    if one == other:
        return Spelling.ESCAPES
    steps = (
        (Spelling.QUERY_ORDER, _Parts.with_sorted_parameters),
        (Spelling.TRACKING, _Parts.without_tracking),
        (Spelling.SESSION, _Parts.without_session),
        (Spelling.HOST, _Parts.of_main_host),
        (Spelling.CASE, _Parts.in_lower_case),
    )
    for spelling, simplify in steps:
        one, other = simplify(one), simplify(other)
        if one == other:
            return spelling
    return None


def is_same_page(recorded: str, cited: str) -> bool:
    """Return whether an archived URL and a cited one certainly have the same page.

    Spellings that only a comparison of texts can confirm do not count.
    """
    spelling = spelling_of(recorded, cited)
    return spelling is not None and not spelling.needs_confirmation


def without_session_id(url: str) -> str:
    """Return a URL without the session ids in its query and path.

    >>> without_session_id("https://a.example/x;jsessionid=0A1B?p=1&PHPSESSID=c2d4#top")
    'https://a.example/x?p=1#top'
    >>> without_session_id("https://a.example/x?session=112&session_id=4")
    'https://a.example/x?session=112&session_id=4'
    """
    address, fragment_mark, fragment = url.partition("#")
    address = _SESSION_IN_PATH.sub("", address)
    path, mark, query = address.partition("?")
    parameters = query.split("&")
    kept = _without_sessions(parameters)
    if len(kept) < len(parameters):
        mark, query = "?" if kept else "", "&".join(kept)
    return f"{path}{mark}{query}{fragment_mark}{fragment}"


def _without_sessions(parameters: Sequence[str]) -> list[str]:
    """Return the parameters of a query without those that hold a session id."""
    kept = [each for each in parameters if not _SESSION.fullmatch(each)]
    if any(_COLDFUSION_TOKEN.fullmatch(each) for each in parameters):
        kept = [each for each in kept if not _COLDFUSION_ID.fullmatch(each)]
    return kept


def other_spellings(url: str, *, is_failing: bool) -> tuple[str, ...]:
    """Return other URLs under which the index may have the page; each needs a query.

    Args:
        url: The cited URL.
        is_failing: Whether the page is not served any more. Only then are mobile and AMP pages
            worth further queries.

    >>> other_spellings("https://a.example/x?utm_source=b&p=1", is_failing=False)
    ('https://a.example/x?p=1',)
    >>> other_spellings("https://m.a.example/x/amp/", is_failing=False)
    ('https://a.example/x',)
    >>> other_spellings("https://www.a.example/x", is_failing=True)
    ('https://m.a.example/x', 'https://amp.a.example/x', 'https://www.a.example/x/amp')
    >>> other_spellings("https://a.example/x", is_failing=False)
    ()
    """
    simpler = _simpler_urls(url)
    is_mobile = any(_is_mobile(each) for each in (url, *simpler))
    mobile: tuple[str, ...] = ()
    if is_failing and not is_mobile:
        mobile = _mobile_urls(simpler[0] if simpler else url)
    return tuple(each for each in dict.fromkeys((*simpler, *mobile)) if each != url)


def _simpler_urls(url: str) -> tuple[str, ...]:
    """Return a URL without tracking parameters and session ids, then its page on the main host.

    Either is left out if it is the same as the URL that it is made from.
    """
    sessionless = without_session_id(url)
    address, mark, query = sessionless.partition("?")
    parameters = query.split("&") if mark else []
    kept = [each for each in parameters if not _is_tracking(each)]
    plain = f"{address}?{'&'.join(kept)}" if kept else address
    simpler = []
    if len(kept) < len(parameters) or sessionless != url:
        simpler.append(plain)
    if _is_mobile(plain):
        simpler.append(_main_url(plain))
    return tuple(simpler)


def _main_url(mobile_url: str) -> str:
    """Return the URL on the main host of a mobile or AMP page."""
    scheme, separator, rest = mobile_url.partition("://")
    address, _, query = rest.partition("?")
    host, slash, path = address.partition("/")
    host = _OTHER_HOST.sub("", host, count=1)
    path = _AMP_PATH.sub("", f"/{path}").rstrip("/").removeprefix("/")
    kept = [each for each in query.split("&") if not _AMP_PARAMETER.fullmatch(each)]
    main = f"{scheme}{separator}{host}{slash}{path}"
    return f"{main}?{'&'.join(kept)}" if query and kept else main


def _mobile_urls(url: str) -> tuple[str, ...]:
    """Return the URLs under which sites serve the mobile and AMP page; none for a home page."""
    parts = split_url(url)
    if not parts.netloc or not parts.path.strip("/"):
        return ()
    without_www = re.sub(r"^(https?://)(?:www\.)?", r"\1", url, flags=re.IGNORECASE)
    address, mark, query = url.partition("?")
    return (
        without_www.replace("://", "://m.", 1),
        without_www.replace("://", "://amp.", 1),
        f"{address.rstrip('/')}/amp{mark}{query}",
    )


def _is_mobile(url: str) -> bool:
    """Return whether a URL is that of a mobile or AMP page, by its host, path or parameters."""
    parts = split_url(url)
    parameters = parts.query.split("&")
    return (
        _OTHER_HOST.match(parts.netloc) is not None
        or _AMP_PATH.search(parts.path.rstrip("/")) is not None
        or any(_AMP_PARAMETER.fullmatch(each) for each in parameters)
    )


def _is_tracking(parameter: str) -> bool:
    """Return whether a parameter (`name=value`) is one that analytics software adds."""
    return _TRACKING.fullmatch(parameter.partition("=")[0]) is not None


@lru_cache(maxsize=512)  # the cited URL is compared with up to a hundred rows
def _parts(url: str) -> _Parts | None:
    """Return a URL in comparable parts; None if it cannot be requested."""
    try:
        parts = split_url(link_key(request_url(url)))
    except InvalidUrl:
        return None
    path = INDEX_PAGE.sub("", _decoded(parts.path)).rstrip("/")
    host = parts.netloc.rpartition("@")[2].removeprefix("www.")
    # In a query, "+" means a space (application/x-www-form-urlencoded).
    query = _decoded(parts.query).replace("+", "%20")
    return _Parts(host, path, tuple(query.split("&")))


def _decoded(text: str) -> str:
    """Return a text with the escapes decoded that mean the same as the character itself."""

    def decode(escape: re.Match[str]) -> str:
        character = chr(int(escape[1], 16))
        return character if character in _EQUIVALENT else escape[0].upper()

    return _ESCAPE.sub(decode, text)
