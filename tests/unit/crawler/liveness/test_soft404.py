"""Pages that are not there and say so under a 200."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest

from crawler.liveness import SiteKnowledge, judge, sibling_url
from crawler.liveness.soft404 import says_missing
from store.vocabulary import PageEvidence, Probe, Reason
from tests.unit.crawler.liveness.probes import FILLER, URL, answer, html, probe, redirected, served

NOINDEX = '<meta name="robots" content="noindex, follow">'
MENU = "<nav>" + "".join(f"<a href='/{number}'>Section number {number}</a> " for number in range(60)) + "</nav>"

GONE: Mapping[str, PageEvidence] = {
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


@pytest.mark.parametrize("page", GONE.values(), ids=GONE)
def test_page_that_says_it_is_not_there_is_broken(page: PageEvidence) -> None:
    assert judge(served(page)).reason is Reason.SOFT_404


@pytest.mark.parametrize(
    ("final", "title", "gone"),
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
def test_address_of_an_error_page_speaks_against_a_redirect(final: str, title: str, *, gone: bool) -> None:
    page = html(title, FILLER * 6, url=final)
    assert (judge(redirected((302, URL), final=final, evidence=page)).reason is Reason.SOFT_404) is gone


def sibling(page: PageEvidence, status: int = 200, *, at: str | None = None) -> SiteKnowledge:
    url = sibling_url(URL, "q" * 25) or ""
    if at is None:
        return SiteKnowledge(sibling=probe(answer(status, url), evidence=page))
    return SiteKnowledge(sibling=probe(answer(302, url, headers={"location": at}), answer(200, at, hop=1), evidence=page))


FRONT = html("The paper", FILLER * 3)
SORRY = html("The paper", "We are sorry, that page is not here any more. " + FILLER * 3)
STRANGE = html("Harbour news", "Ne trovita. " + FILLER * 4, head=NOINDEX)
SHELL = html("App", "", markup="<div id=root></div>", head=NOINDEX)


@pytest.mark.parametrize(
    ("seen", "known", "gone"),
    [
        (served(STRANGE), sibling(STRANGE), True),  # no word is known, but nonsense gets the same
        (served(STRANGE), sibling(FRONT), False),
        (served(STRANGE), SiteKnowledge(), False),
        (served(SHELL), sibling(SHELL), False),  # an application looks the same before its scripts run
        (served(html("The paper", FILLER * 3)), sibling(FRONT), False),  # sameness alone does not condemn
        (served(html("Page not found", FILLER * 3)), sibling(html("Page not found", FILLER * 3)), True),
        # an honest error elsewhere clears a page that says more than that something is missing, and none that says nothing else
        (served(html("Page not found", FILLER)), sibling(html("Page not found"), 404), False),
        (served(html("Harbour", "Sorry, this article has been removed.")), sibling(html("Page not found"), 404), True),
        (served(STRANGE), sibling(STRANGE, 503), False),
        (served(STRANGE, "https://example.org/"), sibling(STRANGE), False),  # a root has no siblings
    ],
)
def test_sibling_tells_what_a_site_says_to_nonsense(seen: Probe, known: SiteKnowledge, *, gone: bool) -> None:
    assert (judge(seen, known).reason is Reason.SOFT_404) is gone


def test_links_and_nonsense_that_end_in_one_place_are_gone() -> None:
    target = "https://example.org/archive/search"
    seen = redirected((302, URL), final=target, evidence=FRONT)
    crowd = {target: 7}
    nonsense = sibling(FRONT, at=target).sibling
    assert judge(seen, SiteKnowledge(shared_targets=crowd)).reason is Reason.REDIRECTED_TEMPORARILY
    assert judge(seen, SiteKnowledge(sibling=nonsense)).reason is Reason.REDIRECTED_TEMPORARILY
    assert judge(seen, SiteKnowledge(sibling=nonsense, shared_targets=crowd)).reason is Reason.SOFT_404


def test_page_that_is_still_what_was_archived_is_alive() -> None:
    page = html("Page not found", "Sorry, the page you are looking for could not be found. A poem in one line.")
    then = replace(page, title="A poem in one line")
    assert judge(served(page)).reason is Reason.SOFT_404
    assert judge(served(page), SiteKnowledge(archived=then)).reason is Reason.OK


def test_page_that_no_longer_is_what_was_archived_needs_less() -> None:
    page = html("Page not found | The paper", "The page you are looking for does not exist. " + FILLER * 30)
    then = html("Reef report", "Corals recovered this year faster than anyone had hoped, said the divers who count them. " * 5)
    assert judge(served(page)).reason is Reason.OK
    assert judge(served(page), SiteKnowledge(archived=then)).reason is Reason.SOFT_404


def test_detail_names_the_clues() -> None:
    assert judge(served(GONE["English"])).detail == "title, text, size"


def test_plain_text_not_found_is_broken() -> None:
    assert (
        judge(probe(answer(200), evidence=PageEvidence(content_type="text/plain", text="404 Not Found", length=13))).reason
        is Reason.SOFT_404
    )


@pytest.mark.parametrize("phrase", ["404", "Error 404", "Page", "sorry", "", "not found what it means", "Found", "The page"])
def test_less_than_a_phrase_says_nothing(phrase: str) -> None:
    assert not says_missing(phrase)


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
def test_fillers_and_punctuation_do_not_hide_a_phrase(phrase: str) -> None:
    assert says_missing(phrase)


def test_siblings_are_beside_and_carry_no_credentials() -> None:
    letters = "abcdefghijklmnopqrstuvwxyz"
    assert sibling_url("https://user:word@example.org/a/b/?q=1#x", letters) == f"https://example.org/a/{letters}"
    assert sibling_url("https://example.org/a", letters) == f"https://example.org/{letters}"
    assert sibling_url("https://example.org/?q=1", letters) == f"https://example.org/{letters}"
    assert sibling_url("https://example.org/", letters) is None
    assert sibling_url("https://example.org/a", "short") is None
