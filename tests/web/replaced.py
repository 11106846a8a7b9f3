"""Build a web of sites whose pages were replaced silently, and of living ones that look like them.

Every site is made from its number, so that the same number gives the same site. `build_world` gives the servers, the citations and the mementos.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from aiohttp import web

from crawler.demo.responses import delayed, document, redirect, status
from crawler.demo.web import ANY, Behaviour, Visit
from tests.web.prose import paragraphs, title

Paths = dict[str, Behaviour]


@dataclass
class World:
    """The sites by host, the cited URLs with whether they are alive, and the archive's snapshots."""

    sites: dict[str, Paths] = field(default_factory=dict)
    lives: dict[str, bool] = field(default_factory=dict)
    mementos: dict[str, bytes] = field(default_factory=dict)

    def cite(self, url: str, *, lives: bool, memento: bytes | None = None) -> None:
        self.lives[url] = lives
        if memento is not None:
            self.mementos[url] = memento


def html(heading: str, *texts: str, markup: str = "") -> bytes:
    body = "".join(f"<p>{text}</p>" for text in texts)
    return f"<!doctype html><meta charset=utf-8><title>{heading}</title><body><h1>{heading}</h1>{body}{markup}".encode()


def article(number: int, lang: str = "en") -> bytes:
    return html(title(number, lang), *paragraphs(number, lang))


def shown(body: bytes) -> Behaviour:
    return document(body, "text/html")


def by_path(make: Callable[[str], bytes]) -> Behaviour:
    """Answer each address with a page of its own."""

    async def answer(_request: web.BaseRequest, visit: Visit) -> web.Response:
        return web.Response(body=make(visit.url), content_type="text/html", charset="utf-8")

    return Behaviour("a page of its own", answer)


LANGUAGES = ("en", "zh", "ja", "ko")
HOME = {"/": shown(html("A small paper", "News of the town and of its harbour."))}
SPAM = {
    "en": "Online casino", "zh": "百家乐", "ja": "オンラインカジノ", "ko": "카지노사이트", "ru": "игровые автоматы", "id": "slot gacor",
    "th": "บาคาร่า", "vi": "nhà cái", "tr": "bahis siteleri",
}  # fmt: skip
TRADES = (
    "payday loans",
    "viagra",
    "essay writing service",
    "guest posting",
    "live sex",
    "论文代写",
    "займы онлайн",
    "jasa backlink",
    "비아그라",
)


def generic_landing(world: World, host: str, number: int) -> None:
    """Add living pages, and dead ones for which the site serves one page that does not say so."""
    lang = LANGUAGES[number % 4]
    living = {f"/a/{k}.html": shown(article(number * 10 + k, lang)) for k in (1, 2)}
    world.sites[host] = {
        **HOME,
        **living,
        ANY: shown(html("Your town online", *paragraphs(number + 500, lang))),
    }
    for path in living:
        world.cite(f"http://{host}{path}", lives=True)
    for k in (3, 4):
        memento = article(number * 10 + k, lang) if number % 2 else None
        world.cite(f"http://{host}/a/{k}.html", lives=False, memento=memento)


def folder_of_its_own(world: World, host: str, number: int) -> None:
    """Add a folder whose responses differ from the rest of the site."""
    world.sites[host] = {**HOME, "/news/1": shown(article(number)), ANY: status(404)}
    world.sites[host] |= {
        f"/forum/{k}": shown(html("Forum", *paragraphs(number + 700))) for k in range(3)
    }
    honest = status(404)
    everything = shown(html("Forum", *paragraphs(number + 700)))

    async def answer(request: web.BaseRequest, visit: Visit) -> web.StreamResponse:
        chosen = everything if "/forum/" in visit.url else honest
        return await chosen.handle(request, visit)

    world.sites[host][ANY] = Behaviour("one page for /forum/, 404 elsewhere", answer)
    world.cite(f"http://{host}/news/1", lives=True)
    world.cite(f"http://{host}/forum/1", lives=False)
    world.cite(f"http://{host}/forum/2", lives=False)


