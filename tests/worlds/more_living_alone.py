"""Living pages that look like dead ones, part 2: single pages, applications, varying front pages, short pages."""

from __future__ import annotations

from html import escape

from tests.worlds.citing import cite_living
from tests.worlds.more_living import lively, skin
from tests.worlds.serving import PageRequest, PageResponse, Site, html
from tests.worlds.sites import always, leads_to, site
from tests.worlds.skins import Skin
from tests.worlds.texts import article, slug
from tests.worlds.truth import InventedWeb


def build(web: InventedWeb) -> None:
    """Add these pages to a web."""
    for part in (_single, _applications, _fronts, _almost_nothing, _galleries, _threads):
        part(web)


# A page that is a whole site, and what a wiki in another language calls it.
SINGLE = (
    ("pt", "Casa do Moinho", "Mill House (rooms for walkers)"),
    ("ko", "물레방아 다방", "Watermill Tea Room"),
    ("tr", "Saat Kulesi Şenliği", "钟楼节官方网站"),
    ("en-club", "The Fern House Quartet", "蕨屋四重奏"),
    ("pl", "Kolejka pod Dębem", "Schmalspurbahn unter der Eiche"),
    ("es", "Bodega La Acequia", "Wine from the old canal"),
    ("zh-club", "水圳書屋", "The bookshop by the waterway"),
    ("it", "Banda di Valle", "official site"),
)  # fmt: skip


def _single(web: InventedWeb) -> None:
    """Add sites of one page that serve it at every URL, cited by a title in another language."""
    for number, (lang, name, cited_as) in enumerate(SINGLE):
        host = f"single{number}.example"
        design = Skin(
            name=name,
            lang=lang,
            style=("plain", "office", "magazine")[number % 3],
            scripts=("", "counter")[number % 2],
        )
        text = article(lang, host, paragraphs=1 + number % 3)
        words = text.paragraphs if number % 2 else [text.paragraphs[0][:80]]
        inner = f"<h1>{escape(name)}</h1>" + "".join(f"<p>{escape(each)}</p>" for each in words)
        page = lively(lambda m, d=design, i=inner: d.frame(d.name, i, moment=m))  # type: ignore[misc]
        web.add_site(host, page)
        path = ["/home", "/en/index.html", "/rooms", "/welcome.php?lang=en"][number % 4]
        memento = design.frame(name, inner, moment=-1) if number % 3 == 0 else ""
        cite_living(
            web,
            f"http://{host}{path}",
            "a site of one page",
            cited_as,
            memento=memento,
            mirror=bool(memento),
        )


SHELLS = (
    '<div id="main"></div><script type="module" src="/assets/index-3f.js"></script>',
    '<div class="layout"><p>Un momento…</p></div><script src="/build/bundle.js"></script>',
    '<app-main></app-main><script src="/runtime.js" defer></script>',
    '<noscript>Bitte JavaScript einschalten.</noscript><script src="/m.js"></script>',
    '<div id="q-app"></div><script src="/js/chunk-vendors.js"></script>',
    '<iframe src="/embed" width="100%"></iframe>',
    "<canvas id=c></canvas><script>draw(location.pathname)</script>",
)


def _applications(web: InventedWeb) -> None:
    """Add applications that send the same page for every URL; one page has a word or two of its own."""
    for number, shell in enumerate(SHELLS):
        host = f"webapp{number}.example"
        design = skin(number, f"Atlas {number}")
        served = f"<!doctype html><html><head><title>{design.name}</title></head><body>{shell}</body></html>"
        web.add_site(host, always(html(served)))
        for item in range(2):
            text = article(design.lang, f"{host} {item}")
            memento = design.page(text, moment=-1) if item else ""
            path = f"/map?at={item + 50},7" if number % 2 else f"/doc/{slug('en', f'{host}{item}')}"
            cite_living(
                web,
                f"https://{host}{path}",
                "an application",
                text.title,
                memento=memento,
                mirror=bool(memento),
            )


