"""Ten sites that moved sixty pages, each in its own way, and lost twenty more for good.

Every site keeps pages beside them: what the pages looked for must not be mistaken for. Each has a frame, another one since it moved. Of the
pages that are gone, one has left its address to another page, by whatever rule the others moved; the other one has a successor with the same
title, which repeats a part of it. Of those that moved, one was written anew in part.
"""

from __future__ import annotations

import gzip
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from html import escape

from crawler.demo.archive_data import StoredSnapshot
from crawler.demo.responses import document, page, redirect, status
from crawler.demo.web import ANY, Behaviour
from tests.web import prose
from tests.web.texts import missing

MOVED, GONE, OTHERS = 6, 2, 8  # pages of each site
CAPTURED = "20190401120000"
REDIRECTED = "20210401120000"


@dataclass(frozen=True)
class MovedSite:
    """A site: the old and new URLs of its pages, their language and encoding, and what shows where they moved.

    `tells` are words: redirects (an archive keeps some), siblings (two pages that still redirect are cited, too), canonical (the old pages
    named their new address), sitemap, titled-sitemap, gzip-sitemap, lists (the site's own). `missing` is what is answered for what is not there.
    """

    host: str
    old: Callable[[int], str]
    new: Callable[[int], str]
    tells: frozenset[str]
    lang: str = "en"
    encoding: str = "utf-8"
    new_host: str = ""
    missing: Behaviour = field(default_factory=lambda: status(404))
    first: int = 0

    def numbers(self, what: str) -> range:
        starts = {
            "moved": 0,
            "gone": MOVED,
            "others": MOVED + GONE,
            "siblings": MOVED + GONE + OTHERS,
        }
        counts = {
            "moved": MOVED,
            "gone": GONE,
            "others": OTHERS,
            "siblings": 2 if "siblings" in self.tells else 0,
        }
        begin = self.first + starts[what]
        return range(begin, begin + counts[what])

    def old_url(self, number: int) -> str:
        return f"http://{self.host}{self.old(number)}"

    def new_url(self, number: int) -> str:
        return f"http://{self.new_host or self.host}{self.new(number)}"


def _slug(number: int) -> str:
    words = [
        word for word in prose.title(number).lower().split() if word not in {"the", "of", "a", "by"}
    ]
    return "-".join(words)


SITES: Sequence[MovedSite] = (
    MovedSite("paper.test", lambda n: f"/2019/{_slug(n)}.html", lambda n: f"/blog/{_slug(n)}/", frozenset({"siblings"}), first=1000),
    MovedSite("gazette.test", lambda n: f"/story.php?id={n}", lambda n: f"/articles/{n}", frozenset({"redirects"}), first=20100),
    MovedSite("old-harbour.test", lambda n: f"/notes/{_slug(n)}", lambda n: f"/notes/{_slug(n)}", frozenset({"siblings"}), first=3000,
              new_host="harbour-notes.test", missing=redirect(302, "/")),
    MovedSite("qingshi.test", lambda n: f"/html/2019/{n}.html", lambda n: f"/news/a{n * 7}", frozenset({"titled-sitemap"}), "zh", "gbk", first=400),
    MovedSite("minato.test", lambda n: f"/archives/{n}.html", lambda n: f"/posts/p-{n * 3}/", frozenset({"lists"}), "ja", "shift_jis", first=500),
    MovedSite("gangbyeon.test", lambda n: f"/view?no={n}", lambda n: f"/article/{n}/", frozenset({"sitemap"}), "ko", "euc-kr", first=61000),
    MovedSite("manual.test", lambda n: f"/docs/page{n}.htm", lambda n: f"/guide/{_slug(n)}", frozenset({"canonical"}), first=700, missing=missing("en")),
    MovedSite("blog.test", lambda n: f"/?p={n}", lambda n: f"/{_slug(n)}/", frozenset({"redirects", "lists"}), first=8000),
    MovedSite("museum.test", lambda n: f"/exhibits/{_slug(n)}.php", lambda n: f"/collection/{n % 5}/{_slug(n)}", frozenset({"gzip-sitemap"}), first=9000),
    MovedSite("board.test", lambda n: f"/viewthread.php?tid={n}&page=1", lambda n: f"/thread/{n}-1-1.html", frozenset({"redirects", "sitemap"}), "zh",
              "gb18030", first=110000),
)  # fmt: skip


