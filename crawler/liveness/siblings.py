"""Decide when a site's response to a random URL is needed to judge a page.

The sibling of a link is the probe of a URL beside it with a random name. Its response shows what
the site returns for pages that do not exist. The method is from Bar-Yossef et al. 2004, "Sic
transit gloria telae" (https://doi.org/10.1145/988672.988716).
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from crawler.liveness.archived_page import Likeness
from crawler.liveness.case import Case, SiteKnowledge, build_case
from crawler.liveness.comparison.citing_words import may_show_cited_phrases
from crawler.liveness.comparison.same_page import is_blank
from crawler.liveness.judge import judge
from crawler.liveness.phrases.soft404_phrases import normalise
from crawler.liveness.rules.random_url_rules import needs_lost_page, needs_neighbour
from crawler.liveness.rules.redirects import is_home_page
from crawler.liveness.rules.sibling_comparison import (
    has_other_title_and_text,
    is_like_sibling,
    is_other_page,
    is_replaced_like_sibling,
    may_be_like_sibling,
    may_vary_like_sibling,
)
from crawler.liveness.rules.soft404 import suspicion_points
from crawler.liveness.second_reading import (
    needs_second_reading,
    shows_page,
    with_query_sibling,
    with_varying_marker,
)
from store.vocabulary import SERVED_VERDICTS, Probe, Reason, Verdict

# Reasons that a response to a random URL could refute or make more precise.
_OPEN_REASONS: Final = frozenset({Reason.SOFT_404, Reason.HIJACKED, Reason.PARKED})
# From this number of suspicion points on, a page is broken whatever a random URL shows.
_CERTAIN_POINTS: Final = 6


def can_be_compared(probe: Probe) -> bool:
    """Return whether a probe shows a page, or a redirect, that random URLs may show as well.

    The response to a HEAD and a 304 show neither.
    """
    return probe.evidence is not None or (bool(probe.requests) and probe.requests[-1].hop > 0)


def is_served(probe: Probe) -> bool:
    """Return whether the last response of a probe has a success status, see `Case.served`."""
    return build_case(probe).served


def needs_sibling(probe: Probe, site: SiteKnowledge) -> bool:
    """Return whether a probe must be compared with the response to a random URL.

    Every served deep link must, unless its text is the archived one.
    """
    if site.sibling is not None or not shows_page(probe):
        return False
    case = build_case(probe, site)
    if not case.served or is_home_page(case.cited) or case.likeness is Likeness.SAME:
        return False
    if case.page.simhash is None and not case.redirected and not is_blank(case):
        return False  # a picture or a PDF: nothing to compare
    judgement = judge(probe, site)
    if judgement.verdict is Verdict.BROKEN:
        return judgement.reason in _OPEN_REASONS and suspicion_points(case) < _CERTAIN_POINTS
    return judgement.verdict in SERVED_VERDICTS


def needs_newer_sibling(probe: Probe, site: SiteKnowledge, *, is_failing: bool = False) -> bool:
    """Return whether a stored response to a random URL is too old to judge a page by.

    The site may have changed since then if the page has another title than in its memento or first
    reading, or a completely different text.

    Args:
        probe: The probe of a link.
        site: What is known of its site, with the stored response.
        is_failing: Whether the link is suspect or broken. Then every page that is not the archived
            one needs a newer response: news of the day would clear it, as an old one lacks them.
    """
    if not shows_page(probe):
        return False
    case = build_case(probe, site)
    if not case.served or is_home_page(case.cited):
        return False
    is_unconfirmed = is_failing and case.likeness is not Likeness.SAME
    if not (is_unconfirmed or _has_changed(case)):
        return False
    return judge(probe, site).verdict in SERVED_VERDICTS


def _has_changed(case: Case) -> bool:
    """Return whether a page has another title, or text, than its memento or first reading."""
    archived = case.site.archived
    if archived is None or case.likeness is Likeness.SAME:
        return False
    return case.likeness is Likeness.OTHER or case.title != normalise(archived.title)


def needs_control(probe: Probe, site: SiteKnowledge) -> bool:
    """Return whether a second random URL must be requested: the page is like that at the first."""
    if not shows_page(probe):
        return False
    if not may_be_like_sibling(build_case(probe, site)):
        return False
    return judge(probe, site).verdict in SERVED_VERDICTS


def needs_home_page(probe: Probe, site: SiteKnowledge) -> bool:
    """Return whether the home page must be requested: the page is like that at a random URL."""
    if site.home is not None:
        return False
    case = build_case(probe, site)
    if may_vary_like_sibling(case):
        case = build_case(with_varying_marker(probe), site)
    if not is_like_sibling(case):
        return False
    return judge(probe, site).verdict in SERVED_VERDICTS


def needs_query_sibling(probe: Probe, site: SiteKnowledge) -> bool:
    """Return whether a page must be compared with what its script returns for a random value.

    It must if the site has another page at a random path, and the page has another title and text
    than its memento, or hardly a phrase of its citations.
    """
    if site.query_sibling is not None or site.sibling is None or not probe.requests:
        return False
    case = build_case(probe, site)
    is_page = case.page.simhash is not None and probe.requests[-1].method == "GET"
    if not is_page or not case.served or case.redirected or case.likeness is Likeness.SAME:
        return False
    if not has_other_title_and_text(case) and may_show_cited_phrases(case.page, site.cited_as):
        return False
    return judge(probe, site).verdict is Verdict.ALIVE and not may_vary_like_sibling(case)


def needs_site_requests(probe: Probe, site: SiteKnowledge) -> bool:
    """Return whether more requests decide about a page with another text than its memento."""
    if site.archived is None or not _shows_other_text(probe, site):
        return False
    return (
        needs_query_sibling(probe, site)
        or needs_query_control(probe, site)
        or needs_second_reading(probe, site)
    )


def _shows_other_text(probe: Probe, site: SiteKnowledge) -> bool:
    """Return whether a page has another text than its memento, text of random URLs left out."""
    return any(
        build_case(probe, each).likeness is Likeness.OTHER
        for each in (site, with_query_sibling(site))
    )


def needs_query_control(probe: Probe, site: SiteKnowledge) -> bool:
    """Return whether a second random query decides if a script has one page for all queries."""
    if not may_be_like_sibling(build_case(probe, with_query_sibling(site))):
        return False
    return judge(probe, site).verdict is Verdict.ALIVE


def shows_other_page(probe: Probe, site: SiteKnowledge) -> bool:
    """Return whether a probe shows that its site has other pages than the one at a random URL."""
    if site.sibling is None or not shows_page(probe):
        return False
    return is_other_page(probe, build_case(site.sibling))


def shows_lost_page(probe: Probe, site: SiteKnowledge) -> bool:
    """Return whether a page shows the page at a random URL, and is broken by other evidence."""
    if not shows_page(probe) or not is_replaced_like_sibling(build_case(probe, site)):
        return False
    return judge(probe, replace(site, lost=None)).verdict is Verdict.BROKEN


def needs_other_pages(probe: Probe, site: SiteKnowledge) -> bool:
    """Return whether other cited pages of the host decide, so that a probe is judged after them.

    Its page is the same as at a random URL, and perhaps at the home page. That is a soft 404 only
    if another cited page differs from it (the neighbour), or was lost.
    """
    if site.home is None or not shows_page(probe):
        return False
    if judge(probe, site).verdict not in SERVED_VERDICTS:
        return False
    case = build_case(probe, site)
    return needs_neighbour(case) or needs_lost_page(case)


def is_suspicious(probe: Probe, site: SiteKnowledge) -> bool:
    """Return whether a served page itself shows evidence that it is not the cited one.

    That is another text than the memento's, or any suspicion point.
    """
    case = build_case(probe, site)
    return case.likeness is Likeness.OTHER or suspicion_points(case) > 0
