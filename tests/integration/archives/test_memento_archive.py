"""Test Memento archives (RFC 7089): lookups by TimeMap and TimeGate, and unusable responses."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime

import pytest

from crawler.archive_clients.memento import MementoClient
from crawler.archive_clients.transport import Transport
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
from store.vocabulary import LookupOutcome
from tests.integration.archives.clients import USER_AGENT
from tests.web.archive import RunningWayback

PAGE = "https://news.example.org/2021/Ferry?id=Ab"
READ = datetime(2021, 8, 5, 12, 0, tzinfo=UTC)
KINDS = ["timegate", "timemap"]


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def client(archive: RunningWayback, kind: str) -> Iterator[MementoClient]:
    """Return a client of a Memento archive by TimeMap or by TimeGate."""
    address = f"{archive.endpoint}/web/{'timegate' if kind == 'timegate' else 'timemap/link'}/"
    with closing(
        MementoClient(Transport(user_agent=USER_AGENT), name="other", **{kind: address}, timeout=5)
    ) as client:
        yield client


@pytest.mark.parametrize(
    ("timestamps", "chosen"),
    [
        (
            ["20210101000000", "20210804000000", "20210805130000"],
            "20210804000000",
        ),  # earlier, although a later one is nearer
        (["20210805120000", "20210805120001"], "20210805120000"),
        (["20210805120001", "20220101000000"], "20210805120001"),
    ],
)
def test_the_newest_memento_before_is_found_or_else_the_oldest_after(
    archive: RunningWayback, client: MementoClient, kind: str, timestamps: list[str], chosen: str
) -> None:
    archive.snapshots += [
        StoredSnapshot(original=PAGE, timestamp=timestamp) for timestamp in timestamps
    ]
    if kind == "timegate" and timestamps[1] == "20210804000000":
        archive.snapshots.pop(0)  # a TimeGate names the first, the last and the chosen one
    snapshot = client.nearest(PAGE, READ).snapshot
    assert snapshot is not None
    assert (snapshot.service, snapshot.url) == ("other", f"{archive.endpoint}/web/{chosen}/{PAGE}")
    assert (snapshot.captured_at, snapshot.status) == (
        datetime.strptime(chosen, "%Y%m%d%H%M%S").replace(tzinfo=UTC),
        None,
    )
    assert len(archive.requests) == 1


@pytest.mark.parametrize(
    ("timestamps", "chosen"),
    [
        (["20140101000000", "20210901000000"], "20210901000000"),
        (["20210804000000", "20210901000000"], "20210804000000"),
        (["20210901000000", "20220901000000"], "20210901000000"),
    ],
)
def test_the_closest_memento_may_be_earlier_or_later(
    archive: RunningWayback, client: MementoClient, timestamps: list[str], chosen: str
) -> None:
    archive.snapshots += [
        StoredSnapshot(original=PAGE, timestamp=timestamp) for timestamp in timestamps
    ]
    snapshot = client.nearest(PAGE, READ, prefer_earlier=False).snapshot
    assert snapshot is not None
    assert snapshot.url == f"{archive.endpoint}/web/{chosen}/{PAGE}"


def test_an_unknown_page_has_the_outcome_none(client: MementoClient) -> None:
    assert client.nearest(PAGE, READ).outcome is LookupOutcome.NONE


def test_a_url_in_another_letter_case_is_another_page(
    archive: RunningWayback, client: MementoClient
) -> None:
    archive.snapshots.append(StoredSnapshot(original=PAGE.lower(), timestamp="20210101000000"))
    lookup = client.nearest(PAGE, READ)
    assert (lookup.outcome, lookup.snapshot) == (LookupOutcome.UNKNOWN, None)
    assert PAGE.lower() in lookup.detail


@pytest.mark.parametrize(
    "fault",
    [
        OVERLOADED,
        ERROR_PAGE,
        EMPTY,
        CUT_SHORT,
        SimulatedFault(status=302),
        SimulatedFault(status=302, headers={"Location": "/elsewhere"}),
    ],
    ids=str,
)
def test_an_unparsable_response_is_an_unknown_outcome(
    archive: RunningWayback, client: MementoClient, kind: str, fault: SimulatedFault
) -> None:
    archive.faults[kind] = fault
    assert client.nearest(PAGE, READ).outcome is LookupOutcome.UNKNOWN


@pytest.mark.parametrize(("fault", "seconds"), [(TOO_MANY_REQUESTS, 60.0), (rate_limited(7), 7.0)])
def test_a_requested_pause_is_returned_with_the_lookup(
    archive: RunningWayback, client: MementoClient, kind: str, fault: SimulatedFault, seconds: float
) -> None:
    archive.faults[kind] = fault
    lookup = client.nearest(PAGE, READ)
    assert (lookup.outcome, lookup.retry_after) == (LookupOutcome.UNKNOWN, seconds)


def test_an_excluded_url_has_its_own_outcome(
    archive: RunningWayback, client: MementoClient, kind: str
) -> None:
    archive.faults[kind] = EXCLUDED
    assert client.nearest(PAGE, READ).outcome is LookupOutcome.EXCLUDED


def test_a_timegate_may_respond_with_the_memento_itself(archive: RunningWayback) -> None:
    """Pywb responds so: with status 200, Content-Location and Memento-Datetime."""
    headers = {
        "Content-Location": f"/web/20210101000000/{PAGE}",
        "Memento-Datetime": "Fri, 01 Jan 2021 00:00:00 GMT",
    }
    archive.faults["timegate"] = SimulatedFault(
        status=200, headers={**headers, "Link": f'<{PAGE}>; rel="original"'}, body="The page."
    )
    with closing(
        MementoClient(
            Transport(user_agent=USER_AGENT),
            name="other",
            timegate=f"{archive.endpoint}/web/timegate/",
        )
    ) as client:
        snapshot = client.nearest(PAGE, READ).snapshot
        assert client.oldest_since(PAGE, READ).outcome is LookupOutcome.UNKNOWN
    assert snapshot is not None
    assert (snapshot.url, snapshot.captured_at) == (
        f"{archive.endpoint}/web/20210101000000/{PAGE}",
        datetime(2021, 1, 1, tzinfo=UTC),
    )


@pytest.mark.parametrize(
    ("fault", "timegate_requests", "outcome"),
    [
        (CUT_SHORT, 1, LookupOutcome.FOUND),
        (OVERLOADED, 1, LookupOutcome.FOUND),
        (TOO_MANY_REQUESTS, 0, LookupOutcome.UNKNOWN),
        (EXCLUDED, 0, LookupOutcome.EXCLUDED),
        (SimulatedFault(status=200, body="x" * 5_000_000), 1, LookupOutcome.FOUND),
        (SimulatedFault(status=404), 0, LookupOutcome.NONE),
    ],
    ids=["cut short", "overloaded", "rate limit", "excluded", "too large", "no mementos"],
)
def test_the_timegate_is_used_after_a_timemap_that_fails(
    archive: RunningWayback, fault: SimulatedFault, timegate_requests: int, outcome: LookupOutcome
) -> None:
    archive.snapshots.append(StoredSnapshot(original=PAGE, timestamp="20210101000000"))
    archive.faults["timemap"] = fault
    with closing(
        MementoClient(
            Transport(user_agent=USER_AGENT),
            name="other",
            timegate=f"{archive.endpoint}/web/timegate/",
            timemap=f"{archive.endpoint}/web/timemap/link/",
        )
    ) as client:
        found = client.nearest(PAGE, READ)
        copies = (found.snapshot.url,) if found.snapshot else ()
        # Another memento may be usable, but only the TimeMap can say so.
        if copies:
            again = client.nearest(PAGE, READ, excluded=copies)
            assert again.outcome is LookupOutcome.UNKNOWN
    assert found.outcome is outcome
    targets = [request.target for request in archive.requests if "timegate" in request.target]
    assert len(targets) == timegate_requests * 2


def test_a_memento_without_its_original_is_no_result(archive: RunningWayback) -> None:
    archive.faults["timegate"] = SimulatedFault(
        status=302,
        headers={"Location": "/m/1", "Memento-Datetime": "Fri, 01 Jan 2021 00:00:00 GMT"},
    )
    with closing(
        MementoClient(
            Transport(user_agent=USER_AGENT),
            name="other",
            timegate=f"{archive.endpoint}/web/timegate/",
        )
    ) as client:
        assert client.nearest(PAGE, READ).outcome is LookupOutcome.UNKNOWN


MEMENTO = 'rel="memento"; datetime="Fri, 01 Jan 2021 00:00:00 GMT"'
ORIGINAL = f'<{PAGE}>; rel="original", '


@pytest.mark.parametrize(
    ("links", "outcome"),
    [
        (f"{ORIGINAL}</m/1>; {MEMENTO}", LookupOutcome.FOUND),
        (f"{ORIGINAL}<https://replay.example/2021/{PAGE}>; {MEMENTO}", LookupOutcome.FOUND),
        (f"<https://replay.example/2021/{PAGE}>; {MEMENTO}", LookupOutcome.FOUND),
        (f"{ORIGINAL}<https://perma.cc/ABCD-1234>; {MEMENTO}", LookupOutcome.FOUND),
        (f"</m/1>; {MEMENTO}", LookupOutcome.UNKNOWN),
        (f"{ORIGINAL}<https://casino.example/>; {MEMENTO}", LookupOutcome.UNKNOWN),
        (f"<https://casino.example/>; {MEMENTO}", LookupOutcome.UNKNOWN),
        (f"{ORIGINAL}<{PAGE}>; {MEMENTO}", LookupOutcome.UNKNOWN),
        (
            f"{ORIGINAL}<https://web.archive.org/web/20210101000000/http://casino.example/>; {MEMENTO}",
            LookupOutcome.UNKNOWN,
        ),
    ],
)
@pytest.mark.parametrize("kind", KINDS, indirect=True)
def test_only_a_copy_of_the_page_in_an_archive_is_found(
    archive: RunningWayback, client: MementoClient, kind: str, links: str, outcome: LookupOutcome
) -> None:
    """Any page of the web would else be shown, and written into a wiki, as a copy."""
    location = links.rpartition("<")[2].partition(">")[0]
    archive.faults["timemap"] = SimulatedFault(
        status=200, body=links, mimetype="application/link-format"
    )
    archive.faults["timegate"] = SimulatedFault(
        status=302, headers={"Link": links, "Location": location}
    )
    found = client.nearest(PAGE, READ)
    if kind == "timegate" and links.startswith("<https://replay"):
        outcome = LookupOutcome.UNKNOWN  # its original has to be recognised
    assert found.outcome is outcome, found.detail


def test_since_reads_later_mementos_from_a_timemap(archive: RunningWayback) -> None:
    archive.snapshots += [
        StoredSnapshot(original=PAGE, timestamp=stamp)
        for stamp in ("20200101000000", "20220101000000", "20230101000000")
    ]
    with closing(
        MementoClient(
            Transport(user_agent=USER_AGENT),
            name="other",
            timemap=f"{archive.endpoint}/web/timemap/link/",
        )
    ) as client:
        snapshot = client.oldest_since(PAGE, READ).snapshot
        assert (
            client.oldest_since(PAGE, datetime(2024, 1, 1, tzinfo=UTC)).outcome
            is LookupOutcome.NONE
        )
    assert snapshot is not None
    assert snapshot.captured_at.year == 2022


def test_urls_that_cannot_be_requested_are_not_looked_up(
    archive: RunningWayback, client: MementoClient
) -> None:
    assert client.nearest("http://", READ).outcome is LookupOutcome.UNKNOWN
    assert archive.requests == []


def test_an_excluded_memento_is_recognised_in_another_spelling(
    archive: RunningWayback, client: MementoClient
) -> None:
    """The wiki may spell a copy's URL otherwise than the archive: both have one link key."""
    archive.snapshots.append(StoredSnapshot(original=PAGE, timestamp="20210101000000"))
    found = client.nearest(PAGE, READ)
    assert found.snapshot is not None
    cited = found.snapshot.url.replace("http://", "HTTP://", 1) + "#top"
    assert client.nearest(PAGE, READ, excluded=[cited]).outcome is LookupOutcome.NONE
