"""Test captures from probes in a job: which probes are recorded, and that no verdict depends on it."""

from __future__ import annotations

import asyncio
import errno
import logging
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any, BinaryIO

import pytest
from sqlalchemy import select, update

from crawler.cli.dry_run import print_local_plan
from crawler.http.exchange import HttpExchange
from crawler.http.fetch import FetchRequest, FetchResponse
from crawler.items import CaptureItem, Emit, ProbeItem
from crawler.jobs.job import Job
from crawler.local_archive.fsck import check_archive
from crawler.local_archive.model import LocalArchiveError
from crawler.local_archive.writer import LocalArchiveWriter, open_archive_writer
from crawler.local_capture import probe_capture
from crawler.local_capture.batch_writer import open_batch_writer
from crawler.local_capture.capture_run import (
    capture_locally,
    complete_captures,
    wanted_local_captures,
)
from crawler.local_capture.probe_capture import capture_from_probes
from crawler.preservation.capture_queue import store_capture
from crawler.probing import scheduler
from crawler.probing.scheduler import probe_due
from store.errors import DatabaseUnavailable
from store.schema.models import CaptureRow, LinkRow
from store.vocabulary import Fault, RetryWhen, State, Verdict
from store.work.archives.captures import CaptureTask, begin_local_captures
from store.work.frontier import DueFilter
from store.work.history import ProbeResult
from store.work.runs import RunOutcome
from store.work.scope import Scope
from tests.integration.crawler.conftest import Clock, OpenJob
from tests.integration.crawler.test_local_captures import (
    LONG,
    FakeWeb,
    Page,
    capture,
    captures,
    cite,
    html,
    local_archive,
)
from tests.unit.crawler.local_archive.exchanges import exchange

URL = "https://a.example/1"
SETTINGS = {"hosts": {"*": {"interval": 0, "retry_wait": 0}}, "archives.local.from_probes": True}


@pytest.fixture(autouse=True)
def network(monkeypatch: pytest.MonkeyPatch) -> None:
    async def is_up(*_: object) -> bool:
        return True

    monkeypatch.setattr(scheduler, "has_network", is_up)
    monkeypatch.setattr("crawler.local_capture.capture_run.has_network", is_up)


@pytest.fixture
def job(another_job: OpenJob) -> Job:
    return another_job(**SETTINGS)


class RecordingWeb(FakeWeb):
    """A web that notes which responses were to be archived; `override` may respond in its place."""

    override: Callable[[FetchRequest], FetchResponse | None] = staticmethod(lambda _: None)

    async def __call__(self, request: FetchRequest) -> FetchResponse:
        response = self.override(request)
        if response is not None:
            self.requests.append(request)
            return response
        return await super().__call__(request)

    @property
    def recorded(self) -> list[str]:
        return [request.url for request in self.requests if request.record_limit]


def probe(job: Job, web: FakeWeb, *, due: DueFilter | None = None) -> dict[str, Verdict]:
    """Check everything that is due and return the verdicts."""
    verdicts: dict[str, Verdict] = {}

    async def emit(item: object) -> None:
        if isinstance(item, CaptureItem):
            store_capture(job, item)
            return
        assert isinstance(item, ProbeItem)
        verdicts[item.link.url] = item.judgement.verdict
        result = ProbeResult(
            link_id=item.link.id,
            run_id=job.run_id,
            lease=item.lease,
            probe=item.probe,
            judgement=item.judgement,
        )
        await job.writer.put(result)

    async def run() -> None:
        due_filter = due or DueFilter(now=job.clock())
        async with capture_from_probes(job, due_filter, fetch=web, emit=emit) as hook_for:
            await probe_due(job, due_filter, fetch=web, emit=emit, capture_hook_for=hook_for)

    asyncio.run(run())
    return verdicts


def set_state(job: Job, state: State, url: str = URL) -> None:
    with job.database.write() as connection:
        connection.execute(
            update(LinkRow).where(LinkRow.url == url).values(state=state, next_probe_at=job.clock())
        )


def cite_unchecked(job: Job, *urls: str) -> None:
    cite(job, *urls)
    for url in urls:
        set_state(job, State.UNCHECKED, url)


def test_one_request_yields_both_the_verdict_and_the_copy(job: Job) -> None:
    web = RecordingWeb({URL: html()})
    cite_unchecked(job, URL)
    assert probe(job, web) == {URL: Verdict.ALIVE}
    assert (web.urls, captures(job)) == ([URL], {URL: ("captured", "")})
    assert wanted_local_captures(job) == []
    capture(job, web)
    assert (web.urls, captures(job)) == ([URL], {URL: ("verified", "")})
    assert list(check_archive(local_archive(job))) == []


