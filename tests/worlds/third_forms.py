"""Living pages of the third web in odd forms: applications, frames, pictures, data, files, idle queries."""

from __future__ import annotations

import json
from collections.abc import Mapping
from html import escape
from random import Random

from tests.worlds.serving import PageRequest, PageResponse, Site, file, html, redirect
from tests.worlds.sites import always
from tests.worlds.third import Kind, SiteBuilder
from tests.worlds.third_changed import missing_of


def _cite_two(b: SiteBuilder, shape: str = "{0}", texts: tuple[str, str] | None = None) -> None:
    """Cite two pages whose texts were other ones, by titles that are nowhere now."""
    for number in range(2):
        text = b.text(number)
        cited = texts[number] if texts else text.title
        b.cite(shape.format(b.path(number)), cited, b.perhaps(b.design.page(text)))


def _application(b: SiteBuilder) -> None:
    """Add an application that sends one shell for every URL."""
    mark = b.draw.choice(
        (
            "",
            "<p>Loading…</p>",
            "<noscript>Please enable JavaScript.</noscript>",
            "<div class=skeleton></div>",
        )
    )
    shell = f"<!doctype html><title>{b.design.name}</title><body><div id={b.draw.choice(('root', 'app', 'x1'))}></div>{mark}<script src=/static/js/main.{b.draw.getrandbits(32):x}.js></script>"
    _cite_two(b)
    b.web.add_site(b.host, always(html(shell)))


def _hash_router(b: SiteBuilder) -> None:
    """Add an application whose pages are named behind the hash."""
    shell = f"<!doctype html><title>{b.design.name}</title><body><main></main><script>route(location.hash)</script>"
    _cite_two(b, b.draw.choice(("/#!{0}", "/#{0}", "/app/#{0}")))
    b.open({"/": always(html(shell)), "/app/": always(html(shell))})


def _placeholder(b: SiteBuilder) -> None:
    """Add an application with a long placeholder of menus and terms for every URL."""
    terms = "".join(f"<p>{escape(p)}</p>" for p in b.text("terms", 2).paragraphs)
    inner = f"<div data-reactroot></div><ul class=loading><li></li><li></li></ul>{terms}<script src=/b.js></script>"
    _cite_two(b)
    b.web.add_site(b.host, b.page(inner))


def _viewer(b: SiteBuilder) -> None:
    """Add a viewer of documents: one page for every query."""
    viewer = f"<title>{b.draw.choice(('PDF viewer', 'PDF.js viewer', b.design.name))}</title><div id=viewer></div><input id=pageNumber><button>Zoom</button><script src=viewer.mjs></script>"
    for number in range(2):
        b.cite(f"/web/viewer.html?file=/doc/{b.slug(number)}.pdf", b.text(number).title)
    b.open({"/web/viewer.html": always(html(viewer))})


def _ignores_parameters(b: SiteBuilder) -> None:
    """Add a catalogue that ignores its parameters and varies at each request."""
    name = b.things(1)[0]
    page = b.page(lambda draw, _day: f"<h1>{escape(name)}</h1><ul>{b.rows(draw, 9)}</ul>")
    old = b.before(f"<h1>{escape(name)}</h1><ul>{b.rows(Random(b.seed), 9)}</ul>", name)
    for query in b.draw.sample(("sort=price", "page=4", "colour=red", "view=grid", "ref=mail"), 2):
        b.cite(
            f"/catalogue?{query}", b.draw.choice((name, f"{b.design.name}: {name}")), b.perhaps(old)
        )
    b.open({"/catalogue": page})


def _print_view(b: SiteBuilder) -> None:
    """Add printers' views; an unknown number gets an empty view."""
    pages: dict[str, Site] = {}
    for number in range(2):
        text = b.text(number, b.draw.randint(1, 2))
        paragraphs = "".join(f"<p>{escape(p)}</p>" for p in text.paragraphs)
        pages[f"/print.php?id={number + 70}"] = always(
            html(
                f"<title>Print</title><h3>{escape(text.title)}</h3>{paragraphs}<hr>{b.design.name}"
            )
        )
        b.cite(f"/print.php?id={number + 70}", text.title, b.perhaps(b.design.page(text)))
    empty = html(f"<title>Print</title><h3></h3><hr>{b.design.name}")
    b.open({**pages, "/print.php": always(empty)})


def _tiny(b: SiteBuilder) -> None:
    """Add pages of a word or two; an unknown URL gets another word."""
    words = b.things(3)
    pages = {
        b.path(n): always(html(f"<title>{n}</title><p>{escape(words[n])}</p>")) for n in range(2)
    }
    for number in range(2):
        b.cite(b.path(number), b.draw.choice((words[number], "a word")))
    b.open(pages, always(html(f"<title>0</title><p>{escape(words[2])}</p>")))


