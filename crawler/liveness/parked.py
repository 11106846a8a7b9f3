"""Recognise domains that are parked, for sale or suspended, or taken over by unrelated content."""

from __future__ import annotations

import re
from urllib.parse import unquote

from crawler.http.urls import host_of
from crawler.liveness.case import SHORT_PAGE, TINY_PAGE, Case, make_judgement
from crawler.liveness.parked_patterns import DOMAIN_MARKETS, FOR_SALE, PLACEHOLDER, SPAM_PATTERN
from crawler.liveness.simhash import FAR_DISTANCE, hamming_distance
from crawler.liveness.soft404_phrases import normalise
from store.vocabulary import Judgement, Reason

_SEPARATORS = re.compile(r"[-_/+.]")


def parked_domain(case: Case) -> Judgement | None:
    """Judge a domain that is for sale, parked or suspended.

    Returns:
        PARKED if there is enough evidence, else None.
    """
    if not case.served:
        return None
    hosts = [host_of(url).removeprefix("www.") for url in (case.cited, case.last.url)]
    markets = (
        name
        for name in DOMAIN_MARKETS
        if _is_under(hosts[1], name) and not _is_under(hosts[0], name)
    )
    if hosts[0] != hosts[1] and (market := next(markets, None)):
        return make_judgement(Reason.PARKED, f"redirects to {market}")
    if "/suspendedpage" in case.last.url:
        return make_judgement(Reason.PARKED, "suspended by its hosting provider")
    title, text = case.title, case.text
    if case.text_length > SHORT_PAGE:
        return None
    if PLACEHOLDER.fullmatch(title):
        return make_judgement(Reason.PARKED, case.page.title)
    # Parking pages name the domain and have little other text.
    host = host_of(case.url).removeprefix("www.")
    offered = bool(FOR_SALE.search(text)) + bool(FOR_SALE.search(title))
    if "parked" in case.page.html_markers:
        offered += 1 if case.text_length > TINY_PAGE // 3 else 2
    if not offered:
        return None
    evidence = offered + title.startswith(host) + (host in text)
    if (evidence >= 2 and case.text_length <= TINY_PAGE) or evidence >= 3:
        return make_judgement(Reason.PARKED, "for sale, or on a parking service")
    return None


def _is_under(host: str, domain: str) -> bool:
    return host == domain or host.endswith("." + domain)


def hijacked_domain(case: Case) -> Judgement | None:
    """Judge a domain taken over for gambling and the like, by words that its URL does not have.

    Returns:
        HIJACKED with the words found, or None.
    """
    if not case.served:
        return None
    in_title = _spam_words(case.page.title)
    if not in_title or _spam_words(_SEPARATORS.sub(" ", unquote(case.url))):
        return None
    archived = case.site.archived
    if archived is not None and _spam_words(archived.title) & in_title:
        return None
    differs = (
        archived is not None
        and archived.simhash is not None
        and case.page.simhash is not None
        and hamming_distance(archived.simhash, case.page.simhash) >= FAR_DISTANCE
    )
    if differs or (len(in_title) >= 2 and len(in_title | _spam_words(case.page.text)) >= 3):
        return make_judgement(Reason.HIJACKED, ", ".join(sorted(in_title)))
    return None


def _spam_words(text: str) -> set[str]:
    return set(SPAM_PATTERN.findall(normalise(text)))
