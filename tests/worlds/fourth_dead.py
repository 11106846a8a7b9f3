"""Dead pages of the fourth web."""

from __future__ import annotations

import json

from tests.worlds.fourth import Kinds, SiteMaker, a_request, data, moved
from tests.worlds.serving import PageResponse

KINDS = Kinds()


def lived(s: SiteMaker, path: str, later: PageResponse, since: int = 1) -> None:
    """Cite a page that lives until a night."""
    page, title = s.article(), s.topic
    s.cite(path, title, lambda r: page if r.day < since else later)


@KINDS.add("404 or 410")
def _(s: SiteMaker) -> None:
    s.cite("/a/1", s.topic, s.missing(s.draw.choice([404, 404, 410])), was=s.article())


@KINDS.add("404 without a body")
def _(s: SiteMaker) -> None:
    s.cite("/a/2", s.topic, data("", None, 404), was=s.article())


@KINDS.add("404 after having lived")
def _(s: SiteMaker) -> None:
    lived(s, "/a/3", s.missing())


@KINDS.add("404 after redirects")
def _(s: SiteMaker) -> None:
    s.cite("/a/4", s.topic, moved("/b/4", 301), was=s.article())


@KINDS.add("soft 404 for the whole host")
def _(s: SiteMaker) -> None:
    s.fallback = lambda _request: s.missing(200)
    s.cite("/a/5", s.topic, was=s.article())


@KINDS.add("soft 404 that names the path")
def _(s: SiteMaker) -> None:
    s.fallback = lambda r: s.page(s.tongue.missing, [f"{s.tongue.missing_long} ({r.target})"])
    s.cite("/a/6", s.topic, was=s.article())


@KINDS.add("redirect to an error page with 200")
def _(s: SiteMaker) -> None:
    s.fallback = lambda _request: moved("/404.html")
    s.add("/404.html", s.missing(200))
    s.cite("/a/7", s.topic, was=s.article())


@KINDS.add("every missing path goes home")
def _(s: SiteMaker) -> None:
    s.fallback = lambda _request: moved("/", 301)
    s.cite("/a/8", s.topic, was=s.article())


@KINDS.add("soft 404 after having lived")
def _(s: SiteMaker) -> None:
    s.fallback = lambda _request: s.missing(200)
    lived(s, "/a/9", s.missing(200))


@KINDS.add("home page in place of missing pages")
def _(s: SiteMaker) -> None:
    s.fallback = s.pages["/"]
    lived(s, "/a/10", s.pages["/"](a_request(s.host, "/", {})))


@KINDS.add("parked domain")
def _(s: SiteMaker) -> None:
    lander = s.html(
        s.host,
        f"<h1>{s.host}</h1><p>{s.tongue.for_sale}</p><p>Related searches</p><ul><li>Loans<li>Hotels<li>Insurance</ul>",
    )
    s.early = lambda _request: lander
    s.cite("/a/11", s.topic, was=s.article())


@KINDS.add("domain parked after having lived")
def _(s: SiteMaker) -> None:
    lander = s.html(
        s.host, f"<h1>{s.host}</h1><p>{s.tongue.for_sale}</p><p>Buy this domain. Make an offer.</p>"
    )
    page = s.article()
    s.early = lambda r: page if r.day < 1 else lander
    s.cite("/a/12", s.topic, was=s.article())


@KINDS.add("hijacked domain")
def _(s: SiteMaker) -> None:
    spam = s.html(
        "Slot gacor casino online",
        "<h1>Slot gacor 777</h1>"
        + "<p>Daftar situs judi slot online gacor deposit pulsa bonus jackpot.</p>" * 5,
    )
    page = s.article()
    s.early = lambda r: page if r.day < 1 else spam
    s.cite("/a/13", s.topic, was=s.article())


@KINDS.add("hosting account suspended")
def _(s: SiteMaker) -> None:
    wall = s.html(
        "Account Suspended",
        f"<h1>{s.tongue.suspended}</h1><p>Account Suspended. Contact your hosting provider.</p>",
    )
    s.early = lambda _request: wall
    s.cite("/a/14", s.topic, was=s.article())


