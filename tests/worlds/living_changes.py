"""Living pages that changed, redirect or moved."""

from __future__ import annotations

from dataclasses import replace

from tests.worlds.citing import cite_living
from tests.worlds.copies import NEAR
from tests.worlds.layout import Design
from tests.worlds.serving import (
    PageRequest,
    PageResponse,
    Site,
    file,
    html,
    redirect,
)
from tests.worlds.sites import (
    always,
    front,
    leads_to,
    listing,
    secure_only,
    shows,
    site,
)
from tests.worlds.texts import Article, article, slug
from tests.worlds.truth import InventedWeb


def build(web: InventedWeb) -> None:
    """Add these pages to a web."""
    for part in (_changed, _several_addresses, _redirects, _merged, _moved, _misleading_evidence):
        part(web)


def _changed(web: InventedWeb) -> None:
    """Add pages that changed and are still the cited page."""
    for host, lang, into in (
        ("weirwatch.example", "en", "en"),
        ("schmiedehof.example", "de", "en"),
        ("yanpu.example", "zh", "zh"),
        ("lentera.example", "id", "en"),
        ("kuznitsa.example", "ru", "ru"),
    ):
        pages: dict[str, Site] = {}
        for number in range(3):
            old = article(lang, f"{host} {number}")
            new = article(into, f"{host} rewritten {number}")
            title = old.title if lang == into else new.title
            shown = Article(into, title, new.paragraphs)
            kind = "rewritten" if lang == into else "translated"
            path = f"/guide/{number + 3}"
            before, after = (
                Design(name=host.split(".")[0].title(), lang=lang),
                Design(name=host.split(".")[0].title(), lang=into, style="forum"),
            )
            pages[path] = shows(after, shown)
            cite_living(
                web,
                f"https://{host}{path}",
                kind,
                old.title,
                memento=before.page(old, moment=-1),
                mirror=True,
            )
        pages["/"] = front(Design(name=host.split(".")[0].title(), lang=into, style="forum"))
        web.add_site(host, site(pages))
    design = Design(name="Weather at the Weir")

    def daily(request: PageRequest) -> PageResponse:
        text = article("en", f"weather {request.day}")
        return html(design.page(text, moment=request.day, title="Today at the weir"))

    web.add_site(
        "today.weir.example",
        site(
            {
                "/today/": daily,
                "/": daily,
                "/week/": listing(design, "week"),
            }
        ),
    )
    cite_living(
        web,
        "http://today.weir.example/today/",
        "changes daily",
        "Today at the weir",
        memento=design.page(
            article("en", "weather long ago"), moment=-1, title="Today at the weir"
        ),
        mirror=True,
    )
    cite_living(
        web,
        "http://today.weir.example/week/",
        "changes daily",
        "The week at the weir",
        memento=design.listing("week", moment=-9),
        mirror=True,
    )
    cite_living(web, "http://today.weir.example/", "changes daily", "Weather at the Weir")
    _sold_and_betted(web)
    ended = Design(name="Kilnside")
    text = article("en", "kilnside")
    notice = Article(
        "en",
        text.title,
        [
            "This page is no longer updated. The society was dissolved in 2019; the text is kept for reference.",
            *text.paragraphs,
        ],
    )
    web.add_site("kilnside.example", site({"/history.html": always(html(ended.page(notice)))}))
    cite_living(
        web,
        "http://kilnside.example/history.html",
        "says it is no longer kept up",
        text.title,
        memento=ended.page(text),
        mirror=True,
    )


