"""Test what an earlier response shows, and the requests to archives."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import pytest

from crawler.config.archives import WaybackConfig
from crawler.http.fetch import FetchResponse
from crawler.jobs.stop_signal import StopSignal
from crawler.page_parts.requests import MAX_REQUESTS, PartFinder, reusable_result
from crawler.probing.target import PageRead, ProbeTarget
from crawler.reading import PoliteReader
from store.vocabulary import PageEvidence, Probe, ProbeRequest, Role
from store.work.page_parts import ArchivedPart, PartsFound, PartsTask

AT = datetime(2021, 8, 5, tzinfo=UTC)
DAY = timedelta(days=1)
STAMP = {"memento-datetime": "Thu, 05 Aug 2021 00:00:00 GMT"}
LOGO = "http://a.example/logo.png"
IMAGES = tuple(f"http://a.example/{number}.png" for number in range(9))


def part(*, is_there: bool, captured: timedelta | None, url: str = LOGO) -> ArchivedPart:
    captured_at = None if captured is None else AT + captured
    return ArchivedPart(
        url=url, is_there=is_there, captured_at=captured_at, target_time=AT, checked_at=AT
    )


@pytest.mark.parametrize(
    ("known", "days", "is_known"),
    [
        (None, 0, False),
        (part(is_there=True, captured=3 * DAY), 0, True),
        (part(is_there=True, captured=3 * DAY), 300, True),  # near that date, too
        (part(is_there=True, captured=3 * DAY), 400, False),
        (part(is_there=False, captured=None), 300, True),  # not captured
        (part(is_there=False, captured=None), 400, False),
        (part(is_there=False, captured=500 * DAY), 20, True),
        (part(is_there=False, captured=500 * DAY), 450, False),  # then it may be near
    ],
)
def test_a_known_part_is_reused_until_it_expires(
    known: ArchivedPart | None, days: int, is_known: bool
) -> None:
    assert reusable_result(known, AT + days * DAY) == (known if is_known else None)


class Archive:
    """Returns responses by a function of method and original, and records requests."""

    def __init__(self, answer: Callable[[str, str], FetchResponse | None]) -> None:
        self.asked: list[tuple[str, str]] = []
        self._answer = answer

    async def read(self, target: ProbeTarget) -> PageRead | None:
        method = "GET" if target.get else "HEAD"
        url = target.fetch_url or ""
        original = url.split("_/", 1)[-1]
        self.asked.append((method, original))
        response = self._answer(method, original)
        if response is None:
            return None
        request = ProbeRequest(
            method=method,
            url=url,
            at=AT,
            elapsed_ms=1,
            status=response.status,
            headers=dict(response.headers),
        )
        probe = Probe(url=url, role=Role.MIRROR, started_at=AT, finished_at=AT, requests=(request,))
        return PageRead(probe=probe, response=response)


def find(
    archive: Archive, *images: str, known: dict[str, ArchivedPart] | None = None
) -> PartsFound:
    finder = PartFinder(cast("PoliteReader", archive), WaybackConfig(), lambda: AT)
    task = PartsTask(
        mirror_id=1,
        url="https://web.archive.org/web/20210805000000/http://a.example/page",
        service="wayback",
        timestamp="20210805000000",
        captured_at=AT,
        page=PageEvidence(images=images),
    )
    return asyncio.run(finder.find(task, known or {}, stop=StopSignal()))


def served(status: int = 200, **more: Any) -> FetchResponse:
    return FetchResponse(status=status, headers=STAMP, **more)


def test_a_part_that_is_there_takes_one_request() -> None:
    archive = Archive(lambda _method, _url: served())
    found = find(archive, *IMAGES)
    assert (len(found.known), found.missing, found.unknown) == (9, 0, 0)
    assert sorted(archive.asked) == sorted(("HEAD", url) for url in IMAGES)


def test_a_head_alone_makes_no_part_a_lost_one() -> None:
    archive = Archive(lambda method, _url: served() if method == "GET" else served(404))
    found = find(archive, *IMAGES)
    assert (len(found.known), found.missing) == (9, 0)


def test_known_parts_are_not_requested() -> None:
    archive = Archive(lambda _method, _url: served())
    lost = part(is_there=False, captured=None)
    found = find(archive, LOGO, IMAGES[0], known={LOGO: lost})
    assert archive.asked == [("HEAD", IMAGES[0])]
    assert (found.missing, len(found.known), len(found.new)) == (1, 2, 1)


@pytest.mark.parametrize(("page", "missing", "unknown"), [(200, 9, 0), (404, 0, 9), (503, 0, 9)])
def test_if_all_parts_are_missing_the_copy_itself_is_requested(
    page: int, missing: int, unknown: int
) -> None:
    def answer(_method: str, url: str) -> FetchResponse:
        if url.endswith("/page"):
            return served() if page == 200 else FetchResponse(status=page)
        return FetchResponse(status=404)

    found = find(Archive(answer), *IMAGES)
    assert (found.missing, found.unknown) == (missing, unknown)


@pytest.mark.parametrize(
    ("body", "missing"),
    [(b"<!doctype html><p>gone", 1), (b"", 1), (b"\x89PNG\r\n", 0), (b"<svg xmlns='x'>", 0)],
)
def test_an_image_called_a_web_page_is_looked_at(body: bytes, missing: int) -> None:
    def answer(_method: str, url: str) -> FetchResponse:
        is_first = url == IMAGES[0]
        kind = {"content-type": "text/html"} if is_first else {"content-type": "image/png"}
        return FetchResponse(status=200, headers={**STAMP, **kind}, body=body)

    assert find(Archive(answer), *IMAGES[:2]).missing == missing


def test_redirects_without_end_are_bounded_and_show_nothing() -> None:
    def answer(_method: str, url: str) -> FetchResponse:
        location = f"/web/20210805000000im_/{url}x"
        return FetchResponse(status=302, headers={"location": location})

    archive = Archive(answer)
    found = find(archive, *IMAGES)
    assert (found.known, found.unknown) == ((), 9)
    assert len(archive.asked) <= MAX_REQUESTS


def test_after_no_answer_the_archive_is_left_alone() -> None:
    archive = Archive(lambda _method, _url: None)
    assert find(archive, *IMAGES).unknown == 9
    assert len(archive.asked) == 1
