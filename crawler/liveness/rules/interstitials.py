"""Recognise interstitials: pages that a site serves, at any address, until visitors agree.

They ask for consent to cookies, for the age, for the acceptance of terms, for a login, or for proof
of being human. Readers get past them, so they are no evidence about the cited page. Banners on
other pages ask for the same, so a page is an interstitial only if it is about little else.

A random URL of the site shows what the site serves where no page is: `case.sibling` is the probe of
one, `case.controls` are the probes of more of them.
`case.likeness` says whether a memento of the cited page has the same text.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from crawler.http.html_text import count_letters
from crawler.http.urls import same_address
from crawler.liveness.archived_page import Likeness
from crawler.liveness.case import SHORT_PAGE, TINY_PAGE, Case, make_judgement
from crawler.liveness.comparison.same_page import is_same_page
from crawler.liveness.phrases.soft404_text import find_missing_sentence, is_missing_phrase
from crawler.liveness.phrases.wall_patterns import (
    AGE_REQUEST,
    AGE_SUBJECT,
    CONSENT_REQUEST,
    CONSENT_SUBJECT,
    LOGIN_TITLE,
    REFUSAL,
    TERMS_SUBJECT,
    WALL_TEXT,
    WALL_TITLE,
)
from crawler.liveness.rules.parked import is_for_sale, spam_words
from crawler.liveness.rules.redirects import is_home_page, names_return_address
from store.vocabulary import Judgement, Reason

_SENTENCE_END = re.compile(r"[.!?。！？…]+")
_MIN_SHARE: Final = 0.6  # of the letters, in sentences on consent, terms or the age


def asks_for_consent(case: Case) -> bool:
    """Return whether a page speaks of cookies or privacy, and of agreeing to something."""
    return _asks_for_consent(_words_of(case))


def asks_for_age(case: Case) -> bool:
    """Return whether a page speaks of an age, and of entering or confirming something."""
    return _asks_for_age(_words_of(case))


def _asks_visitors(case: Case) -> bool:
    """Return whether a page asks for consent, for the age, or for the acceptance of terms."""
    words = _words_of(case)
    return _asks_for_consent(words) or _asks_for_terms(words) or _asks_for_age(words)


def _words_of(case: Case) -> str:
    return f"{case.title} {case.text}"


# A page that its site serves at every address is judged after each response to a random URL, and
# is compared with them, which show the same text.
@lru_cache(maxsize=32)
def _asks_for_consent(words: str) -> bool:
    return bool(CONSENT_SUBJECT.search(words) and CONSENT_REQUEST.search(words))


@lru_cache(maxsize=32)
def _asks_for_terms(words: str) -> bool:
    return bool(TERMS_SUBJECT.search(words) and CONSENT_REQUEST.search(words))


@lru_cache(maxsize=32)
def _asks_for_age(words: str) -> bool:
    return bool(AGE_SUBJECT.search(words) and AGE_REQUEST.search(words))


def is_interstitial(case: Case) -> bool:
    """Return whether a page asks something of visitors, and is about little else."""
    if not case.text or _reports_missing(case):
        return False
    if _asks_visitors(case):
        is_titled = CONSENT_SUBJECT.search(case.title) and case.text_length <= SHORT_PAGE
        if is_titled or case.text_length <= TINY_PAGE or _is_mostly_request(case):
            return True
    if case.redirected or case.text_length > TINY_PAGE:
        return False
    words = f"{case.title} {case.text}"
    return any(pattern.search(words) for pattern in (LOGIN_TITLE, WALL_TITLE, WALL_TEXT, REFUSAL))


def _reports_missing(case: Case) -> bool:
    """Return whether a page says that something is missing; such pages have banners, too."""
    return is_missing_phrase(case.title) or find_missing_sentence(case.text) is not None


def asks_amid_varying_text(case: Case) -> bool:
    """Return whether a page asks something of visitors, amid text that varies by itself.

    Sentences that the page at a random URL does not have are ignored.
    """
    other = case.sibling
    if other is None or not (_asks_visitors(case) and _asks_visitors(other)):
        return False
    if _reports_missing(case):
        return False
    return _is_mostly_request(case, frozenset(_SENTENCE_END.split(other.text)))


def _is_mostly_request(case: Case, shared: frozenset[str] | None = None) -> bool:
    """Return whether most of a page's text is in sentences on consent, terms or the age.

    Args:
        case: The probe of the page.
        shared: The only sentences that count; None for all.
    """
    subjects = (CONSENT_SUBJECT, CONSENT_REQUEST, TERMS_SUBJECT, AGE_SUBJECT)
    about = total = 0
    for sentence in _SENTENCE_END.split(case.text):
        if shared is not None and sentence not in shared:
            continue
        letters = count_letters(sentence)
        total += letters
        if any(pattern.search(sentence) for pattern in subjects):
            about += letters
    return about > 0 and about >= _MIN_SHARE * total


def interstitial_served(case: Case) -> Judgement | None:
    """Judge an interstitial that is served in place of the cited page (a rule of `judge.RULES`).

    Further evidence must show that it replaces the cited page: a redirect that names the return
    address, a random URL that redirects to the same address or has the same page, or another text
    than the memento's.

    Returns:
        CHALLENGE, or None.
    """
    if not case.served or is_home_page(case.last.url):
        return None
    place = _interstitial_place(case)  # before the words, whose search takes milliseconds
    if not place or not _asks_visitors(case):
        return None
    if is_for_sale(case, one_sign_suffices=False) or spam_words(case) or not is_interstitial(case):
        return None
    return make_judgement(Reason.CHALLENGE, f"asks for consent, at {place}")


def _interstitial_place(case: Case) -> str:
    """Return the place of a page that replaces others.

    Returns:
        A URL or "every address"; an empty string if there is no evidence that it replaces others.
    """
    if case.redirected:
        returns = names_return_address(case.last.url, case.cited)
        if returns or _redirects_random_urls(case) or case.likeness is Likeness.OTHER:
            return case.last.url
        return ""
    sibling = case.sibling
    if sibling is None or sibling.redirected or not is_same_page(case, sibling, case.controls):
        return ""
    return "every address"


def _redirects_random_urls(case: Case) -> bool:
    """Return whether a random URL redirects to the same address."""
    sibling = case.sibling
    if sibling is None or not sibling.redirected:
        return False
    return same_address(sibling.last.url, case.last.url)
