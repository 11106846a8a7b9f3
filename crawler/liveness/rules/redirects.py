"""Judge redirects: their targets, whether they are permanent, and whether they lead to a home page.

Sources: RFC 9110, sections 10.2.2 (Location) and 15.4 (redirection); the WHATWG URL standard for
resolving.
"""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Final
from urllib.parse import parse_qsl, unquote

from crawler.http.redirects import (
    LONGEST_LOCATION,
    MAX_REDIRECTS,
    REDIRECT_STATUSES,
    redirect_target,
    refresh_target,
)
from crawler.http.urls import host_of, is_web_url, same_address, split_url
from crawler.liveness.archived_page import Likeness
from crawler.liveness.case import TINY_PAGE, Case, make_judgement
from crawler.liveness.phrases.address_names import names_home_page
from crawler.liveness.rules.redirectors import is_redirector, names_target
from store.vocabulary import Judgement, PageEvidence, ProbeRequest, Reason

PERMANENT_STATUSES: Final = frozenset({301, 308})

# ISO 639-1 codes that sites use as the first folder of the pages in a language.
_LANGUAGES: Final = (
    "ar|az|be|bg|bn|ca|cn|cs|cy|da|de|el|en|eo|es|et|eu|fa|fi|fr|ga|gl|he|hi|hr|hu|hy|id|is|it|"
    "ja|jp|ka|kk|ko|kr|lt|lv|mk|mn|ms|nb|nl|nn|no|pl|pt|ro|ru|sk|sl|sq|sr|sv|ta|te|th|tr|tw|uk|"
    "ur|uz|vi|zh"
)
_LANGUAGE_ROOT = re.compile(rf"/(?:{_LANGUAGES})(?:[-_][a-z]{{2,4}})?", re.IGNORECASE)
_HOME_PAGE = re.compile(
    r"/(?:home|homepage|startseite)?(?:\.(?:html?|php|aspx?|jsp|do))?", re.IGNORECASE
)
_INDEX_PAGE = re.compile(r"/(?:index|default)(?:\.\w{2,5})?$", re.IGNORECASE)
# Parameters about where a visitor came from; they do not select content.
_TRACKING_PARAMETER = re.compile(
    r"utm_\w+|lang|hl|locale|ref|referrer|from|src|source|spm|fbclid|gclid|cookie\w*|pgv_ref",
    re.IGNORECASE,
)
# If this number of cited links of a host end at one URL, the host redirects everything there.
MIN_LINKS_SHARING_TARGET = 3


def next_hop(request: ProbeRequest, evidence: PageEvidence | None = None) -> str | None:
    """Return the absolute URL that a response redirects to, or None.

    A fragment of the requested URL is inherited (RFC 9110, section 10.2.2).

    Args:
        request: The request with its response.
        evidence: The page of a response with status 200, whose refresh includes that of the
            header.

    Returns:
        An http or https URL, or None if this is no redirect or it leads elsewhere.

    >>> from datetime import UTC, datetime
    >>> request = ProbeRequest(
    ...     method="GET", url="https://example.org/a/b", at=datetime(2026, 1, 1, tzinfo=UTC),
    ...     elapsed_ms=1, status=301, headers={"location": "../c"},
    ... )
    >>> next_hop(request)
    'https://example.org/c'
    """
    if request.status in REDIRECT_STATUSES:
        return redirect_target(request.url, request.headers.get("location", ""))
    if request.status != 200:
        return None
    refresh = evidence.refresh if evidence else ""
    if not refresh and not (evidence and evidence.length):  # the evidence has that of the header
        refresh = refresh_target(request.headers.get("refresh", ""), request.url)
    return refresh if is_web_url(refresh) and not same_address(refresh, request.url) else None


