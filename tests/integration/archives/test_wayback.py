"""Test the client with the fake archive, and the faults of waybackpy listed in docs/archives.md."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from urllib.parse import parse_qs, urlsplit

import pytest
import waybackpy
from aiohttp import web
from waybackpy.exceptions import WaybackError

from crawler.archive_clients.wayback import WaybackClient
from crawler.demo.archive_cdx import cdx_response
from crawler.demo.archive_data import StoredSnapshot
from crawler.demo.archive_faults import (
    CUT_SHORT,
    EMPTY,
    ERROR_PAGE,
    EXCLUDED,
    OVERLOADED,
    TOO_MANY_REQUESTS,
    SimulatedFault,
    rate_limited,
)
from crawler.demo.web import closed_port
from store.vocabulary import CaptureStatus, LookupOutcome, RetryWhen
from tests.integration.archives.clients import USER_AGENT, client_of
from tests.web.archive import RunningWayback

PAGE = "https://news.example.org/2021/Ferry?id=Ab"
READ = datetime(2021, 8, 5, 12, 0, tzinfo=UTC)


def stored(timestamp: str, *, original: str = PAGE, **changes: object) -> StoredSnapshot:
    return replace(StoredSnapshot(original=original, timestamp=timestamp), **changes)  # type: ignore[arg-type]


def queries(archive: RunningWayback) -> list[dict[str, list[str]]]:
    """Return the options of the queries that the index received."""
    return [parse_qs(urlsplit(request.target).query) for request in archive.requests_of("cdx")]


# --- captured redirects


def test_redirects_of_exactly_the_url_are_listed_newest_first(
    archive: RunningWayback, client: WaybackClient
) -> None:
    archive.snapshots += [
        stored("20190101000000"),
        stored("20200101000000", status=301, body=b"old"),
        stored("20200601000000", status=302, body=b"new"),
        stored("20200701000000", status=301, body=b"old"),
        stored("20200801000000", status=301, original=PAGE.lower(), body=b"of another page"),
        stored("20210101000000", status=404, body=b"gone"),
    ]
    listing = client.redirects(PAGE)
    assert listing.outcome is LookupOutcome.FOUND
    assert [(snapshot.url[28:42], snapshot.status) for snapshot in listing.snapshots] == [
        ("20200701000000", 301),
        ("20200601000000", 302),
        ("20200101000000", 301),
    ]


def test_one_redirect_of_each_neighbour_is_listed(
    archive: RunningWayback, client: WaybackClient
) -> None:
    folder = "https://news.example.org/2021/05"
    archive.snapshots += [
        stored("20200101000000", status=301, original=f"{folder}/one.html"),
        stored("20200201000000", status=301, original=f"{folder}/one.html"),
        stored("20200101000000", status=302, original=f"{folder}/two.html"),
        stored("20200101000000", original=f"{folder}/three.html"),
        stored("20200101000000", status=301, original=f"{folder}/asked.html"),
        stored(
            "20200101000000", status=301, original="https://news.example.org/2021/06/other.html"
        ),
    ]
    listing = client.redirects(f"{folder}/asked.html", of_neighbours=True)
    assert [(snapshot.original, snapshot.url[28:34]) for snapshot in listing.snapshots] == [
        (f"{folder}/two.html", "202001"),
        (f"{folder}/one.html", "202001"),  # the index collapses rows to the first of each
    ]
    (query,) = queries(archive)
    assert (query["matchType"], query["collapse"]) == (["prefix"], ["urlkey"])
    assert (
        client.redirects("https://news.example.org/page.html", of_neighbours=True).outcome
        is LookupOutcome.NONE
    )  # the whole site would be its neighbours
    assert len(queries(archive)) == 1


def test_a_neighbour_that_cannot_be_read_does_not_hide_other_redirects(
    archive: RunningWayback, client: WaybackClient
) -> None:
    folder = "https://news.example.org/2021/05"
    rows = [
        ["k", "20200101000000", f"{folder}/one.html", "text/html", "301", "D", "9"],
        ["k2", "20200101000000", "https://news.example.org:x/", "text/html", "301", "D", "9"],
    ]
    header = ["urlkey", "timestamp", "original", "mimetype", "statuscode", "digest", "length"]
    archive.faults["cdx"] = SimulatedFault(status=200, body=json.dumps([header, *rows]))
    listing = client.redirects(f"{folder}/asked.html", of_neighbours=True)
    assert [snapshot.original for snapshot in listing.snapshots] == [f"{folder}/one.html"]


def test_no_redirect_and_no_response_have_different_outcomes(
    archive: RunningWayback, client: WaybackClient
) -> None:
    archive.snapshots.append(stored("20190101000000"))
    assert client.redirects(PAGE).outcome is LookupOutcome.NONE
    archive.faults["cdx"] = rate_limited(90)
    listing = client.redirects(PAGE)
    assert listing.outcome is LookupOutcome.UNKNOWN
    assert listing.retry_after == pytest.approx(90, abs=1)
    archive.faults["cdx"] = EXCLUDED
    assert client.redirects(PAGE).outcome is LookupOutcome.EXCLUDED


# --- lookups


@pytest.mark.parametrize(
    ("timestamps", "chosen"),
    [
        (["20140101000000", "20210901000000"], "20210901000000"),
        (["20210804000000", "20210901000000"], "20210804000000"),
        (["20210901000000", "20220901000000"], "20210901000000"),
        (["20200804000000"], "20200804000000"),
    ],
)
def test_the_closest_snapshot_may_be_earlier_or_later(
    archive: RunningWayback, client: WaybackClient, timestamps: list[str], chosen: str
) -> None:
    archive.snapshots += [stored(timestamp) for timestamp in timestamps]
    snapshot = client.nearest(PAGE, READ, prefer_earlier=False).snapshot
    assert snapshot is not None
    assert snapshot.url[28:42] == chosen


@pytest.mark.parametrize(
    ("timestamps", "chosen"),
    [
        (
            ["20210101000000", "20210804000000", "20210806000000"],
            "20210804000000",
        ),  # earlier, although a later one is as near
        (["20210805120000", "20210805120001"], "20210805120000"),  # exactly the time
        (["20010101000000", "20210805120001"], "20010101000000"),  # earlier, at any distance
        (
            ["20210805120001", "20220101000000"],
            "20210805120001",
        ),  # none earlier: the oldest later one
    ],
)
def test_the_newest_snapshot_before_is_found_or_else_the_oldest_after(
    archive: RunningWayback, client: WaybackClient, timestamps: list[str], chosen: str
) -> None:
    archive.snapshots += [stored(timestamp) for timestamp in timestamps]
    lookup = client.nearest(PAGE, READ)
    assert lookup.outcome is LookupOutcome.FOUND
    assert lookup.snapshot is not None
    assert lookup.snapshot.url == f"https://web.archive.org/web/{chosen}/{PAGE}"
    assert lookup.snapshot.captured_at == datetime.strptime(chosen, "%Y%m%d%H%M%S").replace(
        tzinfo=UTC
    )
    assert (
        lookup.snapshot.service,
        lookup.snapshot.original,
        lookup.snapshot.status,
        lookup.snapshot.mimetype,
    ) == (
        "wayback",
        PAGE,
        200,
        "text/html",
    )
    assert lookup.snapshot.digest == archive.snapshots[0].digest


def test_a_page_without_snapshots_takes_two_queries(
    archive: RunningWayback, client: WaybackClient
) -> None:
    assert client.nearest(PAGE, READ).outcome is LookupOutcome.NONE
    before, after = queries(archive)
    assert (before["to"], before["limit"], "from" in before) == (["20210805120000"], ["-1"], False)
    assert (after["from"], after["limit"], "to" in after) == (["20210805120000"], ["1"], False)
    assert {request.headers["User-Agent"] for request in archive.requests} == {USER_AGENT}


def test_scheme_www_and_slash_do_not_matter(archive: RunningWayback, client: WaybackClient) -> None:
    archive.snapshots.append(stored("20210101000000", original="http://www.example.org/a/"))
    snapshot = client.nearest("https://example.org/a#part", READ).snapshot
    assert snapshot is not None
    assert snapshot.url == "https://web.archive.org/web/20210101000000/http://www.example.org/a/"


def test_a_url_in_another_letter_case_is_another_page(
    archive: RunningWayback, client: WaybackClient
) -> None:
    archive.snapshots += [stored("20210804000000", original=PAGE.lower()), stored("20210101000000")]
    snapshot = client.nearest(PAGE, READ).snapshot
    assert snapshot is not None
    assert (snapshot.original, snapshot.captured_at.month) == (PAGE, 1)
    assert len(queries(archive)) == 2  # the second query requests more rows
    nothing = client.nearest(PAGE.upper().replace("HTTPS", "https"), READ)
    assert (nothing.outcome, nothing.snapshot, nothing.detail) == (
        LookupOutcome.NONE,
        None,
        "recorded under other spellings only",
    )


def test_with_too_many_rows_of_other_spellings_the_outcome_is_unknown(
    archive: RunningWayback, client: WaybackClient
) -> None:
    archive.snapshots += [
        stored(f"202101010000{second:02}{minute:02}"[:14], original=PAGE.lower())
        for minute in range(2)
        for second in range(60)
    ]
    assert client.nearest(PAGE, READ).outcome is LookupOutcome.UNKNOWN


@pytest.mark.parametrize("status", [404, 301, 302, 403, 500, 503])
def test_captures_of_errors_are_not_copies(
    archive: RunningWayback, client: WaybackClient, status: int
) -> None:
    archive.snapshots.append(stored("20210804000000", status=status))
    assert client.nearest(PAGE, READ).outcome is LookupOutcome.NONE
    archive.snapshots.append(stored("20200101000000", status=206))
    snapshot = client.nearest(PAGE, READ).snapshot
    assert snapshot is not None
    assert (snapshot.status, snapshot.captured_at.year) == (206, 2020)


def test_a_revisit_of_a_known_row_is_usable(archive: RunningWayback, client: WaybackClient) -> None:
    archive.snapshots += [
        stored("20200101000000", status=203, mimetype="text/plain"),
        stored("20210804000000", revisit=True),
    ]
    snapshot = client.nearest(PAGE, READ).snapshot
    assert snapshot is not None
    assert (snapshot.captured_at.year, snapshot.status, snapshot.mimetype) == (
        2021,
        203,
        "text/plain",
    )


def test_a_revisit_of_an_error_is_skipped(archive: RunningWayback, client: WaybackClient) -> None:
    missing = b"<title>404</title>"
    archive.snapshots += [
        stored("20190101000000"),
        stored("20200101000000", status=404, body=missing),
        stored("20210804000000", status=404, body=missing, revisit=True),
    ]
    snapshot = client.nearest(PAGE, READ).snapshot
    assert snapshot is not None
    assert snapshot.captured_at.year == 2019


def test_iris_are_requested_as_browsers_do(archive: RunningWayback, client: WaybackClient) -> None:
    archive.snapshots.append(
        stored("20210101000000", original="https://www.example.org/即時中國/656539/東京")
    )
    snapshot = client.nearest("https://www.example.org/即時中國/656539/東京", READ).snapshot
    assert snapshot is not None
    assert snapshot.original.startswith("https://www.example.org/%E5%8D%B3")


def test_urls_that_cannot_be_requested_are_not_looked_up(
    archive: RunningWayback, client: WaybackClient
) -> None:
    assert client.nearest("http://", READ).outcome is LookupOutcome.UNKNOWN
    assert (client.save("http://").status, client.save("http://").retry) == (
        CaptureStatus.FAILED,
        RetryWhen.NEVER,
    )
    assert archive.requests == []


# --- an unusable response never means "no snapshot"

UNUSABLE_RESPONSES = {
    "429": TOO_MANY_REQUESTS,
    "429 with Retry-After": rate_limited(7),
    "503": OVERLOADED,
    "503 with Retry-After": replace(OVERLOADED, headers={"Retry-After": "9"}),
    "520": SimulatedFault(status=520, body="error"),
    "short body": SimulatedFault(status=502, body="x"),
    "error page": ERROR_PAGE,
    "empty": EMPTY,
    "cut short": CUT_SHORT,
    "an object": SimulatedFault(status=200, mimetype="application/json", body="{}"),
    "null": SimulatedFault(status=200, mimetype="application/json", body="null"),
    "text instead of JSON": SimulatedFault(
        status=200,
        mimetype="text/plain",
        body="org,example)/ 20210101000000 https://example.org/ text/html 200 AAAA 1\n",
    ),
    "other fields": SimulatedFault(status=200, mimetype="application/json", body='[["a"],["b"]]'),
    "a row too short": SimulatedFault(
        status=200,
        mimetype="application/json",
        body='[["urlkey","timestamp","original","mimetype","statuscode","digest","length"],["org,example)/","20210101000000"]]',
    ),
    "no time": SimulatedFault(
        status=200,
        mimetype="application/json",
        body='[["urlkey","timestamp","original","mimetype","statuscode","digest","length"],["o","2021-01-01","u","text/html","200","A","1"]]',
    ),
    "numbers": SimulatedFault(
        status=200,
        mimetype="application/json",
        body='[["urlkey","timestamp","original","mimetype","statuscode","digest","length"],["o",20210101000000,"u","text/html",200,"A",1]]',
    ),
    "brackets without end": SimulatedFault(
        status=200, mimetype="application/json", body="[" * 200_000
    ),
}


@pytest.mark.parametrize("fault", UNUSABLE_RESPONSES.values(), ids=UNUSABLE_RESPONSES.keys())
def test_an_unparsable_response_is_an_unknown_outcome(
    archive: RunningWayback, client: WaybackClient, fault: SimulatedFault
) -> None:
    archive.faults["cdx"] = fault
    lookup = client.nearest(PAGE, READ)
    assert (lookup.outcome, lookup.snapshot) == (LookupOutcome.UNKNOWN, None)
    assert lookup.detail
    assert len(archive.requests_of("cdx")) == 1


@pytest.mark.parametrize(
    ("fault", "seconds"),
    [
        (TOO_MANY_REQUESTS, 60.0),
        (rate_limited(7), 7.0),
        (replace(OVERLOADED, headers={"Retry-After": "9"}), 9.0),
        (OVERLOADED, None),
    ],
)
def test_a_requested_pause_is_returned_and_no_other_api_is_used(
    archive: RunningWayback, client: WaybackClient, fault: SimulatedFault, seconds: float | None
) -> None:
    archive.faults["cdx"] = fault
    assert client.nearest(PAGE, READ).retry_after == seconds
    assert len(archive.requests_of("available")) == (
        1 if seconds is None else 0
    )  # during a pause, the other API is not used either


def test_a_pause_until_a_date_is_returned_in_seconds(
    archive: RunningWayback, client: WaybackClient
) -> None:
    archive.faults["cdx"] = replace(
        TOO_MANY_REQUESTS, headers={"Retry-After": "Fri, 01 Jan 2100 00:00:00 GMT"}
    )
    assert (client.nearest(PAGE, READ).retry_after or 0) > 3600


def test_an_excluded_url_has_its_own_outcome(
    archive: RunningWayback, client: WaybackClient
) -> None:
    archive.faults["cdx"] = EXCLUDED
    lookup = client.nearest(PAGE, READ)
    assert (lookup.outcome, lookup.retry_after) == (LookupOutcome.EXCLUDED, None)
    assert "Blocked Site Error" in lookup.detail
    archive.faults["cdx"] = replace(
        EXCLUDED, headers={}, body=EXCLUDED.body.replace("Administrative", "Robot")
    )
    assert client.nearest(PAGE, READ).outcome is LookupOutcome.EXCLUDED
    archive.faults["cdx"] = SimulatedFault(status=403, body="no")
    assert client.nearest(PAGE, READ).outcome is LookupOutcome.UNKNOWN


def test_a_page_about_exclusions_is_not_excluded(
    archive: RunningWayback, client: WaybackClient
) -> None:
    about = "https://example.org/Blocked Site Error"
    archive.snapshots.append(stored("20210101000000", original=about))
    assert client.nearest(about, READ).outcome is LookupOutcome.FOUND


def test_if_only_the_second_query_fails_the_outcome_is_unknown(
    archive: RunningWayback, client: WaybackClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """If only the query for later snapshots fails, the result is unknown, not "no snapshot"."""

    def fail_after(query_string: str, snapshots: Iterable[StoredSnapshot]) -> web.Response:
        if "from=" in query_string:
            raise ValueError("overloaded")
        return cdx_response(query_string, snapshots)

    monkeypatch.setattr("crawler.demo.archive.cdx_response", fail_after)
    assert client.nearest(PAGE, READ).outcome is LookupOutcome.UNKNOWN


def test_a_silent_archive_is_a_timeout(archive: RunningWayback) -> None:
    archive.faults["cdx"] = archive.faults["save"] = SimulatedFault(delay=30)
    with closing(client_of(archive.endpoint, timeout=0.2)) as client:
        lookup, capture = client.nearest(PAGE, READ), client.save(PAGE)
    assert lookup.outcome is LookupOutcome.UNKNOWN
    assert "timed out" in lookup.detail
    # the request was sent: a capture may be made
    assert (capture.status, capture.code, capture.retry) == (
        CaptureStatus.REQUESTED,
        "no-answer",
        RetryWhen.LATER,
    )


def test_an_unreachable_archive_is_an_unknown_outcome() -> None:
    with closed_port() as address, closing(client_of(f"http://{address}")) as client:
        assert client.nearest(PAGE, READ).outcome is LookupOutcome.UNKNOWN
        capture = client.save(PAGE)
    assert (capture.status, capture.code, capture.retry) == (
        CaptureStatus.FAILED,
        "unreachable",
        RetryWhen.LATER,
    )


@contextmanager
def raw_server(*pieces: bytes, apart: float = 0.0) -> Iterator[str]:
    """Start a server that sends these pieces to each client, with pauses, and disconnects."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            while True:
                try:
                    connection, _ = listening.accept()
                except OSError:
                    return
                with connection:
                    connection.recv(65_536)
                    try:
                        for piece in pieces:
                            connection.sendall(piece)
                            time.sleep(apart)
                    except OSError:
                        continue

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield "http://{}:{}".format(*listening.getsockname())
        finally:
            listening.shutdown(socket.SHUT_RDWR)
            listening.close()
            thread.join()


