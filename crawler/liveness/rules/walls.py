"""Judge walls: responses that do not contain the page, although it may exist.

These are bot checks, logins, paywalls, legal and geographic blocks. A reader may pass them.
"""

from __future__ import annotations

import re
from urllib.parse import unquote

from crawler.http.urls import host_of, split_url
from crawler.liveness.case import SHORT_PAGE, TINY_PAGE, Case, make_judgement
from crawler.liveness.evidence.html_markers import SCRIPT_CHALLENGE
from crawler.liveness.phrases.wall_patterns import (
    BROWSER_CHECK,
    CHALLENGE_HEADERS,
    CRAWL_FEE_HEADERS,
    GEO_TEXT,
    INTERSTITIAL_HOST,
    INTERSTITIAL_SEGMENT,
    LOGIN_HOST,
    LOGIN_QUERY,
    LOGIN_SEGMENT,
    LOGIN_TITLE,
    MAINTENANCE,
    PAY_TEXT,
    PAYWALL_SEGMENT,
    REFUSING_HEADERS,
    REFUSING_STATUSES,
    WALL_TEXT,
    WALL_TITLE,
    X402_BODY,
)
from store.vocabulary import Judgement, Reason

# Letters of visible text.
_MAX_CAPTCHA_PAGE = TINY_PAGE // 3  # a page that has nothing but a CAPTCHA, or words of a wall
_MAX_LOGIN_PAGE = SHORT_PAGE // 2  # a page whose title and password field show a login
_MAX_GEO_PAGE = TINY_PAGE * 2  # a page with a success status that names the visitor's country
# One piece suffices with a refusing status. With a success status the page may be about walls.
_MIN_EVIDENCE = 2
_MIN_EVIDENCE_IF_REFUSED = 1
_MAX_PRICE = 40  # characters
_LINKEDIN_STATUS = 999  # LinkedIn's status code for bots


def bot_challenge(case: Case) -> Judgement | None:
    """Judge a CAPTCHA or bot check, by headers or by a short page.

    Returns:
        CHALLENGE if the headers or the page show one, else None.
    """
    if case.status == _LINKEDIN_STATUS:
        return make_judgement(Reason.CHALLENGE, "LinkedIn 999")
    if wall := _wall_in_headers(case):
        return make_judgement(Reason.CHALLENGE, wall)
    is_refused = case.status in REFUSING_STATUSES
    if not is_refused and not (case.served and case.text_length <= SHORT_PAGE):
        return None
    if not case.page.title and not case.page.text and not case.page.html_markers:
        return None  # a HEAD response has no page
    walls = [marker for marker in case.page.html_markers if marker.startswith("wall-")]
    evidence = _count_evidence(case, has_wall=bool(walls), is_refused=is_refused)
    if evidence < (_MIN_EVIDENCE_IF_REFUSED if is_refused else _MIN_EVIDENCE):
        return None
    detail = walls[0].removeprefix("wall-") if walls else "captcha page"
    return make_judgement(Reason.CHALLENGE, detail)


def _wall_in_headers(case: Case) -> str | None:
    """Return the name of the wall that the response headers show, or None."""
    headers = case.last.headers
    for name, pattern, wall in CHALLENGE_HEADERS:
        if name in headers and pattern.search(case.header(name).lower()):
            return wall
    for name, pattern, statuses, wall in REFUSING_HEADERS:
        if case.status not in statuses or name not in headers:
            continue
        if pattern.search(case.header(name).lower()):
            return wall
    return None


def _count_evidence(case: Case, *, has_wall: bool, is_refused: bool) -> int:
    """Return the number of parts of a page that show a CAPTCHA or bot check.

    Args:
        case: The case.
        has_wall: The page has the marker of a wall.
        is_refused: The status code is one that walls use.
    """
    is_captcha_page = is_refused or case.text_length <= _MAX_CAPTCHA_PAGE
    return sum(
        (
            has_wall,
            has_wall and case.text_length <= TINY_PAGE,
            WALL_TITLE.search(case.title) is not None,
            is_wall_text := WALL_TEXT.search(case.text) is not None,
            is_wall_text and case.text_length <= _MAX_CAPTCHA_PAGE,
            is_captcha_page and "captcha" in case.page.html_markers,
            is_refused and _is_browser_check(case),
        )
    )


def _is_browser_check(case: Case) -> bool:
    """Return whether a refusing page checks the browser, in its words or by its script alone."""
    text = f"{case.title} {case.text}"
    if BROWSER_CHECK.search(text):
        return True
    is_script = SCRIPT_CHALLENGE in case.page.html_markers
    return is_script and case.text_length <= _MAX_CAPTCHA_PAGE and not MAINTENANCE.search(text)


