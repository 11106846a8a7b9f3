"""Test searches and comparisons with a store and a web defined by tables."""

from __future__ import annotations

import asyncio
import gzip
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import insert, select, update

from crawler.archives import parse_mirror
from crawler.demo.archive_data import StoredSnapshot
from crawler.demo.archive_faults import OVERLOADED
from crawler.drift.job import compare_due_links, due_comparisons, store_comparison
from crawler.http.fetch import FetchRequest, FetchResponse
from crawler.items import DriftItem, SearchItem
from crawler.jobs.job import Job
from crawler.moves.job import due_searches, search_lost_pages, store_search
from crawler.scan.wiki_scan import register_urls
from store.schema.json_codec import encode
from store.schema.models import HostRow, LinkRow, ProbeRow
from store.vocabulary import (
    DriftOutcome,
    EvidenceKind,
    Fault,
    MirrorOrigin,
    MoveProposal,
    PageEvidence,
    Reason,
    SearchOutcome,
    State,
    Verdict,
)
from store.work.comparisons import drift_findings
from store.work.links import MirrorRecord
from store.work.runs import RunOutcome
from store.work.searches import proposals_of
from tests.integration.crawler.conftest import Clock, OpenJob
from tests.integration.store.leasing import acquire_lease, ensure_host
from tests.unit.crawler.page_text.rewritten import news_portal, table_layout
from tests.web.archive import RunningWayback
from tests.web.prose import paragraphs, title

CAPTURED = "20190401120000"
A = "http://a.test"
_REPLAY = re.compile(r".*/web/(\d{14})id_/(.*)")
NOT_FOUND = FetchResponse(
    status=404, headers={"content-type": "text/html"}, body=b"<title>404 Not Found</title>"
)
MIN_CONFIDENCE = 0.8


def html(text: str, **headers: str) -> FetchResponse:
    return FetchResponse(
        status=200,
        headers={"content-type": "text/html; charset=utf-8", **headers},
        body=text.encode(),
    )


def article(number: int, lang: str = "en", *, old: bool = False) -> str:
    return (table_layout if old else news_portal)(
        title(number, lang), paragraphs(number, lang), lang
    )


