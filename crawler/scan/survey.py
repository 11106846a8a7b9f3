"""Count what a wiki cites and estimate how long its first run takes.

Used by `holdfast init` before there is a database; it makes no requests.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import NamedTuple

from crawler.archives.link_identity import identify, slot_of
from crawler.config import LoadedConfig
from crawler.pages.dialect import Dialect
from crawler.politeness.estimate import HostEstimate, estimate_hosts
from crawler.scan.page_source import PageSource
from crawler.scan.process_pool import read_pages
from store.vocabulary import Page, PageWarning

# Each letter counts in scripts without spaces, each word in others.
_LETTERS = {
    "Japanese": re.compile(r"[\u3041-\u30ff]"),
    "Chinese": re.compile(r"[\u4e00-\u9fff]"),
    "Korean": re.compile(r"[\uac00-\ud7a3]+"),
    "Russian": re.compile(r"[\u0400-\u04ff]+"),
    "Latin letters": re.compile(r"[A-Za-z\u00c0-\u024f]+"),
}
_NOT_PROSE = re.compile(r"\S*://\S*|<[^>]*>|\]\([^)]*\)")
_MIN_KANA_SHARE = 0.25  # kana per Han character; Japanese text always has more
_MIN_SHARE = 0.1  # of all letters; less comes from names and quotations
_LANGUAGE_SAMPLE_BYTES = 4096  # of each page


class _HostLinks(NamedTuple):
    """The number of links of a host before the first run."""

    name: str
    links: int
    observed_interval: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Survey:
    """The counts of one wiki.

    Attributes:
        languages: Names of the languages the pages are written in, the most used first.
        pages: Number of pages.
        citations: Number of citations.
        links: Number of distinct cited originals.
        unmirrored: Number of links with no cited mirror.
        services: Number of cited mirrors by archive.
        hosts: Number of URLs that a first run probes, by slot.
        warnings: What could not be read.
    """

    languages: tuple[str, ...]
    pages: int
    citations: int
    links: int
    unmirrored: int
    services: Counter[str] = field(default_factory=Counter)
    hosts: Counter[str] = field(default_factory=Counter)
    warnings: tuple[PageWarning, ...] = ()

    def estimate_probes(self, loaded: LoadedConfig) -> list[HostEstimate]:
        """Estimate the probes of a first run, the slowest host first.

        Hosts are probed concurrently, so the first estimate bounds the run.

        Returns:
            One estimate for each host.
        """
        due = [_HostLinks(name, count) for name, count in self.hosts.items()]
        return sorted(
            estimate_hosts(loaded.config, due), key=lambda host: host.duration, reverse=True
        )

    def estimate_lookups(self, loaded: LoadedConfig) -> timedelta:
        """Estimate how long looking up mirrors takes for the links that have none."""
        per_minute = loaded.config.archives.wayback.lookups_per_minute
        return timedelta(minutes=self.unmirrored / per_minute)


def survey_pages(
    sources: Iterable[PageSource | PageWarning], *, dialect: str = Dialect.MKDOCS
) -> Survey:
    """Read pages in a dialect and return their counts."""
    found = list(sources)
    warnings = [source for source in found if isinstance(source, PageWarning)]
    page_sources = [source for source in found if isinstance(source, PageSource)]
    links: set[str] = set()
    mirrored: set[str] = set()
    mirrors: dict[str, str] = {}
    pages = citations = 0
    for page in read_pages(page_sources, dialect=dialect):
        if isinstance(page, PageWarning):
            warnings.append(page)
        if not isinstance(page, Page):
            continue
        pages += 1
        citations += len(page.citations)
        for citation in page.citations:
            original = identify(citation.original).key if citation.original else None
            if original:
                links.add(original)
            if citation.archive:
                mirrors[identify(citation.url).key] = citation.archive.service
                if original:
                    mirrored.add(original)
    return Survey(
        languages=_languages(page_sources),
        pages=pages,
        citations=citations,
        links=len(links),
        unmirrored=len(links - mirrored),
        services=Counter(mirrors.values()),
        hosts=Counter(slot_of(url) for url in links | set(mirrors)),
        warnings=tuple(warnings),
    )


def _languages(sources: Iterable[PageSource]) -> tuple[str, ...]:
    """Return the languages of the pages, the most used first, judged by their letters."""
    found: Counter[str] = Counter()
    for source in sources:
        try:
            sample = source.read()[:_LANGUAGE_SAMPLE_BYTES]
        except OSError:
            continue
        text = _NOT_PROSE.sub(" ", sample.decode("utf-8", "ignore"))
        found.update({name: len(pattern.findall(text)) for name, pattern in _LETTERS.items()})
    if found["Japanese"] > found["Chinese"] * _MIN_KANA_SHARE:
        found["Japanese"] += found.pop("Chinese")
    enough = found.total() * _MIN_SHARE
    return tuple(name for name, count in found.most_common() if count > enough)