def is_home_page(url: str) -> bool:
    """Return whether a URL is the home page of a site or of one of its languages.

    Args:
        url: An absolute URL.

    Returns:
        True for a root, an index page or a language's root, tracking parameters ignored.

    >>> rests = ("", "/index.php", "/zh-cn/", "/home?lang=en", "/?p=12", "/go")
    >>> [is_home_page("https://example.org" + rest) for rest in rests]
    [True, True, True, True, False, False]
    """
    parts = split_url(url)
    if not parts.netloc:
        return False
    parameters = [name for name, _ in parse_qsl(parts.query, keep_blank_values=True)]
    if not all(_TRACKING_PARAMETER.fullmatch(name) for name in parameters):
        return False
    path = _INDEX_PAGE.sub("", parts.path).rstrip("/")
    language = _LANGUAGE_ROOT.match(path)
    rest = path[language.end() :] if language else path
    return not rest or _HOME_PAGE.fullmatch(rest) is not None


def is_cited_home_page(case: Case) -> bool:
    """Return whether the cited URL is that of a home page, or redirects from its name to it."""
    if is_home_page(case.cited):
        return True
    if not case.redirected or not is_home_page(case.last.url):
        return False
    return names_home_page(case.cited, case.page.title)


def unfinished_redirect(case: Case) -> Judgement | None:
    """Judge a chain that ends in a redirect: a loop, too long, invalid, or not followed.

    Returns:
        UNSUPPORTED_SCHEME, BAD_RESPONSE, REDIRECT_LOOP, TOO_MANY_REDIRECTS or INTERRUPTED, or
        None if the last response is no redirect.
    """
    if case.status not in REDIRECT_STATUSES or case.served:
        return None
    if case.status == 300 and not case.header("location"):
        return None
    target = next_hop(case.last)
    if target is None:
        location = case.header("location").strip()
        if len(location) > LONGEST_LOCATION:
            return overlong_location(case)
        scheme = re.match(r"([a-z][a-z0-9+.-]*):", location, re.IGNORECASE)
        if scheme and scheme[1].lower() not in {"http", "https"}:
            return make_judgement(Reason.UNSUPPORTED_SCHEME, f"redirects to {scheme[1].lower()}:")
        return make_judgement(
            Reason.BAD_RESPONSE, f"{case.status} without a Location that can be followed"
        )
    if any(request.url == target.partition("#")[0] for request in case.chain):
        return make_judgement(Reason.REDIRECT_LOOP, f"back to {target}")
    if len(case.chain) > MAX_REDIRECTS:
        return make_judgement(Reason.TOO_MANY_REDIRECTS, f"more than {MAX_REDIRECTS} redirects")
    return make_judgement(Reason.INTERRUPTED, f"the redirect to {target} was not followed")


def endless_refresh(case: Case) -> Judgement | None:
    """Judge a chain that ends with a refresh that was not followed: a loop, or too many redirects.

    Returns:
        CLIENT_LIMIT; None if the page has some text, for example as part of a slide show.
    """
    if not case.served or case.text_length > TINY_PAGE:
        return None
    target = next_hop(case.last, case.page)
    if target is None or len(case.chain) < 2:
        return None
    is_loop = any(request.url == target.partition("#")[0] for request in case.chain)
    if not is_loop and len(case.chain) <= MAX_REDIRECTS:
        return None
    return make_judgement(Reason.CLIENT_LIMIT, f"its pages refresh without end, to {target}")


def overlong_location(case: Case) -> Judgement:
    """Judge a redirect whose Location is too long to be requested; a browser may follow it.

    Returns:
        INTERRUPTED.
    """
    return make_judgement(
        Reason.INTERRUPTED,
        f"{case.status} with a Location of more than {LONGEST_LOCATION:,} characters, not followed",
    )


def archived_text_served(case: Case) -> Judgement | None:
    """Judge a page that still has the text of its memento as alive or moved.

    Returns:
        The judgement of its redirects, else OK; None if it has another text, or none is known.
    """
    if not case.served or case.likeness is not Likeness.SAME:
        return None
    return followed_redirect(case) or make_judgement(Reason.OK, "the text of the archived page")


