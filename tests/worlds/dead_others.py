"""Dead pages on domains with a new owner, pages that die during the test, and ambiguous ones."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from random import Random

from tests.worlds import copies, themes
from tests.worlds.citing import add_dead_site, same_headers
from tests.worlds.layout import Design
from tests.worlds.living_alike import SHELL
from tests.worlds.serving import (
    PageRequest,
    PageResponse,
    Site,
    html,
    plain_error,
    redirect,
)
from tests.worlds.sites import (
    always,
    from_day,
    front,
    leads_to,
    listing,
    site,
)
from tests.worlds.texts import article
from tests.worlds.truth import FAILING, Cited, InventedWeb, Truth


def build(web: InventedWeb) -> None:
    """Add these pages to a web."""
    for part in (_taken_over, _forwarded, _later):
        part(web)
    _short_links(web)
    _undecidable(web)


def _taken_over(web: InventedWeb) -> None:
    """Add domains with a new owner."""
    old = {
        "zh": "zh",
        "id": "id",
        "vi": "en",
        "th": "en",
        "ru": "ru",
        "tr": "de",
        "en": "en",
        "ko": "zh",
        "ja": "ja",
        "essays": "en",
        "pills": "en",
        "loans": "ru",
        "adult": "zh",
    }
    for number, (theme, (title, words)) in enumerate(themes.FARMS.items()):
        design = Design(name=f"Altes Blatt {number}", lang=old[theme])
        host = f"{['saegewerk', 'lumberyard', 'juchang'][number % 3]}-{theme}.example"
        lang = theme if len(theme) == 2 else old[theme]
        add_dead_site(
            web,
            design,
            host,
            f"taken over: {'betting' if len(theme) == 2 else theme}",
            _farm(title, words, lang, number % 3),
            ways=["", "cited"],
            living=0,
            has_front=False,
        )
    for number, (theme, (title, words)) in enumerate(themes.FIRMS.items()):
        lang = {"en2": "en", "pl": "de"}.get(theme, theme)
        design = Design(name=f"Vergangenes {number}", lang=lang)
        host = f"harbour{number}-{theme}.example"
        add_dead_site(
            web,
            design,
            host,
            "taken over: another firm",
            _farm(title, words, theme[:2], number % 3),
            ways=["", "cited"],
            living=0,
            has_front=False,
        )
    for number, (lang, title, words) in enumerate(themes.LANDERS):
        host = f"brennholz{number}.example"
        inner = "".join(f"<p>{escape(each.format(host))}</p>" for each in words)
        served = html(
            f'<html lang="{lang}"><head><title>{title.format(host)}</title></head><body><main>{inner}<form><input name=mail><input name=offer><button>→</button></form></main></body></html>'
        )
        design = Design(name="Brennholz", lang=["en", "de", "en", "zh", "zh", "de"][number])
        add_dead_site(
            web,
            design,
            host,
            "landing page of a market",
            always(served),
            ways=["", "cited"],
            living=0,
            has_front=False,
        )


def _forwarded(web: InventedWeb) -> None:
    """Add domains that a marketplace or hoster forwards by script, refresh or frame."""
    script = '<!DOCTYPE html><html><head><script>window.onload=function(){window.location.href="/lander"}</script></head></html>'
    frame = '<html><head><title>{0}</title></head><frameset rows="100%"><frame src="https://namen-boerse.example/?d={0}" frameborder="0"></frameset></html>'
    refresh = '<html><head><meta http-equiv="refresh" content="0; url=http://{0}/"></head><body></body></html>'
    for host, kind, body in (
        ("torfkahn.example", "landing page by a script", script),
        ("netzflicker.example", "frame of a market", frame.format("netzflicker.example")),
    ):
        design = Design(name=host.split(".")[0].title(), lang="de")
        add_dead_site(
            web,
            design,
            host,
            kind,
            always(html(body)),
            ways=["", "cited"],
            living=0,
            has_front=False,
        )
    design = Design(name="Peatbarge")
    home = site({"/": front(design)}, always(html(refresh.format("peatbarge.example"))))
    add_dead_site(
        web, design, "peatbarge.example", "refreshed to the front page", home, ways=["", "cited"]
    )
    fails = html(
        "<html><head><title>Database Error</title></head><body><h1>Error establishing a database connection</h1></body></html>"
    )
    design = Design(name="Netmender")
    add_dead_site(
        web,
        design,
        "netmender.example",
        "database error with status 200",
        always(fails),
        explicit=True,
        ways=["", "cited"],
        living=0,
        has_front=False,
    )


def _farm(title: str, words: Sequence[str], lang: str, way: int) -> Site:
    """Return a new owner's site: the same page everywhere, a page made for each address, or a redirect to the front page."""

    def shown(request: PageRequest) -> PageResponse:
        random = Random(request.path)
        extra = random.sample(list(words), len(words)) if way == 1 else words
        name = request.path.strip("/").replace("-", " ")[:30] if way == 1 else ""
        paragraphs = "".join(f"<p>{escape(each)}</p>" for each in [*extra, *words])
        return html(
            f'<html lang="{lang}"><head><title>{escape(f"{name} {title}".strip())}</title></head><body><h1>{escape(title)}</h1>{paragraphs}<a href="/promo">→</a></body></html>'
        )

    if way == 2:
        return lambda request: (
            shown(request) if request.path == "/" else redirect(f"http://{request.host}/", 301)
        )
    return shown


