"""Living pages of the third web that moved, were renamed or rewritten, or stand behind a notice or a choice."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from html import escape

from tests.worlds.serving import PageRequest, PageResponse, Site, html, plain_error, redirect
from tests.worlds.sites import always, from_day, leads_to
from tests.worlds.texts import Article, article
from tests.worlds.third import Kind, SiteBuilder


def _articles(b: SiteBuilder, count: int = 2, paragraphs: int = 4) -> dict[str, Article]:
    """Return articles by address."""
    return {b.path(n): b.text(n, paragraphs) for n in range(count)}


def missing_of(b: SiteBuilder) -> Site | None:
    """Return what the site answers to a random URL: 404, its front page, a list or a redirect home."""
    listing = b.page(lambda draw, _day: f"<ul>{b.rows(draw, 7)}</ul>")
    return b.draw.choice((None, b.front(), listing, leads_to("/")))


def _rewritten(b: SiteBuilder) -> None:
    """Add pages whose text was replaced by a newer one under the same title."""
    pages: dict[str, Site] = {}
    for path, old in _articles(b).items():
        new = Article(old.lang, old.title, b.text(f"anew {path}", b.draw.randint(1, 5)).paragraphs)
        pages[path] = b.shows(new, b.draw.choice(("", b.design.name)))
        b.cite(path, b.draw.choice((old.title, f"{b.design.name} on it")), b.design.page(old))
    b.open(pages, missing_of(b))


def _shortened(b: SiteBuilder) -> None:
    """Add pages of which a line is left."""
    pages: dict[str, Site] = {}
    for path, old in _articles(b).items():
        line = old.paragraphs[0][:120]
        pages[path] = b.page(f"<h1>{escape(old.title)}</h1><p>{escape(line)}</p>")
        b.cite(path, old.title, b.design.page(old))
    b.open(pages, missing_of(b))


def _translated(b: SiteBuilder) -> None:
    """Add pages that were translated; a name of numbers and the site's name stay."""
    other = "de" if b.lang != "de" else "fr"
    pages: dict[str, Site] = {}
    for path, old in _articles(b).items():
        new = article(other, f"{b.seed} {path}")
        title = f"{new.title} - {b.design.name}"
        pages[path] = b.page("".join(f"<p>{escape(p)}</p>" for p in new.paragraphs), title)
        b.cite(path, b.draw.choice((old.title, b.design.name)), b.perhaps(b.design.page(old)))
    b.open(pages, b.draw.choice((None, b.front())))


def _languages(b: SiteBuilder) -> None:
    """Add pages in the language that a reader asks for, one of two, the other one archived."""
    other = "de" if b.lang != "de" else "fr"
    path = b.path("page")
    mine, theirs = b.text("page"), article(other, f"{b.seed} {b.host}")

    def answer(request: PageRequest) -> PageResponse:
        asked = request.headers.get("Accept-Language", "")
        return b.shows(mine if asked.startswith(mine.lang[:2]) else theirs)(request)

    b.cite(path, mine.title, b.design.page(mine))
    b.open({path: answer}, b.draw.choice((None, b.front())))


def _led_by_language(b: SiteBuilder) -> None:
    """Add pages that lead to a folder of the reader's language or country, as any URL does."""
    code = b.draw.choice(("en", "us", "en-gb", "int"))
    pages: dict[str, Site] = {}
    for path, text in _articles(b).items():
        pages[f"/{code}{path}"] = b.shows(text)
        b.cite(path, text.title, b.perhaps(b.design.page(text)))
    front = b.front()

    def missing(request: PageRequest) -> PageResponse:
        if request.target.startswith(f"/{code}"):
            return front(request)
        return redirect(f"/{code}{request.target}", 302)

    b.open({**pages, "/": leads_to(f"/{code}/")}, missing)


def _moved_whole(b: SiteBuilder) -> None:
    """Add a site that moved with all pages; at the new one, what it lacks is its front page or 404."""
    new = f"new-{b.host}"
    pages: dict[str, Site] = {}
    for path, text in _articles(b).items():
        pages[path] = b.shows(text)
        b.cite(path, text.title, b.perhaps(b.design.page(text)))
    b.open(pages, missing_of(b), new)
    b.web.add_site(b.host, lambda request: redirect(f"https://{new}{request.target}", 301))


