"""Living pages of the fifth web behind walls, on applications, with faults, and at odd addresses."""

from __future__ import annotations

from tests.worlds.fifth import Host, HostKinds, moment_of, paragraphs, to
from tests.worlds.fourth import data, moved, with_headers
from tests.worlds.serving import PageRequest, PageResponse, plain_error
from tests.worlds.sites import always
from tests.worlds.truth import Truth

KINDS = HostKinds()
_RAY = "Ray ID: 8a1f0c2d9e"


@KINDS.add("check of the browser")
def _(h: Host) -> None:
    title = h.draw.choice(("Just a moment...", "Checking your browser", "DDoS-Guard", "请稍候"))
    inner = f"<h1>{h.host}</h1><p>Verifying you are human. This may take a few seconds.</p>{_RAY}"
    script = '<script src="/cdn-cgi/challenge-platform/h/b/orchestrate/chl_page/v1"></script>'
    wall = h.html(title, inner + script, status=h.draw.choice((403, 503, 403, 200)))
    h.early = lambda request: None if "consent" in request.cookies else wall
    h.cite(f"/{h.slug()}", was=h.page(h.topic, paragraphs(h.facts(4))))


@KINDS.add("access denied at the edge")
def _(h: Host) -> None:
    inner = '<H1>Access Denied</H1>You don\'t have permission to access "/" on this server.'
    wall = h.html("Access Denied", f"{inner}<P>Reference #18.6f64d440.1700</P>", status=403)
    h.early = lambda _request: wall
    h.cite(f"/{h.slug()}.html", was=h.page(h.topic, paragraphs(h.facts(4))))


@KINDS.add("too many requests")
def _(h: Host) -> None:
    busy = data("Too Many Requests", "text/plain", 429)
    page = h.article()
    h.cite(f"/{h.slug()}", lambda request: busy if request.number % 2 else page(request))


@KINDS.add("not in this region")
def _(h: Host) -> None:
    status = h.draw.choice((451, 403, 200))
    text = "<p>This site is not available in your region due to legal reasons (GDPR).</p>"
    wall = h.html(f"{status if status != 200 else 'Unavailable'}", text, status=status)
    h.early = lambda _request: wall
    h.cite(f"/story/{h.number()}", was=h.page(h.topic, paragraphs(h.facts(4))))


@KINDS.add("video not in this country")
def _(h: Host) -> None:
    head = (
        f'<meta property="og:title" content="{h.topic}"><meta property="og:type" content="video">'
    )
    inner = '<div id="player"></div><p>The uploader has not made it available in your country.</p>'
    h.cite(f"/watch?v={h.number()}ab", h.shows(h.topic, inner, head))


@KINDS.add("login before each page")
def _(h: Host) -> None:
    form = f'<p>{h.voice.log_in}</p><form><input type="password"></form>'
    h.add("/accounts/login/", h.shows(h.voice.log_in, form))
    h.fallback = lambda request: moved(f"/accounts/login/?next={request.path}")
    h.cite(f"/docs/{h.slug()}", was=h.page(h.topic, paragraphs(h.facts(4))))


@KINDS.add("consent on another host")
def _(h: Host) -> None:
    other = f"consent-{h.host.removeprefix('www.')}"
    button = '<form method="post"><button>OK</button></form>'
    h.others[other] = always(h.html(h.voice.cookies[:20], f"<p>{h.voice.cookies}</p>{button}"))
    page = h.article()
    h.early = lambda request: (
        None if "consent" in request.cookies else moved(f"https://{other}/v2/?continue=x")
    )
    h.cite(f"/{h.slug()}-{h.number()}.html", page)


@KINDS.add("cookie first")
def _(h: Host) -> None:
    page = h.article()

    def show(request: PageRequest) -> PageResponse:
        if "sid" in request.cookies:
            return page(request)
        return moved(request.target, set_cookie="sid=1; Path=/")

    h.cite(f"/show/{h.number()}", show)


@KINDS.add("age check")
def _(h: Host) -> None:
    h.add("/age-gate", h.shows("18+", "<p>Are you over 18?</p><a href='?yes'>Yes</a>"))
    h.early = lambda request: (
        moved(f"/age-gate?to={request.path}") if request.path.startswith("/rum/") else None
    )
    h.cite(f"/rum/{h.slug()}", was=h.page(h.topic, paragraphs(h.facts(3))))


@KINDS.add("application with one shell")
def _(h: Host) -> None:
    body = '<div id="app"></div><noscript>Please enable JavaScript to continue.</noscript>'
    page = h.html(h.name, f'{body}<script type="module" src="/assets/main.js"></script>')
    h.front = h.fallback = always(page)
    h.cite(f"/view/{h.number()}")
    h.cite(f"/map/@48.1,11.5,{h.draw.randrange(3, 19)}z")


