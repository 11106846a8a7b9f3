"""Living pages with misleading texts: nearly equal pages, empty shells, pages about dead pages, files."""

from __future__ import annotations

import json
from html import escape
from random import Random

from tests.worlds import themes
from tests.worlds.citing import cite_living
from tests.worlds.layout import Design
from tests.worlds.serving import (
    Site,
    file,
    html,
)
from tests.worlds.sites import (
    always,
    front,
    shows,
    site,
)
from tests.worlds.texts import Article, article, slug
from tests.worlds.truth import InventedWeb


def build(web: InventedWeb) -> None:
    """Add these pages to a web."""
    for part in (_records, _verses, _short_entries, _shells, _about, _files):
        part(web)


def _records(web: InventedWeb) -> None:
    """Add a museum's records: one template, few words that differ; a random URL shows the empty template."""
    design = Design(name="Museum of Ordinary Tools")
    random = Random("tools")
    form = (
        "<h1>Object record</h1><dl><dt>Inventory</dt><dd>{0}</dd><dt>Name</dt><dd>{1}</dd><dt>Maker</dt><dd>{2}</dd></dl>"
        + "".join(f"<p>{escape(each)}</p>" for each in article("en", "museum terms").paragraphs)
    )
    pages: dict[str, Site] = {}
    for number in range(6):
        name = f"{random.choice(['Brass', 'Iron', 'Oak', 'Bone'])} {random.choice(['awl', 'spokeshave', 'bodkin', 'adze', 'gimlet'])} with {random.choice(['a notch', 'initials', 'a mended grip'])}"
        record = f"{1903 + number}.{random.randint(10, 99)}"
        body = form.format(
            record, name, f"Workshop of {random.choice(['Hale', 'Dunn', 'Okoro', 'Lindt'])}"
        )
        path = f"/object?id={record}"
        pages[path] = always(html(design.frame("Object record - Museum of Ordinary Tools", body)))
        memento = (
            design.frame("Object record - Museum of Ordinary Tools", body, moment=-1)
            if number % 2
            else ""
        )
        cite_living(
            web,
            f"https://ordinary-tools.example{path}",
            "all pages alike",
            f"{name} ({record})",
            memento=memento,
            mirror=bool(memento),
        )
    empty = html(design.frame("Object record - Museum of Ordinary Tools", form.format("", "", "")))
    web.add_site("ordinary-tools.example", site(pages, always(empty)))


def _verses(web: InventedWeb) -> None:
    """Add a timetable in Japanese and a law in German: pages that differ in a line."""
    design = Design(name="岬バス", lang="ja")
    rows = "".join(f"<tr><td>{hour}:15</td><td>{hour}:45</td></tr>" for hour in range(6, 22))
    pages: dict[str, Site] = {}
    for number in range(4):
        stop = ["灯台前", "渡し場", "市庁舎", "塩田口"][number]
        body = f"<h1>時刻表</h1><h2>{stop}</h2><table>{rows}</table><p>天候により運休することがあります。</p>"
        pages[f"/stop/{number}"] = always(html(design.frame("時刻表 | 岬バス", body)))
        cite_living(
            web,
            f"http://misaki-bus.example/stop/{number}",
            "all pages alike",
            f"{stop}の時刻表",
            memento=design.frame("時刻表 | 岬バス", body) if number % 2 else "",
            mirror=bool(number % 2),
        )
    web.add_site("misaki-bus.example", site(pages))
    law = Design(name="Deichordnung", lang="de", style="table")
    terms = "".join(
        f"<p>{escape(each)}</p>" for each in article("de", "deichordnung").paragraphs[:3]
    )
    paragraphs: dict[str, Site] = {}
    for number in range(7, 11):
        body = f"<h1>§ {number} Deichordnung</h1><p>{escape(article('de', f'paragraph {number}', paragraphs=1).paragraphs[0])}</p>{terms}"
        paragraphs[f"/do/{number}.html"] = always(html(law.frame("Deichordnung", body)))
        cite_living(
            web,
            f"https://deichordnung.example/do/{number}.html",
            "all pages alike",
            f"§ {number} Deichordnung",
        )
    overview = html(
        law.frame(
            "Deichordnung", f"<h1>Deichordnung</h1><p>Wählen Sie einen Paragraphen.</p>{terms}"
        )
    )
    web.add_site("deichordnung.example", site(paragraphs, always(overview)))


