"""Look on a page for the words by which it is cited."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Final
from urllib.parse import unquote

from crawler.http.html_text import count_letters
from crawler.http.urls import split_url
from crawler.liveness.case import Case
from crawler.liveness.phrases.languages import is_in_language_of, words_of_meaning
from crawler.liveness.phrases.soft404_phrases import normalise
from crawler.page_text.similarity import Shingles, shingles
from store.vocabulary import PageEvidence

_MIN_WORDS: Final = 2  # "here" or "source" say nothing about a page
_MIN_PAIRS: Final = 3  # of characters, in scripts without spaces
_MAX_CHANCE_SHARE: Final = 0.3  # of a citation's words, on a page about something else
_MIN_SHOWN_SHARE: Final = 0.6  # of a citation's words, on the page that is cited
_MAX_PHRASE_SHARE: Final = 0.6  # of its phrases: lists of titles contain some by chance
_MIN_PHRASES: Final = 2  # of three words, or five ideographs
_SPACELESS = re.compile("[\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff]")
# Of scripts with spaces for which there are no lists of common words, such as Arabic.
_OTHER_WORD = re.compile(
    r"[^\W\d_a-z\u00c0-\u024f\u1e00-\u1eff\u0400-\u04ff\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]{4,}"
)
_MIN_WHOLE: Final = 3  # letters of a citation that may be a name as it is
_MIN_NAME: Final = 8  # letters
_CITED_NUMBER = re.compile(r"\d{3,}")  # shorter ones are on many pages by chance
_SPACE_IN_SPACELESS = re.compile(rf"(?<={_SPACELESS.pattern}) (?={_SPACELESS.pattern})")
_ADDRESS_WORD = re.compile(r"[^\W\d_]{4,}")


def lacks_cited_words(case: Case) -> bool:
    """Return whether a page has hardly a word of its citations, nor of its address.

    Citations that are not evidently in the page's language are no evidence: the words may be a
    translation.
    """
    page = normalise(f"{case.page.title} {case.page.text}")
    cited = normalise(" ".join(case.site.cited_as))
    words = words_of_meaning(cited)
    if len(words) < _min_words(cited):
        return False
    if not is_in_language_of(cited, page):
        return False
    subject_words = words | _words_of_address(case.url)
    on_page = sum(word in page for word in subject_words)
    if any(word in normalise(case.page.title) for word in subject_words):
        return False
    return on_page <= _MAX_CHANCE_SHARE * len(words)


def shows_no_cited_word(case: Case) -> bool:
    """Return whether a page has not one word of its citations, nor of its address.

    Citations in other languages count as well, although they may be translations. Citations of less
    than two words, such as "here", are no evidence.
    """
    words = _cited_words(case.site.cited_as)
    page = normalise(f"{case.page.title} {case.page.text}")
    return bool(words) and not any(word in page for word in words | _words_of_address(case.url))


def _words_of_address(url: str) -> frozenset[str]:
    """Return the words in the last part of a URL's path, without its suffix."""
    path = normalise(unquote(split_url(url).path)).rstrip("/").rpartition("/")[2]
    return frozenset(_ADDRESS_WORD.findall(path.rpartition(".")[0] or path))


def shows_cited_words(
    page: PageEvidence, cited_as: Sequence[str], *, in_title: bool = False
) -> bool:
    """Return whether a page has most words of its citations.

    Args:
        page: The page.
        cited_as: The texts of the citations. Less than two words say nothing.
        in_title: Only the page's title counts.
    """
    shown = normalise(page.title if in_title else f"{page.title} {page.text}")
    words = _cited_words(cited_as)
    return bool(words) and sum(word in shown for word in words) >= _MIN_SHOWN_SHARE * len(words)


def has_name_in_title(title: str, names: Sequence[str]) -> bool:
    """Return whether a title has one of the given names as a whole, such as the text of a citation.

    One word suffices, unless it is common: other pages have the names of their own.
    """
    normal = normalise(title)
    named = (normalise(name).strip() for name in names)
    return any(name in normal and _is_name(name) for name in named)


def _is_name(text: str) -> bool:
    """Return whether a normalised text has a word of meaning, or is long in any script."""
    return bool(words_of_meaning(text)) or count_letters(text) >= _MIN_NAME


