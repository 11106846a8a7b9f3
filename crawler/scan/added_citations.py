"""Find the citations that a change adds: those in the new pages that the old ones did not have."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from urllib.parse import urldefrag

from store.vocabulary import Citation, Page


def added_citations(before: Iterable[Page], after: Iterable[Page]) -> Sequence[Citation]:
    """Return the citations that a change adds, in the order of the pages.

    A citation that moves within the changed pages, with its page or its paragraph, is not added:
    of each URL as many are as the change has more of. Of several places that cite it, those count
    as old whose page, text and footnote are as before.

    Args:
        before: The old versions of the pages that changed, also of those that are deleted.
        after: Their new versions.
    """
    old: Counter[str] = Counter()
    old_places: Counter[tuple[str, ...]] = Counter()
    for page in before:
        for citation in page.citations:
            old[_key(citation)] += 1
            old_places[_place(citation)] += 1
    new: dict[str, list[Citation]] = defaultdict(list)
    pages = list(after)
    for page in pages:
        for citation in page.citations:
            new[_key(citation)].append(citation)
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
    """Return the citations of one URL, those first that are unlike the old ones."""
    is_old = dict[int, bool]()
    left = Counter(old_places)
    for number, citation in enumerate(citations):
        is_old[number] = left[_place(citation)] > 0
        left[_place(citation)] -= 1
    return [citations[number] for number in sorted(is_old, key=lambda number: is_old[number])]


def _key(citation: Citation) -> str:
    """Return the URL of a citation without its fragment: the same for citations of one page."""
    return urldefrag(citation.url).url


def _place(citation: Citation) -> tuple[str, ...]:
    return citation.page, _key(citation), citation.text, citation.footnote or ""