def _sold_and_betted(web: InventedWeb) -> None:
    """Add offers and betting news with another text each day, under the cited title."""
    boats = Design(name="Kahnmarkt", lang="de")
    court = Design(name="Gaming Commission")

    def offers(request: PageRequest) -> PageResponse:
        text = article("de", f"boats {request.day}").paragraphs
        offer = Article(
            "de", "Boote zu verkaufen", ["Dieser Kahn steht zum Verkauf, Preis auf Anfrage.", *text]
        )
        return html(boats.page(offer, moment=request.day))

    def decisions(request: PageRequest) -> PageResponse:
        text = article("en", f"commission {request.day}").paragraphs
        news = Article(
            "en",
            "Latest decisions on casino licences",
            ["The commission fined an online casino for its bonus offers.", *text],
        )
        return html(court.page(news, moment=request.day))

    web.add_site("kahnmarkt.example", site({"/angebote/": offers, "/": front(boats)}))
    web.add_site(
        "gaming-commission.example", site({"/decisions/latest": decisions, "/": front(court)})
    )
    past = Article("de", "Boote zu verkaufen", article("de", "boats long ago").paragraphs)
    cite_living(
        web,
        "https://kahnmarkt.example/angebote/",
        "changes daily, words of sale",
        past.title,
        memento=boats.page(past),
        mirror=True,
    )
    old = Article(
        "en", "Latest decisions on casino licences", article("en", "commission long ago").paragraphs
    )
    cite_living(
        web,
        "https://gaming-commission.example/decisions/latest",
        "changes daily, words of betting",
        old.title,
        memento=court.page(old),
        mirror=True,
    )


def _merged(web: InventedWeb) -> None:
    """Add pages that moved and were rewritten, or became parts of one long page."""
    design = Design(name="Handbuch Schleuse", lang="de")
    parts = [article("de", f"handbuch {number}", paragraphs=3) for number in range(3)]
    whole = Article(
        "de", "Handbuch", [each for part in parts for each in (part.title, *part.paragraphs)]
    )
    leads = {f"/kapitel/{number}": leads_to("/handbuch", 301) for number in range(3)}
    web.add_site("handbuch-schleuse.example", site({**leads, "/handbuch": shows(design, whole)}))
    for number, part in enumerate(parts):
        memento = design.page(part, moment=-1)
        cite_living(
            web,
            f"http://handbuch-schleuse.example/kapitel/{number}",
            "merged into one page",
            part.title,
            memento=memento,
            mirror=True,
        )
    press = Design(name="Capstan Press")
    pages: dict[str, Site] = {}
    for number in range(2):
        old = article("en", f"capstan {number}")
        new = Article("en", old.title, article("en", f"capstan rewritten {number}").paragraphs)
        pages[f"/old/{number}.php"] = leads_to(f"/stories/capstan-{number}", 301)
        pages[f"/stories/capstan-{number}"] = shows(press, new)
        cite_living(
            web,
            f"http://capstan.example/old/{number}.php",
            "moved and rewritten",
            old.title,
            memento=press.page(old),
            mirror=True,
        )
    web.add_site("capstan.example", site(pages))


def _several_addresses(web: InventedWeb) -> None:
    """Add an article that is cited under several URLs of its site."""
    design = Design(name="Pier Ledger")
    text = article("en", "pier ledger")
    page = shows(design, text, head='<link rel="canonical" href="/a/7">')
    paths = ("/a/7", "/a/7?ref=letter", "/print/7", "/a.php?id=7", "/2019/06/7")
    web.add_site("pierledger.example", site(dict.fromkeys(paths, page)))
    for path in paths:
        cite_living(
            web, f"http://pierledger.example{path}", "one page under several addresses", text.title
        )