@pytest.mark.parametrize(
    "pieces",
    [
        (b"",),
        (b"not HTTP at all\r\n\r\n",),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n[]",),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n[]",),
        (b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 2\r\n\r\n[]",),
        (b"HTTP/1.1 200 OK\r\n\r\n", *[b" " * 100_000] * 50),
    ],
    ids=["hangs up", "no HTTP", "cut short", "cut chunk", "no gzip", "without end"],
)
def test_broken_responses_are_an_unknown_outcome(pieces: tuple[bytes, ...]) -> None:
    with raw_server(*pieces) as url, closing(client_of(url)) as client:
        assert client.nearest(PAGE, READ).outcome is LookupOutcome.UNKNOWN
        assert client.save(PAGE).status is CaptureStatus.REQUESTED


def test_a_trickling_response_is_abandoned() -> None:
    with (
        raw_server(b"HTTP/1.1 200 OK\r\n\r\n", *[b" "] * 40, apart=0.05) as url,
        closing(client_of(url, timeout=0.3)) as client,
    ):
        assert "timed out" in client.nearest(PAGE, READ).detail


# --- the availability API


def test_the_availability_api_is_used_if_the_index_does_not_respond(
    archive: RunningWayback, client: WaybackClient
) -> None:
    archive.snapshots += [stored("20210804000000"), stored("20220101000000")]
    archive.faults["cdx"] = OVERLOADED
    lookup = client.nearest(PAGE, READ)
    assert lookup.outcome is LookupOutcome.FOUND
    assert lookup.snapshot is not None
    assert (lookup.snapshot.url, lookup.snapshot.status) == (
        f"https://web.archive.org/web/20210804000000/{PAGE}",
        200,
    )
    (request,) = archive.requests_of("available")
    assert parse_qs(urlsplit(request.target).query)["timestamp"] == [
        "20210805120000"
    ]  # the complete time


