from __future__ import annotations

from collections.abc import Mapping

import pytest

from crawler.liveness import SiteKnowledge, judge
from store.vocabulary import Probe, Reason
from tests.unit.crawler.liveness.probes import FILLER, URL, html, redirected, served

TAKEN: Mapping[str, tuple[Probe, Reason]] = {
    "led to a market": (redirected((302, URL), final="https://www.hugedomains.com/domain_profile.cfm?d=example.org"), Reason.PARKED),
    "for sale": (served(html("example.org is for sale", "Buy this domain. Related searches: loans, insurance.")), Reason.PARKED),
    "for sale, in Chinese": (served(html("域名出售", "您正在访问的域名可以转让！联系我们报价。")), Reason.PARKED),
    "for sale, in Japanese": (served(html("example.org", "このドメインは販売中です。")), Reason.PARKED),
    "for sale, in German": (served(html("example.org", "Diese Domain steht zum Verkauf.")), Reason.PARKED),
    "for sale, in Russian": (served(html("example.org", "Домен example.org продаётся")), Reason.PARKED),
    "for sale, in French": (served(html("example.org", "Ce nom de domaine est à vendre")), Reason.PARKED),
    "for sale, in Spanish": (served(html("example.org", "Este dominio está en venta")), Reason.PARKED),
    "for sale, in Korean": (served(html("example.org", "이 도메인은 판매 중입니다")), Reason.PARKED),
    "filled by scripts": (served(html("", markup='<script src="https://www.sedoparking.com/frmpark/x.js"></script>')), Reason.PARKED),
    "a lander": (served(html("", markup='<script>window.LANDER_SYSTEM="CP"</script>')), Reason.PARKED),
    "filled, named": (served(html("example.org", "Related searches: " + "loans, " * 50, markup='<script src="//parkingcrew.net/x.js"></script>')), Reason.PARKED),
    "suspended": (served(html("Account Suspended", "This Account has been suspended. Contact your hosting provider.")), Reason.PARKED),
    "suspended, led": (redirected((302, URL), final="http://example.org/cgi-sys/suspendedpage.cgi"), Reason.PARKED),
    "a bare server": (served(html("Welcome to nginx!", "If you see this page, the web server is installed and working.")), Reason.PARKED),
    "gambling": (served(html("澳门新葡京娱乐城_真人百家乐_官方注册网址", "注册即送彩金，真人百家乐、老虎机、体育投注。")), Reason.HIJACKED),
    "gambling, in Indonesian": (served(html("Situs Slot Gacor & Judi Online Terpercaya", "Daftar slot online dan togel resmi.")), Reason.HIJACKED),
}  # fmt: skip


@pytest.mark.parametrize(("seen", "reason"), TAKEN.values(), ids=TAKEN)
def test_domain_that_changed_hands_is_broken(seen: Probe, reason: Reason) -> None:
    assert judge(seen).reason is reason


def test_one_word_is_enough_only_where_the_archive_shows_something_else() -> None:
    now = html("Online casino", "Play " * 40)
    then = html("Harbour lights", FILLER * 5)
    always = html("An online casino reviewed", FILLER * 5)
    assert judge(served(now)).reason is Reason.OK
    assert judge(served(now), SiteKnowledge(archived=then)).reason is Reason.HIJACKED
    assert judge(served(now), SiteKnowledge(archived=always)).reason is Reason.OK


def test_long_page_is_no_parking_page() -> None:
    page = html(
        "example.org",
        "This domain is for sale, and here is its story. " + FILLER * 60,
        markup='<script src="//parkingcrew.net/x.js"></script>',
    )
    assert judge(served(page)).reason is Reason.OK


def test_market_may_be_cited_itself() -> None:
    assert judge(redirected((301, "https://www.sedo.com/a"), final="https://sedo.com/en/a")).reason is Reason.MOVED_PERMANENTLY