def test_a_busy_database_delays_a_copy_and_does_not_end_the_run(
    job: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    failures, begin = [DatabaseUnavailable("busy")], begin_local_captures

    def begin_once_available(*args: Any, **kwargs: Any) -> Mapping[int, CaptureTask]:
        if failures:
            raise failures.pop()
        return begin(*args, **kwargs)

    monkeypatch.setattr(probe_capture, "begin_local_captures", begin_once_available)
    cite_unchecked(job, URL)
    assert probe(job, RecordingWeb({URL: html()})) == {URL: Verdict.ALIVE}
    assert (failures, captures(job)) == ([], {URL: ("captured", "")})


def test_requisites_are_requested_afterwards_and_the_page_is_not(
    job: Job, another_job: OpenJob, capsys: pytest.CaptureFixture[str]
) -> None:
    web = RecordingWeb(
        {
            URL: html('<img src="/a.png">'),
            "https://a.example/a.png": (200, {"content-type": "image/png"}, b"png"),
        }
    )
    cite_unchecked(job, URL)
    probe(job, web)
    assert (web.urls, captures(job)) == ([URL], {URL: ("pending", "")})
    assert wanted_local_captures(job) == []
    print_local_plan(job, limit=9)
    assert ", 1 page fetched by probes to complete\n" in capsys.readouterr().err
    set_state(job, State.ALIVE)
    probe(another_job(**SETTINGS), web, due=DueFilter(now=job.clock(), ignore_schedule=True))
    assert web.recorded == [URL], "a copy under way is not wanted again"
    web.requests.clear()
    capture(another_job(**SETTINGS), web)
    assert (web.urls, captures(job)) == (["https://a.example/a.png"], {URL: ("verified", "")})
    assert list(check_archive(local_archive(job))) == []


def test_without_requisites_a_page_is_captured_at_once(
    another_job: OpenJob,
) -> None:
    job = another_job(**SETTINGS, **{"archives.local.resources": 0})
    cite_unchecked(job, URL)
    probe(job, RecordingWeb({URL: html('<img src="/a.png">')}))
    assert captures(job) == {URL: ("captured", "")}


def test_a_redirect_is_captured_with_its_target(job: Job) -> None:
    web = RecordingWeb({URL: (302, {"location": "/2"}, b""), "https://a.example/2": html()})
    cite_unchecked(job, URL)
    probe(job, web)
    assert web.recorded == [URL, "https://a.example/2"]
    capture(job, web)
    assert captures(job) == {URL: ("verified", "")}
    assert (
        local_archive(job).find("https://a.example/2", f"{job.clock():%Y%m%d%H%M%S}").status == 200
    )


@pytest.mark.parametrize(
    ("response", "verdict", "captured"),
    [
        ((404, {"content-type": "text/html"}, b"gone"), Verdict.BROKEN, {}),
        ((403, {"content-type": "text/html"}, b"no"), Verdict.BLOCKED, {}),
        ((302, {"location": "https://a.example/"}, b""), Verdict.BROKEN, {}),
        ((302, {"location": "https://a.example/x?session=1"}, b""), Verdict.ALIVE, {}),
        (
            (200, {"content-type": "text/html", "refresh": "0; url=/x?y=1"}, b"<title>Here"),
            Verdict.ALIVE,
            {},
        ),
    ],
)
def test_pages_that_are_no_copies_are_not_stored(
    job: Job, response: Page, verdict: Verdict, captured: dict[str, tuple[str, str]]
) -> None:
    web = RecordingWeb(
        {
            URL: response,
            "https://a.example/": html(),
            "https://a.example/x?session=1": html(),
            "https://a.example/x?y=1": html(),
        }
    )
    cite_unchecked(job, URL)
    assert probe(job, web) == {URL: verdict}
    assert captures(job) == captured
    assert local_archive(job).warc_files() == []


def test_a_wall_that_blocks_only_the_recording_client_does_not_block_every_probe(
    another_job: OpenJob, clock: Clock
) -> None:
    """A site may treat the recording client differently from the usual one."""
    settings = {
        "hosts": {"*": {"interval": 0, "method": "get"}},
        "archives.local.from_probes": True,
    }
    web = RecordingWeb({URL: html()})
    web.override = lambda request: (
        FetchResponse(status=403, headers={"content-type": "text/html"}, body=b"no")
        if request.record_limit
        else None
    )
    cite(another_job(**settings), URL)
    verdicts: list[Verdict] = []
    for _ in range(6):
        job = another_job(**settings)
        verdicts += probe(job, web, due=DueFilter(now=clock(), ignore_schedule=True)).values()
        clock.pass_by(timedelta(hours=1))
    assert verdicts == [Verdict.BLOCKED, *[Verdict.ALIVE] * 5]
    assert captures(job) == {URL: ("failed", "forbidden")}


@pytest.mark.parametrize("state", [State.SUSPECT, State.BROKEN, State.BLOCKED])
def test_links_not_known_to_be_alive_are_probed_without_recording(job: Job, state: State) -> None:
    web = RecordingWeb({URL: html()})
    cite_unchecked(job, URL)
    set_state(job, state)
    assert probe(job, web) == {URL: Verdict.ALIVE}
    assert (web.recorded, captures(job)) == ([], {})


def store_known_length(job: Job) -> None:
    """Store one probe of the links, whose pages have no validator but a length."""
    with job.database.write() as connection:
        connection.execute(
            update(LinkRow).values(
                probes=1, next_probe_at=job.clock(), validators={"url": URL, "length": 7}
            )
        )


def test_a_head_request_is_not_replaced_by_a_recorded_get(job: Job) -> None:
    web = RecordingWeb({URL: html()})
    web.override = lambda request: (
        FetchResponse(status=200, headers={"content-length": "7"})
        if request.method == "HEAD"
        else None
    )
    cite(job, URL)
    store_known_length(job)
    probe(job, web)
    assert ([request.method for request in web.requests], web.recorded, captures(job)) == (
        ["HEAD"],
        [],
        {},
    )


def test_a_get_after_a_head_is_captured_with_its_own_hops(job: Job) -> None:
    web = RecordingWeb({URL: html()})
    web.override = lambda request: FetchResponse(status=405) if request.method == "HEAD" else None
    cite(job, URL)
    store_known_length(job)
    probe(job, web)
    assert ([request.method for request in web.requests], captures(job)) == (
        ["HEAD", "GET"],
        {URL: ("captured", "")},
    )


def test_a_truncated_body_is_no_copy_changes_no_verdict_and_is_not_recorded_again_soon(
    job: Job, another_job: OpenJob
) -> None:
    def cut(request: FetchRequest) -> FetchResponse:
        return FetchResponse(
            status=200,
            headers={"content-type": "text/html"},
            body=html()[2],
            not_recorded="too-large" if request.record_limit else "",
        )

    web = RecordingWeb({})
    web.override = cut
    cite_unchecked(job, URL)
    assert probe(job, web) == {URL: Verdict.ALIVE}
    assert captures(job) == {URL: ("failed", "incomplete")}
    with job.database.read() as connection:
        row = connection.execute(
            select(CaptureRow.tries, CaptureRow.retry, CaptureRow.next_try_at, CaptureRow.detail)
        ).one()
    assert (row.tries, row.retry, row.detail) == (1, RetryWhen.LATER, "too-large")
    assert row.next_try_at > job.clock()
    probe(another_job(**SETTINGS), web, due=DueFilter(now=job.clock(), ignore_schedule=True))
    assert web.recorded == [URL], "it is not recorded again soon"


def test_after_five_failures_a_capture_is_given_up(another_job: OpenJob, clock: Clock) -> None:
    web = RecordingWeb({})
    web.override = lambda _: FetchResponse(
        status=200,
        headers={"content-type": "text/plain"},
        body=LONG.encode(),
        not_recorded="too-large",
    )
    cite_unchecked(another_job(**SETTINGS), URL)
    for _ in range(8):
        probe(
            another_job(
                hosts={"*": {"interval": 0, "method": "get"}},
                **{"archives.local.from_probes": True},
            ),
            web,
        )
        clock.pass_by(timedelta(days=30))
    assert len(web.recorded) == 5
    assert len(web.requests) == 8


@pytest.mark.parametrize(
    "fault", [Fault.TLS, Fault.BAD_RESPONSE, Fault.UNREACHABLE, Fault.TIMEOUT, Fault.RESET]
)
def test_a_request_that_fails_while_recorded_is_repeated_before_it_is_judged(
    job: Job, fault: Fault
) -> None:
    web = RecordingWeb({URL: html()})
    web.override = lambda request: FetchResponse(fault=fault) if request.record_limit else None
    cite_unchecked(job, URL)
    assert probe(job, web) == {URL: Verdict.ALIVE}
    assert ([bool(request.record_limit) for request in web.requests], captures(job)) == (
        [True, False],
        {URL: ("failed", "incomplete")},
    )


def test_an_error_is_tried_again_as_usual(job: Job) -> None:
    web = RecordingWeb({URL: html()})
    web.override = lambda request: FetchResponse(status=503) if request.record_limit else None
    cite_unchecked(job, URL)
    assert probe(job, web) == {URL: Verdict.ALIVE}
    assert captures(job) == {URL: ("failed", "incomplete")}


def test_responses_to_own_credentials_are_not_captured(another_job: OpenJob) -> None:
    hosts = {
        "*": {"interval": 0},
        "a.example": {"headers": {"Cookie": "secret=1"}},
        "b.example": {"user_agent": "Us"},
    }
    job = another_job(
        hosts=hosts,
        remap={"https://c.example/": "https://staging.example/"},
        **{"archives.local.from_probes": True},
    )
    redirect_to_secret = (302, {"location": "https://a.example/2"}, b"")
    pages = {URL: html(), "https://b.example/1": html(), "https://staging.example/1": html()}
    web = RecordingWeb(
        {
            **pages,
            "https://d.example/1": redirect_to_secret,
            "https://a.example/2": html(),
            "https://e.example/1?token=1": html(),
        }
    )
    cite_unchecked(
        job,
        URL,
        "https://b.example/1",
        "https://c.example/1",
        "https://d.example/1",
        "https://e.example/1?token=1",
    )
    assert set(probe(job, web).values()) == {Verdict.ALIVE}
    assert captures(job) == {"https://b.example/1": ("captured", "")}
    sent = {
        request.url: dict(request.headers) for request in web.requests if not request.record_limit
    }
    assert sent[URL] == sent["https://a.example/2"] == {"Cookie": "secret=1"}


def test_a_capture_queued_by_another_run_is_used(job: Job) -> None:
    web = RecordingWeb({URL: html()})
    cite_unchecked(job, URL)
    set_state(job, State.ALIVE)

    async def killed(_: object) -> None:
        raise RuntimeError

    with pytest.raises(RuntimeError):
        asyncio.run(capture_and_fail(job, web, killed))
    assert captures(job) == {URL: ("requested", "")}
    set_state(job, State.ALIVE)
    probe(job, web, due=DueFilter(now=job.clock(), ignore_schedule=True))
    assert captures(job) == {URL: ("captured", "")}
    with job.database.read() as connection:
        assert connection.execute(select(CaptureRow.tries)).scalars().all() == [2]


async def capture_and_fail(job: Job, web: FakeWeb, emit: Emit) -> None:
    try:
        await capture_locally(job, fetch=web, emit=emit, limit=9)
    except* RuntimeError as errors:
        raise errors.exceptions[0] from None


def test_pages_are_recorded_only_if_configured(another_job: OpenJob) -> None:
    job = another_job(hosts={"*": {"interval": 0}})
    web = RecordingWeb({URL: html(), "https://b.example/1": html()})
    cite_unchecked(job, URL)
    probe(job, web)
    assert (web.recorded, local_archive(job).exists()) == ([], False)
    capture(job, web)
    cite_unchecked(job, "https://b.example/1")
    probe(another_job(hosts={"*": {"interval": 0}}, **{"archives.local.from_probes": False}), web)
    assert "https://b.example/1" not in captures(job)
    set_state(job, State.UNCHECKED, "https://b.example/1")
    probe(another_job(hosts={"*": {"interval": 0}}), web)
    assert captures(job)["https://b.example/1"] == ("captured", "")


def test_uncited_links_and_mirrors_are_not_captured(job: Job) -> None:
    from crawler.scan.wiki_scan import register_urls  # noqa: PLC0415

    register_urls(job, [URL])
    web = RecordingWeb({URL: html()})
    assert probe(job, web) == {URL: Verdict.ALIVE}
    assert (web.recorded, captures(job), local_archive(job).exists()) == ([], {}, False)


def test_a_full_disk_is_logged_once_and_probes_go_on(
    job: Job, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    urls = [f"https://{letter}.example/1" for letter in "abcdefgh"]
    web = RecordingWeb({url: html(text=f"{url} {LONG}") for url in urls})
    cite_unchecked(job, *urls)
    original_append, append_count = LocalArchiveWriter._append, 0

    def append(archive: LocalArchiveWriter, data: bytes) -> tuple[str, int]:
        nonlocal append_count
        append_count += 1
        if append_count > 5:
            raise LocalArchiveError("the disk is full")
        return original_append(archive, data)

    monkeypatch.setattr(LocalArchiveWriter, "_append", append)
    with caplog.at_level(logging.WARNING):
        assert probe(job, web) == dict.fromkeys(urls, Verdict.ALIVE)
    assert [record.message for record in caplog.records] == [
        "the disk is full; pages probed from now on are not captured"
    ]
    assert not job.stop
    assert 0 < len(captures(job)) < len(urls)
    assert {status for status, _ in captures(job).values()} == {"captured"}
    assert list(check_archive(local_archive(job))) == []


def test_no_room_to_buffer_a_page_is_no_failure_of_its_capture(
    job: Job, another_job: OpenJob, caplog: pytest.LogCaptureFixture
) -> None:
    web = RecordingWeb({})
    web.override = lambda _: FetchResponse(
        status=200,
        headers={"content-type": "text/plain"},
        body=LONG.encode(),
        not_recorded="no-room",
    )
    cite_unchecked(job, URL, "https://b.example/1")
    with caplog.at_level(logging.WARNING):
        assert set(probe(job, web).values()) == {Verdict.ALIVE}
    assert len(caplog.records) == 1
    assert "cannot be buffered" in caplog.records[0].message
    assert captures(job) == {}
    other = another_job(**SETTINGS)
    capture(other, web)
    assert other.stop.outcome is RunOutcome.FAILED
    assert "free some space and run again" in other.stop.detail
    assert {status for status, _ in captures(job).values()} == {"requested"}, (
        "they are captured anew"
    )


def test_an_archive_locked_by_another_process_does_not_prevent_probing(
    job: Job, caplog: pytest.LogCaptureFixture
) -> None:
    cite_unchecked(job, URL)
    with open_archive_writer(local_archive(job)), caplog.at_level(logging.WARNING):
        assert probe(job, RecordingWeb({URL: html()})) == {URL: Verdict.ALIVE}
    assert "another process writes to the archive" in caplog.text
    assert captures(job) == {}


def test_requisites_wait_for_the_archive_and_fail_no_job(
    job: Job, another_job: OpenJob, caplog: pytest.LogCaptureFixture
) -> None:
    web = RecordingWeb(
        {URL: html('<img src="/a.png">'), "https://a.example/a.png": (200, {}, b"png")}
    )
    cite_unchecked(job, URL)
    probe(job, web)

    async def emit(item: object) -> None:
        assert isinstance(item, CaptureItem)
        store_capture(job, item)

    with open_archive_writer(local_archive(job)), caplog.at_level(logging.WARNING):
        asyncio.run(complete_captures(job, fetch=web, emit=emit))
    assert "another process writes to the archive" in caplog.text
    assert (job.stop.outcome, captures(job)) == (None, {URL: ("pending", "")})
    with pytest.MonkeyPatch.context() as full:
        full.setattr(LocalArchiveWriter, "_append", disk_full)
        asyncio.run(complete_captures(job, fetch=web, emit=emit))
    assert "the disk is full" in caplog.text
    assert (job.stop.outcome, captures(job)) == (None, {URL: ("pending", "")})
    job.stop.request(RunOutcome.INTERRUPTED)
    asyncio.run(complete_captures(job, fetch=web, emit=emit))
    assert captures(job) == {URL: ("pending", "")}, "a page that was not completed stays pending"
    job = another_job(**SETTINGS)
    asyncio.run(complete_captures(job, fetch=web, emit=emit))
    assert captures(job) == {URL: ("captured", "")}
    assert web.urls.count(URL) == 1
    assert list(check_archive(local_archive(job))) == []


def disk_full(_: LocalArchiveWriter, _data: bytes) -> tuple[str, int]:
    raise LocalArchiveError("the disk is full")


def test_a_page_that_cannot_be_read_now_stays_pending(
    job: Job, another_job: OpenJob, caplog: pytest.LogCaptureFixture
) -> None:
    web = RecordingWeb(
        {URL: html('<img src="/a.png">'), "https://a.example/a.png": (200, {}, b"png")}
    )
    cite_unchecked(job, URL)
    probe(job, web)
    warc = local_archive(job).warc_files()[0].name

    def fail(_: object) -> BinaryIO:
        raise OSError(errno.EIO, "Input/output error")

    with pytest.MonkeyPatch.context() as broken, caplog.at_level(logging.WARNING):
        broken.setattr("crawler.local_archive.layout.open_regular_file", fail)
        complete(another_job(**SETTINGS), web)
    assert captures(job) == {URL: ("pending", "")}
    assert f"{URL} is completed in a later run: its record is in {warc}" in caplog.text
    complete(another_job(**SETTINGS), web)
    assert captures(job) == {URL: ("captured", "")}
    assert web.urls.count(URL) == 1


@pytest.mark.parametrize("limited_by", ["scope", "hosts", "ids"])
def test_only_pages_of_the_links_that_the_job_works_on_are_completed(
    job: Job, another_job: OpenJob, limited_by: str
) -> None:
    other = "https://b.example/1"
    web = RecordingWeb(
        {
            URL: html('<img src="/a.png">'),
            "https://a.example/a.png": (200, {}, b"png"),
            other: html('<img src="/b.png">'),
            "https://b.example/b.png": (200, {}, b"png"),
        }
    )
    cite_unchecked(job, URL, other)
    probe(job, web)
    job = another_job(**SETTINGS)
    with job.database.read() as connection:
        ids = tuple(connection.scalars(select(LinkRow.id).where(LinkRow.url == URL)))
    if limited_by == "scope":
        job.scope = Scope(link_ids=ids)
    elif limited_by == "hosts":
        job.due_filter = DueFilter(now=job.clock(), hosts=("a.example",))
    else:
        job.due_filter = DueFilter(now=job.clock(), ids=ids)
    complete(job, web)
    assert captures(job) == {URL: ("captured", ""), other: ("pending", "")}


def complete(job: Job, web: FakeWeb) -> None:
    """Capture the requisites of the pages that probes captured."""

    async def emit(item: object) -> None:
        assert isinstance(item, CaptureItem)
        store_capture(job, item)

    asyncio.run(complete_captures(job, fetch=web, emit=emit))


def test_a_page_that_is_damaged_before_it_is_completed_is_captured_again(
    job: Job, another_job: OpenJob, clock: Clock
) -> None:
    web = RecordingWeb(
        {URL: html('<img src="/a.png">'), "https://a.example/a.png": (200, {}, b"png")}
    )
    cite_unchecked(job, URL)
    probe(job, web)
    entry = local_archive(job).find(URL, f"{job.clock():%Y%m%d%H%M%S}")
    warc = local_archive(job).warc_files()[0]
    damaged = bytearray(warc.read_bytes())
    damaged[entry.offset + entry.length // 2] ^= 0xFF
    warc.write_bytes(damaged)
    capture(another_job(**SETTINGS), web)
    assert captures(job) == {URL: ("failed", "damaged")}
    clock.pass_by(timedelta(days=1))
    capture(another_job(**SETTINGS), web)
    with job.database.read() as connection:
        assert sorted(connection.execute(select(CaptureRow.status)).scalars()) == [
            "failed",
            "verified",
        ]


def test_cancelling_a_write_does_not_release_the_archive_early(
    job: Job,
) -> None:
    """A thread goes on although its task was cancelled."""
    writing, max_writing = 0, 0
    original_write = LocalArchiveWriter.write

    def write_slowly(archive: LocalArchiveWriter, each: HttpExchange) -> object:
        nonlocal writing, max_writing
        writing += 1
        max_writing = max(max_writing, writing)
        for _ in range(20_000):
            pass
        try:
            return original_write(archive, each)
        finally:
            writing -= 1

    async def work() -> None:
        async with open_batch_writer(job) as writer:
            with pytest.MonkeyPatch.context() as patched:
                patched.setattr(LocalArchiveWriter, "write", write_slowly)
                tasks = [
                    asyncio.create_task(
                        writer.write([exchange(f"http://a.example/{number}", b"x" * number)])
                    )
                    for number in range(40)
                ]
                await asyncio.sleep(0.001)
                for task in tasks[::2]:
                    task.cancel()
                    await asyncio.sleep(0)
                await asyncio.gather(*tasks, return_exceptions=True)
        with pytest.raises(LocalArchiveError, match="closed"):
            await writer.write([exchange("http://a.example/late")])

    asyncio.run(work())
    assert max_writing == 1
    assert list(check_archive(local_archive(job))) == []
