"""Judge pages without a telling word: the site's answer to any address, or another page by now.

Two witnesses show that: the sibling (a random URL of the site, which should not exist) and the
memento. A different text alone never makes a page broken; it takes a second sign.
"""

from __future__ import annotations

import re
from typing import Final

from crawler.http.html_text import count_letters
from crawler.http.urls import host_of, same_address, split_url
from crawler.liveness.archived_page import (
    Likeness,
    is_readable,
    language_vanished,
    subject_vanished,
    titles_differ,
)
from crawler.liveness.case import SHORT_PAGE, Case, build_case, make_judgement
from crawler.liveness.evidence import TEXT_LIMIT
from crawler.liveness.parked import is_for_sale, spam_words
from crawler.liveness.redirects import (
    MIN_LINKS_SHARING_TARGET,
    PERMANENT_STATUSES,
    is_home_page,
)
from crawler.liveness.short_links import is_short_link
from crawler.liveness.simhash import is_near
from crawler.liveness.soft404_phrases import normalise
from store.vocabulary import Judgement, PageEvidence, Reason

# Applications whose scripts load the content send the same page for all addresses.
_APP_MARKERS: Final = frozenset({"app-shell", "app-root", "app-unknown"})
_SCRIPTED_TEXT = re.compile(
    r"javascript|loading|please wait|enable cookies|загрузка|"
    r"加载中|載入中|正在加载|启用.{0,6}脚本|読み込み中|로딩|"
    r"wird geladen|chargement|cargando",
    re.IGNORECASE,
)
_MIN_LETTERS: Final = 60  # of a page that is compared with the sibling's
_SCRIPTED_LETTERS: Final = 400  # a page with more text shows content without scripts
# Where sites lead every visitor once, before they show anything.
_GATE = re.compile(
    r"welcome|splash|intro|enter|gate|age|verify|consent|cookie|region|country|language|locale|"
    r"select|choose|sso|login|signin|auth|session|captcha|check|maintenance|wartung|busy|queue",
    re.IGNORECASE,
)
_NUMBER = re.compile(r"\d+")
_WORD = re.compile(r"\w{4,}")


def same_as_sibling(case: Case) -> Judgement | None:
    """Judge a page that the site also serves at a random URL.

    Returns:
        PARKED or HIJACKED if the page is another owner's, else SOFT_404; None if the site has
        something else at a random URL, or if that is unknown, as where all its pages are alike.
    """
    if not is_like_sibling(case):
        return None
    if owner := _name_owner(case):
        return owner
    target = case.last.url
    if case.redirected and _site_of(case.cited) != _site_of(target):
        if is_short_link(case.cited):
            return None
        return make_judgement(Reason.HIJACKED, f"{target}, like a random address")
    if case.likeness is not Likeness.OTHER and not _has_other_pages(case):
        return None
    what = target if case.redirected else "the same page"
    return make_judgement(Reason.SOFT_404, f"{what}, like a random address")


def is_like_sibling(case: Case) -> bool:
    """Return whether the site has the same page, or redirect, at a random URL."""
    sibling = case.sibling
    if not case.served or sibling is None or not sibling.served or is_home_page(case.cited):
        return False
    if case.redirected and sibling.redirected:
        return same_address(case.last.url, sibling.last.url) and not _may_be_gate(case)
    return not case.redirected and not sibling.redirected and _is_same_page(case, sibling)


def replaced_page(case: Case) -> Judgement | None:
    """Judge a page whose text is wholly another one than the memento's, by a second sign.

    Returns:
        HIJACKED or SOFT_404 with the sign; None if the page is the archived one, or without one.
    """
    archived = case.site.archived
    if archived is None or not case.served or case.likeness is not Likeness.OTHER:
        return None
    sibling = case.sibling
    is_deliberate = sibling is not None and sibling.status in {404, 410}
    if case.redirected and titles_differ(archived, case.page):
        is_shared = case.site.shared_targets.get(case.last.url, 0) >= MIN_LINKS_SHARING_TARGET
        if is_shared:
            return make_judgement(Reason.SOFT_404, "another text than archived, crowd")
        if _is_lost_redirect(case, archived, is_deliberate=is_deliberate):
            return make_judgement(Reason.SOFT_404, "another text than archived, redirect")
    is_foreign = subject_vanished(archived, case.page) and language_vanished(archived, case.page)
    if is_home_page(case.cited):
        # Many sites choose the language of their home page by the visitor's address.
        is_foreign = is_foreign and _name_vanished(case, archived)
    if is_foreign and not is_deliberate:
        return make_judgement(Reason.HIJACKED, "another text and language than archived")
    return None


