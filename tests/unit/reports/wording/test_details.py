"""Test the details of reasons in other languages than English."""

from __future__ import annotations

import errno
import os
import re
from functools import cache
from pathlib import Path
from string import Formatter

import pytest

import crawler
from crawler.http.special_addresses import SPECIAL_RANGES
from crawler.liveness.rules.response_rules import tls_failure_kind
from crawler.liveness.rules.soft404 import CLUES
from reports.formats import ReportFormat, render
from reports.gate import AddedCitation, Liveness, MissingCopy
from reports.gate.formats import describe_citation
from reports.i18n import Lang, translator_for
from reports.wording.detail_phrases import (
    CLUE_LABELS,
    DETAIL_PHRASES,
    SYSTEM_PHRASES,
    TLS_LABELS,
)
from reports.wording.details import translate_detail, translate_detail_of
from reports.wording.labels import REASON_LABELS
from store.queries.archives import CaptureFinding, FailedLookup
from store.vocabulary import CaptureStatus, LookupOutcome, Reason, TrackedState
from tests.unit.reports.detail_texts import detail_texts, skeleton
from tests.unit.reports.example_findings import NOW, report

CHINESE = translator_for(Lang.ZH)
TRANSLATED = {
    "captured with status 404": "存档时的状态码为 404",
    "410 at https://a.example/x?a=1": "410，位于 https://a.example/x?a=1",
    "Connection refused": "服务器拒绝了连接",
    "Connection refused (at http://b.example/)": "服务器拒绝了连接 (位于 http://b.example/)",
    "to https://a.example/": "到 https://a.example/",
    "to https://a.example/, from http://b.example/": "从 http://b.example/ 到 https://a.example/",
    "to https://a.example/, which shows the archived text": "到 https://a.example/，其正文与存档相同",
    "title, text, size": "标题、正文、页面大小",
    "text": "正文",
    "certificate-expired": "证书已过期",
    "certificate-expired: certificate has expired": "证书已过期：certificate has expired",
    "lost.example: the name does not exist": "lost.example：该域名不存在",
    "the capture is a login-wall page": "存档的是这样的页面：需要登录",
    "redirects to market.example": "重定向到 market.example",
    "redirects to mailto:": "重定向到 mailto:",
    "more than 20 redirects": "重定向超过 20 次",
    "20210807000000, 1 day later": "20210807000000，晚 1 天",
    "20210807000000, 400 days earlier": "20210807000000，早 400 天",
    "through the proxy: Connection refused": "经由代理：服务器拒绝了连接",
    "no common TLS version or cipher: handshake failure": "没有双方都支持的 TLS 版本或加密套件：handshake failure",
    "proxy.example:3128 is the proxy that requests go through": "proxy.example:3128 是请求所经由的代理",
    "a.example resolves to the non-public address fd00::1 (unique local, RFC 4193): to allow it, add it to `allow` under [network]": "a.example 解析到非公网地址 fd00::1（唯一本地地址，RFC 4193）：如需放行，请将其加入 [network] 下的 `allow`",
    "weibo: no such post": "weibo：没有这条内容",
    "404 with an application that scripts fill": "404，但页面是由脚本填充的应用",
    "404 with a script that opens another address": "404，但页面的脚本会打开另一地址",
    "404 with a refresh to https://a.example/b": "404，但页面会自动刷新到 https://a.example/b",
    "503, but the page shows what is cited": "503，但页面显示的是所引用的内容",
}
# What others say, and what only looks like a phrase.
LEFT = [
    "",
    "404",
    "Cloudflare",
    "captured with status twelve",
    "captured with status 404 and more",
    "title of the page",
    "to be or not to be",
    "The site says: excluded",
    "handshake: wrong version number",
    "Sorry, {reason} is unavailable {0}",
    "at home",
]


@pytest.mark.parametrize(("detail", "chinese"), TRANSLATED.items())
def test_phrases_of_our_own_are_translated(detail: str, chinese: str) -> None:
    assert translate_detail(detail, CHINESE) == chinese
    assert translate_detail(detail, translator_for(Lang.EN)) == detail


@pytest.mark.parametrize("detail", LEFT)
def test_messages_of_servers_and_archives_are_not_translated(detail: str) -> None:
    assert translate_detail(detail, CHINESE) == detail


@cache
def sources() -> str:
    """Return the code that writes details."""
    files = Path(crawler.__file__).parent.rglob("*.py")
    return "\n".join(path.read_text(encoding="utf-8") for path in files)


@pytest.mark.parametrize("phrase", DETAIL_PHRASES)
def test_every_phrase_occurs_in_the_code(phrase: str) -> None:
    texts = [text.strip(" :,;()") for text, *_ in Formatter().parse(phrase)]
    parts = [part for text in texts for part in text.split(", ")]
    if "{stamp}" in phrase:  # the unit and the direction are put together
        parts = [word.removesuffix("s") for part in parts for word in part.split()]
    assert [part for part in parts if part not in sources()] == []


# Details in no language: statuses and names.
UNTRANSLATABLE = {"402", "451", "402, x402", "LinkedIn 999"}
# What no report shows: mistakes of the code itself, settings, and the log of the local archive.
NOT_SHOWN = {
    "the client of a thread must be called through its submit method",
    "no archive is named {}",
    "{} records",
}


