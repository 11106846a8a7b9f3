"""Sites of the fifth invented web: pages amid the chrome of real sites, in nineteen languages."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random

from tests.worlds.copies import NEAR
from tests.worlds.fifth_chrome import SKINS, Chrome, teasers
from tests.worlds.fifth_east import EAST
from tests.worlds.fifth_voice import Voice
from tests.worlds.fifth_west import WEST
from tests.worlds.fourth import a_request, data, moved
from tests.worlds.serving import PageRequest, PageResponse, Site
from tests.worlds.sites import always
from tests.worlds.truth import LIVING, Cited, InventedWeb, Truth

VOICES = (*WEST, *EAST)
_MAX_HOPS = 4
_FIRST_WORDS = ("The Carrow", "Ellery", "Nordlys", "Alba", "Hemera", "Sirocco", "Quill", "Tern")
_LAST_WORDS = ("Post", "Institute", "Journal", "Portal", "Online", "Society", "Library", "Shop")


@dataclass(frozen=True, kw_only=True)
class _Citation:
    target: str
    text: str
    truth: Truth
    memento: PageResponse | None
    failing_days: frozenset[int]
    why: str


class Host:
    """Make one host, with its own language, skin, and way of answering what it has not.

    Attributes:
        pages: Its pages by target or path; `fallback` answers any other.
        early: What answers before `pages`, unless it returns None.
        others: Sites of further hosts that belong to it.
        subject, place: What its first cited page is about.
    """

    def __init__(self, name: str, voice: Voice, seed: str, truth: Truth) -> None:
        self.host, self.voice, self.draw, self.truth = name, voice, Random(seed), truth
        self.scheme = self.draw.choice(("https", "https", "http"))
        self.name = f"{self.draw.choice(_FIRST_WORDS)} {self.draw.choice(_LAST_WORDS)}"
        self.skin = self.draw.choice(SKINS)
        self.subject, self.place = self.draw.choice(voice.subjects), self.draw.choice(voice.places)
        self.topic = self.title()
        self.pages: dict[str, Site] = {}
        self.front: Site = self._front(self.facts(6))
        self.fallback: Site = lambda _request: self.missing()
        self.early: Callable[[PageRequest], PageResponse | None] = lambda _request: None
        self.others: dict[str, Site] = {}
        self.citations: list[_Citation] = []

    @property
    def root(self) -> str:
        """Return the address of the front page."""
        return f"{self.scheme}://{self.host}/"

    def add(self, target: str, page: Site | PageResponse) -> None:
        """Answer a target by a page."""
        self.pages[target] = always(page) if isinstance(page, PageResponse) else page

    def cite(
        self,
        target: str,
        page: Site | PageResponse | None = None,
        *,
        text: str = "",
        was: PageResponse | None = None,
        truth: Truth | None = None,
        failing_days: Sequence[int] = (),
        why: str = "",
    ) -> None:
        """Cite a page.

        Args:
            target: Path and query.
            page: What the target answers, if nothing else of the site does.
            text: The text of the citation, if it is not one of the usual ones.
            was: What the archive has of it, in one case of two; the page of an earlier day if None.
            truth: The page's state, if it is not that of the site's kind.
            failing_days: Days on which the page truly fails.
            why: Why nobody can tell its state.
        """
        if page is not None:
            self.add(target, page)
        of_old = was
        if was is None and (truth or self.truth) is Truth.LIVING:
            of_old = self._shown(target)
        memento = of_old if self.draw.random() < 1 / 2 else None
        usual = (self.topic, f"{self.topic} | {self.name}", self.name, "source", "")
        self.citations.append(
            _Citation(
                target=target,
                text=text or self.draw.choice(usual),
                truth=truth or self.truth,
                memento=memento,
                failing_days=frozenset(failing_days),
                why=why,
            )
        )

    def answer(self, request: PageRequest) -> PageResponse:
        """Return what the host answers."""
        if (found := self.early(request)) is not None:
            return found
        page = self.pages.get(request.target) or self.pages.get(request.path)
        if page is None:
            page = self.front if request.target == "/" else self.fallback
        return page(request)

    def _shown(self, target: str) -> PageResponse | None:
        """Return the page that readers saw before the first day, behind redirects of this host."""
        for _hop in range(_MAX_HOPS):
            shown = self.answer(a_request(self.host, target, {"consent": "1"}))
            if "Location" not in shown.headers:
                is_page = shown.headers.get("Content-Type", "").startswith("text/html")
                return shown if shown.status == 200 and is_page and not shown.fault else None
            target = shown.headers["Location"].removeprefix(self.root.rstrip("/"))
            target = target.partition("#")[0]
            if not target.startswith("/"):
                return None
        return None

    # --- texts

    def fact(self) -> str:
        """Return a sentence about the host's subject."""
        pattern = self.draw.choice(self.voice.facts)
        year, number = self.draw.randrange(1500, 2015), self.draw.randrange(12, 900)
        return pattern.format(s=self.subject, p=self.place, y=year, n=number)

    def facts(self, count: int) -> list[str]:
        """Return sentences."""
        return [self.fact() for _ in range(count)]

    def title(self) -> str:
        """Return a title, and make it the subject of what follows."""
        self.subject = self.draw.choice(self.voice.subjects)
        self.place = self.draw.choice(self.voice.places)
        return f"{self.subject.capitalize()}, {self.place} ({self.draw.randrange(1700, 2012)})"

    def slug(self) -> str:
        """Return a part of an address."""
        words = ("harbour", "survey", "notes", "mill", "annual", "old", "lecture", "review", "kant")
        return "-".join(self.draw.sample(words, 3))

    def number(self) -> int:
        """Return a number as in addresses."""
        return self.draw.randrange(1_000, 900_000)

    # --- pages

    def html(self, title: str, inner: str, head: str = "", status: int = 200) -> PageResponse:
        """Return a page without the site's chrome."""
        text = (
            f'<!DOCTYPE html>\n<html lang="{self.voice.code}"><head><meta charset="utf-8">'
            f"<title>{title}</title>{head}</head>\n<body>{inner}</body></html>"
        )
        return data(text, "text/html; charset=utf-8", status)

    def page(
        self,
        title: str,
        inner: str,
        *,
        moment: int = 0,
        head: str = "",
        status: int = 200,
        full_title: str = "",
    ) -> PageResponse:
        """Return a page within the site's chrome, whose sidebar varies with `moment`."""
        chrome = Chrome(self.name, self.voice, self.host, self.skin)
        text = chrome.around(full_title or f"{title} | {self.name}", title, inner, moment, head)
        return data(text, "text/html; charset=utf-8", status)

    def article(self, title: str = "", count: int = 5, extra: str = "", head: str = "") -> Site:
        """Return a page with an article, whose sidebar varies from request to request."""
        return self.shows(title or self.topic, paragraphs(self.facts(count)) + extra, head)

    def shows(self, title: str, inner: str, head: str = "", full_title: str = "") -> Site:
        """Return a page within the site's chrome, which varies from request to request."""
        return lambda request: self.page(
            title, inner, moment=moment_of(request), head=head, full_title=full_title
        )

    def missing(self, status: int = 404, moment: int = 0) -> PageResponse:
        """Return the host's page for what it has not."""
        text = f"<p>{self.voice.missing_long}</p>"
        return self.page(self.voice.missing, text, status=status, moment=moment)

    def _front(self, facts: Sequence[str]) -> Site:
        def show(request: PageRequest) -> PageResponse:
            moment = moment_of(request)
            inner = teasers(self.voice, f"{self.host} {request.day}", 8) + paragraphs(facts[:2])
            return self.page(self.name, inner, moment=moment, full_title=self.name)

        return show


