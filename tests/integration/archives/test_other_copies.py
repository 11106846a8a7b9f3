"""Test copies under other spellings of the URL, captured redirects, and a faulty index."""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, datetime

import pytest

from crawler.archive_clients.wayback import WaybackClient
from crawler.demo.archive_data import StoredSnapshot
from crawler.demo.archive_faults import OVERLOADED, SimulatedFault
from crawler.demo.web import closed_port
from store.vocabulary import LookupOutcome, LookupResult, Spelling
from tests.integration.archives.clients import client_of
from tests.web.archive import RunningWayback

READ = datetime(2021, 8, 5, 12, 0, tzinfo=UTC)
PAGE = "https://news.example.org/a/Hop_%28net%29?b=2&a=1"
OLD = "http://old.example/news/2019/ferry-timetable.html"
NEW = "https://new.example/verkehr/ferry-timetable"
SESSION = "jsessionid=0123456789abcdef0123456789ABCDEF"


def stored(original: str, timestamp: str = "20210101000000", **changes: object) -> StoredSnapshot:
    return StoredSnapshot(original=original, timestamp=timestamp, **changes)  # type: ignore[arg-type]


def redirect(original: str, target: str, timestamp: str = "20210601000000") -> StoredSnapshot:
    return stored(original, timestamp, status=301, headers={"Location": target}, body=b"")


def summary(result: LookupResult) -> tuple[LookupOutcome, Spelling | None, str]:
    snapshot = result.snapshot
    if snapshot is None:
        return result.outcome, None, ""
    return result.outcome, snapshot.spelling, snapshot.original


@pytest.mark.parametrize(
    ("cited", "recorded", "spelling"),
    [
        (PAGE, "http://www.news.example.org/a/Hop_%28net%29/?b=2&a=1", Spelling.SAME),
        (PAGE, "https://news.example.org/a/Hop_(net)?b=2&a=1", Spelling.ESCAPES),
        (PAGE, "https://news.example.org/a/Hop_(net)?a=1&b=2", Spelling.QUERY_ORDER),
        ("https://a.example/%7Euser/x", "https://a.example/~user/x", Spelling.ESCAPES),
        (
            "https://a.example/x%27y%21%2C%7Cz",
            "https://a.example/x'y!,|z",
            Spelling.ESCAPES,
        ),
        (
            "https://a.example/x?utm_source=feed&id=7&utm_medium=rss",
            "https://a.example/x?id=7",
            Spelling.TRACKING,
        ),
        (f"https://a.example/x;{SESSION}?id=7", "https://a.example/x?id=7", Spelling.SESSION),
        (f"https://a.example/x?id=7&{SESSION}", "https://a.example/x?id=7", Spelling.SESSION),
    ],
)
def test_a_copy_under_an_equivalent_spelling_is_found(
    archive: RunningWayback, client: WaybackClient, cited: str, recorded: str, spelling: Spelling
) -> None:
    archive.snapshots.append(stored(recorded))
    outcome, result, original = summary(client.nearest(cited, READ))
    assert (outcome, result) == (LookupOutcome.FOUND, spelling)
    assert original


def test_the_session_id_of_a_crawler_is_removed_from_the_url_of_a_copy(
    archive: RunningWayback, client: WaybackClient
) -> None:
    archive.snapshots.append(stored(f"https://a.example/x;{SESSION}?id=7"))
    result = client.nearest("https://a.example/x?id=7", READ)
    assert summary(result)[1] is Spelling.SESSION
    assert result.snapshot is not None
    assert result.snapshot.url.endswith("/web/20210101000000/https://a.example/x?id=7")
    excluded = client.nearest("https://a.example/x?id=7", READ, excluded=[result.snapshot.url])
    assert excluded.outcome is LookupOutcome.NONE


@pytest.mark.parametrize(
    ("cited", "recorded", "spelling"),
    [
        ("https://a.example/x/y", "https://m.a.example/x/y", Spelling.HOST),
        ("https://m.a.example/x/y", "https://www.a.example/x/y", Spelling.HOST),
        ("https://a.example/x/y/amp/", "https://a.example/x/y", Spelling.HOST),
        ("https://a.example/x/y", "https://a.example/x/y/amp", Spelling.HOST),
        ("https://a.example/Story/Ab", "https://a.example/story/ab", Spelling.CASE),
        ("https://a.example/x/y", "https://a.example/x/y?utm_source=feed", Spelling.TRACKING),
        ("https://a.example/x/y?id=7", "https://a.example/x/y?id=7&fbclid=A", Spelling.TRACKING),
        ("https://a.example/x/y", "https://a.example/x/y?amp=1", Spelling.HOST),
    ],
)
def test_doubtful_spellings_are_used_only_for_failing_pages(
    archive: RunningWayback, client: WaybackClient, cited: str, recorded: str, spelling: Spelling
) -> None:
    archive.snapshots.append(stored(recorded))
    assert client.nearest(cited, READ).outcome is LookupOutcome.NONE
    lookup = client.nearest(cited, READ, is_failing=True)
    assert summary(lookup) == (LookupOutcome.FOUND, spelling, recorded)