def test_every_detail_that_the_code_can_store_is_translated() -> None:
    phrases = [skeleton(each) for each in (*DETAIL_PHRASES, *SYSTEM_PHRASES)]
    patterns = [re.compile(re.escape(each).replace(r"\{\}", ".+")) for each in phrases]
    texts = detail_texts()
    assert len(texts) > 100
    # The resolver puts the name in front.
    found = {text if f"{{}}: {text}" not in phrases else f"{{}}: {text}" for text in texts}
    untranslated = {
        f"{texts.get(text, '')}: {text}"
        for text in found - UNTRANSLATABLE - NOT_SHOWN
        if not any(pattern.fullmatch(text) for pattern in patterns)
    }
    assert untranslated == set()


@pytest.mark.parametrize("purpose", sorted({name for _, name in SPECIAL_RANGES}))
def test_the_purposes_of_addresses_are_translated(purpose: str) -> None:
    detail = f"10.0.0.1 is not a public address ({purpose}): to allow it, add it to `allow` under [network]"
    shown = translate_detail(detail, CHINESE)
    assert "不是公网地址" in shown
    assert purpose not in shown


@pytest.mark.parametrize(
    ("reason", "detail", "shown"),
    [
        (Reason.CONNECTION_REFUSED, "Connection refused", ""),
        (Reason.CONNECTION_REFUSED, "Connection refused (at http://b.example/)", "位于 http://b.example/"),
        (Reason.CONNECTION_RESET, "Connection reset by peer", ""),
        (Reason.TIMEOUT, "no response in time", ""),
        (Reason.TIMEOUT, "Connection timed out", "连接超时"),
        (Reason.PARKED, "for sale, or on a parking service", ""),
        (Reason.PARKED, "suspended by its hosting provider", "已被主机服务商停用"),
        (Reason.DOMAIN_NOT_FOUND, "lost.example: the name does not exist", "lost.example"),
        (Reason.DOMAIN_NOT_FOUND, "lost.example: the name does not exist (at http://b.example/)", "lost.example (位于 http://b.example/)"),
        (Reason.CHALLENGE, "weixin: CAPTCHA or bot check", "weixin"),
        (Reason.LOGIN_WALL, "x.com: login required", "x.com"),
        (Reason.LOGIN_WALL, "x.com: needs JavaScript", "x.com：需要 JavaScript"),
        (Reason.NOT_FOUND, "404", "404"),
    ],
)  # fmt: skip
def test_a_detail_does_not_repeat_its_reason(reason: Reason, detail: str, shown: str) -> None:
    tracked = TrackedState(reason=reason, detail=detail)
    assert translate_detail_of(tracked, CHINESE) == shown
    is_label = detail == "Connection refused"
    assert translate_detail_of(tracked, translator_for(Lang.EN)) == ("" if is_label else detail)


def test_no_detail_is_the_label_of_its_reason() -> None:
    words = {CHINESE(label) for label in REASON_LABELS.values()}
    details = {CHINESE(phrase) for phrase in (*DETAIL_PHRASES, *SYSTEM_PHRASES)}
    assert words & details == set()


def test_words_in_details_have_labels() -> None:
    assert set(CLUE_LABELS) == set(CLUES)
    assert {tls_failure_kind(word.replace("-", " ")) for word in ("expired", "self-signed")} <= set(
        TLS_LABELS
    )
    for word in TLS_LABELS:
        assert f'"{word}"' in sources()


def test_the_system_phrases_are_those_of_this_system() -> None:
    numbers = (
        errno.ECONNREFUSED,
        errno.ECONNRESET,
        errno.ETIMEDOUT,
        errno.ENETUNREACH,
        errno.EHOSTUNREACH,
    )
    assert {os.strerror(number) for number in numbers} == set(SYSTEM_PHRASES)


@pytest.mark.parametrize("name", [ReportFormat.MARKDOWN, ReportFormat.HTML])
def test_lookups_and_captures_have_their_details_translated(name: ReportFormat) -> None:
    lookup = FailedLookup(
        url="http://a.example/",
        service="wayback",
        outcome=LookupOutcome.UNKNOWN,
        detail="none of 3 copies shows the page",
        requested_at=NOW,
        next_lookup_at=NOW,
    )
    capture = CaptureFinding(
        url="http://b.example/",
        service="wayback",
        status=CaptureStatus.FAILED,
        queued_at=NOW,
        finished_at=NOW,
        next_try_at=None,
        code="no-result",
        detail="no result within 30 minutes",
        mirror=None,
    )
    subject = report(failed_lookups=[lookup], captures=[capture], lang=Lang.ZH)
    text = "".join(render(subject, name))
    assert "(3 个副本都没有显示该页面)" in text
    assert "(no-result: 30 分钟内没有结果)" in text


def test_the_gate_names_in_its_language_why_there_is_no_copy() -> None:
    citation = AddedCitation(
        page="a.md",
        line=1,
        column=2,
        url="http://a.example/",
        liveness=Liveness.ALIVE,
        missing=MissingCopy.REFUSED,
        detail="not in the index yet",
    )
    assert describe_citation(citation, CHINESE).endswith(" (尚未进入索引)")
    assert describe_citation(citation).endswith(" (not in the index yet)")