def _moved_and_renamed(b: SiteBuilder) -> None:
    """Add pages that moved to other addresses of a renamed site."""
    new = f"name-{b.host}"
    design = replace(b.design, name=f"{b.things(1)[0]} {b.draw.randint(1, 99)}")
    pages, leads = {}, {}
    for number, (path, text) in enumerate(_articles(b).items()):
        target = f"/stories/{b.slug(number)}"
        served = html(design.page(text))
        pages[target] = always(served)
        leads[path] = leads_to(f"https://{new}{target}", 301)
        b.cite(path, text.title, b.perhaps(b.design.page(text)))
    b.open(pages, missing_of(b), new)
    b.open({**leads, "/": leads_to(f"https://{new}/", 301)}, leads_to(f"https://{new}/", 301))


def _renamed(b: SiteBuilder) -> None:
    """Add a site with another name and layout, whose texts stayed where they were."""
    later = replace(b.design, name=f"{b.things(1)[0]} {b.draw.randint(1, 99)}")
    pages: dict[str, Site] = {}
    for path, text in _articles(b).items():
        pages[path] = always(html(later.page(text, moment=3)))
        b.cite(path, b.draw.choice((text.title, b.design.name)), b.design.page(text))
    b.open({**pages, "/": always(html(later.front()))}, missing_of(b))


def _merged(b: SiteBuilder) -> None:
    """Add a firm's front page that leads to the page on it at the firm that bought it."""
    new = f"group-{b.host}"
    word = b.design.name
    text = Article(b.lang, f"{word} & {b.things(1)[0]}", b.text("merged", 2).paragraphs)
    b.cite("/", word, b.perhaps(b.design.front(moment=-4)))
    b.web.add_site(b.host, leads_to(f"https://{new}/about/{b.slug('brand')}", 301))
    group = replace(b.design, name=f"{b.things(1)[0]} Group")
    b.open({f"/about/{b.slug('brand')}": always(html(group.page(text)))}, None, new)


def _mirrored(b: SiteBuilder) -> None:
    """Add one site under two names; the second says that the first is canonical."""
    pages: dict[str, Site] = {}
    for path, text in _articles(b).items():
        pages[path] = b.shows(text, below=f'<link rel="canonical" href="https://{b.host}{path}">')
        b.cite(path, text.title, b.perhaps(b.design.page(text)), host=f"mirror-{b.host}")
    missing = missing_of(b)
    b.open(pages, missing)
    b.open(pages, missing, f"mirror-{b.host}")


NOTICES = (
    "This blog is closed. It is kept as an archive; comments are no longer possible.",
    "This page is no longer maintained and may be out of date.",
    "This site has been archived and will not be updated.",
    "This event has ended. Thank you to all who came.",
    "This product has been discontinued. Spare parts remain available.",
    "This item is currently out of stock.",
    "This position has been filled. Applications are no longer accepted.",
    "This article has been retracted at the request of its authors.",
    "This version has been withdrawn; the text is kept for the record.",
    "This auction has ended.",
    "Comments have been removed. This topic is closed.",
    "The page you see was last changed in 2009; the author has died.",
)


def _noticed(b: SiteBuilder) -> None:
    """Add pages with a notice that something ended, above the text that is still there."""
    pages: dict[str, Site] = {}
    for path, text in _articles(b, 2, b.draw.randint(1, 3)).items():
        marked = Article(text.lang, text.title, [b.draw.choice(NOTICES), *text.paragraphs])
        pages[path] = b.shows(marked)
        b.cite(path, text.title, b.perhaps(b.design.page(text)))
    b.open(pages, missing_of(b))


