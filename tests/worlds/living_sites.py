"""Living pages: ordinary sites, faulty servers, and sites that serve a page for every URL."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from tests.worlds.citing import cite_living
from tests.worlds.layout import Design
from tests.worlds.serving import (
    PageRequest,
    PageResponse,
    Site,
    fails_with,
    file,
    html,
    plain_error,
    redirect,
)
from tests.worlds.sites import (
    always,
    front,
    head_differs,
    leads_to,
    listing,
    shows,
    site,
    validated,
)
from tests.worlds.texts import Article, article, slug
from tests.worlds.truth import InventedWeb


def build(web: InventedWeb) -> None:
    """Add these pages to a web."""
    for part in (_plain, _servers, _catch_all):
        part(web)


Wrap = Callable[[Site], Site]


def _site(
    web: InventedWeb,
    design: Design,
    host: str,
    count: int,
    kind: str,
    *,
    scheme: str = "http",
    target: str = "/{s}/{n}.html",
    wrap: Wrap | None = None,
    missing: Site | None = None,
    encoding: str = "utf-8",
    declared: str | None = "",
    more: dict[str, Site] | None = None,
    paragraphs: int = 5,
) -> None:
    """Open a site of articles, every other one cited with its memento."""
    pages: dict[str, Site] = {}
    for number in range(count):
        text = article(design.lang, f"{host} {number}", paragraphs=paragraphs)
        path = target.format(s=slug(design.lang, f"{host} {number}"), n=1204 + 37 * number)

        def page(request: PageRequest, text: Article = text) -> PageResponse:
            return html(design.page(text, moment=request.day), encoding=encoding, declared=declared)

        pages[path] = wrap(page) if wrap else page
        memento = design.page(text, moment=-1) if number % 2 == 0 else ""
        cite_living(
            web, f"{scheme}://{host}{path}", kind, text.title, memento=memento, mirror=bool(memento)
        )
    pages["/"] = lambda request: html(design.front(moment=request.day), encoding=encoding)
    web.add_site(host, site(pages | (more or {}), missing))


def _plain(web: InventedWeb) -> None:
    """Add ordinary sites in eight languages and five layouts."""
    _site(
        web,
        Design(name="渡口晚报", lang="zh"),
        "www.dukou-wanbao.example",
        6,
        "plain",
        target="/news/{n}.shtml",
        encoding="gb18030",
    )
    _site(
        web,
        Design(name="Der Hafenbote", lang="de"),
        "www.hafenbote.example",
        6,
        "plain",
        scheme="https",
        wrap=validated,
    )
    _site(
        web,
        Design(name="Речной вестник", lang="ru", style="table"),
        "vestnik-reki.example",
        5,
        "plain",
        encoding="cp1251",
        declared=None,
        more={},
        target="/st/{n}.htm",
    )
    _site(
        web,
        Design(name="岬だより", lang="ja"),
        "misaki-dayori.example",
        5,
        "plain",
        encoding="euc-jp",
        target="/stored_history/{n}.html",
    )
    _site(
        web,
        Design(name="Kabar Muara", lang="id"),
        "kabarmuara.example",
        5,
        "plain",
        scheme="https",
        target="/baca/{s}-{n}",
    )
    _site(
        web,
        Design(name="أخبار الميناء", lang="ar"),
        "akhbar-mina.example",
        5,
        "plain",
        target="/{n}/{s}",
    )
    _site(
        web,
        Design(name="La Gazette du canal", lang="fr"),
        "gazette-canal.example",
        4,
        "plain",
        target="/{s},{n}.html",
    )
    _site(
        web,
        Design(name="Mill Lane Forum", style="forum"),
        "forum.mill-lane.example",
        5,
        "plain",
        target="/viewtopic.php?f=3&t={n}",
    )
    _site(
        web,
        Design(name="A Weaver's Notes", style="bare"),
        "weavers-notes.example",
        4,
        "plain, short",
        target="/{s}",
        paragraphs=1,
    )
    _site(
        web,
        Design(name="Wiki der Schleusen", lang="de"),
        "schleusenwiki.example",
        4,
        "plain",
        target="/wiki/{s}?title={n}",
        wrap=validated,
    )


def _servers(web: InventedWeb) -> None:
    """Add living pages on servers with faults."""
    design = Design(name="Towpath Weekly")

    _site(
        web,
        design,
        "towpath.example",
        3,
        "HEAD refused",
        wrap=head_differs(always(plain_error(404))),
    )
    _site(
        web,
        replace(design, name="Towpath Annual"),
        "annual.towpath.example",
        2,
        "HEAD refused",
        wrap=head_differs(leads_to("/")),
    )
    _site(
        web,
        replace(design, name="Lock Log"),
        "locklog.example",
        2,
        "HEAD refused",
        wrap=head_differs(always(plain_error(500))),
    )
    _site(
        web,
        replace(design, name="Ropewalk"),
        "ropewalk.example",
        2,
        "HEAD refused",
        wrap=head_differs(always(fails_with())),
    )
    _site(
        web,
        Design(name="Огни порта", lang="ru"),
        "ogni-porta.example",
        3,
        "wrong charset",
        encoding="cp1251",
        declared="iso-8859-1",
    )
    _site(
        web,
        Design(name="古城论坛", lang="zh", style="forum"),
        "bbs.gucheng.example",
        3,
        "wrong charset",
        encoding="gbk",
        declared="utf-8",
        target="/thread-{n}-1-1.html",
    )
    _site(
        web,
        Design(name="窓辺", lang="ja", style="table"),
        "madobe.example",
        2,
        "wrong charset",
        encoding="shift_jis",
        declared=None,
    )
    _site(
        web,
        Design(name="Slow Press"),
        "slowpress.example",
        2,
        "slow",
        wrap=lambda page: lambda request: replace(page(request), delay=1.2),
    )
    robots = {"/robots.txt": always(file(b"User-agent: *\nDisallow: /\n", "text/plain"))}
    _site(
        web,
        Design(name="Hecke und Zaun", lang="de"),
        "hecke-zaun.example",
        3,
        "robots rules",
        more=robots,
    )

    def needs_cookie(page: Site) -> Site:
        return lambda request: (
            page(request)
            if "seen" in request.cookies
            else redirect(request.target, 302, **{"Set-Cookie": "seen=1; Path=/"})
        )

    _site(
        web, Design(name="Cellar Book"), "cellarbook.example", 2, "cookie needed", wrap=needs_cookie
    )

    def unstable(page: Site) -> Site:
        def answer(request: PageRequest) -> PageResponse:
            given = page(request)
            tag = f'W/"{request.number}-{request.day}"'
            return replace(given, headers={**given.headers, "ETag": tag})

        return answer

    _site(web, Design(name="Turnstile"), "turnstile.example", 2, "plain", wrap=unstable)


def _catch_all(web: InventedWeb) -> None:
    """Add sites that serve a page for every URL, and have the cited ones, too."""
    design = Design(name="Bell Foundry Trust")
    _site(
        web,
        design,
        "bellfoundry.example",
        4,
        "a random URL gets the front page",
        missing=front(design),
    )
    home = Design(name="Kontor am Fleet", lang="de")
    _site(
        web,
        home,
        "kontor-fleet.example",
        4,
        "a random URL is led home",
        missing=leads_to("/", 301),
    )
    search = Design(name="山路书屋", lang="zh")
    _site(
        web,
        search,
        "shanlu-shuwu.example",
        4,
        "a random URL gets a search",
        target="/book/{n}",
        missing=listing(search, "search", title="搜索结果 - 山路书屋"),
    )
    odd = Design(name="Тихая гавань", lang="ru")
    _site(
        web,
        odd,
        "tihaya-gavan.example",
        4,
        "a random URL gets odd words",
        missing=always(html(odd.frame("Тихая гавань", "<p>Здесь только ветер и чайки.</p>"))),
    )
    latest = Design(name="Dapur Nenek", lang="id")
    _site(
        web,
        latest,
        "dapurnenek.example",
        4,
        "a random URL gets the latest page",
        missing=leads_to("/baca/terbaru", 302),
        more={"/baca/terbaru": shows(latest, article("id", "terbaru"))},
    )
