"""Sites of the fourth invented web: each kind in several languages and layouts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from random import Random
from urllib.parse import urljoin

from tests.worlds.copies import NEAR
from tests.worlds.fourth_asian import ASIAN
from tests.worlds.fourth_slavic import SLAVIC_AND_GREEK
from tests.worlds.fourth_tongue import Tongue
from tests.worlds.fourth_western import WESTERN
from tests.worlds.serving import PageRequest, PageResponse, Site
from tests.worlds.sites import always
from tests.worlds.truth import LIVING, Cited, InventedWeb, Truth

TONGUES = (*WESTERN, *SLAVIC_AND_GREEK, *ASIAN)
_NAMES = ("Meridian", "Kestrel", "Oldbury", "Novalis", "Tamarind", "Lumen", "Aster", "Vesper")
_ENDINGS = ("", " Online", " 24", ".net", " Review", " Archive")
_PLACES = ("Harrow", "Ilmen", "Sado", "Qasr", "Brno", "Uusi", "Cádiz")
_MAX_HOPS = 4


@dataclass(frozen=True, kw_only=True)
class _Citation:
    target: str
    text: str
    memento: PageResponse | None
    failing_days: frozenset[int]


class SiteMaker:
    """Make one host, with its own language, name, layout and chance.

    Attributes:
        topic: The title of the cited page.
        pages: Its pages by target; `fallback` answers any other.
        early: What answers before `pages`, unless it returns None.
        others: Sites of further hosts that belong to it.
    """

    def __init__(self, host: str, tongue: Tongue, seed: str) -> None:
        self.host, self.tongue, self.draw = host, tongue, Random(seed)
        self.name = self.draw.choice(_NAMES) + self.draw.choice(_ENDINGS)
        self._layout = self.draw.randrange(4)
        self.topic = self.title()
        front = self.page(self.name, self.sentences(7))
        self.pages: dict[str, Site] = {"/": always(front)}
        self.fallback: Site = lambda _request: self.missing()
        self.early: Callable[[PageRequest], PageResponse | None] = lambda _request: None
        self.others: dict[str, Site] = {}
        self.citations: list[_Citation] = []

    def cite(
        self,
        target: str,
        text: str,
        page: Site | PageResponse | None = None,
        *,
        was: PageResponse | None = None,
        failing_days: Sequence[int] = (),
    ) -> None:
        """Cite a page.

        Args:
            target: Path and query.
            text: The text of the citation.
            page: What the target answers, if nothing else of the site does.
            was: What the archive has of it, in one case of two; the page of the first day if None.
            failing_days: Days on which the page truly fails.
        """
        if page is not None:
            self.add(target, page)
        memento = None
        if self.draw.random() < 1 / 2:
            memento = was or self._shown(target)
        failing = frozenset(failing_days)
        citation = _Citation(target=target, text=text, memento=memento, failing_days=failing)
        self.citations.append(citation)

    def add(self, target: str, page: Site | PageResponse) -> None:
        """Answer a target by a page."""
        self.pages[target] = always(page) if isinstance(page, PageResponse) else page

    def answer(self, request: PageRequest) -> PageResponse:
        """Return what the host answers."""
        if (found := self.early(request)) is not None:
            return found
        return self.pages.get(request.target, self.fallback)(request)

    def _shown(self, target: str) -> PageResponse | None:
        """Return the page that readers saw before the first day, behind redirects of this host."""
        cookies: dict[str, str] = {}
        for _hop in range(_MAX_HOPS):
            shown = self.answer(a_request(self.host, target, cookies))
            if "Location" not in shown.headers:
                is_page = shown.headers.get("Content-Type", "").startswith("text/html")
                return shown if shown.status == 200 and is_page else None
            url = urljoin(f"http://{self.host}{target}", shown.headers["Location"])
            if not url.startswith(f"http://{self.host}/"):
                return None
            target = url.removeprefix(f"http://{self.host}").partition("#")[0]
            cookies = {"seen": "1"}
        return None

    # --- texts

    def sentence(self) -> str:
        """Return a sentence."""
        year, number = self.draw.randrange(1400, 2020), self.draw.randrange(3, 900)
        return self.draw.choice(self.tongue.sentences).format(t=self.thing(), y=year, n=number)

    def sentences(self, count: int) -> list[str]:
        """Return sentences."""
        return [self.sentence() for _ in range(count)]

    def thing(self) -> str:
        """Return a word for what pages are about."""
        return self.draw.choice(self.tongue.things)

    def title(self) -> str:
        """Return the title of a page."""
        return f"{self.thing()} {self.draw.choice(_PLACES)} {self.draw.randrange(1500, 2020)}"

    # --- pages

    def html(self, title: str, inner: str, head: str = "", status: int = 200) -> PageResponse:
        """Return a page without the site's layout."""
        text = (
            f'<!doctype html><html lang="{self.tongue.code}"><head><meta charset="utf-8">'
            f"<title>{title}</title>{head}</head><body>{inner}</body></html>"
        )
        return data(text, "text/html; charset=utf-8", status)

    def page(
        self,
        title: str,
        texts: Sequence[str],
        *,
        extra: str = "",
        head: str = "",
        status: int = 200,
    ) -> PageResponse:
        """Return a page in the site's layout."""
        text = "".join(f"<p>{each}</p>" for each in texts) + extra
        links = enumerate(self.tongue.things)
        menu = "".join(f'<li><a href="/{number}/">{thing}</a></li>' for number, thing in links)
        layouts = (
            f"<ul>{menu}</ul><main><h1>{title}</h1>{text}</main><footer>© {self.name}</footer>",
            f"<table><tr><td>{menu}</td><td><h2>{title}</h2>{text}</td></tr></table>",
            f'<div class="content"><h1>{title}</h1>{text}</div><div class="side">{menu}</div>',
            f"<h1>{title}</h1>{text}",
        )
        return self.html(f"{title} - {self.name}", layouts[self._layout], head, status)

    def article(
        self, title: str = "", count: int = 6, *, extra: str = "", head: str = "", status: int = 200
    ) -> PageResponse:
        """Return a page with an article."""
        texts = self.sentences(count)
        return self.page(title or self.topic, texts, extra=extra, head=head, status=status)

    def missing(self, status: int = 404) -> PageResponse:
        """Return the host's page for what it has not."""
        return self.page(self.tongue.missing, [self.tongue.missing_long], status=status)


