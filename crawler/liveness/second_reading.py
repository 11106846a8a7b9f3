"""Find out by reading a page again whether it varies as random URLs of its site do.

A page that differs from random URLs only in text that changes with each request has no text of its
own, and gets the marker `VARIES`. Which other requests are needed is decided in `siblings`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from crawler.liveness.case import Case, SiteKnowledge, build_case
from crawler.liveness.comparison.citing_words import keeps_cited_word
from crawler.liveness.comparison.masks import (
    SAME_TIME,
    cited_numbers,
    has_own_heading,
    words_without_address,
)
from crawler.liveness.comparison.same_page import MAX_CONTROLS, VARIES, is_cut_off
from crawler.liveness.comparison.varying_text import has_own_text
from crawler.liveness.judge import judge
from crawler.liveness.rules.random_url_rules import needs_neighbour
from crawler.liveness.rules.sibling_comparison import has_lost_its_text, may_vary_like_sibling
from store.vocabulary import SERVED_VERDICTS, PageEvidence, Probe, Verdict


def shows_page(probe: Probe) -> bool:
    """Return whether a probe ended with a GET, whose page can be compared with others."""
    return bool(probe.requests) and probe.requests[-1].method == "GET"


def needs_second_reading(probe: Probe, site: SiteKnowledge) -> bool:
    """Return whether reading a page again decides if it varies as random URLs of its site do."""
    if not shows_page(probe):
        return False
    if _varying_site(probe, site) is None:
        return False
    if judge(probe, site).verdict not in SERVED_VERDICTS:
        return False
    marked = with_varying_marker(probe)
    if judge(marked, site).verdict is Verdict.BROKEN:
        return True
    return site.home is not None and needs_neighbour(build_case(marked, site))


def mark_varying_page(
    probe: Probe, again: Sequence[Probe], site: SiteKnowledge, *, is_failing: bool = False
) -> Probe:
    """Return a probe, with the marker `VARIES` if its page keeps no text in further readings.

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
    words = [words_without_address(each, sibling, cited) for each in readings]
    random_words = [words_without_address(each, sibling, cited) for each in at_random]
    day_words = [
        text for each, text in zip(at_random, random_words, strict=True) if each in of_the_day
    ]
    if has_own_text(
        words,
        random_words,
        day_words,
        is_cut=any(is_cut_off(each) for each in readings),
        may_miss=has_lost_its_text(readings[0]),
    ):
        return probe
    archived_title = site.archived.title if site.archived is not None else ""
    pages = [each.page for each in readings]
    day_pages = [each.page for each in of_the_day]
    if keeps_cited_word(pages, day_pages, (*site.cited_as, archived_title)):
        return probe
    if has_own_heading([build_case(each) for each in now_read], at_random, cited=cited):
        return probe
    return with_varying_marker(probe)


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
    candidates = (site, with_query_sibling(site))
    return next(
        (each for each in candidates if may_vary_like_sibling(build_case(probe, each))), None
    )


def with_varying_marker(probe: Probe) -> Probe:
    """Return a probe with the marker of a page that has no text that stays the same."""
    page = probe.evidence or PageEvidence()
    return replace(probe, evidence=replace(page, html_markers=(*page.html_markers, VARIES)))


def with_query_sibling(site: SiteKnowledge) -> SiteKnowledge:
    """Return a site with random queries of its script as siblings, in place of random paths."""
    return replace(site, sibling=site.query_sibling, controls=site.query_controls)