@dataclass
class World:
    """A web defined by tables, and an archive. `requested` has the requested URLs, without replays."""

    job: Job
    wayback: RunningWayback
    pages: dict[str, FetchResponse | Callable[[FetchRequest], FetchResponse]] = field(
        default_factory=dict
    )
    requested: list[str] = field(default_factory=list)
    replayed: list[str] = field(default_factory=list)
    replay_fails: bool = False

    def broken(self, url: str, memento: str | bytes | None, **about: str) -> int:
        """Add a link that is confirmed broken, and its mementos."""
        return self._link(url, State.BROKEN, memento, **about)

    def alive(self, url: str, page: str, memento: str) -> int:
        self.pages[url] = html(page)
        return self._link(url, State.ALIVE, memento)

    def _link(
        self,
        url: str,
        state: State,
        memento: str | bytes | None,
        *,
        mimetype: str = "text/html",
        charset: str = "utf-8",
    ) -> int:
        job = self.job
        (link_id,) = register_urls(job, [url])
        with job.database.write() as connection:
            connection.execute(update(LinkRow).where(LinkRow.id == link_id).values(state=state))
            if memento is not None:
                body = memento.encode(charset) if isinstance(memento, str) else memento
                declared = {"Content-Type": f"{mimetype}; charset={charset}"}
                self.wayback.snapshots.append(
                    StoredSnapshot(
                        original=url,
                        timestamp=CAPTURED,
                        body=body,
                        mimetype=mimetype,
                        headers=declared,
                    )
                )
                mirror = f"https://web.archive.org/web/{CAPTURED}/{url}"
                address = parse_mirror(mirror)
                assert address
                record = MirrorRecord(
                    url=mirror, address=address, original_id=link_id, origin=MirrorOrigin.FOUND
                )
                job.link_registry(connection).mirror_ids([record])
                connection.execute(
                    update(LinkRow).where(LinkRow.url == mirror).values(state=State.ALIVE)
                )
        return link_id

    def redirected(self, url: str, to: str) -> None:
        """Add an archived redirect."""
        self.wayback.snapshots.append(
            StoredSnapshot(
                original=url,
                timestamp="20210401120000",
                status=301,
                body=b"x",
                headers={"Location": to},
            )
        )

    async def fetch(self, request: FetchRequest) -> FetchResponse:
        async with request.permit:
            return self._respond(request)

    def _respond(self, request: FetchRequest) -> FetchResponse:
        if replay := _REPLAY.fullmatch(request.url):
            self.replayed.append(replay[2])
            return self._replay(*replay.groups())
        self.requested.append(request.url)
        page = self.pages.get(request.url, NOT_FOUND)
        response = page(request) if callable(page) else page
        return FetchResponse(
            status=response.status,
            headers=response.headers,
            body=response.body[: request.max_bytes],
            fault=response.fault,
        )

    def _replay(self, timestamp: str, url: str) -> FetchResponse:
        if self.replay_fails:
            return FetchResponse(
                status=503,
                headers={"content-type": "text/html"},
                body=b"<title>503 Service Unavailable",
            )
        stored = [
            each
            for each in self.wayback.snapshots
            if (each.timestamp, each.address) == (timestamp, url)
        ]
        if not stored:
            return NOT_FOUND
        headers = {name.lower(): value for name, value in stored[0].headers.items()} | {
            "memento-datetime": "Mon, 01 Apr 2019 12:00:00 GMT"
        }
        if "location" in headers:
            headers["location"] = f"/web/{timestamp}id_/{headers['location']}"
        return FetchResponse(status=stored[0].status, headers=headers, body=stored[0].body)

    def search(self, limit: int = 100) -> dict[str, tuple[SearchOutcome, tuple[MoveProposal, ...]]]:
        """Search what is due and return the results."""
        found: dict[str, tuple[SearchOutcome, tuple[MoveProposal, ...]]] = {}

        async def emit(item: object) -> None:
            assert isinstance(item, SearchItem)
            store_search(self.job, item)
            found[item.task.url] = (item.outcome, item.proposals)

        asyncio.run(search_lost_pages(self.job, fetch=self.fetch, emit=emit, limit=limit))
        return found

    def compare(self, limit: int = 100) -> dict[str, DriftItem]:
        found: dict[str, DriftItem] = {}

        async def emit(item: object) -> None:
            assert isinstance(item, DriftItem)
            store_comparison(self.job, item)
            found[item.task.url] = item

        asyncio.run(compare_due_links(self.job, fetch=self.fetch, emit=emit, limit=limit))
        return found


@pytest.fixture
def world(another_job: OpenJob, wayback: RunningWayback) -> World:
    return world_of(another_job, wayback)


def world_of(another_job: OpenJob, wayback: RunningWayback, **settings: object) -> World:
    endpoint = wayback.endpoint
    archive = {"archives.wayback.endpoint": endpoint, "archives.wayback.lookups_per_minute": 60_000}
    hosts = {"*": {"interval": 0, "retry_wait": 0}}
    return World(another_job(**{"hosts": hosts, **archive, **settings}), wayback)


def best_proposal(
    found: Mapping[str, tuple[SearchOutcome, tuple[MoveProposal, ...]]], url: str
) -> str | None:
    """Return the address that `fix` would apply."""
    trusted = [proposal.url for proposal in found[url][1] if proposal.confidence >= MIN_CONFIDENCE]
    return trusted[0] if trusted else None


# --- pages that moved


@pytest.mark.parametrize(
    ("lang", "charset"),
    [("zh", "gbk"), ("ja", "shift_jis"), ("ko", "euc-kr"), ("ja", "euc-jp"), ("zh", "utf-8")],
)
def test_a_memento_in_an_old_encoding_is_found_as_a_page_in_utf_8(
    world: World, lang: str, charset: str
) -> None:
    old, new = f"{A}/2003/1.htm", f"{A}/news/one"
    world.broken(old, article(1, lang, old=True), charset=charset)
    world.redirected(old, new)
    world.pages |= {
        new: html(article(1, lang)),
        f"{A}/news/two": html(article(2, lang)),
        f"{A}/60": html(article(3, lang)),
    }
    assert best_proposal(world.search(), old) == new


