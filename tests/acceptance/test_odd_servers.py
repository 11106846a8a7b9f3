"""Answers that browsers show and strict clients do not: `holdfast check --once` calls none of them broken."""

from __future__ import annotations

import gzip
import re
from collections.abc import Mapping

import pytest
from aiohttp import web

from crawler.demo.background import BackgroundLoop
from crawler.demo.responses import page, redirect, status
from crawler.demo.web import ANY, Behaviour, Sites, Visit
from tests.acceptance.folder import Folder, configuration, rows
from tests.web.archive import RunningWayback
from tests.web.faults import written
from tests.web.internet import Internet
from tests.web.prose import paragraphs

TEXT = " ".join(
    f"On day {number} the council met and heard the fishermen of the harbour speak of ferry {number * 7}."
    for number in range(40)
)
ARTICLE = page("Harbour lights", TEXT)
HTML = ARTICLE.html
MISSING = b"<title>404 Not Found</title><h1>Page not found</h1><p>The page could not be found.</p>"
MISSING_ZH = (
    "<title>页面不存在</title><h1>页面不存在</h1><p>抱歉，您访问的页面不存在或已被删除。</p>"
)
MISSING_FR = (
    '<meta charset="iso-8859-1"><title>Page non trouvée</title><h1>Page non trouvée</h1>'
    "<p>Désolé, la page demandée n'a pas été trouvée.</p>"
)
TEXT_IN_UTF_8 = "text/html; charset=utf-8"
TYPE = b"Content-Type: text/html; charset=utf-8\r\nConnection: close\r\n\r\n"
HINTS = b"HTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload\r\n\r\n"
ALIVE, BROKEN, BLOCKED, UNSURE = "alive", "broken", "blocked", "unsure"


def raw(head: bytes, body: bytes = HTML) -> Behaviour:
    """Write a head as it stands, its end and a body."""
    return written("odd", head + TYPE, lambda: [body] if body else [])


def ok(fields: bytes, body: bytes = HTML) -> Behaviour:
    return raw(b"HTTP/1.1 200 OK\r\n" + fields, body)


def wall(title: str, text: str, markup: str = "", code: int = 200) -> Behaviour:
    return page(title, text, markup=markup, status=code)


def until(pattern: str, *cookies: str) -> Behaviour:
    """Redirect to the same address, setting cookies, until one that matches comes back."""

    async def respond(request: web.BaseRequest, visit: Visit) -> web.StreamResponse:
        if re.search(pattern, request.headers.get("Cookie", "")):
            return await ARTICLE.handle(request, visit)
        response = web.Response(status=302, headers={"Location": request.path_qs})
        for cookie in cookies:
            response.headers.add("Set-Cookie", cookie)
        return response

    return Behaviour(f"302 to itself until {pattern} comes back", respond)


def chain(length: int) -> Sites:
    """A site whose page is that many redirects away."""
    hops = {f"/{number}": redirect(302, f"/{number + 1}") for number in range(1, length)}
    return {"": {"/p": redirect(302, "/1"), **hops, f"/{length}": ARTICLE, ANY: status(404)}}


def refresh(target: str, *texts: str) -> Behaviour:
    """A page that sends its readers on."""
    return page("Wait", *texts, head=f'<meta http-equiv="refresh" content="0;url={target}">')


def refreshes(length: int) -> Sites:
    """A site whose page is that many refreshes away."""
    hops = {f"/{number}": refresh(f"/{number + 1}") for number in range(1, length)}
    return {"": {"/p": refresh("/1"), **hops, f"/{length}": ARTICLE, ANY: status(404)}}


