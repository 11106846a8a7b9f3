"""Which cited URLs are the same link, and whom a request for one must be polite to."""

from __future__ import annotations

from functools import lru_cache

from crawler.archives import get_service, parse_mirror
from crawler.http.urls import host_of, link_key
from store.vocabulary import LinkIdentity

WAYBACK_SLOT = "web.archive.org"


@lru_cache(maxsize=65_536)
def identify(url: str) -> LinkIdentity:
    """Give a URL's identity. One that cannot be asked at all is its own key, with no host."""
    return LinkIdentity(key=link_key(url), url=url, host=slot_of(url))


@lru_cache(maxsize=2048)  # a probe asks several times, and there are some hundred at a time
def slot_of(url: str) -> str:
    """Name the party behind a URL: its host, or one name for all hosts of an archive.

    >>> party_of("https://archive.is/XZn19") == party_of("https://archive.ph/78efA")
    True
    >>> party_of("https://WWW.example.org/a")
    'www.example.org'
    """
    address = parse_mirror(url)
    return get_service(address.service).hosts[0] if address else host_of(url)