SUBJECTS = (
    "Error 404: how a number became a joke", "404 Not Found (novel)", "Peugeot 404", "Page not found: the lost books of the library",
    "Not found in the wild: the last bustard", "How to remove an expired certificate", "Removed from the map: villages under the reservoir",
    "This domain is for sale: a short history of parked pages", "Domain parking explained", "HTTP 410 Gone", "The page does not exist (poem)",
    "Account suspended: what to do when a hoster locks you out", "Access denied: files of the commission", "Under construction: building sites of 1931",
    "Gone: photographs of a street", "Expired: films shot on old stock", "What to do when a page cannot be found", "Online casino fined by the regulator",
    "Server error", "Nothing here: notes on emptiness", "Route 404", "Closed for good: shops of the high street", "Seite nicht gefunden (Hörspiel)",
    "页面不存在:一部小说", "お探しのページは見つかりません(短編集)", "Страница не найдена: рассказы", "Página no encontrada (cuento)", "Page introuvable, roman",
)  # fmt: skip


def _subjects(b: SiteBuilder) -> None:
    """Add articles about dead pages, parked domains, errors, and things that are gone."""
    pages: dict[str, Site] = {}
    for subject in b.draw.sample(SUBJECTS, 3):
        words = b.text(subject, b.draw.randint(1, 3)).paragraphs
        text = Article(b.lang, subject, [f"{subject}.", *words])
        pages[b.path(subject)] = b.shows(text, b.draw.choice(("", subject)))
        b.cite(b.path(subject), subject, b.perhaps(b.design.page(text)))
    b.open(pages, missing_of(b))


def _consent(b: SiteBuilder) -> None:
    """Add pages that lead to a page of consent elsewhere and back, as any URL does."""
    asks = f"consent-{b.host}"
    pages = {path: b.shows(text) for path, text in _articles(b).items()}
    for path, text in _articles(b).items():
        b.cite(path, text.title, b.perhaps(b.design.page(text)))

    def answer(request: PageRequest) -> PageResponse:
        if "agreed" not in request.cookies:
            return redirect(f"https://{asks}/ask?back={request.target}")
        return pages.get(request.target, always(plain_error(404)))(request)

    words = "<h1>Before you continue</h1><p>We use cookies. Choose: accept all, reject all.</p><button>Accept all</button>"
    b.web.add_site(b.host, answer)
    b.web.add_site(asks, always(html(f"<title>{b.design.name}</title>{words}")))


def _asked(b: SiteBuilder, words: str) -> None:
    """Add pages behind a question that is served at every URL until a cookie says yes."""
    for path, text in _articles(b).items():
        b.cite(path, text.title, b.perhaps(b.design.page(text)))
    labels = " ".join(f"<a href='/{each}'>{escape(each)}</a>" for each in b.things(4))

    def answer(request: PageRequest) -> PageResponse:
        fact = b.line(b.chance(request).randint(1, 30), 70)
        start = f"<title>{b.design.name}</title><nav>{labels}</nav><div>{words}</div>"
        return html(f"{start}<i>{escape(fact)}.</i>" if is_lively else start)

    is_lively = b.draw.random() < 0.5
    b.web.add_site(b.host, answer)


def _cookie_wall(b: SiteBuilder) -> None:
    """Add pages behind a question about cookies."""
    _asked(
        b,
        "<h1>Your privacy</h1><p>We and our 812 partners store cookies. Accept or subscribe to go on.</p><button>Accept</button>",
    )


def _age_gate(b: SiteBuilder) -> None:
    """Add pages behind a question about age."""
    _asked(
        b,
        "<h1>Are you over 18?</h1><p>You must be of legal drinking age to enter this site.</p><button>Yes</button><button>No</button>",
    )


def _paywall(b: SiteBuilder) -> None:
    """Add pages of which the beginning can be read, and an offer of a subscription."""
    pages: dict[str, Site] = {}
    for path, text in _articles(b).items():
        teaser = Article(text.lang, text.title, [text.paragraphs[0][: b.draw.randint(60, 200)]])
        pages[path] = b.shows(
            teaser, below="<p>Subscribe to read on. From 2 a week, cancel at any time.</p>"
        )
        b.cite(path, text.title, b.design.page(text))
    b.open(pages, missing_of(b))


