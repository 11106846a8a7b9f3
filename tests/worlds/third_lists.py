"""Living lists of the third web that vary at each request: goods, news, timetables, scores, searches."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from random import Random

from tests.worlds.serving import PageRequest, PageResponse, Site, plain_error
from tests.worlds.third import Kind, Render, SiteBuilder


def _named(b: SiteBuilder, label: str, render: Render, *, heading: bool | None = None) -> Render:
    """Return what is drawn below a heading, or below a form that holds the label."""
    shown = b.draw.random() < 0.7 if heading is None else heading
    start = f"<h1>{escape(label)}</h1>" if shown else f"<p>{escape(label)}</p>"
    return lambda draw, day: start + render(draw, day)


def _by_name(
    b: SiteBuilder,
    render: Render,
    *,
    labels: Sequence[str] = (),
    default: Site | None = None,
    cited_as: str = "{0}",
) -> None:
    """Open a script with a page for each label; an unknown one shows the default, or the first label's page."""
    names = list(labels) or b.things(4)
    script = b.draw.choice(("/list.php?group={0}", "/show?c={0}&sort=new", "/{0}", "/c/{0}/"))
    pages: dict[str, Site] = {}
    for number, label in enumerate(names[1:3]):
        target = script.format(b.slug(label) if b.draw.random() < 0.6 else 40 + number)
        pages[target] = b.page(_named(b, label, render))
        old = b.before(f"<h1>{escape(label)}</h1>{render(Random(f'{b.seed} old'), -9)}", label)
        b.cite(target, cited_as.format(label, b.design.name), b.perhaps(old))
    other = default or b.page(_named(b, names[0], render))
    b.open(pages, _below(script.partition("?")[0] if "?" in script else "/", other))


def _below(folder: str, page: Site) -> Site:
    """Return a page for all addresses of a folder or script, and 404 elsewhere."""

    def answer(request: PageRequest) -> PageResponse:
        return page(request) if request.path.startswith(folder) else plain_error(404)

    return answer


def _goods(b: SiteBuilder) -> None:
    """Add lists of goods; names of goods are few, so a group's name stands in the others' lists, too."""
    names = b.things(8)

    def goods(draw: Random, _day: int) -> str:
        chosen = [draw.choice(names) for _ in range(9)]
        return (
            "<ul>"
            + "".join(f"<li>{escape(n)} {draw.randint(3, 90)},50</li>" for n in chosen)
            + "</ul>"
        )

    _by_name(b, goods, labels=names[:4])


def _feed(b: SiteBuilder) -> None:
    """Add sections of news, newest first, other ones at each request."""
    _by_name(b, lambda draw, _day: f"<ul>{b.rows(draw, 8)}</ul>", cited_as="{0} - {1}")


def _board(b: SiteBuilder) -> None:
    """Add boards sorted by activity; an unknown one shows the index with all boards' names."""
    names = b.things(4)

    def index(draw: Random, _day: int) -> str:
        order = draw.sample(names, 4)
        return "".join(
            f"<li>{escape(n)}: {escape(b.line(draw.randint(1, 50), 40))}</li>" for n in order
        )

    _by_name(
        b, lambda draw, _day: f"<ul>{b.rows(draw, 6)}</ul>", labels=names, default=b.page(index)
    )


def _tags(b: SiteBuilder) -> None:
    """Add lists by tag; an unknown tag shows the cloud of all tags."""
    names = b.things(12)
    cloud = b.page(lambda draw, _day: " ".join(escape(n) for n in draw.sample(names, 10)))
    _by_name(b, lambda draw, _day: b.rows(draw, 5), labels=names[:4], default=cloud)


def _menu_word(b: SiteBuilder) -> None:
    """Add sections that are named in the menu of each page."""
    names = b.things(4)
    menu = "".join(f"<a href='/{n}'>{escape(each)}</a> " for n, each in enumerate(names))
    _by_name(b, lambda draw, _day: f"{menu}<ul>{b.rows(draw, 7)}</ul>", labels=names)


