"""Decide when a site's response to a random URL is needed to judge a page.

The sibling of a link is the probe of a URL beside it with a random name. Its response shows what
the site returns for pages that do not exist. The method is from Bar-Yossef et al. 2004, "Sic
transit gloria telae" (https://doi.org/10.1145/988672.988716).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from crawler.liveness.archived_page import Likeness
from crawler.liveness.case import Case, SiteKnowledge, build_case
from crawler.liveness.citing_words import keeps_cited_word, may_show_cited_phrases
from crawler.liveness.judge import judge
from crawler.liveness.masks import (
    SAME_TIME,
    cited_numbers,
    has_own_heading,
    words_without_address,
)
from crawler.liveness.random_url_rules import (
    has_lost_its_text,
    has_other_title_and_text,
    is_like_sibling,
    is_other_page,
    is_replaced_like_sibling,
    may_be_like_sibling,
    may_vary_like_sibling,
    needs_lost_page,
    needs_neighbour,
)
from crawler.liveness.redirects import is_home_page
from crawler.liveness.same_page import MAX_CONTROLS, VARIES, is_blank, is_cut_off
from crawler.liveness.soft404 import suspicion_points
from crawler.liveness.soft404_phrases import normalise
from crawler.liveness.varying_text import has_own_text
from store.vocabulary import SERVED_VERDICTS, PageEvidence, Probe, Reason, Verdict

# Reasons that a response to a random URL could refute or make more precise.
_OPEN_REASONS: Final = frozenset({Reason.SOFT_404, Reason.HIJACKED})
# From this number of suspicion points on, a page is broken whatever a random URL shows.
_CERTAIN_POINTS: Final = 6


def shows_page(probe: Probe) -> bool:
    """Return whether a probe ended with a GET, whose page can be compared with others."""
    return bool(probe.requests) and probe.requests[-1].method == "GET"


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


def needs_second_reading(probe: Probe, site: SiteKnowledge) -> bool:
    """Return whether reading a page again decides if it varies as random URLs of its site do."""
    if not shows_page(probe):
        return False
    if _varying_site(probe, site) is None:
        return False
    if judge(probe, site).verdict not in SERVED_VERDICTS:
        return False
    marked = _mark_varying(probe)
    if judge(marked, site).verdict is Verdict.BROKEN:
        return True
    return site.home is not None and needs_neighbour(build_case(marked, site))


def after_second_reading(
    probe: Probe, again: Sequence[Probe], site: SiteKnowledge, *, is_failing: bool = False
) -> Probe:
    """Return a probe, with the marker `VARIES` if its page has no text that stays the same.

    Args:
        probe: The probe.
        again: Further probes of the same URL.
        site: What is known of its site.
        is_failing: Whether the link is suspect or broken; then the archived text counts as a
            further reading.
    """
    now_read = (probe, *again)
    if is_failing and site.archived is not None:
        again = (*again, replace(probe, evidence=site.archived))
    varying_site = _varying_site(probe, site)
    if varying_site is None or varying_site.sibling is None or not again:
        return probe
    readings = [build_case(each, varying_site) for each in (probe, *again)]
    # Of a failing link, only the probe itself must be like random URLs, not the archived text.
    if not all(map(may_vary_like_sibling, readings[: 1 if is_failing else None])):
        return probe
    sibling = build_case(varying_site.sibling)
    cited = cited_numbers(readings[0])
    at_random = [sibling, *readings[0].controls]
    of_the_day = _read_that_day(readings[0], at_random)
    words, random_words, day_words = (
        [words_without_address(each, sibling, cited) for each in cases]
        for cases in (readings, at_random, of_the_day)
    )
    is_own = has_own_text(
        words,
        random_words,
        day_words,
        is_cut=any(is_cut_off(each) for each in readings),
        may_miss=has_lost_its_text(readings[0]),
    )
    pages, day_pages = ([each.page for each in cases] for cases in (readings, of_the_day))
    named = (*site.cited_as, site.archived.title if site.archived is not None else "")
    is_own = is_own or keeps_cited_word(pages, day_pages, named)
    now_shown = [build_case(each) for each in now_read]
    is_own = is_own or has_own_heading(now_shown, at_random, cited=cited)
    return probe if is_own else _mark_varying(probe)


def _read_that_day(case: Case, at_random: Sequence[Case]) -> Sequence[Case]:
    """Return the random URLs that were read within 12 hours of a page, if these are enough.

    Those of other days lack the news of the day, which would pass for text of the page.

    Args:
        case: The probe of the page.
        at_random: Probes of random URLs of its site.

    Returns:
        All, if less than a sibling and `MAX_CONTROLS` were read in this time.
    """
    recent = [each for each in at_random if abs(case.last.at - each.last.at) < SAME_TIME]
    return recent if len(recent) > MAX_CONTROLS else at_random


def varies_by_query(probe: Probe, site: SiteKnowledge) -> bool:
    """Return whether a page may vary as random queries of its script do, not as random paths."""
    return _varying_site(probe, site) is not site


def _varying_site(probe: Probe, site: SiteKnowledge) -> SiteKnowledge | None:
    """Return a site whose siblings are the random URLs that a page may vary like.

    Returns:
        The site with random paths as siblings, if the page may vary as they do; else with random
        queries. None if the page differs from both in text that does not vary.
    """
    candidates = (site, _with_query_sibling(site))
    return next(
        (each for each in candidates if may_vary_like_sibling(build_case(probe, each))), None
    )


def _mark_varying(probe: Probe) -> Probe:
    """Return a probe with the marker of a page that has no text that stays the same."""
    page = probe.evidence or PageEvidence()
    return replace(probe, evidence=replace(page, html_markers=(*page.html_markers, VARIES)))


def needs_home_page(probe: Probe, site: SiteKnowledge) -> bool:
    """Return whether the home page must be requested: the page is like that at a random URL."""
    if site.home is not None:
        return False
    case = build_case(probe, site)
    if may_vary_like_sibling(case):
        case = build_case(_mark_varying(probe), site)
    if not is_like_sibling(case):
        return False
    return judge(probe, site).verdict in SERVED_VERDICTS


def _with_query_sibling(site: SiteKnowledge) -> SiteKnowledge:
    """Return a site with random queries of its script as siblings, in place of random paths."""
    return replace(site, sibling=site.query_sibling, controls=site.query_controls)


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
        for each in (site, _with_query_sibling(site))
    )


def needs_query_control(probe: Probe, site: SiteKnowledge) -> bool:
    """Return whether a second random query decides if a script has one page for all queries."""
    if not may_be_like_sibling(build_case(probe, _with_query_sibling(site))):
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
