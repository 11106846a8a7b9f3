"""Store the cookies of one probe and send them back, as browsers do by section 5 of RFC 6265.

Without them some sites redirect in a loop. The standard library's parsers follow older grammars
and refuse or change values that sites set. Nothing here raises, and nothing outlives the probe.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from ipaddress import ip_address
from typing import Final

from msgspec import Struct
from tldextract import TLDExtract

from crawler.http.urls import host_of, split_url

_MAX_COOKIES_SET: Final = 60  # by one response; RFC 6265, section 6.1: at least 50 of a domain
_MAX_COOKIES: Final = 100  # of one probe
_MAX_HEADER: Final = 16_384  # characters that are sent
_MAX_COOKIE_LENGTH: Final = 4_096  # characters of name and value (RFC 6265, section 6.1)
_MAX_ATTRIBUTE_LENGTH: Final = 1_024  # characters (RFC 6265bis, section 5.6)
_CONTROLS = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
_WHITE_SPACE: Final = " \t"
_MAX_AGE = re.compile(r"-?[0-9]+", re.ASCII)
# The delimiters, the parts and the months of a cookie-date (RFC 6265, section 5.1.1).
_DATE_DELIMITERS = re.compile(r"[\x09\x20-\x2f\x3b-\x40\x5b-\x60\x7b-\x7e]+")
_TIME = re.compile(r"(\d{1,2}):(\d{1,2}):(\d{1,2})(?:\D.*)?", re.ASCII)
_DAY = re.compile(r"(\d{1,2})(?:\D.*)?", re.ASCII)
_YEAR = re.compile(r"(\d{2,4})(?:\D.*)?", re.ASCII)
_MONTHS: Final = (
    "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
)  # fmt: skip


class Cookie(Struct, frozen=True, kw_only=True):
    """One stored cookie.

    Attributes:
        name: Its name; may be empty, as browsers accept it (RFC 6265bis, section 5.6).
        value: Its value as written, quotation marks included.
        domain: The host it is for, in lower case.
        host_only: Whether it is for `domain` alone, and not for its subdomains.
        path: The path it is for.
        secure: Whether it is sent over https only.
    """

    name: str
    value: str
    domain: str
    host_only: bool = True
    path: str = "/"
    secure: bool = False

    def is_for(self, url: str) -> bool:
        """Return whether it is sent with a request for a URL (RFC 6265, section 5.4)."""
        host = host_of(url)
        if host != self.domain and (self.host_only or not _domain_matches(host, self.domain)):
            return False
        if self.secure and not url.lower().startswith("https:"):
            return False
        return _path_matches(split_url(url).path or "/", self.path)


@dataclass(slots=True)
class CookieJar:
    """The cookies that servers set during one probe.

    >>> jar, now = CookieJar(), datetime(2026, 1, 1, tzinfo=UTC)
    >>> jar.store("https://www.a.example/x", ['seen={"a": 1}; Domain=.a.example; Secure'], now)
    >>> jar.header_for("https://b.a.example/"), jar.header_for("https://a.example.org/")
    ('seen={"a": 1}', '')
    """

    _cookies: dict[tuple[str, str, str], Cookie] = field(default_factory=dict)

    def store(self, url: str, values: Sequence[str], now: datetime) -> None:
        """Store the cookies that a response sets, and drop those that it expires.

        Args:
            url: The requested URL.
            values: The values of its Set-Cookie fields, read as Latin-1.
            now: When the response came.
        """
        for value in values[:_MAX_COOKIES_SET]:
            found = read_cookie(value, url, now)
            if found is None:
                continue
            cookie, is_expired = found
            key = cookie.name, cookie.domain, cookie.path
            if is_expired:
                self._cookies.pop(key, None)
            elif key in self._cookies or len(self._cookies) < _MAX_COOKIES:
                self._cookies[key] = cookie

    def header_for(self, url: str) -> str:
        """Return the value of the Cookie field for a request; empty without cookies.

        Longer paths come first, then those that were set first (RFC 6265, section 5.4).
        """
        if not self._cookies:
            return ""
        sent = [cookie for cookie in self._cookies.values() if cookie.is_for(url)]
        sent.sort(key=lambda cookie: -len(cookie.path))
        pairs = []
        length = 0  # characters of the header
        for cookie in sent:
            pair = f"{cookie.name}={cookie.value}" if cookie.name else cookie.value
            length += len(pair) + 2
            if length > _MAX_HEADER:
                break
            pairs.append(pair)
        return "; ".join(pairs)


def read_cookie(value: str, url: str, now: datetime) -> tuple[Cookie, bool] | None:
    """Return the cookie that a Set-Cookie field sets, by sections 5.2 and 5.3 of RFC 6265.

    A cookie that a plain http response marks as `Secure` is sent back over http all the same:
    a server that sets it there and waits for it would redirect without end.

    Args:
        value: The value of the field, read as Latin-1.
        url: The URL of the response.
        now: When it came.

    Returns:
        The cookie, and whether it is expired (`Max-Age=0`, `Expires` in the past); None if the
        field sets none.
    """
    pair, _, rest = value.partition(";")
    name, equals, content = (part.strip(_WHITE_SPACE) for part in pair.partition("="))
    if not equals:
        name, content = "", name
    if not (name or content) or len(name) + len(content) > _MAX_COOKIE_LENGTH:
        return None
    if _CONTROLS.search(value):
        return None
    attributes = _read_attributes(rest)
    host = host_of(url)
    domain = _cookie_domain(attributes.get("domain", ""), host)
    if domain is None:
        return None
    path = attributes.get("path", "")
    cookie = Cookie(
        name=_decode(name),
        value=_decode(content),
        domain=domain or host,
        host_only=not domain,
        path=path if path.startswith("/") else _default_path(url),
        secure="secure" in attributes and url.lower().startswith("https:"),
    )
    return cookie, _is_expired(attributes, now)


def _read_attributes(text: str) -> dict[str, str]:
    """Return attributes by lower-case name; of several with one name, the last."""
    attributes = {}
    for attribute in text.split(";"):
        name, _, value = (part.strip(_WHITE_SPACE) for part in attribute.partition("="))
        if len(value) <= _MAX_ATTRIBUTE_LENGTH:
            attributes[name.lower()] = value
    return attributes


def _decode(text: str) -> str:
    """Return UTF-8 text that was read as Latin-1, so that the same bytes are sent back."""
    try:
        return text.encode("latin-1").decode()
    except UnicodeError:
        return text


def _cookie_domain(attribute: str, host: str) -> str | None:
    """Return the domain that a Domain attribute names.

    Returns:
        An empty text for a cookie of the host alone; None if the cookie must be refused.
    """
    domain = attribute.removeprefix(".").lower()
    if not domain:
        return ""
    domain = host_of(f"http://{domain}/")
    if domain == host:
        # An address and a public suffix have no subdomains to share a cookie with.
        return "" if _is_address(host) or _is_public_suffix(host) else domain
    if not domain or not _domain_matches(host, domain) or _is_public_suffix(domain):
        return None
    return domain


def _domain_matches(host: str, domain: str) -> bool:
    """Return whether a host is a subdomain of a domain (RFC 6265, section 5.1.3)."""
    return host.endswith(f".{domain}") and not _is_address(host)


def _is_address(host: str) -> bool:
    """Return whether a host is an IP address, with or without brackets."""
    try:
        ip_address(host.strip("[]"))
    except ValueError:
        return False
    return True


@lru_cache(maxsize=1)
def _public_suffix_list() -> TLDExtract:
    """Return the Public Suffix List of the package: no request is sent, no cache file written."""
    return TLDExtract(suffix_list_urls=(), cache_dir=None, include_psl_private_domains=True)


@lru_cache(maxsize=1024)
def _is_public_suffix(domain: str) -> bool:
    """Return whether anybody may register names below a domain, as below `com` or `github.io`."""
    if "." not in domain:
        return True
    extracted = _public_suffix_list().extract_str(domain)
    return extracted.suffix == domain


def _path_matches(requested: str, path: str) -> bool:
    """Return whether a requested path is within that of a cookie (RFC 6265, section 5.1.4)."""
    if requested == path:
        return True
    return requested.startswith(path) and (path.endswith("/") or requested[len(path)] == "/")


def _default_path(url: str) -> str:
    """Return the path of a cookie that names none: the folder of the requested URL."""
    folder = split_url(url).path.rpartition("/")[0]
    return folder or "/"


def _is_expired(attributes: dict[str, str], now: datetime) -> bool:
    """Return whether a cookie is expired when it comes; Max-Age takes precedence over Expires."""
    max_age = attributes.get("max-age", "")
    if _MAX_AGE.fullmatch(max_age):
        return max_age.startswith("-") or not max_age.strip("0")
    expires = read_cookie_date(attributes.get("expires", ""))
    return expires is not None and expires <= now


def read_cookie_date(text: str) -> datetime | None:
    """Return the time that an Expires attribute names, by section 5.1.1 of RFC 6265.

    >>> read_cookie_date("Wed, 09-Jun-21 10:18:14 GMT")
    datetime.datetime(2021, 6, 9, 10, 18, 14, tzinfo=datetime.timezone.utc)
    >>> read_cookie_date("1 day") is None
    True
    """
    time: tuple[str, ...] | None = None
    day = month = year = None
    for token in _DATE_DELIMITERS.split(text):
        if time is None and (match := _TIME.fullmatch(token)):
            time = match.groups()
        elif day is None and (match := _DAY.fullmatch(token)):
            day = int(match[1])
        elif month is None and token[:3].lower() in _MONTHS:
            month = _MONTHS.index(token[:3].lower()) + 1
        elif year is None and (match := _YEAR.fullmatch(token)):
            year = int(match[1])
    if time is None or day is None or month is None or year is None:
        return None
    if year < 100:
        year += 1900 if year >= 70 else 2000
    hour, minute, second = (int(number) for number in time)
    try:
        return datetime(year, month, day, hour, minute, second, tzinfo=UTC)
    except ValueError:
        return None