def test_move_rules_are_learnt_from_redirects_of_uncited_neighbours(world: World) -> None:
    old, new = f"{A}/2019/harbour.html", f"{A}/stories/harbour/"
    world.broken(old, article(1, old=True))
    for name in ("lamp", "boat", "mill"):
        world.redirected(f"{A}/2019/{name}.html", f"{A}/stories/{name}/")
    world.pages |= {new: html(article(1)), f"{A}/60": html(article(2)), f"{A}/61": html(article(3))}
    found = world.search()
    assert best_proposal(found, old) == new
    assert next(each.kind for each in found[old][1][0].evidence) is EvidenceKind.URL_PATTERN


def test_a_site_whose_pages_are_all_alike_gives_no_trusted_proposal(world: World) -> None:
    def product(number: int) -> str:
        others = "".join(
            f'<a href="/item/{other}">Lamp No. {other}</a>'
            for other in range(20)
            if other != number
        )
        text = "".join(f"<p>{part}</p>" for part in paragraphs(9, count=6))
        return f"<title>Lamp No. {number} - Lamps</title><h1>Lamp No. {number}</h1>{text}<p>Order No. {number} today.</p>{others}"

    for number in range(20):
        world.pages[f"{A}/item/{number}"] = html(product(number))
    world.pages[f"{A}/"] = html(product(99))
    gone = [f"{A}/old/{number}.html" for number in (3, 4, 77)]
    for number, url in zip((3, 4, 77), gone, strict=True):
        world.broken(url, product(number))
        world.redirected(url, f"{A}/item/{number if number < 20 else 5}")
    found = world.search()
    assert [best_proposal(found, url) for url in gone] == [None, None, None]


def test_the_next_issue_of_a_series_is_not_proposed_for_a_lost_one(world: World) -> None:
    """Nearly all of the text is the same each week, and there is no control page."""

    def report(number: int) -> str:
        text = "".join(f"<p>{part}</p>" for part in paragraphs(7, count=8))
        return f"<title>Harbour report No. {number} - Paper</title>{text}<p>{paragraphs(number, count=1)[0]}</p>"

    old, other = f"{A}/2019/harbour-report-no-41.html", f"{A}/news/harbour-report-no-42"
    world.broken(old, report(41))
    world.redirected(old, other)
    world.pages |= {
        other: html(report(42)),
        f"{A}/": html(article(2) + f'<a href="{other}">Harbour report No. 42</a>'),
    }
    assert world.search()[old] == (SearchOutcome.NONE, ())


def test_a_page_to_which_a_site_redirects_everything_is_not_proposed(world: World) -> None:
    for number in range(1, 6):
        world.broken(f"{A}/old/{number}", article(number, old=True))
        world.redirected(f"{A}/old/{number}", f"{A}/sorry")
    world.pages[f"{A}/sorry"] = html("".join(article(number) for number in range(1, 6)))
    world.pages |= {f"{A}/": html(article(90)), f"{A}/60": html(article(91))}
    assert {outcome for outcome, _ in world.search().values()} == {SearchOutcome.NONE}


def test_pages_moved_again_are_followed_to_where_they_are_now(world: World) -> None:
    old, between, new = f"{A}/one.html", f"{A}/blog/one", "https://b.test/one"
    world.broken(old, article(1, old=True))
    world.redirected(old, between)
    world.pages |= {
        between: FetchResponse(status=301, headers={"location": new}),
        new: html(article(1)),
        "https://b.test/60": html(article(2)),
    }
    found = world.search()
    assert best_proposal(found, old) == new


def test_an_archived_redirect_is_found_before_the_site_redirected_to_its_home_page(
    world: World,
) -> None:
    old, new = f"{A}/one.html", f"{A}/blog/one"
    world.broken(old, article(1, old=True))
    world.redirected(old, new)
    for month in range(1, 9):
        headers = {"Location": f"{A}/"}
        world.wayback.snapshots.append(
            StoredSnapshot(
                original=old,
                timestamp=f"20230{month}01000000",
                status=302,
                body=b"x",
                headers=headers,
            )
        )
    world.pages |= {new: html(article(1)), f"{A}/60": html(article(2))}
    assert best_proposal(world.search(), old) == new


