"""Test that any response of an archive becomes a result, never an error, in bounded time."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from time import process_time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from requests.structures import CaseInsensitiveDict

from crawler.archive_clients.memento import MementoClient
from crawler.archive_clients.save_page_now import SavePageNowClient
from crawler.archive_clients.transport import ArchiveResponse, Transport
from crawler.archive_clients.wayback import WaybackClient
from crawler.archives.interface import NoUsableResponse
from crawler.archives.link_header import linked_mementos, memento_from_headers, parse_link_header
from crawler.archives.link_identity import identify
from crawler.archives.mirror_urls import parse_mirror
from store.schema.column_types import replace_unstorable
from store.vocabulary import CaptureStatus, LookupOutcome, Snapshot, parse_timestamp

ORIGINAL = "https://fuzz.example/a/b?c"
MOMENT = datetime(2021, 8, 5, tzinfo=UTC)
FIELDS = ["urlkey", "timestamp", "original", "mimetype", "statuscode", "digest", "length"]
HUGE = "9" * 5_000

TIMESTAMPS = st.sampled_from(
    [
        "20210101000000",
        "99991231235959",
        "00010101000000",
        "2021",
        "",
        HUGE,
        "２０２１０１０１００００００",
        "20211399000000",
        "\ud800",
    ]
)
ADDRESSES = st.sampled_from(
    [
        ORIGINAL,
        "http://[",
        "https://us[er@fuzz.example/a/b?c",
        "http://\u2100.com/",
        "https://fuzz.example/\ud800",
        "a\0b",
        "",
        "x" * 20_000,
        "/../x",
    ]
)
WORDS = st.one_of(
    st.text(max_size=20),
    TIMESTAMPS,
    ADDRESSES,
    st.sampled_from(["200", "301", "-", "404", HUGE, "pending", "success", "error", "fuzz"]),
)
SCALARS = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), WORDS, st.just(10**4_000))
ROWS = st.lists(
    st.tuples(
        WORDS,
        TIMESTAMPS,
        ADDRESSES,
        WORDS,
        st.sampled_from(["200", "301", "-", HUGE, "abc"]),
        WORDS,
        WORDS,
    ).map(list),
    max_size=5,
)
JOBS = st.fixed_dictionaries(
    {
        "job_id": st.just("fuzz") | SCALARS,
        "status": st.sampled_from(["success", "error", "pending", "ok"]) | SCALARS,
        "timestamp": TIMESTAMPS | SCALARS,
        "original_url": ADDRESSES | SCALARS,
        "status_ext": SCALARS,
        "message": SCALARS,
        "available": SCALARS,
        "daily_captures": SCALARS,
        "daily_captures_limit": SCALARS,
    }
)
CLOSEST = st.builds(
    lambda closest: {"archived_snapshots": {"closest": closest}},
    st.fixed_dictionaries({"url": SCALARS, "status": SCALARS}) | SCALARS,
)
ANYTHING = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=3),
    max_leaves=8,
)


def to_json(value: object) -> str:
    """Return JSON as a server might send it: with lone surrogates as escapes, and huge numbers."""
    return json.dumps(value, default=str)


LINKS = st.lists(
    st.builds(
        lambda target, rel, at: f'<{target}>; rel="{rel}"; datetime="{at}"',
        ADDRESSES.map(lambda url: url.encode("utf-8", "replace").decode())
        | st.just(f"https://gate.example/20210101000000/{ORIGINAL}"),
        st.sampled_from(["memento", "first memento", "original", "timemap", ""]),
        st.sampled_from(
            [
                "Fri, 01 Jan 2021 12:00:00 GMT",
                "Fri, 31 Dec 9999 23:59:59 -1200",
                "Mon, 01 Jan 0001 00:00:00 GMT",
                HUGE,
                "",
            ]
        ),
    ),
    max_size=4,
).map(",\n".join)
TEXTS = st.one_of(
    ROWS.map(lambda cdx_table: to_json([FIELDS, *cdx_table])),
    JOBS.map(to_json),
    JOBS.map(lambda job: to_json([job])),
    CLOSEST.map(to_json),
    ANYTHING.map(to_json),
    LINKS,
    st.text(max_size=60),
    st.sampled_from(
        ["[" * 100_000, HUGE, f"[{HUGE}]", '{"available": ' + HUGE + "}", "NaN", "org.archive.x"]
    ),
)
HEADERS = st.dictionaries(
    st.sampled_from(
        [
            "Location",
            "Content-Location",
            "Link",
            "Memento-Datetime",
            "Retry-After",
            "X-Archive-Wayback-Runtime-Error",
        ]
    ),
    st.one_of(
        st.text(st.characters(max_codepoint=255), max_size=40),
        LINKS,
        ADDRESSES,
        st.sampled_from(
            [
                "Fri, 31 Dec 9999 23:59:59 -1200",
                HUGE,
                f"/web/20210101000000/{ORIGINAL}",
                "/web/99991231235959/http://us[er@a.example/",
            ]
        ),
    ),
    max_size=4,
)
RESPONSES = st.tuples(
    st.sampled_from([200, 302, 404, 429, 502, 503, 509]) | st.integers(100, 999), HEADERS, TEXTS
)


class CannedTransport(Transport):
    """Returns given responses in sequence, the last one repeatedly, and sends nothing."""

    def __init__(self, responses: Sequence[tuple[int, Mapping[str, str], str]]) -> None:
        self._responses = list(responses)
        self._keys = None

    def get(
        self, url: str, *, timeout: float, headers: Mapping[str, str] | None = None
    ) -> ArchiveResponse:
        status, headers, text = (
            self._responses[0] if len(self._responses) == 1 else self._responses.pop(0)
        )
        return ArchiveResponse(
            url=url, status=status, headers=CaseInsensitiveDict(headers), text=text
        )

    def post(self, url: str, form: Mapping[str, str], *, timeout: float) -> ArchiveResponse:
        return self.get(url, timeout=timeout)


def assert_storable(snapshot: Snapshot) -> None:
    """Check that a snapshot can be stored: its key unchanged, its time and status in range."""
    key = identify(snapshot.url).key
    assert replace_unstorable(key) == key
    assert 1000 <= snapshot.captured_at.year < 9999
    if snapshot.status is not None:
        assert 100 <= snapshot.status < 1000


@given(st.lists(RESPONSES, min_size=1, max_size=3))
@settings(deadline=None)
def test_any_response_becomes_a_result(responses: list[tuple[int, dict[str, str], str]]) -> None:
    wayback = [WaybackClient(CannedTransport(responses)) for _ in range(5)]
    gate = MementoClient(CannedTransport(responses), name="fuzz", timegate="https://gate.example/")
    timemaps = [
        MementoClient(CannedTransport(responses), name="fuzz", timemap="https://map.example/")
        for _ in range(2)
    ]
    lookups = [
        wayback[0].nearest(ORIGINAL, MOMENT),
        wayback[1].oldest_since(ORIGINAL, MOMENT),
        gate.nearest(ORIGINAL, MOMENT),
    ]
    lookups += [timemaps[0].nearest(ORIGINAL, MOMENT), timemaps[1].oldest_since(ORIGINAL, MOMENT)]
    listings = [wayback[2].redirects(ORIGINAL), wayback[3].redirects(ORIGINAL, of_neighbours=True)]
    captures = [
        wayback[4].save(ORIGINAL),
        SavePageNowClient(CannedTransport(responses)).save(ORIGINAL),
    ]
    captures += SavePageNowClient(CannedTransport(responses)).poll(["fuzz"]).results.values()
    quota = SavePageNowClient(CannedTransport(responses)).quota()
    assert all(
        found is None or 0 <= found <= 10**9 for found in (quota.free_sessions, quota.left_today)
    )
    found = [answer.snapshot for answer in lookups] + [answer.snapshot for answer in captures]
    for snapshot in (
        *filter(None, found),
        *(snapshot for listing in listings for snapshot in listing.snapshots),
    ):
        assert_storable(snapshot)
    pauses = [answer.retry_after for answer in lookups] + [
        answer.retry_after for answer in captures
    ]
    assert all(0 <= pause <= 367 * 86_400 for pause in pauses if pause is not None)


def cdx_table(*found: tuple[str, str, str]) -> str:
    return to_json(
        [
            FIELDS,
            *(
                [
                    ["com", timestamp, original, "text/html", status, "AAA", "1"]
                    for timestamp, original, status in found
                ]
            ),
        ]
    )


def test_redirects_with_an_invalid_status_are_left_out() -> None:
    text = cdx_table(
        ("20210101000000", ORIGINAL, HUGE),
        ("20210102000000", ORIGINAL, "abc"),
        ("20210103000000", ORIGINAL, "301"),
    )
    listing = WaybackClient(CannedTransport([(200, {}, text)])).redirects(ORIGINAL)
    assert [snapshot.status for snapshot in listing.snapshots] == [301]


def test_invalid_targets_in_a_timemap_are_skipped() -> None:
    date = 'datetime="Fri, 01 Jan 2021 12:00:00 GMT"'
    text = (
        f'<{ORIGINAL}>; rel="original",\n<http://[>; rel="memento"; {date},\n'
        f'<http://map.example/1>; rel="memento"; {date}'
    )
    lookup = MementoClient(
        CannedTransport([(200, {}, text)]), name="fuzz", timemap="https://map.example/"
    ).nearest(ORIGINAL, MOMENT)
    assert lookup.snapshot is not None
    assert lookup.snapshot.url == "http://map.example/1"


@pytest.mark.parametrize(
    "original",
    [
        "https://fuzz.example/\ud800x",
        "http://[",
        "",
        "about:blank",
        "a\0b",
        "https://fuzz.example/a\n::error::b",
        "https://fuzz.example/\x1b[31m",
    ],
)
def test_a_capture_of_an_invalid_url_is_unusable(original: str) -> None:
    job = {
        "job_id": "fuzz",
        "status": "success",
        "timestamp": "20210101000000",
        "original_url": original,
    }
    responses = (
        SavePageNowClient(CannedTransport([(200, {}, to_json([job]))])).poll(["fuzz"]).results
    )
    answer = responses["fuzz"]
    if answer.snapshot is None:
        assert answer.status is CaptureStatus.UNUSABLE
        assert "\ud800" not in answer.detail
    else:
        assert "\ud800" not in identify(answer.snapshot.url).key


def test_a_retry_after_that_is_out_of_range_is_a_default_pause() -> None:
    pause = {"Retry-After": "Fri, 31 Dec 9999 23:59:59 -1200"}
    lookup = WaybackClient(CannedTransport([(429, pause, "busy")])).nearest(ORIGINAL, MOMENT)
    assert (lookup.outcome, lookup.retry_after) == (LookupOutcome.UNKNOWN, 60.0)
    assert (
        WaybackClient(CannedTransport([(503, pause, "busy")])).save(ORIGINAL).status
        is not CaptureStatus.CAPTURED
    )


@pytest.mark.parametrize(
    "timestamp", ["0001", "00010101000000", "9999", "99991231235959", "0", HUGE, "２０２１"]
)
def test_timestamps_out_of_range_are_no_times(timestamp: str) -> None:
    assert parse_timestamp(timestamp) is None


@pytest.mark.parametrize(
    "piece",
    [
        "<a>;",
        "<a>;b=",
        '<a>;rel="memento";datetime="',
        "; ",
        '"',
        "<",
        "/",
        "http:",
        "%25",
        "a.",
        "&url=",
        "/web/2020/",
        "http:/",
        "25",
        "@",
        "\t",
    ],
)
def test_long_repetitions_are_parsed_in_bounded_time(piece: str) -> None:
    long = piece * (1_000_000 // len(piece))
    began = process_time()
    parse_link_header(long)
    linked_mementos(long)
    memento_from_headers({"Link": long, "Location": f"/web/20210101000000/{long}"})
    for prefix in ("2020/", "2020/http", "2020/http%", "*/", "web/", ""):
        parse_mirror(f"https://web.archive.org/web/{prefix}{long[:100_000]}")
        parse_mirror(f"https://web.archive.org/web/{prefix}{long[:100_000]}3a%2f%2fa.example/")
        parse_mirror(
            f"https://webcache.googleusercontent.com/search?q=cache:{prefix}{long[:100_000]}"
        )
    try:
        WaybackClient(CannedTransport([(200, {}, long)])).nearest(ORIGINAL, MOMENT)
    except NoUsableResponse:
        pytest.fail("a look-up responses with a value")
    assert process_time() - began < 5
