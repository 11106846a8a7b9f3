"""Living pages that look like dead ones, part 1: one template, script or page for many URLs."""

from __future__ import annotations

from collections.abc import Callable
from html import escape
from random import Random
from zlib import crc32

from tests.worlds.citing import cite_living
from tests.worlds.serving import PageRequest, Site, html, plain_error
from tests.worlds.sites import site
from tests.worlds.skins import Skin
from tests.worlds.texts import THINGS, Article, article, slug
from tests.worlds.truth import InventedWeb

LANGUAGES = ("es", "it", "pl", "ko", "pt", "nl", "tr", "en-club", "zh-club", "de-club")
STYLES = ("wiki", "shop", "board", "office", "magazine", "plain")


def build(web: InventedWeb) -> None:
    """Add these pages to a web."""
    for part in (_goods, _scripts, _idle_queries, _tables, _drawn, _slugs, _tags, _stubs):
        part(web)


def skin(number: int, name: str, *, scripts: str = "") -> Skin:
    """Return a site's design: another language and layout for each number."""
    chosen = scripts or ("counter", "", "active")[number % 3]
    return Skin(
        name=name,
        lang=LANGUAGES[number % len(LANGUAGES)],
        style=STYLES[number % len(STYLES)],
        scripts=chosen,
    )


def lively(render: Callable[[int], str]) -> Site:
    """Return a page that is drawn anew at each request."""
    return lambda request: html(render(drawn(request)))


def drawn(request: PageRequest) -> int:
    """Return a number that differs from request to request."""
    return request.day * 70 + request.number * 5 + crc32(request.target.encode()) % 5


def inner_page(design: Skin, title: str, inner: str, head: str = "") -> Site:
    """Return a page of a site with some HTML inside."""
    return lively(lambda moment: design.frame(title, inner, moment=moment, head=head))


def _goods(web: InventedWeb) -> None:
    """Add shops with one template: name and price differ; a random URL shows the list of products."""
    for number in range(7):
        design = skin(number, ["Toko", "Sklep", "Tienda", "Winkel"][number % 4] + f" {number}")
        host = f"goods{number}.example"
        terms = article(design.lang, f"{host} delivery", paragraphs=3).paragraphs
        below = "".join(f"<p>{escape(each)}</p>" for each in terms)
        things = THINGS[design.lang].split(", ")
        pages: dict[str, Site] = {"/": lively(lambda m, d=design: d.front(moment=m))}  # type: ignore[misc]
        for item in range(3):
            name = things[(number * 3 + item) % len(things)]
            inner = f"<h2>{escape(name)}</h2><b>{12 + item},50</b>{below}"
            path = [f"/p/{200 + item}", f"/item?sku={name[:2]}{item}", f"/x/{slug('en', item)}"][
                number % 3
            ]
            pages[path] = inner_page(design, design.name, inner)
            memento = design.frame(design.name, inner, moment=-1) if item == 1 else ""
            cite_living(
                web,
                f"https://{host}{path}",
                "goods in one template",
                name,
                memento=memento,
                mirror=bool(memento),
            )
        stock = "".join(f"<li>{escape(each)}</li>" for each in things[:6])
        missing = inner_page(design, design.name, f"<h2>{things[0]}</h2><ul>{stock}</ul>{below}")
        web.add_site(host, site(pages, missing))


def _scripts(web: InventedWeb) -> None:
    """Add scripts with another text for each query, under one title; a random query shows a default page."""
    for number in range(7):
        design = skin(number + 2, f"Archivo {number}")
        host = f"script{number}.example"
        script = ["/index.php", "/view.asp", "/cgi-bin/show", "/"][number % 4]
        name = ["id", "n", "key", "p"][number % 4]
        pages: dict[str, Site] = {}
        for item in range(3):
            text = article(design.lang, f"{host} {item}", paragraphs=1 + item % 2)
            value = slug("en", f"{host}{item}") if number % 2 else str(310 + item)
            extra = "&view=text" if number % 3 == 0 else ""
            target = f"{script}?{name}={value}{extra}"
            inner = f"<h2>{escape(text.title)}</h2>" + "".join(
                f"<p>{escape(each)}</p>" for each in text.paragraphs
            )
            pages[target] = inner_page(design, design.name, inner)
            memento = design.frame(design.name, inner, moment=-1) if item == 2 else ""
            cite_living(
                web,
                f"http://{host}{target}",
                "one script, a text for each query",
                text.title,
                memento=memento,
                mirror=bool(memento),
            )
        default = lively(lambda m, d=design: d.front(moment=m))  # type: ignore[misc]
        web.add_site(host, _script(pages, script, default))