def test_the_most_trusted_spelling_and_then_the_nearest_copy_is_chosen(
    archive: RunningWayback, client: WaybackClient
) -> None:
    archive.snapshots += [
        stored("https://news.example.org/a/Hop_(net)?a=1&b=2", "20210804000000"),
        stored("https://news.example.org/a/Hop_(net)?b=2&a=1", "20190101000000"),
        stored("https://news.example.org/a/hop_(net)?b=2&a=1", "20210805000000"),
        stored("https://news.example.org/a/Hop_(net)?b=2&a=1", "20200101000000"),
    ]
    snapshot = client.nearest(PAGE, READ).snapshot
    assert snapshot is not None
    assert (snapshot.spelling, snapshot.captured_at.year) == (Spelling.ESCAPES, 2020)
    archive.snapshots.append(stored(PAGE, "20220101000000"))
    snapshot = client.nearest(PAGE, READ).snapshot
    assert snapshot is not None
    assert (snapshot.spelling, snapshot.captured_at.year) == (Spelling.SAME, 2022)


@pytest.mark.parametrize(
    ("cited", "recorded"),
    [
        ("https://a.example/x?id=1", "https://a.example/x?id=2"),
        ("https://a.example/x%2Fy", "https://a.example/x/y"),
        ("https://a.example/x?q=a%26b", "https://a.example/x?q=a&b"),
        ("https://a.example/x?sid=12", "https://a.example/x"),
        ("https://am.example/x", "https://m.am.example/y"),
    ],
)
def test_urls_of_possibly_other_pages_are_not_spellings(
    archive: RunningWayback, client: WaybackClient, cited: str, recorded: str
) -> None:
    archive.snapshots.append(stored(recorded))
    assert client.nearest(cited, READ, is_failing=True).outcome is LookupOutcome.NONE


def test_an_unusable_copy_is_skipped(archive: RunningWayback, client: WaybackClient) -> None:
    archive.snapshots += [
        stored(PAGE, "20210804000000", body=b"the same bad page"),
        stored(PAGE, "20210803000000", body=b"the same bad page"),
        stored(PAGE, "20210101000000"),
    ]
    first = client.nearest(PAGE, READ).snapshot
    assert first is not None
    second = client.nearest(PAGE, READ, excluded=(first.url,)).snapshot
    assert second is not None
    assert second.captured_at.month == 1
    # The same content at another time comes last: perhaps only its replay failed.
    third = client.nearest(PAGE, READ, excluded=(first.url, second.url)).snapshot
    assert third is not None
    assert third.captured_at.day == 3
    none = client.nearest(PAGE, READ, excluded=(first.url, second.url, third.url))
    assert none.outcome is LookupOutcome.NONE


# --- captured redirects


def test_a_captured_redirect_to_a_captured_page_is_a_copy(
    archive: RunningWayback, client: WaybackClient
) -> None:
    archive.snapshots += [
        redirect(OLD, NEW),
        redirect("http://old.example/news/2019/harbour.html", "https://new.example/harbour"),
        stored(NEW, "20210610000000"),
    ]
    assert client.nearest(OLD, READ).outcome is LookupOutcome.NONE  # a living page is captured
    lookup = client.nearest(OLD, READ, is_failing=True)
    assert summary(lookup) == (LookupOutcome.FOUND, Spelling.REDIRECT, NEW)
    assert lookup.snapshot is not None
    assert lookup.snapshot.url == f"https://web.archive.org/web/20210610000000/{NEW}"


