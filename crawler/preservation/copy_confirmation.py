"""Decide whether the text of a copy confirms that it shows the cited page.

Copies recorded under an address that may belong to another page need such a confirmation. This
module requests nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final
from urllib.parse import unquote

from crawler.archives import parse_mirror
from crawler.http.urls import same_address, split_url
from crawler.page_text.simhash import FAR_DISTANCE, is_near, simhash_distance
from crawler.page_text.similarity import half_words, shingles, split_words
from store.vocabulary import PageEvidence, Spelling

_MIN_TEXT_LENGTH: Final = 200  # characters; shorter texts are not compared
_MIN_SHARED: Final = 0.5  # share of the cited page's shingles that the copy must contain
_MIN_SHINGLES: Final = 15
_MIN_NAME_WORDS: Final = 2  # words of a page's name, which is the last segment of its URL's path
_MIN_TITLE_SHARE: Final = 0.25  # share of the page's title words that the copy's title has
_MIN_HALF_WORDS: Final = 6  # of a title or a link's text that identifies a page: three words


@dataclass(frozen=True, slots=True)
class CitedPage:
    """The known properties of a cited page.

    Attributes:
        url: Its URL.
        page: What a probe saw when the page was last served; None if that is not known.
        texts: The texts of the links that cite it.
    """

    url: str
    page: PageEvidence | None = None
    texts: tuple[str, ...] = ()


def confirms(shown: PageEvidence | None, cited: CitedPage, spelling: Spelling) -> bool:
    """Return whether a copy certainly shows the cited page.

    The page's own text, its canonical URL, the words of the citation or those of the last segment
    of its URL confirm it. A title does so only where the address names the same page: many sites
    give all their pages one title.

    Args:
        shown: What the copy shows; None if it could not be read.
        cited: The cited page.
        spelling: How the copy's URL differs from the cited one.
    """
    if shown is None:
        return False
    if _is_url_of(shown.canonical, cited.url) or _has_words(shown, cited.texts):
        return True
    if _has_name(shown, cited.url):
        return True
    if cited.page is None:
        return False
    if _is_same_text(shown, cited.page):
        return True
    distance = simhash_distance(shown, cited.page)
    is_similar = distance is not None and distance <= FAR_DISTANCE
    may_be_other = _have_long_texts(shown, cited.page) and not is_similar
    return spelling is Spelling.HOST and not may_be_other and _is_same_title(shown, cited.page)


def contradicts(shown: PageEvidence | None, source: PageEvidence | None) -> bool:
    """Return whether a copy shows another text than the page did when it was probed.

    Texts too short to be compared differ if their canonical URLs do, or if their titles have
    hardly a word in common.
    """
    if shown is None or source is None:
        return False
    if _have_long_texts(shown, source):
        distance = simhash_distance(shown, source)
        return distance is not None and distance > FAR_DISTANCE
    page_words, copy_words = set(split_words(source.title)), set(split_words(shown.title))
    if source.canonical and shown.canonical:
        has_same_title = bool(page_words) and page_words == copy_words
        return not has_same_title and not _is_url_of(shown.canonical, source.canonical)
    shorter = min(sum(map(half_words, page_words)), sum(map(half_words, copy_words)))
    shared = len(page_words & copy_words)
    return shorter >= _MIN_HALF_WORDS and shared < _MIN_TITLE_SHARE * len(page_words)


def _is_url_of(canonical: str, url: str) -> bool:
    """Return whether a canonical URL, as an archive may have rewritten it, is the given one."""
    if not canonical or not url:
        return False
    mirror = parse_mirror(canonical)
    original = mirror.original if mirror and mirror.original else canonical
    return same_address(original, url)


def _has_words(shown: PageEvidence, texts: Iterable[str]) -> bool:
    """Return whether a copy contains the words of a link text that cites the page, in order."""
    page = " ".join(split_words(f"{shown.title} {shown.text}"))
    for text in texts:
        if "://" in text:
            continue
        words = split_words(text)
        if sum(map(half_words, words)) >= _MIN_HALF_WORDS and " ".join(words) in page:
            return True
    return False


def _has_name(shown: PageEvidence, url: str) -> bool:
    """Return whether a copy's title has all words of the last segment of the page's URL."""
    name = unquote(split_url(url).path.rstrip("/").rpartition("/")[2]).partition(".")[0]
    words = {word for word in split_words(re.sub(r"[-_+]", " ", name)) if len(word) > 2}
    name_words = {word for word in words if not word.isdecimal()}
    return len(name_words) >= _MIN_NAME_WORDS and name_words <= set(split_words(shown.title))


def _is_same_text(shown: PageEvidence, source: PageEvidence) -> bool:
    if not _have_long_texts(shown, source):
        return False
    if is_near(shown, source):
        return True
    wanted = shingles(source.text)
    if len(wanted) < _MIN_SHINGLES:
        return False
    return len(wanted & shingles(shown.text)) / len(wanted) >= _MIN_SHARED


def _is_same_title(shown: PageEvidence, source: PageEvidence) -> bool:
    page_words, copy_words = split_words(source.title), split_words(shown.title)
    return page_words == copy_words and sum(map(half_words, page_words)) >= _MIN_HALF_WORDS


def _have_long_texts(*pages: PageEvidence) -> bool:
    return min(len(page.text) for page in pages) >= _MIN_TEXT_LENGTH
