"""What the configuration's URL patterns say of a link: whether it is asked, and which error statuses count as served. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Self

from crawler.config import Config

Accepted = Callable[[str], frozenset[int]]


@dataclass(frozen=True, slots=True)
class Selection:
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

    @classmethod
    def of(cls, config: Config) -> Self:
        """Take the patterns from a configuration; loading it has checked them."""
        return cls(
            include=tuple(map(re.compile, config.include)),
            exclude=tuple(map(re.compile, config.exclude)),
            accept=tuple((re.compile(pattern), frozenset(statuses)) for pattern, statuses in config.accept.items()),
        )

    def excludes(self, url: str, original: str | None = None) -> bool:
        """Whether a link is not to be asked. Of a mirror the address itself can be excluded; what is included is its `original`."""
        if any(pattern.match(url) for pattern in self.exclude):
            return True
        return bool(self.include) and not any(pattern.match(original or url) for pattern in self.include)

    def accepted(self, url: str) -> frozenset[int]:
        """The statuses that count as served for a link."""
        return frozenset[int]().union(*(statuses for pattern, statuses in self.accept if pattern.match(url)))


NOTHING_ACCEPTED: Accepted = Selection().accepted
