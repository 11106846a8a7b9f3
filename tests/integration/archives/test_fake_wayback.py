"""Test that the fake archive responds like the Wayback Machine."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
import requests

from crawler.demo.archive_data import StoredSnapshot, surt
from crawler.demo.archive_faults import (
    EMPTY,
    ERROR_PAGE,
    EXCLUDED,
    OVERLOADED,
    TOO_MANY_REQUESTS,
    SimulatedFault,
    rate_limited,
)
from tests.web.archive import RunningWayback

PAGE = "https://example.org/a"
FIELDS = ["urlkey", "timestamp", "original", "mimetype", "statuscode", "digest", "length"]


@pytest.fixture
def filled_archive(archive: RunningWayback) -> RunningWayback:
    archive.snapshots += [
        StoredSnapshot(original=PAGE, timestamp="20200101000000", body=b"first"),
        StoredSnapshot(
            original="http://www.example.org/A/",
            timestamp="20210101000000",
            body=b"second",
            mimetype="text/plain",
        ),
        StoredSnapshot(original=PAGE, timestamp="20220101000000", status=404, body=b"gone"),
        StoredSnapshot(original=PAGE, timestamp="20220601000000", body=b"first", revisit=True),
        StoredSnapshot(
            original=PAGE, timestamp="20230101000000", status=301, headers={"Location": "/b"}
        ),
        StoredSnapshot(original="https://example.org/b?y=2&x=1", timestamp="20210601000000"),
    ]
    return archive


def get(archive: RunningWayback, path: str) -> requests.Response:
    return requests.get(f"{archive.endpoint}{path}", allow_redirects=False, timeout=5)


def timestamps(archive: RunningWayback, query: str) -> list[str]:
    """Return the timestamps that the index lists for a query."""
    return [row[1] for row in get(archive, f"/cdx/search/cdx?output=json&url={query}").json()[1:]]


def test_the_index_ignores_scheme_www_case_and_slash(filled_archive: RunningWayback) -> None:
    everything = [
        "20200101000000",
        "20210101000000",
        "20220101000000",
        "20220601000000",
        "20230101000000",
    ]
    assert (
        timestamps(filled_archive, PAGE)
        == timestamps(filled_archive, "http://WWW.EXAMPLE.ORG/A/")
        == timestamps(filled_archive, "example.org/a")
        == everything
    )
    assert timestamps(filled_archive, "https://example.org/b?x=1%26y=2") == ["20210601000000"]
    assert timestamps(filled_archive, "https://example.org/c") == []


def test_the_index_responds_in_text_and_json(filled_archive: RunningWayback) -> None:
    text = get(filled_archive, f"/cdx/search/cdx?url={PAGE}&limit=1").text
    assert (
        text
        == f"org,example)/a 20200101000000 {PAGE} text/html 200 {filled_archive.snapshots[0].digest} 5\n"
    )
    table = get(filled_archive, f"/cdx/search/cdx?url={PAGE}&limit=1&output=json").json()
    assert table == [FIELDS, text.split()]
    assert (
        get(filled_archive, f"/cdx/search/cdx?url={PAGE}&limit=1&fl=timestamp,statuscode").text
        == "20200101000000 200\n"
    )
    for query in ("fl=timestamp,colour", "filter=colour:red"):
        unknown = get(filled_archive, f"/cdx/search/cdx?url={PAGE}&{query}")
        assert (unknown.status_code, "no such field: colour" in unknown.text) == (400, True)
    assert get(filled_archive, "/cdx/search/cdx?url=https://example.org/none").text == ""
    assert (
        get(filled_archive, "/cdx/search/cdx?url=https://example.org/none&output=json").json() == []
    )
    assert get(filled_archive, f"/cdx/search/cdx?url={PAGE}&from=20220601&limit=1").text.split()[
        3:5
    ] == [
        "warc/revisit",
        "-",
    ]


@pytest.mark.parametrize(
    ("options", "years"),
    [
        ("limit=2", ["2020", "2021"]),
        ("limit=-1", ["2023"]),
        ("limit=-2", ["2022", "2023"]),
        ("to=2021", ["2020", "2021"]),
        ("from=2022&to=20220101", ["2022"]),
        ("to=20211231&limit=-1", ["2021"]),
        ("filter=statuscode:200", ["2020", "2021"]),
        ("filter=!statuscode:200", ["2022", "2022", "2023"]),
        ("filter=statuscode:(200|-)&filter=mimetype:text/.*", ["2020", "2021"]),
        ("sort=reverse&limit=1", ["2023"]),
        ("sort=closest&closest=20211201&limit=1", ["2022"]),
        ("showResumeKey=false&limit=1", ["2020"]),
    ],
)
def test_the_index_takes_options(
    filled_archive: RunningWayback, options: str, years: list[str]
) -> None:
    assert [timestamp[:4] for timestamp in timestamps(filled_archive, f"{PAGE}&{options}")] == years


def test_the_index_lists_by_prefix(filled_archive: RunningWayback) -> None:
    assert (
        len(timestamps(filled_archive, "example.org/*"))
        == len(timestamps(filled_archive, "example.org/&matchType=prefix"))
        == 6
    )


def test_a_long_list_continues_after_its_resume_key(filled_archive: RunningWayback) -> None:
    first = get(
        filled_archive, f"/cdx/search/cdx?url={PAGE}&limit=3&showResumeKey=true&output=json"
    ).json()
    *_, blank, (key,) = first
    assert (len(first), blank) == (6, [])
    text = get(filled_archive, f"/cdx/search/cdx?url={PAGE}&limit=3&showResumeKey=true").text
    assert text.splitlines()[-2:] == ["", key]
    assert [
        timestamp[:6] for timestamp in timestamps(filled_archive, f"{PAGE}&resumeKey={key}")
    ] == ["202206", "202301"]


def test_unknown_queries_are_refused(filled_archive: RunningWayback) -> None:
    assert get(filled_archive, "/cdx/search/cdx").status_code == 400
    assert get(filled_archive, f"/cdx/search/cdx?url={PAGE}&filter=statuscode:(").status_code == 400


def test_an_exact_timestamp_is_replayed_with_its_status(filled_archive: RunningWayback) -> None:
    response = get(filled_archive, f"/web/20210101000000id_/{PAGE}")
    assert (response.status_code, response.text, response.headers["Content-Type"]) == (
        200,
        "second",
        "text/plain",
    )
    assert response.headers["Memento-Datetime"] == "Fri, 01 Jan 2021 00:00:00 GMT"
    relations = [
        (link["rel"], link["url"].partition("/web/")[2])
        for link in requests.utils.parse_header_links(response.headers["Link"])
    ]
    assert relations == [
        ("original", ""),
        ("timemap", "timemap/link/http://www.example.org/A/"),
        ("timegate", "http://www.example.org/A/"),
        ("first memento", "20200101000000/http://www.example.org/A/"),
        ("memento", "20210101000000/http://www.example.org/A/"),
        ("last memento", "20230101000000/http://www.example.org/A/"),
    ]
    assert get(filled_archive, f"/web/20220101000000/{PAGE}").status_code == 404
    assert "Memento-Datetime" in get(filled_archive, f"/web/20220101000000/{PAGE}").headers


def test_an_archived_redirect_is_rewritten_into_the_archive(filled_archive: RunningWayback) -> None:
    response = get(filled_archive, f"/web/20230101000000id_/{PAGE}")
    assert (response.status_code, response.headers["Location"]) == (
        301,
        f"{filled_archive.endpoint}/web/20230101000000id_/https://example.org/b",
    )
    assert response.headers["x-archive-orig-location"] == "/b"


@pytest.mark.parametrize(
    ("path", "location"),
    [
        (f"/web/20200103/{PAGE}", f"/web/20200101000000/{PAGE}"),
        (f"/web/2021if_/{PAGE}", "/web/20210101000000if_/http://www.example.org/A/"),
        (f"/web/{PAGE}", f"/web/20230101000000/{PAGE}"),
        ("/web/2020/https:/example.org/a", f"/web/20200101000000/{PAGE}"),
        ("/web/2020/example.org/a", f"/web/20200101000000/{PAGE}"),
    ],
)
def test_other_timestamps_redirect_to_the_nearest_snapshot(
    filled_archive: RunningWayback, path: str, location: str
) -> None:
    response = get(filled_archive, path)
    assert (response.status_code, response.headers["Location"]) == (
        302,
        f"{filled_archive.endpoint}{location}",
    )


def test_unknown_snapshots_are_404(filled_archive: RunningWayback) -> None:
    for path in ("/web/2021/https://example.org/c", "/web/2021/http://[", "/web/", "/nothing"):
        response = get(filled_archive, path)
        assert (response.status_code, "Memento-Datetime" in response.headers) == (404, False)


def test_availability_names_the_closest_good_snapshot(filled_archive: RunningWayback) -> None:
    response = get(filled_archive, f"/wayback/available?url={PAGE}&timestamp=20230101").json()
    assert response["archived_snapshots"]["closest"] == {
        "status": "200", "available": True, "timestamp": "20220601000000", "url": f"http://web.archive.org/web/20220601000000/{PAGE}"
    }  # fmt: skip
    assert get(filled_archive, "/wayback/available?url=https://example.org/none").json() == {
        "url": "https://example.org/none",
        "archived_snapshots": {},
    }


def test_saving_makes_a_snapshot_at_the_archives_time(archive: RunningWayback) -> None:
    archive._now = lambda: datetime(2026, 3, 2, 3, 4, 5, tzinfo=UTC)
    response = get(archive, f"/save/{PAGE}?q=1")
    path = f"/web/20260302030405/{PAGE}?q=1"
    assert (
        response.status_code,
        response.headers["Location"],
        response.headers["Content-Location"],
    ) == (
        302,
        f"{archive.endpoint}{path}",
        path,
    )
    replayed = get(archive, path)
    assert (replayed.status_code, replayed.text) == (200, f"{PAGE}?q=1")
    assert (
        requests.post(f"{archive.endpoint}/save", timeout=5).status_code == 401
    )  # not without keys
    assert requests.post(f"{archive.endpoint}/save/{PAGE}", timeout=5).status_code == 401


def test_saving_follows_redirects_and_captures_each(archive: RunningWayback) -> None:
    archive._now = lambda: datetime(2026, 3, 2, 3, 4, 5, tzinfo=UTC)
    assert get(archive, "/save/https://hops.example.org/3").status_code == 302
    assert [(snapshot.original, snapshot.status) for snapshot in archive.snapshots] == [
        ("https://hops.example.org/3", 301),
        ("https://hops.example.org/2", 301),
        ("https://hops.example.org/1", 301),
        ("https://hops.example.org/0", 200),
    ]
    assert "Job failed" in get(archive, "/save/https://hops.example.org/4").text


def test_new_captures_appear_after_the_index_lag(filled_archive: RunningWayback) -> None:
    now = datetime(2026, 3, 2, 3, 4, 5, tzinfo=UTC)
    filled_archive._now = lambda: now
    filled_archive.index_lag = timedelta(hours=1)
    get(filled_archive, f"/save/{PAGE}")
    assert "20260302030405" not in get(filled_archive, f"/cdx/search/cdx?url={PAGE}").text
    assert (
        get(filled_archive, f"/web/20260302030405id_/{PAGE}").headers["Location"]
        == f"{filled_archive.endpoint}/web/20230101000000id_/{PAGE}"
    )
    now += filled_archive.index_lag
    assert "20260302030405" in get(filled_archive, f"/cdx/search/cdx?url={PAGE}").text
    assert get(filled_archive, f"/web/20260302030405id_/{PAGE}").status_code == 200


@pytest.mark.parametrize(
    ("fault", "status", "retry_after"),
    [
        (TOO_MANY_REQUESTS, 429, None),
        (rate_limited(30), 429, "30"),
        (OVERLOADED, 503, None),
        (ERROR_PAGE, 200, None),
        (EMPTY, 200, None),
        (EXCLUDED, 403, None),
    ],
)
def test_a_fault_affects_one_kind_of_request_and_can_be_removed(
    filled_archive: RunningWayback, fault: SimulatedFault, status: int, retry_after: str | None
) -> None:
    filled_archive.faults["cdx"] = fault
    response = get(filled_archive, f"/cdx/search/cdx?url={PAGE}&output=json")
    assert (response.status_code, response.headers.get("Retry-After"), response.text) == (
        status,
        retry_after,
        fault.body,
    )
    with pytest.raises(json.JSONDecodeError):
        json.loads(response.text)
    assert get(filled_archive, f"/web/20210101000000/{PAGE}").status_code == 200
    del filled_archive.faults["cdx"]
    assert len(timestamps(filled_archive, PAGE)) == 5


def test_every_request_is_recorded(filled_archive: RunningWayback) -> None:
    for path in (
        f"/cdx/search/cdx?url={PAGE}",
        f"/web/2021/{PAGE}",
        f"/save/{PAGE}",
        f"/wayback/available?url={PAGE}",
        "/else?a=b",
    ):
        get(filled_archive, path)
    assert [request.kind for request in filled_archive.requests] == [
        "cdx",
        "replay",
        "save",
        "available",
        "other",
    ]
    assert [request.target for request in filled_archive.requests_of("other")] == ["/else?a=b"]
    assert filled_archive.requests[0].received_at.tzinfo is not None
    assert [request.seconds for request in filled_archive.requests] == sorted(
        request.seconds for request in filled_archive.requests
    )


def test_keys_ignore_what_real_keys_ignore() -> None:
    assert surt("https://weibo.com/165/KqEW2dUqi") == surt(
        "http://www.weibo.com:80/165/kqew2duqi/#x"
    )
    assert surt("http://example.org:8080/") == "org,example:8080)/"
    assert surt("https://example.org/%E4%B8%AD") == surt("https://example.org/中")