def unlisted_market(world: World, host: str, number: int) -> None:
    lot = f"http://lots{number % 3}.test/names?d={host}"
    world.sites[host] = {ANY: redirect(302, lot)}
    world.sites.setdefault(
        f"lots{number % 3}.test",
        {
            "/names": shown(
                html("Names", f"The name {host} has a price.", *paragraphs(number + 40, count=1))
            )
        },
    )
    for k in (1, 2):
        world.cite(
            f"http://{host}/texts/{k}",
            lives=False,
            memento=article(number * 10 + k) if number % 2 else None,
        )


def other_owner(world: World, host: str, number: int) -> None:
    world.sites[host] = {ANY: redirect(301, f"http://holder{number}.test/start/here")}
    world.sites[f"holder{number}.test"] = {"/start/here": shown(article(number + 900))}
    world.cite(f"http://{host}/deep/{number}.html", lives=False)


def foreign_root(world: World, host: str, number: int) -> None:
    world.sites[host] = {ANY: redirect((301, 302)[number % 2], f"http://portal{number}.test/")}
    world.sites[f"portal{number}.test"] = {"/": shown(article(number + 800))}
    world.cite(f"http://{host}/2014/06/page-{number}.html", lives=False)


def spam_in_place(world: World, host: str, number: int) -> None:
    """Add a domain taken over for spam that serves the cited URLs, and has status 404 for others."""
    words = [*SPAM.values(), *TRADES]
    paths = {}
    for k in range(3):
        word = words[(3 * number + k) % len(words)]
        paths[f"/story/{k}"] = shown(html(f"{word} 2026", *paragraphs(number * 10 + k + 300)))
        world.cite(f"http://{host}/story/{k}", lives=False, memento=article(number * 10 + k))
    world.sites[host] = {**paths, ANY: status(404)}


def other_language(world: World, host: str, number: int) -> None:
    world.sites[host] = {ANY: by_path(lambda url: article(sum(url.encode()), "en"))}
    for k in (1, 2):
        world.cite(
            f"http://{host}/story/{k}",
            lives=False,
            memento=article(number * 10 + k, LANGUAGES[1 + number % 3]),
        )


def for_sale_in_place(world: World, host: str, number: int) -> None:
    offer = html("Welcome", "This domain is for sale.", *paragraphs(number + 60, count=1))
    world.sites[host] = {ANY: shown(offer)}
    world.cite(f"http://{host}/x/{number}", lives=False, memento=article(number))


def redirected_elsewhere(world: World, host: str, number: int) -> None:
    world.sites[host] = {
        f"/old/{number}.html": redirect(301, "/list/offers"),
        "/list/offers": shown(article(number + 70)),
    }
    world.sites[host][ANY] = by_path(lambda url: article(sum(url.encode()) + 1, "en"))
    world.cite(f"http://{host}/old/{number}.html", lives=False, memento=article(number))


def ordinary(world: World, host: str, number: int) -> None:
    lang = LANGUAGES[number % 4]
    pages = {
        f"/{folder}/{k}": shown(article(number * 10 + k, lang))
        for k, folder in enumerate(("a", "a", "b", "c", "d/e"))
    }
    world.sites[host] = {**HOME, **pages, ANY: status(404)}
    for k, path in enumerate(pages):
        world.cite(
            f"http://{host}{path}",
            lives=True,
            memento=article(number * 10 + k, lang) if k % 2 else None,
        )


def about_spam(world: World, host: str, number: int) -> None:
    titles = (
        "Online casino and sports betting: a short history", "百家乐与六合彩的历史", "Judi online dan togel di pengadilan", "카지노와 바카라의 사회학",
        "Viagra and Cialis compared", "The essay writing service industry", "Казино и букмекер: обзор закона", "บาคาร่า และ คาสิโน ในสังคม", "Cá cược và đánh bạc",
    )  # fmt: skip
    heading = titles[number % len(titles)]
    world.sites[host] = {
        f"/p/{number}": shown(html(heading, *paragraphs(number))),
        ANY: status(404),
    }
    world.cite(f"http://{host}/p/{number}", lives=True)


