"""How hosts of the fifth invented web answer addresses that they do not have."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from urllib.parse import quote

from tests.worlds.fifth import Host, moment_of, paragraphs, to
from tests.worlds.fifth_chrome import teasers
from tests.worlds.fourth import data, moved
from tests.worlds.serving import PageRequest, PageResponse, Site, plain_error
from tests.worlds.sites import always

Answering = Callable[[Host], Site]


def full_404(h: Host) -> Site:
    """Return 404 with the site's own page."""
    return lambda request: h.missing(moment=moment_of(request))


def short_404(_h: Host) -> Site:
    """Return 404 with the server's own page."""
    return always(plain_error(404))


def soft_404(h: Host) -> Site:
    """Return 200 with the page that says what is not there."""
    return lambda request: h.missing(200, moment_of(request))


def gone_410(h: Host) -> Site:
    """Return 410."""
    return lambda request: h.missing(410, moment_of(request))


def forbidden(_h: Host) -> Site:
    """Return 403 for everything that is not there, as object stores do."""
    body = '<?xml version="1.0"?><Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>'
    return always(data(body, "application/xml", 403))


def front_302(_h: Host) -> Site:
    """Redirect to the front page."""
    return to("/")


def front_301(_h: Host) -> Site:
    """Redirect to the front page for good."""
    return to("/", 301)


def front_200(h: Host) -> Site:
    """Return the front page."""

    def show(request: PageRequest) -> PageResponse:
        return h.front(request)

    return show


def search_200(h: Host) -> Site:
    """Return a search for the words of the address, with entries that fit more or less."""

    def show(request: PageRequest) -> PageResponse:
        words = request.path.strip("/").replace("-", " ").replace("/", " ")
        rows = teasers(h.voice, f"{h.host} {len(words) % 5}", 6)
        return h.page(words[:60], f"<form><input name=q></form>{rows}", moment=moment_of(request))

    return show


def search_302(h: Host) -> Site:
    """Redirect to a search for the last part of the address, which finds nothing."""
    nothing = h.page(h.voice.nothing, f"<p>{h.voice.nothing}</p>")

    def show(request: PageRequest) -> PageResponse:
        if request.path == "/search":
            return nothing
        return moved(f"/search?q={quote(request.path.rpartition('/')[2])}")

    return show


def error_page_302(h: Host) -> Site:
    """Redirect to an error page that is served with 200."""

    def show(request: PageRequest) -> PageResponse:
        if request.path == "/errors/notfound.aspx":
            return h.missing(200, moment_of(request))
        return moved(f"/errors/notfound.aspx?aspxerrorpath={quote(request.path)}")

    return show


def news_of_the_day(h: Host) -> Site:
    """Return stories drawn anew each time."""

    def show(request: PageRequest) -> PageResponse:
        rows = teasers(h.voice, f"{h.host} {moment_of(request)}", 7)
        return h.page(h.name, rows, moment=moment_of(request))

    return show


def login_302(h: Host) -> Site:
    """Redirect to a login form."""
    form = f'<p>{h.voice.log_in}</p><form method="post"><input type="password" name="p"></form>'
    return _or_else("/account/login", h.shows(h.voice.log_in, form), "/account/login?ReturnUrl=")


def section_302(h: Host) -> Site:
    """Redirect to the first folder of the address, and from unknown folders to the front page."""

    def show(request: PageRequest) -> PageResponse:
        folder = request.path.strip("/").partition("/")[0]
        if request.path in ("/news/", "/item/", "/doc/"):
            return h.page(folder, teasers(h.voice, folder, 9), moment=moment_of(request))
        return moved(f"/{folder}/" if folder in ("news", "item", "doc") else "/")

    return show


def nearest_302(h: Host) -> Site:
    """Redirect to the page whose address is most similar."""

    def show(request: PageRequest) -> PageResponse:
        known = [each for each in h.pages if each.startswith("/") and len(each) > 1]
        if not known:
            return h.missing()
        return moved(min(known, key=lambda each: (len(set(each) ^ set(request.path)), each)), 301)

    return show


def another_article(h: Host) -> Site:
    """Return some article, by a number computed from the address."""

    def show(request: PageRequest) -> PageResponse:
        draw = Random(f"{h.host} {sum(request.path.encode()) % 7}")
        subject, place = draw.choice(h.voice.subjects), draw.choice(h.voice.places)
        facts = [each.format(s=subject, p=place, y=1903, n=41) for each in h.voice.facts]
        title = f"{subject.capitalize()}, {place}"
        return h.page(title, paragraphs(facts), moment=moment_of(request))

    return show


def failing(_h: Host) -> Site:
    """Return 500."""
    return always(plain_error(500))


def empty_200(_h: Host) -> Site:
    """Return an empty page."""
    return always(data("", "text/html; charset=utf-8"))


def shell(h: Host) -> Site:
    """Return the empty frame of an application."""
    inner = '<div id="root"></div><script src="/assets/index-4f1c2a.js"></script>'
    return always(h.html(h.name, inner))


def _or_else(path: str, page: Site, otherwise: str) -> Site:
    def show(request: PageRequest) -> PageResponse:
        if request.path == path:
            return page(request)
        return moved(otherwise + quote(request.target))

    return show


# How often real servers answer in each way, roughly.
WAYS: tuple[Answering, ...] = (
    *(full_404,) * 8,
    *(short_404,) * 4,
    *(soft_404,) * 5,
    gone_410,
    forbidden,
    *(front_302,) * 3,
    *(front_301,) * 2,
    *(front_200,) * 3,
    search_200,
    *(search_302,) * 2,
    *(error_page_302,) * 2,
    news_of_the_day,
    login_302,
    *(section_302,) * 2,
    nearest_302,
    another_article,
    failing,
    empty_200,
    shell,
)


def some_way(h: Host) -> None:
    """Let a host answer what it has not in one of the ways."""
    h.fallback = h.draw.choice(WAYS)(h)