@pytest.mark.parametrize(
    "fault",
    [
        TOO_MANY_REQUESTS,
        OVERLOADED,
        ERROR_PAGE,
        EMPTY,
        CUT_SHORT,
        EXCLUDED,
        SimulatedFault(status=200, body='{"archived_snapshots": []}'),
    ],
)
def test_without_a_response_of_the_availability_api_the_outcome_is_unknown(
    archive: RunningWayback, client: WaybackClient, fault: SimulatedFault
) -> None:
    archive.faults |= {"cdx": OVERLOADED, "available": fault}
    lookup = client.nearest(PAGE, READ)
    assert (lookup.outcome, lookup.retry_after) == (
        LookupOutcome.UNKNOWN,
        60.0 if fault is TOO_MANY_REQUESTS else None,
    )
    assert len(archive.requests_of("available")) == 1


def test_none_or_another_page_of_the_availability_api_leaves_the_outcome_unknown(
    archive: RunningWayback, client: WaybackClient
) -> None:
    archive.faults["cdx"] = OVERLOADED
    assert client.nearest(PAGE, READ).outcome is LookupOutcome.UNKNOWN
    archive.snapshots.append(stored("20210804000000", original=PAGE.lower()))
    assert client.nearest(PAGE, READ).outcome is LookupOutcome.UNKNOWN
    archive.faults["available"] = SimulatedFault(
        status=200,
        mimetype="application/json",
        body=f'{{"archived_snapshots": {{"closest": {{"status": "200", "url": "http://web.archive.org/web/20211399/{PAGE}"}}}}}}',
    )
    assert client.nearest(PAGE, READ).outcome is LookupOutcome.UNKNOWN