@KINDS.add("application with titles")
def _(h: Host) -> None:
    script = '<div id="root">Loading…</div><script src="/static/js/main.js"></script>'
    h.fallback = always(h.html(h.name, script))
    for _ in range(2):
        title = h.title()
        head = f'<meta property="og:title" content="{title}">'
        h.cite(f"/item/{h.number()}", h.html(f"{title} - {h.name}", script, head))


@KINDS.add("application whose missing pages differ")
def _(h: Host) -> None:
    script = '<div id="root"></div><script src="/static/js/main.js"></script>'
    h.fallback = always(h.html(f"{h.voice.missing} - {h.name}", script, status=404))
    h.cite(f"/profile/{h.number()}", h.html(h.name, script))


@KINDS.add("forward by a page")
def _(h: Host) -> None:
    new = f"/new/{h.slug()}"
    h.add(new, h.article())
    head = f'<meta http-equiv="refresh" content="3; url={new}">'
    inner = f'<p>This page has moved. <a href="{new}">{h.topic}</a></p>'
    h.cite(f"/old/{h.slug()}.html", h.html(h.draw.choice(("", "Moved")), inner, head))
    script = f"<script>window.location.replace('{new}')</script>"
    h.cite(f"/older/{h.number()}.html", h.html("", script))


@KINDS.add("short link")
def _(h: Host) -> None:
    other = f"long-{h.host.removeprefix('www.')}"
    target = Host(other, h.voice, f"{h.host} long", h.truth)
    page = f"/{h.slug()}/{h.number()}"
    target.topic = h.topic
    target.add(page, target.article())
    h.others[other] = target.answer
    h.cite(f"/k{h.number()}Xq", to(f"https://{other}{page}?utm_source=short", 301))


@KINDS.add("short link to a front page")
def _(h: Host) -> None:
    other = f"club-{h.host.removeprefix('www.')}"
    target = Host(other, h.voice, f"{h.host} club", h.truth)
    h.others[other] = target.answer
    h.cite(f"/go/{h.slug()}", to(f"https://{other}/"), text=target.name)


@KINDS.add("host that moved to another")
def _(h: Host) -> None:
    other = f"new-{h.host.removeprefix('www.')}"
    new = Host(other, h.voice, f"{h.host} new", h.truth)
    page = f"/{h.slug()}/{h.number()}.html"
    new.topic, new.name = h.topic, h.name
    new.add(page, new.article())
    h.others[other] = new.answer
    h.early = lambda request: moved(f"https://{other}{request.target}", 301)
    h.cite(page)
    h.cite("/", text=h.name)


@KINDS.add("repairs for a night")
def _(h: Host) -> None:
    down = h.html("Maintenance", "<p>We will be back soon.</p>", status=503)
    page = h.article()
    show = lambda request: down if request.day == 1 else page(request)  # noqa: E731
    h.cite(f"/{h.slug()}", show, failing_days=(1,))


@KINDS.add("HEAD refused")
def _(h: Host) -> None:
    refused = plain_error(h.draw.choice((403, 404, 405, 500)))
    page = h.article()
    h.cite(f"/{h.slug()}", lambda request: refused if request.method == "HEAD" else page(request))


@KINDS.add("article served with an error's status")
def _(h: Host) -> None:
    text = h.page(h.topic, paragraphs(h.facts(8)))
    status = h.draw.choice((500, 404, 403))
    page = data(text.body, "text/html; charset=utf-8", status)
    why = "the status says that the page is not there, and only a reader sees that it is"
    h.cite(f"/cms/{h.slug()}", page, was=text, truth=Truth.UNDECIDABLE, why=why)


@KINDS.add("headers that ask not to be indexed")
def _(h: Host) -> None:
    page = h.article(count=2)
    h.cite(
        f"/p/{h.number()}",
        lambda request: with_headers(page(request), x_robots_tag="noindex, noarchive"),
    )


@KINDS.add("anchor and escapes")
def _(h: Host) -> None:
    h.cite("/wiki/Mill_(Carrow)", h.article())
    h.cite("/a%20page%20with%20spaces.html", h.article(h.title()))
    h.topic = h.title()
    h.cite("/%D0%BC%D0%BB%D0%B8%D0%BD", h.article())


@KINDS.add("rotating page")
def _(h: Host) -> None:
    def show(request: PageRequest) -> PageResponse:
        pick = (request.day * 5 + request.number) % len(h.voice.facts)
        fact = h.voice.facts[pick].format(s=h.subject, p=h.place, y=1911, n=pick + 20)
        return h.page(h.name, f"<blockquote>{fact}</blockquote>", moment=moment_of(request))

    h.cite("/random", show)