def _later(web: InventedWeb) -> None:
    """Add pages that die on the second day, mostly without a change of status."""
    design = Design(name="Night Ferry")
    odd = always(html(f"<title>Night Ferry</title><p>{themes.ODD['en'][0]}</p>"))
    farm = _farm(*themes.FARMS["id"], "id", 0)
    web.vanishing["nightferry-g.invalid"] = 2
    for host, kind, after, explicit in (
        ("nightferry-a.example", "dies: 404", always(plain_error(404)), True),
        ("nightferry-b.example", "dies: front page instead", front(design), False),
        ("nightferry-c.example", "dies: odd words", odd, False),
        ("nightferry-d.example", "dies: taken over", farm, False),
        (
            "nightferry-e.example",
            "dies: led home",
            site({"/": front(design)}, leads_to("/")),
            False,
        ),
        ("nightferry-f.example", "dies: same length and date", same_headers(odd), False),
        ("nightferry-g.invalid", "dies: name gone", always(plain_error(404)), True),
    ):
        add_dead_site(
            web,
            design,
            host,
            kind,
            after,
            explicit=explicit,
            ways=["older", "cited", "none"],
            dies=2,
            accepted_states=FAILING,
            living=0,
        )
    after_404 = from_day(3, always(plain_error(404)), always(plain_error(403)))
    add_dead_site(
        web,
        Design(name="Toll Gate"),
        "tollgate.example",
        "404, then 403",
        after_404,
        explicit=True,
        ways=["", ""],
        living=0,
        accepted_states=FAILING | {"blocked"},
    )


def _short_links(web: InventedWeb) -> None:
    """Add short links of services that ended, whose targets only the archive has."""
    hosts: dict[str, list[str]] = {
        "goo.gl": ["aX3kd", "b9QwE"],
        "tinyurl.com": ["y4weir"],
        "t.co": ["Zk81lighthouse"],
    }
    for host, names in hosts.items():
        web.add_site(host, always(plain_error(404)))
        for name in names:
            design = Design(name="Fernrohr", lang="de")
            text = article("de", f"short {host} {name}")
            long = f"http://fernrohr.invalid/text/{name.lower()}.html"
            url = f"https://{host}/{name}"
            cited = web.cite(
                Cited(
                    url=url,
                    kind="short link of a dead service",
                    truth=Truth.DEAD,
                    text=text.title,
                    explicit=True,
                    archived_as="short-link",
                )
            )
            cited.copies.add(
                web.add_snapshot(url, copies.NEARER, "", status=301, headers={"Location": long})
            )
            cited.copies.add(web.add_snapshot(long, copies.NEAR, design.page(text, moment=-1)))


def _undecidable(web: InventedWeb) -> None:
    """Add pages of which no reader could tell whether they are alive."""
    shell = html(SHELL.format("Kelp", "en", "You need to enable JavaScript to run this app."))
    web.add_site("kelp-app.example", always(shell))
    for number in range(2):
        web.cite(
            Cited(
                url=f"https://kelp-app.example/doc/{number}",
                kind="shell of a dead application",
                truth=Truth.UNDECIDABLE,
                text=article("en", f"kelp {number}").title,
                why="the shell is that of a living application; only running its scripts would show that nothing comes",
            )
        )
    design = Design(name="Stillwater")
    text = article("en", "stillwater")

    def unmoved(request: PageRequest) -> PageResponse:
        if request.headers.get("If-Modified-Since") or request.headers.get("If-None-Match"):
            return PageResponse(status=304, headers={"ETag": '"1"'})
        served = (
            html(design.page(text)) if request.day < 2 else html(design.front(moment=request.day))
        )
        return PageResponse(body=served.body, headers={**served.headers, "ETag": '"1"'})

    web.add_site(
        "stillwater.example",
        site({"/essay/3": unmoved}, front(design)),
    )
    web.cite(
        Cited(
            url="http://stillwater.example/essay/3",
            kind="dies: server says 304 all the same",
            truth=Truth.UNDECIDABLE,
            text=text.title,
            why="the server itself says that nothing changed",
        )
    )
    mixed = Design(name="Brook Street Books")
    web.add_site(
        "brookstreet.example",
        site({"/b/7": listing(mixed, "books")}),
    )
    web.cite(
        Cited(
            url="http://brookstreet.example/b/7",
            kind="list instead, a random URL is 404, no memento",
            truth=Truth.UNDECIDABLE,
            text="",
            why="a served page of its own, and nothing shows what stood there",
        )
    )
    web.add_site(
        "maintenance.example",
        always(
            html(
                "<title>Maintenance</title><h1>We are working on it</h1><p>The site is being rebuilt.</p>"
            )
        ),
    )
    web.cite(
        Cited(
            url="http://maintenance.example/a/1",
            kind="being rebuilt",
            truth=Truth.UNDECIDABLE,
            text=article("en", "maintenance").title,
            why="it may come back; only time tells",
        )
    )