def article(site: MovedSite, number: int, *, old: bool = False) -> Behaviour:
    """Return a page of a site as it is served now or (`old`) as it was captured, with another frame."""
    return page(*_words(site, number), lang=site.lang, encoding=site.encoding if old else "utf-8", head=_head(site, number, old=old),
                markup=_frame(site, number, old=old))  # fmt: skip


def _words(site: MovedSite, number: int) -> list[str]:
    return [f"{prose.title(number, site.lang)} - {site.host}", *prose.paragraphs(number, site.lang)]


def mended(site: MovedSite, number: int) -> Behaviour:
    """Return a page whose last paragraph was rewritten since it was captured."""
    texts = [*_words(site, number)[:-1], *prose.paragraphs(number + 5_000_000, site.lang, count=1)]
    return page(
        *texts,
        lang=site.lang,
        head=_head(site, number, old=False),
        markup=_frame(site, number, old=False),
    )


def successor(site: MovedSite, number: int) -> Behaviour:
    """Return a page with the title and first paragraph of a deleted one, and another text."""
    texts = [*_words(site, number)[:2], *prose.paragraphs(number + 6_000_000, site.lang, count=3)]
    return page(*texts, lang=site.lang, markup=_frame(site, number, old=False))


def heir(site: MovedSite, number: int) -> Behaviour:
    """Return another page for the new URL that a deleted page would have."""
    return page(
        *_words(site, number + 7_000_000), lang=site.lang, markup=_frame(site, number, old=False)
    )


def _head(site: MovedSite, number: int, *, old: bool) -> str:
    names_itself = not old or "canonical" in site.tells
    return f'<link rel="canonical" href="{escape(site.new_url(number))}">' if names_itself else ""


def _frame(site: MovedSite, number: int, *, old: bool) -> str:
    """Return the frame of a text: a notice that is on every page, counters, a list of other pages."""
    notice = prose.paragraphs(7 if old else 8, site.lang, count=1)[0]
    neighbours = [other for other in site.numbers("others") if other != number][:4]
    links = "".join(
        f'<li><a href="{escape(site.old_url(other) if old else site.new_url(other))}">{escape(prose.title(other, site.lang))}</a></li>'
        for other in neighbours
    )
    return f"<p>{escape(notice)}</p><p>{number * 37 % 1000} · 2019-0{number % 9 + 1}-11</p><div class='related'><ul>{links}</ul></div>"


def web() -> Mapping[str, Mapping[str, Behaviour]]:
    """Return all sites as they are now."""
    served: dict[str, dict[str, Behaviour]] = {}
    for site in SITES:
        old = served.setdefault(site.host, {ANY: site.missing})
        new = served.setdefault(site.new_host or site.host, {ANY: status(404)})
        for what in ("moved", "others", "siblings"):
            new |= {site.new(number): article(site, number) for number in site.numbers(what)}
        changed, left, followed = site.numbers("moved")[-1], *site.numbers("gone")
        new |= {
            site.new(changed): mended(site, changed),
            site.new(left): heir(site, left),
            f"/follow-up/{followed}": successor(site, followed),
        }
        old |= {
            site.old(number): site.missing
            for what in ("moved", "gone")
            for number in site.numbers(what)
        }
        old |= {
            site.old(number): redirect(301, site.new_url(number))
            for number in site.numbers("siblings")
        }
        new["/"] = page(
            site.host,
            *prose.paragraphs(site.first + 900, site.lang),
            lang=site.lang,
            markup=_front_links(site),
        )
        old.setdefault("/", page(site.host, *prose.paragraphs(site.first + 901, site.lang)))
        new |= dict(_indexes(site))
    return served


