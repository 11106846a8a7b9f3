"""Test mirrors that were probed since their last review, and the captures that made them."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from store.schema.models import CaptureRow, CitationRow, LinkRow, MirrorRow
from store.vocabulary import (
    CaptureResult,
    CaptureStatus,
    MirrorAddress,
    MirrorAssessment,
    MirrorQuality,
    OriginalSource,
    Reason,
    Role,
    Snapshot,
)
from store.work.archives.capture_results import record_capture
from store.work.archives.captures import due_captures, mark_requested, queue_captures
from store.work.archives.mirror_corrections import (
    link_citations_to_originals,
    record_original,
    schedule_probe,
)
from store.work.archives.mirror_reviews import MirrorReview, mirrors_to_review, record_review
from tests.integration.store.stored_history import DAY, HOUR, START, StoredHistory

URL = "http://x.example/a"
CITED = f"https://web.archive.org/web/20210805110426/{URL}"
CAPTURE = f"https://web.archive.org/web/20260302030000/{URL}"


def to_review(stored_history: StoredHistory) -> list[MirrorReview]:
    with stored_history.database.read() as connection:
        return list(mirrors_to_review(connection))


def decide(stored_history: StoredHistory, quality: MirrorQuality | None, flaw: str = "") -> None:
    """Store this assessment of every mirror that is to be reviewed."""
    with stored_history.database.write() as connection:
        for review in mirrors_to_review(connection):
            record_review(
                connection,
                review,
                MirrorAssessment(quality=quality, flaw=flaw) if quality else None,
                at=review.checked_at,
            )


def rows(stored_history: StoredHistory, model: Any) -> list[Any]:
    with stored_history.database.read() as connection:
        return list(connection.execute(select(*model.__table__.columns).order_by(model.id)))


@pytest.fixture
def with_capture(stored_history: StoredHistory) -> StoredHistory:
    """Store a living link and a requested capture of it that was not probed yet."""
    run = stored_history.run(START, pages={"a.md": f"[x]({URL})"}, answers={URL: Reason.OK})
    with stored_history.database.write() as connection:
        queue_captures(
            connection, [stored_history.link_id(URL)], service="wayback", run_id=run, at=START
        )
        (task,) = due_captures(connection, "wayback", now=START, limit=9)
        mark_requested(connection, task.capture_id, at=START)
        snapshot = Snapshot(service="wayback", url=CAPTURE, original=URL, captured_at=START)
        captured = CaptureResult(status=CaptureStatus.CAPTURED, snapshot=snapshot)
        record_capture(
            connection,
            stored_history.link_registry(connection, run, START),
            task,
            captured,
            at=START,
            next_try_at=START + HOUR,
        )
    return stored_history


def test_mirror_is_reviewed_once_for_each_probe(stored_history: StoredHistory) -> None:
    stored_history.run(START, pages={"a.md": f"[x]({URL}) [copy]({CITED})"})
    assert to_review(stored_history) == []  # never probed
    stored_history.run(START + HOUR, answers={CITED: Reason.OK})
    (review,) = to_review(stored_history)
    assert (
        review.url,
        review.original,
        review.captured_by_us,
        review.capture_finished_at,
        review.mirror_page,
    ) == (
        CITED,
        URL,
        False,
        None,
        None,
    )
    decide(stored_history, MirrorQuality.FAITHFUL)
    assert to_review(stored_history) == []
    stored_history.run(START + DAY, answers={CITED: Reason.NOT_FOUND})
    (review,) = to_review(stored_history)
    assert review.reason is Reason.NOT_FOUND
    decide(stored_history, None)
    assert to_review(stored_history) == []
    assert (
        rows(stored_history, MirrorRow)[0].quality is MirrorQuality.FAITHFUL
    )  # an inconclusive review changes nothing


@pytest.mark.parametrize(
    ("quality", "status"),
    [
        (MirrorQuality.FAITHFUL, CaptureStatus.VERIFIED),
        (MirrorQuality.UNUSABLE, CaptureStatus.UNUSABLE),
        (MirrorQuality.UNVERIFIED, CaptureStatus.CAPTURED),
        (None, CaptureStatus.CAPTURED),
    ],
)
def test_a_capture_gets_the_status_that_the_review_of_its_mirror_shows(
    with_capture: StoredHistory, quality: MirrorQuality | None, status: CaptureStatus
) -> None:
    with_capture.run(START + HOUR, answers={CAPTURE: Reason.OK})
    (review,) = to_review(with_capture)
    assert (review.captured_by_us, review.capture_finished_at) == (True, START)
    decide(with_capture, quality, "why")
    (capture,) = rows(with_capture, CaptureRow)
    assert (capture.status, capture.detail) == (
        status,
        "why" if status is CaptureStatus.UNUSABLE else "",
    )


def test_the_next_probe_of_a_mirror_can_be_scheduled(with_capture: StoredHistory) -> None:
    with_capture.run(START + HOUR, answers={CAPTURE: Reason.NOT_FOUND})
    (review,) = to_review(with_capture)
    with with_capture.database.write() as connection:
        schedule_probe(connection, review, at=START + DAY)
        assert (
            connection.execute(
                select(LinkRow.next_probe_at).where(LinkRow.id == review.link_id)
            ).scalar_one()
            == START + DAY
        )


def test_an_original_reported_by_an_archive_survives_later_scans(
    stored_history: StoredHistory,
) -> None:
    short = "https://archive.ph/78efA"
    stored_history.run(START, pages={"a.md": f"[copy]({short})"}, answers={short: Reason.OK})
    (review,) = to_review(stored_history)
    address = MirrorAddress(service="archive.today", timestamp="20210301120000", original=URL)
    with stored_history.database.write() as connection:
        record_original(
            connection, stored_history.link_registry(connection, 1, START), review, address
        )
        link_citations_to_originals(connection)
    (mirror,) = rows(stored_history, MirrorRow)
    link_id = stored_history.link_id(URL)
    assert (mirror.original_id, mirror.original_source, mirror.timestamp, mirror.captured_at) == (
        *(link_id, "lookup", "20210301120000"),
        address.captured_at,
    )
    assert [row.link_id for row in rows(stored_history, CitationRow)] == [link_id]
    with stored_history.database.read() as connection:
        assert connection.execute(
            select(LinkRow.role, LinkRow.next_probe_at).where(LinkRow.id == link_id)
        ).one() == (Role.LINK, START)
    stored_history.run(START + DAY, pages={"a.md": f"More. [copy]({short})"})
    with stored_history.database.write() as connection:
        link_citations_to_originals(connection)
    assert [row.link_id for row in rows(stored_history, CitationRow)] == [link_id]


def test_the_original_that_an_archive_reports_replaces_the_link_next_to_a_mirror(
    stored_history: StoredHistory,
) -> None:
    short, other = "https://archive.ph/78efA", "http://b.example/news/9"
    page = f"[text]({URL}) ([archive]({short}))"
    stored_history.run(START, pages={"a.md": page}, answers={URL: Reason.OK, short: Reason.OK})
    (review,) = to_review(stored_history)
    assert (review.original, review.original_source) == (URL, OriginalSource.NEIGHBOUR)
    address = MirrorAddress(service="archive.today", timestamp="20210301120000", original=other)
    with stored_history.database.write() as connection:
        registry = stored_history.link_registry(connection, 1, START)
        record_original(connection, registry, review, address)

    def cited() -> list[int | None]:
        return [row.link_id for row in rows(stored_history, CitationRow)]

    (mirror,) = rows(stored_history, MirrorRow)
    link_ids = [stored_history.link_id(URL), stored_history.link_id(other)]
    assert (mirror.original_id, mirror.original_source) == (link_ids[1], OriginalSource.LOOKUP)
    assert cited() == link_ids
    stored_history.run(START + DAY, pages={"a.md": f"More. {page}"})
    assert cited() == link_ids
