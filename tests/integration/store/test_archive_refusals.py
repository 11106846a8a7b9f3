"""What keeps public archives from a page, read from all that is stored, on both databases."""

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
from store.work.archive_refusals import archive_refusals
from store.work.captures import due_captures, mark_requested, queue_captures, record_capture
from tests.integration.store.diary import DAY, START, Diary

URL, OTHER, ELSEWHERE = "http://x.example/a", "http://x.example/b", "http://y.example/a"
COPY = f"https://web.archive.org/web/20260310110426/{OTHER}"  # after START
LATER = START + 30 * DAY


def refusals(diary: Diary, *, days: int = 30) -> Mapping[str, ArchiveRefusal]:
    urls = {diary.link_id(url): url for url in (URL, OTHER, ELSEWHERE)}
    with diary.database.read() as connection:
        found = archive_refusals(connection, now=START + days * DAY)
    return {urls[link_id]: refusal for link_id, refusal in found.items()}


@pytest.fixture(autouse=True)
def wiki(diary: Diary) -> None:
    page = f"[x]({URL}) [y]({OTHER}) [z]({ELSEWHERE})"
    diary.run(
        START, pages={"a.md": page}, answers=dict.fromkeys((URL, OTHER, ELSEWHERE), Reason.OK)
    )


def capture_fails(diary: Diary, code: str, url: str = URL) -> None:
    with diary.database.write() as connection:
        queue_captures(connection, [diary.link_id(url)], service="wayback", run_id=1, at=START)
        (task,) = due_captures(connection, "wayback", now=START, limit=9)
        mark_requested(connection, task.capture_id, at=START)
        result = CaptureResult(status=CaptureStatus.FAILED, code=code, retry=RetryWhen.NEVER)
        book = diary.book(connection, 1, START)
        record_capture(connection, book, task, result, at=START, next_try_at=None)


def service(code: str) -> ArchiveRefusal:
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
        ("not-found", []),  # walls say that, too, but so do pages that are gone
        ("blocked-client-ip", []),  # our own address
        ("celery", []),
    ],
)
def test_refusals_are_of_the_site_or_of_the_page(
    diary: Diary, code: str, refused: list[str]
) -> None:
    capture_fails(diary, code)
    assert refusals(diary) == {url: service(code) for url in refused}


def test_later_copy_of_any_page_ends_the_refusal_of_its_site(diary: Diary) -> None:
    capture_fails(diary, "blocked")
    capture_fails(diary, "no-access", ELSEWHERE)
    page = f"[x]({URL}) [y]({OTHER}) [z]({ELSEWHERE}) [copy]({COPY})"
    diary.run(START + DAY, pages={"a.md": page}, answers={COPY: Reason.OK})
    assert refusals(diary) == {ELSEWHERE: service("no-access")}
    with diary.database.write() as connection:
        connection.execute(update(MirrorRow).values(quality=MirrorQuality.UNUSABLE))
    assert set(refusals(diary)) == {URL, OTHER, ELSEWHERE}


def test_robots_txt_that_was_not_read_for_two_months_is_forgotten(diary: Diary) -> None:
    with diary.database.write() as connection:
        connection.execute(
            update(LinkRow).where(LinkRow.url == URL).values(refused_robot="ia_archiver")
        )
        connection.execute(update(LinkRow).where(LinkRow.url == OTHER).values(refused_robot=""))
        connection.execute(update(HostRow).values(robots_read_at=START))
    wanted = {URL: ArchiveRefusal(kind=RefusalKind.ROBOTS, detail="ia_archiver")}
    assert refusals(diary, days=59) == wanted
    assert refusals(diary, days=61) == {}


def test_page_that_is_broken_is_nobodys_to_copy(diary: Diary) -> None:
    capture_fails(diary, "blocked")
    for day in range(1, 9):
        diary.run(START + day * DAY, answers={URL: Reason.NOT_FOUND})
    assert set(refusals(diary)) == {OTHER}


def test_walls_and_exclusions_count_and_robots_txt_comes_first(diary: Diary) -> None:
    answers = {URL: Reason.LOGIN_WALL, OTHER: Reason.PAYWALL}
    diary.run(START + timedelta(days=1), answers=answers)
    with diary.database.write() as connection:
        connection.execute(
            insert(LookupRow).values(
                link_id=diary.link_id(ELSEWHERE),
                service="wayback",
                run_id=1,
                requested_at=START,
                outcome=LookupOutcome.EXCLUDED,
                detail="",
                next_lookup_at=LATER,
            )
        )
    assert refusals(diary) == {
        URL: ArchiveRefusal(kind=RefusalKind.LOGIN),
        OTHER: ArchiveRefusal(kind=RefusalKind.PAYWALL),
        ELSEWHERE: ArchiveRefusal(kind=RefusalKind.EXCLUDED, detail="wayback"),
    }
    with diary.database.write() as connection:
        connection.execute(
            update(LinkRow).where(LinkRow.url.in_([URL, ELSEWHERE])).values(refused_robot="*")
        )
        connection.execute(update(HostRow).values(robots_read_at=START))
    by_robots = ArchiveRefusal(kind=RefusalKind.ROBOTS, detail="*")
    assert refusals(diary) == {
        URL: by_robots,
        OTHER: ArchiveRefusal(kind=RefusalKind.PAYWALL),
        ELSEWHERE: by_robots,
    }


def test_url_that_no_archive_was_asked_for_is_not_excluded(diary: Diary) -> None:
    with diary.database.write() as connection:
        connection.execute(
            insert(LookupRow).values(
                link_id=diary.link_id(URL),
                service="wayback",
                run_id=1,
                requested_at=START,
                outcome=LookupOutcome.EXCLUDED,
                detail=NOT_LOOKED_UP,
                next_lookup_at=LATER,
            )
        )
    assert refusals(diary) == {}
