"""Dead pages of the third web: another page, another owner, or words that say it, for what is gone."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from html import escape
from random import Random

from tests.worlds import themes
from tests.worlds.citing import add_dead_site
from tests.worlds.serving import (
    PageRequest,
    PageResponse,
    Site,
    fails_with,
    file,
    html,
    plain_error,
)
from tests.worlds.sites import always, leads_to, site
from tests.worlds.third import Kind, SiteBuilder

WAYS = ("none", "exact", "cited", "older")


def _dead(b: SiteBuilder, missing: Site, *, is_whole_site: bool = False, prefix: str = "") -> None:
    """Cite two dead pages of a site, and a living one unless the whole site is gone."""
    add_dead_site(
        b.web,
        b.design,
        b.host,
        b.kind,
        missing,
        ways=b.draw.sample(WAYS, 2),
        living=0 if is_whole_site else 1,
        has_front=not is_whole_site,
        prefix=prefix,
    )


def _instead(missing: Callable[[SiteBuilder], Site], *, is_whole_site: bool = False) -> Kind:
    """Return a kind of site on which something is served instead of what is gone."""
    return lambda b: _dead(b, missing(b), is_whole_site=is_whole_site)


def _says(words: Mapping[str, tuple[str, str]] | str, status: int = 200) -> Kind:
    """Return a kind of site that says in words that a page is gone, amid its menus."""

    def build(b: SiteBuilder) -> None:
        if isinstance(words, str):
            title, text = words.split(" | ")
        else:
            title, text = words[b.draw.choice(sorted(words))]
        _dead(
            b, _with_status(b.page(f"<h1>{escape(title)}</h1><p>{escape(text)}</p>", title), status)
        )

    return build


def _with_status(page: Site, status: int) -> Site:
    return lambda request: replace(page(request), status=status)


def _popular(b: SiteBuilder) -> Site:
    """Return a list of popular pages, some of today's at each request."""
    return b.page(lambda draw, _day: f"<h2>{escape(b.things(1)[0])}</h2><ul>{b.rows(draw, 8)}</ul>")


def _goods(b: SiteBuilder) -> Site:
    """Return goods of all groups; their names are few, and one may be the group that is gone."""
    names = b.things(8)

    def goods(draw: Random, _day: int) -> str:
        return "".join(
            f"<li>{escape(draw.choice(names))} {draw.randint(3, 90)},50</li>" for _ in range(9)
        )

    return b.page(goods)


def _search(b: SiteBuilder) -> Site:
    """Return the site's search for the page's name, without results."""

    def answer(request: PageRequest) -> PageResponse:
        name = escape(request.path.rstrip("/").rpartition("/")[2].replace("-", " "))
        return b.page(f"<form><input value='{name}'></form><p>0</p>", "Search")(request)

    return answer


def _latest(b: SiteBuilder) -> Site:
    """Return redirects to the newest page."""
    return site({"/newest": b.shows(b.text("newest"))}, leads_to("/newest"))


def _any(b: SiteBuilder) -> Site:
    """Return any page of the site."""
    return lambda request: b.shows(b.text(b.chance(request).randint(1, 40), 2))(request)


def _record(b: SiteBuilder) -> Site:
    """Return an empty record."""
    rows = "".join(f"<dt>{escape(each)}</dt><dd></dd>" for each in b.things(5))
    return b.page(f"<dl>{rows}</dl>")


def _refreshed(b: SiteBuilder) -> Site:
    """Return a page that leads home by a refresh."""
    return always(
        html('<html><head><meta http-equiv="refresh" content="0;url=/"></head><body></body></html>')
    )


def _scripted(b: SiteBuilder) -> Site:
    """Return a page that leads home by a script."""
    return always(
        html("<html><head><script>window.location.href='/';</script></head><body></body></html>")
    )


def _moved_home(b: SiteBuilder) -> Site:
    """Return redirects to the front page of another site."""
    b.web.add_site(f"group-{b.host}", b.front())
    return leads_to(f"https://group-{b.host}/", 301)


def _casino(b: SiteBuilder) -> Site:
    words = "Slot gacor, live casino, bonus 100% for new members. Play roulette, baccarat and poker online; deposit by phone, jackpot daily."
    return always(
        html(
            f"<html><head><title>Slot Gacor 88 online casino</title></head><body><h1>Casino online</h1><p>{words}</p></body></html>"
        )
    )


def _firm(b: SiteBuilder) -> Site:
    title, *paragraphs = themes.FIRMS["en"][0], *themes.FIRMS["en"][1]
    text = "".join(f"<p>{escape(p)}</p>" for p in paragraphs)
    return always(
        html(
            f"<html><head><title>{escape(title)}</title></head><body><h1>{escape(title)}</h1>{text}</body></html>"
        )
    )


