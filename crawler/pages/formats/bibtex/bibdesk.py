"""Leave out the links that BibDesk repeats in fields of its own."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence

from crawler.pages.formats.bibtex.links import BibLink

_URL_FIELD = re.compile(r"bdsk-url-\d+\Z")
_DOI_RESOLVERS = (
    "https://doi.org/", "http://doi.org/", "https://dx.doi.org/", "http://dx.doi.org/",
)  # fmt: skip


def without_repeated_links(links: Sequence[BibLink]) -> Sequence[BibLink]:
    """Return the links of an entry without those that BibDesk repeats in `bdsk-url-1` and so on.

    BibDesk repeats the addresses of `url` and `doi`. A field still repeats an address if an archive
    copy, whose URL ends with the address, has replaced it in `url`.
    """
    has_doi = any(each.is_doi for each in links)
    others = [each for each in links if not _URL_FIELD.match(each.field.name)]
    # Sorted backwards, an address that ends with another one follows that one.
    backwards = sorted(each.link.url[::-1] for each in others)
    kept = []
    for each in links:
        if _URL_FIELD.match(each.field.name):
            repeats_doi = has_doi and each.link.url.startswith(_DOI_RESOLVERS)
            if repeats_doi or _has_beginning(backwards, each.link.url[::-1]):
                continue
        kept.append(each)
    return kept


def _has_beginning(texts: Sequence[str], beginning: str) -> bool:
    """Return whether a text of a sorted sequence begins with another text."""
    first = bisect_left(texts, beginning)
    return first < len(texts) and texts[first].startswith(beginning)
