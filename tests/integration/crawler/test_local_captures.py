"""Test captures into the local archive in a job: requests, records, limits, and damage."""

from __future__ import annotations

import asyncio
import errno
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import aclosing
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, update

from crawler.http.exchange import HttpExchange
from crawler.http.fetch import FetchRequest, FetchResponse
from crawler.items import CaptureItem
from crawler.jobs.job import Job
from crawler.local_archive.fsck import check_archive
from crawler.local_archive.layout import ArchiveLayout
from crawler.local_archive.model import LocalArchiveError
from crawler.local_archive.writer import LocalArchiveWriter
from crawler.local_capture.capture_run import capture_locally, wanted_local_captures
from crawler.local_capture.page_fetcher import NotFetched, PageFetcher
from crawler.local_capture.verify import verify_local_mirrors
from crawler.preservation.capture_queue import store_capture
from crawler.preservation.due_lookups import lookups_due
from crawler.preservation.mirror_review import review_mirrors
from crawler.scan.page_recorder import PageRecorder
from crawler.scan.reader import read_page
from store.errors import StoreError
from store.schema.models import CaptureRow, HostRow, LinkRow, MirrorRow
from store.vocabulary import CaptureStatus, MirrorQuality, State
from store.work.runs import RunOutcome
from store.work.scope import Scope
from tests.integration.crawler.conftest import Clock, OpenJob
from tests.integration.store.leasing import acquire_lease, ensure_host

LONG = "Enough words to be told from an error page by anybody who compares the two of them. " * 8
UNUSED_TIME = datetime(1970, 1, 1, tzinfo=UTC)  # not read: the job has a clock of its own
Page = tuple[int, Mapping[str, str], bytes]


def html(body: str = "", text: str = LONG) -> Page:
    return 200, {"content-type": "text/html"}, f"<title>A page</title><p>{text}</p>{body}".encode()


class Killed(StoreError):
    """Raised in place of the end of the process: nothing confines it."""


class FakeWeb:
    """A web that serves pages by URL and records the requests."""

    def __init__(self, pages: Mapping[str, Page]) -> None:
        self.pages = dict(pages)
        self.requests: list[FetchRequest] = []
        self.concurrent: Counter[str] = Counter()
        self.max_concurrent: Counter[str] = Counter()
        self.on_request: Callable[[FetchRequest], None] = lambda _: None

    async def __call__(self, request: FetchRequest) -> FetchResponse:
        async with request.permit:
            return await self._respond(request)

    async def _respond(self, request: FetchRequest) -> FetchResponse:
        self.requests.append(request)
        self.on_request(request)
        self.concurrent[request.slot] += 1
        self.max_concurrent[request.slot] = max(
            self.max_concurrent[request.slot], self.concurrent[request.slot]
        )
        await asyncio.sleep(0)
        self.concurrent[request.slot] -= 1
        status, headers, body = self.pages.get(
            request.url, (404, {"content-type": "text/html"}, b"not here")
        )
        head = "".join(
            [
                f"HTTP/1.1 {status} X\r\n",
                *(f"{name}: {value}\r\n" for name, value in headers.items()),
                "\r\n",
            ]
        ).encode()
        exchange = HttpExchange(
            url=request.url,
            at=UNUSED_TIME,
            request=b"GET / HTTP/1.1\r\n\r\n",
            head=head,
            body=body,
            content=body,
            status=status,
            headers=headers,
        )
        cookies = [headers["set-cookie"]] if "set-cookie" in headers else []
        return FetchResponse(
            status=status,
            headers=headers,
            body=body,
            cookies=cookies,
            exchange=exchange if request.record_limit else None,
        )

    @property
    def urls(self) -> list[str]:
        return [request.url for request in self.requests]


def cite(job: Job, *urls: str) -> None:
    """Scan a page that cites living links."""
    recorder = PageRecorder(job, job.loaded)
    recorder.add(read_page("\n\n".join(f"<{url}>" for url in urls).encode(), "page.md"))
    recorder.flush()
    with job.database.write() as connection:
        connection.execute(
            update(LinkRow).where(LinkRow.state == State.UNCHECKED).values(state=State.ALIVE)
        )


