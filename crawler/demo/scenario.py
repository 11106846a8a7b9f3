"""Define the demo: the responses of every cited URL, the archive's snapshots, the expected results.

All names are invented. The demo's clock starts at `START`, and is `START + time` for each of
`PROBE_TIMES`.
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
from crawler.demo.archive_data import StoredSnapshot
from crawler.demo.responses import PageBehaviour, by_method, redirect, sequence, status, switch_at
from crawler.demo.web import ANY, Behaviour, FakeWeb, group_by_host, serve
from store.vocabulary import Reason, State, format_timestamp

START = datetime(2026, 3, 2, 3, 0, tzinfo=UTC)

# A failing link is probed again after 1 hour, 1 day, 3 days and 2 days; a live link after 7 days.
# Delays are extended at random by up to a tenth. Each time is later than the longest delay.
PROBE_TIMES = (
    timedelta(0),
    timedelta(hours=1, minutes=15),
    timedelta(days=1, hours=5),
    timedelta(days=4, hours=13),
    timedelta(days=6, hours=19),
    timedelta(days=7, hours=19),
)


@dataclass(frozen=True, slots=True)
class ExpectedOutcome:
    """The behaviour of a URL, and the final state and reason of its link.

    Attributes:
        behaviour: How the URL responds; None if connections are refused or its host does not exist.
        state: The final state.
        reason: The final reason.
        note: The final note on the state; empty for none.
    """

    behaviour: Behaviour | None
    state: State
    reason: Reason
    note: str = ""


def snapshot_of(original: str, timestamp: str, page: PageBehaviour) -> StoredSnapshot:
    """Return a snapshot that the demo's archive has from the start."""
    return StoredSnapshot(original=original, timestamp=timestamp, body=page.html)


FIVE_DAYS_LATER = START + timedelta(days=5)
TWELVE_HOURS_LATER = START + timedelta(hours=12)

