"""Test missing pages that are served with status 200."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from crawler.liveness import SiteKnowledge, judge, sibling_url
from crawler.liveness.case import build_case
from crawler.liveness.phrases.soft404_phrases import MISSING_PHRASES
from crawler.liveness.phrases.soft404_text import is_missing_phrase
from crawler.liveness.rules.soft404 import CLUES
from crawler.liveness.siblings import needs_sibling
from store.vocabulary import PageEvidence, Probe, Reason
from tests.unit.crawler.liveness.probes import (
    FILLER,
    URL,
    html,
    probe,
    redirected,
    response,
    served,
)

NOINDEX = '<meta name="robots" content="noindex, follow">'
MENU = (
    "<nav>"
    + "".join(f"<a href='/{number}'>Section number {number}</a> " for number in range(60))
    + "</nav>"
)

ERROR_PAGES: Mapping[str, PageEvidence] = {
    "English": html("Page not found", "Sorry, the page you are looking for could not be found."),
    "English, Apache": html("404 Not Found", "The requested URL /2014/01/news.html was not found on this server."),
    "English, nginx": html("404 Not Found", "nginx"),
    "English, IIS": html("404 - File or directory not found.", "The resource you are looking for might have been removed or is temporarily unavailable."),
    "English, Tomcat": html("HTTP Status 404 – Not Found", "The requested resource [/x] is not available"),
    "English, WordPress": html("Page not found – A Blog", "Oops! That page can’t be found. It looks like nothing was found at this location."),
    "English, no title": html("", "We’re sorry, we couldn’t find the page you requested."),
    "English, with a menu": html("Page not found | Site", "Sorry, the page you are looking for does not exist.", head=NOINDEX, markup=MENU * 2),
    "English, removed": html("A magazine", "Sorry, this article has been removed."),
    "English, an exclamation for a title": html("Oops! | Site", "We can't find the page you're looking for."),
    "English, a number for a title": html("404 | Site", "The link you followed may be broken, or the page may have been removed."),
    "Chinese, a number for a title": html("404", "抱歉，找不到您要的網頁"),
    "Russian, an error for a title": html("Ошибка", "Страница, которую вы ищете, не существует."),
    "French, a number for a title": html("Erreur 404", "Nous n'avons pas trouvé la page que vous recherchez."),
    "Italian": html("Pagina non trovata", "La pagina richiesta non esiste."),
    "Portuguese": html("Página não encontrada", "A página que você procura não foi encontrada."),
    "Ukrainian": html("Сторінку не знайдено", "На жаль, такої сторінки не існує."),
    "Polish": html("Nie znaleziono strony", "Strona, której szukasz, nie istnieje."),
    "Czech": html("Stránka nenalezena", "Požadovaná stránka neexistuje."),
    "Dutch": html("Pagina niet gevonden", "De opgevraagde pagina bestaat niet."),
    "Swedish": html("Sidan hittades inte", "Sidan du söker finns inte."),
    "Finnish": html("Sivua ei löytynyt", "Hakemaasi sivua ei ole olemassa."),
    "Turkish": html("Sayfa bulunamadı", "Aradığınız sayfa bulunamadı."),
    "Vietnamese": html("Không tìm thấy trang", "Trang bạn tìm kiếm không tồn tại."),
    "Indonesian": html("Halaman tidak ditemukan", "Halaman yang Anda cari tidak ditemukan."),
    "Thai": html("ไม่พบหน้าที่คุณต้องการ", "ไม่พบหน้าเว็บที่คุณค้นหา"),
    "Arabic": html("الصفحة غير موجودة", "عذراً، الصفحة التي تبحث عنها غير موجودة."),
    "Hebrew": html("הדף לא נמצא", "הדף שחיפשת אינו קיים."),
    "Greek": html("Η σελίδα δεν βρέθηκε", "Η σελίδα που ζητήσατε δεν υπάρχει."),
    "Hungarian": html("Az oldal nem található", "A keresett oldal nem található."),
    "Romanian": html("Pagina nu a fost găsită", "Pagina căutată nu există."),
    "Persian": html("صفحه یافت نشد", "صفحه مورد نظر شما یافت نشد."),
    "Danish": html("Siden blev ikke fundet", "Siden du leder efter findes ikke."),
    "Norwegian": html("Siden ble ikke funnet", "Siden du leter etter finnes ikke."),
    "Hindi": html("पृष्ठ नहीं मिला", "आप जो पृष्ठ खोज रहे हैं वह मौजूद नहीं है।"),
    "Bulgarian": html("Страницата не е намерена", "Търсената страница не съществува."),
    "Slovak": html("Stránka sa nenašla", "Stránka sa nenašla. Domov"),
    "Italian, a number for a title": html("Errore 404", "La pagina che stai cercando non esiste più."),
    "an error page by its own account": html("Not found", FILLER * 4, head='<link rel="canonical" href="/404.html">'),
    "plain words": html("", "Page Not Found"),
    "Chinese, simplified": html("页面不存在", "抱歉，您访问的页面不存在或已被删除。"),
    "Chinese, a forum": html("提示信息 - 海港论坛", "抱歉，指定的主题不存在或已被删除或正在被审核"),
    "Chinese, a portal": html("某某网", "很抱歉，您要访问的页面不存在！", head=NOINDEX),
    "Chinese, a removed article": html("公告", "该内容已被发布者删除"),
    "Chinese, a closed account": html("用户不存在", "该用户已注销，内容无法显示。"),
    "Chinese, traditional": html("找不到網頁", "很抱歉，您要找的網頁不存在或已被移除。"),
    "Japanese": html("お探しのページは見つかりませんでした", "お探しのページは削除されたか、URLが変更された可能性があります。"),
    "Japanese, 404": html("404 Not Found | 港の新聞", "指定されたページは存在しないか、移動した可能性があります。"),
    "Korean": html("페이지를 찾을 수 없습니다", "요청하신 페이지가 삭제되었거나 주소가 변경되었습니다."),
    "Korean, a post": html("오류", "존재하지 않는 게시물입니다. 삭제되었거나 존재하지 않는 게시물입니다."),
    "Russian": html("Страница не найдена", "К сожалению, запрашиваемая страница не существует или была удалена."),
    "Russian, 404": html("Ошибка 404. Страница не найдена", "Такой страницы больше нет."),
    "German": html("Seite nicht gefunden", "Die gewünschte Seite existiert nicht oder wurde verschoben."),
    "German, 404": html("Fehler 404 - Hafenzeitung", "Leider konnten wir die Seite nicht finden.", head=NOINDEX),
    "German, quoting before": html("Seite nicht gefunden", "Aus unserer Reihe „Hafen“: Die gesuchte Seite existiert leider nicht."),
    "French": html("Page introuvable", "Désolé, la page que vous cherchez n'existe pas ou a été supprimée."),
    "French, typographic": html("Erreur 404 : page non trouvée", "La page que vous recherchez n’existe plus."),
    "Spanish": html("Página no encontrada", "Lo sentimos, la página que busca no existe o ha sido eliminada."),
    "Spanish, 404": html("Error 404 | Diario", "La página solicitada no existe.", head=NOINDEX),
}  # fmt: skip


@pytest.mark.parametrize("page", ERROR_PAGES.values(), ids=ERROR_PAGES)
def test_a_page_that_says_not_found_is_broken(page: PageEvidence) -> None:
    assert judge(served(page)).reason is Reason.SOFT_404


@pytest.mark.parametrize(
    ("final", "title", "is_soft_404"),
    [
        ("https://example.org/404.html", "Sorry", True),
        ("https://example.org/error/404.aspx", "Sorry", True),
        ("https://example.org/pagenotfound", "Sorry", True),
        ("https://example.org/404", "404 Not Found", True),
        ("https://example.org/not-found", "Page not found", True),
        ("https://example.org/index.php?error=404&from=x", "Page not found", True),
        ("https://example.org/errors/", "Harbour lights", False),
        ("https://example.org/2019/not-found/", "Not found, a novel", False),
        ("https://example.org/404-ways-to-paint.html", "404 ways to paint", False),
    ],
)
def test_a_redirect_to_the_url_of_an_error_page_gives_points(
    final: str, title: str, *, is_soft_404: bool
) -> None:
    page = html(title, FILLER * 6, url=final)
    assert (
        judge(redirected((302, URL), final=final, evidence=page)).reason is Reason.SOFT_404
    ) is is_soft_404


def sibling(page: PageEvidence, status: int = 200, *, at: str | None = None) -> SiteKnowledge:
    url = sibling_url(URL, "q" * 25) or ""
    if at is None:
        return SiteKnowledge(sibling=probe(response(status, url), evidence=page))
    return SiteKnowledge(
        sibling=probe(
            response(302, url, headers={"location": at}), response(200, at, hop=1), evidence=page
        )
    )


FRONT = html("The paper", FILLER * 3)
SORRY = html("The paper", "We are sorry, that page is not here any more. " + FILLER * 3)
STRANGE = html("Harbour news", "Ne trovita. " + FILLER * 4, head=NOINDEX)
SHELL = html("App", "", markup="<div id=root></div>", head=NOINDEX)


@pytest.mark.parametrize(
    ("seen", "known", "is_soft_404"),
    [
        (
            served(STRANGE),
            sibling(STRANGE),
            True,
        ),  # no word is known, but a random URL gets the same
        (served(STRANGE), sibling(FRONT), False),
        (served(STRANGE), SiteKnowledge(), False),
        (
            served(SHELL),
            sibling(SHELL),
            False,
        ),  # an application looks the same before its scripts run
        (served(html("The paper", FILLER * 3)), sibling(FRONT), False),  # all pages may be alike
        (
            served(html("Page not found", FILLER * 3)),
            sibling(html("Page not found", FILLER * 3)),
            True,
        ),
        # an error status for a random URL clears a page with more text than a "not found" sentence
        (served(html("Page not found", FILLER)), sibling(html("Page not found"), 404), False),
        (
            served(html("Harbour", "Sorry, this article has been removed.")),
            sibling(html("Page not found"), 404),
            True,
        ),
        (
            served(html("用户不存在", "该用户已注销，内容无法显示。")),
            sibling(html("Page not found"), 404),
            True,
        ),  # title and text say it
        (served(STRANGE), sibling(STRANGE, 503), False),
        (
            served(STRANGE, "https://example.org/"),
            sibling(STRANGE),
            False,
        ),  # a root has no siblings
    ],
)
def test_the_sibling_shows_the_response_to_random_urls(
    seen: Probe, known: SiteKnowledge, *, is_soft_404: bool
) -> None:
    assert (judge(seen, known).reason is Reason.SOFT_404) is is_soft_404


def test_a_link_redirected_like_a_random_url_is_broken() -> None:
    target = "https://example.org/archive/search"
    seen = redirected((302, URL), final=target, evidence=FRONT)
    shared = {target: 7}
    random_page = sibling(FRONT, at=target).sibling
    assert judge(seen, SiteKnowledge(shared_targets=shared)).reason is Reason.REDIRECTED_TEMPORARILY
    assert judge(seen, SiteKnowledge(sibling=random_page)).reason is Reason.REDIRECTED_TEMPORARILY
    home = served(html("Home", FILLER), "https://example.org/")
    assert judge(seen, SiteKnowledge(sibling=random_page, home=home)).reason is Reason.SOFT_404
    assert (
        judge(seen, SiteKnowledge(sibling=random_page, shared_targets=shared)).reason
        is Reason.SOFT_404
    )
    gate = "https://example.org/welcome"
    seen, random_page = redirected((302, URL), final=gate), sibling(FRONT, at=gate).sibling
    known = SiteKnowledge(sibling=random_page, home=home)
    assert judge(seen, known).reason is Reason.REDIRECTED_TEMPORARILY


def test_a_page_with_the_archived_text_is_alive() -> None:
    page = html(
        "Page not found",
        "Sorry, the page you are looking for could not be found. A poem in one line.",
    )
    then = replace(page, title="A poem in one line")
    assert judge(served(page)).reason is Reason.SOFT_404
    assert judge(served(page), SiteKnowledge(archived=then)).reason is Reason.OK


def test_another_text_than_archived_gives_a_point() -> None:
    page = html(
        "Page not found | The paper", "The page you are looking for does not exist. " + FILLER * 30
    )
    then = html(
        "Reef report",
        "Corals recovered this year faster than anyone had hoped, said the divers who count them. "
        * 5,
    )
    assert judge(served(page)).reason is Reason.OK
    assert judge(served(page), SiteKnowledge(archived=then)).reason is Reason.SOFT_404


def test_detail_names_the_clues() -> None:
    assert judge(served(ERROR_PAGES["English"])).detail == "title, text, size"


def test_plain_text_not_found_is_broken() -> None:
    assert (
        judge(
            probe(
                response(200),
                evidence=PageEvidence(text="404 Not Found", length=13),
            )
        ).reason
        is Reason.SOFT_404
    )


@pytest.mark.parametrize(
    "phrase",
    ["404", "Error 404", "Page", "sorry", "", "not found what it means", "Found", "The page"],
)
def test_parts_of_a_phrase_give_no_points(phrase: str) -> None:
    assert not is_missing_phrase(phrase)


@pytest.mark.parametrize(
    "phrase",
    [
        "Oops! Page not found",
        "ERROR 404: Page Not Found",
        "抱歉 页面不存在",
        "404 頁面不存在!",
        "ページが見つかりません。",
        "Ｎｏｔ Ｆｏｕｎｄ",
    ],
)
def test_a_phrase_is_found_among_filler_words_and_punctuation(phrase: str) -> None:
    assert is_missing_phrase(phrase)


@pytest.mark.parametrize(
    "phrase", sorted(phrase for phrases in MISSING_PHRASES.values() for phrase in phrases)
)
def test_every_phrase_is_found_among_fillers(phrase: str) -> None:
    assert is_missing_phrase(phrase)
    assert len(phrase) > 3  # shorter phrases are part of many words
    assert is_missing_phrase(f"Error 404: {phrase}!")
    assert is_missing_phrase(f"{phrase} (404)")
    assert is_missing_phrase(f"{phrase} - 404, sorry")
    assert not is_missing_phrase(f"{phrase} but")


WAYS_TO_QUOTE = ('"{}"', "“{}”", "「{}」", "『{}』", "«{}»", "„{}“", "„{}”")
SENTENCE = "We couldn't find the page you requested."


@pytest.mark.parametrize("quoted", WAYS_TO_QUOTE)
def test_a_quoted_sentence_gives_no_points(quoted: str) -> None:
    assert judge(served(html("", quoted.format(SENTENCE)))).reason is Reason.OK
    assert judge(served(html("", quoted.format("Reef") + " " + SENTENCE))).reason is Reason.SOFT_404
    assert (
        judge(served(html("", quoted.format("Reef") + " " + quoted.format(SENTENCE)))).reason
        is Reason.OK
    )


def test_siblings_are_beside_and_carry_no_credentials() -> None:
    letters = "abcdefghijklmnopqrstuvwxyz"
    assert (
        sibling_url("https://user:word@example.org/a/b/?q=1#x", letters)
        == f"https://example.org/a/{letters}"
    )
    assert sibling_url("https://example.org/a", letters) == f"https://example.org/{letters}"
    assert sibling_url("https://example.org/?q=1", letters) == f"https://example.org/{letters}"
    assert sibling_url("https://example.org/", letters) is None
    assert sibling_url("https://example.org/a", "short") is None
    assert sibling_url("https://example.org/a", "q" * 24) is None
    assert sibling_url("https://example.org/a", "q" * 25) is not None
    assert sibling_url("https://[nonsense/a", letters) is None


def at(final: str, page: PageEvidence | None = None) -> Probe:
    return redirected((302, URL), final=final, evidence=page)


def untitled_page(text: str, **fields: Any) -> Probe:
    """Return a page with this text and no title."""
    return served(PageEvidence(text=text, **fields))


ELSEWHERE = "https://example.org/elsewhere"
LONG = FILLER * 16  # longer than SHORT_PAGE
NOWHERE = sibling_url(URL, "q" * 25) or ""

POINTS: Mapping[str, tuple[str, Probe, SiteKnowledge, int]] = {
    "no title": ("title", served(html("")), SiteKnowledge(), 0),
    "a title": ("title", served(html("Harbour lights")), SiteKnowledge(), 0),
    "a title that says it": ("title", served(html("Page not found")), SiteKnowledge(), 2),
    "a title that says it beside the site's name": ("title", served(html("Harbour news | Page not found")), SiteKnowledge(), 2),
    "a title that says it in a sentence": ("title", served(html("The page you are looking for was not found")), SiteKnowledge(), 2),
    "a title that has such a sentence": ("title", served(html("What to do when the page you are looking for was not found")), SiteKnowledge(), 0),
    "a title set apart by an arrow": ("title", served(html("Page not found » Harbour news")), SiteKnowledge(), 2),
    "a title in French quotation marks": ("title", served(html("«Not found», a novel")), SiteKnowledge(), 0),
    "a title of fillers": ("title", served(html("Oops! 404")), SiteKnowledge(), 1),
    "a title of a filler and more": ("title", served(html("Oops! A harbour")), SiteKnowledge(), 0),
    "a title of marks": ("title", served(html("—")), SiteKnowledge(), 0),
    "no text": ("text", untitled_page(""), SiteKnowledge(), 0),
    "nothing but the phrase": ("text", untitled_page("Page not found"), SiteKnowledge(), 4),
    "a sentence on a short page": ("text", untitled_page(f"{SENTENCE} {FILLER}"), SiteKnowledge(), 2),
    "a sentence on a long page": ("text", untitled_page(f"{SENTENCE} {LONG}"), SiteKnowledge(), 1),
    "a sentence on a page that just has no room": ("text", untitled_page(SENTENCE + "." * (1_500 - len(SENTENCE))), SiteKnowledge(), 2),
    "a sentence on a page that just has room": ("text", untitled_page(SENTENCE + "." * (1_501 - len(SENTENCE))), SiteKnowledge(), 1),
    "a heading of a tiny page": ("text", untitled_page("nginx: not found here"), SiteKnowledge(), 2),
    "a heading of a page of 100 letters": ("text", untitled_page("not found " + "x" * 90), SiteKnowledge(), 2),
    "a heading of a page of 101 letters": ("text", untitled_page("not found " + "x" * 91), SiteKnowledge(), 0),
    "a tiny page about something else": ("text", untitled_page("Harbour news, found on 12 May"), SiteKnowledge(), 0),
    "a text": ("text", untitled_page(FILLER), SiteKnowledge(), 0),
    "a sentence and nothing else": ("size", untitled_page(SENTENCE), SiteKnowledge(), 2),
    "a sentence and a little else": ("size", untitled_page("We couldn't find the page" + "." * 24), SiteKnowledge(), 2),
    "a sentence and a little more else": ("size", untitled_page("We couldn't find the page" + "." * 25), SiteKnowledge(), 0),
    "a tiny page whose title says it": ("size", served(html("Page not found", "Harbour news")), SiteKnowledge(), 1),
    "a page of 300 letters whose title says it": ("size", untitled_page("x" * 300, title="Page not found"), SiteKnowledge(), 1),
    "a page of 301 letters whose title says it": ("size", untitled_page("x" * 301, title="Page not found"), SiteKnowledge(), 0),
    "a tiny page": ("size", untitled_page("Harbour news"), SiteKnowledge(), 0),
    "an application that is not there yet": ("size", untitled_page(SENTENCE, html_markers=("app-shell",)), SiteKnowledge(), 0),
    "not redirected": ("address", served(html(""), "https://example.org/404.html"), SiteKnowledge(), 0),
    "to an error page": ("address", at("https://example.org/404.html"), SiteKnowledge(), 4),
    "to the address of an error": ("address", at("https://example.org/not-found"), SiteKnowledge(), 3),
    "to an error in a parameter": ("address", at("https://example.org/index.php?error=404"), SiteKnowledge(), 3),
    "to another page": ("address", at(ELSEWHERE), SiteKnowledge(), 0),
    "from one error page to another": (
        "address",
        redirected((302, "https://example.org/404.html"), final="https://example.org/de/404.html"),
        SiteKnowledge(),
        0,
    ),
    "from the address of an error": (
        "address",
        redirected((302, "https://example.org/not-found"), final="https://example.org/404.html"),
        SiteKnowledge(),
        0,
    ),
    "not to be indexed": ("robots", served(html("", head=NOINDEX)), SiteKnowledge(), 1),
    "not to be indexed, by a header": ("robots", served(html(""), headers={"x-robots-tag": "NoIndex"}), SiteKnowledge(), 1),
    "to be indexed": ("robots", served(html(""), headers={"x-robots-tag": "all"}), SiteKnowledge(), 0),
    "no canonical address": ("canonical", untitled_page(""), SiteKnowledge(), 0),
    "its own address": ("canonical", untitled_page("", canonical=URL), SiteKnowledge(), 0),
    "the address it was led to": ("canonical", at("https://example.org/404.html", PageEvidence(canonical="https://example.org/404.html")), SiteKnowledge(), 0),
    "the address it was led from": ("canonical", at(ELSEWHERE, PageEvidence(canonical=URL)), SiteKnowledge(), 0),
    "an error page by its own account": ("canonical", untitled_page("", canonical="https://example.org/404.html"), SiteKnowledge(), 2),
    "the front door by its own account": ("canonical", untitled_page("", canonical="https://example.org/"), SiteKnowledge(), 1),
    "another page by its own account": ("canonical", untitled_page("", canonical=ELSEWHERE), SiteKnowledge(), 0),
    "a front door by the account of another": (
        "canonical",
        served(PageEvidence(canonical="https://example.org/"), "https://example.org/en/"),
        SiteKnowledge(),
        0,
    ),
    "nothing known of a sibling": ("sibling", served(STRANGE), SiteKnowledge(), 0),
    "an honest 404": ("sibling", served(STRANGE), sibling(STRANGE, 404), -2),
    "an honest 410": ("sibling", served(STRANGE), sibling(STRANGE, 410), -2),
    "an honest 404 beside a page that says nothing else": ("sibling", untitled_page(SENTENCE), sibling(STRANGE, 404), 0),
    "a sibling in trouble": ("sibling", served(STRANGE), sibling(STRANGE, 503), 0),
    "the same answer": ("sibling", served(STRANGE), sibling(STRANGE), 3),
    "the same answer under another title": ("sibling", served(STRANGE), sibling(replace(STRANGE, title="Other")), 2),
    "another answer": ("sibling", served(STRANGE), sibling(html("Harbour news", "Boats are built here. " * 20)), 0),
    "the same answer to a front door": ("sibling", served(STRANGE, "https://example.org/"), sibling(STRANGE), 0),
    "the same answer from an application": ("sibling", served(replace(STRANGE, html_markers=("app-shell",))), sibling(STRANGE), 0),
    "the same answer of 200 letters": ("sibling", untitled_page("x" * 200, simhash=1), sibling(PageEvidence(text="x" * 200, simhash=1)), 3),
    "the same answer of 199 letters": ("sibling", untitled_page("x" * 200, simhash=1), sibling(PageEvidence(text="x" * 199, simhash=1)), 0),
    "an answer 3 bits away": ("sibling", untitled_page("x" * 200, simhash=0), sibling(PageEvidence(text="x" * 200, simhash=0b111)), 3),
    "an answer 4 bits away": ("sibling", untitled_page("x" * 200, simhash=0), sibling(PageEvidence(text="x" * 200, simhash=0b1111)), 0),
    "both led to one place": ("sibling", at(ELSEWHERE, FRONT), sibling(FRONT, at=ELSEWHERE), 2),
    "led to two places": ("sibling", at(ELSEWHERE, STRANGE), sibling(STRANGE, at=URL), 0),
    "led where the sibling is at once": ("sibling", at(ELSEWHERE, STRANGE), sibling(STRANGE), 3),
    "a shared redirect": ("shared-redirect", at(ELSEWHERE), SiteKnowledge(shared_targets={ELSEWHERE: 3}), 2),
    "shared by two others only": ("shared-redirect", at(ELSEWHERE), SiteKnowledge(shared_targets={ELSEWHERE: 2}), 0),
    "a redirect to another address than the shared one": ("shared-redirect", at(ELSEWHERE), SiteKnowledge(shared_targets={URL: 3}), 0),
    "no redirect, at the shared address": ("shared-redirect", untitled_page(""), SiteKnowledge(shared_targets={URL: 3}), 0),
    "nothing archived": ("archive", untitled_page("", simhash=0), SiteKnowledge(), 0),
    "archived without a word": ("archive", untitled_page("", simhash=0), SiteKnowledge(archived=PageEvidence()), 0),
    "19 bits from what was archived": ("archive", untitled_page("", simhash=0), SiteKnowledge(archived=PageEvidence(simhash=2**19 - 1)), 0),
    "20 bits from what was archived": ("archive", untitled_page("", simhash=0), SiteKnowledge(archived=PageEvidence(simhash=2**20 - 1)), 1),
}  # fmt: skip


@pytest.mark.parametrize(("clue", "seen", "known", "points"), POINTS.values(), ids=POINTS)
def test_each_clue_has_its_points(
    clue: str, seen: Probe, known: SiteKnowledge, points: int
) -> None:
    assert CLUES[clue](build_case(seen, known)) == points


def test_every_clue_gives_points_and_no_points() -> None:
    assert (
        {clue for clue, _, _, points in POINTS.values() if points}
        == set(CLUES)
        == {clue for clue, *_, points in POINTS.values() if not points}
    )


@pytest.mark.parametrize(
    ("seen", "known", "wanted"),
    [
        (served(STRANGE), SiteKnowledge(), True),  # one clue, and an answer like it would make four
        (served(html("Harbour lights", LONG)), SiteKnowledge(), True),  # no phrase is needed
        (
            probe(response(200), evidence=PageEvidence(length=9)),
            SiteKnowledge(),
            False,
        ),  # a picture
        (probe(response(403), evidence=STRANGE), SiteKnowledge(), False),
        (served(ERROR_PAGES["English"]), SiteKnowledge(), True),
        (
            served(ERROR_PAGES["Chinese, simplified"]),
            SiteKnowledge(),
            False,
        ),  # condemned beyond what an honest error elsewhere could clear
        (served(html("Page not found", f"{SENTENCE} {FILLER}")), SiteKnowledge(), True),
        (served(html("Harbour", SENTENCE + FILLER, head=NOINDEX)), SiteKnowledge(), True),
        (served(STRANGE), sibling(FRONT), False),  # known already
        (served(STRANGE, status=404), SiteKnowledge(), False),
        (served(STRANGE, "https://example.org/"), SiteKnowledge(), False),
        (probe(response(200, method="HEAD"), evidence=STRANGE), SiteKnowledge(), False),
        (served(STRANGE), SiteKnowledge(archived=STRANGE), False),  # still what was archived
        (
            served(STRANGE),
            SiteKnowledge(archived=replace(STRANGE, simhash=(STRANGE.simhash or 0) ^ 0b111)),
            False,
        ),
        (
            served(STRANGE),
            SiteKnowledge(
                archived=replace(STRANGE, text="", simhash=(STRANGE.simhash or 0) ^ 0b1111)
            ),
            True,
        ),
        (served(STRANGE), SiteKnowledge(archived=FRONT), True),
        (
            served(html("Page not found", FILLER * 4)),
            SiteKnowledge(archived=html("Page not found", FILLER * 4)),
            True,
        ),  # archived as an error
    ],
)
def test_a_random_url_is_requested_only_if_it_could_decide(
    seen: Probe, known: SiteKnowledge, *, wanted: bool
) -> None:
    assert needs_sibling(seen, known) is wanted