def _frames(b: SiteBuilder) -> Site:
    return always(
        html(
            f"<html><head><title>{b.host}</title></head><frameset rows='100%,*'><frame src='https://sedoparking.com/{b.host}'></frameset></html>"
        )
    )


def _parked(b: SiteBuilder) -> Site:
    return always(
        html(
            f"<title>{b.host}</title><h1>{b.host}</h1><p>This domain may be for sale.</p><p>Related searches: loans, flights, insurance, dating.</p>"
        )
    )


def _default(b: SiteBuilder) -> Site:
    return always(
        html(
            "<title>Apache2 Ubuntu Default Page: It works</title><h1>It works!</h1><p>This is the default welcome page used to test the correct operation of the Apache2 server after installation.</p>"
        )
    )


def _farewell(b: SiteBuilder) -> Site:
    title, words = themes.FAREWELLS[b.draw.choice(sorted(themes.FAREWELLS))]
    return always(html(f"<title>{b.design.name}</title><h1>{title}</h1><p>{words}</p>"))


def _blank(b: SiteBuilder) -> Site:
    return always(html(b.draw.choice(("", "<html><head></head><body></body></html>", "\n"))))


def _data(b: SiteBuilder) -> Site:
    return always(
        file(
            b'{"status":404,"error":"Not Found","message":"No message available"}',
            "application/json",
        )
    )


def _catalogue(b: SiteBuilder) -> Site:
    """Return one list of goods for all."""
    rows = b.rows(Random(b.seed), 14)
    return b.page(f"<ul>{rows}</ul>")


def _folder(b: SiteBuilder) -> None:
    """Serve the front page of a folder for all pages of the folder, 404 elsewhere."""
    front = b.front()
    _dead(
        b, lambda r: front(r) if r.path.startswith("/blog/") else plain_error(404), prefix="/blog"
    )


NOTHING = {
    "en": ("Oops!", "We looked everywhere, but this page is not here any more."),
    "de": ("Hoppla", "Die angeforderte Seite existiert nicht mehr."),
    "fr": ("Page introuvable", "La page demandée n'existe pas ou plus."),
    "es": ("Página no encontrada", "La página que busca no existe."),
    "it": ("Pagina non trovata", "La pagina che cerchi non esiste più."),
    "pl": ("Nie znaleziono strony", "Strona, której szukasz, nie istnieje."),
    "nl": ("Pagina niet gevonden", "De pagina die u zoekt bestaat niet meer."),
    "tr": ("Sayfa bulunamadı", "Aradığınız sayfa bulunamadı."),
    "ko": ("페이지를 찾을 수 없습니다", "요청하신 페이지가 존재하지 않습니다."),
    "ja": ("ページが見つかりません", "お探しのページは削除されたか、存在しません。"),
    "zh": ("页面不存在", "您访问的页面不存在或已被删除。"),
    "ru": ("Страница не найдена", "Запрашиваемая страница не существует или была удалена."),
    "pt": ("Página não encontrada", "A página que procura não existe."),
}

KINDS: Mapping[str, Kind] = {
    "gone: 404": _instead(lambda _b: always(plain_error(404))),
    "gone: 410 in menus": _says(NOTHING, 410),
    "gone: usual words": _says(NOTHING),
    "gone: product": _says(
        "Product not found | This product is no longer available. Have a look at similar products."
    ),
    "gone: topic": _says("Information | The requested topic does not exist."),
    "gone: wiki": _says(
        "Wiki | There is currently no text in this page. You can create this page."
    ),
    "gone: video": _says("Video unavailable | This video has been removed by the uploader."),
    "gone: account": _says("User not found | This account has been deleted or does not exist."),
    "gone: data": _instead(_data),
    "gone: front page instead": _instead(lambda b: b.front()),
    "gone: popular pages instead": _instead(_popular),
    "gone: goods of all groups instead": _instead(_goods),
    "gone: one catalogue instead": _instead(_catalogue),
    "gone: search instead": _instead(_search),
    "gone: newest page by a redirect": _instead(_latest),
    "gone: any page instead": _instead(_any),
    "gone: empty record": _instead(_record),
    "gone: refresh home": _instead(_refreshed),
    "gone: script home": _instead(_scripted),
    "gone: redirect home": _instead(lambda _b: leads_to("/")),
    "gone: front page of a folder": _folder,
    "gone: front page of another firm": _instead(_moved_home, is_whole_site=True),
    "gone: casino": _instead(_casino, is_whole_site=True),
    "gone: another firm": _instead(_firm, is_whole_site=True),
    "gone: frame of a parking": _instead(_frames, is_whole_site=True),
    "gone: parked": _instead(_parked, is_whole_site=True),
    "gone: server's default page": _instead(_default, is_whole_site=True),
    "gone: farewell": _instead(_farewell, is_whole_site=True),
    "gone: blank": _instead(_blank, is_whole_site=True),
    "gone: connection": _instead(lambda _b: always(fails_with()), is_whole_site=True),
}
