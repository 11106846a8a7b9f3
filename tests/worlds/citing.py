"""Citations of the pages of the invented web: single living ones, and sites of dead ones."""

from __future__ import annotations

from collections.abc import Sequence

from tests.worlds import copies
from tests.worlds.copies import NEAR
from tests.worlds.layout import Design
from tests.worlds.serving import (
    PageRequest,
    PageResponse,
    Site,
)
from tests.worlds.sites import (
    from_day,
    front,
    shows,
    site,
)
from tests.worlds.texts import article
from tests.worlds.truth import LIVING, Cited, InventedWeb, Truth

# Kinds of living pages that may be called blocked.
WALLS = frozenset({"wall for programs", "cookie wall", "login"})


def cite_living(
    web: InventedWeb,
    url: str,
    kind: str,
    text: str,
    *,
    memento: str = "",
    mirror: bool = False,
    failing_days: Sequence[int] = (),
) -> Cited:
    """Cite a living page, with a memento if there is one; `mirror` cites that, too."""
    cited = Cited(
        url=url,
        kind=kind,
        truth=Truth.LIVING,
        text=text,
        failing_days=frozenset(failing_days),
        accepted_states=LIVING | {"blocked"} if kind.split(",", maxsplit=1)[0] in WALLS else LIVING,
    )
    if memento:
        cited.copies.add(web.add_snapshot(url, NEAR, memento))
        cited.mirror = NEAR if mirror else ""
    return web.cite(cited)


def add_dead_site(
    web: InventedWeb,
    design: Design,
    host: str,
    kind: str,
    missing: Site,
    *,
    ways: Sequence[str] = ("", "", "cited"),
    explicit: bool = False,
    scheme: str = "http",
    living: int = 1,
    accepted_states: frozenset[str] = frozenset({"broken"}),
    dies: int = 0,
    prefix: str = "",
    has_front: bool = True,
) -> list[Cited]:
    """Open a site whose cited pages are dead, archived in these ways ("": the next one); `living` pages of it live on."""
    pages: dict[str, Site] = {}
    beside: dict[str, Site] = {}
    found = []
    for number, how in enumerate(ways):
        way = how or copies.next_way(web, design.lang)
        seed = f"{host} {number}"
        text = article(design.lang, seed)
        path = prefix + copies.target(way, seed, design.lang)
        cited = web.cite(
            Cited(
                url=f"{scheme}://{host}{path}",
                kind=kind,
                truth=Truth.DEAD,
                text=text.title,
                explicit=explicit,
                accepted_states=accepted_states,
                dies=dies,
            )
        )
        pages[path] = same_headers(shows(design, text)) if "same" in kind else shows(design, text)
        copies.hold(web, cited, way, design, text)
        found.append(cited)
    for number in range(living):
        text = article(design.lang, f"{host} living {number}")
        path = f"/{['about', 'team', 'impressum'][number]}/{number}.html"
        beside[path] = shows(design, text)
        web.cite(
            Cited(
                url=f"{scheme}://{host}{path}",
                kind="beside dead ones",
                truth=Truth.LIVING,
                text=text.title,
                accepted_states=LIVING,
            )
        )
    if has_front:
        beside["/"] = pages["/"] = front(design)
    if dies:
        web.add_site(host, from_day(dies, site(pages), missing))
    else:
        web.add_site(host, site(beside, missing))
    return found


def same_headers(page: Site) -> Site:
    """Send a date of last change that never changes, also in response to HEAD."""

    def answer(request: PageRequest) -> PageResponse:
        given = page(request)
        dated = {**given.headers, "Last-Modified": "Mon, 01 Mar 2021 08:00:00 GMT"}
        return PageResponse(status=given.status, body=given.body, headers=dated)

    return answer
