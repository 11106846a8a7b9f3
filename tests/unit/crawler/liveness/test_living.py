"""Test living pages that look dead: none may be called broken."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from crawler.liveness import SiteKnowledge, judge, read_body
from store.vocabulary import PageEvidence, Probe, Reason, Verdict
from tests.unit.crawler.liveness.probes import (
    FILLER,
    URL,
    html,
    probe,
    redirected,
    response,
    served,
)

LOGIN_BOX = (
    '<form><input name=user><input type="password" name=word><button>Sign in</button></form>'
)
ABOUT_404 = (
    "In computer network communications, the HTTP 404, 404 not found, or page not found error message tells a client that the server could be "
    "reached but had nothing at the address it was asked for. Server operators often replace the default text with one of their own."
)
NOINDEX = '<meta name="robots" content="noindex">'

LIVING: Mapping[str, PageEvidence] = {
    # about error pages
    "encyclopaedia on 404": html("HTTP 404 - Wikipedia", ABOUT_404 * 6),
    "short encyclopaedia on 404": html("HTTP 404", ABOUT_404),
    "short article, title in quotes": html("404 Not Found: what it means and how to mend it", ABOUT_404),
    "advice on error pages": html(
        "How to write a good 404 page", FILLER + "Say: “Sorry, the page you are looking for could not be found.” Then offer a search box."
    ),
    "advice with noindex": html(
        "How to write a good 404 page", FILLER + "Say: “Sorry, the page you are looking for could not be found.” Then offer a search box.", head=NOINDEX
    ),
    "article titled like an error, long": html("Page Not Found | The Lighthouse Review", FILLER * 30 + ABOUT_404),
    "article titled like an error, quoting one": html(
        "Page Not Found | The Lighthouse Review", "The page you are looking for does not exist, said the screen. " + FILLER * 30
    ),
    "album called 404": html("404 - A Band", "Twelve songs, recorded at home. 1. Coral 2. Reef 3. Harbour"),
    "question on a Q&A site": html(
        "nginx returns 404 Not Found for every page - Questions", "I set up nginx and every request says 404 Not Found. What did I do wrong?"
    ),
    "manual of an error class": html("NotFoundError — the library's manual", "Raised when a record could not be found. Has the attribute key."),
    "issue thread": html("Page not found after login · Issue #12 · someone/thing", "After login I see: Page not found. Expected the dashboard. " + FILLER * 4),
    # the words, in every language
    "Chinese, simplified": html("为什么会出现“页面不存在”的提示 - 站长之家", "很多人遇到过页面不存在的提示。本文介绍服务器返回404错误的原因，以及站长如何改进。"),
    "Chinese, traditional": html("頁面不存在怎麼辦？ - 站長學院", "許多人遇過找不到頁面的提示。本文介紹伺服器回應404錯誤的原因與改善方法。"),
    "Chinese news on deleted posts": html("多家公众号文章被删除", "记者发现，多篇文章已被删除，相关内容无法查看。" + "平台回应称，系统正在升级。" * 20),
    "Japanese": html("「ページが見つかりません」と表示される原因と対処法", "ウェブサイトを見ていると「ページが見つかりません」と表示されることがあります。原因を説明します。"),
    "Korean": html("‘페이지를 찾을 수 없습니다’ 오류 해결 방법", "인터넷을 사용하다 보면 페이지를 찾을 수 없습니다라는 문구를 보게 됩니다. 원인을 알아봅니다."),
    "Russian": html("Что значит «Страница не найдена» и как это исправить", "Иногда вместо сайта видно сообщение «страница не найдена». Разберём причины."),
    "German": html("Was „Seite nicht gefunden“ bedeutet", "Wer im Netz liest, kennt die Meldung „Seite nicht gefunden“. Wir erklären, woher sie kommt."),
    "French": html("Pourquoi « page introuvable » ?", "Le message « page introuvable » a une histoire. Nous la racontons en quelques lignes."),
    "Spanish": html("Qué significa «página no encontrada»", "El mensaje «página no encontrada» aparece cuando el servidor no tiene lo que se pide."),
    # short, bare, strange
    "short note": html("A note", "The ferry runs again."),
    "empty body": html("", ""),
    "one number": html("Counter", "404"),
    "tiny with noindex": html("Draft", "To be written.", head=NOINDEX),
    "application shell": html("The application", "", markup='<div id="root"></div><script src="/app.js"></script>'),
    "shell with a hidden error": html(
        "The application", "", markup='<div id="app"></div><div hidden>Page not found. The page you are looking for does not exist.</div>'
    ),
    "noscript that complains": html("Shop", "", markup="<noscript>Sorry, this page is not available without JavaScript.</noscript><div id=app></div>"),
    "canonical elsewhere": html("Harbour lights", FILLER, head='<link rel="canonical" href="https://example.org/en/2014/news">'),
    "canonical at home": html("Harbour lights", FILLER, head='<link rel="canonical" href="https://example.org/">'),
    "poem of absence": html("Not Here", "I looked for you and you were not found. No page held you, no file, no line."),
    "lost and found office": html("Lost property not found?", "If your umbrella was not found, ask at the desk. Items are removed after a year."),
    "list with a dead entry": html("Links", "1. Reef (this page has been removed) 2. Harbour 3. Lights. " + FILLER * 15),
    # doors that are open
    "forum with a login box": html("Thread: which paint for a hull? - Boat forum", FILLER * 5, markup=LOGIN_BOX),
    "short page with a login box": html("Opening hours", "Monday to Friday nine to five, Saturday ten to one. " * 8, markup=LOGIN_BOX),
    "article with a captcha for comments": html("Harbour lights", FILLER * 3, markup='<div class="g-recaptcha"></div>'),
    "short note with a captcha for comments": html("A note", "The ferry runs again. " * 8, markup='<div class="h-captcha"></div>'),
    "page with Cloudflare's own script": html("Harbour lights", FILLER, markup='<script src="/cdn-cgi/challenge-platform/scripts/jsd/main.js"></script>'),
    "article on bot walls": html("What “Just a moment…” means", "Some sites check your browser before they let you in. " + FILLER * 3),
    "article on captchas, in German": html("Warum Sicherheitsabfragen nerven", "Bitte bestätigen Sie, dass Sie kein Roboter sind: wer das liest, seufzt. " + FILLER * 3),
    "article on error pages, in Italian": html("Come scrivere una pagina non trovata", "La pagina che cerchi non esiste più: così si dice. " + FILLER * 3),
    "film with such a title, in Swedish": html("Sidan finns inte", "En film från 1998. " + FILLER * 6),
    "article on captchas": html("The captcha, a short history", "Are you a robot? Programs and people have been told apart since 1997. " + FILLER * 3),
    "paywalled, but all of it there": html(
        "Harbour lights", FILLER * 20 + "Subscribe to continue reading other stories.", head='<script>{"isAccessibleForFree": false}</script>'
    ),
    "advice on geoblocking": html("Travel and television", FILLER * 8 + "Some films are not available in your country."),
    # domains and gambling as a subject
    "tiny page that names its own domain": html("example.org", "Welcome to example.org"),
    "advice on buying domains": html("How to see whether a domain is for sale", "Look up the owner, then write to them. Do not buy at once. " + FILLER),
    "news on a domain sale": html("voice.com sold for 30 million", "The domain voice.com was for sale for years. " + FILLER * 3),
    "news on gambling": html("警方捣毁一博彩网站", "警方通报称，该网站以百家乐、六合彩等形式吸引参赌人员，涉案金额达两亿元。" + "案件仍在侦办。" * 10),
    "medicine": html("Specialist on Viagra - City clinic", "What the drug does, whom it helps, and what it costs. " + FILLER),
    "mill with a suspended service": html("Ferry service suspended", "The account of the storm says the ferry is suspended until Monday."),
    # quoting weixin's words elsewhere
    "copy of a deleted post": html("被删除的帖子存档", "该帖子已被删除，以下是存档全文：渡轮将于下月恢复。"),
    "copy of a deleted article": html("【404文库】老人与渡轮", "该文章已被微信删除，以下为备份。" + "渡轮停了，老人每天绕路。" * 5),
    "copy of a deleted article, short": html("404文库｜老人", "此内容因违规无法查看。原文：老人与船。"),
    "question on a browser's error": html(
        "浏览器显示找不到网页怎么办_海港问答", "打开网页显示“无法找到该页”，您正在查找的页面可能已经删除、更名或暂时不可用。这是什么原因？答：清除缓存。"
    ),
    "lamp that is sold out": html("Blue lamp - Shop", "This item is no longer available. See similar lamps below."),
    "story taken off by its author": html("Story removed at author's request - fiction site", "Author's note: this story has been removed from the site."),
    "essay on deleted posts": html("“该内容已被发布者删除”的背后", "这句话每天都会出现在无数屏幕上。" + "我们采访了十位作者，听他们讲述自己的文章如何消失。" * 12),
}  # fmt: skip


@pytest.mark.parametrize("page", LIVING.values(), ids=LIVING)
def test_living_page_is_alive(page: PageEvidence) -> None:
    assert judge(served(page)).verdict is Verdict.ALIVE


@pytest.mark.parametrize("page", LIVING.values(), ids=LIVING)
def test_living_page_that_moved_is_not_broken(page: PageEvidence) -> None:
    assert (
        judge(redirected((301, "https://example.org/2013/old"), final=URL, evidence=page)).verdict
        is Verdict.MOVED
    )


@pytest.mark.parametrize("page", LIVING.values(), ids=LIVING)
def test_a_living_page_of_a_site_with_404_responses_is_alive(page: PageEvidence) -> None:
    sibling = probe(
        response(404, "https://example.org/2014/01/qqqq"), evidence=html("Page not found")
    )
    assert judge(served(page), SiteKnowledge(sibling=sibling)).verdict is Verdict.ALIVE


ADDRESSES: Mapping[str, Probe] = {
    "weixin article that quotes": served(
        html("删帖", "“该内容已被发布者删除”——" + "读者常常看到这样的提示，我们想知道为什么。" * 60), "https://mp.weixin.qq.com/s/AbCdEf"
    ),
    "zhihu answer": served(html("为什么海是蓝的？ - 知乎", "因为水分子吸收红光。" * 20), "https://www.zhihu.com/question/1"),
    "bilibili video": served(html("老船修复记录_哔哩哔哩_bilibili", "第一集"), "https://www.bilibili.com/video/BV1xx411c7mD"),
    "weibo post": served(html("微博正文 - 微博", "今天渡轮恢复了。"), "https://m.weibo.cn/status/4500000000000000"),
    "login page that was cited": served(html("Sign in", "Please sign in.", markup=LOGIN_BOX), "https://example.org/login"),
    "casino that was cited": served(html("bet365 online casino sbobet", "bet365 casino"), "https://casino-online.example/"),
    "error page that was cited": served(html("Our 404 page", "We like to show our 404 page to designers.", url="https://example.org/404"), "https://example.org/404"),
    "article behind /404/": redirected((301, "https://example.org/?p=4"), final="https://example.org/404/"),
    "move to a host that begins like a login": redirected((301, "https://old.example/a"), final="https://login.gov/a"),
    "an institute called CAS": redirected((302, "https://old.example/a"), final="https://cas.example.cn/a"),
    "a commission called SEC": redirected((302, "https://old.example/a"), final="https://sec.example.gov/a"),
    "a contest": redirected((302, "https://example.org/contest"), final="https://example.org/challenge/2020"),
    "text file": probe(response(200, headers={"content-type": "text/plain"})),
    "pdf": probe(response(200), evidence=PageEvidence(length=65_536)),
}  # fmt: skip


SITE = "https://example.org"
# Pages that look dead, and whose addresses say that they are about that
NAMED_BY_ADDRESS: Mapping[str, Probe] = {
    path: served(html(title, text, markup=markup, url=SITE + path), SITE + path)
    for path, title, text, markup in (
        ("/404", "404 Not Found | HTTP Cats", "Not Found", "<img src=/404.jpg>"),
        ("/status/410", "410 Gone", "The page you are looking for has been removed.", ""),
        ("/album/page-not-found", "Page Not Found | Coral", "by Coral", "<button>Play</button>"),
        ("/wiki/Not_Found", "Not Found - SongWiki", "Not Found is a song.", ""),
        ("/wiki/404:_Page_Not_Found", "404: Page Not Found | A game's wiki", "A quest.", ""),
        ("/api/exceptions/NotFound", "Not Found (404) - Manual", "404 Not Found", NOINDEX),
        ("/musik/seite-nicht-gefunden.html", "Seite nicht gefunden", "von Koralle", ""),
        ("/woerterbuch/nicht+gefunden", "nicht gefunden | Wörterbuch", "not found", ""),
        ("/erro-404", "Erro 404", "A página que você procura não existe: é o que diz.", NOINDEX),
        ("/phrases?text=p%C3%A1gina+no+encontrada", "Página no encontrada", "Page not found", ""),
        ("/word/%E8%A6%8B%E3%81%A4%E3%81%8B%E3%82%8A%E3%81%BE%E3%81%9B%E3%82%93", "ページが見つかりません", "Not found.", ""),
        ("/503", "503 Service Unavailable | HTTP Dogs", "", "<img src=/503.jpg>"),
        ("/500-internal-server-error", "HTTP Dogs", "Internal Server Error", ""),
        ("/kb/error-establishing-a-database-connection", "Error establishing a database connection", "Fix it.", ""),
        ("/docs/suspendedpage", "suspendedpage.cgi", "What visitors of a suspended account see.", ""),
    )
}  # fmt: skip
# Pages with such words, at any address
LOOKALIKES: Mapping[str, PageEvidence] = {
    "video about an error": html("502 Bad Gateway - VideoTube", "12 views", markup="<video src=/v.mp4></video>"),
    "frame about an error": html("Service unavailable", "", markup="<iframe src=https://video.example/1></iframe>"),
    "about a server's default page": html("Apache Default Page: what it means", "It is shown after the installation."),
    "about a server's test page": html("Test page for the Apache server: how to replace it", "Put an index.html there."),
    "about a server": html("IIS Windows Server", "How to install it. 1. Open the manager."),
    "game of cards": html("Blackjack - Play Now", "Blackjack, roulette and baccarat, without money."),
    "place in a game": html("Casino Jackpot | A game's wiki", "Roulette. Use the promo code. Play now."),
}  # fmt: skip
AS_JSON = read_body(
    b'{"code": 404, "message": "Not Found"}',
    {"content-type": "application/json"},
    f"{SITE}/codes/404.json",
    served=True,
)
LIVING_PROBES: Mapping[str, Probe] = {
    **ADDRESSES,
    **NAMED_BY_ADDRESS,
    **{name: served(page, f"{SITE}/item/77") for name, page in LOOKALIKES.items()},
    "data about an error": served(AS_JSON, f"{SITE}/codes/404.json"),
}


@pytest.mark.parametrize(
    ("cited", "home", "title"),
    [
        ("https://example.org/wiki/Main_Page", "https://example.org/", "Reef"),
        ("https://example.org/wiki/%E9%A6%96%E9%A1%B5", "https://example.org/", "Reef"),
        ("https://example.org/wiki/Hauptseite", "https://example.org/", "Reef"),
        ("https://example.org/accueil", "https://example.org/fr/", "Reef"),
        ("https://example.org/start.html", "https://example.org/", "Reef"),
        ("https://minecraft.wiki/w/Minecraft_Wiki", "https://minecraft.wiki/", "A game"),
        ("https://www.reefs.example/reefs", "https://www.reefs.example/", "Corals"),
        ("https://example.org/wiki/The_Reef_Society", "https://example.org/", "The Reef Society"),
        ("https://example.org/reefs", "https://example.org/", "Reefs of the world"),
    ],
)
def test_a_home_page_that_was_cited_by_its_name_is_alive_at_the_root(
    cited: str, home: str, title: str
) -> None:
    page = html(title, FILLER * 3, url=home)
    at_random = redirected((302, f"{cited}/qqqq"), final=home, evidence=page)
    knowledge = SiteKnowledge(sibling=at_random, shared_targets={home: 9})
    for site in (SiteKnowledge(), knowledge):
        probe_made = redirected((302, cited), final=home, evidence=page)
        assert judge(probe_made, site).verdict in {Verdict.ALIVE, Verdict.MOVED}


@pytest.mark.parametrize("seen", LIVING_PROBES.values(), ids=LIVING_PROBES)
def test_living_urls_are_alive(seen: Probe) -> None:
    assert judge(seen).verdict in {Verdict.ALIVE, Verdict.MOVED}


@pytest.mark.parametrize(
    ("path", "title", "text", "reason"),
    [
        ("/page", "Page not found", "Not found", Reason.SOFT_404),
        ("/article/12", "Article not found", "Sorry, this article was removed.", Reason.SOFT_404),
        ("/news/14041", "404 Not Found", "404 Not Found", Reason.SOFT_404),
        ("/2014/04/reef", "Seite nicht gefunden", "Seite nicht gefunden", Reason.SOFT_404),
        ("/reef", "", "503 Service Unavailable", Reason.SERVER_ERROR),
        ("/reef", "Apache2 Debian Default Page: It works", "It works", Reason.PARKED),
        ("/reef", "Test Page for the Nginx HTTP Server on Fedora", "It works", Reason.PARKED),
    ],
)
def test_an_address_that_names_something_else_does_not_make_a_lost_page_alive(
    path: str, title: str, text: str, reason: Reason
) -> None:
    source = f"<!doctype html><title>{title}</title><h1>{text}</h1>"
    page = read_body(source.encode(), {"content-type": "text/html"}, SITE + path, served=True)
    assert judge(served(page, SITE + path)).reason is reason


def test_a_blank_page_of_a_server_without_a_site_is_parked() -> None:
    source = b"<!doctype html><title>IIS Windows Server</title><a href=/><img src=iis.png></a>"
    page = read_body(source, {"content-type": "text/html"}, f"{SITE}/a", served=True)
    assert judge(served(page, f"{SITE}/a")).reason is Reason.PARKED


@pytest.mark.parametrize(
    "cited", ["/reef-society/news", "/wiki/Reefs", "/2014/01/start-of-works.html"]
)
def test_a_page_that_is_lost_at_the_home_page_is_broken(cited: str) -> None:
    page = html("The Reef Society", FILLER * 3, url=f"{SITE}/")
    probe_made = redirected((302, SITE + cited), final=f"{SITE}/", evidence=page)
    assert judge(probe_made).reason is Reason.REDIRECTED_TO_HOME
