"""Test parked and hijacked domains, and pages that only look like them."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from crawler.liveness import SiteKnowledge, judge, needs_sibling
from store.vocabulary import PageEvidence, Probe, Reason
from tests.unit.crawler.liveness.probes import FILLER, URL, html, redirected, served

TAKEN_OVER_DOMAINS: Mapping[str, tuple[Probe, Reason, str]] = {
    "led to a market": (redirected((302, URL), final="https://www.hugedomains.com/domain_profile.cfm?d=example.org"), Reason.PARKED, "redirects to hugedomains.com"),
    "for sale": (served(html("example.org is for sale", "Buy this domain. Related searches: loans, insurance.")), Reason.PARKED, "for sale, or on a parking service"),
    "for sale, in Chinese": (served(html("域名出售", "您正在访问的域名可以转让！联系我们报价。")), Reason.PARKED, "for sale, or on a parking service"),
    "for sale, in Japanese": (served(html("example.org", "このドメインは販売中です。")), Reason.PARKED, "for sale, or on a parking service"),
    "for sale, in German": (served(html("example.org", "Diese Domain steht zum Verkauf.")), Reason.PARKED, "for sale, or on a parking service"),
    "for sale, in Russian": (served(html("example.org", "Домен example.org продаётся")), Reason.PARKED, "for sale, or on a parking service"),
    "for sale, in French": (served(html("example.org", "Ce nom de domaine est à vendre")), Reason.PARKED, "for sale, or on a parking service"),
    "for sale, in Spanish": (served(html("example.org", "Este dominio está en venta")), Reason.PARKED, "for sale, or on a parking service"),
    "for sale, in Korean": (served(html("example.org", "이 도메인은 판매 중입니다")), Reason.PARKED, "for sale, or on a parking service"),
    "filled by scripts": (served(html("", markup='<script src="https://www.sedoparking.com/frmpark/x.js"></script>')), Reason.PARKED, "for sale, or on a parking service"),
    "a lander": (served(html("", markup='<script>window.LANDER_SYSTEM="CP"</script>')), Reason.PARKED, "for sale, or on a parking service"),
    "filled, named": (served(html("example.org", "Related searches: " + "loans, " * 50, markup='<script src="//parkingcrew.net/x.js"></script>')), Reason.PARKED, "for sale, or on a parking service"),
    "suspended": (served(html("Account Suspended", "This Account has been suspended. Contact your hosting provider.")), Reason.PARKED, "Account Suspended"),
    "suspended, led": (redirected((302, URL), final="http://example.org/cgi-sys/suspendedpage.cgi"), Reason.PARKED, "suspended by its hosting provider"),
    "a bare server": (served(html("Welcome to nginx!", "If you see this page, the web server is installed and working.")), Reason.PARKED, "Welcome to nginx!"),
    "gambling": (served(html("澳门新葡京娱乐城_真人百家乐_官方注册网址", "注册即送彩金，真人百家乐、老虎机、体育投注。")), Reason.HIJACKED, "娱乐城, 新葡京, 百家乐"),
    "gambling, in Indonesian": (served(html("Situs Slot Gacor & Judi Online Terpercaya", "Daftar slot online dan togel resmi.")), Reason.HIJACKED, "judi online, situs slot"),
}  # fmt: skip


@pytest.mark.parametrize(
    ("seen", "reason", "detail"), TAKEN_OVER_DOMAINS.values(), ids=TAKEN_OVER_DOMAINS
)
def test_a_hijacked_or_parked_domain_is_broken(seen: Probe, reason: Reason, detail: str) -> None:
    judgement = judge(seen)
    assert (judgement.reason, judgement.detail) == (reason, detail)


def test_one_spam_word_suffices_only_with_another_text_than_archived() -> None:
    page_now = html("Online casino", "Play " * 40)
    archived = html("Harbour lights", FILLER * 5)
    archived_spam = html("An online casino reviewed", FILLER * 5)
    assert judge(served(page_now)).reason is Reason.OK
    assert judge(served(page_now), SiteKnowledge(archived=archived)).reason is Reason.HIJACKED
    assert judge(served(page_now), SiteKnowledge(archived=archived_spam)).reason is Reason.OK


def test_a_long_page_is_not_parked() -> None:
    page = html(
        "example.org",
        "This domain is for sale, and here is its story. " + FILLER * 60,
        markup='<script src="//parkingcrew.net/x.js"></script>',
    )
    assert judge(served(page)).reason is Reason.OK


QUOTED = html("This domain is for sale", "“This domain may be for sale.” So says a page in Carrow.")
PARKED_TOO = html("This domain is for sale", "Buy this domain.")
RANDOM_URLS: Mapping[str, tuple[Probe, Reason]] = {
    "404": (served(html("Not here"), status=404), Reason.OK),
    "410": (served(html("Not here"), status=410), Reason.OK),
    "another page": (served(html("A list of essays", FILLER * 3)), Reason.OK),
    "parked, too": (served(PARKED_TOO), Reason.PARKED),
    "refused": (served(html("Forbidden"), status=403), Reason.PARKED),
}


@pytest.mark.parametrize(("sibling", "reason"), RANDOM_URLS.values(), ids=RANDOM_URLS)
@pytest.mark.parametrize("page", [QUOTED, html("Welcome to nginx!", "How to replace this page.")])
def test_a_site_with_other_answers_at_random_urls_is_not_parked(
    page: PageEvidence, sibling: Probe, reason: Reason
) -> None:
    seen = served(page)
    assert needs_sibling(seen, SiteKnowledge())
    assert judge(seen, SiteKnowledge(sibling=sibling)).reason is reason


def test_random_urls_say_nothing_of_a_parked_home_page() -> None:
    missing = served(html("Not here"), status=404)
    home = served(QUOTED, "https://example.org/")
    assert judge(home, SiteKnowledge(sibling=missing)).reason is Reason.PARKED


def test_a_parked_page_with_another_text_than_archived_is_broken_whatever_random_urls_show() -> (
    None
):
    missing = served(html("Not here"), status=404)
    known = SiteKnowledge(sibling=missing, archived=html("Harbour lights", FILLER * 5))
    assert judge(served(QUOTED), known).reason is Reason.PARKED


def test_a_cited_domain_market_is_alive() -> None:
    assert (
        judge(redirected((301, "https://www.sedo.com/a"), final="https://sedo.com/en/a")).reason
        is Reason.MOVED_PERMANENTLY
    )


SALE = "This domain is for sale. "


def sized(
    letters: int,
    text: str = "",
    *,
    title: str = "",
    html_markers: tuple[str, ...] = (),
    url: str = URL,
) -> Probe:
    """Return a page of exactly this number of letters."""
    return served(
        PageEvidence(
            title=title,
            text=text + "-" * (letters - len(text)),
            html_markers=html_markers,
        ),
        url,
    )


@pytest.mark.parametrize(
    ("seen", "reason"),
    [
        (sized(300, SALE), Reason.OK),  # one sign
        (sized(300, SALE, title="This domain is for sale"), Reason.PARKED),
        (sized(301, SALE, title="This domain is for sale"), Reason.OK),
        (sized(301, f"{SALE} example.org ", title="This domain is for sale"), Reason.PARKED),
        (sized(1_500, f"{SALE} example.org ", title="example.org"), Reason.PARKED),
        (sized(1_501, f"{SALE} example.org ", title="example.org"), Reason.OK),
        (sized(1_500, SALE, title="example.org", url="https://www.example.org/a"), Reason.OK),
        (sized(300, SALE, title="example.org", url="https://www.example.org/a"), Reason.PARKED),
        (sized(300, "example.org ", title="example.org"), Reason.OK),  # a name is no offer
        (sized(100, html_markers=("parked",)), Reason.PARKED),
        (sized(101, html_markers=("parked",)), Reason.OK),
        (sized(101, title="example.org", html_markers=("parked",)), Reason.PARKED),
        (sized(1_500, title="Account suspended."), Reason.PARKED),
        (sized(1_501, title="Account suspended."), Reason.OK),
        (sized(100, title="Account suspended: a story"), Reason.OK),
        (
            redirected((302, "https://dan.com/a"), final="https://www.dan.com/b"),
            Reason.REDIRECTED_TEMPORARILY,
        ),
        (
            redirected((302, "https://news.sedo.com/a"), final="https://sedo.com/b"),
            Reason.REDIRECTED_TEMPORARILY,
        ),
        (redirected((302, URL), final="https://jordan.com/b"), Reason.REDIRECTED_TEMPORARILY),
        (redirected((302, URL), final="https://shop.dan.com/b"), Reason.PARKED),
    ],
)
def test_a_parked_page_has_little_other_text(seen: Probe, reason: Reason) -> None:
    assert judge(seen).reason is reason


@pytest.mark.parametrize(
    ("title", "text", "url", "reason"),
    [
        ("Situs Slot - Judi Online", "Togel", URL, Reason.HIJACKED),
        ("Situs Slot - Judi Online", "Play", URL, Reason.OK),  # two words are a subject
        ("Situs Slot", "Judi Online, Togel, Slot Gacor", URL, Reason.OK),  # so is a title with one
        (
            "Situs Slot - Judi Online",
            "Togel",
            "https://example.org/on-judi_online/",
            Reason.OK,
        ),  # the address has them too
        ("Situs Slot - Judi Online", "Togel", "https://example.org/%6Audi-online/", Reason.OK),
    ],
)
def test_a_hijacked_domain_has_many_spam_words_that_its_url_lacks(
    title: str, text: str, url: str, reason: Reason
) -> None:
    assert judge(served(html(title, text, url=url), url)).reason is reason


@pytest.mark.parametrize(("bits", "reason"), [(19, Reason.OK), (20, Reason.HIJACKED)])
def test_a_page_with_little_of_the_archived_text_is_another_page(bits: int, reason: Reason) -> None:
    page_now = PageEvidence(title="Online casino", text="Play " * 40, simhash=0)
    assert (
        judge(
            served(page_now),
            SiteKnowledge(archived=PageEvidence(title="Harbour", simhash=2**bits - 1)),
        ).reason
        is reason
    )
    assert (
        judge(served(page_now), SiteKnowledge(archived=PageEvidence(title="Harbour"))).reason
        is Reason.OK
    )