def _short_entries(web: InventedWeb) -> None:
    """Add a shop and a glossary: a large frame around a few words; a random URL shows only the frame."""
    shop = Design(name="Seilerei Lund", lang="de")
    terms = "".join(
        f"<p>{escape(each)}</p>" for each in article("de", "versand", paragraphs=4).paragraphs
    )
    goods = ["Hanftau, 12 mm", "Kokosfender", "Marlspieker aus Messing", "Segelgarn, gewachst"]
    pages: dict[str, Site] = {}
    for number, name in enumerate(goods):
        inner = f"<h1>{name}</h1><p>Artikel {number + 310}, lieferbar in drei Tagen.</p>{terms}"
        pages[f"/ware/{number + 310}"] = always(html(shop.frame("Seilerei Lund", inner)))
        memento = shop.frame("Seilerei Lund", inner, moment=-1) if number % 2 else ""
        cite_living(
            web,
            f"https://seilerei-lund.example/ware/{number + 310}",
            "all pages alike",
            name,
            memento=memento,
            mirror=bool(memento),
        )
    stock = html(
        shop.frame("Seilerei Lund", f"<h1>Sortiment</h1><p>Tauwerk und Zubehör.</p>{terms}")
    )
    web.add_site("seilerei-lund.example", site(pages, always(stock)))
    words = Design(name="船工词典", lang="zh")
    entries = {
        "缆桩": "码头上系缆绳用的短柱。",
        "压舱": "放在舱底使船稳当的重物。",
        "测深锤": "用来量水深的铅锤。",
        "舷窗": "船侧可开的圆窗。",
    }
    pages = {}
    for number, (entry, meaning) in enumerate(entries.items()):
        inner = f"<h2>{entry}</h2><p>{meaning}</p>"
        pages[f"/w/{number + 7}"] = always(html(words.frame("船工词典", inner)))
        memento = words.frame("船工词典", inner, moment=-1) if number % 2 else ""
        cite_living(
            web,
            f"http://chuangong-cidian.example/w/{number + 7}",
            "all pages alike",
            entry,
            memento=memento,
            mirror=bool(memento),
        )
    nothing = html(words.frame("船工词典", "<h2>词典</h2><p>请从左边选一个词。</p>"))
    web.add_site("chuangong-cidian.example", site(pages, always(nothing)))


SHELL = '<!doctype html><html lang="{1}"><head><meta charset="utf-8"><title>{0}</title><link rel="stylesheet" href="/static/app.css"></head><body><noscript>{2}</noscript><div id="root"></div><script src="/static/app.7f3a.js"></script></body></html>'


def _shells(web: InventedWeb) -> None:
    """Add web applications with the same empty page at every URL, whose scripts fetch the text."""
    for host, name, lang, words in (
        (
            "app.tidebook.example",
            "Tidebook",
            "en",
            "You need to enable JavaScript to run this app.",
        ),
        ("qiaopai.example", "桥牌", "zh", "请启用 JavaScript 后继续。"),
        ("karta.rechnik.example", "Речник", "ru", ""),
    ):
        shell = SHELL.format(name, lang, words)
        web.add_site(host, always(html(shell)))
        for number in range(3):
            text = article(lang, f"{host} {number}")
            memento = "" if number else Design(name=name, lang=lang).page(text, moment=-1)
            cite_living(
                web,
                f"https://{host}/p/{number + 118}",
                "shell of an application",
                text.title,
                memento=memento,
                mirror=bool(memento),
            )


def _about(web: InventedWeb) -> None:
    """Add pages about the subjects of dead pages: betting, errors, domains for sale."""
    for host, lang, title, paragraphs in themes.ABOUT:
        design = Design(name=host.split(".")[-2], lang=lang)
        longer = [*paragraphs, *article(lang, f"{host} more", paragraphs=2).paragraphs]
        text = Article(lang, title, longer)
        path = f"/{slug(lang, host + title)}"
        cite_living(
            web,
            f"https://{host}{path}",
            "about what looks dead",
            title,
            memento=design.page(text, moment=-1) if len(title) % 2 else "",
            mirror=bool(len(title) % 2),
        )
        served = shows(design, text, title=text.title)
        web.add_site(
            host,
            site({path: served, "/": front(design)}),
        )
    design = Design(name="Open Ledger")
    text = article("en", "ledger")
    spam = [*themes.FARMS["id"][1], *themes.FARMS["ru"][1]]
    cite_living(
        web,
        "http://openledger.example/post/12",
        "spam in comments",
        text.title,
        memento=design.page(text, moment=-1),
        mirror=True,
    )
    web.add_site(
        "openledger.example",
        site({"/post/12": shows(design, text, comments=spam)}),
    )


def _files(web: InventedWeb) -> None:
    """Add files that are no pages (documents, pictures, data), and pages with almost no text."""
    pdf = b"%PDF-1.4\n" + b"0123456789 obj\n" * 400
    haiku = "<title>Haiku 41</title><p>Fog on the weir,<br>a heron counts its one leg,<br>the mill wheel listens.</p>"
    frames = '<html><head><title>Ortsgeschichte</title></head><frameset cols="20%,80%"><frame src="nav.htm"><frame src="text.htm"></frameset></html>'
    pages: dict[str, Site] = {
        "/weir.pdf": always(file(pdf, "application/pdf")),
        "/map.png": always(file(b"\x89PNG\r\n\x1a\n" + bytes(4000), "image/png")),
        "/levels.json": always(
            file(json.dumps({"levels": list(range(300))}).encode(), "application/json")
        ),
        "/levels.csv": always(file(b"day,level\n" + b"1,2\n" * 300, "text/csv")),
        "/feed.xml": always(
            file(
                b"<?xml version='1.0'?><rss><channel><title>Weir</title></channel></rss>",
                "application/rss+xml",
            )
        ),
        "/notes.txt": always(
            file("\n".join(article("en", "notes").paragraphs).encode(), "text/plain")
        ),
        "/haiku/41": always(html(haiku)),
        "/chronik/": always(html(frames)),
        "/levels.zip": always(
            file(
                b"PK\x03\x04" + bytes(3000),
                "application/zip",
                **{"Content-Disposition": "attachment"},
            )
        ),
        "/status.txt": always(file(b"ok\n", "text/plain")),
        "/fwd.html": always(html('<meta http-equiv="refresh" content="0; url=/haiku/41">')),
    }
    web.add_site("files.weirwork.example", site(pages))
    for path in pages:
        cite_living(
            web,
            f"http://files.weirwork.example{path}",
            "no page, or a tiny one",
            f"Weirwork {path.strip('/')}",
        )
