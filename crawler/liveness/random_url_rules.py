"""Judge pages that a site also serves at random URLs, which should not exist.

Such a site has one page for any URL, or for any query. If all of its pages are alike, this is no
evidence: a memento with another text, or a different page of the site, is required as well.

`case.sibling` is the probe of one random URL, `case.controls` are the probes of more of them.
`case.site` has the probes of other pages (`SiteKnowledge`): `home` is the home page, `neighbour` a
cited page that differs from the sibling, `lost` one that shows the sibling's page and is broken by
other evidence. `VARIES` marks a page that was read again and kept no text of its own.
"""

from __future__ import annotations

import re
from dataclasses import replace

from crawler.http.urls import same_address, split_url
from crawler.liveness.archived_page import (
    Likeness,
    is_readable,
    titles_differ,
)
from crawler.liveness.case import Case, build_case, make_judgement
from crawler.liveness.citing_words import (
    has_name_in_title,
    lost_cited_words,
    shows_cited_words,
    shows_naming_words,
    shows_no_cited_word,
)
from crawler.liveness.every_address import (
    asks_at_all_addresses,
    is_at_home_page,
    page_of_all_addresses,
)
from crawler.liveness.evidence import SCRIPTED_LETTERS
from crawler.liveness.interstitials import is_interstitial
from crawler.liveness.masks import has_own_heading, masked_text
from crawler.liveness.parked import judge_new_owner
from crawler.liveness.random_urls import is_search_url, shares_id
from crawler.liveness.redirectors import is_redirector
from crawler.liveness.redirects import (
    PERMANENT_STATUSES,
    is_cited_home_page,
    is_home_page,
    names_return_address,
    site_of,
)
from crawler.liveness.same_page import (
    VARIES,
    has_same_title,
    is_blank,
    is_complete,
    is_same_page,
    is_similar_page,
    may_be_same_page,
    may_be_varying_page,
    varies_alike,
)
from crawler.liveness.soft404_phrases import normalise
from crawler.page_text.similarity import MIN_SHINGLES, shingles
from store.vocabulary import Judgement, Probe, Reason

# Paths to which sites redirect every visitor once, before they show anything.
_GATE = re.compile(
    r"welcome|splash|intro|enter|gate|age|verify|consent|cookie|region|country|language|locale|"
    r"select|choose|sso|login|signin|auth|session|captcha|check|maintenance|wartung|busy|queue",
    re.IGNORECASE,
)


def same_as_sibling(case: Case) -> Judgement | None:
    """Judge a page that the site also serves at a random URL.

    Returns:
        PARKED or HIJACKED if the page is another owner's, else SOFT_404. None if the site has
        another page at a random URL, or if its pages may all be alike.
    """
    if not is_like_sibling(case):
        return None
    if owner := judge_new_owner(case):
        return owner
    target = case.last.url
    if case.redirected and site_of(case.cited) != site_of(target):
        if is_redirector(case.cited):
            return None
        return make_judgement(Reason.HIJACKED, f"{target}, like a random address")
    if is_interstitial(case) or asks_at_all_addresses(case) or _has_cited_title(case):
        return None
    if _may_be_drawn(case):
        return None
    shows_other_text = _shows_text(case) and not _varies_under_its_title(case)
    is_replaced = case.likeness is Likeness.OTHER and (case.redirected or shows_other_text)
    if not is_replaced and not _has_other_pages(case):
        return page_of_all_addresses(case)
    what = target if case.redirected else "the same page"
    return make_judgement(Reason.SOFT_404, f"{what}, like a random address")


def _may_be_drawn(case: Case) -> bool:
    """Return whether the site may show one of many pages at random URLs, by chance the cited one.

    The page has the words of its citations, and the home page does not.
    """
    cited_as, home = case.site.cited_as, case.site.home
    if case.redirected or not shows_naming_words(case.page, cited_as):
        return False
    return home is None or not shows_naming_words(build_case(home).page, cited_as)


def _varies_under_its_title(case: Case) -> bool:
    """Return whether a page varies by itself and has its earlier title: its text is no evidence."""
    archived = case.site.archived
    if archived is None or not archived.title or VARIES not in case.page.html_markers:
        return False
    return normalise(archived.title) == normalise(case.page.title)