# --- captures


def test_a_capture_is_one_request(archive: RunningWayback, client: WaybackClient) -> None:
    result = client.save(f"{PAGE}#part")
    assert result.status is CaptureStatus.CAPTURED
    assert result.snapshot is not None
    (captured,) = archive.snapshots
    assert result.snapshot.url == f"https://web.archive.org/web/{captured.timestamp}/{PAGE}"
    assert [(request.kind, request.target) for request in archive.requests] == [
        ("save", f"/save/{PAGE}")
    ]


@pytest.mark.parametrize(
    "headers",
    [
        {"Content-Location": f"/web/20260101000000/{PAGE}"},
        {
            "Link": f'<{PAGE}>; rel="original", <https://web.archive.org/web/20260101000000/{PAGE}>; rel="memento"; datetime="Thu, 01 Jan 2026 00:00:00 GMT", '
            f'<https://web.archive.org/web/20261122000000/{PAGE}>; rel="last memento"; datetime="Sun, 22 Nov 2026 00:00:00 GMT"'
        },
    ],
    ids=["Content-Location", "Link"],
)
@pytest.mark.parametrize("status", [200, 404])
def test_the_new_memento_is_read_from_the_headers(
    archive: RunningWayback, client: WaybackClient, headers: dict[str, str], status: int
) -> None:
    archive.faults["save"] = SimulatedFault(
        status=status, headers=headers, body="<title>the page itself</title>"
    )
    result = client.save(PAGE)
    assert result.status is CaptureStatus.CAPTURED
    assert result.snapshot is not None
    assert result.snapshot.captured_at == datetime(2026, 1, 1, tzinfo=UTC)
    assert len(archive.requests_of("save")) == 1