PAGES: Mapping[str, tuple[Behaviour | Sites, str]] = {
    # cookies
    "fifty-cookies": (until("c49=1", *(f"c{number}=1" for number in range(50))), ALIVE),
    "deleted-cookie": (until("s=2", "s=1; Max-Age=0", "s=2"), ALIVE),
    # redirects
    "twenty-redirects": (chain(20), ALIVE),
    "endless-redirects": (chain(24), BROKEN),
    "no-location": (raw(b"HTTP/1.1 302 Found\r\n"), ALIVE),
    "empty-location": (raw(b"HTTP/1.1 301 Moved\r\nLocation: \r\n"), ALIVE),
    "no-location-no-page": (raw(b"HTTP/1.1 302 Found\r\n", b"<h1>Found</h1>"), BROKEN),
    "base-refresh": (
        {
            "": {
                "/p": page(
                    "Moved",
                    head='<base href="/folder/"><meta http-equiv="refresh" content="0;url=new">',
                ),
                "/folder/new": ARTICLE,
                ANY: status(404),
            }
        },
        ALIVE,
    ),
    "three-refreshes": (refreshes(3), ALIVE),
    "endless-refreshes": (refreshes(24), UNSURE),
    "refresh-loop": (
        {"": {"/p": refresh("/b"), "/b": refresh("/c"), "/c": refresh("/b"), ANY: status(404)}},
        UNSURE,
    ),
    "slide-show": (
        {
            "": {
                "/p": refresh("/b", *paragraphs(3)),
                "/b": refresh("/p", *paragraphs(4)),
                ANY: status(404),
            }
        },
        ALIVE,
    ),
    # pages for missing files that send readers on
    "single-page-app": (wall("App", "", "<script>var l = location; l.replace(l.origin + '/?/' + l.pathname)</script>", 404), UNSURE),
    "refresh-under-404": (wall("Moved", "", '<meta http-equiv="refresh" content="0;url=/new">', 404), UNSURE),
    "home-under-404": (wall("Reef", "", '<meta http-equiv="refresh" content="0;url=/">', 404), BROKEN),
    # heads that break the grammar
    "length-with-plus": (ok(b"Content-Length: +12\r\n"), UNSURE),
    "length-negative": (ok(b"Content-Length: -1\r\n"), UNSURE),
    "length-no-number": (ok(b"Content-Length: unknown\r\n"), UNSURE),
    "length-without-end": (ok(b"Content-Length: 99999999999999999999999\r\n"), UNSURE),
    "version-2": (raw(b"HTTP/2 200 OK\r\n"), UNSURE),
    "version-1.2": (raw(b"HTTP/1.2 200 OK\r\n"), UNSURE),
    "lower-case": (raw(b"http/1.1 200 ok\r\n"), UNSURE),
    "icy": (raw(b"ICY 200 OK\r\n"), UNSURE),
    "two-spaces": (raw(b"HTTP/1.1  200 OK\r\n"), UNSURE),
    "byte-order-mark": (raw(b"\xef\xbb\xbfHTTP/1.1 200 OK\r\n"), UNSURE),
    "blank-line": (raw(b"\r\nHTTP/1.1 200 OK\r\n"), ALIVE),
    "two-blank-lines": (raw(b"\r\n\r\nHTTP/1.1 200 OK\r\n"), ALIVE),
    "blank-line-of-lf": (raw(b"\nHTTP/1.0 200 OK\r\n"), ALIVE),
    "five-bytes-before": (raw(b"junk!HTTP/1.1 200 OK\r\n"), BROKEN),
    "no-head-after-mark": (written("HTTP/0.9", b"", lambda: [b"\xef\xbb\xbf" + HTML]), UNSURE),
    "four-digits": (raw(b"HTTP/1.1 2000 OK\r\n"), BROKEN),
    "no-version": (raw(b"HTTP 200 Document follows\r\n"), UNSURE),
    "no-head": (written("HTTP/0.9", b"", lambda: [HTML]), UNSURE),
    "no-head-text": (written("no HTTP", b"", lambda: [b"hello\n"]), BROKEN),
    "line-feeds-in-chunks": (
        ok(b"Transfer-Encoding: chunked\r\n", b"%x\n%s\n0\n\n" % (len(HTML), HTML)),
        UNSURE,
    ),
    "no-chunks": (ok(b"Transfer-Encoding: chunked\r\n"), BROKEN),
    "no-http": (raw(b"220 mail.no-http.example ESMTP ready\r\n"), BROKEN),
    # heads of a size that browsers read
    "header-of-100-kb": (ok(b"Link: " + b"a" * 100_000 + b"\r\n"), ALIVE),
    "ten-headers-of-20-kb": (ok((b"Link: " + b"a" * 20_000 + b"\r\n") * 10), ALIVE),
    "500-headers": (ok(b"".join(b"X-%d: a\r\n" % number for number in range(500))), ALIVE),
    # early hints
    "early-hints": (raw(HINTS * 5 + b"HTTP/1.1 200 OK\r\n"), ALIVE),
    "early-hints-404": (raw(HINTS + b"HTTP/1.1 404 Not Found\r\n", MISSING), BROKEN),
    # codings
    "coded-twice": (ok(b"Content-Encoding: gzip, gzip\r\n", gzip.compress(gzip.compress(HTML))), ALIVE),
    "missing-coded-twice": (
        ok(b"Content-Encoding: gzip, gzip\r\n", gzip.compress(gzip.compress(MISSING))),
        BROKEN,
    ),
    # walls with and without a status of their own
    "f5": (wall("Request Rejected", "The requested URL was rejected. Your support ID is: 12"), BLOCKED),
    "kasada": (wall("", "", "<script>window.KPSDK={};</script>"), BLOCKED),
    "firewall": (wall("网站防火墙", "您的请求带有不合法参数，已被网站管理员设置拦截！"), BLOCKED),
    "wordfence": (wall("Your access to this site has been limited by the site owner", "", code=503), BLOCKED),
    "modsecurity": (wall("Method Not Implemented", "This error was generated by Mod_Security.", code=501), BLOCKED),
    "edgeone": (wall("Blocked", "Tencent Cloud EdgeOne: Request blocked.", code=566), BLOCKED),
    "verifying": (wall("One moment", "We are verifying your browser.", code=503), BLOCKED),
    "verifying-de": (wall("Moment", "Ihr Browser wird überprüft.", code=503), BLOCKED),
    "verifying-zh": (wall("请稍候", "正在检查您的浏览器", code=503), BLOCKED),
    "script-only": (
        wall("", "", "<script>document.cookie='a=1'; location.reload()</script>", code=503),
        BLOCKED,
    ),
    "maintenance": (
        wall(
            "Maintenance",
            "The service is unavailable.",
            "<script>document.cookie='a=1'; location.reload()</script>",
            code=503,
        ),
        BROKEN,
    ),
    # charsets: the server names another one than the page is written in
    "missing-in-gbk": (
        page(
            "页面不存在",
            "抱歉，您访问的页面不存在或已被删除。",
            encoding="gb18030",
            headers={"Content-Type": TEXT_IN_UTF_8},
        ),
        BROKEN,
    ),
    "article-in-gbk": (
        page("港口", "港口的灯亮起来。" * 80, encoding="gb18030", headers={"Content-Type": TEXT_IN_UTF_8}),
        ALIVE,
    ),
    "missing-in-gbk-undeclared": (ok(b"", MISSING_ZH.encode("gb18030")), BROKEN),
    "missing-in-latin-1": (ok(b"", MISSING_FR.encode("latin-1")), BROKEN),
    "about-walls": (
        page("What F5 means by a support ID", f"Your support ID is the number of the request. {TEXT}"),
        ALIVE,
    ),
}  # fmt: skip


