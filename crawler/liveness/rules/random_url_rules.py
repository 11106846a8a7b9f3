"""Judge pages that a site also serves at random URLs, which should not exist.

Such a site has one page for any URL, or for any query. If all of its pages are alike, this is no
evidence: a memento with another text, or a different page of the site, is required as well.

`sibling_comparison` finds out whether a page is the one at a random URL. `case.site` has the probes
of other pages (`SiteKnowledge`): `home` is the home page, `neighbour` a cited page that differs
from the sibling, `lost` one that shows the sibling's page and is broken by other evidence. `VARIES`
marks a page that was read again and kept no text of its own.
"""

from __future__ import annotations

from dataclasses import replace

from crawler.http.urls import same_address
from crawler.liveness.archived_page import (
    Likeness,
    is_readable,
)
from crawler.liveness.case import Case, build_case, make_judgement
from crawler.liveness.comparison.citing_words import (
    has_name_in_title,
    shows_cited_words,
    shows_naming_words,
)
from crawler.liveness.comparison.masks import masked_text
from crawler.liveness.comparison.same_page import (
    VARIES,
    is_blank,
    is_complete,
    is_same_page,
    is_similar_page,
    may_be_varying_page,
)
from crawler.liveness.evidence.body_reader import SCRIPTED_LETTERS
from crawler.liveness.phrases.soft404_phrases import normalise
from crawler.liveness.rules.every_address import (
    asks_at_all_addresses,
    is_at_home_page,
    page_of_all_addresses,
)
from crawler.liveness.rules.interstitials import is_interstitial
from crawler.liveness.rules.parked import judge_new_owner
from crawler.liveness.rules.redirectors import is_redirector
from crawler.liveness.rules.redirects import (
    site_of,
)
from crawler.liveness.rules.sibling_comparison import (
    has_lost_its_text,
    has_other_title_and_text,
    is_like_sibling,
    is_made_from_address,
    is_other_page,
    is_replaced_like_sibling,
    leads_all_away,
)
from store.vocabulary import Judgement, Reason


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
        if is_redirector(case.cited) or leads_all_away(case):
            return None
        return make_judgement(Reason.HIJACKED, f"{target}, like a random address")
    if is_interstitial(case) or asks_at_all_addresses(case) or _has_cited_title(case):
        return None
    if _may_be_drawn(case):
        return None
    shows_other_text = _shows_text(case) and not _varies_under_its_title(case)
    is_replaced = case.likeness is Likeness.OTHER and (case.redirected or shows_other_text)
    if is_made_from_address(case) and not has_other_title_and_text(case):
        return None
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


def needs_lost_page(case: Case) -> bool:
    """Return whether the lost page of the site decides about a blank page at every address."""
    if case.site.lost is not None or not is_replaced_like_sibling(case):
        return False
    return is_blank(case) and is_at_home_page(case)


def _has_cited_title(case: Case) -> bool:
    """Return whether a page has the cited words in a title that is not that of the home page.

    Sites that ignore a part of the address serve the cited page at the random URL, too. If all
    pages have the title of the site, their first headings are compared.
    """
    home = build_case(case.site.home) if case.site.home is not None else None
    if home is None or not home.served or not home.title:
        return False
    cited_as = case.site.cited_as
    if home.title == case.title:
        return _has_cited_heading(case, home)
    home_has_name = has_name_in_title(home.page.title, cited_as)
    if has_name_in_title(case.page.title, cited_as) and not home_has_name:
        return True
    return shows_cited_words(case.page, cited_as, in_title=True)


def _has_cited_heading(case: Case, home: Case) -> bool:
    """Return whether a page has the text of a citation in its first heading, and the home page not.

    The heading of a page that is made from its address says nothing.
    """
    cited_as = case.site.cited_as
    heading, home_heading = (next(filter(None, each.page.headings), "") for each in (case, home))
    is_named = has_name_in_title(heading, cited_as) and not has_name_in_title(
        home_heading, cited_as
    )
    return is_named and not is_made_from_address(case)


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
