"""Recognise walls: a server that responds, but not with the page.

These are bot checks, logins, paywalls, legal and geographic blocks. A reader may well get past.
"""

from __future__ import annotations

import re
from urllib.parse import unquote

from crawler.http.urls import host_of, split_url
from crawler.liveness.case import SHORT_PAGE, TINY_PAGE, Case, make_judgement
from crawler.liveness.wall_patterns import (
    CHALLENGE_HEADERS,
    GEO_TEXT,
    INTERSTITIAL_FOLDER,
    INTERSTITIAL_HOST,
    LOGIN_FOLDER,
    LOGIN_HOST,
    LOGIN_QUERY,
    LOGIN_TITLE,
    PAY_FOLDER,
    PAY_TEXT,
    REFUSING_HEADERS,
    REFUSING_STATUSES,
    WALL_TEXT,
    WALL_TITLE,
)
from store.vocabulary import Judgement, Reason


def bot_challenge(case: Case) -> Judgement | None:
    """Judge a CAPTCHA or bot check, by headers or by a short page."""
    if case.status == 999:
        return make_judgement(Reason.CHALLENGE, "LinkedIn 999")
    headers = case.last.headers
    for name, shows, wall in CHALLENGE_HEADERS:
        if name in headers and shows.search(case.header(name).lower()):
            return make_judgement(Reason.CHALLENGE, wall)
    for name, shows, statuses, wall in REFUSING_HEADERS:
        if case.status in statuses and name in headers and shows.search(case.header(name).lower()):
            return make_judgement(Reason.CHALLENGE, wall)
    refused = case.status in REFUSING_STATUSES
    if not refused and not (case.served and case.text_length <= SHORT_PAGE):
        return None
    if not case.page.title and not case.page.text and not case.page.html_markers:
        return None  # a HEAD response has no page
    walls = [marker for marker in case.page.html_markers if marker.startswith("wall-")]
    title = WALL_TITLE.search(case.title)
    text = WALL_TEXT.search(case.text)
    captcha = "captcha" in case.page.html_markers and (
        refused or case.text_length <= TINY_PAGE // 3
    )
    signs = bool(walls) + bool(title) + bool(text) + captcha
    if walls and case.text_length <= TINY_PAGE:
        signs += 1
    # With a success status, a page with one sign may be a short page, or one about walls.
    if signs < (1 if refused else 2):
        return None
    detail = walls[0].removeprefix("wall-") if walls else "captcha page"
    return make_judgement(Reason.CHALLENGE, detail)


def login_wall(case: Case) -> Judgement | None:
    """Judge a redirect to a login or consent page, or a page with little but a password field."""
    if not case.served and case.status not in {401, 403}:
        return None
    if case.redirected:
        detail = f"at {case.last.url}"
        is_login = _redirects_to(case, LOGIN_FOLDER, LOGIN_HOST)
        if is_login or _has_login_query(case.last.url):
            return make_judgement(Reason.LOGIN_WALL, detail)
        if _redirects_to(case, INTERSTITIAL_FOLDER, INTERSTITIAL_HOST):
            return make_judgement(Reason.CHALLENGE, detail)
    if not case.served or not case.page.password_field or _is_login_address(case.cited):
        return None
    if case.text_length <= TINY_PAGE or (
        case.text_length <= SHORT_PAGE // 2 and LOGIN_TITLE.search(case.title)
    ):
        return make_judgement(Reason.LOGIN_WALL, "a password field and little text")
    return None


def _has_login_query(url: str) -> bool:
    return LOGIN_QUERY.search(split_url(url).query.lower()) is not None


def _is_login_address(url: str) -> bool:
    return _has_path_segment(url, LOGIN_FOLDER) or LOGIN_HOST.match(host_of(url)) is not None


def _redirects_to(case: Case, folder: re.Pattern[str], host: re.Pattern[str]) -> bool:
    if _has_path_segment(case.cited, folder):
        return False
    if _has_path_segment(case.last.url, folder):
        return True
    before, after = host_of(case.cited), host_of(case.last.url)
    return before != after and not host.match(before) and host.match(after) is not None


def _has_path_segment(url: str, folder: re.Pattern[str]) -> bool:
    parts = unquote(split_url(url).path).lower().split("/")
    return any(folder.fullmatch(part) for part in parts if part)


def paywall(case: Case) -> Judgement | None:
    """Judge status 402, a redirect to a subscription page, or an article cut off by an offer."""
    if case.status == 402:
        return make_judgement(Reason.PAYWALL, "402")
    if not case.served:
        return None
    if (
        case.redirected
        and _has_path_segment(case.last.url, PAY_FOLDER)
        and not _has_path_segment(case.cited, PAY_FOLDER)
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
    """Judge status 451, unavailable for legal reasons (RFC 7725)."""
    if case.status != 451:
        return None
    return make_judgement(Reason.LEGAL, "451")


def geo_block(case: Case) -> Judgement | None:
    """Judge a short page that names the visitor's country as the reason of a refusal."""
    if (case.served and case.text_length <= TINY_PAGE * 2) or (
        case.status == 403 and case.text_length <= SHORT_PAGE
    ):
        text = f"{case.title} {case.text}"
        if match := GEO_TEXT.search(text):
            return make_judgement(Reason.GEO, match[0])
    return None
