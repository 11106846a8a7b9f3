"""Judge a page that a site serves at every address, its home page included.

It may be the notice of a closed site, another owner's page, or nothing at all; but also the only
page of a living site, or an application. The words of citations, mementos and other cited pages
decide.

`case.sibling` is the probe of a random URL of the site, `case.controls` are the probes of more of
them, `case.site.home` is that of the home page.
"""

from __future__ import annotations

from crawler.http.urls import host_of
from crawler.liveness.archived_page import has_text
from crawler.liveness.case import TINY_PAGE, Case, build_case, make_judgement
from crawler.liveness.comparison.citing_words import lacks_cited_words, shows_no_cited_word
from crawler.liveness.comparison.same_page import is_blank, is_complete, is_same_page, varies_alike
from crawler.liveness.rules.interstitials import (
    asks_amid_varying_text,
    asks_for_age,
    asks_for_consent,
    is_interstitial,
)
from store.vocabulary import Judgement, Reason


def page_of_all_addresses(case: Case) -> Judgement | None:
    """Judge a page that the site serves at every address, its home page included.

    It may be the only page of its site, or scripts may load other pages. Both are ruled out if the
    page is complete without scripts and has no word of its citations, or if it is blank and its
    memento has a text. If the page also replaces another cited page of the host (the lost page),
    citations in another language count, and a blank page needs no memento.

    Returns:
        PARKED if the page's title names the domain, else SOFT_404; None if the page may be alive.
    """
    if not is_at_home_page(case):
        return None
    if is_blank(case):
        return _blank_at_all_addresses(case)
    if not is_complete(case) or asks_for_consent(case) or is_interstitial(case):
        return None
    # A question about the age, or any request to visitors beside text that varies by itself
    if asks_for_age(case) or asks_amid_varying_text(case):
        return None
    host = host_of(case.url).removeprefix("www.")
    is_named = host in case.title and host not in " ".join(case.site.cited_as).lower()
    is_domain_notice = is_named and case.text_length <= TINY_PAGE
    if not lacks_cited_words(case) and not is_domain_notice:
        if not shows_no_cited_word(case) or not _replaces_lost_page(case):
            return None
        detail = "the same page at every address, in place of another cited one, too"
        return make_judgement(Reason.SOFT_404, detail)
    if is_named:
        return make_judgement(Reason.PARKED, "a page that names the domain, at every address")
    return make_judgement(
        Reason.SOFT_404, "the same page at every address, no word of the citation"
    )


def is_at_home_page(case: Case) -> bool:
    """Return whether the site serves the page at a random URL as its home page, too."""
    sibling = case.sibling
    if case.site.home is None or sibling is None or case.redirected:
        return False
    home = build_case(case.site.home)
    if not home.served or home.redirected:
        return False
    is_same = is_same_page(home, sibling, case.controls)
    return is_same or varies_alike(home, sibling, case.controls)


def asks_at_all_addresses(case: Case) -> bool:
    """Return whether the site asks the same of visitors at every address, its home page included.

    A question about the age may stand amid any text, as pages have no banners that ask for it. For
    consent, text that varies by itself does not count: a fact of the day beside the request.
    """
    asks = asks_for_age(case) or asks_amid_varying_text(case)
    return asks and is_at_home_page(case)


def _blank_at_all_addresses(case: Case) -> Judgement | None:
    """Judge a site that sends nothing at any address; a page that sets a cookie may be a wall."""
    archived = case.site.archived
    if case.header("set-cookie"):
        return None
    if archived is not None and has_text(archived):
        return make_judgement(Reason.SOFT_404, "nothing at any address, where text is archived")
    if not _replaces_lost_page(case):
        return None
    detail = "nothing at any address, where text of another page is archived"
    return make_judgement(Reason.SOFT_404, detail)


def _replaces_lost_page(case: Case) -> bool:
    """Return whether the page at a random URL has also replaced another cited page."""
    if case.site.lost is None or case.sibling is None:
        return False
    return is_same_page(build_case(case.site.lost), case.sibling, case.controls)