def lost_cited_words(
    archived: PageEvidence,
    page: PageEvidence,
    cited_as: Sequence[str],
    at_random: Sequence[PageEvidence] = (),
) -> bool:
    """Return whether a memento has the words of the citations, and the page lacks them.

    Args:
        archived: What the memento shows.
        page: What the site serves.
        cited_as: The texts of the citations.
        at_random: What the site serves at random URLs, if anything. Words that these pages have
            are no evidence; one other word on the page shows that it is not lost.
    """
    if not shows_cited_words(archived, cited_as):
        return False
    page_words = _cited_words(cited_as).difference(
        *(_words_shown(each, cited_as) for each in at_random)
    )
    if not at_random or not page_words & _words_shown(archived, cited_as):
        return not may_show_cited_phrases(page, cited_as)
    return not page_words & _words_shown(page, cited_as)


def keeps_cited_word(
    readings: Sequence[PageEvidence], at_random: Sequence[PageEvidence], cited_as: Sequence[str]
) -> bool:
    """Return whether all readings of a page have a cited word outside of the site's template.

    Lists that vary contain words by chance, so a random URL may have the cited word as well. It is
    the template's only if it is in text that the page and all random URLs share.

    One word suffices here, as it speaks for the page: many pages are called by one, or by a number.

    Args:
        readings: What the page showed, each time it was read.
        at_random: What the site serves at random URLs.
        cited_as: The texts of the citations.
    """
    words = _naming_words(cited_as)
    kept = frozenset.intersection(*(_shown(words, page) for page in readings))
    if not kept:
        return False
    shared = frozenset.intersection(
        *(_shingles_of(page.text) for page in (readings[0], *at_random))
    )
    titles = [page.title for page in at_random if page.title == readings[0].title]
    text = _SPACE_IN_SPACELESS.sub("", " ".join(shared))
    template = PageEvidence(title=" ".join(titles), text=text)
    return bool(kept - _shown(words, template))


@lru_cache(maxsize=16)  # a page and random URLs of its site are compared after each response
def _shingles_of(text: str) -> Shingles:
    return shingles(normalise(text))


def shows_naming_words(page: PageEvidence, cited_as: Sequence[str]) -> bool:
    """Return whether a page has all words and numbers by which its citations call it.

    A single one may be on other pages by chance, and says nothing.
    """
    words = _naming_words(cited_as)
    return len(words) >= _MIN_WORDS and _shown(words, page) == words


def _naming_words(cited_as: Sequence[str]) -> frozenset[str]:
    """Return what citations may call a page by: a word, a number, or all of a short citation.

    Words count in scripts of any language, as these are evidence for the page only.
    """
    named = [normalise(each).strip() for each in cited_as]
    cited = " ".join(named)
    words = words_of_meaning(cited).union(_CITED_NUMBER.findall(cited), _OTHER_WORD.findall(cited))
    return words.union(each for each in named if count_letters(each) >= _MIN_WHOLE)


def _words_shown(page: PageEvidence, cited_as: Sequence[str]) -> frozenset[str]:
    """Return the words of citations that a page has."""
    return _shown(_cited_words(cited_as), page)


def _shown(words: frozenset[str], page: PageEvidence) -> frozenset[str]:
    shown = normalise(f"{page.title} {page.text}")
    return frozenset(word for word in words if word in shown)


def may_show_cited_phrases(page: PageEvidence, cited_as: Sequence[str]) -> bool:
    """Return whether a page may show what is cited, because it has many words of its citations.

    Most of their phrases must be on it; of citations that are too short for phrases, some words.
    """
    cited = normalise(" ".join(cited_as))
    shown = normalise(f"{page.title} {page.text}")
    phrases = shingles(cited)
    if len(phrases) >= _MIN_PHRASES:
        return len(phrases & shingles(shown)) > _MAX_PHRASE_SHARE * len(phrases)
    words = _cited_words(cited_as)
    return sum(word in shown for word in words) > _MAX_CHANCE_SHARE * len(words)


def _cited_words(cited_as: Sequence[str]) -> frozenset[str]:
    cited = normalise(" ".join(cited_as))
    words = words_of_meaning(cited)
    return words if len(words) >= _min_words(cited) else frozenset()


def _min_words(cited: str) -> int:
    return _MIN_PAIRS if _SPACELESS.search(cited) else _MIN_WORDS
