"""What the demo's archive keeps: snapshots, the key its index knows them by, and the links between them."""

from __future__ import annotations

import base64
import hashlib
import string
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from urllib.parse import quote, unquote, urljoin, urlsplit

from store.vocabulary import parse_timestamp

FIELDS = ("urlkey", "timestamp", "original", "mimetype", "statuscode", "digest", "length")
_AS_RECORDED = (
    string.punctuation + " "
)  # IRIs are recorded in ASCII; spaces stay, as the index has some


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredSnapshot:
    """One snapshot: what `original` answered at `timestamp` (14 digits). A revisit repeats an earlier body and is listed without a status."""

    original: str
    timestamp: str
    status: int = 200
    body: bytes = b"<!doctype html><title>Kept</title><p>A page as it was."
    mimetype: str = "text/html"
    headers: Mapping[str, str] = field(default_factory=dict)
    revisit: bool = False

    @property
    def key(self) -> str:
        """What the index knows it by."""
        return surt(self.original)

    @property
    def address(self) -> str:
        """The original as the archive records and shows it."""
        return quote(self.original, safe=_AS_RECORDED)

    @property
    def redirect_url(self) -> str | None:
        """Where it leads on to, as an address of the web."""
        target = self.headers.get("Location")
        return urljoin(self.address, target) if target and 300 <= self.status < 400 else None

    @property
    def digest(self) -> str:
        """As the index writes it: SHA-1 of the body in base 32."""
        return base64.b32encode(hashlib.sha1(self.body, usedforsecurity=False).digest()).decode()

    def row(self) -> dict[str, str]:
        """Its row in the index."""
        mimetype, status = (
            ("warc/revisit", "-") if self.revisit else (self.mimetype, str(self.status))
        )
        return dict(
            zip(
                FIELDS,
                (
                    self.key,
                    self.timestamp,
                    self.address,
                    mimetype,
                    status,
                    self.digest,
                    str(len(self.body)),
                ),
                strict=True,
            )
        )


@lru_cache(maxsize=10_000)
def surt(url: str) -> str:
    """The key the index goes by: host reversed; scheme, `www.`, case, order of the query, trailing slash and fragment do not count.

    >>> surt("https://www.Weibo.com/165/KqEW2dUqi?b=1&a=2#top")
    'com,weibo)/165/kqew2duqi?a=2&b=1'
    """
    try:
        parts = urlsplit(unquote(url if "://" in url else f"http://{url}").lower())
        port = f":{parts.port}" if parts.port not in (None, 80, 443) else ""
    except ValueError:
        return url
    host = ",".join(reversed((parts.hostname or "").removeprefix("www.").split(".")))
    query = "&".join(sorted(parts.query.split("&")))
    return f"{host}{port}){parts.path.rstrip('/') or '/'}" + (f"?{query}" if query else "")


def seconds_between(timestamp: str, wanted: str) -> float:
    one, other = parse_timestamp(timestamp), parse_timestamp(wanted)
    return abs((one - other).total_seconds()) if one and other else 0.0


def http_date(timestamp: str) -> str:
    moment = parse_timestamp(timestamp)
    return moment.strftime("%a, %d %b %Y %H:%M:%S GMT") if moment else ""


def memento_links(origin: object, shown: StoredSnapshot, held: Sequence[StoredSnapshot]) -> str:
    """The Link header of a memento (RFC 7089, section 2.2)."""
    links = [
        f'<{shown.address}>; rel="original"',
        f'<{origin}/web/timemap/link/{shown.address}>; rel="timemap"; type="application/link-format"',
        f'<{origin}/web/{shown.address}>; rel="timegate"',
    ]
    for holding in dict.fromkeys((held[0].timestamp, shown.timestamp, held[-1].timestamp)):
        relation = " ".join(
            word
            for word, timestamp in (("first", held[0].timestamp), ("last", held[-1].timestamp))
            if holding == timestamp
        )
        links.append(
            f'<{origin}/web/{holding}/{shown.address}>; rel="{f"{relation} memento".strip()}"; datetime="{http_date(holding)}"'
        )
    return ", ".join(links)