def _named(site: MovedSite) -> list[tuple[str, str]]:
    """Return the pages that a site lists, with their titles."""
    left, followed = site.numbers("gone")
    living = [
        (site.new_url(number), prose.title(number, site.lang))
        for number in (*site.numbers("others"), *site.numbers("moved"))
    ]
    others = [
        (site.new_url(left), prose.title(left + 7_000_000, site.lang)),
        (f"http://{site.host}/follow-up/{followed}", prose.title(followed, site.lang)),
    ]
    return [*living, *others]


def _front_links(site: MovedSite) -> str:
    return (
        '<a href="/all/">Archive</a> <a href="/about">About</a>'
        if "lists" in site.tells
        else '<a href="/about">About</a>'
    )


def _indexes(site: MovedSite) -> Iterator[tuple[str, Behaviour]]:
    """Return the lists of pages that a site serves."""
    kinds = {"sitemap", "titled-sitemap", "gzip-sitemap"} & site.tells
    entries = "".join(
        f"<url><loc>{escape(url)}</loc>"
        + (
            f"<news:news><news:title>{escape(title)}</news:title></news:news>"
            if "titled-sitemap" in kinds
            else ""
        )
        + "</url>"
        for url, title in _named(site)
    )
    sitemap = f'<?xml version="1.0"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{entries}</urlset>'.encode()
    if "gzip-sitemap" in kinds:
        yield (
            "/robots.txt",
            document(
                f"User-agent: *\nSitemap: http://{site.host}/maps/all.xml.gz\n".encode(),
                "text/plain",
            ),
        )
        yield "/maps/all.xml.gz", document(gzip.compress(sitemap), "application/gzip")
    elif kinds:
        yield "/sitemap.xml", document(sitemap, "application/xml")
    if "lists" in site.tells:
        items = "".join(
            f'<li><a href="{escape(url)}">{escape(title)}</a></li>' for url, title in _named(site)
        )
        yield "/all/", page("Archive", "All there is.", lang=site.lang, markup=f"<ul>{items}</ul>")


def holdings() -> list[StoredSnapshot]:
    """Return the archive's snapshots: every lost page as it was, and redirects of some of them."""
    kept = []
    for site in SITES:
        for what in ("moved", "gone"):
            for number in site.numbers(what):
                old = article(site, number, old=True)
                body, declared = getattr(old, "html"), f"text/html; charset={site.encoding}"  # noqa: B009
                kept.append(
                    StoredSnapshot(
                        original=site.old_url(number),
                        timestamp=CAPTURED,
                        body=body,
                        headers={"Content-Type": declared},
                    )
                )
        if "redirects" in site.tells:
            for number in list(site.numbers("moved"))[:4]:
                leads = {"Location": site.new_url(number)}
                kept.append(
                    StoredSnapshot(
                        original=site.old_url(number),
                        timestamp=REDIRECTED,
                        status=301,
                        body=b"Moved",
                        headers=leads,
                    )
                )
    return kept


def wiki() -> str:
    """Return a wiki page that cites all lost pages, every second one with its copy beside it."""
    lines = ["# Moved pages", ""]
    for site in SITES:
        for what in ("moved", "gone", "siblings"):
            for number in site.numbers(what):
                url = site.old_url(number)
                copy = (
                    f" ([Archived](https://web.archive.org/web/{CAPTURED}/{url}))"
                    if number % 2 and what != "siblings"
                    else ""
                )
                lines += [
                    f"- [{prose.title(number, site.lang)}]({url}){copy} (accessed 2019-04-0{number % 9 + 1})",
                    "",
                ]
    return "\n".join(lines)


def right_addresses() -> dict[str, str | None]:
    """Return the present URL of each lost page; None if it was deleted."""
    found: dict[str, str | None] = {}
    for site in SITES:
        found |= {site.old_url(number): site.new_url(number) for number in site.numbers("moved")}
        found |= dict.fromkeys((site.old_url(number) for number in site.numbers("gone")), None)
    return found