def _pictures(b: SiteBuilder) -> None:
    """Add pages of pictures without a word; an unknown URL shows other ones."""

    def strip(number: int) -> str:
        images = "".join(f"<img src='/i/{b.slug(number)}-{n}.jpg'>" for n in range(4))
        return f"<html><head><title>{b.draw.choice(('', b.design.name))}</title></head><body>{images}</body></html>"

    for number in range(2):
        b.cite(b.path(number), b.text(number).title, b.perhaps(strip(number)))
    b.open(
        {b.path(n): always(html(strip(n))) for n in range(2)},
        b.draw.choice((None, always(html(strip(7))))),
    )


def _frames(b: SiteBuilder) -> None:
    """Add sets of frames that differ in what they load; an unknown one loads the first page."""

    def frames(source: str) -> Site:
        return always(
            html(
                f"<html><head><title>{b.design.name}</title></head><frameset cols='20%,*'><frame src=menu.htm><frame src={source}></frameset></html>"
            )
        )

    for number in range(2):
        b.cite(f"/index.php?page={b.slug(number)}", b.text(number).title)
    pages = {f"/index.php?page={b.slug(n)}": frames(f"{b.slug(n)}.htm") for n in range(2)}
    b.open({**pages, "/index.php": frames("start.htm"), "/": frames("start.htm")})


def _data(b: SiteBuilder) -> None:
    """Add data of an interface, which vary; an unknown number gets other data."""

    def data(request: PageRequest) -> PageResponse:
        draw = b.chance(request)
        rows = [
            {"n": draw.randint(1, 999), "title": b.text(draw.randint(1, 50)).title}
            for _ in range(4)
        ]
        return file(json.dumps({"data": rows}).encode(), "application/json")

    for number in range(2):
        b.cite(f"/api/v1/items?id={number + 40}", b.text(number).title)
    b.web.add_site(b.host, data)


def _nothing_in_data(b: SiteBuilder) -> None:
    """Add data whose fields speak of errors, and mean none."""
    body = json.dumps(
        {"error": None, "errors": [], "status": "ok", "message": "", "result": [b.text(1).title]}
    )
    for number in range(2):
        b.cite(f"/api/check?item={number + 7}", b.text(number).title)
    b.web.add_site(b.host, always(file(body.encode(), "application/json")))


def _files(b: SiteBuilder) -> None:
    """Add files of several types; an unknown URL gets the front page or a redirect to it."""
    rows = "\n".join(f"{n};{b.text(n).title};{n * 7}" for n in range(30))
    files = {
        f"/d/{b.slug(1)}.csv": file(rows.encode(), "text/csv"),
        f"/d/{b.slug(2)}.txt": file(b.text(2).paragraphs[0].encode(), "text/plain; charset=utf-8"),
        f"/d/{b.slug(3)}.zip": file(b"PK\x03\x04" + bytes(600), "application/zip"),
        f"/d/{b.slug(4)}.png": file(b"\x89PNG\r\n\x1a\n" + bytes(300), "image/png"),
        f"/d/{b.slug(5)}.xml": file(f"<rss><channel><title>{b.text(5).title}</title></channel></rss>".encode(), "application/rss+xml"),
        f"/d/{b.slug(6)}.pdf": file(b"%PDF-1.5\n" + b"0 obj\n" * 90, "application/pdf"),
    }  # fmt: skip
    for number, path in enumerate(files):
        b.cite(path, b.text(number + 1).title)
    b.open({path: always(each) for path, each in files.items()}, missing_of(b))


def _same_file(b: SiteBuilder) -> None:
    """Add downloads below a script that sends a file of the same bytes for two names."""
    body = file(b"%PDF-1.4\n" + b.draw.randbytes(500), "application/pdf")
    for number in range(2):
        b.cite(f"/download.php?id={number + 11}", b.text(number).title)
    b.web.add_site(b.host, always(body))


def _feed_file(b: SiteBuilder) -> None:
    """Add a feed of any section; an unknown section has the feed of all."""

    def feed(request: PageRequest) -> PageResponse:
        items = "".join(
            f"<item><title>{escape(b.text(b.chance(request).randint(1, 40)).title)}</title></item>"
            for _ in range(5)
        )
        return file(
            f"<rss><channel><title>{b.design.name}</title>{items}</channel></rss>".encode(),
            "application/rss+xml",
        )

    for number in range(2):
        b.cite(f"/feed?cat={b.slug(number)}", f"{b.things(1)[0]}: feed")
    b.web.add_site(b.host, feed)


