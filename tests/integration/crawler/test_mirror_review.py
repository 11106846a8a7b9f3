"""Test what the review of a mirror makes due."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from crawler.archives import parse_mirror
from crawler.jobs.job import Job
from crawler.preservation import mirror_review as module
from crawler.preservation.mirror_review import review_mirrors
from crawler.scan.wiki_scan import register_urls
from store.schema.models import LinkRow, LookupRow, MirrorRow
from store.vocabulary import (
    LookupOutcome,
    LookupResult,
    MirrorAssessment,
    MirrorOrigin,
    MirrorQuality,
    Reason,
    Snapshot,
    Verdict,
)
from store.work.archives.lookups import LookupTask, record_lookup
from store.work.archives.mirror_reviews import MirrorReview
from store.work.links import MirrorRecord
from tests.integration.crawler.conftest import OpenJob

URL = "http://a.example/x"
NAMED, SHOWN = (f"https://web.archive.org/web/{stamp}/{URL}" for stamp in ("20190401", "20200401"))


@pytest.mark.parametrize("is_known", [True, False])
def test_an_unusable_mirror_that_shows_a_known_capture_has_its_lookup_repeated(
    another_job: OpenJob, monkeypatch: pytest.MonkeyPatch, is_known: bool
) -> None:
    job = another_job()
    (link_id,) = register_urls(job, [URL])
    mirror_id = add_mirror(job, link_id, NAMED)
    if is_known:
        add_mirror(job, link_id, SHOWN)
    shown = shown_snapshot()
    now = job.clock()
    with job.database.write() as connection:
        record_lookup(
            connection,
            job.link_registry(connection),
            LookupTask(link_id=link_id, url=URL, target_time=now),
            LookupResult(outcome=LookupOutcome.FOUND),
            service="wayback",
            run_id=job.run_id,
            at=now,
            next_lookup_at=now + timedelta(days=90),
        )
    reviews = iter([[review_of(job, mirror_id)], []])
    monkeypatch.setattr(module, "mirrors_to_review", lambda *_, **__: next(reviews))
    unusable = MirrorAssessment(quality=MirrorQuality.UNUSABLE, flaw="another capture is shown")
    monkeypatch.setattr(module, "assess_mirror", lambda _: unusable)
    monkeypatch.setattr(module, "shown_snapshot", lambda _: shown)
    assert review_mirrors(job) == 1
    with job.database.read() as connection:
        due_at = connection.scalar(select(LookupRow.next_lookup_at))
        count = len(connection.scalars(select(MirrorRow.id)).all())
    assert due_at == (now if is_known else now + timedelta(days=90))
    assert count == 2


def add_mirror(job: Job, link_id: int, url: str) -> int:
    """Store a mirror of a link, and return its id."""
    address = parse_mirror(url)
    assert address
    record = MirrorRecord(url=url, address=address, original_id=link_id, origin=MirrorOrigin.FOUND)
    with job.database.write() as connection:
        return job.link_registry(connection).mirror_ids([record])[url]


def shown_snapshot() -> Snapshot:
    """Return the snapshot of the mirror `SHOWN`."""
    address = parse_mirror(SHOWN)
    assert address
    assert address.captured_at
    return Snapshot(service="wayback", url=SHOWN, original=URL, captured_at=address.captured_at)


def review_of(job: Job, mirror_id: int) -> MirrorReview:
    """Return the review of the mirror `NAMED`."""
    with job.database.read() as connection:
        link_id = connection.scalar(select(LinkRow.id).where(LinkRow.url == NAMED))
    assert link_id
    return MirrorReview(
        mirror_id=mirror_id,
        link_id=link_id,
        url=NAMED,
        original=URL,
        captured_at=None,
        verdict=Verdict.ALIVE,
        reason=Reason.OK,
        detail="",
        status_code=200,
        warnings=(),
        checked_at=job.clock(),
        captured_by_us=False,
        capture_finished_at=None,
    )
