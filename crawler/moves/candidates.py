"""Find candidate URLs for the new address of a lost page, and the evidence for each.

Candidates come from a site's own lists of pages (`SiteIndex`) and from rules by which other pages
of the site moved. This module makes no requests. The text of a candidate decides whether it is the
lost page (`crawler.moves.scoring`).
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from crawler.http.sitemaps import SitePage
from crawler.http.urls import is_web_url, link_key, same_address
from crawler.liveness.rules.redirects import is_home_page
from crawler.moves.title_matching import (
    page_name,
    page_name_words,
    page_numbers,
    title_parts,
    title_similarity,
    word_weight,
)
from crawler.moves.url_rules import SiteRules, UrlRule
from crawler.page_text.similarity import shingles, split_words
from store.vocabulary import EvidenceKind, MoveEvidence

_MIN_SIMILARITY: Final = 0.75  # of titles: sites shorten and correct them
_MAX_TITLES_COMPARED: Final = 40  # titles for one lost page; each is compared word by word
_MAX_MATCHES: Final = 5  # if more pages have the same name or number, it is no evidence
# A word or shingle is not looked up if the titles of more pages than this share contain it.
_MAX_KEY_FREQUENCY: Final = 0.02
_MIN_KEY_LIMIT: Final = 50  # the same limit, for small sites
_MIN_NAME_WORDS: Final = 3
_MAX_NEAR: Final = 60  # URLs near another one
_MAX_FOLDERS: Final = 6  # of one URL, the deepest ones and that of the whole host


@dataclass(frozen=True, slots=True)
class MoveCandidate:
    """A URL that may be the new address of a lost page, and the evidence for it."""

    url: str
    evidence: tuple[MoveEvidence, ...]


class SiteIndex:
    """The pages that a site lists, indexed by titles and by names and numbers in their URLs.

    Args:
        pages: The first pages to add.
    """

    def __init__(self, pages: Iterable[SitePage] = ()) -> None:
        self._pages: list[SitePage] = []
        self._seen: set[tuple[str, str]] = set()
        # Positions in `_pages`, by name, by number, and by word or shingle of the title.
        self._by_name: defaultdict[str, list[int]] = defaultdict(list)
        self._by_number: defaultdict[str, list[int]] = defaultdict(list)
        self._by_title_key: defaultdict[str, list[int]] = defaultdict(list)
        self.add(pages)

    def __len__(self) -> int:
        return len(self._pages)

    def add(self, pages: Iterable[SitePage]) -> None:
        """Add pages; one with a known URL and title is ignored."""
        for page in pages:
            if (page.url, page.title) in self._seen:
                continue
            self._seen.add((page.url, page.title))
            position = len(self._pages)
            self._pages.append(page)
            if name := page_name(page.url):
                self._by_name[name].append(position)
            for number in page_numbers(page.url):
                self._by_number[number].append(position)
            for key in _title_keys(page.title, page_name_words(page.url)):
                self._by_title_key[key].append(position)

    def urls_near(self, url: str) -> Sequence[str]:
        """Return URLs of pages in the folder of a URL, and of pages in the folders above it.

        Returns:
            At most `_MAX_NEAR` URLs, those in the deepest folder first.
        """
        found: dict[str, None] = {}
        for folder in _folders_above(url):
            for page in self._pages:
                if _without_scheme(page.url).startswith(folder):
                    found[page.url] = None
                    if len(found) == _MAX_NEAR:
                        return list(found)
        return list(found)

    def candidates(self, url: str, title: str) -> Sequence[MoveCandidate]:
        """Return the pages that may be the lost page, the likeliest first.

        Args:
            url: The lost page's URL.
            title: The lost page's title, or an empty string.

        Returns:
            The candidates with evidence of the kinds `SAME_NAME` and `TITLE`.
        """
        found = [
            _candidate(page, EvidenceKind.SAME_NAME) for page in self._pages_with_same_name(url)
        ]
        with_similar_title = sorted(
            self._pages_with_similar_title(title), key=lambda pair: -pair[0]
        )
        found += [
            _candidate(page, EvidenceKind.TITLE) for _, page in with_similar_title[:_MAX_MATCHES]
        ]
        return merge_candidates(found, url)

    def _pages_with_same_name(self, url: str) -> Iterator[SitePage]:
        """Yield the pages with the same name or number in their URL, if they are few."""
        name = page_name(url)
        groups = [self._by_name.get(name, [])] if name else []
        groups += [self._by_number.get(number, []) for number in page_numbers(url)]
        for group in groups:
            urls = {link_key(self._pages[position].url) for position in group}
            if len(urls) <= _MAX_MATCHES:
                yield from (self._pages[position] for position in group)

    def _pages_with_similar_title(self, title: str) -> Iterator[tuple[float, SitePage]]:
        """Yield the pages with a similar title, and how similar it is (0 to 1)."""
        parts = title_parts(title)
        key_limit = max(_MIN_KEY_LIMIT, int(len(self._pages) * _MAX_KEY_FREQUENCY))
        shared_keys: Counter[int] = Counter()
        for key in _title_keys(title, []):
            group = self._by_title_key.get(key, [])
            if len(group) <= key_limit:
                shared_keys.update(group)
        for position, _ in shared_keys.most_common(_MAX_TITLES_COMPARED):
            page = self._pages[position]
            if page.title:
                similarity = title_similarity(title, page.title)
            else:
                similarity = _share_of_name_in_title(page.url, parts)
            if similarity >= _MIN_SIMILARITY:
                yield similarity, page


def candidates_by_rules(url: str, title: str, rules: SiteRules) -> Sequence[MoveCandidate]:
    """Return the new URLs that the rules of a site predict for a lost page.

    The likeliest comes first. Unlikely ones are included, as the texts are compared afterwards.
    """
    found = []
    for prediction in rules.predictions(url, title, min_score=0):
        evidence = _rule_evidence(EvidenceKind.URL_PATTERN, prediction.rules[0])
        found.append(MoveCandidate(prediction.url, (evidence,)))
    return merge_candidates(found, url)


def candidate_without_text(url: str, title: str, rules: SiteRules) -> MoveCandidate | None:
    """Return the new URL of a lost page on which two independent rules agree; None without one.

    It may be proposed although the text of the lost page is not known.
    """
    predictions = rules.predictions(url, title)
    agreeing = predictions[0].agreeing_rules if predictions else None
    if agreeing is None:
        return None
    one, other = agreeing
    evidence = (
        _rule_evidence(EvidenceKind.URL_PATTERN, one),
        _rule_evidence(EvidenceKind.AGREEING_PATTERNS, other),
    )
    candidates = merge_candidates([MoveCandidate(predictions[0].url, evidence)], url)
    return candidates[0] if candidates else None


def merge_candidates(candidates: Iterable[MoveCandidate], lost_url: str) -> Sequence[MoveCandidate]:
    """Return one candidate per URL, with all evidence for it, most kinds of evidence first.

    The lost page's own URL, home pages and URLs that are not on the web are left out.
    """
    evidence: dict[str, dict[MoveEvidence, None]] = {}
    urls: dict[str, str] = {}
    for candidate in candidates:
        url = candidate.url
        if not is_web_url(url) or same_address(url, lost_url) or is_home_page(url):
            continue
        key = link_key(url)
        urls.setdefault(key, url)
        evidence.setdefault(key, {}).update(dict.fromkeys(candidate.evidence))
    found = [MoveCandidate(urls[key], tuple(kinds)) for key, kinds in evidence.items()]
    return sorted(found, key=lambda candidate: -len({each.kind for each in candidate.evidence}))


def _rule_evidence(kind: EvidenceKind, rule: UrlRule) -> MoveEvidence:
    """Return a rule as evidence, with the first of the moves that follow it as an example."""
    first = rule.moves[0]
    detail = f"{len(rule.moves)} moves such as {first.old} to {first.new}"
    return MoveEvidence(kind, detail)


def _candidate(page: SitePage, kind: EvidenceKind) -> MoveCandidate:
    detail = page.named_by
    if page.title and kind is EvidenceKind.TITLE:
        detail = f"“{page.title}” on {page.named_by}"
    return MoveCandidate(page.url, (MoveEvidence(kind, detail),))


def _folders_above(url: str) -> Sequence[str]:
    """Return the host and folder of a URL and of the folders above it, the deepest first.

    >>> _folders_above("https://a.example/news/2019/boats.html")
    ['a.example/news/2019/', 'a.example/news/', 'a.example/']
    """
    address = _without_scheme(url).partition("?")[0].rstrip("/")
    host, *folders = address.split("/")
    found = ["/".join([host, *folders[:count]]) + "/" for count in range(len(folders))]
    deepest_first = found[::-1]
    return [*deepest_first[: _MAX_FOLDERS - 1], *deepest_first[_MAX_FOLDERS - 1 :][-1:]]


def _without_scheme(url: str) -> str:
    """Return what follows `://` in a URL."""
    return url.partition("://")[2]


def _title_keys(title: str, name_words: Iterable[str]) -> set[str]:
    """Return the index keys of a title, or of a name made from one: its words and shingles.

    Single ideographs are no keys: they occur in too many titles.
    """
    words = {word for word in (*split_words(title), *name_words) if len(word) > 1}
    return words | shingles(title)


def _share_of_name_in_title(url: str, parts: Sequence[list[str]]) -> float:
    """Return the share of the words in a page's name that a title contains, 0 to 1.

    Sites make names from titles and leave out the small words.
    """
    name = set(page_name_words(url))
    if word_weight(page_name_words(url)) < _MIN_NAME_WORDS or not parts:
        return 0.0
    return max(len(name & set(words)) / len(name) for words in parts)
