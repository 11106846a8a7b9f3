"""Add dead pages of the second web in whose place a varying page is served."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from html import escape
from random import Random

from tests.worlds import copies
from tests.worlds.citing import add_dead_site
from tests.worlds.more_living import drawn, inner_page, lively, skin
from tests.worlds.serving import PageRequest, Site, html, plain_error
from tests.worlds.sites import always, below
from tests.worlds.skins import Skin
from tests.worlds.texts import THINGS, article
from tests.worlds.truth import Cited, InventedWeb, Truth


def build(web: InventedWeb) -> None:
    """Add these pages to a web."""
    for part in (_fronts, _lists, _queries, _sayings, _searches, _empty_forms, _farewells):
        part(web)
    _emptied(web)
    _others(web)


def _front(design: Skin) -> Site:
    return lively(lambda moment: design.front(moment=moment))


def _list(design: Skin) -> Site:
    return lively(lambda moment: design.listing("all", moment=moment))


def _fronts(web: InventedWeb) -> None:
    """Add sites that serve the front page at every URL, or at every one of a folder."""
    for number in range(10):
        design = skin(number, f"Heraldo {number}")
        add_dead_site(
            web,
            design,
            f"front{number}.example",
            "varying front page instead",
            _front(design),
            ways=["", "none", "cited"],
        )
    for number in range(4):
        design = skin(number + 3, f"Cuaderno {number}")
        folder = ["/blog", "/forum", "/magazin", "/old/site"][number]
        add_dead_site(
            web,
            design,
            f"folder{number}.example",
            "varying front page of a folder instead",
            below(f"{folder}/", _front(design)),
            ways=["none", "exact"],
            prefix=folder,
        )


def _lists(web: InventedWeb) -> None:
    """Add sites that serve a list of all pages at every URL; two find it by the number in the URL."""
    for number in range(6):
        design = skin(number + 1, f"Lista {number}")
        add_dead_site(
            web,
            design,
            f"list{number}.example",
            "varying list instead",
            _list(design),
            ways=["none", "", "exact"],
        )
    for number in range(3):
        design = skin(number + 4, f"Nummer {number}")
        add_dead_site(
            web,
            design,
            f"numbered{number}.example",
            "list instead, below a number",
            _list(design),
            ways=["exact", "cited"],
            prefix=f"/questions/{number + 880}",
        )


def _queries(web: InventedWeb) -> None:
    """Add scripts that return one page for every query, on sites where other random URLs get status 404."""
    shapes = (
        ("/item.asp", "/item.asp?id={0}"),
        ("/view.php", "/view.php?cat=a&n={0}"),
        ("/show", "/show?article=about-{0}-x"),
        ("/", "/?p={0}"),
        ("/index.php", "/index.php?option=text&id={0}"),
        ("/cgi-bin/doc.pl", "/cgi-bin/doc.pl?{0}"),
        ("/read.jsp", "/read.jsp?lang=xx&docid={0}"),
        ("/shop/detail.php", "/shop/detail.php?artikel={0}&farbe=3"),
    )
    for number, (script, shape) in enumerate(shapes):
        design = skin(number + 2, f"Registro {number}")
        host = f"query{number}.example"
        for item in range(1 + number % 3):
            text = article(design.lang, f"{host} {item}")
            cited = web.cite(
                Cited(
                    url=f"http://{host}{shape.format(7310 + item * 3)}",
                    kind="one page for every query, other random URLs get 404",
                    truth=Truth.DEAD,
                    text=text.title,
                )
            )
            copies.hold(web, cited, ["exact", "cited", "older"][item % 3], design, text)
        default = (_list, _front)[number % 2](design)
        web.add_site(host, _only_script(script, default))


def _only_script(script: str, default: Site) -> Site:
    missing = plain_error(404)
    return lambda request: default(request) if request.path == script else missing


def _sayings(web: InventedWeb) -> None:
    """Add sites that serve a random page at every URL."""
    for number in range(5):
        design = skin(number + 2, f"Azar {number}")

        def drawn_page(moment: int, d: Skin = design) -> str:
            text = article(d.lang, f"{d.name} lot {moment % 37}", paragraphs=2)
            inner = "".join(f"<p>{escape(each)}</p>" for each in text.paragraphs)
            return d.frame(d.name, f"<h2>{escape(d.name)}</h2>{inner}", moment=moment)

        add_dead_site(
            web,
            design,
            f"lots{number}.example",
            "drawn by lot instead",
            lively(drawn_page),
            ways=["exact", "cited", "none"],
        )


def _searches(web: InventedWeb) -> None:
    """Add sites that serve their search for the page's name, with other results or none."""
    for number in range(4):
        design = skin(number + 6, f"Buscador {number}")

        def found(request: PageRequest, d: Skin = design, n: int = number) -> str:
            name = request.path.rstrip("/").rpartition("/")[2].replace("-", " ")
            rows = d.headlines(Random(f"{d.name} {drawn(request)}"), 5) if n % 2 else ""
            inner = (
                f"<form><input value='{escape(name)}'></form><p>{escape(name)}</p><ul>{rows}</ul>"
            )
            return d.frame(d.name, inner, moment=drawn(request))

        def answer(request: PageRequest, render: Callable[[PageRequest], str] = found) -> object:
            return html(render(request))

        add_dead_site(
            web,
            design,
            f"search{number}.example",
            "the site's search instead",
            answer,  # type: ignore[arg-type]
            ways=["exact", "cited", "none"],
        )


