"""Decide when a site's response to a random URL is needed to judge a page.

A sibling is such a URL: beside the cited one, with a random name. Its response shows what the site
returns for pages that do not exist. The method is from Bar-Yossef et al. 2004, "Sic transit gloria
telae" (https://doi.org/10.1145/988672.988716).
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from crawler.http.urls import InvalidUrl, request_url, split_url
from crawler.liveness.archived_page import Likeness
from crawler.liveness.case import SiteKnowledge, build_case
from crawler.liveness.judge import judge
from crawler.liveness.redirects import is_home_page
from crawler.liveness.replaced import (
    is_like_sibling,
    is_other_page,
    may_be_like_sibling,
    needs_neighbour,
)
from crawler.liveness.same_page import is_blank
from crawler.liveness.soft404 import suspicion_points
from crawler.liveness.soft404_phrases import normalise
from store.vocabulary import Probe, Reason, Verdict

_RANDOM_LETTERS: Final = 25
# Reasons that another response of the site could clear or name better.
_OPEN_REASONS: Final = frozenset({Reason.SOFT_404, Reason.HIJACKED})
# From so many points on, a page is broken whatever the response to a random URL is.
_CERTAIN_POINTS: Final = 6


def sibling_url(url: str, letters: str) -> str | None:
    """Return a URL beside `url` that should not exist, or None if there is none.

    Args:
        url: A cited URL.
        letters: At least 25 random letters, the name in the new URL.

    Returns:
        A URL in the same folder; None for a home page, which has no siblings.

    >>> sibling_url("https://example.org/a/b?c=1", "q" * 25)
    'https://example.org/a/qqqqqqqqqqqqqqqqqqqqqqqqq'
    """
    try:
        parts = split_url(request_url(url))
    except InvalidUrl:
        return None
    if is_home_page(parts.geturl()) or len(letters) < _RANDOM_LETTERS:
        return None
    folder = parts.path.rstrip("/").rpartition("/")[0]
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{folder}/{letters}"


@lru_cache(maxsize=4096)
def first_folder(url: str) -> str:
    """Return the first folder of a URL's path, or "" for a page at the top of its site.

    >>> first_folder("https://example.org/forum/2014/a.html"), first_folder("https://example.org/a")
    ('forum', '')
    """
    folder, found, _ = split_url(url).path.lstrip("/").partition("/")
    return folder if found else ""


def shows_page(probe: Probe) -> bool:
    """Return whether a probe ended with a GET, whose page can be compared with others."""
    return bool(probe.requests) and probe.requests[-1].method == "GET"


def is_served(probe: Probe) -> bool:
    """Return whether the last response of a probe has a success status, see `Case.served`."""
    return build_case(probe).served


def needs_sibling(probe: Probe, site: SiteKnowledge) -> bool:
    """Return whether a probe must be compared with the response to a random URL.

    That is so for every served deep link whose text is not the archived one.
    """
    if site.sibling is not None or not shows_page(probe):
        return False
    case = build_case(probe, site)
    if not case.served or is_home_page(case.cited) or case.likeness is Likeness.SAME:
        return False
    if case.page.simhash is None and not case.redirected and not is_blank(case):
        return False  # a picture or a PDF: nothing to compare
    found = judge(probe, site)
    if found.verdict is Verdict.BROKEN:
        return found.reason in _OPEN_REASONS and suspicion_points(case) < _CERTAIN_POINTS
    return found.verdict in {Verdict.ALIVE, Verdict.MOVED}


def needs_newer_sibling(probe: Probe, site: SiteKnowledge) -> bool:
    """Return whether a stored response to a random URL is too old to judge a page by.

    The site may have changed since. That is so if the page has another title than its memento or
    than when it was first read, or a completely different text.
    """
    if not shows_page(probe):
        return False
    case = build_case(probe, site)
    if not case.served or is_home_page(case.cited) or site.archived is None:
        return False
    is_other_title = case.title != normalise(site.archived.title)
    is_changed = case.likeness is Likeness.OTHER or (
        case.likeness is Likeness.UNKNOWN and is_other_title
    )
    if not is_changed:
        return False
    return judge(probe, site).verdict in {Verdict.ALIVE, Verdict.MOVED}


def needs_control(probe: Probe, site: SiteKnowledge) -> bool:
    """Return whether a second random URL must be requested: the page is like that at the first."""
    if not shows_page(probe):
        return False
    if not may_be_like_sibling(build_case(probe, site)):
        return False
    return judge(probe, site).verdict in {Verdict.ALIVE, Verdict.MOVED}


def needs_home_page(probe: Probe, site: SiteKnowledge) -> bool:
    """Return whether the home page must be requested: the page is like that at a random URL."""
    if site.home is not None:
        return False
    case = build_case(probe, site)
    if not is_like_sibling(case):
        return False
    return judge(probe, site).verdict in {Verdict.ALIVE, Verdict.MOVED}


def shows_other_page(probe: Probe, site: SiteKnowledge) -> bool:
    """Return whether a probe shows that its site has other pages than the one at a random URL."""
    if site.sibling is None or not shows_page(probe):
        return False
    return is_other_page(probe, build_case(site.sibling))


def awaits_neighbour(probe: Probe, site: SiteKnowledge) -> bool:
    """Return whether a probe must be judged after the others of its host.

    Its page is the same as at a random URL and at the home page. That is a soft 404 only if the
    others show that the site has different pages.
    """
    if site.home is None or not shows_page(probe):
        return False
    if judge(probe, site).verdict not in {Verdict.ALIVE, Verdict.MOVED}:
        return False
    return needs_neighbour(build_case(probe, site))


def is_suspicious(probe: Probe, site: SiteKnowledge) -> bool:
    """Return whether a served page has a sign of its own that it is not the cited one."""
    case = build_case(probe, site)
    return case.likeness is Likeness.OTHER or suspicion_points(case) > 0