@pytest.mark.parametrize(
    ("fault", "outcome"),
    [
        (TOO_MANY_REQUESTS, ("rate-limited", RetryWhen.SOON, 60.0)),
        (rate_limited(7), ("rate-limited", RetryWhen.SOON, 7.0)),
        (OVERLOADED, ("http-503", RetryWhen.SOON, None)),
        (
            SimulatedFault(status=509, body="session limit"),
            ("user-session-limit", RetryWhen.SOON, None),
        ),
        (ERROR_PAGE, ("no-snapshot", RetryWhen.LATER, None)),
        (EMPTY, ("no-answer", RetryWhen.LATER, None)),
        (EXCLUDED, ("excluded", RetryWhen.NEVER, None)),
        (
            SimulatedFault(status=302, headers={"Location": "/save/again"}),
            ("no-answer", RetryWhen.LATER, None),
        ),
        (
            replace(TOO_MANY_REQUESTS, body="<p>You cannot make more than 200 captures per day."),
            ("daily-limit", RetryWhen.TOMORROW, 60.0),
        ),
    ],
)
def test_a_refused_capture_is_requested_once(
    archive: RunningWayback,
    client: WaybackClient,
    fault: SimulatedFault,
    outcome: tuple[str, RetryWhen, float | None],
) -> None:
    archive.faults["save"] = fault
    result = client.save(PAGE)
    # After a response that is not understood there may be a capture: the index is searched first.
    status = CaptureStatus.REQUESTED if outcome[0] == "no-answer" else CaptureStatus.FAILED
    assert (result.status, result.snapshot) == (status, None)
    assert (result.code, result.retry, result.retry_after) == outcome
    assert len(archive.requests) == 1


