"""Living pages of the fourth web that have the words of lost ones."""

from __future__ import annotations

from tests.worlds.fourth import Kinds, SiteMaker, data

KINDS = Kinds()


@KINDS.add("forum thread that asks about 'page not found'")
def _(s: SiteMaker) -> None:
    n = s.draw.randrange(100, 99999)
    s.cite(
        f"/viewtopic.php?t={n}",
        s.tongue.missing,
        s.page(
            s.tongue.missing,
            [
                f"anna: {s.tongue.missing}? {s.sentence()}",
                f"bo_77: {s.sentence()}",
                f"anna: {s.sentence()}",
            ],
        ),
    )


@KINDS.add("forum thread 'page not found' on a host with soft 404s")
def _(s: SiteMaker) -> None:
    s.fallback = lambda _request: s.missing(200)
    n = s.draw.randrange(100, 99999)
    s.cite(
        f"/t/{n}",
        s.tongue.missing,
        s.page(
            s.tongue.missing,
            [f"anna: {s.sentence()}", f"bo_77: {s.sentence()}", f"anna: {s.sentence()}"],
        ),
    )


@KINDS.add("forum thread 'page not found', one short post")
def _(s: SiteMaker) -> None:
    n = s.draw.randrange(100, 99999)
    s.cite(
        f"/topic/{n}",
        f"{s.tongue.missing} ({s.name})",
        s.page(s.tongue.missing, [f"mod: {s.sentence()}"]),
    )


@KINDS.add("wiki article about HTTP 404")
def _(s: SiteMaker) -> None:
    s.cite(
        "/wiki/HTTP_404",
        "HTTP 404",
        s.page(
            "HTTP 404",
            [
                f"404 ({s.tongue.missing}, Not Found) HTTP. {s.sentence()}",
                s.tongue.missing_long,
                s.sentence(),
            ],
        ),
    )


@KINDS.add("dictionary entry for an error phrase")
def _(s: SiteMaker) -> None:
    s.cite(
        "/dict/not-found",
        "not found",
        s.page("not found", [f"not found (adj.): {s.tongue.none_found}"]),
    )


@KINDS.add("translation entry for an error sentence")
def _(s: SiteMaker) -> None:
    phrase = s.draw.choice(
        [s.tongue.missing, s.tongue.denied, s.tongue.failed, s.tongue.none_found]
    )
    s.cite(
        f"/translate/{s.draw.randrange(1000)}",
        phrase,
        s.page(phrase, [f"en: “Page not found”; {s.tongue.code}: “{phrase}”"]),
    )


@KINDS.add("tiny article titled 'account suspended'")
def _(s: SiteMaker) -> None:
    s.cite("/news/2014/account", s.tongue.suspended, s.page(s.tongue.suspended, s.sentences(2)))


@KINDS.add("help page on suspended accounts")
def _(s: SiteMaker) -> None:
    s.cite(
        "/help/suspended",
        s.tongue.suspended,
        s.page(s.tongue.suspended, [s.tongue.suspended + "?", *s.sentences(2)]),
    )


@KINDS.add("song, film or band named after an error")
def _(s: SiteMaker) -> None:
    name = s.draw.choice(
        ["404 Not Found", "Error 404", "Page Not Found", "403 Forbidden", "Gone", "410 Gone"]
    )
    s.cite(f"/works/{s.draw.randrange(9999)}", name, s.page(name, s.sentences(2)))


@KINDS.add("number 404 or 410 in a title")
def _(s: SiteMaker) -> None:
    n = s.draw.choice(["404", "410", "403", "500"])
    s.cite(f"/art/{n}", f"{s.thing()} {n}", s.page(f"{n}", s.sentences(2)))


@KINDS.add("article with the title 'page not found' by a CMS fault")
def _(s: SiteMaker) -> None:
    inner = f"<h1>{s.topic}</h1>" + "".join(f"<p>{x}</p>" for x in s.sentences(6))
    s.cite(f"/a/{s.draw.randrange(9999)}", s.topic, s.html(s.tongue.missing, inner))


@KINDS.add("tutorial that shows an error page")
def _(s: SiteMaker) -> None:
    s.cite(
        "/howto/error-pages",
        f"404: {s.tongue.missing}",
        s.page(
            f"404 {s.tongue.missing}",
            [s.tongue.missing_long, s.sentence(), "ErrorDocument 404 /404.html"],
        ),
    )


@KINDS.add("gallery of 404 pages, cited at /404")
def _(s: SiteMaker) -> None:
    s.cite("/404", "404 gallery", s.page("404", [s.tongue.missing, *s.sentences(3)]))


@KINDS.add("template demonstration of a 404 page")
def _(s: SiteMaker) -> None:
    s.cite(
        "/demo/404.html",
        "404 template demo",
        s.html("404 Not Found", f"<h1>404</h1><p>{s.tongue.missing_long}</p>"),
    )


