"""Define the demo archive's snapshots, their keys in its index, and its Memento responses."""

from __future__ import annotations

import base64
import hashlib
import re
import string
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from urllib.parse import quote, unquote, urljoin, urlsplit

from store.vocabulary import parse_timestamp

FIELDS = ("urlkey", "timestamp", "original", "mimetype", "statuscode", "digest", "length")
# The index percent-encodes all other characters. The real index, too, has URLs with spaces.
_NOT_ENCODED = string.punctuation + " "
_WWW = re.compile(r"^www\d*\.")
_SESSION_ID = re.compile(
    r"(?:jsessionid|phpsessid|sid)=[0-9a-z]{32}|aspsessionid[a-z]{8}=[a-z]{24}|cfid=.*|cftoken=.*"
)
_SESSION_IN_PATH = re.compile(r";jsessionid=[0-9a-z]{32}$")


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredSnapshot:
    """One snapshot: the response of a URL at a time.

    Attributes:
        original: The URL.
        timestamp: 14 digits.
        status: The status code.
        body: The body.
        mimetype: The media type.
        headers: The response's headers.
        revisit: Whether it is a WARC revisit record, which repeats the body of an earlier snapshot.
            The index lists it without a status code.
    """

    original: str
    timestamp: str
    status: int = 200
    body: bytes = b"<!doctype html><title>Kept</title><p>A page as it was."
    mimetype: str = "text/html"
    headers: Mapping[str, str] = field(default_factory=dict)
    revisit: bool = False

    @property
    def key(self) -> str:
        """The key of its URL in the index."""
        return surt(self.original)

    @property
    def address(self) -> str:
        """The URL as the archive records and shows it."""
        return quote(self.original, safe=_NOT_ENCODED)

    @property
    def redirect_url(self) -> str | None:
        """The URL it redirects to, or None."""
        target = self.headers.get("Location")
        return urljoin(self.address, target) if target and 300 <= self.status < 400 else None

    @property
    def digest(self) -> str:
        """The digest in the index: SHA-1 of the body in base 32."""
        return base64.b32encode(hashlib.sha1(self.body, usedforsecurity=False).digest()).decode()

    def row(self) -> dict[str, str]:
        """Return its row in the index."""
        return {
            "urlkey": self.key,
            "timestamp": self.timestamp,
            "original": self.address,
            "mimetype": "warc/revisit" if self.revisit else self.mimetype,
            "statuscode": "-" if self.revisit else str(self.status),
            "digest": self.digest,
            "length": str(len(self.body)),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchiveRequest:
    """One request that the archive received.

    Attributes:
        received_at: The time by the archive's clock.
        seconds: The time on the monotonic clock, for the gaps between requests.
        kind: cdx, replay, part (replay of an image, style sheet or frame), save (a capture), status
            (of a capture), available, timegate, timemap or other.
        target: Path and query as received.
        headers: The request's headers.
    """

    received_at: datetime
    seconds: float
    kind: str
    target: str
    headers: Mapping[str, str]


@lru_cache(maxsize=10_000)
def surt(url: str) -> str:
    """Return the key of a URL in the index: canonicalized, with the parts of the host reversed.

    URLs have the same key if they differ only in the scheme, `www.`, case, the order of the query,
    session ids, a trailing slash or the fragment, as with IAURLCanonicalizer of the package surt.

    Args:
        url: Absolute.

    Returns:
        The key, or the URL itself if it is invalid.

    >>> surt("https://www.Weibo.com/165/KqEW2dUqi?b=1&a=2#top")
    'com,weibo)/165/kqew2duqi?a=2&b=1'
    """
    try:
        parts = urlsplit(unquote(url if "://" in url else f"http://{url}").lower())
        port = f":{parts.port}" if parts.port not in (None, 80, 443) else ""
    except ValueError:
        return url
    host = ",".join(reversed(_WWW.sub("", parts.hostname or "").split(".")))
    parameters = [each for each in parts.query.split("&") if not _SESSION_ID.fullmatch(each)]
    query = "&".join(sorted(filter(None, parameters)))
    path = _SESSION_IN_PATH.sub("", parts.path).rstrip("/") or "/"
    return f"{host}{port}){path}" + (f"?{query}" if query else "")


def nearest_snapshot(snapshots: Iterable[StoredSnapshot], timestamp: str) -> StoredSnapshot:
    """Return the snapshot nearest to a timestamp."""
    return min(snapshots, key=lambda snapshot: seconds_between(snapshot.timestamp, timestamp))


def seconds_between(timestamp: str, other_timestamp: str) -> float:
    """Return the seconds between two timestamps, or 0 if one is invalid."""
    first, second = parse_timestamp(timestamp), parse_timestamp(other_timestamp)
    return abs((first - second).total_seconds()) if first and second else 0.0


def http_date(timestamp: str) -> str:
    """Return a timestamp as an HTTP date, or "" if it is invalid."""
    moment = parse_timestamp(timestamp)
    return moment.strftime("%a, %d %b %Y %H:%M:%S GMT") if moment else ""


def memento_links(
    origin: object, replayed: StoredSnapshot, snapshots: Sequence[StoredSnapshot]
) -> str:
    """Return the Link header of a memento (RFC 7089, section 2.2).

    Args:
        origin: Scheme and address of the archive.
        replayed: The replayed snapshot.
        snapshots: All snapshots of its URL, the oldest first.

    Returns:
        The header's value.
    """
    timemap = f"{origin}/web/timemap/link/{replayed.address}"
    links = [
        f'<{replayed.address}>; rel="original"',
        f'<{timemap}>; rel="timemap"; type="application/link-format"',
        f'<{origin}/web/{replayed.address}>; rel="timegate"',
    ]
    first, last = snapshots[0].timestamp, snapshots[-1].timestamp
    for timestamp in dict.fromkeys((first, replayed.timestamp, last)):
        relation = "memento"
        if timestamp == last:
            relation = f"last {relation}"
        if timestamp == first:
            relation = f"first {relation}"
        url, moment = f"{origin}/web/{timestamp}/{replayed.address}", http_date(timestamp)
        links.append(f'<{url}>; rel="{relation}"; datetime="{moment}"')
    return ", ".join(links)


def timemap(origin: object, snapshots: Sequence[StoredSnapshot]) -> str:
    """Return the TimeMap of the snapshots of a URL (RFC 7089, section 5)."""
    lines = [f'<{snapshots[0].address}>; rel="original"']
    for snapshot in snapshots:
        url = f"{origin}/web/{snapshot.timestamp}/{snapshot.address}"
        lines.append(f'<{url}>; rel="memento"; datetime="{http_date(snapshot.timestamp)}"')
    return ",\n".join(lines) + "\n"


def availability(snapshot: StoredSnapshot) -> dict[str, object]:
    """Return a snapshot as the availability API lists it."""
    return {
        "status": str(snapshot.status),
        "available": True,
        "url": f"http://web.archive.org/web/{snapshot.timestamp}/{snapshot.address}",
        "timestamp": snapshot.timestamp,
    }
