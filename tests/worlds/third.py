"""Sites of the third invented web under construction; everything they draw depends on a seed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from html import escape
from random import Random

from tests.worlds.citing import cite_living
from tests.worlds.layout import MENUS, Design
from tests.worlds.more_living import LANGUAGES, STYLES
from tests.worlds.serving import PageRequest, Site, html
from tests.worlds.sites import site
from tests.worlds.skins import Skin
from tests.worlds.texts import THINGS, Article, article, slug
from tests.worlds.truth import Cited, InventedWeb

Render = Callable[[Random, int], str]


@dataclass(kw_only=True)
class SiteBuilder:
    """Build a site with its own language, layout and chance, and cite pages of it."""

    web: InventedWeb
    kind: str
    seed: str
    host: str
    draw: Random = field(init=False)
    design: Design = field(init=False)

    def __post_init__(self) -> None:
        """Draw the site's language, layout and name."""
        self.draw = Random(f"{self.seed} {self.host}")
        name = f"{self.draw.choice(('Karo', 'Lume', 'Vesna', 'Orbe', 'Tilda'))} {self.draw.randint(1, 999)}"
        self.design = self._skin(name) if self.draw.random() < 0.7 else self._layout(name)
        self.lang = self.design.lang

    def _skin(self, name: str) -> Skin:
        return Skin(
            name=name,
            lang=self.draw.choice(LANGUAGES),
            style=self.draw.choice(STYLES),
            scripts=self.draw.choice(("", "counter", "active")),
            seed=self.seed,
        )

    def _layout(self, name: str) -> Design:
        styles = ("article", "table", "forum", "bare")
        chosen = self.draw.choice(sorted(MENUS)), self.draw.choice(styles)
        return Design(name=name, lang=chosen[0], style=chosen[1], seed=self.seed)

    # --- words

    def things(self, count: int) -> list[str]:
        """Return words of the site's language, no two the same."""
        return self.draw.sample(THINGS[self.lang].split(", "), count)

    def text(self, key: object, paragraphs: int = 5) -> Article:
        """Return an article of this site."""
        return article(self.lang, f"{self.seed} {self.host} {key}", paragraphs=paragraphs)

    def line(self, key: object, length: int = 90) -> str:
        """Return the beginning of an article's text."""
        return self.text(key, 1).paragraphs[0][:length]

    def slug(self, key: object) -> str:
        """Return a piece of an address."""
        return slug("en", f"{self.seed} {self.host} {key}")

    def rows(self, draw: Random, count: int, tag: str = "li") -> str:
        """Return a list of titles with numbers, drawn from all that the site has."""
        return "".join(
            f"<{tag}><a href='/i/{draw.randint(1, 999)}'>{escape(self.text(draw.randint(1, 60)).title)}</a> {draw.randint(2, 99)},50</{tag}>"
            for _ in range(count)
        )

    # --- pages

    def page(self, inner: str | Render, title: str = "", head: str = "") -> Site:
        """Return a page with some HTML inside, drawn anew at each request."""

        def answer(request: PageRequest) -> str:
            draw = self.chance(request)
            shown = inner if isinstance(inner, str) else inner(draw, request.day)
            moment = draw.getrandbits(24)
            return self.design.frame(title or self.design.name, shown, moment=moment, head=head)

        return lambda request: html(answer(request))

    def shows(self, text: Article, title: str = "", below: str = "") -> Site:
        """Return a page with an article."""
        return lambda request: html(
            self.design.page(
                text, moment=self.chance(request).getrandbits(24), title=title, below=below
            )
        )

    def front(self) -> Site:
        """Return the front page, with another choice of news at each request."""
        return lambda request: html(self.design.front(moment=self.chance(request).getrandbits(24)))

    def chance(self, request: PageRequest) -> Random:
        """Return the chance of one request."""
        return Random(f"{self.seed} {request.day} {request.number} {request.host}{request.target}")

    def before(self, inner: str, title: str = "") -> str:
        """Return a page as it was when it was cited."""
        return self.design.frame(title or self.design.name, inner, moment=-7)

    # --- the site and its citations

    def open(self, pages: Mapping[str, Site], missing: Site | None = None, host: str = "") -> None:
        """Put the site on the web; its front page is there unless it has another one."""
        self.web.add_site(host or self.host, site({"/": self.front(), **pages}, missing))

    def cite(self, target: str, text: str, memento: str = "", *, host: str = "") -> Cited:
        """Cite a living page; a memento of it is cited as well in one of two cases."""
        scheme = self.draw.choice(("http", "https"))
        url = f"{scheme}://{host or self.host}{target}"
        mirror = bool(memento) and self.draw.random() < 0.5
        return cite_living(self.web, url, self.kind, text, memento=memento, mirror=mirror)

    def perhaps(self, memento: str) -> str:
        """Return a memento in two of three cases, else none."""
        return memento if self.draw.random() < 2 / 3 else ""

    def path(self, key: object) -> str:
        """Return the address of a page: a name, a number, a script with a query."""
        number = Random(f"{self.seed} {self.host} {key}").randint(100, 9999)
        shapes = (
            f"/{self.slug(key)}",
            f"/a/{number}",
            f"/view.php?id={number}",
            f"/p/{number}.html",
        )
        return shapes[Random(f"{self.seed} {self.host} shape").randrange(4)]


Kind = Callable[[SiteBuilder], None]


def build_kinds(
    web: InventedWeb, kinds: Mapping[str, Kind], seed: int, copies: int, prefix: str
) -> None:
    """Add sites of each kind to a web, each with its own chance."""
    for number, (kind, build) in enumerate(kinds.items()):
        for copy in range(copies):
            host = f"{prefix}{number}-{copy}.example"
            build(SiteBuilder(web=web, kind=kind, seed=f"{seed}", host=host))
