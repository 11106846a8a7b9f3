"""Walls: a server that answers, but not to us. Bot challenges, logins, paywalls, legal and geographic bars. A reader may well get past."""

from __future__ import annotations

import re
from urllib.parse import unquote

from crawler.http.urls import host_of, split_url
from crawler.liveness.case import SHORT_PAGE, TINY_PAGE, Case, make_judgement
from crawler.liveness.wall_patterns import (
    CHALLENGE_HEADERS,
    GATE_FOLDER,
    GATE_HOST,
    GEO_TEXT,
    LOGIN_FOLDER,
    LOGIN_HOST,
    LOGIN_QUERY,
    LOGIN_TITLE,
    PAY_FOLDER,
    PAY_TEXT,
    REFUSING_STATUSES,
    REFUSING_HEADERS,
    WALL_TEXT,
    WALL_TITLE,
)
from store.vocabulary import Judgement, Reason


def bot_challenge(case: Case) -> Judgement | None:
    """Judge the challenge of a bot wall: by headers alone, by who refuses, or by a short page that shows or says it."""
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
    if not case.page.title and not case.page.text and not case.page.marks:
        return None  # as behind every HEAD
    mark = next((mark for mark in case.page.marks if mark.startswith("wall-")), "")
    title = WALL_TITLE.search(case.title)
    text = WALL_TEXT.search(case.text)
    captcha = "captcha" in case.page.marks and (refused or case.text_length <= TINY_PAGE // 3)
    # On a success status a single sign may be a living page that is short, or one about walls.
    signs = (2 if mark and case.text_length <= TINY_PAGE else bool(mark)) + bool(title) + bool(text) + captcha
    if signs >= (1 if refused else 2):
        return make_judgement(Reason.CHALLENGE, mark.removeprefix("wall-") or "captcha page")
    return None


def login_wall(case: Case) -> Judgement | None:
    """Judge a redirect to a login or consent address, or a page that is a password field and little else."""
    if not case.served and case.status not in {401, 403}:
        return None
    if case.redirected and (_has_login_query(case.last.url) or _redirects_to_gate(case, LOGIN_FOLDER, LOGIN_HOST)):
        return make_judgement(Reason.LOGIN_WALL, f"at {case.last.url}")
    if case.redirected and _redirects_to_gate(case, GATE_FOLDER, GATE_HOST):
        return make_judgement(Reason.CHALLENGE, f"at {case.last.url}")
    if not case.served or not case.page.password_field or _is_login_address(case.cited):
        return None
    if case.text_length <= TINY_PAGE or (case.text_length <= SHORT_PAGE // 2 and LOGIN_TITLE.search(case.title)):
        return make_judgement(Reason.LOGIN_WALL, "a password field and little text")
    return None


def _has_login_query(url: str) -> bool:
    return LOGIN_QUERY.search(split_url(url).query.lower()) is not None


def _is_login_address(url: str) -> bool:
    return _has_folder(url, LOGIN_FOLDER) or LOGIN_HOST.match(host_of(url)) is not None


def _redirects_to_gate(case: Case, folder: re.Pattern[str], host: re.Pattern[str]) -> bool:
    if _has_folder(case.cited, folder):
        return False
    hosts = host_of(case.cited), host_of(case.last.url)
    return _has_folder(case.last.url, folder) or (
        hosts[0] != hosts[1] and not host.match(hosts[0]) and host.match(hosts[1]) is not None
    )


def _has_folder(url: str, folder: re.Pattern[str]) -> bool:
    folders = [part for part in unquote(split_url(url).path).lower().split("/") if part]
    return any(folder.fullmatch(part) for part in folders)


def paywall(case: Case) -> Judgement | None:
    """Judge 402, a redirect to an offer of subscriptions, or a teaser that ends in one."""
    if case.status == 402:
        return make_judgement(Reason.PAYWALL, "402")
    if not case.served:
        return None
    if (
        case.redirected
        and _has_folder(case.last.url, PAY_FOLDER)
        and not _has_folder(case.cited, PAY_FOLDER)
    ):
        return make_judgement(Reason.PAYWALL, f"at {case.last.url}")
    if "paywalled" in case.page.marks and case.text_length <= SHORT_PAGE and PAY_TEXT.search(case.text):
        return make_judgement(Reason.PAYWALL, "a teaser")
    return None


def legal_block(case: Case) -> Judgement | None:
    """Judge 451 (RFC 7725)."""
    return make_judgement(Reason.LEGAL, "451") if case.status == 451 else None


def geo_block(case: Case) -> Judgement | None:
    """Judge an answer that names the visitor's country as the reason, in so many words and not many more."""
    if (case.served and case.text_length <= TINY_PAGE * 2) or (case.status == 403 and case.text_length <= SHORT_PAGE):
        text = f"{case.title} {case.text}"
        if match := GEO_TEXT.search(text):
            return make_judgement(Reason.GEO, match[0])
    return None