def _is_same_page(case: Case, sibling: Case) -> bool:
    """Return whether a page is the sibling's but for numbers and the addresses it repeats."""
    page, other = case.page, sibling.page
    markers = {*page.html_markers, *other.html_markers}
    if not _APP_MARKERS.isdisjoint(markers) or page.simhash is None:
        return False
    letters = count_letters(page.text)
    if letters < _MIN_LETTERS:
        return False
    if letters < _SCRIPTED_LETTERS and _SCRIPTED_TEXT.search(page.text):
        return False
    is_cut = len(page.text) >= TEXT_LIMIT
    if is_cut and not is_near(page, other):
        return False
    if _is_own_canonical(case) and not _is_own_canonical(sibling):
        return False
    return _masked(page, case.cited) == _masked(other, sibling.cited)


def _is_own_canonical(case: Case) -> bool:
    """Return whether a page names its own address as the canonical one."""
    return bool(case.page.canonical) and same_address(case.page.canonical, case.cited)


def _masked(page: PageEvidence, url: str) -> tuple[str, str]:
    """Return title and text without what changes with each request or address.

    A number that is also part of the address belongs to the page.
    """
    own = set(_NUMBER.findall(split_url(url).path + split_url(url).query))
    name = split_url(url).path.rstrip("/").rpartition("/")[2].lower()

    def mask(text: str) -> str:
        masked = normalise(text)
        if len(name) > 20:  # the random name, on a page that repeats the address
            masked = masked.replace(name, "")
        return _NUMBER.sub(lambda number: number[0] if number[0] in own else "0", masked)

    return mask(page.title), mask(page.text)


def _may_be_gate(case: Case) -> bool:
    """Return whether a redirect may lead to where readers pass on to the page."""
    is_permanent = PERMANENT_STATUSES.issuperset(hop.status for hop in case.chain[:-1])
    return not is_permanent and _GATE.search(split_url(case.last.url).path) is not None


def _has_other_pages(case: Case) -> bool:
    """Return whether the host's home page is another page than the one at a random URL."""
    sibling = case.sibling
    if case.site.home is None or sibling is None:
        return False
    home = build_case(case.site.home)
    if not home.served or not is_readable(home.page):
        return False
    if sibling.redirected:
        return not same_address(home.last.url, sibling.last.url)
    return _masked(home.page, home.cited) != _masked(sibling.page, sibling.cited)


def _name_owner(case: Case) -> Judgement | None:
    """Return the judgement of a page that is a domain market's or a domain hijacker's, or None."""
    host = host_of(case.url).removeprefix("www.")
    text = case.text if case.text_length <= SHORT_PAGE else ""
    is_foreign = case.redirected and _site_of(case.cited) != _site_of(case.last.url)
    names_domain = is_foreign and host in f"{case.last.url} {text}".lower()
    if is_for_sale(case, also_by_one_sign=True) or names_domain:
        return make_judgement(Reason.PARKED, "for sale, or on a parking service")
    if words := spam_words(case):
        return make_judgement(Reason.HIJACKED, ", ".join(sorted(words)))
    return None


def _is_lost_redirect(case: Case, archived: PageEvidence, *, is_deliberate: bool) -> bool:
    """Return whether a redirect's target has nothing of the cited page, its name included.

    A site that has an error page for other addresses redirects this one on purpose: to the page's
    new place, unless that is the site itself and the subject is another one, too.
    """
    if is_short_link(case.cited):
        return False
    words = set(_WORD.findall(split_url(case.cited).path.rpartition("/")[2].lower()))
    if not words.isdisjoint(_WORD.findall(case.last.url.lower())):
        return False
    if not is_deliberate:
        return True
    is_own_site = _site_of(case.cited) == _site_of(case.last.url)
    return is_own_site and subject_vanished(archived, case.page)


def _name_vanished(case: Case, archived: PageEvidence) -> bool:
    """Return whether the memento names its site, and the page does not any more."""
    name = _site_of(case.url).partition(".")[0]
    is_named = name in normalise(f"{archived.title} {archived.text}")
    return is_named and name not in f"{case.title} {case.text}"


def _site_of(url: str) -> str:
    """Return the last two labels of a host, three below a short one like `co.uk`."""
    labels = host_of(url).split(".")
    is_nested = len(labels) > 2 and len(labels[-2]) <= 3 and len(labels[-1]) == 2
    return ".".join(labels[-3:] if is_nested else labels[-2:])