def _maintenance(b: SiteBuilder) -> None:
    """Add pages that are away on one night, when the whole site says that it is being maintained."""
    words = html(
        "<title>Maintenance</title><h1>We will be back soon</h1><p>Scheduled maintenance. Please try again later.</p>"
    )
    night = b.draw.choice((0, 1))
    away = always(b.draw.choice((words, replace(words, status=503))))
    pages = {path: b.shows(text) for path, text in _articles(b).items()}
    for path, text in _articles(b).items():
        b.cite(path, text.title, b.perhaps(b.design.page(text)))
    for cited in b.web.cited[-2:]:
        cited.failing_days = frozenset({night})
    front, missing = b.front(), missing_of(b)

    def answer(request: PageRequest) -> PageResponse:
        found = pages.get(request.target) or (front if request.path == "/" else missing)
        return (found or always(plain_error(404)))(request)

    b.web.add_site(b.host, from_day(night, answer, from_day(night + 1, away, answer)))


def _short_link(b: SiteBuilder) -> None:
    """Add short links to pages of another site; an unknown one leads to the shortener's front page."""
    to = f"target-{b.host}"
    pages: dict[str, Site] = {}
    leads: dict[str, Site] = {}
    for path, text in _articles(b).items():
        short = f"/{b.draw.getrandbits(24):x}"
        pages[path] = b.shows(text)
        leads[short] = leads_to(f"https://{to}{path}", b.draw.choice((301, 302)))
        b.cite(short, b.draw.choice((text.title, "here")), b.perhaps(b.design.page(text)))
    b.open(pages, None, to)
    b.open(leads, leads_to("/"))


def _mobile(b: SiteBuilder) -> None:
    """Add pages that lead programs to a short version for telephones."""
    to = f"m.{b.host}"
    pages: dict[str, Site] = {}
    for path, text in _articles(b).items():
        brief = Article(text.lang, text.title, text.paragraphs[:1])
        pages[path] = b.shows(brief, text.title)
        b.cite(path, text.title, b.perhaps(b.design.page(text)))
    b.open(pages, b.draw.choice((None, b.front(), leads_to("/"))), to)
    b.web.add_site(b.host, lambda request: redirect(f"https://{to}{request.target}", 302))


def _for_programs(b: SiteBuilder) -> None:
    """Add pages that show a bare text to programs, and another one at each request."""
    pages: dict[str, Site] = {}
    for path, text in _articles(b).items():
        bare = f"<title>{escape(text.title)}</title><p>{escape(text.paragraphs[-1])}</p>"
        pages[path] = always(html(bare))
        b.cite(path, text.title, b.perhaps(b.design.page(text)))
    b.open(pages, missing_of(b))


def _session(b: SiteBuilder) -> None:
    """Add pages that lead to themselves with a session of each request, as any URL does."""
    pages = {path: b.shows(text) for path, text in _articles(b).items()}
    for path, text in _articles(b).items():
        b.cite(path, text.title, b.perhaps(b.design.page(text)))
    front = b.front()

    def answer(request: PageRequest) -> PageResponse:
        if "sid=" not in request.query:
            mark = "&" if request.query else "?"
            return redirect(f"{request.target}{mark}sid={b.chance(request).getrandbits(60):x}")
        clean = request.target.partition("sid=")[0].rstrip("?&")
        return pages.get(clean, front)(request)

    b.web.add_site(b.host, answer)


KINDS: Mapping[str, Kind] = {
    "rewritten under its title": _rewritten,
    "cut to a line": _shortened,
    "translated": _translated,
    "language of the reader": _languages,
    "led to a folder of a language": _led_by_language,
    "whole site moved": _moved_whole,
    "moved and renamed": _moved_and_renamed,
    "renamed in place": _renamed,
    "merged firm": _merged,
    "mirrored domain": _mirrored,
    "notice that something ended": _noticed,
    "subject is a dead page": _subjects,
    "cookie wall, consent elsewhere": _consent,
    "cookie wall, consent in place": _cookie_wall,
    "cookie wall, age gate": _age_gate,
    "paywall": _paywall,
    "maintenance for a night": _maintenance,
    "short link": _short_link,
    "led to a mobile host": _mobile,
    "bare text for programs": _for_programs,
    "session in a redirect": _session,
}
