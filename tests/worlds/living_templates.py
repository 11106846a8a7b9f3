"""Living pages of the second web that share one template: lists, calendars, searches, applications, boards."""

from __future__ import annotations

from html import escape
from random import Random

from tests.worlds.citing import cite_living
from tests.worlds.more_living import drawn, inner_page, lively, skin
from tests.worlds.serving import PageRequest, PageResponse, Site, html, plain_error
from tests.worlds.sites import site
from tests.worlds.skins import Skin
from tests.worlds.texts import THINGS, article, slug
from tests.worlds.truth import InventedWeb


def build(web: InventedWeb) -> None:
    """Add these pages to a web."""
    for part in (_stocks, _calendars, _searches, _rendered, _boards, _lots):
        part(web)


def _rows(design: Skin, seed: object, count: int = 9) -> str:
    """Return a list of things with prices, others for each seed."""
    draw = Random(f"{design.name} {seed}")
    titles = [article(design.lang, f"{design.name} {draw.random()}").title for _ in range(count)]
    return "".join(
        f"<li><a href='/i/{draw.randint(1, 999)}'>{escape(each)}</a> {draw.randint(3, 90)},50</li>"
        for each in titles
    )


def _stocks(web: InventedWeb) -> None:
    """Add lists of goods that differ at each request; an unknown group shows the goods of all."""
    for number in range(6):
        design = skin(number, f"Almacén {number}")
        host = f"stock{number}.example"
        things = THINGS[design.lang].split(", ")
        pages: dict[str, Site] = {}
        for item in range(2):
            group = things[number + item + 1]
            target = (
                f"/list.php?group={item + 41}&sort=price",
                f"/list.php?group={slug('en', f'{host}{item}')}",
                f"/goods/{slug('en', f'{host}{item}')}",
            )[number % 3]
            pages[target] = _stock(design, group)
            before = design.frame(
                f"{group} | {things[-1]}", f"<ul>{_rows(design, f'{group} before')}</ul>", moment=-1
            )
            cite_living(
                web,
                f"https://{host}{target}",
                "a list of goods that differ",
                (f"{group}, {things[-1]}", "what they sell", f"{design.name}: {group}")[item],
                memento=before,
                mirror=item == 1,
            )
        others = _stock(design, things[0])
        web.add_site(host, _by_target(pages, others, "/list.php" if number % 3 < 2 else "/"))


def _stock(design: Skin, group: str) -> Site:
    return lively(
        lambda moment: design.frame(
            design.name,
            f"<h1>{escape(group)}</h1><ul>{_rows(design, f'{group} {moment}')}</ul>",
            moment=moment,
        )
    )


def _by_target(pages: dict[str, Site], other: Site, script: str) -> Site:
    """Return a site of pages by target; other URLs below a path get another page, all else 404."""

    def answer(request: PageRequest) -> PageResponse:
        if request.target in pages:
            return pages[request.target](request)
        return other(request) if request.path.startswith(script) else plain_error(404)

    return answer


def _calendars(web: InventedWeb) -> None:
    """Add calendars whose entries change daily, under one title; another month is as empty as most."""
    for number in range(5):
        design = skin(number + 3, f"Kalender {number}")
        host = f"calendar{number}.example"
        days = "".join(f"<td>{day}</td>" for day in range(1, 31))
        script = ("/cal.php", "/termine", "/")[number % 3]
        pages: dict[str, Site] = {}

        def month(label: str, d: Skin = design, grid: str = days) -> Site:
            def render(request: PageRequest) -> PageResponse:
                entries = _rows(d, f"{label} {request.day // 2}", 2)
                inner = f"<h1>{label}</h1><table><tr>{grid}</tr></table><ul>{entries}</ul>"
                return html(d.frame(d.name, inner, moment=drawn(request)))

            return render

        for item in range(2):
            label = f"{item + 4} / 2021"
            target = f"{script}?month=2021-0{item + 4}&view=grid"
            pages[target] = month(label)
            before = design.frame(
                f"{MONTHS[item]} {design.name}",
                f"<h1>{MONTHS[item]}</h1><ul>{_rows(design, label)}</ul>",
                moment=-1,
            )
            cite_living(
                web,
                f"http://{host}{target}",
                "a month of a calendar",
                f"{MONTHS[item]} {design.name}",
                memento=before,
                mirror=item == 0,
            )
        web.add_site(host, _by_target(pages, month("7 / 2026"), script))


MONTHS = ("April 2021, club calendar", "May 2021, club calendar")