@KINDS.add("JSON error with 404 or 200")
def _(s: SiteMaker) -> None:
    gone = data(
        json.dumps({"error": {"code": 404, "message": "Not Found"}}),
        "application/json",
        s.draw.choice([404, 200]),
    )
    s.fallback = lambda _request: gone
    s.cite("/api/items/9", s.topic, was=s.article())


@KINDS.add("XML NoSuchKey")
def _(s: SiteMaker) -> None:
    gone = data(
        '<?xml version="1.0"?><Error><Code>NoSuchKey</Code><Message>The specified key does not exist.</Message></Error>',
        "application/xml",
        404,
    )
    s.fallback = lambda _request: gone
    s.cite("/bucket/9.pdf", s.topic, was=s.article())


@KINDS.add("500 for years")
def _(s: SiteMaker) -> None:
    s.cite("/a/17", s.topic, data("Internal Server Error", "text/plain", 500), was=s.article())


@KINDS.add("closed service, same notice for every path")
def _(s: SiteMaker) -> None:
    notice = s.html(s.name, f"<h1>{s.tongue.closed}</h1><p>{s.tongue.closed}.</p>")
    s.pages["/"] = s.fallback = lambda _request: notice
    s.cite("/u/17", s.topic, was=s.article())


@KINDS.add("empty answer for every path")
def _(s: SiteMaker) -> None:
    s.early = lambda _request: data("", "text/html")
    s.cite("/a/19", s.topic, was=s.article())


@KINDS.add("server's default page for every path")
def _(s: SiteMaker) -> None:
    welcome = s.html(
        "Welcome to nginx!",
        "<h1>Welcome to nginx!</h1><p>If you see this page, the nginx web server is successfully installed.</p>",
    )
    s.early = lambda _request: welcome
    s.cite("/a/20", s.topic, was=s.article())


@KINDS.add("forum topic that does not exist")
def _(s: SiteMaker) -> None:
    gone = s.page("Information", ["The requested topic does not exist."])
    s.fallback = lambda _request: gone
    s.cite("/viewtopic.php?t=44", s.topic, was=s.article())


@KINDS.add("user who does not exist")
def _(s: SiteMaker) -> None:
    s.fallback = lambda _request: s.page("User", ["User not found", s.tongue.none_found])
    s.cite("/user/anna", "anna")


@KINDS.add("product removed, list in its place")
def _(s: SiteMaker) -> None:
    s.fallback = lambda _request: moved("/products")
    s.add("/products", s.article(count=10))
    lived(s, "/product/3", moved("/products"))


@KINDS.add("meta refresh to the home page at once")
def _(s: SiteMaker) -> None:
    s.fallback = lambda _request: s.html("", "", '<meta http-equiv="refresh" content="0; url=/">')
    s.cite("/a/24", s.topic, was=s.article())


@KINDS.add("file host: file removed")
def _(s: SiteMaker) -> None:
    s.fallback = lambda _request: s.page(
        "File",
        ["The file you are trying to access has been removed or does not exist.", s.tongue.missing],
    )
    s.cite("/file/ab12", "book.zip")


@KINDS.add("redirect loop")
def _(s: SiteMaker) -> None:
    s.cite("/a/26", s.topic, moved("/a/27"), was=s.article())
    s.add("/a/27", moved("/a/26"))


@KINDS.add("soft 404 in a single tiny sentence")
def _(s: SiteMaker) -> None:
    s.fallback = lambda _request: s.html("", s.tongue.missing)
    s.cite("/a/28", s.topic, was=s.article())


@KINDS.add("name that does not resolve after the site moved")
def _(s: SiteMaker) -> None:
    s.cite("/a/29", s.topic, moved("http://nowhere.invalid/a/29", 301), was=s.article())


@KINDS.add("soft 404 with a 'search our site' page")
def _(s: SiteMaker) -> None:
    suggestions = s.sentences(5)
    s.fallback = lambda _request: s.page(s.tongue.missing, [s.tongue.missing_long, *suggestions])
    s.cite("/a/30", s.topic, was=s.article())


@KINDS.add("JavaScript application's own 'not found' page")
def _(s: SiteMaker) -> None:
    s.fallback = lambda _request: s.html(
        s.tongue.missing,
        f'<div id="root"><h1>404</h1><p>{s.tongue.missing}</p></div><script src="/app.js"></script>',
    )
    s.cite("/a/31", s.topic, was=s.article())
