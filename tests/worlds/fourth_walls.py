"""Living pages of the fourth web behind walls, with odd HTTP, and on bad nights."""

from __future__ import annotations

import zlib

from tests.worlds.fourth import TONGUES, Kinds, SiteMaker, data, moved, with_headers
from tests.worlds.serving import fails_with

KINDS = Kinds()
UNDECIDABLE = Kinds()  # nothing shows a program that they live


@KINDS.add("bot wall")
def _(s: SiteMaker) -> None:
    status = s.draw.choice([200, 202, 403, 429, 503, 401, 405])
    wall = s.html(
        "Just a moment...",
        f"<h1>{s.host}</h1><p>Checking your browser</p><noscript>{s.tongue.script}</noscript>",
        status=status,
    )
    s.early = lambda _request: wall
    s.cite("/t/44", s.topic, was=s.article())


@KINDS.add("access denied to all paths")
def _(s: SiteMaker) -> None:
    wall = s.page(s.tongue.denied, [s.tongue.denied], status=s.draw.choice([200, 403, 401]))
    s.early = lambda _request: wall
    s.cite("/paper/44", s.topic, was=s.article())


@KINDS.add("bot wall by redirect")
def _(s: SiteMaker) -> None:
    wall = s.page("CAPTCHA", [s.sentence()])
    s.early = lambda r: wall if r.target.startswith("/captcha") else moved("/captcha?u=" + r.target)
    s.cite("/shop/44", s.topic, was=s.article())


@UNDECIDABLE.add("bot wall that answers 404 to robots")
def _(s: SiteMaker) -> None:
    s.early = lambda _request: data("", None, 404)
    s.cite("/shop/45", s.topic, was=s.article())


@KINDS.add("not available in your country")
def _(s: SiteMaker) -> None:
    wall = s.page(
        s.name,
        ["This content is not available in your country.", s.tongue.denied],
        status=s.draw.choice([200, 451, 403]),
    )
    s.early = lambda _request: wall
    s.cite("/tv/44", s.topic, was=s.article())


@KINDS.add("a status other than 200 with the full page")
def _(s: SiteMaker) -> None:
    status = s.draw.choice(
        [203, 206, 226, 402, 405, 406, 409, 418, 421, 425, 451, 401, 403, 400, 999]
    )
    s.cite("/odd/1", s.topic, s.article(status=status), was=s.article())


@KINDS.add("5xx with the full page")
def _(s: SiteMaker) -> None:
    s.cite(
        "/odd/2",
        s.topic,
        s.article(status=s.draw.choice([500, 502, 503, 520, 501])),
        was=s.article(),
    )


@KINDS.add("404 with the full page that people read")
def _(s: SiteMaker) -> None:
    title = s.topic
    s.cite("/odd/3", title, s.article(title, 9, status=404))


@KINDS.add("200 with Retry-After")
def _(s: SiteMaker) -> None:
    s.cite("/odd/4", s.topic, with_headers(s.article(), retry_after="86400"))


@KINDS.add("406 by Accept")
def _(s: SiteMaker) -> None:
    page = s.article()
    s.cite(
        "/odd/5",
        s.topic,
        lambda r: (
            page
            if "text/html" in r.headers.get("Accept", "")
            and "xml" not in r.headers.get("Accept", "")
            else data("Not Acceptable", "text/plain", 406)
        ),
    )


@KINDS.add("404 for HEAD, fine for GET")
def _(s: SiteMaker) -> None:
    page = s.article()
    s.early = lambda r: data("", None, 404) if r.method == "HEAD" else None
    s.cite("/odd/6", s.topic, page)


@KINDS.add("wrong or no content type or charset")
def _(s: SiteMaker) -> None:
    page = s.article()
    kinds = [
        None,
        "application/octet-stream",
        "text/plain",
        "text/html; charset=utf-16",
        "text/html; charset=windows-1251",
        "foo",
    ]
    s.cite("/odd/7", s.topic, data(page.body, s.draw.choice(kinds)), was=page)