def _site(behaviour: Behaviour | Sites) -> Mapping[str, Behaviour]:
    if isinstance(behaviour, Behaviour):
        return {"/p": behaviour, ANY: status(404)}
    return behaviour[""]


@pytest.fixture(scope="module")
def odd_internet(background: BackgroundLoop) -> Internet:
    return background.start(
        Internet({f"{name}.example": _site(behaviour) for name, (behaviour, _) in PAGES.items()})
    )


def test_pages_that_browsers_can_show_are_not_broken(
    folder: Folder, odd_internet: Internet, wayback: RunningWayback
) -> None:
    connect_to = odd_internet.connect_to(wildcard=True)
    folder.write("holdfast.toml", configuration(connect_to, wayback.endpoint))
    urls = [f"http://{name}.example/p" for name in PAGES]
    done = folder.holdfast("check", "--once", "--format", "jsonl", "--output", "-", *urls)
    verdicts = {row["host"].removesuffix(".example"): row["verdict"] for row in rows(done.stdout)}
    assert verdicts == {name: verdict for name, (_, verdict) in PAGES.items()}


def test_a_cited_address_that_asks_an_archive_to_copy_a_page_is_not_requested(
    background: BackgroundLoop, folder: Folder, wayback: RunningWayback
) -> None:
    save = "https://web.archive.org/save/http://a.example/p"
    sites: Sites = {
        "a.example": {"/to-save": redirect(302, save), ANY: ARTICLE},
        "web.archive.org": {ANY: ARTICLE},
    }
    internet = background.start(Internet(sites))
    folder.write(
        "holdfast.toml",
        configuration(
            internet.connect_to(wildcard=True), wayback.endpoint, ca_file=internet.ca_file
        ),
    )
    folder.write("wiki/a.md", f"[saved]({save}) [moved](http://a.example/to-save)\n")
    done = folder.holdfast("check", "--once", "--format", "jsonl", "--output", "-", "wiki")
    reasons = {(row["url"], row["verdict"], row["reason"]) for row in rows(done.stdout)}
    assert reasons == {
        (save, "skipped", "capture-request"),
        ("http://a.example/to-save", "skipped", "capture-request"),
    }
    assert not internet.visits_to("web.archive.org")


