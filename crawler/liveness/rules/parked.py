"""Recognise domains that are parked, for sale or suspended, or taken over by unrelated content."""

from __future__ import annotations

import re
from collections.abc import Sequence
from urllib.parse import unquote

from crawler.http.urls import host_of
from crawler.liveness.archived_page import Likeness, titles_agree
from crawler.liveness.case import SHORT_PAGE, TINY_PAGE, Case, make_judgement
from crawler.liveness.phrases.parked_patterns import (
    BLANK_PLACEHOLDER,
    DOMAIN_MARKETS,
    DOMAIN_NAME,
    FOR_SALE,
    PLACEHOLDER,
)
from crawler.liveness.phrases.soft404_phrases import normalise
from crawler.liveness.phrases.spam_words import ADVERTS, SUBJECTS
from crawler.liveness.rules.redirects import is_home_page, site_of
from store.vocabulary import Judgement, Reason

_SEPARATORS = re.compile(r"[-_/+.]")
# The number of signs that a page offers its domain: the less text a page has, the less else it may
# be about.
_SIGNS = 3
_SIGNS_ON_TINY_PAGE = 2


def parked_domain(case: Case) -> Judgement | None:
    """Judge a domain that is for sale, parked or suspended.

    Words are no evidence on a page of a site whose random URLs are not parked, except if the
    memento has a completely different text.

    Returns:
        PARKED if there is enough evidence, else None.
    """
    if not case.served:
        return None
    cited_host = host_of(case.cited).removeprefix("www.")
    last_host = host_of(case.last.url).removeprefix("www.")
    for market in DOMAIN_MARKETS:
        if _is_under(last_host, market) and not _is_under(cited_host, market):
            return make_judgement(Reason.PARKED, f"redirects to {market}")
    if "/suspendedpage" in case.last.url and "/suspendedpage" not in case.cited:
        return make_judgement(Reason.PARKED, "suspended by its hosting provider")
    if case.likeness is not Likeness.OTHER and _has_other_pages(case):
        return None
    if is_for_sale(case, one_sign_suffices=True) and (
        case.likeness is Likeness.OTHER or is_for_sale(case, one_sign_suffices=False)
    ):
        return make_judgement(Reason.PARKED, "for sale, or on a parking service")
    if _is_cited_by_title(case):
        return None
    is_placeholder = case.text_length <= SHORT_PAGE and PLACEHOLDER.fullmatch(case.title)
    is_picture = not case.text and BLANK_PLACEHOLDER.fullmatch(case.title)
    return make_judgement(Reason.PARKED, case.page.title) if is_placeholder or is_picture else None


def _has_other_pages(case: Case) -> bool:
    """Return whether a random URL of the site is not parked: parked domains are so at any address.

    That says nothing of a home page, which is all that a bare server has.
    """
    if case.sibling is None or is_home_page(case.cited):
        return False
    if _lacks_random_url(case):
        return True
    return case.sibling.served and parked_domain(case.sibling) is None


def _lacks_random_url(case: Case) -> bool:
    """Return whether the site answers a random URL by 404 or 410; the sibling is that probe."""
    return case.sibling is not None and case.sibling.status in {404, 410}


def is_for_sale(case: Case, *, one_sign_suffices: bool) -> bool:
    """Return whether a page offers its domain for sale.

    Args:
        case: The probe.
        one_sign_suffices: Whether one sentence or script of a parking service suffices, because
            other evidence shows that this is not the cited page.
    """
    if case.text_length > SHORT_PAGE or _is_cited_for_sale(case):
        return False
    # Parking pages name the domain and have little other text. Of a mirror, it is the original's.
    host = host_of(case.url).removeprefix("www.")
    hosts = (host, host_of(case.last.url))
    signs = 0
    if _offers(case.text, hosts):
        signs += 1
    if _offers(case.title, hosts):
        signs += 1
    if "parked" in case.page.html_markers:
        # On a page with almost no text, the script of a parking service is all there is.
        signs += 1 if case.text_length > TINY_PAGE // 3 else 2
    if not signs:
        return False
    if one_sign_suffices:
        return True
    if case.title.startswith(host):
        signs += 1
    if host in case.text:
        signs += 1
    return signs >= (_SIGNS_ON_TINY_PAGE if case.text_length <= TINY_PAGE else _SIGNS)