def _map(b: SiteBuilder) -> None:
    """Add a map: one title and two numbers."""

    def at(number: int) -> Site:
        return b.page(
            f"<div id=map></div><p>{48 + number}.{b.draw.randint(100, 999)}, {9 + number}.{b.draw.randint(100, 999)}</p>"
        )

    for number in range(2):
        b.cite(f"/map?place={number + 30}", b.things(1)[0])
    b.open({f"/map?place={n + 30}": at(n) for n in range(2)} | {"/map": at(0)})


def _numbers(b: SiteBuilder) -> None:
    """Add counters: figures only, other ones at each request and each URL."""
    for number in range(2):
        b.cite(f"/count/{b.slug(number)}", b.things(1)[0])
    b.web.add_site(b.host, b.page(lambda draw, _day: f"<p>{draw.randint(1000, 999999)}</p>"))


def _converter(b: SiteBuilder) -> None:
    """Add a converter: two units and a rate; an unknown pair shows the first one."""

    def pair(one: str, two: str) -> Site:
        return b.page(
            lambda draw, _day: (
                f"<p>1 {one} = {draw.randint(1, 9)}.{draw.randint(100, 999)} {two}</p>"
            )
        )

    units = [("EUR", "USD"), ("CHF", "SEK"), ("NOK", "PLN")]
    for one, two in units[1:]:
        b.cite(f"/rate?from={one}&to={two}", f"{one} {two}")
    b.open(
        {f"/rate?from={o}&to={t}": pair(o, t) for o, t in units[1:]} | {"/rate": pair(*units[0])}
    )


def _status(b: SiteBuilder) -> None:
    """Add a page of a service's state: errors, outages, or none."""
    words = b.draw.choice(
        (
            "All systems operational. No incidents reported today.",
            "Errors: 0. Requests not found: 12. Gone: 3.",
            "Service unavailable in two regions; an incident is being investigated.",
        )
    )
    b.cite("/status", f"{b.design.name} status")
    b.open({"/status": b.page(f"<h1>Status</h1><p>{words}</p>", "Status")}, missing_of(b))


def _download(b: SiteBuilder) -> None:
    """Add downloads that lead to a file on another host with a token of each request."""
    cdn = f"cdn-{b.host}"

    def lead(request: PageRequest) -> PageResponse:
        return redirect(f"https://{cdn}/f/{b.chance(request).getrandbits(60):x}?t={request.number}")

    for number in range(2):
        b.cite(f"/dl?id={number + 5}", b.text(number).title)
    b.open({f"/dl?id={n + 5}": lead for n in range(2)}, missing_of(b))
    b.web.add_site(
        cdn, lambda request: file(b"PK\x03\x04" + request.target.encode() * 20, "application/zip")
    )


def _comments(b: SiteBuilder) -> None:
    """Add an article that is cited under the addresses of its comments."""
    text = b.text("article", 3)
    path = f"/post/{b.slug('article')}"
    for query in ("?comment=99", "?replytocom=17", "?page=2#c5", "?print=yes"):
        b.cite(
            f"{path}{query}",
            b.draw.choice((text.title, "a comment", "what she wrote")),
            b.perhaps(b.design.page(text)),
        )
    b.open({path: b.shows(text)}, missing_of(b))


def _old_sidebar(b: SiteBuilder) -> None:
    """Add short pages without a title, below a long column that is the same everywhere."""
    column = "".join(f"<p>{escape(p)}</p>" for p in b.text("column", 4).paragraphs)
    pages: dict[str, Site] = {}
    for number in range(2):
        line = b.line(number, 60)
        pages[b.path(number)] = always(
            html(f"<table><tr><td>{column}</td><td>{escape(line)}</td></tr></table>")
        )
        b.cite(
            b.path(number),
            line[:40],
            b.perhaps(f"<table><tr><td>{column}</td><td>{escape(line)}</td></tr></table>"),
        )
    b.open(pages, always(html(f"<table><tr><td>{column}</td><td></td></tr></table>")))


KINDS: Mapping[str, Kind] = {
    "application, one shell": _application,
    "application, names behind the hash": _hash_router,
    "application, long placeholder": _placeholder,
    "viewer of documents": _viewer,
    "catalogue that ignores parameters": _ignores_parameters,
    "printers' view": _print_view,
    "tiny page": _tiny,
    "pictures without words": _pictures,
    "frames": _frames,
    "data that vary": _data,
    "data about errors": _nothing_in_data,
    "files of other types": _files,
    "one file for all names": _same_file,
    "feed for any section": _feed_file,
    "map": _map,
    "figures only": _numbers,
    "converter": _converter,
    "state of a service": _status,
    "download by a token": _download,
    "article under its comments": _comments,
    "line below a long column": _old_sidebar,
}