def login_wall(case: Case) -> Judgement | None:
    """Judge a redirect to a login or consent page, or a short page with a password field.

    Returns:
        LOGIN_WALL for a login, CHALLENGE for a consent page or bot check, else None.
    """
    if not case.served and case.status not in {401, 403}:
        return None
    if case.redirected:
        detail = f"at {case.last.url}"
        is_login = _redirects_to(case, LOGIN_SEGMENT, LOGIN_HOST)
        if is_login or _has_login_query(case.last.url):
            return make_judgement(Reason.LOGIN_WALL, detail)
        if _redirects_to(case, INTERSTITIAL_SEGMENT, INTERSTITIAL_HOST):
            return make_judgement(Reason.CHALLENGE, detail)
    if not case.served or not case.page.password_field or is_login_address(case.cited):
        return None
    if case.text_length <= TINY_PAGE or (
        case.text_length <= _MAX_LOGIN_PAGE and LOGIN_TITLE.search(case.title)
    ):
        return make_judgement(Reason.LOGIN_WALL, "a password field and little text")
    return None


def _has_login_query(url: str) -> bool:
    return LOGIN_QUERY.search(split_url(url).query.lower()) is not None


def is_login_address(url: str) -> bool:
    """Return whether a URL is, by its path or host, that of a login."""
    return _has_path_segment(url, LOGIN_SEGMENT) or LOGIN_HOST.match(host_of(url)) is not None


def _redirects_to(case: Case, segment: re.Pattern[str], host: re.Pattern[str]) -> bool:
    """Return whether the path or host of the last URL matches a pattern, and the cited does not."""
    if _has_path_segment(case.cited, segment):
        return False
    if _has_path_segment(case.last.url, segment):
        return True
    cited_host, last_host = host_of(case.cited), host_of(case.last.url)
    if cited_host == last_host or host.match(cited_host):
        return False
    return host.match(last_host) is not None


def _has_path_segment(url: str, pattern: re.Pattern[str]) -> bool:
    """Return whether a whole segment of a URL's path matches a pattern."""
    segments = unquote(split_url(url).path).lower().split("/")
    return any(pattern.fullmatch(segment) for segment in segments if segment)


def crawl_fee(case: Case) -> Judgement | None:
    """Judge status 402 with a price for programs, which readers do not pay.

    Returns:
        CRAWL_FEE for a pay-per-crawl header, x402 or L402, else None.
    """
    if case.status != 402:
        return None
    for name, pattern in CRAWL_FEE_HEADERS:
        if name in case.last.headers and pattern.search(case.header(name).lower()):
            price = case.header("crawler-price").strip()[:_MAX_PRICE]
            return make_judgement(Reason.CRAWL_FEE, f"402, price {price}" if price else "402")
    if X402_BODY.search(case.text):
        return make_judgement(Reason.CRAWL_FEE, "402, x402")
    return None


def paywall(case: Case) -> Judgement | None:
    """Judge status 402, a redirect to a subscription page, or a preview with a subscription offer.

    Returns:
        PAYWALL if there is one of these, else None.
    """
    if case.status == 402:
        return make_judgement(Reason.PAYWALL, "402")
    if not case.served:
        return None
    if (
        case.redirected
        and _has_path_segment(case.last.url, PAYWALL_SEGMENT)
        and not _has_path_segment(case.cited, PAYWALL_SEGMENT)
    ):
        return make_judgement(Reason.PAYWALL, f"at {case.last.url}")
    if (
        "paywalled" in case.page.html_markers
        and case.text_length <= SHORT_PAGE
        and PAY_TEXT.search(case.text)
    ):
        return make_judgement(Reason.PAYWALL, "only a preview is shown")
    return None


def legal_block(case: Case) -> Judgement | None:
    """Judge status 451, unavailable for legal reasons (RFC 7725).

    Returns:
        LEGAL if the status is 451, else None.
    """
    if case.status != 451:
        return None
    return make_judgement(Reason.LEGAL, "451")


def geo_block(case: Case) -> Judgement | None:
    """Judge a short page that names the visitor's country as the reason of a refusal.

    Returns:
        GEO if a served page or one with status 403 does, else None.
    """
    is_short_page = case.served and case.text_length <= _MAX_GEO_PAGE
    is_short_refusal = case.status == 403 and case.text_length <= SHORT_PAGE
    if not is_short_page and not is_short_refusal:
        return None
    match = GEO_TEXT.search(f"{case.title} {case.text}")
    return make_judgement(Reason.GEO, match[0]) if match else None