def _is_cited_by_title(case: Case) -> bool:
    """Return whether a citation has the page's whole title, such as "Welcome to nginx"."""
    title = case.title.strip(" .!")
    return bool(title) and any(title in normalise(text) for text in case.site.cited_as)


def _is_cited_for_sale(case: Case) -> bool:
    """Return whether a page is about offers of domains, by its citations."""
    return any(FOR_SALE.search(normalise(text)) for text in case.site.cited_as)


def _offers(text: str, hosts: Sequence[str]) -> bool:
    """Return whether a text offers the domain of its page, and not another one that it names."""
    for match in FOR_SALE.finditer(text):
        named = DOMAIN_NAME.search(match[0])
        if named is None:
            return True
        domain = host_of(f"http://{named[0]}/").removeprefix("www.")
        if any(_is_under(host, domain) for host in hosts):
            return True
    return False


def _is_under(host: str, domain: str) -> bool:
    return host == domain or host.endswith("." + domain)


def judge_new_owner(case: Case) -> Judgement | None:
    """Judge a page that a site serves at random URLs, too, as that of another owner of the domain.

    One sign suffices here, as a page at all URLs is not the cited one. For pages of which that is
    not known, the rules are `parked_domain` and `hijacked_domain`.

    Args:
        case: The probe; `same_as_sibling` has established that it is served.

    Returns:
        PARKED, HIJACKED with the words found, or None for any other page.
    """
    host = host_of(case.url).removeprefix("www.")
    text = case.text if case.text_length <= SHORT_PAGE else ""
    is_foreign = case.redirected and site_of(case.cited) != site_of(case.last.url)
    as_a_whole = re.compile(rf"(?<![\w-]){re.escape(host)}(?![\w-])")
    shown = f"{case.last.url} {text}".lower()
    names_domain = is_foreign and as_a_whole.search(shown) is not None
    if is_for_sale(case, one_sign_suffices=True) or names_domain:
        return make_judgement(Reason.PARKED, "for sale, or on a parking service")
    if words := spam_words(case):
        return make_judgement(Reason.HIJACKED, ", ".join(sorted(words)))
    return None


def hijacked_domain(case: Case) -> Judgement | None:
    """Judge a domain taken over for gambling and the like, by words that only its page has.

    One word in the title suffices if the memento has a completely different text. Without a
    memento, the title must have more than one, and the page must advertise. A site with an error
    page for random URLs serves this page on purpose, so it is not judged without a memento.

    Returns:
        HIJACKED with the words found, or None.
    """
    if not case.served:
        return None
    words = spam_words(case)
    if not words:
        return None
    if case.likeness is Likeness.OTHER:
        archived = case.site.archived
        is_enough = archived is None or not titles_agree(archived.title, case.page.title)
    elif _lacks_random_url(case):
        return None
    else:
        is_enough = _advertises(case)
    return make_judgement(Reason.HIJACKED, ", ".join(sorted(words))) if is_enough else None


def spam_words(case: Case) -> set[str]:
    """Return the words of domain hijackers in the title, if nothing says the page is about them.

    That is neither the URL, nor a citation, nor the memento.

    Returns:
        Normalised words of `SUBJECT_WORDS`.
    """
    in_title = _subjects(case.page.title)
    if not in_title or _subjects(_SEPARATORS.sub(" ", unquote(case.url))):
        return set()
    if _subjects(" ".join(case.site.cited_as)):
        return set()
    archived = case.site.archived
    if archived is not None and _subjects(f"{archived.title} {archived.text}") & in_title:
        return set()
    return in_title


def _advertises(case: Case) -> bool:
    """Return whether title and text have many words of hijackers, some of them of adverts."""
    in_title = _subjects(case.page.title) | _adverts(case.page.title)
    everywhere = in_title | _subjects(case.page.text) | _adverts(case.page.text)
    is_advert = bool(_adverts(f"{case.page.title} {case.page.text}"))
    return is_advert and len(in_title) >= 2 and len(everywhere) >= 3


def _subjects(text: str) -> set[str]:
    return SUBJECTS.find(normalise(text))


def _adverts(text: str) -> set[str]:
    return ADVERTS.find(normalise(text))
