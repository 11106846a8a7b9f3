"""What happens in the demo: what is served at every address the demo's wiki cites, what the archive holds, and how each must end.

Everything is invented. The demo's clock starts at `START` and stands at `START + time` for each of `PROBE_TIMES`.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any

from crawler.demo import articles
from crawler.demo.archive import FakeWayback
from crawler.demo.archive_data import Holding
from crawler.demo.responses import Page, by_method, in_turn, redirect, status, until
from crawler.demo.web import ANY, Behaviour, Web, served, sites_of
from store.vocabulary import Reason, State, format_timestamp

START = datetime(2026, 3, 2, 3, 0, tzinfo=UTC)

# A suspect is asked again after 1 hour, 1 day, 3 days and 2 days, a living link after 7 days, each wait up to a tenth longer: each of these
# times is late enough for what the one before it made due.
PROBE_TIMES = (
    timedelta(0),
    timedelta(hours=1, minutes=15),
    timedelta(days=1, hours=5),
    timedelta(days=4, hours=13),
    timedelta(days=6, hours=19),
    timedelta(days=7, hours=19),
)


@dataclass(frozen=True, slots=True)
class Ending:
    """What an address does, and the state and reason its link must be in at the end. None: every connection is refused or no such name."""

    behaviour: Behaviour | None
    state: State
    reason: Reason
    note: str = ""


def held(original: str, timestamp: str, page: Page) -> Holding:
    """A snapshot the demo's archive has from the beginning."""
    return Holding(original=original, timestamp=timestamp, body=page.html)


LATE = START + timedelta(days=5)
SOON = START + timedelta(hours=12)

# Every original the wiki cites.
LINKS: Mapping[str, Ending] = {
    "http://www.qingshi-post.example/news/20211104-ferry.html": Ending(
        articles.FERRY, State.ALIVE, Reason.OK
    ),
    "http://img.qingshi-post.example/2021/ferry.png": Ending(articles.PNG, State.ALIVE, Reason.OK),
    "http://www.feiniao.example/thread?tid=2041": Ending(
        in_turn(status(503), articles.THREAD), State.ALIVE, Reason.OK
    ),
    "http://reviews.example/games/长明灯": Ending(articles.REVIEW, State.ALIVE, Reason.OK),
    "http://river-house.example/book/河边的房子": Ending(articles.NOVEL, State.ALIVE, Reason.OK),
    "http://harbour-post.example/2021/night-boats": Ending(articles.BOATS, State.ALIVE, Reason.OK),
    "http://harbour-post.example/2022/lights-all-night": Ending(
        by_method(head=status(405), get=articles.LIGHTS), State.ALIVE, Reason.OK
    ),
    "http://search.harbour-post.example/q?text=ferry%20lights": Ending(
        articles.RESULTS, State.ALIVE, Reason.OK
    ),
    # gone on the first day, back on the second
    "http://pier.example/board/timetable": Ending(
        until(SOON, status(404), articles.TIMETABLE), State.ALIVE, Reason.OK
    ),
    "http://feiniao.example/faq": Ending(
        redirect(301, "http://www.feiniao.example/faq"), State.ALIVE, Reason.CANONICALISED
    ),
    "http://www.lamplight.example/download": Ending(
        redirect(302, "/download/2.4"), State.ALIVE, Reason.REDIRECTED_TEMPORARILY
    ),
    "http://www.lamplight.example/2021/devlog-7": Ending(
        redirect(301, "http://blog.lamplight.example/posts/how-the-fog-works"),
        State.MOVED,
        Reason.MOVED_PERMANENTLY,
    ),
    # there until the fifth day: failing, but not for long enough
    "http://www.qingshi-post.example/column/88.html": Ending(
        until(LATE, articles.COLUMN, status(404)), State.SUSPECT, Reason.NOT_FOUND
    ),
    # the archive reached it on the third day, so it may be only us who cannot
    "http://night-market.example/editor/about.html": Ending(
        None, State.SUSPECT, Reason.CONNECTION_REFUSED, note="unreachable-from-here"
    ),
    "http://www.qingshi-post.example/news/20190312-bridge.html": Ending(
        status(404), State.BROKEN, Reason.NOT_FOUND
    ),
    "http://www.lamplight.example/demo": Ending(status(410), State.BROKEN, Reason.GONE),
    "http://old-board.example/viewtopic.php?t=77": Ending(
        status(500), State.BROKEN, Reason.SERVER_ERROR
    ),
    "http://paper-kite.example/2020/kites.html": Ending(
        None, State.BROKEN, Reason.CONNECTION_REFUSED
    ),
    "http://lost-village.invalid/museum/books/41": Ending(
        None, State.BROKEN, Reason.DOMAIN_NOT_FOUND
    ),
    "http://shuwu.example/post/312": Ending(articles.NO_POST, State.BROKEN, Reason.SOFT_404),
    "http://wanbao.example/2018/0312.html": Ending(
        redirect(302, "/"), State.BROKEN, Reason.REDIRECTED_TO_HOME
    ),
    "http://egret-bbs.example/notice-9.html": Ending(
        articles.FOR_SALE, State.BROKEN, Reason.PARKED
    ),
    "http://members.qingshi-club.example/threads/15": Ending(
        status(403), State.BLOCKED, Reason.FORBIDDEN
    ),
    "http://guarded.example/reviews/lamplight": Ending(
        articles.CHALLENGE, State.BLOCKED, Reason.CHALLENGE
    ),
    "http://court.example/2022/0114": Ending(status(451), State.BLOCKED, Reason.LEGAL),
    "http://press.example/errata?isbn=9780000000000": Ending(
        status(400), State.UNSURE, Reason.CLIENT_ERROR
    ),
    "http://127.0.0.1:8000/draft.html": Ending(None, State.SKIPPED, Reason.UNSAFE_ADDRESS),
}

