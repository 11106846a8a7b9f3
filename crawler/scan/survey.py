"""A look at a wiki before the first run: what it cites, and how long asking for all of it will take. No network, no store."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import NamedTuple

from crawler.archives.link_identity import identify, slot_of
from crawler.config import LoadedConfig
from crawler.politeness.estimate import HostEstimate, estimate_hosts
from crawler.scan.discovery import PageSource
from crawler.scan.reader import read_pages
from store.vocabulary import Page, PageWarning

# Which letters tell of which language: of scripts without spaces each, of others each word.
_LETTERS = {
    "Japanese": re.compile(r"[\u3041-\u30ff]"),
    "Chinese": re.compile(r"[\u4e00-\u9fff]"),
    "Korean": re.compile(r"[\uac00-\ud7a3]+"),
    "Russian": re.compile(r"[\u0400-\u04ff]+"),
    "Latin letters": re.compile(r"[A-Za-z\u00c0-\u024f]+"),
}
_NO_PROSE = re.compile(r"\S*://\S*|<[^>]*>|\]\([^)]*\)")
_KANA_IN_JAPANESE = 0.25  # of what it shares with Chinese: there is never so little
_ENOUGH = 0.1  # of the whole: less is names and quotations
_READ_FOR_LANGUAGE = 4096  # bytes of a page


class _HostLinks(NamedTuple):
    """A host before the first run."""

    name: str
    links: int
    kept_interval: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Survey:
    """What a look at a wiki found. `hosts` counts the URLs a first run asks of each party; `services` the mirrors of each archive."""

    languages: tuple[str, ...]
    pages: int
    citations: int
    links: int
    unmirrored: int  # links with no mirror cited
    services: Counter[str] = field(default_factory=Counter)
    hosts: Counter[str] = field(default_factory=Counter)
    warnings: tuple[PageWarning, ...] = ()

    def estimate_probes(self, loaded: LoadedConfig) -> list[HostEstimate]:
        """Estimate the first run, the slowest host first; all are asked side by side, so that the first one bounds the run."""
        due = [_HostLinks(name, count) for name, count in self.hosts.items()]
        return sorted(estimate_hosts(loaded.config, due), key=lambda host: host.duration, reverse=True)

    def estimate_lookups(self, loaded: LoadedConfig) -> timedelta:
        """Estimate how long an archive is asked for mirrors of links that have none."""
        return timedelta(
            minutes=self.unmirrored / loaded.config.archives.wayback.lookups_per_minute
        )


def survey_pages(sources: Iterable[PageSource | PageWarning]) -> Survey:
    """Read the pages, and count."""
    found = list(sources)
    links: set[str] = set()
    mirrored: set[str] = set()
    mirrors: dict[str, str] = {}
    warnings = [source for source in found if isinstance(source, PageWarning)]
    pages = citations = 0
    for page in read_pages([source for source in found if isinstance(source, PageSource)]):
        if isinstance(page, PageWarning):
            warnings.append(page)
        if not isinstance(page, Page):
            continue
        pages += 1
        citations += len(page.citations)
        for citation in page.citations:
            if citation.original:
                links.add(identify(citation.original).key)
            if citation.archive:
                mirrors[identify(citation.url).key] = citation.archive.service
                mirrored |= {identify(citation.original).key} if citation.original else set()
    return Survey(
        languages=_languages(source for source in found if isinstance(source, PageSource)),
        pages=pages,
        citations=citations,
        links=len(links),
        unmirrored=len(links - mirrored),
        services=Counter(mirrors.values()),
        hosts=Counter(slot_of(url) for url in links | set(mirrors)),
        warnings=tuple(warnings),
    )


def _languages(sources: Iterable[PageSource]) -> tuple[str, ...]:
    """Name the languages the pages are written in, the most used first, as far as letters tell."""
    found: Counter[str] = Counter()
    for source in sources:
        try:
            text = _NO_PROSE.sub(" ", source.read()[:_READ_FOR_LANGUAGE].decode("utf-8", "ignore"))
        except OSError:
            continue
        found.update({name: len(pattern.findall(text)) for name, pattern in _LETTERS.items()})
    if found["Japanese"] > found["Chinese"] * _KANA_IN_JAPANESE:
        found["Japanese"] += found.pop("Chinese")
    return tuple(name for name, count in found.most_common() if count > found.total() * _ENOUGH)