def _redirects(web: InventedWeb) -> None:
    """Add usual redirects to the same page, and a few to another right one."""
    design = Design(name="Chronik Nord", lang="de")
    text = [article("de", f"chronik {n}") for n in range(8)]

    def shown(number: int) -> Site:
        return shows(design, text[number])

    web.add_site(
        "www.chronik-nord.example",
        secure_only(
            site(
                {
                    "/ort/1": shown(0),
                    "/ort/2/": shown(1),
                    "/ort/2": leads_to("/ort/2/", 301),
                    "/ort/3/index.html": shown(2),
                    "/ort/3": leads_to("/ort/3/index.html", 302),
                    "/Ort/4": shown(3),
                    "/ort/4": leads_to("/Ort/4", 301),
                    "/ort/5": leads_to("/ort/5?sid=4711", 302),
                    "/ort/5?sid=4711": shown(4),
                    "/faq": shown(5),
                    "/faq/17": leads_to("/faq#17", 301),
                    "/de/ort/6": shown(6),
                    "/ort/6": leads_to("/de/ort/6", 302),
                }
            )
        ),
    )
    web.add_site(
        "chronik-nord.example",
        _moved_to("https://www.chronik-nord.example"),
    )
    for url, number in (
        ("http://chronik-nord.example/ort/1", 0),
        ("http://www.chronik-nord.example/ort/2", 1),
        ("https://www.chronik-nord.example/ort/3", 2),
        ("https://www.chronik-nord.example/ort/4", 3),
        ("http://chronik-nord.example/ort/5", 4),
        ("https://www.chronik-nord.example/faq/17", 5),
        ("https://www.chronik-nord.example/ort/6", 6),
    ):
        cite_living(
            web,
            url,
            "redirect to itself",
            text[number].title,
            memento=design.page(text[number], moment=-1) if number % 2 else "",
            mirror=bool(number % 2),
        )
    paper = article("en", "paper on weirs")
    press = Design(name="Weir Press Journals")
    web.add_site(
        "id.papers.example",
        site({"/10.77/weir.3": leads_to("https://journals.weirpress.example/article/weirs-3")}),
    )
    web.add_site(
        "journals.weirpress.example",
        site({"/article/weirs-3": shows(press, paper)}),
    )
    cite_living(
        web,
        "https://id.papers.example/10.77/weir.3",
        "identifier that resolves elsewhere",
        paper.title,
        memento="",
        mirror=False,
    )
    web.add_site("bit.ly", site({"/3weir": leads_to("https://kontor-fleet.example/", 301)}))
    cite_living(web, "https://bit.ly/3weir", "short link to a front page", "Kontor am Fleet")
    school = Design(name="Alte Schule am Deich", lang="de")
    web.add_site("alteschule.example", leads_to("https://schule-am-deich.example/", 301))
    web.add_site("schule-am-deich.example", site({"/": front(replace(school, style="forum"))}))
    memento = school.front(moment=-1)
    cite_living(
        web,
        "http://alteschule.example/",
        "front page moved",
        school.name,
        memento=memento,
        mirror=True,
    )
    renamed = Design(name="Neue Weberei (früher Spinnerei Lund)", lang="de")
    web.add_site("spinnerei-lund.example", leads_to("https://neue-weberei.example/", 301))
    web.add_site("neue-weberei.example", site({"/": front(renamed)}))
    memento = Design(name="Spinnerei Lund", lang="de").front(moment=-1)
    cite_living(
        web,
        "http://spinnerei-lund.example/",
        "front page moved, renamed",
        "Spinnerei Lund",
        memento=memento,
        mirror=True,
    )
    named = Design(name="Tugboat Co")
    web.add_site(
        "tugboat.example",
        site(
            {
                "/": leads_to("/en/", 302),
                "/en/": front(named),
            }
        ),
    )
    cite_living(web, "http://tugboat.example/", "front page in a language", "Tugboat Co")


def _moved_to(address: str) -> Site:
    """Return a site whose every address leads to the same one elsewhere."""
    return lambda request: redirect(f"{address}{request.path}", 301)


def _moved(web: InventedWeb) -> None:
    """Add sites and pages that moved and redirect."""
    for old, new, design, folder in (
        ("salzweg.example", "www.salzweg-archiv.example", Design(name="Salzweg", lang="de"), ""),
        ("blog.lantern.example", "lanternhouse.example", Design(name="Lantern House"), "/journal"),
        ("old.shuiku.example", "shuiku-net.example", Design(name="水库网", lang="zh"), "/article"),
    ):
        pages: dict[str, Site] = {}
        leads: dict[str, Site] = {}
        for number in range(4):
            text = article(design.lang, f"{old} {number}")
            path = f"/p{number + 40}"
            target = folder + path
            pages[target] = shows(design, text)
            leads[path] = leads_to(f"https://{new}{target}", 301)
            cite_living(
                web,
                f"http://{old}{path}",
                "whole site moved",
                text.title,
                memento=design.page(text, moment=-1) if number % 2 else "",
                mirror=bool(number % 2),
            )
        web.add_site(old, site(leads, _moved_to(f"https://{new}{folder}")))
        web.add_site(new, site(pages))
    design = Design(name="Orchard Records")
    pages, leads = {}, {}
    for number in range(5):
        text = article("en", f"orchard records {number}")
        new = f"/records/{slug('en', f'orchard {number}')}"
        pages[new] = shows(design, text)
        pages[f"/node/{number}"] = leads_to(new, 301)
        cite_living(
            web,
            f"http://orchard-records.example/node/{number}",
            "page moved",
            text.title,
            memento=design.page(text, moment=-1) if number % 2 else "",
            mirror=bool(number % 2),
        )
    web.add_site("orchard-records.example", site(pages))


