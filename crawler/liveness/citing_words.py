"""Look on a page for the words by which it is cited."""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import unquote

from crawler.http.urls import split_url
from crawler.liveness.case import Case
from crawler.liveness.languages import is_in_language_of, words_of_meaning
from crawler.liveness.soft404_phrases import normalise

_MIN_WORDS: Final = 2  # "here" or "source" say nothing about a page
_MIN_PAIRS: Final = 3  # of characters, in scripts without spaces
_MAX_CHANCE_SHARE: Final = 0.3  # of a citation's words, on a page about something else
_SPACELESS = re.compile("[\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff]")
_ADDRESS_WORD = re.compile(r"[^\W\d_]{4,}")


def lacks_cited_words(case: Case) -> bool:
    """Return whether a page has hardly a word of its citations, nor of its address.

    Citations that are not evidently in the page's language are no evidence: the words may be a
    translation.
    """
    page = normalise(f"{case.page.title} {case.page.text}")
    cited = normalise(" ".join(case.site.cited_as))
    words = words_of_meaning(cited)
    if len(words) < (_MIN_PAIRS if _SPACELESS.search(cited) else _MIN_WORDS):
        return False
    if not is_in_language_of(cited, page):
        return False
    path = normalise(unquote(split_url(case.url).path)).rstrip("/").rpartition("/")[2]
    own = words | set(_ADDRESS_WORD.findall(path.rpartition(".")[0] or path))
    on_page = sum(word in page for word in own)
    if any(word in normalise(case.page.title) for word in own):
        return False
    return on_page <= _MAX_CHANCE_SHARE * len(words)