DAY = "20200102030405"
REPLAYED = {"Memento-Datetime": "Thu, 02 Jan 2020 03:04:05 GMT"}
COPIES: Mapping[str, tuple[Behaviour, str]] = {
    "capture": (page("Harbour lights", TEXT, headers=REPLAYED), ALIVE),
    "offline": (page("", "Internet Archive services are temporarily offline."), UNSURE),
    "internal": (page("", "This snapshot cannot be displayed due to an internal error."), UNSURE),
    "excluded": (page("", "This URL has been excluded from the Wayback Machine."), BLOCKED),
    "robots": (page("", "Page cannot be displayed due to robots.txt.", status=404), BLOCKED),
    "none": (page("", "The Wayback Machine has not archived that URL."), BROKEN),
    "to-login": (redirect(302, "https://archive.org/account/login?referer=x"), BLOCKED),
    "captured-login": (
        redirect(302, f"/web/{DAY}id_/http://captured-login.example/login?next=p", headers=REPLAYED),
        BROKEN,
    ),
}  # fmt: skip


def test_a_notice_of_an_archive_is_no_copy(background: BackgroundLoop, folder: Folder) -> None:
    archive = {
        f"/web/{DAY}id_/http://{name}.example/p": behaviour
        for name, (behaviour, _) in COPIES.items()
    }
    internet = background.start(Internet({"web.archive.org": {**archive, ANY: status(404)}}))
    folder.write(
        "holdfast.toml",
        configuration(internet.connect_to(), "https://web.archive.org", ca_file=internet.ca_file),
    )
    urls = [f"https://web.archive.org/web/{DAY}/http://{name}.example/p" for name in COPIES]
    done = folder.holdfast("check", "--once", "--format", "jsonl", "--output", "-", *urls)
    verdicts = {
        row["url"].split("/")[7].removesuffix(".example"): row["verdict"]
        for row in rows(done.stdout)
        if row["role"] == "mirror"
    }
    assert verdicts == {name: verdict for name, (_, verdict) in COPIES.items()}