# All original URLs that the wiki cites.
LINKS: Mapping[str, ExpectedOutcome] = {
    "http://www.qingshi-post.example/news/20211104-ferry.html": ExpectedOutcome(
        articles.FERRY, State.ALIVE, Reason.OK
    ),
    "http://img.qingshi-post.example/2021/ferry.png": ExpectedOutcome(
        articles.PNG, State.ALIVE, Reason.OK
    ),
    "http://www.feiniao.example/thread?tid=2041": ExpectedOutcome(
        sequence(status(503), articles.THREAD), State.ALIVE, Reason.OK
    ),
    "http://reviews.example/games/长明灯": ExpectedOutcome(articles.REVIEW, State.ALIVE, Reason.OK),
    "http://river-house.example/book/河边的房子": ExpectedOutcome(
        articles.NOVEL, State.ALIVE, Reason.OK
    ),
    "http://harbour-post.example/2021/night-boats": ExpectedOutcome(
        articles.BOATS, State.ALIVE, Reason.OK
    ),
    "http://harbour-post.example/2022/lights-all-night": ExpectedOutcome(
        by_method(head=status(405), get=articles.LIGHTS), State.ALIVE, Reason.OK
    ),
    "http://search.harbour-post.example/q?text=ferry%20lights": ExpectedOutcome(
        articles.RESULTS, State.ALIVE, Reason.OK
    ),
    # not found for the first 12 hours, available afterwards
    "http://pier.example/board/timetable": ExpectedOutcome(
        switch_at(TWELVE_HOURS_LATER, status(404), articles.TIMETABLE), State.ALIVE, Reason.OK
    ),
    "http://feiniao.example/faq": ExpectedOutcome(
        redirect(301, "http://www.feiniao.example/faq"), State.ALIVE, Reason.CANONICALISED
    ),
    "http://www.lamplight.example/download": ExpectedOutcome(
        redirect(302, "/download/2.4"), State.ALIVE, Reason.REDIRECTED_TEMPORARILY
    ),
    "http://www.lamplight.example/2021/devlog-7": ExpectedOutcome(
        redirect(301, "http://blog.lamplight.example/posts/how-the-fog-works"),
        State.MOVED,
        Reason.MOVED_PERMANENTLY,
    ),
    # available for five days, so the failures do not span enough time
    "http://www.qingshi-post.example/column/88.html": ExpectedOutcome(
        switch_at(FIVE_DAYS_LATER, articles.COLUMN, status(404)), State.SUSPECT, Reason.NOT_FOUND
    ),
    # the archive captured it on the third day, so it may be unreachable only from this network
    "http://night-market.example/editor/about.html": ExpectedOutcome(
        None, State.SUSPECT, Reason.CONNECTION_REFUSED, note="unreachable-from-here"
    ),
    "http://www.qingshi-post.example/news/20190312-bridge.html": ExpectedOutcome(
        status(404), State.BROKEN, Reason.NOT_FOUND
    ),
    "http://www.lamplight.example/demo": ExpectedOutcome(status(410), State.BROKEN, Reason.GONE),
    "http://old-board.example/viewtopic.php?t=77": ExpectedOutcome(
        status(500), State.BROKEN, Reason.SERVER_ERROR
    ),
    "http://paper-kite.example/2020/kites.html": ExpectedOutcome(
        None, State.BROKEN, Reason.CONNECTION_REFUSED
    ),
    "http://lost-village.invalid/museum/books/41": ExpectedOutcome(
        None, State.BROKEN, Reason.DOMAIN_NOT_FOUND
    ),
    "http://shuwu.example/post/312": ExpectedOutcome(
        articles.NO_POST, State.BROKEN, Reason.SOFT_404
    ),
    "http://wanbao.example/2018/0312.html": ExpectedOutcome(
        redirect(302, "/"), State.BROKEN, Reason.REDIRECTED_TO_HOME
    ),
    "http://egret-bbs.example/notice-9.html": ExpectedOutcome(
        articles.FOR_SALE, State.BROKEN, Reason.PARKED
    ),
    "http://members.qingshi-club.example/threads/15": ExpectedOutcome(
        status(403), State.BLOCKED, Reason.FORBIDDEN
    ),
    "http://guarded.example/reviews/lamplight": ExpectedOutcome(
        articles.CHALLENGE, State.BLOCKED, Reason.CHALLENGE
    ),
    "http://court.example/2022/0114": ExpectedOutcome(status(451), State.BLOCKED, Reason.LEGAL),
    "http://press.example/errata?isbn=9780000000000": ExpectedOutcome(
        status(400), State.UNSURE, Reason.CLIENT_ERROR
    ),
    "http://127.0.0.1:8000/draft.html": ExpectedOutcome(None, State.SKIPPED, Reason.UNSAFE_ADDRESS),
}

# URLs requested besides the cited ones: redirect targets, and random URLs that do not exist.
UNCITED_PAGES: Mapping[str, Behaviour] = {
    "http://www.feiniao.example/faq": articles.FAQ,
    "http://www.lamplight.example/download/2.4": articles.DOWNLOAD,
    "http://blog.lamplight.example/posts/how-the-fog-works": articles.FOG,
    "http://wanbao.example/": articles.HOME,
    "http://shuwu.example/": articles.READING,
    "http://shuwu.example/*": articles.NO_POST,
    "http://egret-bbs.example/*": articles.FOR_SALE,
    "http://guarded.example/*": articles.CHALLENGE,
}

REFUSED_HOSTS = ("night-market.example", "paper-kite.example")

# Mirrors on services other than the demo's archive; the demo's web responds for them.
OTHER_MIRRORS: Mapping[str, ExpectedOutcome] = {
    "http://archive.ph/Lk7Qx": ExpectedOutcome(articles.CLOSING, State.ALIVE, Reason.OK)
}

