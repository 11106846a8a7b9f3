"""What the configuration's URL patterns say of a link: whether it is asked, where, and which error statuses count as served. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Self

from crawler.config import Config

AcceptedStatuses = Callable[[str], frozenset[int]]


@dataclass(frozen=True, slots=True)
class UrlFilters:
    """Patterns match a URL as cited, from its beginning.

    >>> selection = Selection.of(Config(exclude=("https://example.org/private/",), accept={"https://example.org/": (403,)}))
    >>> selection.excludes("https://example.org/private/a"), selection.excludes("https://example.org/a")
    (True, False)
    >>> sorted(selection.accepted("https://example.org/a"))
    [403]
    """

    include: tuple[re.Pattern[str], ...] = ()
    exclude: tuple[re.Pattern[str], ...] = ()
    accept: tuple[tuple[re.Pattern[str], frozenset[int]], ...] = ()
    remap: tuple[tuple[re.Pattern[str], str], ...] = ()

    @classmethod
    def from_config(cls, config: Config) -> Self:
        """Take the patterns from a configuration; loading it has checked them."""
        return cls(
            include=tuple(map(re.compile, config.include)),
            exclude=tuple(map(re.compile, config.exclude)),
            accept=tuple(
                (re.compile(pattern), frozenset(statuses))
                for pattern, statuses in config.accept.items()
            ),
            remap=tuple(
                (re.compile(pattern), replacement) for pattern, replacement in config.remap.items()
            ),
        )

    def excludes(self, url: str, original: str | None = None) -> bool:
        """Whether a link is not to be asked. Of a mirror the address itself can be excluded; what is included is its `original`."""
        if self.forbids(url):
            return True
        return bool(self.include) and not any(
            pattern.match(original or url) for pattern in self.include
        )

    def forbids(self, url: str) -> bool:
        """Whether no request may go to an address, however we come to it. What is included says nothing of where links lead."""
        return any(pattern.match(url) for pattern in self.exclude)

    def remap_url(self, url: str) -> str:
        r"""The address to ask instead: the first pattern that matches has what it matched replaced, and what follows is kept.

        >>> Selection.of(Config(remap={r"https://(\w+)\.example\.org/": r"https://staging.example/\1/"})).remapped("https://a.example.org/b?c")
        'https://staging.example/a/b?c'
        """
        for pattern, replacement in self.remap:
            if found := pattern.match(url):
                return found.expand(replacement) + url[found.end() :]
        return url

    def accepted_statuses(self, url: str) -> frozenset[int]:
        """The statuses that count as served for a link."""
        return frozenset[int]().union(
            *(statuses for pattern, statuses in self.accept if pattern.match(url))
        )


NO_ACCEPTED_STATUSES: AcceptedStatuses = UrlFilters().accepted_statuses
