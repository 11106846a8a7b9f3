"""Compare a page with the pages that its site serves at random URLs.

`case.sibling` is the probe of one random URL, `case.controls` are the probes of more of them.
`VARIES` marks a page that was read again and kept no text of its own. `same_page` compares texts;
this module also compares redirects, and the page's memento and citations. The rules that follow
from it are in `random_url_rules`.
"""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Final
from urllib.parse import unquote

from crawler.http.redirects import REDIRECT_STATUSES
from crawler.http.urls import host_of, same_address, split_url
from crawler.liveness.archived_page import (
    Likeness,
    is_readable,
    titles_differ,
)
from crawler.liveness.case import TINY_PAGE, Case, build_case
from crawler.liveness.comparison.citing_words import (
    lost_cited_words,
    shows_no_cited_word,
)
from crawler.liveness.comparison.masks import has_own_heading, is_titled_by_name
from crawler.liveness.comparison.same_page import (
    VARIES,
    has_same_title,
    is_same_page,
    may_be_same_page,
    varies_alike,
)
from crawler.liveness.rules.random_urls import is_search_url, shares_id
from crawler.liveness.rules.redirects import (
    PERMANENT_STATUSES,
    is_cited_home_page,
    is_home_page,
    names_return_address,
    site_of,
)
from crawler.page_text.similarity import MIN_SHINGLES, shingles
from store.vocabulary import Probe

# Paths to which sites redirect every visitor once, before they show anything.
_GATE = re.compile(
    r"welcome|splash|intro|enter|gate|age|verify|consent|cookie|region|country|language|locale|"
    r"select|choose|sso|login|signin|auth|session|captcha|check|maintenance|wartung|busy|queue",
    re.IGNORECASE,
)

_NUMBER = re.compile(r"\d+")
_PAGE_NUMBER = re.compile(r"(?<!\d)\d{3,}(?!\d)")
_MIN_NAME: Final = 6  # characters; a shorter name may be in another address by chance


def is_replaced_like_sibling(case: Case) -> bool:
    """Return whether a page is the one at a random URL, and no redirect led to it."""
    return not case.redirected and is_like_sibling(case)


def is_like_sibling(case: Case) -> bool:
    """Return whether the site has the same page, or redirect, at a random URL."""
    sibling = case.sibling
    if not case.served or sibling is None or not sibling.served or is_cited_home_page(case):
        return False
    if shares_id(case.cited, sibling.cited):
        return False
    if case.redirected and sibling.redirected:
        return redirects_alike(case, sibling) and not may_be_gate(case)
    return (
        not case.redirected
        and not sibling.redirected
        and (
            is_same_page(case, sibling, case.controls)
            or (has_lost_its_text(case) and _varies_without_its_text(case, sibling))
        )
    )


def redirects_alike(case: Case, sibling: Case) -> bool:
    """Return whether a random URL is redirected to the same address, and in the same way.

    A redirect that was made for the cited page is permanent where the one for any address is
    not, is made by a page, leads to a part of the target, or to an address with the page's name.
    """
    if not same_address(case.last.url, sibling.last.url):
        return False
    if _way_of_redirect(case) != _way_of_redirect(sibling):
        return False
    return not _keeps_name(case, sibling)


def _way_of_redirect(case: Case) -> tuple[bool, bool, bool]:
    """Return whether the last redirect was a status, was permanent, and leads to a fragment."""
    hops = pairwise(case.chain)
    moves = [hop for hop, following in hops if not same_address(hop.url, following.url)]
    status, location = moves[-1].status or 0, moves[-1].headers.get("location", "")
    return status in REDIRECT_STATUSES, status in PERMANENT_STATUSES, "#" in location


def _keeps_name(case: Case, sibling: Case) -> bool:
    """Return whether a redirect's target has the page's number or name of the cited URL."""
    path = unquote(split_url(case.cited).path).lower()
    name = path.rstrip("/").rpartition("/")[2].partition(".")[0]
    own = _PAGE_NUMBER.findall(path)
    if len(name) >= _MIN_NAME:
        own.append(name)
    at_random, target = (unquote(each.url).lower() for each in (sibling.chain[0], case.last))
    return any(each in target and each not in at_random for each in own)


def _varies_without_its_text(case: Case, sibling: Case) -> bool:
    """Return whether a page that lost its text differs from random URLs only where these differ.

    A page with a word of its citations must have been read again, and no text of it stayed the same
    (`VARIES`). Then all of the text may differ, only the title must be the same.
    """
    if is_search_url(case.cited):
        return False
    is_read_again = VARIES in case.page.html_markers
    if not is_read_again and not shows_no_cited_word(case):
        return False
    if not is_read_again and has_own_heading([case], [sibling, *case.controls]):
        return False
    return varies_alike(case, sibling, case.controls, may_all_vary=is_read_again)