def _timetable(b: SiteBuilder) -> None:
    """Add departures from now on; an unknown stop shows the first stop."""

    def departures(draw: Random, _day: int) -> str:
        start = draw.randint(5, 18)
        hours = range(start, start + 6)
        return "".join(
            f"<tr><td>{h}:{draw.randint(10, 59)}</td><td>{draw.randint(1, 9)}</td></tr>"
            for h in hours
        )

    _by_name(b, lambda draw, day: f"<table>{departures(draw, day)}</table>")


def _weather(b: SiteBuilder) -> None:
    """Add the weather of places; an unknown place shows any place."""
    places = b.things(6)

    def weather(draw: Random, _day: int) -> str:
        return f"<p>{draw.randint(-9, 34)} °C, {draw.randint(980, 1040)} hPa, {draw.randint(0, 12)} m/s</p>"

    def anywhere(draw: Random, day: int) -> str:
        return f"<h1>{escape(draw.choice(places))}</h1>{weather(draw, day)}"

    _by_name(b, weather, labels=places[:4], default=b.page(anywhere))


def _quotes(b: SiteBuilder) -> None:
    """Add share prices; an unknown symbol shows a table of any symbols."""
    names = ["ORCH", "VIAD", "TANN", "SALT", "WEIR", "KILN"]

    def prices(draw: Random, _day: int) -> str:
        return f"<b>{draw.randint(10, 400)}.{draw.randint(10, 99)}</b> {draw.randint(-9, 9)}.{draw.randint(10, 99)} %"

    def table(draw: Random, day: int) -> str:
        return "".join(
            f"<tr><td>{n}</td><td>{prices(draw, day)}</td></tr>" for n in draw.sample(names, 4)
        )

    _by_name(b, prices, labels=names[:3], default=b.page(table))


def _scores(b: SiteBuilder) -> None:
    """Add a team's matches; an unknown team shows matches of today, of any teams."""
    teams = b.things(8)

    def matches(draw: Random, _day: int) -> str:
        pairs = [draw.sample(teams, 2) for _ in range(5)]
        return "".join(
            f"<p>{escape(one)} {draw.randint(0, 5)}:{draw.randint(0, 5)} {escape(two)}</p>"
            for one, two in pairs
        )

    _by_name(b, matches, labels=teams[:3], default=b.page(matches))


def _calendar(b: SiteBuilder) -> None:
    """Add months with few entries; an unknown one shows this month."""
    grid = "".join(f"<td>{day}</td>" for day in range(1, 31))

    def month(draw: Random, day: int) -> str:
        entries = b.rows(Random(f"{b.seed} {day}"), 2) if draw.random() < 0.9 else ""
        return f"<table><tr>{grid}</tr></table><ul>{entries}</ul>"

    _by_name(b, month, labels=["3 / 2026", "4 / 2021", "5 / 2021"])


def _charts(b: SiteBuilder) -> None:
    """Add a ranking that changes daily; an unknown one shows all genres mixed."""

    def ranks(_draw: Random, day: int) -> str:
        chance = Random(f"{b.seed} {b.host} {day}")
        return "".join(f"<li>{escape(b.text(chance.randint(1, 40)).title)}</li>" for _ in range(10))

    _by_name(b, lambda draw, day: f"<ol>{ranks(draw, day)}</ol>")


def _search(b: SiteBuilder) -> None:
    """Add a search with results for any words; some show the words, some only inside the form."""
    words = b.slug("words").replace("-", "+")
    in_form = b.draw.random() < 0.5
    script = b.draw.choice(("/search", "/s.php", "/find"))

    def found(request: PageRequest) -> PageResponse:
        asked = escape(request.query.partition("&")[0].partition("=")[2].replace("+", " "))
        shown = f"<form><input name=q value='{asked}'></form>" if in_form else f"<h2>{asked}</h2>"
        return b.page(lambda draw, _day: f"{shown}<ol>{b.rows(draw, 6)}</ol>")(request)

    plain = words.replace("+", " ")
    old = b.before(f"<h2>{plain}</h2><ol>{b.rows(Random(1), 6)}</ol>", plain)
    b.cite(
        f"{script}?q={words}", b.draw.choice((plain, f"{b.design.name}: {plain}")), b.perhaps(old)
    )
    b.open({}, _below(script, found))