def test_file_is_recognised_by_its_bytes_alone(world: World) -> None:
    report, other = (
        b"%PDF-1.7\n" + bytes(range(256)) * 40,
        b"%PDF-1.7\n" + bytes(range(255, -1, -1)) * 40,
    )
    pdf = {"content-type": "application/pdf"}
    for name, served in (("report-of-2019", report), ("report-of-2018", other)):
        world.broken(f"{A}/files/{name}.pdf", report, mimetype="application/pdf")
        world.redirected(f"{A}/files/{name}.pdf", f"{A}/library/{name}.pdf")
        world.pages[f"{A}/library/{name}.pdf"] = FetchResponse(status=200, headers=pdf, body=served)
    found = world.search()
    assert [best_proposal(found, f"{A}/files/report-of-{year}.pdf") for year in (2019, 2018)] == [
        f"{A}/library/report-of-2019.pdf",
        None,
    ]


def test_the_empty_page_of_an_application_is_not_recognised_by_its_bytes(world: World) -> None:
    """A site serves it at each address, and a script fills it in."""
    shell = f"<title>The Harbour Paper</title><div id=app></div><script>{'load();' * 300}</script>"
    old, other = f"{A}/news/harbour-12345.html", f"{A}/app/12345/"
    world.broken(old, shell)
    world.redirected(old, other)
    world.pages[other] = html(shell)
    assert world.search() == {old: (SearchOutcome.NO_BASELINE, ())}


def test_without_a_memento_the_evidence_of_a_probe_is_compared(world: World) -> None:
    old, new = f"{A}/2003/harbour-story.htm", f"{A}/news/harbour-story"
    link_id = world.broken(old, None)
    text = " ".join(paragraphs(1))
    at = datetime(2026, 1, 1, tzinfo=UTC)
    seen = encode(PageEvidence(title=title(1), text=text))
    with world.job.database.write() as connection:
        about = {
            "link_id": link_id,
            "run_id": world.job.run_id,
            "started_at": at,
            "finished_at": at,
            "detail": "",
            "requests": [],
        }
        connection.execute(
            insert(ProbeRow).values(verdict=Verdict.ALIVE, reason=Reason.OK, evidence=seen, **about)
        )
    world.pages |= {
        f"{A}/sitemap.xml": html(f"<url><loc>{new}</loc></url>"),
        new: html(article(1)),
        f"{A}/": html(article(3)),
    }
    world.pages[f"{A}/60"] = html(article(2))
    outcome, proposals = world.search()[old]
    assert (outcome, proposals[0].url, proposals[0].compared_with) == (
        SearchOutcome.FOUND,
        new,
        old,
    )


def test_a_page_without_a_baseline_sends_no_request(world: World) -> None:
    world.broken(f"{A}/one", None)
    assert world.search() == {f"{A}/one": (SearchOutcome.NO_BASELINE, ())}
    assert world.requested == []


# --- politeness, safety, bounds


def test_only_eight_sitemaps_of_a_search_are_read(world: World) -> None:
    def two_more(request: FetchRequest) -> FetchResponse:
        stem = request.url.removesuffix(".xml")
        return html(
            f"<sitemap><loc>{stem}0.xml</loc></sitemap><sitemap><loc>{stem}1.xml</loc></sitemap>"
        )

    class Endless(dict[str, FetchResponse]):
        def get(self, url: str, default: FetchResponse) -> FetchResponse:  # type: ignore[override]
            return (
                two_more(FetchRequest(method="GET", url=url, slot="", timeout=1))
                if url.endswith(".xml")
                else super().get(url, default)
            )

    world.broken(f"{A}/one.html", article(1, old=True))
    world.pages = Endless({f"{A}/": html(article(2))})  # type: ignore[assignment]
    world.search()
    assert sum(url.endswith(".xml") for url in world.requested) == 8