def redirected_to_home(case: Case) -> Judgement | None:
    """Judge a redirect from a deep URL to a home page, which shows nothing of what was cited.

    Returns:
        REDIRECTED_TO_HOME, or None if the home page may be what was cited: by its name, a short
        link, another site that the URL names, a part of the site that moved there, an application's
        route.
    """
    if not case.served or not case.redirected or not is_home_page(case.last.url):
        return None
    if is_cited_home_page(case):
        return None
    if "#" in case.chain[-2].headers.get("location", ""):
        return None  # an application whose routes are fragments
    is_shared = case.site.shared_targets.get(case.last.url, 0) >= MIN_LINKS_SHARING_TARGET
    if is_shared or _is_page_lost_at_root(case.cited, case.last.url):
        return make_judgement(Reason.REDIRECTED_TO_HOME, f"at {case.last.url}")
    return None


def names_return_address(target: str, cited: str) -> bool:
    """Return whether the query of a redirect's target names the address that was requested.

    Pages for a login, for consent or for a bot check do so, to redirect visitors back.

    >>> cited = "https://example.org/news/7"
    >>> names_return_address("https://example.org/gate?back=%2Fnews%2F7", cited)
    True
    >>> names_return_address("https://example.org/search?q=news", cited)
    False
    """
    parts = split_url(cited)
    if len(parts.path) < 2:
        return False
    path = unquote(parts.path)
    return_addresses = {path, f"{path}?{unquote(parts.query)}"}
    values = {unquote(value) for _, value in parse_qsl(split_url(target).query)}
    return not return_addresses.isdisjoint(values) or any(
        is_web_url(value) and same_address(value, cited) for value in values
    )


def _is_page_lost_at_root(cited: str, target: str) -> bool:
    """Return whether a redirect to the root of a site or language shows that the page is lost.

    It does not if the cited URL is a short link or names the target's site, or if a folder of it is
    now at the root.
    """
    cited_host, target_host = (host_of(url).removeprefix("www.") for url in (cited, target))
    folders = [unquote(folder).lower() for folder in split_url(cited).path.split("/") if folder]
    landing = split_url(target).path.strip("/").lower()
    if landing and landing in folders[1:]:
        return False  # /departments/it/ -> /it/: the page moved
    if cited_host == target_host or cited_host.endswith("." + target_host):
        return True
    # At another site `/en` may be any page; only with a slash it is the root of a language.
    path = split_url(target).path
    is_root = path.endswith("/") or not path or _INDEX_PAGE.search(path) is not None
    return is_root and not is_redirector(cited) and not names_target(cited, target)


def followed_redirect(case: Case) -> Judgement | None:
    """Judge a redirect to a served page: canonicalised, temporary or permanent.

    Returns:
        CANONICALISED, REDIRECTED_TEMPORARILY or MOVED_PERMANENTLY, or None without a redirect to
        another URL. The detail names the memento's text if the target shows it.
    """
    if not case.served or len(case.chain) < 2:
        return None
    target = case.last.url
    if target == case.cited:
        return None  # redirected through a page that sets a cookie
    if not case.redirected:
        return make_judgement(Reason.CANONICALISED, f"as {target}")
    if not same_address(case.url, case.cited):
        # Requested at another URL (`remap`), whose redirects give no new URL of the link.
        return make_judgement(Reason.REDIRECTED_TEMPORARILY, f"to {target}, from {case.cited}")
    hops = pairwise(case.chain)
    statuses = [hop.status for hop, following in hops if not same_address(hop.url, following.url)]
    is_permanent = PERMANENT_STATUSES.issuperset(statuses)
    reason = Reason.MOVED_PERMANENTLY if is_permanent else Reason.REDIRECTED_TEMPORARILY
    proof = ", which shows the archived text" if case.likeness is Likeness.SAME else ""
    return make_judgement(reason, f"to {target}{proof}", target=target)


def site_of(url: str) -> str:
    """Return the last two labels of a host, three below a short one like `co.uk`."""
    labels = host_of(url).split(".")
    is_nested = len(labels) > 2 and len(labels[-2]) <= 3 and len(labels[-1]) == 2
    return ".".join(labels[-3:] if is_nested else labels[-2:])