def capture(job: Job, web: FakeWeb, *, limit: int = 100) -> None:
    async def emit(item: object) -> None:
        assert isinstance(item, CaptureItem)
        store_capture(job, item)

    asyncio.run(capture_locally(job, fetch=web, emit=emit, limit=limit))
    if local_archive(job).exists():
        verify_local_mirrors(job, local_archive(job))
        review_mirrors(job)


def local_archive(job: Job) -> ArchiveLayout:
    return ArchiveLayout(job.loaded.local_archive)


def captures(job: Job) -> dict[str, tuple[str, str]]:
    with job.database.read() as connection:
        rows = connection.execute(
            select(LinkRow.url, CaptureRow.status, CaptureRow.code)
            .join(LinkRow, LinkRow.id == CaptureRow.link_id)
            .order_by(CaptureRow.id)
        )
        return {row.url: (row.status.value, row.code) for row in rows}


@pytest.fixture(autouse=True)
def network(monkeypatch: pytest.MonkeyPatch) -> None:
    async def is_up(*_: object) -> bool:
        return True

    monkeypatch.setattr("crawler.local_capture.capture_run.has_network", is_up)


def test_a_page_is_captured_with_its_requisites_and_verified(job: Job) -> None:
    page = html(
        '<img src="/a.png"><img src="https://cdn.example/b.png"><script src="/c.js"></script><img src="/gone.png">'
    )
    image = (200, {"content-type": "image/png"}, b"png")
    web = FakeWeb(
        {
            "https://a.example/1": page,
            "https://a.example/a.png": image,
            "https://cdn.example/b.png": image,
        }
    )
    cite(job, "https://a.example/1")
    capture(job, web)
    assert captures(job) == {"https://a.example/1": ("verified", "")}
    assert sorted(web.urls) == [
        "https://a.example/1",
        "https://a.example/a.png",
        "https://a.example/gone.png",
        "https://cdn.example/b.png",
    ]
    with job.database.read() as connection:
        mirror = connection.execute(
            select(
                MirrorRow.service,
                MirrorRow.origin,
                MirrorRow.quality,
                MirrorRow.captured_at,
                LinkRow.state,
                LinkRow.url,
                LinkRow.next_probe_at,
            ).join(LinkRow, LinkRow.id == MirrorRow.link_id)
        ).one()
    assert tuple(mirror)[:3] == ("local", "captured", MirrorQuality.FAITHFUL)
    assert (mirror.captured_at, mirror.state, mirror.next_probe_at) == (
        job.clock(),
        State.ALIVE,
        None,
    )
    assert mirror.url == f"local:{job.clock():%Y%m%d%H%M%S}/https://a.example/1"
    assert list(check_archive(local_archive(job))) == []


def test_a_page_that_requires_a_cookie_is_captured_with_it(job: Job) -> None:
    page, cookie_page = "https://a.example/1", "https://a.example/entrance"
    web = FakeWeb(
        {
            page: (302, {"location": "/entrance"}, b""),
            cookie_page: (302, {"location": "/1", "set-cookie": "seen=1"}, b""),
        }
    )

    def serve_with_cookie(request: FetchRequest) -> None:
        if request.cookie:
            web.pages[page] = html('<img src="/a.png">')

    web.on_request = serve_with_cookie
    cite(job, page)
    capture(job, web)
    assert web.urls == [page, cookie_page, page, "https://a.example/a.png"]
    assert captures(job) == {page: ("verified", "")}
    entry = local_archive(job).find(page, f"{job.clock():%Y%m%d%H%M%S}")
    assert (entry.status, local_archive(job).find(cookie_page, entry.timestamp).status) == (
        200,
        302,
    )


