"""Decide which cited URLs are the same link, and which slot the requests for a URL belong to."""

from __future__ import annotations

from functools import lru_cache

from crawler.archives import get_service, parse_mirror
from crawler.http.urls import host_of, link_key
from store.vocabulary import LinkIdentity

WAYBACK_SLOT = "web.archive.org"


@lru_cache(maxsize=65_536)
def identify(url: str) -> LinkIdentity:
    """Return the identity of a URL: its key, the URL itself, and its slot (in the field `host`).

    A URL that cannot be requested is its own key, and its slot is "".
    """
    return LinkIdentity(key=link_key(url), url=url, host=slot_of(url))


@lru_cache(maxsize=2048)  # each probe calls it several times, and some hundred run at a time
def slot_of(url: str) -> str:
    """Return the slot of a URL: its host, or one name for all hosts of an archive.

    >>> slot_of("https://archive.is/XZn19") == slot_of("https://archive.ph/78efA")
    True
    >>> slot_of("https://WWW.example.org/a")
    'www.example.org'
    """
    address = parse_mirror(url)
    return get_service(address.service).hosts[0] if address else host_of(url)