def _script(pages: dict[str, Site], script: str, default: Site) -> Site:
    """Return a site of pages by target; other queries of the script get its default, all else 404."""

    def answer(request: PageRequest) -> Site:
        if request.target in pages:
            return pages[request.target]
        is_script = request.path == script
        return default if is_script else (lambda _request: plain_error(404))

    return lambda request: answer(request)(request)


def _idle_queries(web: InventedWeb) -> None:
    """Add pages that ignore their query: referrer, print view, session."""
    queries = ("ref=letter", "lang=x-club", "print=1", "from=navbar", "share=4471", "v=2", "s=a8f3")
    for number, query in enumerate(queries):
        design = skin(number + 4, f"Revista {number}")
        host = f"idle{number}.example"
        text = article(design.lang, host)
        rewritten = Article(
            text.lang, text.title, article(design.lang, f"{host} anew", paragraphs=4).paragraphs
        )
        path = f"/{['story', 'notes', 'read'][number % 3]}/{slug('en', host)}"
        page = lively(lambda m, d=design, t=rewritten: d.page(t, moment=m))  # type: ignore[misc]
        daily = _daily(design)
        web.add_site(host, site({path: page, "/today": daily}))
        cite_living(
            web,
            f"https://{host}{path}?{query}",
            "an idle query, rewritten",
            text.title if number % 2 else "the whole story",
            memento=design.page(text, moment=-1),
            mirror=True,
        )
        before = article(design.lang, f"{host} day -40")
        cite_living(
            web,
            f"https://{host}/today?{query}",
            "an idle query, changes daily",
            f"Today at {design.name}",
            memento=design.page(Article(before.lang, f"Today at {design.name}", before.paragraphs)),
            mirror=number % 2 == 0,
        )


def _daily(design: Skin) -> Site:
    """Return a page with another text each day, under the same heading."""

    def answer(request: PageRequest) -> str:
        text = article(design.lang, f"{design.name} day {request.day}")
        today = Article(text.lang, f"Today at {design.name}", text.paragraphs)
        return design.page(today, moment=drawn(request))

    return lambda request: html(answer(request))


def _tables(web: InventedWeb) -> None:
    """Add tables of numbers that differ in place and figures only; a random URL shows the first place."""
    for number in range(5):
        design = skin(number + 1, f"Tabla {number}")
        host = f"tables{number}.example"
        things = THINGS[design.lang].split(", ")
        pages: dict[str, Site] = {}

        def table(place: str, seed: str) -> str:
            draw = Random(seed)
            cells = "".join(
                f"<tr><td>{hour}:00</td><td>{draw.randint(100, 999)}</td></tr>"
                for hour in range(24)
            )
            return f"<h2>{escape(place)}</h2><table>{cells}</table>"

        for item in range(3):
            place = things[item + 3]
            target = (f"/level?place={item + 41}", f"/level/{slug('en', item)}")[number % 2]
            inner = table(place, f"{host}{item}")
            pages[target] = inner_page(design, design.name, inner)
            cite_living(web, f"http://{host}{target}", "tables of numbers", place)
        default = inner_page(design, design.name, table(things[0], host))
        web.add_site(host, site(pages, default))


def _drawn(web: InventedWeb) -> None:
    """Add living quotations under one title; a random URL shows another one at every request."""
    for number in range(5):
        design = skin(number, f"Dicho {number}")
        host = f"sayings{number}.example"
        pages: dict[str, Site] = {}
        for item in range(3):
            saying = article(design.lang, f"{host} {item}", paragraphs=1)
            words = saying.paragraphs[0][: 90 + 60 * (number % 3)]
            inner = f"<blockquote>{escape(words)}</blockquote>"
            path = f"/s/{item + 17}" if number % 2 else f"/s/{slug('en', item)}"
            pages[path] = inner_page(design, design.name, inner)
            memento = design.frame(design.name, inner, moment=-1) if item == 1 else ""
            cite_living(
                web,
                f"https://{host}{path}",
                "a saying of its own, any for a random URL",
                words[:40],
                memento=memento,
                mirror=bool(memento),
            )
        web.add_site(host, site(pages, _any_saying(design, host, number)))