def test_requisites_of_many_pages_are_requested_once_in_a_job(another_job: OpenJob) -> None:
    job = another_job(hosts={"*": {"interval": 0}})
    pages = {
        f"https://a.example/{number}": html(
            '<link rel=stylesheet href="/s.css"><img src="/a.png">', text=f"{number} {LONG}"
        )
        for number in range(5)
    }
    style = (200, {"content-type": "text/css"}, b"a{b:url(/c.png)}")
    web = FakeWeb(
        {
            **pages,
            "https://a.example/s.css": style,
            "https://a.example/a.png": (200, {}, b"png"),
            "https://a.example/c.png": (200, {}, b"c"),
        }
    )
    cite(job, *pages)
    capture(job, web)
    assert Counter(web.urls) == Counter(
        [*pages, "https://a.example/s.css", "https://a.example/a.png", "https://a.example/c.png"]
    )


def test_requisites_that_did_not_fit_in_one_page_are_captured_with_another(
    another_job: OpenJob,
) -> None:
    job = another_job(hosts={"*": {"interval": 0}}, **{"archives.local.page_megabytes": 0.01})
    images = "".join(f'<img src="/big{number}.png">' for number in range(9))
    pages = {
        "https://a.example/1": html(images),
        "https://a.example/2": html('<img src="/big8.png">', text=f"2 {LONG}"),
    }
    big: dict[str, Page] = {
        f"https://a.example/big{number}.png": (200, {}, bytes([number]) * 9_000)
        for number in range(9)
    }
    web = FakeWeb({**pages, **big})

    async def captured() -> list[list[str]]:
        fetcher = PageFetcher(job, web)
        found = []
        for url in pages:
            fetched = await fetcher.fetch_page(url)
            assert not isinstance(fetched, NotFetched)
            urls = []
            async with aclosing(fetcher.fetch_requisites(fetched[0])) as requisites:
                async for exchanges in requisites:
                    urls += [exchange.url for exchange in exchanges]
            found.append(urls)
        return found

    first, second = asyncio.run(captured())
    assert first == ["https://a.example/big0.png"]
    assert second == ["https://a.example/big8.png"]


@pytest.mark.parametrize(
    ("response", "code"),
    [
        ((404, {"content-type": "text/html"}, b"gone"), "not-found"),
        ((403, {"content-type": "text/html"}, b"no"), "forbidden"),
        (
            (
                200,
                {"content-type": "text/html"},
                b"<title>404 Not Found</title><h1>404 Not Found</h1><p>The page does not exist.",
            ),
            "soft-404",
        ),
        ((302, {"location": "https://a.example/"}, b""), "redirected-to-home"),
        ((302, {"location": "https://a.example/x?session=1"}, b""), "excluded"),
        ((302, {"location": "http://wiki.internal/"}, b""), "excluded"),
        ((302, {"location": "http://u:p@a.example/"}, b""), "excluded"),
    ],
)
def test_only_living_pages_are_captured(job: Job, response: Page, code: str) -> None:
    web = FakeWeb({"https://a.example/1": response, "https://a.example/": html()})
    cite(job, "https://a.example/1")
    capture(job, web)
    assert captures(job) == {"https://a.example/1": ("failed", code)}
    assert local_archive(job).warc_files() == []


def test_private_and_broken_links_are_not_requested(job: Job) -> None:
    living = "https://a.example/1"
    cite(
        job,
        living,
        "https://a.example/x?token=1",
        "https://u:p@a.example/",
        "http://wiki.internal/",
        "http://192.168.1.4/",
        "https://dead.example/",
    )
    with job.database.write() as connection:
        connection.execute(
            update(LinkRow).where(LinkRow.url == "https://dead.example/").values(state=State.BROKEN)
        )
    assert [choice.url for choice in wanted_local_captures(job)] == [living]
    web = FakeWeb(
        {
            living: html(
                '<img src="/y?token=1"><img src="http://wiki.internal/z"><img src="http://127.0.0.1/">'
            )
        }
    )
    capture(job, web)
    assert web.urls == [living]


