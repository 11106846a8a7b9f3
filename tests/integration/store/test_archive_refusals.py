"""Test the reasons why public archives may not copy a page, on both databases."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

import pytest
from sqlalchemy import insert, update

from store.schema.models import HostRow, LinkRow, LookupRow, MirrorRow
from store.vocabulary import (
    NOT_LOOKED_UP,
    ArchiveRefusal,
    CaptureResult,
    CaptureStatus,
    LookupOutcome,
    MirrorQuality,
    Reason,
    RefusalKind,
    RetryWhen,
)
from store.work.archives.archive_refusals import archive_refusals
from store.work.archives.capture_results import record_capture
from store.work.archives.captures import due_captures, mark_requested, queue_captures
from tests.integration.store.stored_history import DAY, START, StoredHistory

URL, OTHER, ELSEWHERE = "http://x.example/a", "http://x.example/b", "http://y.example/a"
COPY = f"https://web.archive.org/web/20260310110426/{OTHER}"  # after START
LATER = START + 30 * DAY


def refusals(stored_history: StoredHistory, *, days: int = 30) -> Mapping[str, ArchiveRefusal]:
    urls = {stored_history.link_id(url): url for url in (URL, OTHER, ELSEWHERE)}
    with stored_history.database.read() as connection:
        found = archive_refusals(connection, now=START + days * DAY)
    return {urls[link_id]: refusal for link_id, refusal in found.items()}


@pytest.fixture(autouse=True)
def wiki(stored_history: StoredHistory) -> None:
    page = f"[x]({URL}) [y]({OTHER}) [z]({ELSEWHERE})"
    stored_history.run(
        START, pages={"a.md": page}, answers=dict.fromkeys((URL, OTHER, ELSEWHERE), Reason.OK)
    )


def capture_fails(stored_history: StoredHistory, code: str, url: str = URL) -> None:
    with stored_history.database.write() as connection:
        queue_captures(
            connection, [stored_history.link_id(url)], service="wayback", run_id=1, at=START
        )
        (task,) = due_captures(connection, "wayback", now=START, limit=9)
        mark_requested(connection, task.capture_id, at=START)
        result = CaptureResult(status=CaptureStatus.FAILED, code=code, retry=RetryWhen.NEVER)
        registry = stored_history.link_registry(connection, 1, START)
        record_capture(connection, registry, task, result, at=START, next_try_at=None)


def refused_by_service(code: str) -> ArchiveRefusal:
    return ArchiveRefusal(kind=RefusalKind.SERVICE, detail=f"wayback: {code}")


@pytest.mark.parametrize(
    ("code", "refused"),
    [
        ("blocked", [URL, OTHER]),
        ("robots-txt", [URL, OTHER]),
        ("excluded", [URL, OTHER]),
        ("blocked-url", [URL, OTHER]),
        ("no-access", [URL]),
        ("unauthorized", [URL]),
        ("not-found", []),  # may be a wall, but also a page that is gone
        ("blocked-client-ip", []),  # the archive blocks our address, not the site
        ("celery", []),
    ],
)
def test_a_refusal_counts_for_the_whole_site_or_the_page_alone_by_its_code(
    stored_history: StoredHistory, code: str, refused: list[str]
) -> None:
    capture_fails(stored_history, code)
    assert refusals(stored_history) == {url: refused_by_service(code) for url in refused}


def test_later_copy_of_any_page_ends_the_refusal_of_its_site(stored_history: StoredHistory) -> None:
    capture_fails(stored_history, "blocked")
    capture_fails(stored_history, "no-access", ELSEWHERE)
    page = f"[x]({URL}) [y]({OTHER}) [z]({ELSEWHERE}) [copy]({COPY})"
    stored_history.run(START + DAY, pages={"a.md": page}, answers={COPY: Reason.OK})
    assert refusals(stored_history) == {ELSEWHERE: refused_by_service("no-access")}
    with stored_history.database.write() as connection:
        connection.execute(update(MirrorRow).values(quality=MirrorQuality.UNUSABLE))
    assert set(refusals(stored_history)) == {URL, OTHER, ELSEWHERE}


def test_robots_txt_that_was_not_read_for_two_months_is_forgotten(
    stored_history: StoredHistory,
) -> None:
    with stored_history.database.write() as connection:
        connection.execute(
            update(LinkRow).where(LinkRow.url == URL).values(refused_robot="ia_archiver")
        )
        connection.execute(update(LinkRow).where(LinkRow.url == OTHER).values(refused_robot=""))
        connection.execute(update(HostRow).values(robots_read_at=START))
    wanted = {URL: ArchiveRefusal(kind=RefusalKind.ROBOTS, detail="ia_archiver")}
    assert refusals(stored_history, days=59) == wanted
    assert refusals(stored_history, days=61) == {}


def test_a_broken_link_has_no_refusal(stored_history: StoredHistory) -> None:
    capture_fails(stored_history, "blocked")
    for day in range(1, 9):
        stored_history.run(START + day * DAY, answers={URL: Reason.NOT_FOUND})
    assert set(refusals(stored_history)) == {OTHER}


def test_walls_and_exclusions_count_and_robots_txt_comes_first(
    stored_history: StoredHistory,
) -> None:
    answers = {URL: Reason.LOGIN_WALL, OTHER: Reason.PAYWALL}
    stored_history.run(START + timedelta(days=1), answers=answers)
    with stored_history.database.write() as connection:
        connection.execute(
            insert(LookupRow).values(
                link_id=stored_history.link_id(ELSEWHERE),
                service="wayback",
                run_id=1,
                requested_at=START,
                outcome=LookupOutcome.EXCLUDED,
                detail="",
                next_lookup_at=LATER,
            )
        )
    assert refusals(stored_history) == {
        URL: ArchiveRefusal(kind=RefusalKind.LOGIN),
        OTHER: ArchiveRefusal(kind=RefusalKind.PAYWALL),
        ELSEWHERE: ArchiveRefusal(kind=RefusalKind.EXCLUDED, detail="wayback"),
    }
    with stored_history.database.write() as connection:
        connection.execute(
            update(LinkRow).where(LinkRow.url.in_([URL, ELSEWHERE])).values(refused_robot="*")
        )
        connection.execute(update(HostRow).values(robots_read_at=START))
    by_robots = ArchiveRefusal(kind=RefusalKind.ROBOTS, detail="*")
    assert refusals(stored_history) == {
        URL: by_robots,
        OTHER: ArchiveRefusal(kind=RefusalKind.PAYWALL),
        ELSEWHERE: by_robots,
    }


def test_a_url_without_a_lookup_is_not_excluded(stored_history: StoredHistory) -> None:
    with stored_history.database.write() as connection:
        connection.execute(
            insert(LookupRow).values(
                link_id=stored_history.link_id(URL),
                service="wayback",
                run_id=1,
                requested_at=START,
                outcome=LookupOutcome.EXCLUDED,
                detail=NOT_LOOKED_UP,
                next_lookup_at=LATER,
            )
        )
    assert refusals(stored_history) == {}
