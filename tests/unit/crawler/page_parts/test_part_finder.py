"""Test which stored results are reused, and the requests for parts."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import pytest

from crawler.config.archives import WaybackConfig
from crawler.http.fetch import FetchResponse
from crawler.jobs.stop_signal import StopSignal
from crawler.page_parts.part_finder import MAX_REQUESTS, PartFinder, reusable_result
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
    ("known", "days", "is_reused"),
    [
        (None, 0, False),
        (part(is_there=True, captured=3 * DAY), 0, True),
        (part(is_there=True, captured=3 * DAY), 300, True),  # within a year of the capture
        (part(is_there=True, captured=3 * DAY), 400, False),
        (part(is_there=False, captured=None), 300, True),  # not captured
        (part(is_there=False, captured=None), 400, False),
        (part(is_there=False, captured=500 * DAY), 20, True),
        (part(is_there=False, captured=500 * DAY), 450, False),  # the capture is near that time
    ],
)
def test_a_stored_result_is_reused_for_pages_near_in_time(
    known: ArchivedPart | None, days: int, is_reused: bool
) -> None:
    assert reusable_result(known, AT + days * DAY) == (known if is_reused else None)


class FakeReader:
    """Returns responses by a function of method and original, and records requests."""

    def __init__(self, respond: Callable[[str, str], FetchResponse | None]) -> None:
        self.requests: list[tuple[str, str]] = []
        self._respond = respond

    async def read(self, target: ProbeTarget) -> PageRead | None:
        method = "GET" if target.begin_with_get else "HEAD"
        url = target.fetch_url or ""
        original = url.split("_/", 1)[-1]
        self.requests.append((method, original))
        response = self._respond(method, original)
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
    reader: FakeReader, *images: str, known: dict[str, ArchivedPart] | None = None
) -> PartsFound:
    return find_with(finder_for(reader), *images, known=known)


def finder_for(reader: FakeReader) -> PartFinder:
    return PartFinder(cast("PoliteReader", reader), WaybackConfig(), lambda: AT)


def find_with(
    finder: PartFinder, *images: str, known: dict[str, ArchivedPart] | None = None
) -> PartsFound:
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
    reader = FakeReader(lambda _method, _url: served())
    found = find(reader, *IMAGES)
    assert (len(found.known), found.missing, found.unknown) == (9, 0, 0)
    assert sorted(reader.requests) == sorted(("HEAD", url) for url in IMAGES)


def test_a_missing_part_is_confirmed_by_get() -> None:
    reader = FakeReader(lambda method, _url: served() if method == "GET" else served(404))
    found = find(reader, *IMAGES)
    assert (len(found.known), found.missing) == (9, 0)


def test_known_parts_are_not_requested() -> None:
    reader = FakeReader(lambda _method, _url: served())
    missing_part = part(is_there=False, captured=None)
    found = find(reader, LOGO, IMAGES[0], known={LOGO: missing_part})
    assert reader.requests == [("HEAD", IMAGES[0])]
    assert (found.missing, len(found.known), len(found.new)) == (1, 2, 1)


@pytest.mark.parametrize(("page", "missing", "unknown"), [(200, 9, 0), (404, 0, 9), (503, 0, 9)])
def test_if_all_parts_are_missing_the_copy_itself_is_requested(
    page: int, missing: int, unknown: int
) -> None:
    def respond(_method: str, url: str) -> FetchResponse:
        if url.endswith("/page"):
            return served() if page == 200 else FetchResponse(status=page)
        return FetchResponse(status=404)

    found = find(FakeReader(respond), *IMAGES)
    assert (found.missing, found.unknown) == (missing, unknown)


@pytest.mark.parametrize(
    ("body", "missing"),
    [(b"<!doctype html><p>gone", 1), (b"", 1), (b"\x89PNG\r\n", 0), (b"<svg xmlns='x'>", 0)],
)
def test_an_image_with_the_type_of_html_is_judged_by_its_body(body: bytes, missing: int) -> None:
    def respond(_method: str, url: str) -> FetchResponse:
        is_first = url == IMAGES[0]
        kind = {"content-type": "text/html"} if is_first else {"content-type": "image/png"}
        return FetchResponse(status=200, headers={**STAMP, **kind}, body=body)

    assert find(FakeReader(respond), *IMAGES[:2]).missing == missing


def test_endless_redirects_are_bounded_and_leave_parts_unknown() -> None:
    def respond(_method: str, url: str) -> FetchResponse:
        location = f"/web/20210805000000im_/{url}x"
        return FetchResponse(status=302, headers={"location": location})

    reader = FakeReader(respond)
    found = find(reader, *IMAGES)
    assert (found.known, found.unknown) == ((), 9)
    assert len(reader.requests) <= MAX_REQUESTS


def test_without_a_response_no_further_part_is_requested() -> None:
    reader = FakeReader(lambda _method, _url: None)
    assert find(reader, *IMAGES).unknown == 9
    assert len(reader.requests) == 1


@pytest.mark.parametrize("count", [19, 20, 21, 60])
def test_a_copy_with_many_missing_parts_has_a_result(count: int) -> None:
    def respond(_method: str, url: str) -> FetchResponse:
        return served() if url.endswith("/page") else FetchResponse(status=404)

    reader = FakeReader(respond)
    found = find(reader, *(f"http://a.example/{number}.png" for number in range(count)))
    checked = min(count, MAX_REQUESTS // 2)  # HEAD and GET
    assert (found.missing, found.unknown) == (checked, count - checked)
    assert len(reader.requests) == 2 * checked + 1


@pytest.mark.parametrize("first", [served(), served(404)])
def test_a_copy_with_too_many_parts_does_not_end_the_checks_of_others(
    first: FetchResponse,
) -> None:
    large = tuple(f"http://a.example/large-{number}.png" for number in range(60))

    def respond(method: str, url: str) -> FetchResponse:
        if url == large[0]:
            return first if method == "HEAD" else served(404)  # an odd number of requests is left
        is_missing = "/large-" in url and len(reader.requests) % 2 == 0
        return served(404) if is_missing and method == "GET" else served()

    reader = FakeReader(respond)
    finder = finder_for(reader)
    assert find_with(finder, *large).unknown > 0
    assert not finder.is_archive_unavailable
    assert len(find_with(finder, *IMAGES).known) == len(IMAGES)