def test_excluded_remapped_and_skipped_urls_are_not_requested(another_job: OpenJob) -> None:
    hosts = {
        "*": {"interval": 0},
        "skipped.example": {"skip": True},
        "a.example": {"headers": {"Cookie": "secret=1"}, "user_agent": "Us"},
    }
    job = another_job(
        hosts=hosts,
        exclude=["https://a.example/private/"],
        remap={"https://b.example/": "https://staging.example/"},
    )
    page = html('<img src="/private/x.png"><img src="https://skipped.example/x.png">')
    web = FakeWeb({"https://a.example/1": page})
    cite(
        job,
        "https://a.example/1",
        "https://a.example/private/2",
        "https://b.example/3",
        "https://skipped.example/4",
    )
    capture(job, web)
    assert web.urls == ["https://a.example/1"]
    assert web.requests[0].headers == {"User-Agent": "Us"}, (
        "a recorded request has no configured headers"
    )
    assert captures(job) == {
        "https://a.example/1": ("verified", ""),
        "https://a.example/private/2": ("failed", "not-requested"),
        "https://b.example/3": ("failed", "not-requested"),
        "https://skipped.example/4": ("failed", "not-requested"),
    }
    capture(job, web)
    assert len(web.requests) == 1


def test_robots_txt_is_obeyed_if_configured(another_job: OpenJob) -> None:
    job = another_job(hosts={"*": {"interval": 0}}, **{"network.obey_robots": True})
    rules = (200, {"content-type": "text/plain"}, b"User-agent: *\nDisallow: /private/\n")
    page = html('<img src="/private/x.png"><img src="/open.png">')
    web = FakeWeb(
        {
            "https://a.example/robots.txt": rules,
            "https://a.example/1": page,
            "https://a.example/open.png": (200, {}, b"png"),
        }
    )
    cite(job, "https://a.example/1", "https://a.example/private/2")
    capture(job, web)
    assert sorted(set(web.urls) - {"https://a.example/robots.txt"}) == [
        "https://a.example/1",
        "https://a.example/open.png",
    ]
    assert captures(job)["https://a.example/private/2"] == ("failed", "not-requested")


def test_the_crawl_delay_of_a_site_with_many_requests_is_applied(job: Job) -> None:
    rules = (200, {"content-type": "text/plain"}, b"User-agent: *\nCrawl-delay: 0.01\n")
    images = [f"/{number}.png" for number in range(12)]
    page = html("".join(f'<img src="{image}">' for image in images))
    web = FakeWeb(
        {
            "https://a.example/1": page,
            "https://b.example/1": html(text=f"b {LONG}"),
            "https://a.example/robots.txt": rules,
        }
    )
    intervals = []
    web.on_request = lambda request: intervals.append(
        job.rate_limiters.limiter_for(request.slot).interval
    )
    cite(job, "https://a.example/1", "https://b.example/1")
    capture(job, web)
    assert web.urls.count("https://a.example/robots.txt") == 1
    assert "https://b.example/robots.txt" not in web.urls
    assert (min(intervals), max(intervals)) == (0, 0.01)


def test_every_request_is_made_under_the_lease_and_limits_of_its_host(
    another_job: OpenJob,
) -> None:
    job = another_job(hosts={"*": {"interval": 0, "concurrency": 1}})
    images = "".join(
        f'<img src="https://cdn.example/{number}.png"><img src="/{number}.png">'
        for number in range(6)
    )
    pages = {
        f"https://{host}.example/{number}": html(images, text=f"{host}{number} {LONG}")
        for host in ("a", "b")
        for number in range(3)
    }
    web = FakeWeb(pages)

    def check_lease(request: FetchRequest) -> None:
        with job.database.read() as connection:
            owner = connection.execute(
                select(HostRow.lease_owner).where(HostRow.name == request.slot)
            ).scalar_one()
        assert owner == job.owner, request.url

    web.on_request = check_lease
    cite(job, *pages)
    capture(job, web)
    assert {status for status, _ in captures(job).values()} == {"verified"}
    assert dict(web.max_concurrent) == {"a.example": 1, "b.example": 1, "cdn.example": 1}
    with job.database.read() as connection:
        assert (
            connection.execute(
                select(HostRow.lease_owner).where(HostRow.lease_owner.is_not(None))
            ).all()
            == []
        )