def _few_results(b: SiteBuilder) -> None:
    """Add a search with two results; a random word has none and shows popular pages."""
    words = b.slug("words").replace("-", "+")
    rows = b.rows(Random(b.seed), 2)
    old = b.before(f"<p>{words.replace('+', ' ')}</p><ol>{rows}</ol>")
    b.cite(f"/search?q={words}", words.replace("+", " "), b.perhaps(old))
    pages = {f"/search?q={words}": b.page(f"<p>{words.replace('+', ' ')}</p><ol>{rows}</ol>")}
    b.open(pages, b.page(lambda draw, _day: f"<form></form><ul>{b.rows(draw, 6)}</ul>"))


def _radio(b: SiteBuilder) -> None:
    """Add a station's page: what is on now, under a short title; an unknown one shows any station."""
    names = b.things(4)

    def now(draw: Random, _day: int) -> str:
        return f"<p>{escape(b.text(draw.randint(1, 50)).title)}</p>"

    def station(draw: Random, day: int) -> str:
        return f"<h2>{escape(draw.choice(names))}</h2>{now(draw, day)}"

    _by_name(b, now, labels=names, default=b.page(station))


def _guestbook(b: SiteBuilder) -> None:
    """Add a guest book whose entries were replaced by newer ones; an unknown URL shows the newest entry."""
    label = b.things(1)[0]

    def entries(draw: Random, day: int) -> str:
        return "".join(
            f"<p>{escape(b.line(f'{day} {n}', 120))}</p>" for n in range(draw.randint(3, 5))
        )

    target = b.path("book")
    old = b.before(f"<h1>{escape(label)}</h1>{entries(Random(3), -9)}")
    b.cite(target, f"{label}, {b.design.name}", b.perhaps(old))
    b.open(
        {target: b.page(_named(b, label, entries))},
        b.page(lambda draw, day: entries(draw, day)[:150]),
    )


def _pages_of(b: SiteBuilder) -> None:
    """Add numbered pages of a list that grows; an unknown number shows page one."""

    def rows(first: int) -> Render:
        return lambda _draw, day: "".join(
            f"<li>{escape(b.text(f'row {first + n - day}').title)}</li>" for n in range(8)
        )

    title = b.text("list").title
    pages = {f"/all?page={n}": b.page(rows(n * 8), title) for n in (7, 8)}
    for n in (7, 8):
        b.cite(
            f"/all?page={n}",
            f"{title}, {n}",
            b.perhaps(b.before(rows(n * 8)(Random(1), -30), title)),
        )
    b.open(pages, _below("/all", b.page(rows(0), title)))


def _oracle(b: SiteBuilder) -> None:
    """Add a page that shows any saying and is cited for that, at each URL."""

    def saying(draw: Random, _day: int) -> str:
        return f"<blockquote>{escape(b.line(draw.randint(1, 25), 140))}</blockquote>"

    b.cite(
        b.path("draw"),
        f"{b.design.name}: {b.things(1)[0]}",
        b.perhaps(b.before(saying(Random(1), 0))),
    )
    b.open({b.path("draw"): b.page(saying)}, b.page(saying))


KINDS: dict[str, Kind] = {
    "goods, a group's name among all goods": _goods,
    "feed of a section": _feed,
    "board sorted by activity": _board,
    "list by tag, cloud of tags else": _tags,
    "section named in the menu": _menu_word,
    "timetable from now on": _timetable,
    "weather, any place else": _weather,
    "share price, a table else": _quotes,
    "live scores, any teams else": _scores,
    "month of a calendar": _calendar,
    "ranking of the day": _charts,
    "search with results": _search,
    "search with few results, popular else": _few_results,
    "radio, on air now": _radio,
    "guest book": _guestbook,
    "numbered page of a growing list": _pages_of,
    "any saying at each URL": _oracle,
}