def _searches(web: InventedWeb) -> None:
    """Add searches that were what is cited; results differ at each request, and so for other words."""
    for number in range(6):
        design = skin(number + 1, f"Zoek {number}")
        host = f"finder{number}.example"
        script = ("/search", "/find.asp", "/")[number % 3]

        def found(request: PageRequest, d: Skin = design, n: int = number) -> PageResponse:
            asked = request.query.partition("&")[0].partition("=")[2].replace("+", " ")
            rows = _rows(d, f"{asked} {drawn(request)}", 6)
            shown = f"<h2>{escape(asked)}</h2>" if n % 2 else f"<input value='{escape(asked)}'>"
            return html(d.frame(d.name, f"{shown}<ol>{rows}</ol>", moment=drawn(request)))

        words = slug("en", host).replace("-", "+")
        target = f"{script}?q={words}&order=new"
        before = design.frame(
            f"{words.replace('+', ' ')} - {design.name}",
            f"<h2>{words.replace('+', ' ')}</h2><ol>{_rows(design, 'before', 8)}</ol>",
            moment=-1,
        )
        cite_living(
            web,
            f"https://{host}{target}",
            "a search that is cited",
            words.replace("+", " ") if number % 2 else f"all that {design.name} has on it",
            memento=before,
            mirror=True,
        )
        web.add_site(host, _by_target({}, found, script))


def _rendered(web: InventedWeb) -> None:
    """Add applications whose server sends menus and small print; scripts add what the URL names."""
    shells = (
        '<div id="content"></div><script src="/js/app.js"></script>',
        '<main data-view></main><script type="module" src="/main.js"></script>',
        "<div id=app></div><script src=/chunk.js></script>",
        "<div class=view></div><script>window.__STATE__={};</script><script src=/v.js></script>",
        '<article id="page"></article><script defer src="/bundle.js"></script>',
    )
    for number, shell in enumerate(shells):
        design = skin(number + 2, f"Atelier {number}", scripts="active")
        host = f"rendered{number}.example"
        text = article(design.lang, f"{host} terms", paragraphs=1 + number % 2)
        below = "".join(f"<p>{escape(each)}</p>" for each in text.paragraphs)
        page = inner_page(design, design.name, shell + below)
        for item in range(2):
            text = article(design.lang, f"{host} {item}")
            target = f"/read?doc={item + 90}" if number % 2 else f"/doc/{item + 90}"
            cite_living(
                web,
                f"https://{host}{target}",
                "an application with menus",
                text.title,
                memento=design.page(text, moment=-1) if item else "",
                mirror=bool(item),
            )
        script = "/read" if number % 2 else "/"
        web.add_site(host, _by_target({}, page, script))


def _boards(web: InventedWeb) -> None:
    """Add boards with one title, whose threads were cut to a line; an unknown one shows the newest."""
    for number in range(6):
        design = skin(number + 5, f"Foro {number}")
        host = f"board{number}.example"
        newest = lively(
            lambda m, d=design: d.frame(d.name, f"<ul>{_rows(d, m, 5)}</ul>", moment=m)  # type: ignore[misc]
        )
        pages: dict[str, Site] = {}
        for item in range(2):
            text = article(design.lang, f"{host} {item}")
            line = article(design.lang, f"{host} reply {item}").paragraphs[0][:80]
            target = f"/showthread.php?t={item + 7700}" + ("", "&page=2")[number % 2]
            heading = f"<h2>{escape(text.title)}</h2>" if number % 3 else ""
            pages[target] = inner_page(design, design.name, f"{heading}<p>{escape(line)}</p>")
            cite_living(
                web,
                f"http://{host}{target}",
                "a thread that was cut",
                text.title if number % 3 else "what was answered there",
                memento=design.page(text, moment=-1),
                mirror=item == 1,
            )
        web.add_site(host, site(pages, _by_target({}, newest, "/showthread.php")))


def _lots(web: InventedWeb) -> None:
    """Add pages that show any text at each request, and are cited for that."""
    for number in range(4):
        design = skin(number + 4, f"Orakel {number}")
        host = f"oracle{number}.example"

        def card(moment: int, d: Skin = design, h: str = host) -> str:
            text = article(d.lang, f"{h} {moment % 31}", paragraphs=2)
            inner = "".join(f"<p>{escape(each)}</p>" for each in text.paragraphs)
            return d.frame(d.name, f"<h1>{escape(d.name)}</h1>{inner}", moment=moment)

        target = ("/draw.php?deck=3", "/draw")[number % 2]
        cite_living(
            web,
            f"https://{host}{target}",
            "any text, and cited for that",
            ("a card drawn by chance", f"{design.name}, a card a day")[number // 2],
            memento=card(-2),
            mirror=True,
        )
        web.add_site(host, _by_target({}, lively(card), "/draw"))