def test_pages_that_were_not_requested_are_not_given_up(another_job: OpenJob, clock: Clock) -> None:
    hosts = {"*": {"interval": 0, "concurrency": 1, "per_run": 1}}
    web = FakeWeb(
        {f"https://a.example/{number}": html(text=f"{number} {LONG}") for number in range(8)}
    )
    cite(another_job(hosts=hosts), *web.pages)
    for _ in range(8):
        job = another_job(hosts=hosts)
        capture(job, web)
        clock.pass_by(timedelta(days=1))
    assert captures(job) == dict.fromkeys(web.pages, ("verified", ""))


def test_a_host_gets_at_most_per_run_requests_in_a_run(another_job: OpenJob) -> None:
    job = another_job(hosts={"*": {"interval": 0, "concurrency": 1, "per_run": 4}})
    web = FakeWeb(
        {"https://a.example/1": html("".join(f'<img src="/{number}.png">' for number in range(9)))}
    )
    cite(job, "https://a.example/1")
    capture(job, web)
    assert len(web.requests) == 4


def test_a_host_leased_by_another_process_is_not_requested(
    another_job: OpenJob, clock: Clock
) -> None:
    job, other = another_job(hosts={"*": {"interval": 0}}), another_job()
    web = FakeWeb(
        {
            "https://a.example/1": html('<img src="https://held.example/x.png">'),
            "https://held.example/2": html(),
        }
    )
    cite(job, "https://a.example/1", "https://held.example/2")
    with other.database.write() as connection:
        acquire_lease(
            connection,
            ensure_host(connection, "held.example"),
            owner=other.owner,
            now=other.clock(),
            length=timedelta(minutes=1),
        )
    capture(job, web)
    assert web.urls == ["https://a.example/1"]
    assert captures(job) == {
        "https://a.example/1": ("verified", ""),
        "https://held.example/2": ("queued", "not-requested"),
    }
    clock.pass_by(timedelta(hours=1))
    scoped = another_job(hosts={"*": {"interval": 0}})
    with job.database.read() as connection:
        other_id = connection.scalar(select(LinkRow.id).where(LinkRow.url == "https://a.example/1"))
    assert other_id is not None
    scoped.scope = Scope(link_ids=(other_id,))
    capture(scoped, web)
    assert "https://held.example/2" not in web.urls, "another link is in the scope"
    capture(another_job(hosts={"*": {"interval": 0}}), web)
    assert captures(job)["https://held.example/2"] == ("verified", "")


def test_no_more_pages_than_the_limit_are_captured_in_a_run(job: Job) -> None:
    pages = {f"https://{host}.example/": html(text=f"{host} {LONG}") for host in "abc"}
    web = FakeWeb(pages)
    cite(job, *pages)
    capture(job, web, limit=2)
    assert len(captures(job)) == 2
    capture(job, web, limit=2)
    assert len(captures(job)) == 3


