"""Living pages of the fifth web: press, blogs, science, questions, forums, code and documentation."""

from __future__ import annotations

from tests.worlds.fifth import Host, HostKinds, moment_of, paragraphs, to
from tests.worlds.fifth_chrome import teasers
from tests.worlds.fourth import data, moved
from tests.worlds.serving import PageRequest, PageResponse

KINDS = HostKinds()


@KINDS.add("news article")
def _(h: Host) -> None:
    h.cite(f"/news/2019/03/{h.slug()}-{h.number()}", h.article())
    h.topic = h.title()
    h.cite(f"/news/2021/11/{h.slug()}-{h.number()}", h.article())


@KINDS.add("paywall teaser")
def _(h: Host) -> None:
    wall = f'{h.fact()}<div class="paywall">{h.voice.teaser}<a href="/subscribe">→</a></div>'
    h.cite(f"/article/{h.slug()}-{h.number()}.html", h.shows(h.topic, f"<p>{wall}</p>"))


@KINDS.add("paywall whose address any slug may end")
def _(h: Host) -> None:
    number = h.number()
    inner = f"<p>{h.fact()}</p><p>{h.voice.teaser}</p>"

    def route(request: PageRequest) -> PageResponse | None:
        if request.path.endswith(f"-{number}"):
            return h.page(h.topic, inner, moment=moment_of(request))
        return None

    h.early = route
    h.cite(f"/{h.slug()}-{number}")


@KINDS.add("blog post without comments")
def _(h: Host) -> None:
    h.skin = "wordpress"
    h.cite(f"/2014/05/{h.slug()}/", h.article(count=4))
    h.topic = h.title()
    newer = f"/2015/02/{h.slug()}/"
    h.add(newer, h.article())
    h.cite(f"/?p={h.number()}", to(newer, 301))


@KINDS.add("post about what was not found")
def _(h: Host) -> None:
    title = f"{h.voice.missing}: {h.subject}"
    texts = [h.voice.missing_long, *h.facts(4), h.voice.nothing]
    h.cite(f"/blog/{h.slug()}", h.shows(title, paragraphs(texts)), text=title)


@KINDS.add("last issue of a magazine")
def _(h: Host) -> None:
    texts = [h.voice.closing, *h.facts(2)]
    h.cite(f"/issues/{h.draw.randrange(40, 90)}/editorial", h.shows(h.topic, paragraphs(texts)))


@KINDS.add("notice that a shop has closed")
def _(h: Host) -> None:
    h.cite("/news/goodbye.html", h.shows(h.voice.closing[:40], f"<p>{h.voice.closing}</p>"))
    h.cite(f"/stories/{h.slug()}.html", h.article())


@KINDS.add("obituary")
def _(h: Host) -> None:
    inner = f"<p>† {h.draw.randrange(1990, 2015)}</p><p>{h.fact()}</p>"
    h.cite(f"/obituaries/{h.slug()}", h.shows(f"Ilse Wermuth (1921-2009), {h.place}", inner))


@KINDS.add("abstract without full text")
def _(h: Host) -> None:
    head = f'<meta name="citation_title" content="{h.topic}"><meta name="citation_doi" content="x">'
    inner = f"<h2>Abstract</h2><p>{h.fact()}</p><div>{h.voice.log_in}</div>"
    h.cite(f"/doi/abs/10.5117/{h.number()}", h.shows(h.topic, inner, head))
    h.cite(f"/doi/full/10.5117/{h.number()}", to(h.citations[0].target))


@KINDS.add("withdrawn paper")
def _(h: Host) -> None:
    inner = "<p>This paper has been withdrawn by the author due to an error in equation 4.</p>"
    h.cite(f"/abs/{h.draw.randrange(1000, 2000)}.0{h.number()}", h.shows(h.topic, inner))


@KINDS.add("resolver of identifiers")
def _(h: Host) -> None:
    number = h.number()
    other = f"journal-{h.host.removeprefix('www.')}"
    publisher = Host(other, h.voice, f"{h.host} publisher", h.truth)
    publisher.topic, publisher.scheme = h.topic, "https"
    publisher.add(f"/article/{number}", publisher.article())
    h.others[other] = publisher.answer
    h.cite(f"/10.1234/abc.{number}", to(f"https://{other}/article/{number}"))
    h.fallback = lambda _request: h.html("DOI Not Found", "<h1>DOI NOT FOUND</h1>", status=404)


@KINDS.add("closed question")
def _(h: Host) -> None:
    title = "nginx returns 404 Not Found after moving the site"
    inner = "<div class=notice>Closed. This question needs details or clarity.</div>"
    inner += f"<p>I get <code>404 Not Found</code>. {h.fact()}</p><h2>0 Answers</h2>"
    h.cite(f"/questions/{h.number()}/nginx-404", h.shows(title, inner), text=title)


@KINDS.add("question whose slug is free")
def _(h: Host) -> None:
    number = h.number()
    right = f"/questions/{number}/{h.slug()}"

    def route(request: PageRequest) -> PageResponse | None:
        if request.path.startswith(f"/questions/{number}/") and request.path != right:
            return moved(right, 301)
        return None

    h.early = route
    h.add(right, h.article(extra=f"<p>{h.voice.no_comments}</p>"))
    h.cite(f"/questions/{number}/old-title")