Kind = Callable[[Host], None]


class HostKinds(dict[str, Kind]):
    """Kinds of hosts by name."""

    def add(self, name: str) -> Callable[[Kind], Kind]:
        """Return a decorator that adds a kind."""

        def register(kind: Kind) -> Kind:
            assert name not in self, name
            self[name] = kind
            return kind

        return register


def moment_of(request: PageRequest) -> int:
    """Return a number that differs from request to request."""
    return request.day * 100 + request.number * 3 + len(request.target)


def paragraphs(texts: Sequence[str]) -> str:
    """Return paragraphs."""
    return "".join(f"<p>{each}</p>\n" for each in texts)


def to(target: str, status: int = 302) -> Site:
    """Return a page that redirects."""
    return always(moved(target, status))


def build_fifth(
    web: InventedWeb,
    kinds: HostKinds,
    truth: Truth,
    prepare: Kind,
    *,
    seed: int,
    copies: int,
    prefix: str,
) -> None:
    """Add sites of each kind to a web, each in another language; `prepare` is called first."""
    draw = Random(f"fifth {seed} {prefix}")
    for number, (kind, make) in enumerate(kinds.items()):
        for copy, voice in enumerate(draw.sample(VOICES, copies)):
            name = f"{draw.choice(('www.', '', ''))}{prefix}{number}-{copy}.example"
            host = Host(name, voice, f"{seed} {prefix} {number} {copy}", truth)
            prepare(host)
            make(host)
            for address, site in {host.host: host.answer, **host.others}.items():
                web.add_site(address, site)
            for each in host.citations:
                _add_citation(web, host, each, kind)


def _add_citation(web: InventedWeb, host: Host, each: _Citation, kind: str) -> None:
    url = f"{host.scheme}://{host.host}{each.target}"
    is_beside = host.truth is Truth.DEAD and each.truth is Truth.LIVING
    cited = Cited(
        url=url,
        kind=f"beside {kind}" if is_beside else kind,
        truth=each.truth,
        text=each.text,
        failing_days=each.failing_days,
        why=each.why,
    )
    if each.truth is Truth.LIVING:
        cited.accepted_states = LIVING | {"blocked"}
    if each.memento is not None:
        headers = {"Content-Type": each.memento.headers["Content-Type"]}
        held = web.add_snapshot(
            url.partition("#")[0], NEAR, each.memento.body, mimetype="text/html", headers=headers
        )
        cited.copies.add(held)
        cited.archived_as = "page"
    web.cite(cited)