SNAPSHOTS: tuple[StoredSnapshot, ...] = (
    # cited by the wiki
    snapshot_of(
        "http://www.qingshi-post.example/news/20211104-ferry.html", "20211105083000", articles.FERRY
    ),
    snapshot_of(
        "http://www.qingshi-post.example/news/20190312-bridge.html",
        "20211021113000",
        articles.BRIDGE,
    ),
    replace(
        snapshot_of("http://wanbao.example/2018/0312.html", "20211022020202", articles.NO_POST),
        status=404,
    ),
    # found by lookups: near the day of access, far from it, before and after it
    snapshot_of("http://wanbao.example/2018/0312.html", "20190705101500", articles.PIERS),
    snapshot_of("http://www.lamplight.example/demo", "20211230180000", articles.DEMO),
    replace(
        snapshot_of("http://www.lamplight.example/demo", "20250601000000", articles.NO_POST),
        status=410,
    ),
    snapshot_of("http://shuwu.example/post/312", "20211112093000", articles.READING_12),
    snapshot_of("http://shuwu.example/post/312", "20240920000000", articles.NO_POST),
    snapshot_of("http://www.feiniao.example/thread?tid=2041", "20140101000000", articles.THREAD),
    snapshot_of("http://paper-kite.example/2020/kites.html", "20211109120000", articles.KITES),
    snapshot_of("http://harbour-post.example/2021/night-boats", "20211106220000", articles.BOATS),
    snapshot_of(
        "http://night-market.example/editor/about.html",
        format_timestamp(START + timedelta(days=2)),
        articles.EDITOR,
    ),
)

# The final state and reason of every link, by URL.
EXPECTED: Mapping[str, tuple[State, Reason]] = {
    url: (outcome.state, outcome.reason) for url, outcome in LINKS.items()
}
_ARCHIVE = "https://web.archive.org/web"
_FERRY = "http://www.qingshi-post.example/news/20211104-ferry.html"
_BRIDGE = "http://www.qingshi-post.example/news/20190312-bridge.html"
# The final state and reason of every cited mirror, by URL.
EXPECTED_MIRRORS: Mapping[str, tuple[State, Reason]] = {
    f"{_ARCHIVE}/20211105083000/{_FERRY}": (State.ALIVE, Reason.OK),
    f"{_ARCHIVE}/20211021113000/{_BRIDGE}": (State.ALIVE, Reason.OK),
    f"{_ARCHIVE}/20211022020202/http://wanbao.example/2018/0312.html": (
        State.BROKEN,
        Reason.NOT_FOUND,
    ),
    **{url: (outcome.state, outcome.reason) for url, outcome in OTHER_MIRRORS.items()},
}


def wiki_folder() -> Traversable:
    """Return the folder with the demo's pages."""
    return files("crawler.demo") / "wiki"


def build_web(now: Callable[[], datetime]) -> FakeWeb:
    """Return the demo's simulated web."""
    behaviours = {
        url: outcome.behaviour
        for url, outcome in {**LINKS, **OTHER_MIRRORS}.items()
        if outcome.behaviour
    }
    sites = {
        host: {ANY: status(404)} | site
        for host, site in group_by_host({**behaviours, **UNCITED_PAGES}).items()
    }
    return FakeWeb(sites, refusing=REFUSED_HOSTS, now=now)


@dataclass(frozen=True, slots=True)
class DemoServers:
    """The demo's servers while they run."""

    web: FakeWeb
    archive: FakeWayback
    archive_address: str  # address:port

    def settings(self) -> dict[str, Any]:
        """Return the settings that connect to these servers instead of the real ones."""
        endpoint = f"http://{self.archive_address}"
        wayback = {"endpoint": endpoint, "availability_endpoint": f"{endpoint}/wayback/available"}
        return {"network": {"connect_to": self.web.connect_to()}, "archives": {"wayback": wayback}}


@asynccontextmanager
async def run_demo_servers(now: Callable[[], datetime]) -> AsyncIterator[DemoServers]:
    """Start the demo's web and archive.

    Args:
        now: The clock of both servers.

    Yields:
        The running servers.
    """
    async with build_web(now) as web:
        archive = FakeWayback(SNAPSHOTS, fetch=web.fetch, now=now)
        async with serve(archive.app) as address:
            yield DemoServers(web, archive, address)
