"""Dead pages in whose place another page is served with status 200."""

from __future__ import annotations

from html import escape

from tests.worlds import copies, themes
from tests.worlds.citing import add_dead_site
from tests.worlds.layout import Design
from tests.worlds.serving import (
    PageRequest,
    PageResponse,
    Site,
    html,
)
from tests.worlds.sites import (
    always,
    below,
    front,
    leads_to,
    listing,
    shows,
    site,
)
from tests.worlds.texts import Article, article
from tests.worlds.truth import Cited, InventedWeb, Truth


def build(web: InventedWeb) -> None:
    """Add these pages to a web."""
    for part in (_soft, _redirected, _emptied):
        part(web)


def _soft(web: InventedWeb) -> None:
    """Add sites that return status 200 with another page for what they no longer have."""
    for lang, host in (
        ("en", "windmill-times.example"),
        ("zh", "fengche-bao.example"),
        ("ru", "melnitsa-news.example"),
        ("de", "windrad-bote.example"),
        ("ar", "al-tahouna.example"),
    ):
        design = Design(name=host.split(".")[0].title(), lang=lang)
        add_dead_site(
            web, design, host, "front page instead", front(design), ways=["", "", "cited"]
        )
    for lang, host in (
        ("en", "tannery-shop.example"),
        ("de", "gerberei-laden.example"),
        ("ja", "seikaku-ten.example"),
        ("id", "toko-penyamakan.example"),
    ):
        design = Design(name=host.split(".")[0].title(), lang=lang)
        add_dead_site(
            web,
            design,
            host,
            "catalogue instead",
            listing(design, "catalogue"),
            ways=["", "", "cited"],
        )
    for lang in themes.ODD:
        for number, words in enumerate(themes.ODD[lang]):
            host = f"{['leer', 'void'][number]}-{lang}.lantern{number}.example"
            design = Design(name=f"Lantern {lang} {number}", lang=lang)
            served = html(
                design.frame(design.name, f"<p>{escape(words)}</p>")
                if number
                else f"<title>{design.name}</title><p>{escape(words)}</p>"
            )
            add_dead_site(
                web,
                design,
                host,
                "odd words",
                always(served),
                ways=["cited"] if number else ["", ""],
            )
    for lang, (title, words) in themes.FAREWELLS.items():
        design = Design(name=f"Kiln {lang}", lang=lang)
        served = html(
            f"<html><head><title>{design.name}</title></head><body><h1>{title}</h1><p>{words}</p></body></html>"
        )
        add_dead_site(
            web,
            design,
            f"kiln-{lang}.example",
            "farewell at every address",
            always(served),
            ways=["", ""],
            living=0,
            has_front=False,
        )
    design = Design(name="Cider Press Blog")
    blog = below("/blog/", front(design))
    add_dead_site(
        web,
        design,
        "ciderpress.example",
        "front page of a folder instead",
        blog,
        ways=["", "", "cited"],
        prefix="/blog",
    )
    parish = Design(name="Pfarrchronik", lang="de")
    script = below("/chronik.php", listing(parish, "chronik"))
    for number in range(3):
        text = article("de", f"pfarrchronik {number}")
        cited = web.cite(
            Cited(
                url=f"http://pfarrchronik.example/chronik.php?jahr={1801 + number}",
                kind="one page for every query, other random URLs get 404",
                truth=Truth.DEAD,
                text=text.title,
            )
        )
        copies.hold(web, cited, "cited" if number == 2 else "older", parish, text)
    web.add_site("pfarrchronik.example", script)
    design = Design(name="Almanac Depot")
    add_dead_site(
        web,
        design,
        "almanac-depot.example",
        "front page instead of a file",
        front(design),
        ways=["", ""],
    )