def _tokens(request: PageRequest) -> PageResponse:
    """Redirect to a file on another host, with a token that differs in each request."""
    token = request.number * 7919
    return redirect(f"https://cdn.regal7.example/f{request.path}?token={token}")


WALLED = "<html><head><title>Just a moment...</title></head><body><p>Checking your browser before accessing the site.</p><script src='/cdn-cgi/challenge-platform/h/b/orchestrate/chl_page/v1'></script></body></html>"


def _misleading_evidence(web: InventedWeb) -> None:
    """Add living pages with misleading evidence: bad mementos, one page for every URL, odd headers."""
    design = Design(name="Gatehouse Letters")
    pages: dict[str, Site] = {"/": front(design)}
    mementos = [
        WALLED,
        "",
        "<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>",
        "",
    ]
    for number, memento in enumerate(mementos):
        text = article("en", f"gatehouse {number}")
        pages[f"/letter/{number}"] = shows(design, text)
        shown = design.page(text)[:180] if number == 3 else memento
        cited = cite_living(
            web, f"http://gatehouse.example/letter/{number}", "memento shows no page", text.title
        )
        web.add_snapshot(cited.url, NEAR, shown)
        cited.mirror = NEAR
    web.add_site("gatehouse.example", site(pages, leads_to("/", 302)))
    for host, lang, encoding in (
        ("yanchang.example", "zh", "gbk"),
        ("enden.example", "ja", "shift_jis"),
        ("solevarnya.example", "ru", "koi8-r"),
    ):
        own = Design(name=host.split(".")[0], lang=lang)
        text = article(lang, host)
        served = shows(own, text)
        web.add_site(host, site({"/t/88": served}, front(own)))
        cited = cite_living(web, f"http://{host}/t/88", "memento in an old encoding", text.title)
        web.add_snapshot(
            cited.url,
            NEAR,
            own.page(text),
            encoding=encoding,
            headers={"Content-Type": f"text/html; charset={encoding}"},
        )
        cited.mirror = NEAR
    for host, kept in (("manifest.example", True), ("pamphlet.example", False)):
        text = article("en", host)
        own = Design(name="A pamphlet", style="bare")
        web.add_site(host, always(html(own.page(text, title=text.title))))
        cite_living(
            web,
            f"http://{host}/read",
            "one page at every address",
            text.title,
            memento=own.page(text) if kept else "",
            mirror=kept,
        )
    nord = Design(name="Sternwarte Nord", lang="de")
    home = front(nord)
    web.add_site("sternwarte-nord.example", site({"/index.htm": leads_to("/", 301)}, home))
    for path in ("/", "/index.html", "/index.htm", "/de/", "/?lang=de"):
        cite_living(
            web,
            f"http://sternwarte-nord.example{path}",
            "front page by another name",
            "Sternwarte Nord",
        )
    text = article("en", "tidal mill")
    lab = Design(name="Tidal Mill Project")
    web.add_site(
        "cs.university.example",
        site({"/~lab/tidalmill/": leads_to("https://tidalmill.example/", 301)}),
    )
    web.add_site("tidalmill.example", site({"/": shows(lab, text)}))
    cite_living(
        web,
        "http://cs.university.example/~lab/tidalmill/",
        "moved to a site of its own",
        text.title,
        memento=lab.page(text, moment=-1),
        mirror=True,
    )
    odd = Design(name="Regal 7", lang="de")
    text = article("de", "regal")
    head = '<meta name="robots" content="noindex"><link rel="canonical" href="/">'
    web.add_site(
        "regal7.example",
        site({"/buch/9": shows(odd, text, head=head, title="Regal 7")}),
    )
    cite_living(web, "http://regal7.example/buch/9", "wrong canonical", text.title)
    web.add_site("downloads.regal7.example", _tokens)
    web.add_site(
        "cdn.regal7.example", always(file(b"%PDF-1.5\n" + b"0 obj\n" * 600, "application/pdf"))
    )
    for number in range(2):
        cite_living(
            web,
            f"https://downloads.regal7.example/get/{number}",
            "file at another host",
            f"Regal, Heft {number}",
        )