def test_sitemaps_and_links_at_addresses_that_cannot_be_parsed_end_no_search(world: World) -> None:
    new = f"{A}/news/harbour-story"
    odd = "http://us[er@a.test/harbour-map.html"  # browsers ask for it, and urllib.parse cannot split it
    world.broken(f"{A}/harbour-story.html", article(1, old=True))
    world.broken(odd, article(4, old=True))
    robots = b"Sitemap: http://[\nSitemap: /maps.xml\n"
    world.pages |= {f"{A}/": html(article(2)), f"{A}/60": html(article(3)), new: html(article(1))}
    world.pages[f"{A}/robots.txt"] = FetchResponse(
        status=200, headers={"content-type": "text/plain"}, body=robots
    )
    world.pages[f"{A}/maps.xml"] = html(
        f"<url><loc>{new}</loc></url><url><loc>http://[</loc></url>"
    )
    found = world.search()
    assert best_proposal(found, f"{A}/harbour-story.html") == new
    assert odd in found


def test_sitemap_that_unfolds_without_end_is_read_within_bounds(world: World) -> None:
    new = f"{A}/news/harbour-story"
    world.broken(f"{A}/harbour-story.html", article(1, old=True))
    bomb = gzip.compress(f"<url><loc>{new}</loc></url>".encode() + b" " * 40_000_000)
    world.pages |= {f"{A}/": html(article(2)), f"{A}/60": html(article(3)), new: html(article(1))}
    world.pages[f"{A}/sitemap.xml"] = FetchResponse(
        status=200, headers={"content-type": "application/gzip"}, body=bomb
    )
    assert best_proposal(world.search(), f"{A}/harbour-story.html") == new


@pytest.mark.parametrize(
    "markup",
    [
        "<div>" * 40_000,
        "<a href=/x>" * 40_000,
        "<table>" * 50_000 + "</p>" * 50_000,
        "\0\x1b[2J" * 1000,
    ],
)
def test_hostile_markup_ends_no_search(world: World, markup: str) -> None:
    world.broken(f"{A}/harbour-story.html", markup)
    world.broken(f"{A}/old-harbour-map.html", article(1, old=True))
    world.redirected(f"{A}/old-harbour-map.html", f"{A}/map")
    world.pages |= {
        f"{A}/": html(markup),
        f"{A}/map": html(markup),
        f"{A}/sitemap.xml": html(markup),
    }
    assert set(world.search()) == {f"{A}/harbour-story.html", f"{A}/old-harbour-map.html"}


def test_only_http_addresses_named_by_a_site_are_requested(world: World) -> None:
    new = f"{A}/news/harbour-story"
    old = f"{A}/a:b/harbour-story.html"
    world.broken(old, article(1, old=True))
    outside = [
        "ftp://a.test/map.xml",
        "file:///etc/passwd",
        "data:text/xml,x",
        "http://[",
        "//[/map.xml",
        "http://a:99999/",
    ]
    robots = "".join(f"Sitemap: {url}\n" for url in [*outside, "/map.xml"]).encode()
    anchors = "".join(f'<a href="{url}">Archive</a>' for url in ["http://[bad/archive", *outside])
    world.pages |= {
        f"{A}/robots.txt": FetchResponse(
            status=200, headers={"content-type": "text/plain"}, body=robots
        ),
        f"{A}/": html(anchors),
        f"{A}/map.xml": html("".join(f"<url><loc>{url}</loc></url>" for url in [*outside, new])),
        new: html(article(1)),
    }
    assert best_proposal(world.search(), old) == new
    assert {url.partition("/a.test")[0] for url in world.requested} == {"http:/"}


def test_searches_keep_to_the_budget_of_a_site_and_continue_the_next_day(
    another_job: OpenJob, wayback: RunningWayback, clock: Clock
) -> None:
    world = world_of(another_job, wayback, **{"moves.requests_per_host": 5})
    for number in range(6):
        world.broken(f"{A}/2019/{number}/story-{number}.html", article(number, old=True))
    world.pages[f"{A}/"] = html(
        "".join(f'<a href="/list/{number}">Archive {number}</a>' for number in range(50))
    )
    found = world.search()
    assert len([url for url in world.requested if not url.endswith("/robots.txt")]) <= 5
    assert {outcome for outcome, _ in found.values()} == {SearchOutcome.UNKNOWN}
    assert not due_searches(world.job, limit=10)
    clock.pass_by(timedelta(days=1, minutes=1))
    assert len(due_searches(world.job, limit=10)) == 6


