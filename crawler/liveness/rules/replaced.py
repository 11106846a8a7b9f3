"""Judge pages whose text is completely different from the memento's.

A different text alone never makes a page broken: a second piece of evidence is required.
"""

from __future__ import annotations

import re

from crawler.http.urls import split_url
from crawler.liveness.archived_page import (
    Likeness,
    language_vanished,
    subject_vanished,
    titles_differ,
)
from crawler.liveness.case import Case, make_judgement
from crawler.liveness.comparison.citing_words import has_name_in_title
from crawler.liveness.phrases.languages import words_of_meaning
from crawler.liveness.phrases.soft404_phrases import normalise
from crawler.liveness.rules.interstitials import is_interstitial
from crawler.liveness.rules.redirectors import is_redirector
from crawler.liveness.rules.redirects import (
    MIN_LINKS_SHARING_TARGET,
    is_home_page,
    site_of,
)
from crawler.liveness.rules.sibling_comparison import leads_all_away, may_be_gate
from crawler.liveness.rules.soft404 import title_parts
from store.vocabulary import OWN_PROBE, Judgement, PageEvidence, Reason

_WORD = re.compile(r"\w{4,}")


def replaced_page(case: Case) -> Judgement | None:
    """Judge a page whose text is completely different from the memento's, by further evidence.

    Returns:
        HIJACKED or SOFT_404 with the evidence. None if the page is the archived one, or if there
        is no further evidence.
    """
    archived = case.site.archived
    if archived is None or not case.served or case.likeness is not Likeness.OTHER:
        return None
    if case.redirected and (may_be_gate(case) or leads_all_away(case)):
        return None  # a login or consent page that redirects back
    if is_interstitial(case):
        return None
    is_own_probe = OWN_PROBE in archived.html_markers  # weaker evidence than an archive's memento
    sibling = case.sibling  # the probe of a random URL of the site
    # A site with an error page for other URLs serves this page on purpose.
    is_deliberate = sibling is not None and sibling.status in {404, 410}
    is_other_title = bool(case.title) and case.title != normalise(archived.title)
    if case.redirected and is_other_title:
        # The number of cited pages that now redirect to this one, this page included.
        shared = case.site.shared_targets.get(case.last.url, 0) + 1
        if shared >= MIN_LINKS_SHARING_TARGET:
            return make_judgement(Reason.SOFT_404, "another text than archived, shared-redirect")
        # A page about a firm also has another title on the site of the firm that bought it. It is
        # the same page if its title has a name that the old title or the citation has.
        names = (archived.title, *case.site.cited_as)
        is_lost = (
            titles_differ(archived, case.page)
            and not has_name_in_title(case.page.title, names)
            and _is_lost_redirect(case, archived, is_deliberate=is_deliberate)
        )
        if is_lost and not is_own_probe:
            return make_judgement(Reason.SOFT_404, "another text than archived, redirect")
    is_foreign = subject_vanished(archived, case.page) and language_vanished(archived, case.page)
    if is_home_page(case.cited):
        # Many sites choose the language of their home page by the visitor's address.
        is_foreign = is_foreign and _name_vanished(case, archived)
    if _has_site_name(archived.title, case.page.title):
        return None  # of the same owner, perhaps a translation
    if is_foreign and not is_deliberate and not is_own_probe:
        return make_judgement(Reason.HIJACKED, "another text and language than archived")
    return None


def _is_lost_redirect(case: Case, archived: PageEvidence, *, is_deliberate: bool) -> bool:
    """Return whether a redirect's target shows nothing of the cited page, nor has its name.

    A deliberate redirect leads to the page's new place. Such a page is lost only if the target is
    on the same site and about another subject.
    """
    if is_redirector(case.cited):
        return False
    words = set(_WORD.findall(split_url(case.cited).path.rpartition("/")[2].lower()))
    if not words.isdisjoint(_WORD.findall(case.last.url.lower())):
        return False
    if not is_deliberate:
        return True
    is_own_site = site_of(case.cited) == site_of(case.last.url)
    return is_own_site and subject_vanished(archived, case.page)


def _has_site_name(archived_title: str, title: str) -> bool:
    """Return whether two titles have a part in common that may be the name of the site.

    Marks such as dashes separate the parts of a title.
    """
    parts, other_parts = map(title_parts, (archived_title, title))
    return any(words_of_meaning(part) for part in parts & other_parts)


def _name_vanished(case: Case, archived: PageEvidence) -> bool:
    """Return whether the memento has the name of its site, and the page does not."""
    name = site_of(case.url).partition(".")[0]
    is_named = name in normalise(f"{archived.title} {archived.text}")
    return is_named and name not in f"{case.title} {case.text}"