@pytest.mark.parametrize(
    "snapshots",
    [
        [redirect(OLD, NEW)],  # the target was not captured
        [redirect(OLD, NEW), stored(NEW, "20230101000000")],  # the target was captured much later
        [  # a common target behind another redirect
            redirect(OLD, OLD.replace("http:", "https:").replace("old.", "www2.old.")),
            redirect(
                OLD.replace("http:", "https:").replace("old.", "www2.old."),
                "https://new.example/news",
            ),
            redirect("http://old.example/news/2019/harbour.html", "https://new.example/news"),
            stored("https://new.example/news", "20210602000000"),
        ],
        [redirect(OLD, "http://old.example/"), stored("http://old.example/", "20210602000000")],
        [
            redirect(OLD, "http://old.example/404Error.aspx"),
            stored("http://old.example/404Error.aspx", "20210602000000"),
        ],
        [  # a target of several pages
            redirect(OLD, "https://new.example/news"),
            redirect("http://old.example/news/2019/harbour.html", "https://new.example/news"),
            stored("https://new.example/news", "20210602000000"),
        ],
        [  # a loop
            redirect(OLD, NEW),
            redirect(NEW, OLD),
        ],
        [redirect(OLD, NEW), stored(NEW, "20210602000000", status=404)],
    ],
    ids=[
        "not captured",
        "captured much later",
        "common target behind a redirect",
        "home page",
        "error page",
        "common target",
        "loop",
        "error status",
    ],
)
def test_a_redirect_without_a_page_of_its_own_is_not_a_copy(
    archive: RunningWayback, client: WaybackClient, snapshots: list[StoredSnapshot]
) -> None:
    archive.snapshots += snapshots
    assert client.nearest(OLD, READ, is_failing=True).outcome is LookupOutcome.NONE
    assert len(archive.requests) < 20


def test_a_redirect_without_neighbours_is_a_lone_redirect(
    archive: RunningWayback, client: WaybackClient
) -> None:
    target = "https://new.example/a/77"
    archive.snapshots += [redirect(OLD, target), stored(target, "20210602000000")]
    result = summary(client.nearest(OLD, READ, is_failing=True))
    assert result == (LookupOutcome.FOUND, Spelling.LONE_REDIRECT, target)


def test_a_dead_short_link_is_resolved_by_its_captured_redirect(
    archive: RunningWayback, client: WaybackClient
) -> None:
    archive.snapshots += [
        redirect("http://goo.gl/Ab12c", NEW, "20150101000000"),
        stored(NEW, "20190101000500"),  # the target of a short link never changes
        redirect("http://goo.gl/Zz99z", NEW, "20150101000000"),
    ]
    result = summary(client.nearest("https://goo.gl/Ab12c", READ, is_failing=True))
    assert result == (LookupOutcome.FOUND, Spelling.REDIRECT, NEW)


# --- a faulty index


@pytest.mark.parametrize("stamp", ["", "20219999999999", "abc", "0"])
def test_rows_with_invalid_times_make_the_outcome_unknown(
    archive: RunningWayback, client: WaybackClient, stamp: str
) -> None:
    archive.faults["cdx"] = SimulatedFault(
        status=200,
        mimetype="application/json",
        body='[["urlkey","timestamp","original","mimetype","statuscode","digest","length"],'
        f'["org,example,news)/","{stamp}","https://a.example/x","text/html","200","D","1"]]',
    )
    archive.faults["available"] = OVERLOADED
    assert client.nearest("https://a.example/x", READ).outcome is LookupOutcome.UNKNOWN


def test_a_response_of_a_million_rows_is_bounded(
    archive: RunningWayback, client: WaybackClient
) -> None:
    fields = '["urlkey","timestamp","original","mimetype","statuscode","digest","length"]'
    row = '["a","20200101000000","https://b.example/x","t","200","D","1"]'
    archive.faults["cdx"] = SimulatedFault(
        status=200, mimetype="application/json", body=f"[{fields}{f',{row}' * 1_000_000}]"
    )
    archive.faults["available"] = OVERLOADED
    many = client.nearest("https://a.example/x", READ)
    assert many.outcome is LookupOutcome.UNKNOWN
    assert "larger than" in many.detail
    archive.faults["cdx"] = SimulatedFault(
        status=200, mimetype="application/json", body=f"[{fields}{f',{row}' * 50_000}]"
    )
    assert client.nearest("https://a.example/x", READ).outcome is not LookupOutcome.FOUND


@pytest.mark.parametrize("fault", [OVERLOADED, None], ids=["503", "refused"])
def test_missing_responses_and_server_errors_are_distinguished_from_other_unknowns(
    archive: RunningWayback, fault: SimulatedFault | None
) -> None:
    if fault:
        archive.faults["cdx"] = archive.faults["available"] = fault
    with closed_port() as closed:
        endpoint = archive.endpoint if fault else f"http://{closed}"
        with closing(client_of(endpoint)) as client:
            unavailable = client.nearest(PAGE, READ)
    assert (unavailable.outcome, unavailable.unavailable) == (LookupOutcome.UNKNOWN, True)
    archive.faults["cdx"] = SimulatedFault(status=200, body="<html>")
    archive.faults["available"] = SimulatedFault(status=404)
    with closing(client_of(archive.endpoint)) as client:
        assert client.nearest(PAGE, READ).unavailable is False
