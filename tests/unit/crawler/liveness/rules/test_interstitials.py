"""Test interstitials: requests of consent in place of a page are blocked, pages with a banner are not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest

from crawler.liveness import SiteKnowledge, judge
from crawler.liveness.case import build_case
from crawler.liveness.rules import interstitials
from crawler.liveness.rules.interstitials import is_interstitial
from store.vocabulary import PageEvidence, Reason, Verdict
from tests.unit.crawler.liveness.probes import URL, html, redirected, served
from tests.web.prose import paragraphs

SITE = "https://example.org/"
RANDOM = f"{SITE}2014/01/{'q' * 25}"
ARCHIVED = html("The reef report of 2014", " ".join(paragraphs(3)))
PURPOSES = " ".join(
    f"Purpose {chr(97 + n)}: we and our partners use cookies to measure what visitors read, and match devices with your consent."
    for n in range(18)
)
INTERSTITIALS: Mapping[str, PageEvidence] = {
    "cookies": html("One moment", "We use cookies to keep this paper free. Choose accept to read on."),
    "partners": html("Your choices", "This site and our 640 partners store information on your device. Press Agree to read on."),
    "a long list of purposes": html("We care", PURPOSES),
    "German": html("Willkommen", "Zum Weiterlesen stimmen Sie der Nutzung von Cookies zu, oder schließen Sie ein Abo ab."),
    "French": html("Avant de lire", "Nos 300 partenaires déposent des traceurs. Accepter et continuer."),
    "Spanish": html("Aviso", "Usamos cookies propias y ajenas. Pulse aceptar para leer el diario."),
    "Chinese": html("请先选择", "本站使用 Cookie 收集个人信息。点击同意后继续访问。"),
    "Japanese": html("ご確認", "当館のサイトはクッキーを使います。続けるには「同意する」を押してください。"),
    "terms": html("Before you go on", "Please read our terms of use. I accept them."),
    "terms in Russian": html("Внимание", "Перед входом прочтите условия использования архива и нажмите «принять»."),
    "age": html("How old are you?", "You must be over 18 to enter this museum of distilling. Enter. Leave."),
    "age in German": html("Nur für Erwachsene", "Sind Sie volljährig? Ja, eintreten. Nein."),
}  # fmt: skip


@pytest.mark.parametrize("page", INTERSTITIALS.values(), ids=INTERSTITIALS)
def test_an_interstitial_is_a_challenge_at_any_url(page: PageEvidence) -> None:
    assert is_interstitial(build_case(served(page)))
    everywhere = SiteKnowledge(
        sibling=served(page, RANDOM), home=served(page, SITE), cited_as=("Corals of the reef",)
    )
    for site in (everywhere, replace(everywhere, archived=ARCHIVED)):
        assert judge(served(page), site).reason is Reason.CHALLENGE
    # Without a random URL nothing shows that it replaces the page, so the link is alive.
    for archived in (None, ARCHIVED):
        assert judge(served(page), SiteKnowledge(archived=archived)).verdict is Verdict.ALIVE
    gates = {
        "an address of its own": "https://example.org/hinweis",
        "the cited path behind another": "https://example.org/eu/2014/01/news.html",
        "a query": f"{URL}?notice=1",
        "a query that names the way back": "https://example.org/w?to=%2F2014%2F01%2Fnews.html",
        "a token": "https://example.org/w?t=81723",
        "another host": "https://choices.example.net/gate",
    }
    for gate in gates.values():
        for status in (301, 302):
            redirect = redirected((status, URL), final=gate, evidence=page)
            random_page = redirected((status, RANDOM), final=gate, evidence=page)
            for site in (
                SiteKnowledge(sibling=random_page, archived=ARCHIVED, shared_targets={gate: 5}),
                SiteKnowledge(sibling=random_page, shared_targets={gate: 5}),
                SiteKnowledge(archived=ARCHIVED, shared_targets={gate: 5}),
            ):
                assert judge(redirect, site).verdict is not Verdict.BROKEN


PAGES_WITH_BANNERS: Mapping[str, tuple[PageEvidence, Reason]] = {
    "an error page with a banner": (
        html("Page not found", "Sorry, the page you are looking for does not exist. We use cookies. Accept"), Reason.SOFT_404),
    "a casino for adults": (
        html("Online casino bonus", "You must be over 18 to enter. Online casino, slots, free spins, sign up for a bonus."), Reason.HIJACKED),
    "an offer": (
        html("example.org", "This domain is for sale. Buy this domain now, make an offer. We use cookies. Accept"), Reason.PARKED),
    "another firm with a banner": (
        html("Roofs and gutters", f"{' '.join(paragraphs(9))} We use cookies. Accept"), Reason.SOFT_404),
}  # fmt: skip


@pytest.mark.parametrize(("page", "reason"), PAGES_WITH_BANNERS.values(), ids=PAGES_WITH_BANNERS)
def test_a_page_with_a_consent_banner_is_judged_by_its_own_text(
    page: PageEvidence, reason: Reason
) -> None:
    site = SiteKnowledge(sibling=served(page, RANDOM), home=served(page, SITE), archived=ARCHIVED)
    assert judge(served(page), site).reason is reason


def test_a_page_about_cookies_that_random_urls_do_not_show_is_alive() -> None:
    page = html("Cookies and privacy: a history", f"{PURPOSES} I agree.")
    random_page = served(PageEvidence(), RANDOM, status=404)
    for archived in (None, ARCHIVED, page):
        site = SiteKnowledge(sibling=random_page, archived=archived)
        assert judge(served(page), site).verdict is Verdict.ALIVE


MENU = "Harbour museum Rooms Boats Visit"
REQUEST = "We and our 812 partners store cookies and read your device to measure what visitors like. Accept the cookies or subscribe to read on without any partners."


def everywhere(*pages: PageEvidence, home: PageEvidence) -> SiteKnowledge:
    """Return the knowledge of a site with these pages at random URLs, one for each URL."""
    first, *more = (
        served(page, RANDOM.replace("q", letter))
        for page, letter in zip(pages, "qwz", strict=False)
    )
    return SiteKnowledge(
        sibling=first,
        controls=tuple(more),
        home=served(home, SITE),
        archived=ARCHIVED,
        cited_as=("The corals of the reef that nobody drew",),
    )


def test_a_request_may_stand_beside_facts_of_the_day() -> None:
    """The texts vary with each request, and what is the same in all is the request of consent."""

    def page(fact: int, words: str = REQUEST) -> PageEvidence:
        return html("Harbour museum", f"{MENU} {words} {paragraphs(fact)[0][:210]}")

    site = everywhere(page(1), page(2), page(3), home=page(4))
    shown = replace(page(5), html_markers=("varies",))
    assert judge(served(shown), site).verdict is not Verdict.BROKEN
    gone = " ".join(paragraphs(7, count=1))  # the rest is no request
    site = everywhere(*(page(n, f"{REQUEST} {gone}") for n in (1, 2, 3)), home=page(4, gone))
    shown = replace(page(5, f"{REQUEST} {gone}"), html_markers=("varies",))
    assert judge(served(shown), site).reason is Reason.SOFT_404


@pytest.mark.parametrize(
    ("question", "is_gate"),
    [("Are you over 18? Yes. No.", True), ("Sind Sie volljährig? Ja, eintreten.", True), ("Are you ready?", False)],
)  # fmt: skip
def test_a_question_about_the_age_at_all_addresses_may_stand_amid_any_text(
    question: str, *, is_gate: bool
) -> None:
    page = html("The distillery", f"{MENU} {question} {' '.join(paragraphs(9))}")
    site = everywhere(page, home=page)
    for known in (site, replace(site, archived=None)):
        assert (judge(served(page), known).verdict is not Verdict.BROKEN) is is_gate
    other = html("The front page", " ".join(paragraphs(8)))
    assert judge(served(page), replace(site, home=served(other, SITE))).reason is Reason.SOFT_404


AGE_QUESTIONS = (
    "Are you over 18?", "Are you 21 or more?", "Bent u ouder dan 18?", "Czy masz ukończone 18 lat?", "Je vám více než 18 let?",
    "Вам є 18 років?", "Είστε άνω των 18;", "18 yaşından büyük müsünüz?", "هل عمرك أكثر من 18 عاما؟", "האם אתה מעל גיל 18?",
    "क्या आप 18 वर्ष से अधिक हैं?", "您已年满18岁吗？", "18歳以上ですか？", "18세 이상입니까?",
)  # fmt: skip
OTHER_QUESTIONS = (
    "Are you over it?", "Who came by tram 218?", "Who drew the 18th reef?", "Are there 180 reefs?", "There are 18 reefs.",
    "They counted 18. Who counts now?", "数えたのは18。誰が数えますか？",
)  # fmt: skip


@pytest.mark.parametrize("question", AGE_QUESTIONS)
def test_a_question_with_18_or_21_at_all_addresses_asks_for_the_age(question: str) -> None:
    for text in (question, f"{MENU} {question} {' '.join(paragraphs(9))}"):
        page = html("The distillery", text)
        site = everywhere(page, home=page)
        for known in (site, replace(site, archived=None)):
            assert judge(served(page), known).verdict is not Verdict.BROKEN


@pytest.mark.parametrize("question", OTHER_QUESTIONS)
def test_another_question_at_all_addresses_is_no_request(question: str) -> None:
    page = html("The distillery", f"{MENU} {question} {' '.join(paragraphs(9))}")
    assert judge(served(page), everywhere(page, home=page)).reason is Reason.SOFT_404


REFUSALS = (
    "Access denied", "Zugriff verweigert", "Accès refusé", "Acceso denegado", "Acesso negado", "Accesso negato", "Toegang geweigerd",
    "Odmowa dostępu", "Brak dostępu", "Přístup odepřen", "Přístup zamítnut", "Доступ запрещён", "Доступ ограничен", "Доступ заборонено",
    "Δεν επιτρέπεται η πρόσβαση", "Erişim engellendi", "تم رفض الوصول", "الوصول مرفوض", "הגישה נדחתה", "प्रवेश निषेध", "拒绝访问", "拒絕存取",
    "アクセスが拒否されました", "접근이 거부되었습니다", "Åtkomst nekad",
)  # fmt: skip


@pytest.mark.parametrize("refusal", REFUSALS)
def test_a_refusal_at_all_addresses_is_no_evidence_if_the_page_has_little_else(
    refusal: str,
) -> None:
    page = html("Harbour museum", f"{MENU} {refusal}")
    site = everywhere(page, home=page)
    for known in (site, replace(site, archived=None)):
        assert judge(served(page), known).verdict is not Verdict.BROKEN


def test_another_page_at_all_addresses_is_no_refusal() -> None:
    for text in (f"Access denied {' '.join(paragraphs(9))}", "Closed for good", "Access opened"):
        page = html("Harbour museum", f"{MENU} {text}")
        assert judge(served(page), everywhere(page, home=page)).reason is Reason.SOFT_404


def test_clues_of_random_urls_do_not_count_against_a_gate() -> None:
    """The same short page at a random URL, and another text than the memento's, make a soft 404."""
    text = " ".join(paragraphs(9, count=1))
    for question, is_gate in (("Are you over 18? Yes. No.", True), ("Are you ready?", False)):
        page, other = (
            html("The distillery", f"{MENU} {question} {text} {clock}")
            for clock in ("noon", "dusk")
        )
        site = SiteKnowledge(sibling=served(other, RANDOM), archived=ARCHIVED)
        judgement = judge(served(page), site)
        assert (judgement.detail != "sibling, archive") is is_gate


class CountingPattern:
    """A pattern that matches nothing and counts how often it is searched for.

    Attributes:
        searches: The number of searches.
    """

    def __init__(self) -> None:
        self.searches = 0

    def search(self, _text: str) -> None:
        """Count a search."""
        self.searches += 1


def test_the_same_text_is_searched_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A site that serves one page at every address has it judged after each response."""
    pattern = CountingPattern()
    for name in ("CONSENT_SUBJECT", "TERMS_SUBJECT", "AGE_SUBJECT"):
        monkeypatch.setattr(interstitials, name, pattern)
    page = html("Reefs", f"{'Corals build houses of stone. ' * 40}They are counted once a year.")
    everywhere = SiteKnowledge(sibling=served(page, RANDOM), home=served(page, SITE))
    for number in range(5):
        judge(served(page, f"{SITE}2014/01/{number}.html"), everywhere)
    assert pattern.searches == 3