def _any_saying(design: Skin, host: str, number: int) -> Site:
    """Return a page with any saying."""

    def render(moment: int) -> str:
        saying = article(design.lang, f"{host} any {moment % 29}", paragraphs=1)
        words = saying.paragraphs[0][: 90 + 60 * (number % 3)]
        return design.frame(design.name, f"<blockquote>{escape(words)}</blockquote>", moment=moment)

    return lively(render)


def _slugs(web: InventedWeb) -> None:
    """Add sites that find a page by its number and ignore the name behind it."""
    for number in range(6):
        design = skin(number + 3, f"Foro {number}")
        host = f"slugs{number}.example"
        text = [article(design.lang, f"{host} {item}") for item in range(3)]
        folder = ["/questions", "/t", "/news/item"][number % 3]
        served = {
            f"{folder}/{item + 5120}": lively(lambda m, d=design, t=text[item]: d.page(t, moment=m))  # type: ignore[misc]
            for item in range(3)
        }
        front = lively(lambda m, d=design: d.front(moment=m))  # type: ignore[misc]
        web.add_site(host, _by_number(served, front, strict=number % 2 == 0))
        for item in range(1 + number % 3):
            cite_living(
                web,
                f"https://{host}{folder}/{item + 5120}/{slug('en', f'{host}{item}')}",
                "found by its number",
                text[item].title,
            )


def _by_number(served: dict[str, Site], front: Site, *, strict: bool) -> Site:
    """Return a site that finds pages by the number in the URL only; others are 404 or the front page."""

    def answer(request: PageRequest) -> Site:
        for path, page in served.items():
            if request.path == path or request.path.startswith(f"{path}/"):
                return page
        if request.path == "/" or not strict:
            return front
        return lambda _request: plain_error(404)

    return lambda request: answer(request)(request)


def _tags(web: InventedWeb) -> None:
    """Add lists by subject; a random URL shows the list without entries."""
    for number in range(4):
        design = skin(number + 5, f"Indeks {number}")
        host = f"tags{number}.example"
        things = THINGS[design.lang].split(", ")
        pages: dict[str, Site] = {}
        for item in range(2):
            entries = [article(design.lang, f"{host} {item} {n}").title for n in range(4)]
            rows = "".join(
                f"<li><a href='/e/{n}'>{escape(e)}</a></li>" for n, e in enumerate(entries)
            )
            target = f"/list?tag={slug('en', f'{host}{item}')}&sort=date"
            pages[target] = inner_page(design, design.name, f"<ul>{rows}</ul>")
            cite_living(web, f"http://{host}{target}", "a list by subject", things[item])
        empty = inner_page(design, design.name, "<ul></ul>")
        web.add_site(host, _script(pages, "/list", empty))


def _stubs(web: InventedWeb) -> None:
    """Add wikis whose entries are a line long; a random URL offers to create the page."""
    invitations = {
        "es": "Esta página todavía no existe. Puedes crearla.",
        "pl": "Nie ma jeszcze takiej strony. Możesz ją utworzyć.",
        "nl": "Deze pagina bestaat nog niet. U kunt haar aanmaken.",
        "ko": "이 문서는 아직 없습니다. 새로 만들 수 있습니다.",
        "en-club": "There is currently no text in this page. You may create it.",
    }
    for number, (lang, words) in enumerate(invitations.items()):
        design = Skin(name=f"Wikia {number}", lang=lang, style="wiki", scripts="active")
        host = f"stubs{number}.example"
        pages: dict[str, Site] = {"/": lively(lambda m, d=design: d.front(moment=m))}  # type: ignore[misc]
        for item in range(3):
            text = article(lang, f"{host} {item}", paragraphs=1)
            line = text.paragraphs[0][:70]
            inner = f"<h1>{escape(text.title)}</h1><p>{escape(line)}</p>"
            path = f"/wiki/{slug('en', f'{host}{item}')}"
            pages[path] = inner_page(design, f"{text.title} - {design.name}", inner)
            cite_living(web, f"https://{host}{path}", "a stub of a wiki", text.title)
        missing = inner_page(design, design.name, f"<p>{escape(words)}</p>")
        web.add_site(host, site(pages, missing))
