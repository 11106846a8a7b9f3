"""Apply the configured URL patterns: `include`, `exclude`, `accept` and `remap`."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final, Self

from msgspec import Struct

from crawler.config import Config

AcceptedStatuses = Callable[[str], frozenset[int]]
"""Returns the error statuses that count as served for a URL."""


class UrlFilters(Struct, frozen=True):
    """Compiled URL patterns, each matched from the beginning of a URL as cited.

    >>> filters = UrlFilters.from_config(
    ...     Config(
    ...         exclude=("https://example.org/private/",),
    ...         accept={"https://example.org/": (403,)},
    ...     )
    ... )
    >>> filters.excludes("https://example.org/private/a"), filters.excludes("https://example.org/a")
    (True, False)
    >>> sorted(filters.accepted_statuses("https://example.org/a"))
    [403]
    """

    include: tuple[re.Pattern[str], ...] = ()
    exclude: tuple[re.Pattern[str], ...] = ()
    accept: tuple[tuple[re.Pattern[str], frozenset[int]], ...] = ()
    remap: tuple[tuple[re.Pattern[str], str], ...] = ()

    @classmethod
    def from_config(cls, config: Config) -> Self:
        """Return the filters of a configuration, whose patterns were checked when it was loaded."""
        accept = [
            (re.compile(pattern), frozenset(statuses))
            for pattern, statuses in config.accept.items()
        ]
        remap = [
            (re.compile(pattern), replacement) for pattern, replacement in config.remap.items()
        ]
        return cls(
            include=tuple(map(re.compile, config.include)),
            exclude=tuple(map(re.compile, config.exclude)),
            accept=tuple(accept),
            remap=tuple(remap),
        )

    def excludes(self, url: str, original: str | None = None) -> bool:
        """Return whether a link must not be requested, by `exclude` and `include`.

        Args:
            url: The URL of the link or mirror.
            original: The original of a mirror, to which `include` applies instead of `url`; None
                for a link.
        """
        if self.matches_exclude(url):
            return True
        included = original or url
        return bool(self.include) and not any(pattern.match(included) for pattern in self.include)

    def matches_exclude(self, url: str) -> bool:
        """Return whether `exclude` matches a URL, so that no request may be sent to it.

        This is for the targets of redirects; `include` does not apply to them.
        """
        return any(pattern.match(url) for pattern in self.exclude)

    def remap_url(self, url: str) -> str:
        r"""Return the URL to request instead of a cited one.

        The first pattern that matches has its match replaced; what follows it is unchanged.

        >>> config = Config(remap={r"https://(\w+)\.example\.org/": r"https://staging.example/\1/"})
        >>> UrlFilters.from_config(config).remap_url("https://a.example.org/b?c")
        'https://staging.example/a/b?c'
        """
        for pattern, replacement in self.remap:
            if found := pattern.match(url):
                return found.expand(replacement) + url[found.end() :]
        return url

    def accepted_statuses(self, url: str) -> frozenset[int]:
        """Return the error statuses that count as served for a link."""
        if not self.accept:
            return frozenset()
        matching = [statuses for pattern, statuses in self.accept if pattern.match(url)]
        return frozenset[int]().union(*matching)


NO_ACCEPTED_STATUSES: Final[AcceptedStatuses] = UrlFilters().accepted_statuses
