"""Recognise links to the wiki's own site, whose pages its authors can restore themselves."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final
from urllib.parse import unquote, urlsplit

from msgspec import Struct

# The reason why a citation of such a page gets no archive copy
OWN_PAGE: Final = (
    "it is a page of the wiki's own site or repository: restore it there, or correct the link"
)


class OwnSites(Struct, frozen=True):
    """The sites on which the wiki and its repository are published.

    Attributes:
        addresses: Pairs of a host without `www.` and the path of the site, without leading and
            trailing slashes.
    """

    addresses: frozenset[tuple[str, str]] = frozenset()

    def __contains__(self, url: str) -> bool:
        """Return whether a URL is one of the wiki's own pages, by host and path.

        >>> sites = OwnSites.of(["https://lamps.example/wiki/"])
        >>> [url in sites for url in ("http://www.lamps.example/wiki/a", "http://lamps.example/wikis")]
        [True, False]
        """
        if not self.addresses:
            return False
        host, path = _host_and_path(url)
        return any(
            host == own_host and (not own_path or f"{path}/".startswith(f"{own_path}/"))
            for own_host, own_path in self.addresses
        )

    @classmethod
    def of(cls, urls: Iterable[str]) -> OwnSites:
        """Return the sites with the given base URLs. URLs without a host are left out."""
        return cls(frozenset(each for each in map(_host_and_path, urls) if each[0]))


def _host_and_path(url: str) -> tuple[str, str]:
    try:
        parts = urlsplit(url)
        host = (parts.hostname or "").removeprefix("www.")
    except ValueError:
        return "", ""
    return host, unquote(parts.path).strip("/")
