"""Test which refusals archives met, and which links have a single copy."""

from __future__ import annotations

import pytest
from sqlalchemy import update

from store.queries.archives import archive_observations, single_copies
from store.schema.models import MirrorRow
from store.vocabulary import (
    CaptureResult,
    CaptureStatus,
    MirrorQuality,
    Reason,
    RetryWhen,
    State,
    TrackedState,
)
from store.work.archives.archive_context import ArchiveContext
from store.work.archives.capture_results import record_capture
from store.work.archives.captures import due_captures, mark_requested, queue_captures
from tests.integration.store.stored_history import DAY, HOUR, START, StoredHistory

URL, OTHER = "http://x.example/a", "http://x.example/b"
WAYBACK = f"https://web.archive.org/web/20210805110426/{URL}"
TODAY = f"https://archive.ph/20210805110426/{URL}"


def store_failed_capture(stored_history: StoredHistory, seen: Reason, *, days: int = 0) -> None:
    """Store that the archive failed to capture the link for this reason."""
    at = START + days * DAY
    with stored_history.database.write() as connection:
        queue_captures(
            connection, [stored_history.link_id(URL)], service="wayback", run_id=1, at=at
        )
        (task,) = due_captures(connection, "wayback", now=at, limit=9)
        mark_requested(connection, task.capture_id, at=at)
        response = CaptureResult(
            status=CaptureStatus.FAILED, code=str(seen), retry=RetryWhen.NEVER, observed_reason=seen
        )
        record_capture(
            connection,
            stored_history.link_registry(connection, 1, at),
            task,
            response,
            at=at,
            next_try_at=None,
        )


def test_the_last_observation_of_an_archive_is_reported_beside_our_verdict(
    stored_history: StoredHistory,
) -> None:
    stored_history.run(
        START,
        pages={"a.md": f"[x]({URL}) [y]({OTHER})"},
        answers={URL: Reason.OK, OTHER: Reason.OK},
    )
    store_failed_capture(stored_history, Reason.NOT_FOUND)
    store_failed_capture(stored_history, Reason.FORBIDDEN, days=1)
    with stored_history.database.read() as connection:
        (found,) = archive_observations(connection, wiki="")
    assert (found.url, found.service, found.observed_reason, found.at, found.state) == (
        URL,
        "wayback",
        Reason.FORBIDDEN,
        START + DAY,
        State.ALIVE,
    )


@pytest.mark.parametrize(
    ("seen", "known"),
    [(Reason.NOT_FOUND, False), (Reason.DOMAIN_NOT_FOUND, False), (Reason.FORBIDDEN, None)],
    ids=str,
)
def test_a_failed_capture_confirms_a_fault_that_may_be_our_own(
    stored_history: StoredHistory, seen: Reason, known: bool | None
) -> None:
    stored_history.run(START, pages={"a.md": f"[x]({URL})"}, answers={URL: Reason.OK})
    store_failed_capture(stored_history, seen, days=1)
    link_id = stored_history.link_id(URL)
    with stored_history.database.read() as connection:
        around = ArchiveContext(connection, failing=[link_id], mirrors=[])
    before, after = (
        TrackedState(first_failed_at=START + DAY - HOUR),
        TrackedState(first_failed_at=START + DAY + HOUR),
    )
    assert around.circumstances_of(link_id, before).archived_since_failure is known
    assert around.circumstances_of(link_id, after).archived_since_failure is None


def test_links_with_a_single_copy_are_listed_less_trusted_services_first(
    stored_history: StoredHistory,
) -> None:
    lone = f"https://web.archive.org/web/20210805110426/{OTHER}"
    page = f"[x]({URL}) [copy]({WAYBACK}) [copy]({TODAY}) [y]({OTHER}) [copy]({lone})"
    stored_history.run(
        START,
        pages={"a.md": page},
        answers=dict.fromkeys((URL, OTHER, WAYBACK, TODAY, lone), Reason.OK),
    )

    def links_with_one_copy() -> list[tuple[str, str, bool]]:
        with stored_history.database.read() as connection:
            return [
                (copy.url, copy.mirror, copy.less_trusted)
                for copy in single_copies(connection, wiki="", less_trusted=("archive.today",))
            ]

    assert links_with_one_copy() == [(OTHER, lone, False)]
    with stored_history.database.write() as connection:
        connection.execute(
            update(MirrorRow)
            .where(MirrorRow.link_id == stored_history.link_id(WAYBACK))
            .values(quality=MirrorQuality.UNUSABLE)
        )
    assert links_with_one_copy() == [(URL, TODAY, True), (OTHER, lone, False)]


@pytest.mark.parametrize(
    ("blocked", "seen", "known"),
    [
        (OTHER, Reason.NOT_FOUND, None),
        (OTHER, Reason.DOMAIN_NOT_FOUND, False),
        (URL, Reason.NOT_FOUND, None),
        ("http://elsewhere.example/a", Reason.NOT_FOUND, False),
    ],
)
def test_a_404_recorded_by_an_archive_proves_nothing_if_the_host_refuses_programs(
    stored_history: StoredHistory, blocked: str, seen: Reason, known: bool | None
) -> None:
    answers = {URL: Reason.OK} | {blocked: Reason.CHALLENGE}
    stored_history.run(START, pages={"a.md": f"[x]({URL}) [y]({blocked})"}, answers=answers)
    stored_history.run(START + HOUR, answers={blocked: Reason.OK})  # it did, if not any more
    store_failed_capture(stored_history, seen, days=1)
    link_id = stored_history.link_id(URL)
    with stored_history.database.read() as connection:
        around = ArchiveContext(connection, failing=[link_id], mirrors=[])
    failing = TrackedState(first_failed_at=START + DAY - HOUR)
    assert around.circumstances_of(link_id, failing).archived_since_failure is known
