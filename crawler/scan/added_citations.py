"""Find the citations that a change adds: those in the new pages that the old ones did not have."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from urllib.parse import urldefrag

from store.vocabulary import Citation, Page


def added_citations(before: Iterable[Page], after: Iterable[Page]) -> Sequence[Citation]:
    """Return the citations that a change adds, in the order of the pages.

    For each URL, the number of added citations is the number in the new versions minus the number
    in the old ones. So a citation that moves within the changed pages is not added. If a URL has
    both old and added citations, those with the same page, text and footnote as before are old.

    Args:
        before: The old versions of the pages that changed, also of those that are deleted.
        after: Their new versions.
    """
    old: Counter[str] = Counter()
    old_places: Counter[tuple[str, ...]] = Counter()
    for page in before:
        for citation in page.citations:
            old[_url(citation)] += 1
            old_places[_place(citation)] += 1
    new: dict[str, list[Citation]] = defaultdict(list)
    pages = list(after)
    for page in pages:
        for citation in page.citations:
            new[_url(citation)].append(citation)
    added = set[tuple[str, int]]()
    for url, citations in new.items():
        number = len(citations) - old[url]
        if number > 0:
            chosen = _new_places_first(citations, old_places)[:number]
            added.update((citation.page, citation.start) for citation in chosen)
    return [
        citation
        for page in pages
        for citation in page.citations
        if (citation.page, citation.start) in added
    ]


def _new_places_first(
    citations: Sequence[Citation], old_places: Counter[tuple[str, ...]]
) -> Sequence[Citation]:
    """Return the citations of one URL, with those at new places first.

    Args:
        citations: The citations of the URL in the new versions.
        old_places: The number of citations at each place in the old versions, see `_place`.
    """
    new: list[Citation] = []
    old: list[Citation] = []
    unmatched = Counter(old_places)
    for citation in citations:
        group = old if unmatched[_place(citation)] > 0 else new
        group.append(citation)
        unmatched[_place(citation)] -= 1
    return new + old


def _url(citation: Citation) -> str:
    """Return the URL of a citation without its fragment."""
    return urldefrag(citation.url).url


def _place(citation: Citation) -> tuple[str, ...]:
    """Return the page, URL, text and footnote of a citation."""
    return citation.page, _url(citation), citation.text, citation.footnote or ""