def test_a_memento_with_an_impossible_time_leaves_the_capture_requested(
    archive: RunningWayback, client: WaybackClient
) -> None:
    archive.faults["save"] = SimulatedFault(
        status=200, headers={"Content-Location": f"/web/20261399000000/{PAGE}"}
    )
    result = client.save(PAGE)
    assert (result.status, result.snapshot) == (CaptureStatus.REQUESTED, None)


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("https://refuses.example.org/", "cannot-fetch"),
        ("https://example.org/missing", "no-snapshot"),
    ],
)
def test_a_page_that_the_archive_cannot_fetch_is_a_failed_capture(
    client: WaybackClient, url: str, code: str
) -> None:
    result = client.save(url)
    assert (result.status, result.code) == (CaptureStatus.FAILED, code)
    assert "Job failed" in result.detail


def test_the_neighbours_of_a_front_page_are_not_those_of_other_hosts(
    archive: RunningWayback, client: WaybackClient
) -> None:
    archive.snapshots.append(stored("20210101000000", original="https://news.exhibition.example/"))
    assert client.neighbours("https://news.example.org/").snapshots == ()
    assert queries(archive) == []


# --- lookups since a time


def test_since_finds_a_capture_of_an_unchanged_page(
    archive: RunningWayback, client: WaybackClient
) -> None:
    """The index has a revisit record of it, whose content is that of an earlier capture."""
    archive.snapshots += [
        stored("20190101000000", status=404, body=b"not found"),
        stored("20200101000000", body=b"first"),
        stored("20220101000000", status=404, body=b"not found", revisit=True),
        stored("20220201000000", body=b"first", revisit=True),
        stored("20220301000000", body=b"first", revisit=True),
    ]
    snapshot = client.oldest_since(PAGE, READ).snapshot
    assert snapshot is not None
    assert (snapshot.captured_at.month, snapshot.status) == (2, 200)