# What else is asked for on the way: where redirects lead, and what these sites answer to addresses they do not know.
SURROUNDINGS: Mapping[str, Behaviour] = {
    "http://www.feiniao.example/faq": articles.FAQ,
    "http://www.lamplight.example/download/2.4": articles.DOWNLOAD,
    "http://blog.lamplight.example/posts/how-the-fog-works": articles.FOG,
    "http://wanbao.example/": articles.HOME,
    "http://shuwu.example/": articles.READING,
    "http://shuwu.example/*": articles.NO_POST,
    "http://egret-bbs.example/*": articles.FOR_SALE,
    "http://guarded.example/*": articles.CHALLENGE,
}

REFUSING = ("night-market.example", "paper-kite.example")

# Mirrors on services that are not the demo's archive, served by the web itself.
OTHER_MIRRORS: Mapping[str, Ending] = {
    "http://archive.ph/Lk7Qx": Ending(articles.CLOSING, State.ALIVE, Reason.OK)
}

HELD: tuple[Holding, ...] = (
    # cited by the wiki
    held(
        "http://www.qingshi-post.example/news/20211104-ferry.html", "20211105083000", articles.FERRY
    ),
    held(
        "http://www.qingshi-post.example/news/20190312-bridge.html",
        "20211021113000",
        articles.BRIDGE,
    ),
    replace(
        held("http://wanbao.example/2018/0312.html", "20211022020202", articles.NO_POST), status=404
    ),
    # to be found: near the day of access, far from it, before and after it
    held("http://wanbao.example/2018/0312.html", "20190705101500", articles.PIERS),
    held("http://www.lamplight.example/demo", "20211230180000", articles.DEMO),
    replace(
        held("http://www.lamplight.example/demo", "20250601000000", articles.NO_POST), status=410
    ),
    held("http://shuwu.example/post/312", "20211112093000", articles.READING_12),
    held("http://shuwu.example/post/312", "20240920000000", articles.NO_POST),
    held("http://www.feiniao.example/thread?tid=2041", "20140101000000", articles.THREAD),
    held("http://paper-kite.example/2020/kites.html", "20211109120000", articles.KITES),
    held("http://harbour-post.example/2021/night-boats", "20211106220000", articles.BOATS),
    held(
        "http://night-market.example/editor/about.html",
        format_timestamp(START + timedelta(days=2)),
        articles.EDITOR,
    ),
)

EXPECTED: Mapping[str, tuple[State, Reason]] = {
    url: (ending.state, ending.reason) for url, ending in LINKS.items()
}
EXPECTED_MIRRORS: Mapping[str, tuple[State, Reason]] = {
    "https://web.archive.org/web/20211105083000/http://www.qingshi-post.example/news/20211104-ferry.html": (
        State.ALIVE,
        Reason.OK,
    ),
    "https://web.archive.org/web/20211021113000/http://www.qingshi-post.example/news/20190312-bridge.html": (
        State.ALIVE,
        Reason.OK,
    ),
    "https://web.archive.org/web/20211022020202/http://wanbao.example/2018/0312.html": (
        State.BROKEN,
        Reason.NOT_FOUND,
    ),
    **{url: (ending.state, ending.reason) for url, ending in OTHER_MIRRORS.items()},
}


def wiki() -> Traversable:
    """The folder with the demo's pages, wherever the package is installed."""
    return files("crawler.demo") / "wiki"


def scenario_web(now: Callable[[], datetime]) -> Web:
    """The demo's web, by the demo's clock."""
    answers = {
        url: ending.behaviour
        for url, ending in {**LINKS, **OTHER_MIRRORS}.items()
        if ending.behaviour
    }
    sites = {
        host: {ANY: status(404)} | site
        for host, site in sites_of({**answers, **SURROUNDINGS}).items()
    }
    return Web(sites, refusing=REFUSING, now=now)


@dataclass(frozen=True, slots=True)
class Stage:
    """The demo's servers, running."""

    web: Web
    archive: FakeWayback
    archive_address: str  # address:port

    def settings(self) -> dict[str, Any]:
        """The part of a configuration that leads to these servers instead of the real ones."""
        endpoint = f"http://{self.archive_address}"
        wayback = {"endpoint": endpoint, "availability_endpoint": f"{endpoint}/wayback/available"}
        return {"network": {"connect_to": self.web.connect_to()}, "archives": {"wayback": wayback}}


@asynccontextmanager
async def staged(now: Callable[[], datetime]) -> AsyncIterator[Stage]:
    """Start the demo's web and its archive, both by the clock `now`."""
    async with scenario_web(now) as web:
        archive = FakeWayback(HELD, fetch=web.fetch, now=now)
        async with served(archive.app) as address:
            yield Stage(web, archive, address)
