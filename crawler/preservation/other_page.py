"""Decide whether a copy evidently shows another page than the cited one.

An archive may answer with the right headers and the text of another page. Each sign alone has
innocent causes: pages move, change and name other canonical URLs. So two signs are required, and
what confirms a copy (`copy_confirmation`) outweighs them. This module requests nothing.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import timedelta
from typing import Final
from urllib.parse import unquote

from crawler.archives import parse_mirror
from crawler.archives.spellings import spelling_of, without_session_id
from crawler.http.urls import split_url
from crawler.liveness.archived_page import has_text, subject_vanished
from crawler.liveness.comparison.citing_words import may_show_cited_phrases, shows_cited_words
from crawler.liveness.evidence.body_reader import TEXT_LIMIT
from crawler.liveness.phrases.languages import is_in_language_of, language_of, words_of_meaning
from crawler.liveness.phrases.soft404_phrases import normalise
from crawler.liveness.rules.redirects import is_home_page
from crawler.preservation.copy_confirmation import CitedPage, confirms, contradicts
from store.vocabulary import PageEvidence, Spelling

_MIN_WORDS: Final = 2  # of a citation, or of a name in a URL
_MIN_TITLE_WORDS: Final = 2  # of a page whose text may begin with a long menu
_MAX_AGE: Final = timedelta(days=30)  # between a capture and our probe of the living page
_NAME_WORD = re.compile(r"[^\W\d_]{4,}")
_SEPARATORS = re.compile(r"[-_+.~ ,]+")
_ID = re.compile(r"\d{3,}")


def shows_another_page(
    shown: PageEvidence | None,
    cited: CitedPage,
    *,
    since_capture: timedelta | None = None,
    others: Sequence[PageEvidence] = (),
) -> str:
    """Return why a copy is evidently one of another page; "" if it may be one of the cited page.

    Args:
        shown: What the copy shows; None if it could not be read.
        cited: The cited page, with its text if it lives.
        since_capture: The time between the capture and the probe that read the living page; None if
            one of them is unknown.
        others: What other usable copies of the cited page show.
    """
    if shown is None or not has_text(shown) or is_home_page(cited.url):
        return ""
    if confirms(shown, cited, Spelling.SAME):
        return ""
    lacks_words = _lacks_cited_words(shown, cited)
    if _names_another_page(shown, cited.url):
        if lacks_words:
            return "its canonical URL and its text are those of another page"
        if cited.page is not None and _is_wholly_other(shown, cited.page):
            return "its canonical URL and its text are not those of the living page"
    if lacks_words and _lacks_name(shown, cited.url):
        return "it has no word of the citation or of the page's name in its URL"
    if cited.page is not None and _is_wholly_other(shown, cited.page):
        is_recent = since_capture is not None and abs(since_capture) <= _MAX_AGE
        if is_recent or (lacks_words and shows_cited_words(cited.page, cited.texts)):
            return "it shows another text than the living page"
    if any(_is_confirmed_other(shown, other, cited) for other in others):
        return "it shows another text than a copy that has the words of the citation"
    return ""


def _is_confirmed_other(shown: PageEvidence, other: PageEvidence, cited: CitedPage) -> bool:
    """Return whether another copy is confirmed as the cited page, and this one is unlike it."""
    if not _is_wholly_other(shown, other) or not shows_cited_words(other, cited.texts):
        return False
    is_confirmed = confirms(other, cited, Spelling.SAME)
    return is_confirmed and not may_show_cited_phrases(shown, cited.texts)


def _is_wholly_other(shown: PageEvidence, page: PageEvidence) -> bool:
    """Return whether two pages differ in title, text and subject."""
    return has_text(page) and contradicts(shown, page) and subject_vanished(page, shown)


def _names_another_page(shown: PageEvidence, url: str) -> bool:
    """Return whether a copy's canonical URL has nothing in common with the cited one.

    Sites rename pages and keep a word or a number of the URL. A canonical URL that is the home page
    is a common mistake of templates.
    """
    if not shown.canonical:
        return False
    mirror = parse_mirror(shown.canonical)
    canonical = mirror.original if mirror and mirror.original else shown.canonical
    if not canonical.startswith(("http://", "https://")) or is_home_page(canonical):
        return False
    if spelling_of(canonical, url) is not None:
        return False
    cited_address, canonical_address = _comparable_address(url), _comparable_address(canonical)
    return all(
        set(pattern.findall(cited_address)).isdisjoint(pattern.findall(canonical_address))
        for pattern in (_NAME_WORD, _ID)
    )


def _lacks_cited_words(shown: PageEvidence, cited: CitedPage) -> bool:
    """Return whether a copy in the language of its citations contains none of their words.

    The language of a few words cannot be recognised: if one of them is in the URL, they are taken
    to be English.
    """
    text = normalise(" ".join(text for text in cited.texts if "://" not in text))
    words = words_of_meaning(text)
    page = normalise(f"{shown.title} {shown.text}")
    if len(words) < _MIN_WORDS or not _names_its_subject(shown):
        return False
    if any(word in page for word in words):
        return False
    is_in_url = not words.isdisjoint(_name_words(cited.url))
    return is_in_language_of(text, page) or (is_in_url and language_of(page) == "en")


def _lacks_name(shown: PageEvidence, url: str) -> bool:
    """Return whether a copy contains no word of the page's name in its URL, which has several."""
    words = _name_words(url)
    page = normalise(f"{shown.title} {shown.text}")
    return len(words) >= _MIN_WORDS and not any(word in page for word in words)


def _names_its_subject(shown: PageEvidence) -> bool:
    """Return whether the stored part of a page can be expected to name its subject.

    That is so if the whole text is stored, or if the title has several words.
    """
    if len(shown.text) < TEXT_LIMIT:
        return True
    return len(words_of_meaning(shown.title)) >= _MIN_TITLE_WORDS


def _name_words(url: str) -> set[str]:
    """Return the words of at least four letters in the page's name in its URL, without ids."""
    _, name = _folder_and_name(url)
    parts = _SEPARATORS.split(name)
    return {part for part in parts if _NAME_WORD.fullmatch(part)}


def _comparable_address(url: str) -> str:
    """Return path and query of a URL, decoded, in lower case and without file extension."""
    folder, name = _folder_and_name(url)
    query = normalise(unquote(split_url(without_session_id(url)).query))
    return f"{folder}/{name}?{query}"


def _folder_and_name(url: str) -> tuple[str, str]:
    """Return a URL's folder and its page's name without extension, decoded, in lower case."""
    path = normalise(unquote(split_url(without_session_id(url)).path).rstrip("/"))
    folder, _, name = path.rpartition("/")
    return folder, name.rpartition(".")[0] or name