def _redirected(web: InventedWeb) -> None:
    """Add redirects to other pages."""
    for lang, host, to, code in (
        ("en", "depot-news.example", "/", 302),
        ("zh", "chezhan-news.example", "/", 301),
        ("fr", "octroi.example", "/fr/", 302),
        ("de", "strassenbahn.example", "/index.html", 301),
    ):
        design = Design(name=host.split(".")[0].title(), lang=lang)
        home = front(design)
        missing = site({to: home}, leads_to(to, code))
        add_dead_site(web, design, host, "led home", missing, ways=["", "", ""])
    for lang, host in (
        ("en", "herbarium-desk.example"),
        ("ru", "gerbariy.example"),
        ("ja", "hyohonshitsu.example"),
    ):
        design = Design(name=host.split(".")[0].title(), lang=lang)
        hub = site({"/news/": listing(design, "news")}, leads_to("/news/"))
        add_dead_site(web, design, host, "led to a hub", hub, ways=["", "", ""])
    design = Design(name="Tide Tables")

    def newest(request: PageRequest) -> PageResponse:
        return html(design.page(article("en", f"tide {request.day}"), moment=request.day))

    latest = site({"/latest": newest}, leads_to("/latest"))
    add_dead_site(
        web, design, "tidetables.example", "led to the latest page", latest, ways=["", "", ""]
    )
    web.add_site(
        "portal-nord.example",
        site({"/": front(Design(name="Portal Nord", lang="de"))}),
    )
    add_dead_site(
        web,
        Design(name="Kleingarten", lang="de"),
        "kleingarten.portal-nord.example",
        "led to the portal",
        leads_to("https://portal-nord.example/", 301),
        ways=["", ""],
        living=0,
        has_front=False,
    )
    shop = Design(name="Gadget Bay")
    web.add_site(
        "gadgetbay.example",
        site(
            {
                "/deals/robot-vacuum-x9": shows(shop, Article("en", *themes.FIRMS["en"])),
                "/": always(html(shop.front())),
            }
        ),
    )
    add_dead_site(
        web,
        Design(name="Footbridge"),
        "footbridge.example",
        "led to a foreign page",
        leads_to("https://gadgetbay.example/deals/robot-vacuum-x9?aff=77", 302),
        ways=["", "", "cited"],
        living=0,
        has_front=False,
    )
    add_dead_site(
        web,
        Design(name="Passerelle", lang="fr"),
        "passerelle.example",
        "led to a foreign page for good",
        leads_to("https://gadgetbay.example/deals/robot-vacuum-x9", 301),
        ways=["", "cited"],
        living=0,
        has_front=False,
    )
    sole = Design(name="Chapel Yard")
    text = [article("en", f"chapelyard {n}") for n in range(3)]
    leads: dict[str, Site] = {f"/yard/{n}": leads_to("/yard/", 302) for n in range(3)}
    web.add_site(
        "chapelyard.example",
        site(leads | {"/yard/": listing(sole, "yard")}),
    )
    for number in range(3):
        cited = web.cite(
            Cited(
                url=f"http://chapelyard.example/yard/{number}",
                kind="led to a hub, a random URL is 404",
                truth=Truth.DEAD,
                text=text[number].title,
            )
        )
        copies.hold(web, cited, "cited", sole, text[number])


def _emptied(web: InventedWeb) -> None:
    """Add empty pages."""
    add_dead_site(
        web,
        Design(name="Blank Mill"),
        "blankmill.example",
        "blank: no byte",
        always(html("")),
        ways=["", "cited"],
        living=0,
        has_front=False,
    )
    add_dead_site(
        web,
        Design(name="空窑", lang="zh"),
        "kongyao.example",
        "blank: empty body",
        always(html("<html><head></head><body></body></html>")),
        ways=["", "cited"],
        living=0,
        has_front=False,
    )
    add_dead_site(
        web,
        Design(name="Leerstand", lang="de"),
        "leerstand.example",
        "blank: no byte, living front page",
        always(html(" \n")),
        ways=["", "cited"],
    )
