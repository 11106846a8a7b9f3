"""Test captures with keys at the fake archive: requests, and the result of each response."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from crawler.archive_clients.save_page_now import SavePageNowClient
from crawler.archive_clients.transport import ApiKeys, Transport
from crawler.archives.capture_errors import FAILURE_CODES
from crawler.archives.interface import CaptureQuota
from crawler.config.archives import SaveOptions
from crawler.demo.archive_faults import (
    CUT_SHORT,
    EMPTY,
    ERROR_PAGE,
    OVERLOADED,
    TOO_MANY_REQUESTS,
    SimulatedFault,
    rate_limited,
)
from crawler.demo.web import closed_port
from store.vocabulary import CaptureStatus, FailureScope, RetryWhen
from tests.integration.archives.clients import USER_AGENT
from tests.web.archive import RunningWayback

PAGE = "https://example.org/News?id=Ab"
KEYS = ApiKeys("AKEY", "SSECRET")
NOW = datetime(2026, 3, 2, 3, 4, 5, tzinfo=UTC)


def open_client(
    endpoint: str, keys: ApiKeys = KEYS, options: SaveOptions | None = None, timeout: float = 5
) -> SavePageNowClient:
    return SavePageNowClient(
        Transport(user_agent=USER_AGENT, keys=keys),
        endpoint=endpoint,
        options=options,
        timeout=timeout,
    )


@pytest.fixture
def archive_with_keys(archive: RunningWayback) -> RunningWayback:
    """Return an archive that accepts `KEYS`."""
    archive.captures.keys = {"AKEY:SSECRET"}
    archive._now = lambda: NOW
    return archive


@pytest.fixture
def client(archive_with_keys: RunningWayback) -> Iterator[SavePageNowClient]:
    with closing(open_client(archive_with_keys.endpoint)) as client:
        yield client


def test_a_capture_is_a_job_that_ends_in_a_snapshot(
    archive_with_keys: RunningWayback, client: SavePageNowClient
) -> None:
    result = client.save(f"{PAGE}#part")
    assert (result.status, result.snapshot) == (CaptureStatus.PENDING, None)
    assert result.job_id.startswith("spn2-")
    assert client.poll([result.job_id]).results[result.job_id].status is CaptureStatus.PENDING
    finished = client.poll([result.job_id]).results[result.job_id]
    assert finished.status is CaptureStatus.CAPTURED
    assert finished.snapshot is not None
    assert (finished.snapshot.url, finished.snapshot.captured_at) == (
        f"https://web.archive.org/web/20260302030405/{PAGE}",
        NOW,
    )
    assert archive_with_keys.captures.submitted_urls == [PAGE]
    assert [request.headers["Authorization"] for request in archive_with_keys.requests] == [
        "LOW AKEY:SSECRET"
    ] * 3


def test_the_snapshot_is_of_the_target_of_redirects(
    archive_with_keys: RunningWayback, client: SavePageNowClient
) -> None:
    archive_with_keys.captures.status_requests_needed = 0
    jobs = {number: client.save(f"https://hops.example.org/{number}").job_id for number in (3, 4)}
    finished = client.poll(list(jobs.values())).results
    snapshot = finished[jobs[3]].snapshot
    assert snapshot is not None
    assert snapshot.original == "https://hops.example.org/0"
    assert (finished[jobs[4]].code, finished[jobs[4]].retry) == (
        "too-many-redirects",
        RetryWhen.NEVER,
    )


def test_a_recent_capture_is_returned_again(
    archive_with_keys: RunningWayback, client: SavePageNowClient
) -> None:
    archive_with_keys.captures.status_requests_needed, archive_with_keys.captures.reuse_window = (
        0,
        timedelta(hours=1),
    )
    first = client.save(PAGE)
    assert client.poll([first.job_id]).results[first.job_id].status is CaptureStatus.CAPTURED
    again = client.save(PAGE)
    assert (again.job_id, again.detail) == (
        first.job_id,
        "The same snapshot had been made 0 minutes ago.",
    )
    assert len(archive_with_keys.snapshots) == 1


def test_many_capture_jobs_are_polled_by_one_request(
    archive_with_keys: RunningWayback, client: SavePageNowClient
) -> None:
    archive_with_keys.captures.status_requests_needed = 0
    jobs = [client.save(f"{PAGE}{number}").job_id for number in range(3)]
    results = client.poll([*jobs, "spn2-unheard-of"]).results
    assert {job_id: result.status for job_id, result in results.items()} == dict.fromkeys(
        jobs, CaptureStatus.CAPTURED
    )
    assert len(archive_with_keys.requests_of("status")) == 1


@pytest.mark.parametrize("code", sorted(FAILURE_CODES))
def test_failures_of_a_capture_job_are_classified_by_the_table(
    archive_with_keys: RunningWayback, client: SavePageNowClient, code: str
) -> None:
    archive_with_keys.captures.status_requests_needed = 0
    archive_with_keys.captures.job_failures[PAGE] = f"error:{code}"
    job_id = client.save(PAGE).job_id
    result = client.poll([job_id]).results[job_id]
    assert (result.status, result.code, result.retry, result.observed_reason) == (
        CaptureStatus.FAILED,
        code,
        FAILURE_CODES[code].retry,
        FAILURE_CODES[code].observed_reason,
    )


@pytest.mark.parametrize(
    ("message", "code", "scope"),
    [
        ("error:too-many-daily-captures", "too-many-daily-captures", FailureScope.LINK),
        ("You cannot make more than 30000 captures per day.", "daily-limit", FailureScope.SERVICE),
        ("error:user-session-limit", "user-session-limit", FailureScope.SERVICE),
    ],
)
def test_a_refusal_may_have_status_200(
    archive_with_keys: RunningWayback,
    client: SavePageNowClient,
    message: str,
    code: str,
    scope: FailureScope,
) -> None:
    archive_with_keys.captures.submit_errors[PAGE] = message
    result = client.save(PAGE)
    assert (result.status, result.code, result.failure_scope, result.job_id) == (
        CaptureStatus.FAILED,
        code,
        scope,
        "",
    )


@pytest.mark.parametrize(
    "fault",
    [
        CUT_SHORT,
        EMPTY,
        ERROR_PAGE,
        SimulatedFault(status=200, mimetype="application/json", body="[" * 100_000),
    ],
)
def test_after_an_unreadable_response_a_capture_stays_requested(
    archive_with_keys: RunningWayback, client: SavePageNowClient, fault: SimulatedFault
) -> None:
    archive_with_keys.faults |= {"save": fault, "status": fault}
    assert client.save(PAGE).status is CaptureStatus.REQUESTED
    assert client.poll(["spn2-1"]).results == {}
    quota = client.quota()
    assert (quota.free_sessions, quota.left_today, quota.keys_rejected) == (
        None,
        None,
        False,
    )


@pytest.mark.parametrize(
    "body",
    [
        '{"status": "dancing", "job_id": "1"}',
        '{"status": "error", "job_id": "1", "message": "No such job."}',
        '{"status": "success", "job_id": "2", "timestamp": "20260101000000", "original_url": "https://example.org/"}',
        '"1"',
    ],
)
def test_an_ambiguous_job_status_is_no_result(
    archive_with_keys: RunningWayback, client: SavePageNowClient, body: str
) -> None:
    archive_with_keys.faults["status"] = SimulatedFault(
        status=200, mimetype="application/json", body=f"[{body}]"
    )
    assert client.poll(["1"]).results == {}


@pytest.mark.parametrize(
    "fields",
    [
        '"timestamp": "20261399000000", "original_url": "https://example.org/"',
        '"timestamp": "20260101000000", "original_url": "no address"',
        '"timestamp": "20260101000000"',
        '"timestamp": 20260101000000, "original_url": []',
    ],
)
def test_a_finished_job_with_an_impossible_copy_is_unusable(
    archive_with_keys: RunningWayback, client: SavePageNowClient, fields: str
) -> None:
    body = f'[{{"status": "success", "job_id": "1", {fields}}}]'
    archive_with_keys.faults["status"] = SimulatedFault(
        status=200, mimetype="application/json", body=body
    )
    result = client.poll(["1"]).results["1"]
    assert (result.status, result.code) == (CaptureStatus.UNUSABLE, "impossible-copy")
    assert result.snapshot is None


@pytest.mark.parametrize(
    ("fault", "seconds"),
    [
        (TOO_MANY_REQUESTS, 60.0),
        (rate_limited(7), 7.0),
        (replace(OVERLOADED, headers={"Retry-After": "9"}), 9.0),
    ],
)
def test_a_pause_is_returned_by_every_call(
    archive_with_keys: RunningWayback,
    client: SavePageNowClient,
    fault: SimulatedFault,
    seconds: float,
) -> None:
    archive_with_keys.faults |= {"save": fault, "status": fault}
    result = client.save(PAGE)
    assert (result.retry, result.failure_scope, result.retry_after) == (
        RetryWhen.SOON,
        FailureScope.SERVICE,
        seconds,
    )
    assert client.poll(["1"]).retry_after == client.quota().retry_after == seconds


def test_the_quota_is_read_from_the_service(
    archive_with_keys: RunningWayback, client: SavePageNowClient
) -> None:
    archive_with_keys.captures.daily_limit = 100
    assert client.quota() == CaptureQuota(free_sessions=3, left_today=100)
    client.save(PAGE)
    assert client.quota() == CaptureQuota(free_sessions=2, left_today=99)
    archive_with_keys.captures.daily_limit = 0
    assert client.quota().left_today == 0


def test_an_overloaded_service_is_reported_with_a_pause(
    archive_with_keys: RunningWayback, client: SavePageNowClient
) -> None:
    archive_with_keys.captures.system_status = (
        "Save Page Now servers are temporarily overloaded. Your captures may be delayed."
    )
    quota = client.quota()
    assert (quota.overloaded, quota.retry_after, quota.detail) == (
        True,
        60.0,
        archive_with_keys.captures.system_status,
    )


def test_rejected_keys_are_reported_and_not_shown(archive_with_keys: RunningWayback) -> None:
    with closing(open_client(archive_with_keys.endpoint, ApiKeys("AKEY", "OTHER"))) as client:
        assert client.quota().keys_rejected
        result = client.save(PAGE)
    assert (result.status, result.code, result.failure_scope) == (
        CaptureStatus.FAILED,
        "keys-refused",
        FailureScope.SERVICE,
    )
    assert archive_with_keys.captures.submitted_urls == []


def test_options_are_sent_as_the_service_reads_them(archive_with_keys: RunningWayback) -> None:
    options = SaveOptions(
        capture_all=True,
        outlinks=True,
        screenshot=True,
        if_not_archived_within="3d 5h",
        js_behavior_timeout=0,
        delay_wb_availability=True,
    )
    with closing(open_client(archive_with_keys.endpoint, options=options)) as client:
        client.save(PAGE, without_browser=True)
    (job,) = archive_with_keys.captures.jobs.values()
    assert job.options == {
        "url": PAGE,
        "capture_all": "1",
        "capture_outlinks": "1",
        "capture_screenshot": "1",
        "delay_wb_availability": "1",
        "if_not_archived_within": "3d 5h",
        "js_behavior_timeout": "0",
        "force_get": "1",
    }


def test_a_missing_response_leaves_a_capture_requested_and_a_refused_connection_does_not(
    archive_with_keys: RunningWayback,
) -> None:
    archive_with_keys.faults["save"] = SimulatedFault(delay=30)
    with closing(open_client(archive_with_keys.endpoint, timeout=0.2)) as client:
        assert client.save(PAGE).status is CaptureStatus.REQUESTED
    with closed_port() as address, closing(open_client(f"http://{address}")) as client:
        result = client.save(PAGE)
    assert (result.status, result.code) == (CaptureStatus.FAILED, "unreachable")


def test_keys_in_responses_are_redacted(
    archive_with_keys: RunningWayback, client: SavePageNowClient
) -> None:
    archive_with_keys.faults |= {
        "save": SimulatedFault(status=500, body="you sent LOW AKEY:SSECRET"),
        "status": SimulatedFault(status=401, body="AKEY:SSECRET?"),
    }
    output = f"{client.save(PAGE)} {client.quota()} {KEYS!r} {KEYS}"
    assert "HTTP 500: you sent LOW ***:***" in output
    assert "AKEY" not in output
    assert "SSECRET" not in output


def test_escaped_keys_in_responses_are_redacted(
    archive_with_keys: RunningWayback, client: SavePageNowClient
) -> None:
    def escaped(text: str) -> str:
        return "".join(f"\\u{ord(char):04x}" for char in text)

    key, secret = escaped(KEYS.key), escaped(KEYS.secret)
    job = f'{{"job_id": "job-{key}", "message": "from {key}:{secret}"}}'
    archive_with_keys.faults["save"] = SimulatedFault(
        status=200, body=job, mimetype="application/json"
    )
    result = client.save(PAGE)
    assert (result.job_id, result.detail) == ("job-***", "from ***:***")
    jobs = f'[{{"job_id": "1", "status": "error", "status_ext": "error:{key}", "message": "{secret}"}}]'
    archive_with_keys.faults["status"] = SimulatedFault(
        status=200, body=jobs, mimetype="application/json"
    )
    finished = client.poll(["1"]).results["1"]
    assert KEYS.key not in repr(finished)
    assert KEYS.secret not in repr(finished)


@pytest.mark.parametrize(
    "job_id", ["\\ud800x", "a\\u0000b", "a,b", "a\\n::error::b", "é", "x" * 5_000]
)
def test_an_invalid_job_id_is_not_used(
    archive_with_keys: RunningWayback, client: SavePageNowClient, job_id: str
) -> None:
    body = f'{{"job_id": "{job_id}", "message": "m"}}'
    archive_with_keys.faults["save"] = SimulatedFault(
        status=200, body=body, mimetype="application/json"
    )
    result = client.save(PAGE)
    assert (result.status, result.job_id) == (CaptureStatus.REQUESTED, "")