def same_for_any_query(case: Case) -> Judgement | None:
    """Judge a page that its script also serves for a value that does not exist.

    Many scripts ignore some values, such as a referrer or a print view. So a memento is required
    as well, with another title and text that has the words of the citations.

    Returns:
        SOFT_404; None if the page is another one, or may be the cited one.
    """
    site = case.site
    if case.redirected or site.query_sibling is None:
        return None
    by_query = replace(
        case, site=replace(site, sibling=site.query_sibling, controls=site.query_controls)
    )
    if not has_lost_its_text(by_query):
        return None
    is_same = is_same_page(by_query, build_case(site.query_sibling), by_query.controls)
    is_read_again = VARIES in case.page.html_markers
    if not (is_same or is_read_again) or not is_like_sibling(by_query) or is_interstitial(case):
        return None
    if asks_at_all_addresses(by_query):
        return None
    return make_judgement(Reason.SOFT_404, "the same page for any query, without the archived text")


def is_replaced_like_sibling(case: Case) -> bool:
    """Return whether a page is the one at a random URL, and no redirect led to it."""
    return not case.redirected and is_like_sibling(case)


def needs_lost_page(case: Case) -> bool:
    """Return whether the lost page of the site decides about a blank page at every address."""
    if case.site.lost is not None or not is_replaced_like_sibling(case):
        return False
    return is_blank(case) and is_at_home_page(case)


def is_like_sibling(case: Case) -> bool:
    """Return whether the site has the same page, or redirect, at a random URL."""
    sibling = case.sibling
    if not case.served or sibling is None or not sibling.served or is_cited_home_page(case):
        return False
    if shares_id(case.cited, sibling.cited):
        return False
    if case.redirected and sibling.redirected:
        return same_address(case.last.url, sibling.last.url) and not _may_be_gate(case)
    return (
        not case.redirected
        and not sibling.redirected
        and (
            is_same_page(case, sibling, case.controls)
            or (has_lost_its_text(case) and _varies_without_its_text(case, sibling))
        )
    )


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


def _has_cited_title(case: Case) -> bool:
    """Return whether a page has the cited words in a title that is not that of the home page.

    Sites that ignore a part of the address serve the cited page at the random URL, too.
    """
    home = build_case(case.site.home) if case.site.home is not None else None
    if home is None or not home.served or not home.title or home.title == case.title:
        return False
    cited_as = case.site.cited_as
    has_name, home_has_name = (has_name_in_title(p.title, cited_as) for p in (case.page, home.page))
    if has_name and not home_has_name:
        return True
    return shows_cited_words(case.page, cited_as, in_title=True)


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


def _shows_text(case: Case) -> bool:
    """Return whether a page has more text than applications show before they are loaded."""
    return is_complete(case) or case.text_length >= SCRIPTED_LETTERS


def needs_neighbour(case: Case) -> bool:
    """Return whether the neighbour decides about a page that is like the sibling's."""
    if case.site.neighbour is not None or case.redirected or not is_like_sibling(case):
        return False
    return not is_blank(case) and same_as_sibling(case) is None


def _has_other_pages(case: Case) -> bool:
    """Return whether the site has another page than the one at a random URL."""
    sibling = case.sibling
    if sibling is not None and case.site.neighbour is not None and _shows_text(case):
        return is_other_page(case.site.neighbour, sibling)
    if case.site.home is None or sibling is None:
        return False
    home = build_case(case.site.home)
    if not home.served or not is_readable(home.page):
        return False
    if sibling.redirected:
        return not same_address(home.last.url, sibling.last.url)
    if is_same_page(home, sibling, case.controls) or is_similar_page(home, sibling):
        return False
    # If pages vary by themselves, the home page may be the one at a random URL in spite of a
    # different text.
    if _may_vary(case, sibling) and may_be_varying_page(home, sibling):
        return False
    return masked_text(home) != masked_text(sibling)


def _may_vary(case: Case, sibling: Case) -> bool:
    """Return whether the page at random URLs varies by itself, or only one was requested yet."""
    if VARIES in case.page.html_markers or not case.controls:
        return True
    return any(not is_same_page(control, sibling) for control in case.controls)


def _may_be_gate(case: Case) -> bool:
    """Return whether a redirect may go to a page from which readers continue to the cited one."""
    if names_return_address(case.last.url, case.cited):
        return True
    is_permanent = PERMANENT_STATUSES.issuperset(hop.status for hop in case.chain[:-1])
    return not is_permanent and _GATE.search(split_url(case.last.url).path) is not None
