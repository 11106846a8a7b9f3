"""Which addresses may be the new one of a page that is gone, and what speaks for each, before anybody asks for them."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from crawler.http.urls import is_external, link_key, same_address
from crawler.liveness.redirects import is_home
from crawler.moves.sitemaps import SitePage
from crawler.moves.title_matching import (
    page_name,
    page_numbers,
    title_parts,
    title_similarity,
    word_weight,
    page_name_words,
)
from crawler.moves.url_rules import UrlRule
from crawler.page_text.similarity import shingles, split_words
from store.vocabulary import EvidenceKind, MoveEvidence

_ALIKE: Final = 0.75  # titles: sites shorten them, and correct them
_MOST_WEIGHED: Final = 40  # titles looked at closely for one page
_MOST_OF_A_KIND: Final = 5  # pages with the same name or number; more of them, and it tells nothing
_COMMON_WORD: Final = 0.02  # of all pages; a word on more of them finds nothing by itself
_FEW_PAGES: Final = 50


@dataclass(frozen=True, slots=True)
class MoveCandidate:
    """An address to be looked at, and what speaks for it."""

    url: str
    evidence: tuple[MoveEvidence, ...]


class SiteIndex:
    """The pages a site names, found again by their titles, and by names and numbers in their addresses."""

    def __init__(self, pages: Iterable[SitePage] = ()) -> None:
        self._pages: list[SitePage] = []
        self._known: set[tuple[str, str]] = set()
        self._by_name: defaultdict[str, list[int]] = defaultdict(list)
        self._by_number: defaultdict[str, list[int]] = defaultdict(list)
        self._by_key: defaultdict[str, list[int]] = defaultdict(list)
        self.add(pages)

    def __len__(self) -> int:
        return len(self._pages)

    @property
    def pages(self) -> Sequence[SitePage]:
        """All of them, in the order they were named."""
        return self._pages

    def add(self, pages: Iterable[SitePage]) -> None:
        """Take in pages; one named again by the same title is there already."""
        for page in pages:
            if (page.url, page.title) in self._known:
                continue
            self._known.add((page.url, page.title))
            number = len(self._pages)
            self._pages.append(page)
            if name := page_name(page.url):
                self._by_name[name].append(number)
            for each in page_numbers(page.url):
                self._by_number[each].append(number)
            for key in _keys_of(page.title, page_name_words(page.url)):
                self._by_key[key].append(number)

    def candidates(self, url: str, title: str) -> Sequence[MoveCandidate]:
        """The pages that may be the one that was at `url` under this title, the likeliest first."""
        found: list[MoveCandidate] = [
            self._named(page, EvidenceKind.NAME) for page in self._by_address(url)
        ]
        titled = sorted(self._by_title(title), key=lambda pair: -pair[0])
        found += [self._named(page, EvidenceKind.TITLE) for _, page in titled[:_MOST_OF_A_KIND]]
        return merge_candidates(found, url)

    def _named(self, page: SitePage, kind: EvidenceKind) -> MoveCandidate:
        said = (
            f"“{page.title}” on {page.named_by}"
            if page.title and kind is EvidenceKind.TITLE
            else page.named_by
        )
        return MoveCandidate(page.url, (MoveEvidence(kind, said),))

    def _by_address(self, url: str) -> Iterable[SitePage]:
        groups = [self._by_name.get(page_name(url) or "\0", [])] + [
            self._by_number.get(number, []) for number in page_numbers(url)
        ]
        for group in groups:
            addresses = {link_key(self._pages[number].url) for number in group}
            if len(addresses) <= _MOST_OF_A_KIND:
                yield from (self._pages[number] for number in group)

    def _by_title(self, title: str) -> Iterable[tuple[float, SitePage]]:
        wanted = title_parts(title)
        common = max(_FEW_PAGES, int(len(self._pages) * _COMMON_WORD))
        met: Counter[int] = Counter()
        for key in _keys_of(title, []):
            group = self._by_key.get(key, [])
            if len(group) <= common:
                met.update(group)
        for number, _ in met.most_common(_MOST_WEIGHED):
            page = self._pages[number]
            likeness = (
                title_similarity(title, page.title) if page.title else _name_in_title(page.url, wanted)
            )
            if likeness >= _ALIKE:
                yield likeness, page


def _keys_of(title: str, name: list[str]) -> set[str]:
    """What a title, or a name made of one, is looked up by: its words, and what of it stands in one row; single ideographs find too much."""
    words = {word for word in (*words(title), *name) if len(word) > 1}
    return words | shingles(title)


def candidates_by_rules(url: str, rewrites: Iterable[UrlRule]) -> Sequence[MoveCandidate]:
    """The addresses a page has by what other pages of its site did."""
    found = []
    for rewrite in rewrites:
        if new := rewrite.apply(url):
            first, count = rewrite.moves[0], len(rewrite.moves)
            found.append(
                MoveCandidate(
                    new,
                    (
                        MoveEvidence(
                            EvidenceKind.REWRITE,
                            f"{count} moves such as {first.old} to {first.new}",
                        ),
                    ),
                )
            )
    return merge_candidates(found, url)


def merge_candidates(candidates: Iterable[MoveCandidate], gone: str) -> Sequence[MoveCandidate]:
    """Put together what speaks for one address; the page's own address, front doors and what is no web address are left out."""
    evidence: dict[str, dict[MoveEvidence, None]] = {}
    urls: dict[str, str] = {}
    for candidate in candidates:
        if (
            not is_external(candidate.url)
            or same_address(candidate.url, gone)
            or is_home(candidate.url)
        ):
            continue
        key = link_key(candidate.url)
        urls.setdefault(key, candidate.url)
        evidence.setdefault(key, {}).update(dict.fromkeys(candidate.evidence))
    found = [MoveCandidate(urls[key], tuple(kinds)) for key, kinds in evidence.items()]
    return sorted(found, key=lambda candidate: -len({each.kind for each in candidate.evidence}))


def _name_in_title(url: str, wanted: Sequence[list[str]]) -> float:
    """How many of the words in an address stand in a title: sites make names of titles, and leave the small words out."""
    name = page_name_words(url)
    if word_weight(name) < 3 or not wanted:
        return 0.0
    return max(len(set(name) & set(words)) / len(set(name)) for words in wanted)