def application(world: World, host: str, number: int) -> None:
    """Add an application: one page for all URLs, whose scripts show the content."""
    shells = (
        html("App", "", markup="<div id=root></div><script src=/app.js></script>"),
        html("Shop", *paragraphs(number, count=2), markup="<div id=app></div>"),
        html("Maps", "Loading the map of the town. Please wait until all layers have arrived here."),
        html("Desk", "", markup="<noscript>Please enable JavaScript.</noscript>"),
    )  # fmt: skip
    world.sites[host] = {ANY: shown(shells[number % len(shells)])}
    world.cite(f"http://{host}/view/{number}", lives=True)
    world.cite(f"http://{host}/view/{number}/more", lives=True)


def rewritten(world: World, host: str, number: int) -> None:
    """Add pages whose text was rewritten; their mementos may be unreadable."""
    bodies = (
        article(number + 50),
        b"",
        html("Wait", "Soon."),
        article(number, "zh").decode().encode("utf-16"),
        article(number + 50)[:90],
        article(number + 51, "ja"),
    )
    world.sites[host] = {f"/page/{number}": shown(article(number)), ANY: status(404)}
    world.cite(f"http://{host}/page/{number}", lives=True, memento=bodies[number % len(bodies)])


def moved_away(world: World, host: str, number: int) -> None:
    new = f"new{number}.test"
    world.sites[host] = {
        f"/t/{number}": redirect(301, f"http://{new}/essays/{number}"),
        ANY: redirect(301, f"http://{new}/essays"),
    }
    world.sites[new] = {
        f"/essays/{number}": shown(article(number)),
        "/essays": shown(html("Essays", *paragraphs(number + 5))),
        ANY: status(404),
    }
    world.cite(f"http://{host}/t/{number}", lives=True, memento=article(number))


def short_link(world: World, host: str, number: int) -> None:
    name = f"s{number}.test"
    world.sites[name] = {f"/Ab{number}": redirect(301, f"http://{host}/"), ANY: status(404)}
    world.sites[host] = {"/": shown(article(number)), ANY: status(404)}
    world.cite(f"http://{name}/Ab{number}", lives=True)


def gate(world: World, host: str, number: int) -> None:
    world.sites[host] = {
        "/welcome": shown(html("Welcome", *paragraphs(number))),
        ANY: redirect(302, "/welcome"),
    }
    world.cite(f"http://{host}/film/{number}", lives=True)


def silent_sibling(world: World, host: str, number: int) -> None:
    world.sites[host] = {f"/d/{k}": shown(article(number * 10 + k)) for k in range(3)} | {
        ANY: delayed(60, status(200))
    }
    for k in range(3):
        world.cite(f"http://{host}/d/{k}", lives=True)


KINDS: Mapping[str, tuple[Callable[[World, str, int], None], int]] = {
    "landing": (generic_landing, 12), "folder": (folder_of_its_own, 4), "market": (unlisted_market, 6), "owner": (other_owner, 5),
    "root": (foreign_root, 6), "spam": (spam_in_place, 6), "language": (other_language, 4), "sale": (for_sale_in_place, 4),
    "elsewhere": (redirected_elsewhere, 4), "plain": (ordinary, 26), "about": (about_spam, 9), "app": (application, 8),
    "rewritten": (rewritten, 12), "moved": (moved_away, 5), "short": (short_link, 4), "gate": (gate, 2), "silent": (silent_sibling, 2),
}  # fmt: skip


def build_world() -> World:
    """Return the whole world, always the same."""
    world = World()
    for kind, (build, count) in KINDS.items():
        for number in range(count):
            build(world, f"{kind}{number}.test", number)
    return world
