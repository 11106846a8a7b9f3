"""Living pages of the fourth web on hosts with one response for many URLs, and redirects."""

from __future__ import annotations

from tests.worlds.fourth import Kinds, SiteMaker, data, moved
from tests.worlds.serving import PageRequest, PageResponse
from tests.worlds.sites import always, site

KINDS = Kinds()


@KINDS.add("one-page site, same page for every path")
def _(s: SiteMaker) -> None:
    page = s.article(s.name)
    s.pages["/"] = s.fallback = lambda _request: page
    s.cite(s.draw.choice(["/", "/index.html", "/about"]), s.name)


@KINDS.add("host where only the number in the path counts")
def _(s: SiteMaker) -> None:
    n = s.draw.randrange(10000, 99999)
    page = s.article()
    s.early = lambda r: page if str(n) in r.target else None
    s.cite(f"/2015/05/some-slug-{n}.html", s.topic)


@KINDS.add("host that ignores what follows the page's path")
def _(s: SiteMaker) -> None:
    page = s.article()
    s.early = lambda r: page if r.target.startswith("/guide") else None
    s.cite("/guide/chapter", s.topic)


@KINDS.add("front page cited by a query, same for every query")
def _(s: SiteMaker) -> None:
    page = s.article(s.name)
    s.early = lambda r: page if r.target.split("?")[0] in ("/", "/index.php") else None
    s.cite("/index.php?page=home", s.name)


@KINDS.add("host that guesses the nearest page for a wrong path")
def _(s: SiteMaker) -> None:
    page = s.article()
    s.add("/a/lighthouse", page)
    s.fallback = lambda _request: moved("/a/lighthouse", 301)
    s.cite("/a/lighthouse", s.topic)


@KINDS.add("host that sends wrong paths home; page lives")
def _(s: SiteMaker) -> None:
    s.fallback = lambda _request: moved("/")
    s.cite(f"/read/{s.draw.randrange(999)}", s.topic, s.article())


@KINDS.add("tiny page on a host with tiny soft 404s")
def _(s: SiteMaker) -> None:
    s.fallback = lambda _request: s.html(s.name, f"<p>{s.tongue.failed}</p>")
    s.cite("/note/3", s.topic, s.html(s.name, f"<p>{s.sentence()}</p>"))


@KINDS.add("search with no results, cited")
def _(s: SiteMaker) -> None:
    s.cite("/search?q=holdfast", f"search at {s.name}", s.page("holdfast", [s.tongue.none_found]))


@KINDS.add("calendar day without events")
def _(s: SiteMaker) -> None:
    s.early = lambda r: (
        s.page(s.tongue.things[1], [r.target, s.tongue.none_found])
        if r.target.startswith("/day/")
        else None
    )
    s.cite("/day/2012-02-03", "2012-02-03")


@KINDS.add("weather or live page that varies each time")
def _(s: SiteMaker) -> None:
    def live(r: PageRequest) -> PageResponse:
        return s.page(
            s.tongue.things[2],
            [
                f"{(r.number * 7919) % 1000}",
                *[
                    s.tongue.sentences[(r.number + i) % 5].format(t="", y=r.number, n=r.day)
                    for i in range(3)
                ],
            ],
        )

    s.cite("/live", s.topic, live)


@KINDS.add("cited home page that sends to its language version")
def _(s: SiteMaker) -> None:
    s.add("/", moved(f"/{s.tongue.code}/"))
    s.add(f"/{s.tongue.code}/", s.article(s.name))
    s.cite("/", s.name)


@KINDS.add("deep page that sends to its language version")
def _(s: SiteMaker) -> None:
    s.add(f"/{s.tongue.code}/story/9", s.article())
    s.cite(
        "/story/9",
        s.topic,
        moved(f"/{s.tongue.code}/story/9", s.draw.choice([301, 302, 303, 307, 308])),
    )


@KINDS.add("consent page before every page")
def _(s: SiteMaker) -> None:
    consent = s.page("Cookies", [s.sentence(), "OK"])
    s.early = lambda r: (
        consent if r.target.startswith("/consent") else moved(f"/consent?continue={r.target}")
    )
    s.cite("/story/12", s.topic, was=s.article())


@KINDS.add("age gate")
def _(s: SiteMaker) -> None:
    gate = s.page(s.tongue.adult, ["18+"])
    if s.draw.random() < 0.5:
        s.early = lambda _request: gate
    else:
        s.early = lambda r: gate if r.target.startswith("/age") else moved(f"/age?next={r.target}")
    s.cite("/wine/44", s.topic, was=s.article())


