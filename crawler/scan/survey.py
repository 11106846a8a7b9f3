"""Count what a wiki cites and estimate how long its first run takes.

Used by `holdfast init` before there is a database; it makes no requests.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from typing import Final, NamedTuple

from msgspec import Struct, field

from crawler.archives.link_identity import identify, slot_of
from crawler.config import LoadedConfig
from crawler.pages.dialect import Dialect
from crawler.politeness.run_estimate import RunEstimate, estimate_run
from crawler.scan.page_source import PageSource
from crawler.scan.process_pool import read_pages
from store.vocabulary import Page, PageWarning


class _HostLinks(NamedTuple):
    """A host with its number of links, as `estimate_run` reads it, before the first run.

    The last two attributes have the values of a host that was never requested.
    """

    name: str
    links: int
    observed_interval: float = 0.0
    next_allowed_at: datetime | None = None


# Folders of files that programs are tested with; their links are often invented.
_TEST_FOLDERS: Final = frozenset(
    ["__fixtures__", "__tests__", "fixture", "fixtures", "test", "test_data", "testdata", "tests"]
)


class Survey(Struct, frozen=True, kw_only=True):
    """The counts of one wiki.

    Attributes:
        pages: Number of pages.
        citations: Number of citations.
        links: Number of distinct cited originals.
        unmirrored: Number of links with no cited mirror.
        services: Number of cited mirrors by archive.
        hosts: Number of URLs that a first run probes, by slot.
        test_folders: Number of citations by folder of test data, such as `fixtures`.
        warnings: What could not be read.
    """

    pages: int
    citations: int
    links: int
    unmirrored: int
    services: Counter[str] = field(default_factory=Counter)
    hosts: Counter[str] = field(default_factory=Counter)
    test_folders: Counter[str] = field(default_factory=Counter)
    warnings: tuple[PageWarning, ...] = ()

    def estimate_first_run(self, loaded: LoadedConfig, *, lookups: int) -> RunEstimate:
        """Estimate a first run.

        Args:
            loaded: The configuration.
            lookups: Maximum number of lookups in a run.

        Returns:
            The estimate.
        """
        due = [_HostLinks(name, count) for name, count in self.hosts.items()]
        return estimate_run(
            loaded.config, due, lookups=min(self.unmirrored, lookups), max_captures=lookups
        )


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
    test_folders = Counter[str]()
    pages = citations = 0
    for page in read_pages(page_sources, dialect=dialect):
        if isinstance(page, PageWarning):
            warnings.append(page)
        if not isinstance(page, Page):
            continue
        pages += 1
        citations += len(page.citations)
        if folder := _test_folder_of(page.path):
            test_folders[folder] += len(page.citations)
        for citation in page.citations:
            original = identify(citation.original).key if citation.original else None
            if original:
                links.add(original)
            if citation.archive:
                mirrors[identify(citation.url).key] = citation.archive.service
                if original:
                    mirrored.add(original)
    return Survey(
        pages=pages,
        citations=citations,
        links=len(links),
        unmirrored=len(links - mirrored),
        services=Counter(mirrors.values()),
        hosts=Counter(slot_of(url) for url in links | set(mirrors)),
        test_folders=test_folders,
        warnings=tuple(warnings),
    )


def _test_folder_of(path: str) -> str:
    """Return the first folder of test data in the path of a page, "" if there is none.

    >>> _test_folder_of("packages/parser/tests/links.md"), _test_folder_of("docs/tests.md")
    ('packages/parser/tests', '')
    """
    folders = path.split("/")[:-1]
    for number, name in enumerate(folders, 1):
        if name.casefold() in _TEST_FOLDERS:
            return "/".join(folders[:number])
    return ""