def has_lost_its_text(case: Case) -> bool:
    """Return whether a page has another title and text than its memento, and no cited words."""
    archived = case.site.archived
    if archived is None or not has_other_title_and_text(case):
        return False
    siblings = [case.sibling] if case.sibling is not None and case.sibling.served else []
    at_random = [each.page for each in (*siblings, *case.controls)]
    return lost_cited_words(archived, case.page, case.site.cited_as, at_random)


def has_other_title_and_text(case: Case) -> bool:
    """Return whether a page has another title and text than its memento."""
    archived = case.site.archived
    if archived is None or case.likeness is not Likeness.OTHER:
        return False
    return titles_differ(archived, case.page)


def may_be_like_sibling(case: Case) -> bool:
    """Return whether a second random URL decides if a page is the sibling's.

    The pages share much of their text. Or they are alike and the home page is known: the second
    URL then shows whether the sibling's page varies, so that the home page may be the same.
    """
    sibling = case.sibling
    if not case.served or sibling is None or not sibling.served or is_home_page(case.cited):
        return False
    if case.redirected or sibling.redirected:
        return False
    if is_same_page(case, sibling, case.controls) or varies_alike(case, sibling, case.controls):
        return case.site.home is not None and not case.controls
    if may_be_same_page(case, sibling):
        return True
    return not case.controls and has_same_title(case, sibling) and has_lost_its_text(case)


def may_vary_like_sibling(case: Case) -> bool:
    """Return whether a page differs from random URLs only in what may vary by itself."""
    sibling = case.sibling
    if not case.served or sibling is None or not sibling.served or is_home_page(case.cited):
        return False
    if case.redirected or sibling.redirected or VARIES in case.page.html_markers:
        return False
    if is_search_url(case.cited):
        return False  # results for other words vary as the results for random words do
    if varies_alike(case, sibling, case.controls):
        return True
    is_lost = has_lost_its_text(case)
    return is_lost and varies_alike(case, sibling, case.controls, may_all_vary=True)


def is_other_page(probe: Probe, sibling: Case) -> bool:
    """Return whether a page of a site differs from the page at random URLs, title included.

    Args:
        probe: The probe of the page.
        sibling: The probe of a random URL of the site.
    """
    case = build_case(probe)
    if not case.served or case.redirected or not sibling.served or sibling.redirected:
        return False
    if not is_readable(case.page) or case.title == sibling.title:
        return False
    own_shingles = shingles(case.page.text) - shingles(sibling.page.text)
    return len(own_shingles) >= MIN_SHINGLES and not may_be_same_page(case, sibling)


def may_be_gate(case: Case) -> bool:
    """Return whether a redirect may go to a page from which readers continue to the cited one."""
    if names_return_address(case.last.url, case.cited):
        return True
    if is_permanent_redirect(case):
        return False
    target = split_url(case.last.url)
    is_other_host = host_of(case.cited) != host_of(case.last.url)
    return bool(_GATE.search(target.path) or (is_other_host and _GATE.search(target.netloc)))


def is_made_from_address(case: Case) -> bool:
    """Return whether the site makes a page of any address: its name as the title, other numbers.

    Such a page may be an answer (the weather of any place) as well as a search that found nothing.
    The same numbers for any address are no answer.
    """
    sibling = case.sibling
    if case.redirected or sibling is None or not is_titled_by_name(sibling):
        return False
    return _NUMBER.findall(case.page.text) != _NUMBER.findall(sibling.page.text)


def leads_all_away(case: Case) -> bool:
    """Return whether another site gets all visitors for now: maybe at a gate that they pass.

    A redirect to the home page of a site leads to that site, and not to a gate; nor has a gate in
    a language whose requests are not known more than a tiny text.
    """
    sibling = case.sibling
    if sibling is None or not (case.redirected and sibling.redirected):
        return False
    if case.text_length > TINY_PAGE:
        return False
    target = case.last.url
    if site_of(case.cited) == site_of(target) or is_home_page(target):
        return False
    return not is_permanent_redirect(case) and same_address(target, sibling.last.url)


def is_permanent_redirect(case: Case) -> bool:
    """Return whether all redirects of a chain are permanent."""
    return PERMANENT_STATUSES.issuperset(hop.status for hop in case.chain[:-1])