@KINDS.add("locked thread")
def _(h: Host) -> None:
    inner = f"<div class=post>{h.fact()}</div><div class=post>+1</div><p>{h.voice.log_in}</p>"
    h.cite(f"/viewtopic.php?f=4&t={h.number()}", h.shows(f"[locked] {h.topic}", inner))
    h.cite(f"/viewtopic.php?p={h.number()}", h.shows(h.topic, f"<div>{h.fact()}</div>"))


@KINDS.add("mail of a mailing list")
def _(h: Host) -> None:
    h.skin = "bare"
    inner = (
        f"<b>N. N.</b> <i>Tue Mar 4 2003</i><pre>{h.fact()}\n\n-- \nN.</pre><a href='1'>Next</a>"
    )
    h.cite(f"/pipermail/dev/2003-March/{h.number()}.html", h.shows(h.topic, inner))


@KINDS.add("archived repository")
def _(h: Host) -> None:
    inner = "<div>This repository has been archived by the owner. It is now read-only.</div>"
    h.cite(f"/carrow/{h.slug()}", h.shows(f"carrow/{h.slug()}", inner + f"<p>{h.fact()}</p>"))
    h.cite(f"/carrow/x/issues/{h.number()}", h.shows("404 on /downloads · Issue · Closed", inner))


@KINDS.add("documentation of an old version")
def _(h: Host) -> None:
    h.skin = "docs"
    note = "<div class=warning>This version is no longer supported. The page may be outdated.</div>"
    h.cite("/en/1.4/ref/exceptions.html", h.shows("Exceptions", note + paragraphs(h.facts(3))))


@KINDS.add("documentation of status codes")
def _(h: Host) -> None:
    h.skin = "docs"
    rows = "<tr><td>404</td><td>Not Found</td></tr><tr><td>410</td><td>Gone</td></tr>"
    page = h.shows("404 Not Found", f"<p>The resource does not exist.</p><table>{rows}</table>")
    h.cite("/docs/errors/404", page, text="Error 404")
    h.cite("/docs/errors/410", h.shows("410 Gone", f"<p>Gone.</p><table>{rows}</table>"))


@KINDS.add("article on something named 404")
def _(h: Host) -> None:
    title = h.draw.choice(("Peugeot 404", "Area code 404", "Route 410", "Room 404", "Page 404"))
    h.cite(f"/wiki/{title.replace(' ', '_')}", h.shows(title, paragraphs(h.facts(2))), text=title)
    gone = h.draw.choice(("Gone", "Missing", "Not Found", "Nothing", "The Lost Page", "Error"))
    h.cite(f"/wiki/{gone.replace(' ', '_')}", h.shows(gone, f"<p>{h.fact()}</p>"), text=gone)


@KINDS.add("stub of a wiki")
def _(h: Host) -> None:
    inner = f"<p>{h.fact()}</p><p><i>This article is a stub.</i></p>"
    h.cite(f"/wiki/{h.slug()}", h.shows(h.topic, inner))
    empty = "<p>This category currently contains no pages or media.</p>"
    h.cite("/wiki/Category:Mills", h.shows("Category:Mills", empty), text="Category:Mills")


@KINDS.add("entry of a dictionary")
def _(h: Host) -> None:
    inner = f"<b>{h.subject}</b> <i>n.</i> {h.draw.randrange(1, 9)}. → {h.place}"
    h.cite(f"/define/{h.number()}", h.shows(h.subject, inner), text=h.subject)
    h.cite(f"/define/{h.number()}", h.shows("404", "<b>404</b> <i>adj.</i> clueless"), text="404")


@KINDS.add("translated site")
def _(h: Host) -> None:
    slug = h.slug()
    h.add(f"/{h.voice.code}/{slug}", h.article())
    h.add("/en/", h.front)
    h.cite(f"/{slug}", lambda _request: moved(f"/{h.voice.code}/{slug}", vary="Accept-Language"))
    h.cite("/en/", text=h.name)


@KINDS.add("redesigned site")
def _(h: Host) -> None:
    new = f"/magazine/{h.slug()}"
    h.add(new, h.article())
    h.cite(f"/index.php?option=com_content&id={h.number()}", to(new, 301))
    newest = f"/magazine/{h.slug()}-2"
    h.add(newest, h.article(h.title()))
    h.cite(f"/artikel/{h.number()}.html", to(newest, 301))


@KINDS.add("post among posts that change")
def _(h: Host) -> None:
    def show(request: PageRequest) -> PageResponse:
        inner = f"<p>{h.topic}</p>" + teasers(h.voice, f"{h.host} {request.day}", 9)
        return h.page(h.topic, inner, moment=moment_of(request))

    h.cite(f"/tag/{h.slug()}", show)


@KINDS.add("same title on each page")
def _(h: Host) -> None:
    for _ in range(3):
        inner = paragraphs(h.facts(3))
        h.cite(f"/show.asp?id={h.number()}", h.shows("", inner, full_title=h.name), text="source")


@KINDS.add("post without words")
def _(h: Host) -> None:
    h.cite(f"/photo/{h.number()}", h.shows("", f'<img src="/p/{h.number()}.jpg" alt="">'))


@KINDS.add("feed")
def _(h: Host) -> None:
    item = f"<item><title>{h.topic}</title><description>{h.fact()}</description></item>"
    start = f'<?xml version="1.0"?><rss version="2.0"><channel><title>{h.name}</title>'
    h.cite("/feed/", data(f"{start}{item}</channel></rss>", "application/rss+xml; charset=utf-8"))
    h.cite("/comments/feed/", data(f"{start}</channel></rss>", "text/xml; charset=utf-8"))