def test_requests_to_a_site_keep_to_its_rules(
    another_job: OpenJob, wayback: RunningWayback
) -> None:
    world = world_of(
        another_job,
        wayback,
        hosts={"*": {"interval": 0, "retry_wait": 0}, "a.test": {"per_run": 2}},
    )
    world.broken(f"{A}/2019/05/story.html", article(1, old=True))
    world.pages[f"{A}/"] = html(
        "".join(f'<a href="/list/{number}">Archive {number}</a>' for number in range(50))
    )
    world.search()
    assert len([url for url in world.requested if not url.endswith("/robots.txt")]) <= 2


def test_searches_are_repeated_after_weeks_and_failed_ones_after_a_day(
    world: World, clock: Clock
) -> None:
    world.broken(f"{A}/one.html", article(1, old=True))
    assert world.search()[f"{A}/one.html"][0] is SearchOutcome.NONE
    assert not world.search()
    clock.pass_by(timedelta(days=45, minutes=1))
    assert world.search()[f"{A}/one.html"][0] is SearchOutcome.NONE


def test_a_search_without_a_response_of_the_archive_is_repeated_the_next_day(
    world: World, clock: Clock
) -> None:
    old, new = f"{A}/one.html", f"{A}/blog/one"
    world.broken(old, article(1, old=True))
    world.redirected(old, new)
    world.pages |= {new: html(article(1)), f"{A}/60": html(article(2))}
    world.replay_fails = True
    assert world.search()[old] == (SearchOutcome.UNKNOWN, ())
    world.replay_fails = False
    clock.pass_by(timedelta(days=1, minutes=1))
    world.wayback.faults["cdx"] = OVERLOADED
    assert world.search()[old] == (SearchOutcome.UNKNOWN, ())
    world.wayback.faults.clear()
    clock.pass_by(timedelta(days=1, minutes=1))
    assert best_proposal(world.search(), old) == new


def test_a_dead_site_is_requested_once(world: World) -> None:
    name_not_found = FetchResponse(fault=Fault.NAME_NOT_FOUND)
    for number in range(4):
        world.broken(f"{A}/2019/story-{number}.html", article(number, old=True))

    class Dead(dict[str, FetchResponse]):
        def get(self, url: str, default: FetchResponse) -> FetchResponse:  # type: ignore[override]
            return name_not_found

    world.pages = Dead()  # type: ignore[assignment]
    assert {outcome for outcome, _ in world.search().values()} == {SearchOutcome.NONE}
    assert len(world.requested) <= 2


def test_a_host_leased_by_another_process_is_skipped(world: World) -> None:
    world.broken(f"{A}/one.html", article(1, old=True))
    with world.job.database.write() as connection:
        number, now = ensure_host(connection, "a.test"), world.job.clock()
        assert acquire_lease(
            connection, number, owner="another", now=now, length=timedelta(hours=1)
        )
    assert world.search()[f"{A}/one.html"][0] is SearchOutcome.UNKNOWN
    assert world.requested == []


def test_a_busy_host_makes_only_the_search_that_needs_it_inconclusive(world: World) -> None:
    needing, other = f"{A}/news/1.html", f"{A}/news/2.html"
    for number, url in enumerate((needing, other)):
        world.broken(url, article(number, old=True))
    world.redirected(needing, "http://busy.test/1.html")
    world.pages |= {f"{A}/": html("<title>Home</title>"), f"{A}/news/": html("<title>News</title>")}
    with world.job.database.write() as connection:
        acquire_lease(
            connection,
            ensure_host(connection, "busy.test"),
            owner="other",
            now=world.job.clock(),
            length=timedelta(hours=1),
        )
    found = world.search()
    assert {url: outcome for url, (outcome, _) in found.items()} == {
        needing: SearchOutcome.UNKNOWN,
        other: SearchOutcome.NONE,
    }


