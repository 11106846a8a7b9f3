"""Test which copies are due after an archive failed while their parts were checked."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from crawler.archives import parse_mirror
from crawler.http.fetch import FetchRequest, FetchResponse
from crawler.items import PartsItem
from crawler.jobs.job import Job
from crawler.page_parts import check_due_copies, store_parts
from crawler.page_parts import job as module
from crawler.page_parts.job import DueCopies
from crawler.scan.wiki_scan import register_urls
from store.schema.models import MirrorRow
from store.vocabulary import MirrorOrigin, PageEvidence
from store.work.links import MirrorRecord
from store.work.page_parts import PartsTask
from tests.integration.crawler.conftest import OpenJob

CAPTURED = "20190401120000"
DOWN = FetchResponse(status=503, headers={"content-type": "text/html"})


def add_copy(job: Job, number: int) -> PartsTask:
    """Store a copy of a page with three images, and return the task of checking them."""
    url = f"http://a.example/{number}"
    mirror = f"https://web.archive.org/web/{CAPTURED}/{url}"
    address = parse_mirror(mirror)
    assert address
    (link_id,) = register_urls(job, [url])
    with job.database.write() as connection:
        record = MirrorRecord(
            url=mirror, address=address, original_id=link_id, origin=MirrorOrigin.CITED
        )
        mirror_id = job.link_registry(connection).mirror_ids([record])[mirror]
    return PartsTask(
        mirror_id=mirror_id,
        url=mirror,
        service="wayback",
        timestamp=CAPTURED,
        captured_at=datetime(2019, 4, 1, 12, tzinfo=UTC),
        page=PageEvidence(images=tuple(f"{url}/{name}.png" for name in "abc")),
    )


def test_copies_that_an_unavailable_archive_left_do_not_displace_others(
    another_job: OpenJob, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = another_job(hosts={"*": {"interval": 0, "retry_wait": 0}})
    tasks = tuple(add_copy(job, number) for number in range(3))
    requested: list[str] = []

    async def fetch(request: FetchRequest) -> FetchResponse:
        async with request.permit:
            requested.append(request.url)
            return DOWN

    async def emit(item: object) -> None:
        assert isinstance(item, PartsItem)
        store_parts(job, item)

    monkeypatch.setattr(module, "due_copies", lambda *_, **__: DueCopies(with_parts=tasks))
    asyncio.run(check_due_copies(job, fetch=fetch, emit=emit, limit=9))
    assert {url.rpartition("/")[0].rpartition("/")[2] for url in requested} == {"0"}
    with job.database.read() as connection:
        due = connection.scalars(select(MirrorRow.parts_due_at).order_by(MirrorRow.id)).all()
    waits = [at - job.clock() for at in due if at]
    assert waits == [timedelta(days=7), timedelta(hours=20), timedelta(hours=20)]