def _fronts(web: InventedWeb) -> None:
    """Add front pages and sections whose news change with every request, under several URLs."""
    for number in range(6):
        design = skin(number + 6, f"Gaceta {number}")
        host = f"fronts{number}.example"
        front = lively(lambda m, d=design: d.front(moment=m * 70))  # type: ignore[misc]
        section = lively(lambda m, d=design: d.listing(f"part{m % 9}", moment=m, title="Section"))  # type: ignore[misc]
        pages: dict[str, Site] = {"/": front, "/index.php": front, "/home": front}
        pages["/section/"] = section
        missing = leads_to("/", 302) if number % 3 == 0 else None
        web.add_site(host, site(pages, missing))
        for path, cited_as in (("/", design.name), ("/index.php", design.name)):
            memento = design.front(moment=-900) if number % 2 else ""
            cite_living(
                web,
                f"http://{host}{path}",
                "a front page that changes",
                cited_as,
                memento=memento,
                mirror=bool(memento),
            )
        old = design.listing("part0", moment=-8, title="Section")
        cite_living(
            web, f"http://{host}/section/", "a section that changes", "Section", memento=old
        )


def _with_cookie(page: str) -> Site:
    """Return a page that sends nothing before a cookie is set."""

    def answer(request: PageRequest) -> PageResponse:
        return html(page) if request.cookies.get("ok") else html("", set_cookie="ok=1; Path=/")

    return answer


NEARLY_EMPTY = (
    "<body style=\"background:url('/poster.jpg')\"></body>",
    "<title>·</title><body><script src=/x.js></script></body>",
    "<title>1</title><p>風</p>",
    "<title>Poster</title><img src=/poster.png alt=''>",
    "<title>Clock</title><p>12:41</p>",
)


def _almost_nothing(web: InventedWeb) -> None:
    """Add pages with almost no text: a poster, a script, a sign, the time of day."""
    for number, body in enumerate(NEARLY_EMPTY):
        host = f"nearly{number}.example"
        page = f"<html><head></head>{body}</html>" if "<body" in body else body
        web.add_site(host, always(html(page)))
        cite_living(web, f"http://{host}/opus/{number}", "next to nothing", f"Work no. {number}")
    design = skin(3, "Puerta")
    text = article(design.lang, "puerta")
    web.add_site("nearly-cookie.example", _with_cookie(design.page(text)))
    cite_living(
        web,
        "http://nearly-cookie.example/read/4",
        "cookie wall, sends nothing first",
        text.title,
        memento=design.page(text, moment=-1),
        mirror=True,
    )


def _galleries(web: InventedWeb) -> None:
    """Add galleries: a picture and its number on each page; a random URL shows the first picture."""
    for number in range(3):
        design = skin(number + 7, f"Galeria {number}", scripts="counter")
        host = f"gallery{number}.example"
        pages: dict[str, Site] = {}
        for item in range(3):
            inner = f"<img src='/img/{item}.jpg' alt=''><p>{item + 4} / 12</p>"
            target = (f"/show.php?pic={item + 4}", f"/pic/{item + 4}")[number % 2]
            pages[target] = lively(
                lambda m, d=design, i=inner: d.frame(d.name, i, moment=m)  # type: ignore[misc]
            )
            cite_living(web, f"http://{host}{target}", "a picture and its number", design.name)
        first = "<img src='/img/0.jpg' alt=''><p>1 / 12</p>"
        missing = lively(lambda m, d=design, i=first: d.frame(d.name, i, moment=m))  # type: ignore[misc]
        web.add_site(host, site(pages, missing))


def _threads(web: InventedWeb) -> None:
    """Add threads of a forum under several URLs; an unknown number shows the list of boards."""
    for number in range(4):
        design = skin(number + 8, f"Tablón {number}")
        host = f"threads{number}.example"
        pages: dict[str, Site] = {}
        for item in range(2):
            text = article(design.lang, f"{host} {item}")
            page = lively(lambda m, d=design, t=text: d.page(t, moment=m, title=d.name))  # type: ignore[misc]
            for tail in ("", "&start=0", "&view=print"):
                pages[f"/viewtopic.php?f=2&t={item + 880}{tail}"] = page
                cite_living(
                    web,
                    f"http://{host}/viewtopic.php?f=2&t={item + 880}{tail}",
                    "a thread under several addresses",
                    text.title if not tail else "the thread",
                )
        boards = lively(lambda m, d=design: d.listing("boards", moment=m, title=d.name))  # type: ignore[misc]

        def answer(
            request: PageRequest, known: dict[str, Site] = pages, other: Site = boards
        ) -> PageResponse:
            return known.get(request.target, other)(request)

        web.add_site(host, answer)
