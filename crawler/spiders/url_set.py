"""Collect the URLs that a site lists, each once and up to a limit."""

from __future__ import annotations

from crawler.http.urls import link_key


class BoundedUrlSet:
    """The URLs of a site that were requested: each once, and no more than `limit`.

    Attributes:
        limit: Maximum number of URLs.
        is_exceeded: Whether some URLs were left out.
        has_warned: Whether the spider logged a warning about that.
    """

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.is_exceeded = False
        self.has_warned = False
        self._seen: set[str] = set()

    def add(self, url: str) -> bool:
        """Add a URL. Returns whether to request it."""
        key = link_key(url)
        if key in self._seen:
            return False
        if len(self._seen) >= self.limit:
            self.is_exceeded = True
            return False
        self._seen.add(key)
        return True
