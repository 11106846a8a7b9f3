"""Build and parse the URLs of mirrors in the local archive.

A record address (`local:TIMESTAMP/ORIGINAL`) names a record of the local archive. It never changes
and is stored in the database. A replay address begins with the configured base URL, can be opened
by readers, and is written into pages.
"""

from __future__ import annotations

import re

from crawler.archives.mirror_urls import parse_mirror
from crawler.archives.originals import parse_original
from store.vocabulary import LOCAL, MirrorAddress, OriginalSource

_SCHEME = f"{LOCAL}:"
_AFTER_SCHEME = re.compile(r"(?P<timestamp>\d{14})/(?P<original>https?://.+)", re.DOTALL)
_AFTER_BASE_URL = re.compile(
    r"(?P<timestamp>(?:19|20)\d{2,12})(?P<modifier>(?:[a-z]{2}\d?_)?)/(?P<original>.+)", re.DOTALL
)


def record_address(timestamp: str, original: str) -> str:
    """Return the record address of a capture.

    Args:
        timestamp: The capture time: 14 digits, UTC.
        original: The captured URL.

    >>> record_address("20261122114800", "https://example.org/a")
    'local:20261122114800/https://example.org/a'
    """
    return f"{_SCHEME}{timestamp}/{original}"


def parse_record_address(url: str) -> MirrorAddress | None:
    """Return the parts of a record address; None for other URLs.

    >>> parse_record_address("local:20261122114800/https://example.org/a").original
    'https://example.org/a'
    """
    if not url.startswith(_SCHEME):
        return None
    found = _AFTER_SCHEME.fullmatch(url, len(_SCHEME))
    if found is None:
        return None
    return _local_mirror(found["timestamp"], "", found["original"])


def replay_address(base_url: str, timestamp: str, original: str) -> str:
    """Return the URL at which pywb, or similar software, replays a record.

    Args:
        base_url: The base URL of the replay, with or without a slash at the end.
        timestamp: The capture time: 14 digits, UTC.
        original: The captured URL.

    >>> replay_address("https://wiki.example/archive/", "20261122114800", "https://example.org/a")
    'https://wiki.example/archive/20261122114800/https://example.org/a'
    """
    return f"{base_url.rstrip('/')}/{timestamp}/{original}"


def parse_replay_address(url: str, base_url: str) -> MirrorAddress | None:
    """Return the parts of a replay address below a base URL; None for other URLs.

    If the captured URL is a mirror at another archive, the original is the original of that
    mirror (`parse_mirror`).

    Args:
        url: Any URL.
        base_url: The base URL of the replay; "" if there is none.

    >>> base = "https://wiki.example/archive"
    >>> parse_replay_address(f"{base}/20261122114800mp_/http:/example.org/", base).original
    'http://example.org/'
    >>> parse_replay_address(f"{base}/about", base) is None
    True
    >>> of_mirror = f"{base}/20261122114800/https://web.archive.org/web/2021/http://example.org/"
    >>> parse_replay_address(of_mirror, base).original
    'http://example.org/'
    """
    base = f"{base_url.rstrip('/')}/"
    if not base_url or not url.startswith(base):
        return None
    found = _AFTER_BASE_URL.fullmatch(url, len(base))
    if found is None:
        return None
    original = parse_original(found["original"])
    if not original:
        return None
    captured_mirror = parse_mirror(original)
    if captured_mirror is not None:
        original = captured_mirror.original
    return _local_mirror(found["timestamp"], found["modifier"], original)


def _local_mirror(timestamp: str, modifier: str, original: str | None) -> MirrorAddress:
    """Return the parts of a mirror in the local archive."""
    return MirrorAddress(
        service=LOCAL,
        timestamp=timestamp,
        modifier=modifier,
        original=original,
        original_source=OriginalSource.EMBEDDED if original else None,
    )