def test_after_a_full_disk_the_next_job_continues(
    another_job: OpenJob, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = another_job(hosts={"*": {"interval": 0}})
    pages = {
        f"https://{host}.example/": html('<img src="/x.png">', text=f"{host} {LONG}")
        for host in "abcdefgh"
    }
    web = FakeWeb({**pages, **{f"{url}x.png": (200, {}, url.encode()) for url in pages}})
    cite(job, *pages)
    original_append, append_count = LocalArchiveWriter._append, 0

    def append(archive: LocalArchiveWriter, data: bytes) -> tuple[str, int]:
        nonlocal append_count
        append_count += 1
        if append_count > 13:  # the first pages are whole by then
            raise LocalArchiveError("the disk is full")
        return original_append(archive, data)

    monkeypatch.setattr(LocalArchiveWriter, "_append", append)
    capture(job, web)
    assert (job.stop.outcome, job.stop.detail) == (RunOutcome.FAILED, "the disk is full")
    assert list(check_archive(local_archive(job))) == []
    captured = [url for url, (status, _) in captures(job).items() if status == "captured"]
    assert 0 < len(captured) < len(pages)
    monkeypatch.setattr(LocalArchiveWriter, "_append", original_append)
    next_job = another_job(hosts={"*": {"interval": 0}})
    capture(next_job, web)
    assert captures(next_job) == dict.fromkeys(pages, ("verified", ""))
    assert all(web.urls.count(url) == 1 for url in captured), "captured pages were requested again"


def test_a_local_capture_interrupted_by_a_kill_is_repeated(another_job: OpenJob) -> None:
    job = another_job(hosts={"*": {"interval": 0}})
    web = FakeWeb({"https://a.example/1": html()})
    cite(job, "https://a.example/1")

    async def killed(_: object) -> None:
        raise Killed

    with pytest.raises(ExceptionGroup):
        asyncio.run(capture_locally(job, fetch=web, emit=killed, limit=9))
    assert captures(job) == {"https://a.example/1": ("requested", "")}
    capture(another_job(hosts={"*": {"interval": 0}}), web)
    assert captures(job) == {"https://a.example/1": ("verified", "")}


def test_a_page_is_captured_again_after_its_record_was_damaged(
    another_job: OpenJob, clock: Clock
) -> None:
    job = another_job(hosts={"*": {"interval": 0}})
    web = FakeWeb({"https://a.example/1": html()})
    cite(job, "https://a.example/1")
    capture(job, web)
    warc = local_archive(job).warc_files()[0]
    damaged = bytearray(warc.read_bytes())
    entry = local_archive(job).find("https://a.example/1", f"{clock.now:%Y%m%d%H%M%S}")
    damaged[entry.offset + entry.length // 2] ^= 0xFF
    warc.write_bytes(damaged)
    clock.pass_by(timedelta(days=91))
    capture(another_job(hosts={"*": {"interval": 0}}), web)  # finds the damage
    with job.database.read() as connection:
        assert (
            connection.execute(select(MirrorRow.quality, MirrorRow.flaw)).one()[0]
            is MirrorQuality.UNUSABLE
        )
    capture(another_job(hosts={"*": {"interval": 0}}), web)
    with job.database.read() as connection:
        assert sorted(row.quality for row in connection.execute(select(MirrorRow.quality))) == [
            MirrorQuality.FAITHFUL,
            MirrorQuality.UNUSABLE,
        ]


def test_a_page_that_cannot_be_read_for_now_stays_a_mirror_and_is_verified_later(
    another_job: OpenJob,
    clock: Clock,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    def refuse(path: object) -> None:
        raise PermissionError(errno.EACCES, "Permission denied", str(path))

    job = another_job()
    cite(job, "https://a.example/1", "https://a.example/2")
    capture(job, FakeWeb({f"https://a.example/{number}": html() for number in (1, 2)}))
    clock.pass_by(timedelta(days=91))
    later = another_job()
    with monkeypatch.context() as patch:
        patch.setattr("crawler.local_archive.layout.open_regular_file", refuse)
        assert verify_local_mirrors(later, local_archive(later)) == 0
    review_mirrors(later)
    (warning,) = [each.getMessage() for each in caplog.records if "verified" in each.getMessage()]
    assert "that cannot be verified now: 2 (the record of the first is in " in warning
    assert "cannot be read (Permission denied)): check the disk" in warning
    with later.database.read() as connection:
        qualities = connection.scalars(select(MirrorRow.quality)).all()
    assert set(qualities) == {MirrorQuality.FAITHFUL}
    assert verify_local_mirrors(later, local_archive(later)) == 2


def test_a_local_capture_does_not_end_lookups_at_archives(job: Job) -> None:
    """A link with a local copy is looked up for a public one, and the other way round."""
    cite(job, "https://a.example/1")
    capture(job, FakeWeb({"https://a.example/1": html()}))
    assert [task.url for task in lookups_due(job, "wayback", limit=9)] == ["https://a.example/1"]
    assert captures(job)["https://a.example/1"][0] == CaptureStatus.VERIFIED