@KINDS.add("compressed page, also labelled wrongly")
def _(s: SiteMaker) -> None:
    page = s.article()
    body, coding = s.draw.choice([(zlib.compress(page.body), "deflate"), (page.body, "gzip")])
    s.cite(
        "/odd/8", s.topic, data(body, "text/html; charset=utf-8", content_encoding=coding), was=page
    )


@KINDS.add("204 or 205 for a beacon that is cited")
def _(s: SiteMaker) -> None:
    s.cite("/ping", "ping endpoint", data("", None, s.draw.choice([204, 205])))


@KINDS.add("error notices around the full page")
def _(s: SiteMaker) -> None:
    noise = s.draw.choice(
        [
            "Warning: mysql_connect(): Access denied for user in /var/www/db.php on line 4",
            "[an error occurred while processing this directive]",
            f"{s.tongue.failed}",
            f"{s.tongue.missing}",
            "404 Not Found",
            s.tongue.script,
        ]
    )
    page = s.article("", 5, extra=f"<div>{noise}</div>")
    s.cite("/w/8", s.topic, page)


@KINDS.add("warning on top of a short page")
def _(s: SiteMaker) -> None:
    s.cite("/w/9", s.topic, s.page(s.topic, [f"<b>Fatal</b> {s.tongue.failed}", s.sentence()]))


@KINDS.add("host that fails on single nights")
def _(s: SiteMaker) -> None:
    page, bad = s.article(), s.draw.choice((0, 1))
    status = s.draw.choice([404, 410, 500, 503, 403])
    s.early = lambda r: s.missing(status) if r.day == bad else None
    s.cite("/n/1", s.topic, page, failing_days=[bad])


@KINDS.add("maintenance for two nights")
def _(s: SiteMaker) -> None:
    works = s.page(s.tongue.repairs, [s.tongue.repairs], status=s.draw.choice([200, 503]))
    redirect = s.draw.random() < 0.3
    s.early = lambda r: (
        None
        if r.day not in {0, 1}
        else works
        if not redirect or r.target == "/maintenance"
        else moved("/maintenance")
    )
    s.cite("/n/2", s.topic, s.article(), was=s.article(), failing_days=(0, 1))


@KINDS.add("redesign, texts rewritten")
def _(s: SiteMaker) -> None:
    old, new = (
        s.article(),
        s.html(s.thing(), "<section>" + "<br>".join(s.sentences(9)) + "</section>"),
    )
    s.cite("/n/3", s.topic, lambda r: old if r.day < 1 else new)


@KINDS.add("site of gambling, loans or medicine from the start")
def _(s: SiteMaker) -> None:
    words = s.draw.choice(
        [
            "Casino slot gacor jackpot bonus poker",
            "Payday loan credit cash advance",
            "Viagra cialis pharmacy pills",
            "Bet365 betting odds sportsbook",
        ]
    )
    s.cite("/", words.split()[0] + " guide", s.page(words, [words, *s.sentences(3)]))


@KINDS.add("page that turns to gambling news under the same owner")
def _(s: SiteMaker) -> None:
    old, new = s.article(), s.page(s.topic, ["Casino poker slot.", *s.sentences(5)])
    s.cite("/n/4", s.topic, lambda r: old if r.day < 1 else new)


@KINDS.add("page that changes its language by night")
def _(s: SiteMaker) -> None:
    other = SiteMaker(s.host, s.draw.choice(TONGUES), f"{s.host} other").article()
    page = s.article()
    s.cite("/n/5", s.topic, lambda r: page if r.day % 8 else other)


@KINDS.add("connection dropped at times")
def _(s: SiteMaker) -> None:
    page = s.article()
    s.cite("/n/6", s.topic, lambda r: page if r.number % 3 else fails_with())


@KINDS.add("soft 404s begin on the host; the page lives")
def _(s: SiteMaker) -> None:
    s.fallback = lambda r: s.missing(404 if r.day < 1 else 200)
    s.cite("/n/7", s.topic, s.page(s.topic, [s.sentence()]))


@KINDS.add("page shrinks to an abstract")
def _(s: SiteMaker) -> None:
    title = s.topic
    full, less = s.page(title, s.sentences(9)), s.page(title, s.sentences(1))
    s.cite("/n/8", title, lambda r: full if r.day < 1 else less)