def test_since_finds_no_capture_if_only_errors_are_repeated(
    archive: RunningWayback, client: WaybackClient
) -> None:
    archive.snapshots += [
        stored("20190101000000", status=404, body=b"not found"),
        stored("20220101000000", status=404, body=b"not found", revisit=True),
    ]
    assert client.oldest_since(PAGE, READ).outcome is LookupOutcome.NONE


def test_since_returns_the_oldest_snapshot_after_the_moment(
    archive: RunningWayback, client: WaybackClient
) -> None:
    archive.snapshots += [
        stored("20210804000000"),
        stored("20210805120001"),
        stored("20220101000000"),
    ]
    snapshot = client.oldest_since(PAGE, READ).snapshot
    assert snapshot is not None
    assert snapshot.captured_at == datetime(2021, 8, 5, 12, 0, 1, tzinfo=UTC)
    assert client.oldest_since(PAGE, datetime(2022, 1, 2, tzinfo=UTC)).outcome is LookupOutcome.NONE


@pytest.mark.parametrize(
    ("fault", "outcome"),
    [
        (CUT_SHORT, "unknown"),
        (ERROR_PAGE, "unknown"),
        (OVERLOADED, "unknown"),
        (EXCLUDED, "excluded"),
    ],
)
def test_an_error_in_a_lookup_since_a_time_is_not_none(
    archive: RunningWayback, client: WaybackClient, fault: SimulatedFault, outcome: str
) -> None:
    archive.faults["cdx"] = fault
    assert client.oldest_since(PAGE, READ).outcome is LookupOutcome(outcome)
    assert archive.requests_of("available") == []  # it cannot search from a time on


# --- faults of waybackpy itself; these tests fail once they are corrected


def test_waybackpy_itself_mistakes_an_overload_for_no_snapshot(archive: RunningWayback) -> None:
    query = waybackpy.WaybackMachineCDXServerAPI(PAGE)
    query.endpoint = f"{archive.endpoint}/cdx/search/cdx"
    archive.faults["cdx"] = SimulatedFault(status=503, body="overloaded")
    assert list(query.snapshots()) == []


def test_waybackpy_itself_fails_on_a_space_in_a_url(
    archive: RunningWayback, client: WaybackClient
) -> None:
    spaced = "https://example.org/two words"
    archive.snapshots.append(stored("20210101000000", original=spaced))
    query = waybackpy.WaybackMachineCDXServerAPI(spaced)
    query.endpoint = f"{archive.endpoint}/cdx/search/cdx"
    with pytest.raises(WaybackError, match="9 properties"):
        list(query.snapshots())
    snapshot = client.nearest(spaced, READ).snapshot
    assert snapshot is not None
    assert (snapshot.original, snapshot.url) == (
        spaced,
        "https://web.archive.org/web/20210101000000/https://example.org/two%20words",
    )
