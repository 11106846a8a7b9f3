"""Living pages of the third web of which little but their name is left, amid text that varies."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from random import Random

from tests.worlds.serving import Site, fails_with
from tests.worlds.sites import fails_on
from tests.worlds.third import Kind, Render, SiteBuilder

# How a page shows its name: as a heading, in a paragraph, in a cell, in bold.
_SHAPES = ("<h1>{0}</h1>", "<p>{0}</p>", "<table><tr><td>{0}</td></tr></table>", "<b>{0}</b>")


@dataclass(frozen=True, kw_only=True)
class _Named:
    """Cite two pages whose title and text are new.

    In all texts, {0} is the name of the page, {1} that of the site, {2} a word that is gone, and
    {3} a new one.

    Attributes:
        shown: What the page shows of its name.
        cited_as: The text of the citations.
        archived_as: The title of the mementos.
        title: The title of the page; the site's name if it is empty.
        line: The length of the page's own text behind its name.
        rows: The largest number of varying titles.
        days_down: Days on which the server fails.
    """

    shown: str = "{0}"
    cited_as: str = "{0}"
    archived_as: str = "{0} - {1}"
    title: str = ""
    line: int = 0
    rows: int = 7
    days_down: Sequence[int] = ()

    def __call__(self, b: SiteBuilder) -> None:
        """Add a site with these pages."""
        drawn = b.things(12)
        names, other = drawn[:8], drawn[8:]
        pages: dict[str, Site] = {}
        for number, name in enumerate(names[:2]):
            words = tuple(map(escape, (name, b.design.name, other[number], other[2 + number])))
            start = b.draw.choice(_SHAPES).format(self.shown.format(*words))
            if self.line:
                start += f"<p>{escape(b.line(f'own {number}', self.line))}</p>"
            page = b.page(_below(start, self._around(b, names)), self.title.format(*words))
            if self.days_down:
                page = fails_on(self.days_down, fails_with(), page)
            path = b.path(f"named {number}")
            pages[path] = page
            cited = b.cite(path, self.cited_as.format(*words), b.perhaps(self._memento(b, words)))
            cited.failing_days = frozenset(self.days_down)
        b.open(pages, _default(b, names))

    def _memento(self, b: SiteBuilder, words: Sequence[str]) -> str:
        title = self.archived_as.format(*words)
        old = b.text(f"old {title}")
        text = "".join(f"<p>{escape(each)}</p>" for each in old.paragraphs)
        return b.before(f"<h1>{title}</h1>{text}", title)

    def _around(self, b: SiteBuilder, names: Sequence[str]) -> Render:
        """Return the text that varies: titles of other pages, or names, one perhaps the page's."""
        count, is_named = b.draw.randint(1, self.rows), b.draw.random() < 0.5

        def render(draw: Random, _day: int) -> str:
            if is_named:
                return "".join(f"<li>{escape(draw.choice(names))}</li>" for _ in range(count))
            return b.rows(draw, count)

        return render


def _below(start: str, around: Render) -> Render:
    return lambda draw, day: start + around(draw, day)


def _default(b: SiteBuilder, names: Sequence[str]) -> Site:
    """Return the page at random URLs: the front page, titles, all names, or news of the day."""

    def all_names(draw: Random, _day: int) -> str:
        return "".join(
            f"<li>{escape(each)} {draw.randint(2, 99)}</li>" for each in draw.sample(names, 8)
        )

    def news(draw: Random, day: int) -> str:
        return f"<p>{escape(b.line(f'news {day // 2}', 120))}</p>{b.rows(draw, 4)}"

    titles = b.page(lambda draw, _day: b.rows(draw, 9))
    return b.draw.choice((b.front(), titles, b.page(all_names), b.page(news)))


KINDS: dict[str, Kind] = {
    "site redesigned": _Named(),
    "site redesigned, a line of text": _Named(line=80),
    "renamed product": _Named(shown="{3} ({0})", archived_as="{0} {2} - {1}", line=60),
    "renamed product, cited by its full name": _Named(shown="{3}, {0}", cited_as="{0} {2}"),
    "person who changed employer": _Named(cited_as="{0}, {2}", archived_as="{0}, {2}", line=60),
    "person, employer in the title": _Named(archived_as="{2}: {0}", cited_as="{0} ({2})"),
    "merged organisations": _Named(shown="{3} + {0}", title="{3} - {1}", cited_as="{0} & {2}"),
    "firm with a new name": _Named(shown="{3} / {0}", title="{3}", archived_as="{0}"),
    "group of two, one is left": _Named(cited_as="{0}, {2}", archived_as="{0}, {2} - {1}"),
    "group, title with more words": _Named(cited_as="{2}", shown="{0} {2}", archived_as="{0}"),
    "translated, but for the name": _Named(title="{3} - {1}", line=120),
    "paywall, one line is free": _Named(line=110, rows=3),
    "shortened page": _Named(line=50, rows=2),
    "moved to another CMS": _Named(title="{1} | {3}", archived_as="{1} >> {0}"),
    "memento of a consent wall": _Named(archived_as="Cookies - {1}", line=90),
    "memento of a consent wall, named": _Named(archived_as="Cookies: {0}"),
    "feed of a subject": _Named(cited_as="{0} {1}", archived_as="{0}: {2}, {3}"),
    "search results without a question": _Named(shown="{0} (12)", archived_as='"{0}" - {1}'),
    "column of the day": _Named(cited_as="{0}, {1}", archived_as="{0}: {2}", line=60),
    "event that is over": _Named(cited_as="{0} {2} 2021", archived_as="{0} 2021", line=40),
    "yearly meeting": _Named(cited_as="{0} 2021", archived_as="{0} 2021 - {2}", shown="{0} 2026"),
    "sold out, similar goods": _Named(cited_as="{0} {2} 250", archived_as="{0} {2} 250"),
    "vacancies of a firm": _Named(cited_as="{2} ({0})", archived_as="{2} - {0}"),
    "episode, more episodes": _Named(cited_as="{2}: {0}", archived_as="{2}: {0}", line=30),
    "profile, cited by a longer name": _Named(cited_as="{0} {2} {3}", archived_as="{0} {2} {3}"),
    "name in the address bar only by number": _Named(cited_as="{0} no. 4711", shown="{0} 4711"),
    "server down for a day": _Named(days_down=(1,), line=60),
    "server down for a day, name only": _Named(days_down=(1,), cited_as="{0}, {2}"),
    "server down for two days, redesigned": _Named(days_down=(1, 2), title="{0}"),
    "news after a failing day": _Named(days_down=(1,), rows=3, archived_as="{0}"),
}