@KINDS.add("raw file 404.html at a code host")
def _(s: SiteMaker) -> None:
    s.cite(
        "/u/site/raw/main/404.html",
        "404.html",
        data(
            f"<!doctype html><title>{s.tongue.missing}</title><h1>404</h1><p>{s.tongue.missing_long}</p>",
            "text/plain; charset=utf-8",
        ),
    )


@KINDS.add("issue or commit about an error")
def _(s: SiteMaker) -> None:
    n = s.draw.randrange(2000)
    s.cite(
        f"/u/site/issues/{n}",
        f"Error 500 / {s.tongue.failed} #{n}",
        s.page(
            f"{s.tongue.failed} · Issue #{n}",
            ["HTTP 500 Internal Server Error", s.sentence(), "closed"],
        ),
    )


@KINDS.add("mailing list message about a missing page")
def _(s: SiteMaker) -> None:
    s.cite(
        "/pipermail/dev/2004-May/004404.html",
        "[dev] 404 Not Found",
        s.html(
            "[dev] 404 Not Found",
            f"<h1>[dev] 404 Not Found</h1><pre>{s.sentence()}\n&gt; {s.tongue.missing}\n{s.sentence()}</pre>",
        ),
    )


@KINDS.add("newspaper on a domain for sale")
def _(s: SiteMaker) -> None:
    s.cite("/tech/domain", s.tongue.for_sale, s.page(s.tongue.for_sale, s.sentences(3)))


@KINDS.add("marketplace listing of a domain")
def _(s: SiteMaker) -> None:
    s.cite(
        "/listing/harrow.example",
        f"harrow.example: {s.tongue.for_sale}",
        s.page("harrow.example", [s.tongue.for_sale, f"{s.draw.randrange(100, 9000)} €"]),
    )


@KINDS.add("living site whose owner sells its domain")
def _(s: SiteMaker) -> None:
    s.cite(
        "/",
        s.name,
        s.article(s.name, 4, extra=f'<p><a href="mailto:x@y.example">{s.tongue.for_sale}</a></p>'),
    )


@KINDS.add("poem or art page of one word")
def _(s: SiteMaker) -> None:
    word = s.draw.choice(["Nothing.", "Error", "Gone", "404", "Void", "—"])
    s.cite("/poem", f"“{word}”", s.html(word, f"<p>{word}</p>"))


@KINDS.add("'under construction' since 1998")
def _(s: SiteMaker) -> None:
    s.cite(
        "/~harrow/",
        "Harrow's homepage",
        s.html("Harrow", "<h1>Under construction</h1><img src=/dig.gif>"),
    )


@KINDS.add("job offer that expired")
def _(s: SiteMaker) -> None:
    s.cite(
        f"/jobs/{s.draw.randrange(99999)}",
        s.topic,
        s.article("", 4, extra=f"<p class=alert>{s.tongue.expired}</p>"),
    )


@KINDS.add("job offer that expired, notice on top and in the title")
def _(s: SiteMaker) -> None:
    title = s.topic
    s.cite(
        f"/job/{s.draw.randrange(99999)}", title, s.page(s.tongue.expired, [title, *s.sentences(3)])
    )


@KINDS.add("product sold out")
def _(s: SiteMaker) -> None:
    s.cite(
        f"/product/{s.draw.randrange(99999)}",
        s.topic,
        s.page(s.topic, [s.tongue.sold_out, *s.sentences(2)]),
    )


@KINDS.add("event of the past")
def _(s: SiteMaker) -> None:
    s.cite(
        f"/events/2011/{s.draw.randrange(999)}",
        s.topic,
        s.page(s.topic, ["2011-05-04", s.sentence()]),
    )


@KINDS.add("article withdrawn, with the reason")
def _(s: SiteMaker) -> None:
    s.cite(
        f"/article/{s.draw.randrange(99999)}",
        f"{s.tongue.removed} ({s.name})",
        s.page(s.topic, [s.tongue.removed + ".", *s.sentences(2)]),
    )


@KINDS.add("retraction note")
def _(s: SiteMaker) -> None:
    title = f"{s.tongue.retracted}: {s.topic}"
    s.cite(f"/doi/10.{s.draw.randrange(1000, 9999)}/x", title, s.page(title, s.sentences(2)))


@KINDS.add("farewell page of a closed organisation")
def _(s: SiteMaker) -> None:
    farewell = s.page(s.name, [s.tongue.closed + ".", *s.sentences(2)])
    s.cite("/", s.name, farewell)


@KINDS.add("obituary or memorial of an account")
def _(s: SiteMaker) -> None:
    s.cite(f"/in-memoriam/{s.draw.randrange(999)}", f"{s.name}: †", s.page("†", s.sentences(2)))


@KINDS.add("law no longer in force")
def _(s: SiteMaker) -> None:
    s.cite(
        f"/law/{s.draw.randrange(1900, 2000)}/404",
        f"§ 404 {s.thing()}",
        s.page("§ 404", ["(repealed)", s.sentence()]),
    )


@KINDS.add("game server closed, page of the game")
def _(s: SiteMaker) -> None:
    s.cite("/game/over", "Game over", s.page("Game over", [s.tongue.closed, s.sentence()]))