Kind = Callable[[SiteMaker], None]


class Kinds(dict[str, Kind]):
    """Kinds of sites by name."""

    def add(self, name: str) -> Callable[[Kind], Kind]:
        """Return a decorator that adds a kind."""

        def register(kind: Kind) -> Kind:
            assert name not in self, name
            self[name] = kind
            return kind

        return register


def build_fourth(
    web: InventedWeb, kinds: Kinds, truth: Truth, *, seed: int, copies: int, prefix: str
) -> None:
    """Add sites of each kind to a web, each in another language."""
    draw = Random(f"{seed} {prefix}")
    for number, (kind, make) in enumerate(kinds.items()):
        for copy, tongue in enumerate(draw.sample(TONGUES, copies)):
            host = f"{prefix}{number}-{copy}.example"
            maker = SiteMaker(host, tongue, f"{seed} {host}")
            make(maker)
            for name, site in {host: maker.answer, **maker.others}.items():
                web.add_site(name, site)
            for each in maker.citations:
                _add_citation(web, maker, each, kind, truth)


def _add_citation(
    web: InventedWeb, maker: SiteMaker, each: _Citation, kind: str, truth: Truth
) -> None:
    url = f"http://{maker.host}{each.target}"
    cited = Cited(url=url, kind=kind, truth=truth, text=each.text, failing_days=each.failing_days)
    if truth is Truth.LIVING:
        cited.accepted_states = LIVING | {"blocked"}
    if each.memento is not None:
        held = web.add_snapshot(
            url.partition("#")[0],
            NEAR,
            each.memento.body,
            mimetype="text/html",
            headers={"Content-Type": "text/html; charset=utf-8"},
        )
        cited.copies.add(held)
        cited.archived_as = "page"
    web.cite(cited)


# --- responses


def a_request(host: str, target: str, cookies: dict[str, str]) -> PageRequest:
    """Return a request of a reader before the first day."""
    headers = {"Accept": "text/html"}
    return PageRequest(
        method="GET",
        secure=False,
        host=host,
        target=target,
        headers=headers,
        cookies=cookies,
        day=-1,
        number=0,
    )


def data(body: str | bytes, kind: str | None, status: int = 200, **headers: str) -> PageResponse:
    """Return a response with a type, or with none."""
    sent = {name.replace("_", "-").title(): value for name, value in headers.items()}
    if kind is not None:
        sent["Content-Type"] = kind
    raw = body.encode() if isinstance(body, str) else body
    return PageResponse(status=status, body=raw, headers=sent)


def moved(target: str, status: int = 302, **headers: str) -> PageResponse:
    """Return a redirect."""
    return data("", "text/html", status, location=target, **headers)


def with_headers(page: PageResponse, **headers: str) -> PageResponse:
    """Return a page with further headers."""
    sent = {name.replace("_", "-").title(): value for name, value in headers.items()}
    return replace(page, headers={**page.headers, **sent})