def _empty_forms(web: InventedWeb) -> None:
    """Add sites that serve an empty template at every URL."""
    for number in range(4):
        design = skin(number + 7, f"Ficha {number}")
        things = THINGS[design.lang].split(", ")
        rows = "".join(f"<dt>{escape(each)}</dt><dd></dd>" for each in things[:6])
        add_dead_site(
            web,
            design,
            f"form{number}.example",
            "a form without values",
            inner_page(design, design.name, f"<dl>{rows}</dl>"),
            ways=["none", "exact"],
        )


FAREWELLS: Sequence[tuple[str, str, str]] = (
    ("es", "Hasta aquí llegamos", "La casa cierra sus puertas después de veinte años. Gracias a los que vinieron con lluvia."),
    ("it", "Ultimo giro", "La giostra si ferma, il cavallo va in pensione e noi con lui. Grazie di tutto."),
    ("pl", "To już koniec", "Zamykamy warsztat po dwudziestu latach. Klucze oddaliśmy gminie, a koty poszły z nami."),
    ("ko", "그동안 고마웠습니다", "스무 해 동안 켜 두었던 불을 오늘 끕니다. 책은 학교에 보냈습니다."),
    ("nl", "Dag allemaal", "Na twintig jaar gaat het licht uit en de deur op slot. Dank aan wie er was."),
    ("tr", "Hoşça kalın", "Yirmi yıl sonra dükkânı kapatıyoruz. Anahtar komşuda, kedi bizimle."),
    ("zh-club", "後會有期", "二十年的燈今晚熄了,書送給學校,船賣了,貓跟我們走。"),
    ("en-club", "That was it.", "Twenty summers, one leaking boat. The trophy went to the school and we went home."),
)  # fmt: skip


def _farewells(web: InventedWeb) -> None:
    """Add sites that serve a closing notice at every URL, the front page included."""
    for number, (lang, title, words) in enumerate(FAREWELLS):
        design = Skin(name=f"Cierre {number}", lang=lang, style="plain")
        body = f"<html><head><title>{escape(title)}</title></head><body><h1>{escape(title)}</h1><p>{escape(words)}</p></body></html>"
        add_dead_site(
            web,
            design,
            f"farewell{number}.example",
            "a farewell at every address",
            always(html(body)),
            ways=["exact", "cited"] if number % 2 else ["none", "none"],
            living=0,
            has_front=False,
        )


def _emptied(web: InventedWeb) -> None:
    """Add sites with nothing at any URL: no byte, an empty body, an empty frame."""
    bodies = (
        "",
        "<html><body></body></html>",
        "<!doctype html><html><head><title></title></head><body><div></div></body></html>",
        "\n\n",
    )
    for number, body in enumerate(bodies):
        design = skin(number + 1, f"Vacio {number}")
        add_dead_site(
            web,
            design,
            f"empty{number}.example",
            "nothing at any address",
            always(html(body)),
            ways=["none", "exact"] if number % 2 else ["cited", "none"],
            living=0,
            has_front=False,
        )


OTHERS: Sequence[tuple[str, str, str]] = (
    ("es", "Join the list", "Something new is coming to this address. Leave your mail and be the first to hear of it from us."),
    ("en-club", "Klinik Dr. Aydın", "Diş beyazlatma, implant ve ortodonti için randevu alın. Hafta içi her gün açığız ve ilk muayene ücretsizdir."),
    ("pl", "Hydraulik 24h", "Udrażnianie rur, wymiana kranów, montaż pralek. Przyjeżdżamy w godzinę na terenie całego miasta i okolic."),
    ("zh-club", "Sunrise Freight", "Sea and air freight from all the major ports. Ask for a quote today and get an answer within the hour from our team."),
    ("nl", "Rijschool De Bocht", "Leer rijden in tien lessen, theorie inbegrepen. Bel ons voor een gratis proefles bij u in de buurt en slaag in een keer."),
    ("de-club", "Studio Karma Yoga", "Vinyasa, Yin und Pilates in kleinen Gruppen. Die erste Stunde ist frei, Matten sind vorhanden und Tee gibt es auch."),
)  # fmt: skip


def _others(web: InventedWeb) -> None:
    """Add sites with another owner's page at every URL."""
    for number, (lang, title, words) in enumerate(OTHERS):
        design = Skin(name=f"Antes {number}", lang=lang, style="office")
        body = f"<html><head><title>{escape(title)}</title></head><body><h1>{escape(title)}</h1><p>{escape(words)}</p></body></html>"
        add_dead_site(
            web,
            design,
            f"other{number}.example",
            "another owner at every address",
            always(html(body)),
            ways=["exact", "cited", "none"],
            living=0,
            has_front=False,
        )
