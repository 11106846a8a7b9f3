"""What a mirror in the local archive is called: an address of the record itself, and the one a reader can follow.

The first never changes, whatever is configured; it stands in the store. The second begins with the configured base URL, and stands on pages.
"""

from __future__ import annotations

import re

from crawler.archives.mirror_urls import read_original
from store.vocabulary import LOCAL, MirrorAddress, OriginalSource

_SCHEME = f"{LOCAL}:"
_PATH = re.compile(r"(?P<timestamp>\d{14})/(?P<original>https?://.+)", re.DOTALL)
_REPLAY = re.compile(
    r"(?P<timestamp>(?:19|20)\d{2,12})(?P<modifier>(?:[a-z]{2}\d?_)?)/(?P<original>.+)", re.DOTALL
)


def record_address(timestamp: str, original: str) -> str:
    """Name a record.

    >>> record_address("20261122114800", "https://example.org/a")
    'local:20261122114800/https://example.org/a'
    """
    return f"{_SCHEME}{timestamp}/{original}"


def parse_record_address(url: str) -> MirrorAddress | None:
    """Take a record's address apart; None where it is none.

    >>> parse_record_address("local:20261122114800/https://example.org/a").original
    'https://example.org/a'
    """
    found = _PATH.fullmatch(url.removeprefix(_SCHEME)) if url.startswith(_SCHEME) else None
    return _address(found["timestamp"], "", found["original"]) if found else None


def replay_address(base_url: str, timestamp: str, original: str) -> str:
    """Give the address at which pywb (or any archive of its kind) at `base_url` shows a record.

    >>> replay_address("https://wiki.example/archive/", "20261122114800", "https://example.org/a")
    'https://wiki.example/archive/20261122114800/https://example.org/a'
    """
    return f"{base_url.rstrip('/')}/{timestamp}/{original}"


def parse_replay_address(url: str, base_url: str) -> MirrorAddress | None:
    """Read an address below `base_url` as that of a mirror; None where it is none.

    >>> parse_replay_address("https://wiki.example/archive/20261122114800mp_/http:/example.org/", "https://wiki.example/archive").original
    'http://example.org/'
    >>> parse_replay_address("https://wiki.example/archive/about", "https://wiki.example/archive") is None
    True
    """
    base = f"{base_url.rstrip('/')}/"
    found = _REPLAY.fullmatch(url, len(base)) if base_url and url.startswith(base) else None
    original = read_original(found["original"]) if found else None
    return _address(found["timestamp"], found["modifier"], original) if found and original else None


def _address(timestamp: str, modifier: str, original: str) -> MirrorAddress:
    return MirrorAddress(
        service=LOCAL,
        timestamp=timestamp,
        modifier=modifier,
        original=original,
        original_source=OriginalSource.EMBEDDED,
    )
