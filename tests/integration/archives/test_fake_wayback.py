"""Test that the fake archive behaves as the Wayback Machine does for clients."""

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
def full(archive: RunningWayback) -> RunningWayback:
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


def stamps(archive: RunningWayback, query: str) -> list[str]:
    """Return the timestamps that the index lists for a query."""
    return [row[1] for row in get(archive, f"/cdx/search/cdx?output=json&url={query}").json()[1:]]


def test_the_index_knows_neither_scheme_nor_www_nor_case_nor_slash(full: RunningWayback) -> None:
    everything = [
        "20200101000000",
        "20210101000000",
        "20220101000000",
        "20220601000000",
        "20230101000000",
    ]
    assert (
        stamps(full, PAGE)
        == stamps(full, "http://WWW.EXAMPLE.ORG/A/")
        == stamps(full, "example.org/a")
        == everything
    )
    assert stamps(full, "https://example.org/b?x=1%26y=2") == ["20210601000000"]
    assert stamps(full, "https://example.org/c") == []


def test_the_index_responds_in_text_and_json(full: RunningWayback) -> None:
    text = get(full, f"/cdx/search/cdx?url={PAGE}&limit=1").text
    assert (
        text == f"org,example)/a 20200101000000 {PAGE} text/html 200 {full.snapshots[0].digest} 5\n"
    )
    table = get(full, f"/cdx/search/cdx?url={PAGE}&limit=1&output=json").json()
    assert table == [FIELDS, text.split()]
    assert (
        get(full, f"/cdx/search/cdx?url={PAGE}&limit=1&fl=timestamp,statuscode").text
        == "20200101000000 200\n"
    )
    assert get(full, "/cdx/search/cdx?url=https://example.org/none").text == ""
    assert get(full, "/cdx/search/cdx?url=https://example.org/none&output=json").json() == []
    assert get(full, f"/cdx/search/cdx?url={PAGE}&from=20220601&limit=1").text.split()[3:5] == [
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
def test_the_index_takes_options(full: RunningWayback, options: str, years: list[str]) -> None:
    assert [stamp[:4] for stamp in stamps(full, f"{PAGE}&{options}")] == years


def test_the_index_lists_by_prefix(full: RunningWayback) -> None:
    assert (
        len(stamps(full, "example.org/*"))
        == len(stamps(full, "example.org/&matchType=prefix"))
        == 6
    )


def test_a_long_list_continues_after_its_resume_key(full: RunningWayback) -> None:
    first = get(full, f"/cdx/search/cdx?url={PAGE}&limit=3&showResumeKey=true&output=json").json()
    *_, blank, (key,) = first
    assert (len(first), blank) == (6, [])
    text = get(full, f"/cdx/search/cdx?url={PAGE}&limit=3&showResumeKey=true").text
    assert text.splitlines()[-2:] == ["", key]
    assert [stamp[:6] for stamp in stamps(full, f"{PAGE}&resumeKey={key}")] == ["202206", "202301"]


def test_unknown_queries_are_refused(full: RunningWayback) -> None:
    assert get(full, "/cdx/search/cdx").status_code == 400
    assert get(full, f"/cdx/search/cdx?url={PAGE}&filter=statuscode:(").status_code == 400


def test_the_very_moment_is_replayed_with_its_own_status(full: RunningWayback) -> None:
    answer = get(full, f"/web/20210101000000id_/{PAGE}")
    assert (answer.status_code, answer.text, answer.headers["Content-Type"]) == (
        200,
        "second",
        "text/plain",
    )
    assert answer.headers["Memento-Datetime"] == "Fri, 01 Jan 2021 00:00:00 GMT"
    relations = [
        (link["rel"], link["url"].partition("/web/")[2])
        for link in requests.utils.parse_header_links(answer.headers["Link"])
    ]
    assert relations == [
        ("original", ""),
        ("timemap", "timemap/link/http://www.example.org/A/"),
        ("timegate", "http://www.example.org/A/"),
        ("first memento", "20200101000000/http://www.example.org/A/"),
        ("memento", "20210101000000/http://www.example.org/A/"),
        ("last memento", "20230101000000/http://www.example.org/A/"),
    ]
    assert get(full, f"/web/20220101000000/{PAGE}").status_code == 404
    assert "Memento-Datetime" in get(full, f"/web/20220101000000/{PAGE}").headers


def test_an_archived_redirect_leads_on_inside_the_archive(full: RunningWayback) -> None:
    answer = get(full, f"/web/20230101000000id_/{PAGE}")
    assert (answer.status_code, answer.headers["Location"]) == (
        301,
        f"{full.endpoint}/web/20230101000000id_/https://example.org/b",
    )
    assert answer.headers["x-archive-orig-location"] == "/b"


@pytest.mark.parametrize(
    ("path", "where"),
    [
        (f"/web/20200103/{PAGE}", f"/web/20200101000000/{PAGE}"),
        (f"/web/2021if_/{PAGE}", "/web/20210101000000if_/http://www.example.org/A/"),
        (f"/web/{PAGE}", f"/web/20230101000000/{PAGE}"),
        ("/web/2020/https:/example.org/a", f"/web/20200101000000/{PAGE}"),
        ("/web/2020/example.org/a", f"/web/20200101000000/{PAGE}"),
    ],
)
def test_other_moments_lead_to_the_nearest(full: RunningWayback, path: str, where: str) -> None:
    answer = get(full, path)
    assert (answer.status_code, answer.headers["Location"]) == (302, f"{full.endpoint}{where}")


def test_unknown_snapshots_are_404(full: RunningWayback) -> None:
    for path in ("/web/2021/https://example.org/c", "/web/2021/http://[", "/web/", "/nothing"):
        answer = get(full, path)
        assert (answer.status_code, "Memento-Datetime" in answer.headers) == (404, False)


def test_availability_names_the_closest_good_snapshot(full: RunningWayback) -> None:
    answer = get(full, f"/wayback/available?url={PAGE}&timestamp=20230101").json()
    assert answer["archived_snapshots"]["closest"] == {
        "status": "200", "available": True, "timestamp": "20220601000000", "url": f"http://web.archive.org/web/20220601000000/{PAGE}"
    }  # fmt: skip
    assert get(full, "/wayback/available?url=https://example.org/none").json() == {
        "url": "https://example.org/none",
        "archived_snapshots": {},
    }


def test_saving_makes_a_snapshot_at_the_archives_own_time(archive: RunningWayback) -> None:
    archive._now = lambda: datetime(2026, 3, 2, 3, 4, 5, tzinfo=UTC)
    answer = get(archive, f"/save/{PAGE}?q=1")
    path = f"/web/20260302030405/{PAGE}?q=1"
    assert (answer.status_code, answer.headers["Location"], answer.headers["Content-Location"]) == (
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
    assert [(holding.original, holding.status) for holding in archive.snapshots] == [
        ("https://hops.example.org/3", 301),
        ("https://hops.example.org/2", 301),
        ("https://hops.example.org/1", 301),
        ("https://hops.example.org/0", 200),
    ]
    assert "Job failed" in get(archive, "/save/https://hops.example.org/4").text


def test_new_captures_appear_after_the_index_lag(full: RunningWayback) -> None:
    now = datetime(2026, 3, 2, 3, 4, 5, tzinfo=UTC)
    full._now = lambda: now
    full.index_lag = timedelta(hours=1)
    get(full, f"/save/{PAGE}")
    assert "20260302030405" not in get(full, f"/cdx/search/cdx?url={PAGE}").text
    assert (
        get(full, f"/web/20260302030405id_/{PAGE}").headers["Location"]
        == f"{full.endpoint}/web/20230101000000id_/{PAGE}"
    )
    now += full.index_lag
    assert "20260302030405" in get(full, f"/cdx/search/cdx?url={PAGE}").text
    assert get(full, f"/web/20260302030405id_/{PAGE}").status_code == 200


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
def test_faults_are_of_one_kind_and_can_be_mended(
    full: RunningWayback, fault: SimulatedFault, status: int, retry_after: str | None
) -> None:
    full.faults["cdx"] = fault
    answer = get(full, f"/cdx/search/cdx?url={PAGE}&output=json")
    assert (answer.status_code, answer.headers.get("Retry-After"), answer.text) == (
        status,
        retry_after,
        fault.body,
    )
    with pytest.raises(json.JSONDecodeError):
        json.loads(answer.text)
    assert get(full, f"/web/20210101000000/{PAGE}").status_code == 200
    del full.faults["cdx"]
    assert len(stamps(full, PAGE)) == 5


def test_every_request_is_counted(full: RunningWayback) -> None:
    for path in (
        f"/cdx/search/cdx?url={PAGE}",
        f"/web/2021/{PAGE}",
        f"/save/{PAGE}",
        f"/wayback/available?url={PAGE}",
        "/else?a=b",
    ):
        get(full, path)
    assert [asked.kind for asked in full.requests] == [
        "cdx",
        "replay",
        "save",
        "available",
        "other",
    ]
    assert [asked.target for asked in full.requests_of("other")] == ["/else?a=b"]
    assert full.requests[0].received_at.tzinfo is not None
    assert [asked.seconds for asked in full.requests] == sorted(
        asked.seconds for asked in full.requests
    )


def test_the_key_is_blind_as_the_real_one_is() -> None:
    assert surt("https://weibo.com/165/KqEW2dUqi") == surt(
        "http://www.weibo.com:80/165/kqew2duqi/#x"
    )
    assert surt("http://example.org:8080/") == "org,example:8080)/"
    assert surt("https://example.org/%E4%B8%AD") == surt("https://example.org/中")