def test_two_sites_that_moved_to_one_are_searched_side_by_side(world: World) -> None:
    for number, host in enumerate(("old.test", "older.test"), 1):
        world.broken(f"http://{host}/story", article(number, old=True))
        world.redirected(f"http://{host}/story", f"http://new.test/stories/{number}")
        world.pages[f"http://new.test/stories/{number}"] = html(article(number))
    world.pages |= {"http://new.test/60": html(article(3)), "http://new.test/61": html(article(4))}
    found = world.search()
    assert [
        best_proposal(found, f"http://{host}/story") for host in ("old.test", "older.test")
    ] == [f"http://new.test/stories/{n}" for n in (1, 2)]
    assert world.job.counts["host:held"] == 0
    with world.job.database.read() as connection:
        assert not connection.execute(
            select(HostRow.name).where(HostRow.lease_owner.is_not(None))
        ).all()  # all leases are released


def test_search_that_is_stopped_leaves_the_rest_due(world: World) -> None:
    for number in range(4):
        world.broken(f"{A}/2019/{number}.html", article(number, old=True))
        world.redirected(f"{A}/2019/{number}.html", f"{A}/stories/{number}")
        world.pages[f"{A}/stories/{number}"] = html(article(number))
    world.pages |= {f"{A}/60": html(article(30)), f"{A}/61": html(article(31))}

    def stop_and_respond(_request: FetchRequest) -> FetchResponse:
        world.job.stop.request(RunOutcome.INTERRUPTED)
        return html(article(1))

    world.pages[f"{A}/stories/1"] = stop_and_respond
    found = world.search()
    assert {url for url in found if best_proposal(found, url)} >= {f"{A}/2019/0.html"}
    assert len(found) < 4
    assert {task.url for task in due_searches(world.job, limit=10)} == {
        f"{A}/2019/{n}.html" for n in range(4)
    } - set(found)


def test_excluded_addresses_are_not_requested(
    another_job: OpenJob, wayback: RunningWayback
) -> None:
    world = world_of(another_job, wayback, exclude=["http://b\\.test/"])
    world.broken(f"{A}/one.html", article(1, old=True))
    world.redirected(f"{A}/one.html", "http://b.test/one")
    world.pages["http://b.test/one"] = html(article(1))
    assert best_proposal(world.search(), f"{A}/one.html") is None
    assert not [url for url in world.requested if "b.test" in url]


def test_proposals_not_found_again_are_deleted(world: World, clock: Clock) -> None:
    old, new = f"{A}/one.html", f"{A}/blog/one"
    link_id = world.broken(old, article(1, old=True))
    world.redirected(old, new)
    world.pages |= {new: html(article(1)), f"{A}/60": html(article(2))}
    assert best_proposal(world.search(), old) == new
    del world.pages[new]
    clock.pass_by(timedelta(days=46))
    assert world.search()[old][0] is SearchOutcome.NONE
    with world.job.database.read() as connection:
        assert not proposals_of(connection, [link_id])


# --- pages that changed


def outcome(world: World, link_id: int) -> DriftOutcome:
    with world.job.database.read() as connection:
        return drift_findings(connection, [link_id])[link_id].outcome


def test_pages_are_compared_with_their_mementos(world: World) -> None:
    same = world.alive(f"{A}/same", article(1, "zh"), article(1, "zh", old=True))
    other = world.alive(f"{A}/other", article(2, "ja"), article(3, "ja", old=True))
    found = world.compare()
    assert (outcome(world, same), outcome(world, other)) == (
        DriftOutcome.UNCHANGED,
        DriftOutcome.CHANGED,
    )
    assert found[f"{A}/other"].comparison.passages
    with world.job.database.read() as connection:
        assert (
            connection.execute(select(LinkRow.state).where(LinkRow.id == other)).scalar_one()
            is State.ALIVE
        )  # a changed page is a warning; its link stays alive


def test_compared_pages_are_not_compared_again_for_ninety_days(world: World, clock: Clock) -> None:
    world.alive(f"{A}/same", article(1), article(1, old=True))
    world.compare()
    requested = len(world.requested)
    assert not world.compare()
    clock.pass_by(timedelta(days=89))
    assert not due_comparisons(world.job, limit=10)
    clock.pass_by(timedelta(days=2))
    assert world.compare()
    assert len(world.requested) == requested + 1