@KINDS.add("login wall before every page")
def _(s: SiteMaker) -> None:
    wall = s.page(s.tongue.log_in, ["<form><input name=user><input type=password name=p></form>"])
    if s.draw.random() < 0.5:
        s.early = lambda _request: wall
    else:
        s.early = lambda r: (
            wall if r.target.startswith("/login") else moved(f"/login?next={r.target}")
        )
    s.cite("/group/77", s.topic, was=s.article())


@KINDS.add("login wall before the cited page only")
def _(s: SiteMaker) -> None:
    s.add("/login", s.page(s.tongue.log_in, ["<form><input type=password name=p></form>"]))
    s.cite("/members/12", s.topic, moved("/login"), was=s.article())


@KINDS.add("paywall with the abstract")
def _(s: SiteMaker) -> None:
    s.cite(
        f"/paper/{s.draw.randrange(999)}", s.topic, s.page(s.topic, [s.sentence(), s.tongue.log_in])
    )


@KINDS.add("moved to a new address at the same host")
def _(s: SiteMaker) -> None:
    s.add("/archive/lighthouse", s.article())
    s.cite(
        s.draw.choice(["/index.php?id=12", "/old/lighthouse.html", "/Lighthouse"]),
        s.topic,
        moved("/archive/lighthouse", 301),
    )


@KINDS.add("moved to a new host")
def _(s: SiteMaker) -> None:
    target = "/story/lighthouse.html"
    there = f"moved-{s.host}"
    page = s.article()
    s.others[there] = site({target: always(page)})
    s.cite(target, s.topic, moved(f"http://{there}{target}", 301), was=page)


@KINDS.add("merged into a list with an anchor")
def _(s: SiteMaker) -> None:
    s.add("/list", s.page(s.tongue.things[0], [*s.sentences(6), s.topic, *s.sentences(6)]))
    s.cite("/item/4", s.topic, moved("/list#item4", 301))


@KINDS.add("redirect to itself with a cookie")
def _(s: SiteMaker) -> None:
    page = s.article()
    s.cite(
        "/c/1",
        s.topic,
        lambda r: page if "seen" in r.cookies else moved("/c/1", set_cookie="seen=1; Path=/"),
    )


@KINDS.add("identifier resolver that sends on")
def _(s: SiteMaker) -> None:
    s.add("/landing", s.article())
    s.cite("/10.1234/abc.404", s.topic, moved("/landing?id=abc", 303))
    s.early = lambda r: s.pages["/landing"](r) if r.target.startswith("/landing") else None


@KINDS.add("page that became the home page")
def _(s: SiteMaker) -> None:
    s.cite("/index.htm", s.name, moved("/", 301))


@KINDS.add("download by an expiring link")
def _(s: SiteMaker) -> None:
    s.early = lambda r: (
        data(b"PK\x03\x04" + bytes(200), "application/zip")
        if r.target.startswith("/cdn/")
        else None
    )
    s.cite(
        "/get/tool.zip",
        "tool.zip",
        lambda r: moved(f"/cdn/tool.zip?expires={r.number}&sig=ab{r.number}"),
    )


@KINDS.add("meta refresh after a while to a page that is 404")
def _(s: SiteMaker) -> None:
    s.cite(
        "/essay", s.topic, s.article(head='<meta http-equiv="refresh" content="10; url=/gone-now">')
    )


@KINDS.add("meta refresh after a while to the home page")
def _(s: SiteMaker) -> None:
    s.cite(
        "/essay2",
        s.topic,
        s.article(
            head=f'<meta http-equiv="refresh" content="{s.draw.choice([5, 15, 30, 60])}; url=/">'
        ),
    )


@KINDS.add("meta refresh to itself")
def _(s: SiteMaker) -> None:
    s.cite("/ticker", s.topic, s.article(head='<meta http-equiv="refresh" content="300">'))


@KINDS.add("meta refresh for those without JavaScript")
def _(s: SiteMaker) -> None:
    s.cite(
        "/app/9",
        s.topic,
        s.article(head='<noscript><meta http-equiv="refresh" content="0; url=/nojs"></noscript>'),
    )


@KINDS.add("script that leaves frames")
def _(s: SiteMaker) -> None:
    s.cite(
        "/f/9",
        s.topic,
        s.article(head="<script>if (top != self) { top.location.href = '/'; }</script>"),
    )


@KINDS.add("canonical link that names the home page")
def _(s: SiteMaker) -> None:
    s.cite(
        "/x/9",
        s.topic,
        s.article(
            head=f'<link rel="canonical" href="/"><meta name="robots" content="noindex"><meta property="og:url" content="{s.draw.choice(["/", "/404"])}">'
        ),
    )