def test_a_page_that_does_not_respond_is_compared_a_week_later(world: World, clock: Clock) -> None:
    link_id = world.alive(f"{A}/page", article(1), article(1, old=True))
    world.pages[f"{A}/page"] = FetchResponse(
        status=503, headers={"content-type": "text/html"}, body=b"Busy"
    )
    world.compare()
    assert outcome(world, link_id) is DriftOutcome.UNKNOWN
    clock.pass_by(timedelta(days=7, minutes=1))
    world.pages[f"{A}/page"] = html(article(1))
    world.compare()
    assert outcome(world, link_id) is DriftOutcome.UNCHANGED


def test_a_page_that_does_not_respond_keeps_its_last_result(world: World, clock: Clock) -> None:
    link_id = world.alive(f"{A}/page", article(1), article(2, old=True))
    world.compare()
    changed_at = world.job.clock()
    clock.pass_by(timedelta(days=91))
    world.pages[f"{A}/page"] = FetchResponse(
        status=503, headers={"content-type": "text/html"}, body=b"Busy"
    )
    assert world.compare()
    assert outcome(world, link_id) is DriftOutcome.CHANGED
    assert not due_comparisons(world.job, limit=10)
    clock.pass_by(timedelta(days=7, minutes=1))
    world.pages[f"{A}/page"] = html(article(1))
    assert world.compare()
    with world.job.database.read() as connection:
        found = drift_findings(connection, [link_id])[link_id]
    assert (found.outcome, found.since) == (DriftOutcome.CHANGED, changed_at)


def test_a_comparison_that_the_end_of_the_run_cuts_off_stays_due(world: World) -> None:
    world.alive(f"{A}/page", article(1), article(2, old=True))

    def stop(_: FetchRequest) -> FetchResponse:
        world.job.stop.request(RunOutcome.INTERRUPTED)
        return html(article(1))

    world.pages[f"{A}/page"] = stop
    assert not world.compare()
    assert due_comparisons(world.job, limit=10)


def test_links_that_may_not_be_requested_do_not_keep_others_from_their_turn(
    another_job: OpenJob, wayback: RunningWayback
) -> None:
    world = world_of(another_job, wayback, exclude=["http://a\\.test/private/"])
    for number in range(2):
        world.alive(f"{A}/private/{number}", article(number), article(number, old=True))
    world.alive(f"{A}/page", article(5), article(5, old=True))
    world.compare(limit=2)
    world.compare(limit=2)
    assert world.requested == [f"{A}/page"]


def test_pages_that_probes_found_unchanged_are_not_requested(world: World) -> None:
    link_id = world.alive(f"{A}/page", article(1), article(1, old=True))
    at = datetime(2026, 1, 1, tzinfo=UTC)
    with world.job.database.write() as connection:
        for number in connection.execute(select(LinkRow.id)).scalars().all():
            seen = encode(PageEvidence(text="x" * 300, simhash=12345))
            about = {
                "link_id": number,
                "run_id": world.job.run_id,
                "started_at": at,
                "finished_at": at,
                "detail": "",
                "requests": [],
            }
            connection.execute(
                insert(ProbeRow).values(
                    verdict=Verdict.ALIVE, reason=Reason.OK, evidence=seen, **about
                )
            )
    world.compare()
    assert outcome(world, link_id) is DriftOutcome.UNCHANGED
    assert (world.requested, world.replayed) == ([], [])


def test_front_pages_are_not_compared(world: World) -> None:
    link_id = world.alive(f"{A}/", article(1), article(2, old=True))
    world.compare()
    assert outcome(world, link_id) is DriftOutcome.UNKNOWN
    assert world.requested == []


def test_no_more_pages_are_compared_than_the_limit(world: World) -> None:
    for number in range(5):
        world.alive(f"{A}/{number}", article(number), article(number, old=True))
    assert len(world.compare(limit=3)) == 3
    assert len(world.compare(limit=3)) == 2
