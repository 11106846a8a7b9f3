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


def account(
    endpoint: str, keys: ApiKeys = KEYS, options: SaveOptions | None = None, timeout: float = 5
) -> SavePageNowClient:
    return SavePageNowClient(
        Transport(user_agent=USER_AGENT, keys=keys),
        endpoint=endpoint,
        options=options,
        timeout=timeout,
    )


@pytest.fixture
def desk(archive: RunningWayback) -> RunningWayback:
    """Return a client of an archive that accepts our keys."""
    archive.captures.keys = {"AKEY:SSECRET"}
    archive._now = lambda: NOW
    return archive


@pytest.fixture
def spn(desk: RunningWayback) -> Iterator[SavePageNowClient]:
    with closing(account(desk.endpoint)) as client:
        yield client


def test_a_capture_is_a_job_that_ends_in_a_snapshot(
    desk: RunningWayback, spn: SavePageNowClient
) -> None:
    answer = spn.save(f"{PAGE}#part")
    assert (answer.status, answer.snapshot) == (CaptureStatus.PENDING, None)
    assert answer.job_id.startswith("spn2-")
    assert spn.poll([answer.job_id]).results[answer.job_id].status is CaptureStatus.PENDING
    ended = spn.poll([answer.job_id]).results[answer.job_id]
    assert ended.status is CaptureStatus.CAPTURED
    assert ended.snapshot is not None
    assert (ended.snapshot.url, ended.snapshot.captured_at) == (
        f"https://web.archive.org/web/20260302030405/{PAGE}",
        NOW,
    )
    assert desk.captures.submitted_urls == [PAGE]
    assert [asked.headers["Authorization"] for asked in desk.requests] == ["LOW AKEY:SSECRET"] * 3


def test_the_snapshot_is_of_the_page_where_redirects_ended(
    desk: RunningWayback, spn: SavePageNowClient
) -> None:
    desk.captures.status_requests_needed = 0
    jobs = {number: spn.save(f"https://hops.example.org/{number}").job_id for number in (3, 4)}
    ended = spn.poll(list(jobs.values())).results
    snapshot = ended[jobs[3]].snapshot
    assert snapshot is not None
    assert snapshot.original == "https://hops.example.org/0"
    assert (ended[jobs[4]].code, ended[jobs[4]].retry) == ("too-many-redirects", RetryWhen.NEVER)


def test_a_capture_made_just_now_is_given_once_more(
    desk: RunningWayback, spn: SavePageNowClient
) -> None:
    desk.captures.status_requests_needed, desk.captures.reuse_window = 0, timedelta(hours=1)
    first = spn.save(PAGE)
    assert spn.poll([first.job_id]).results[first.job_id].status is CaptureStatus.CAPTURED
    again = spn.save(PAGE)
    assert (again.job_id, again.detail) == (
        first.job_id,
        "The same snapshot had been made 0 minutes ago.",
    )
    assert len(desk.snapshots) == 1


def test_many_capture_jobs_are_polled_by_one_request(
    desk: RunningWayback, spn: SavePageNowClient
) -> None:
    desk.captures.status_requests_needed = 0
    jobs = [spn.save(f"{PAGE}{number}").job_id for number in range(3)]
    answers = spn.poll([*jobs, "spn2-unheard-of"]).results
    assert {job_id: answer.status for job_id, answer in answers.items()} == dict.fromkeys(
        jobs, CaptureStatus.CAPTURED
    )
    assert len(desk.requests_of("status")) == 1


@pytest.mark.parametrize("code", sorted(FAILURE_CODES))
def test_failures_of_a_capture_job_are_classified_by_the_table(
    desk: RunningWayback, spn: SavePageNowClient, code: str
) -> None:
    desk.captures.status_requests_needed = 0
    desk.captures.job_failures[PAGE] = f"error:{code}"
    job_id = spn.save(PAGE).job_id
    answer = spn.poll([job_id]).results[job_id]
    assert (answer.status, answer.code, answer.retry, answer.observed_reason) == (
        CaptureStatus.FAILED,
        code,
        FAILURE_CODES[code].retry,
        FAILURE_CODES[code].observed_reason,
    )


@pytest.mark.parametrize(
    ("message", "code", "extent"),
    [
        ("error:too-many-daily-captures", "too-many-daily-captures", FailureScope.LINK),
        ("You cannot make more than 30000 captures per day.", "daily-limit", FailureScope.SERVICE),
        ("error:user-session-limit", "user-session-limit", FailureScope.SERVICE),
    ],
)
def test_a_refusal_with_status_200_is_a_refusal(
    desk: RunningWayback, spn: SavePageNowClient, message: str, code: str, extent: FailureScope
) -> None:
    desk.captures.submit_errors[PAGE] = message
    answer = spn.save(PAGE)
    assert (answer.status, answer.code, answer.failure_scope, answer.job_id) == (
        CaptureStatus.FAILED,
        code,
        extent,
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
def test_an_answer_that_cannot_be_read_may_have_become_a_capture(
    desk: RunningWayback, spn: SavePageNowClient, fault: SimulatedFault
) -> None:
    desk.faults |= {"save": fault, "status": fault}
    assert spn.save(PAGE).status is CaptureStatus.REQUESTED
    assert spn.poll(["spn2-1"]).results == {}
    allowance = spn.quota()
    assert (allowance.max_concurrent, allowance.left_today, allowance.keys_rejected) == (
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
    desk: RunningWayback, spn: SavePageNowClient, body: str
) -> None:
    desk.faults["status"] = SimulatedFault(
        status=200, mimetype="application/json", body=f"[{body}]"
    )
    assert spn.poll(["1"]).results == {}


@pytest.mark.parametrize(
    "fields",
    [
        '"timestamp": "20261399000000", "original_url": "https://example.org/"',
        '"timestamp": "20260101000000", "original_url": "no address"',
        '"timestamp": "20260101000000"',
        '"timestamp": 20260101000000, "original_url": []',
    ],
)
def test_a_finished_job_that_names_no_possible_copy_is_unusable(
    desk: RunningWayback, spn: SavePageNowClient, fields: str
) -> None:
    body = f'[{{"status": "success", "job_id": "1", {fields}}}]'
    desk.faults["status"] = SimulatedFault(status=200, mimetype="application/json", body=body)
    answer = spn.poll(["1"]).results["1"]
    assert (answer.status, answer.code) == (CaptureStatus.UNUSABLE, "impossible-copy")
    assert answer.snapshot is None


@pytest.mark.parametrize(
    ("fault", "seconds"),
    [
        (TOO_MANY_REQUESTS, 60.0),
        (rate_limited(7), 7.0),
        (replace(OVERLOADED, headers={"Retry-After": "9"}), 9.0),
    ],
)
def test_a_pause_is_returned_by_every_call(
    desk: RunningWayback, spn: SavePageNowClient, fault: SimulatedFault, seconds: float
) -> None:
    desk.faults |= {"save": fault, "status": fault}
    answer = spn.save(PAGE)
    assert (answer.retry, answer.failure_scope, answer.retry_after) == (
        RetryWhen.SOON,
        FailureScope.SERVICE,
        seconds,
    )
    assert spn.poll(["1"]).retry_after == spn.quota().retry_after == seconds


def test_the_quota_is_read_from_the_service(desk: RunningWayback, spn: SavePageNowClient) -> None:
    desk.captures.daily_limit = 100
    assert spn.quota() == CaptureQuota(max_concurrent=3, left_today=100)
    spn.save(PAGE)
    assert spn.quota() == CaptureQuota(max_concurrent=2, left_today=99)
    desk.captures.daily_limit = 0
    assert spn.quota().left_today == 0


def test_an_overloaded_service_is_left_alone(desk: RunningWayback, spn: SavePageNowClient) -> None:
    desk.captures.system_status = (
        "Save Page Now servers are temporarily overloaded. Your captures may be delayed."
    )
    allowance = spn.quota()
    assert (allowance.overloaded, allowance.retry_after, allowance.detail) == (
        True,
        60.0,
        desk.captures.system_status,
    )


def test_rejected_keys_have_their_own_error_and_are_not_shown(desk: RunningWayback) -> None:
    with closing(account(desk.endpoint, ApiKeys("AKEY", "OTHER"))) as spn:
        assert spn.quota().keys_rejected
        answer = spn.save(PAGE)
    assert (answer.status, answer.code, answer.failure_scope) == (
        CaptureStatus.FAILED,
        "keys-refused",
        FailureScope.SERVICE,
    )
    assert desk.captures.submitted_urls == []


def test_options_are_sent_as_the_service_reads_them(desk: RunningWayback) -> None:
    options = SaveOptions(
        capture_all=True,
        outlinks=True,
        screenshot=True,
        if_not_archived_within="3d 5h",
        js_behavior_timeout=0,
        delay_wb_availability=True,
    )
    with closing(account(desk.endpoint, options=options)) as spn:
        spn.save(PAGE, without_browser=True)
    (job,) = desk.captures.jobs.values()
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
    desk: RunningWayback,
) -> None:
    desk.faults["save"] = SimulatedFault(delay=30)
    with closing(account(desk.endpoint, timeout=0.2)) as spn:
        assert spn.save(PAGE).status is CaptureStatus.REQUESTED
    with closed_port() as address, closing(account(f"http://{address}")) as spn:
        answer = spn.save(PAGE)
    assert (answer.status, answer.code) == (CaptureStatus.FAILED, "unreachable")


def test_keys_that_come_back_are_taken_out(desk: RunningWayback, spn: SavePageNowClient) -> None:
    desk.faults |= {
        "save": SimulatedFault(status=500, body="you sent LOW AKEY:SSECRET"),
        "status": SimulatedFault(status=401, body="AKEY:SSECRET?"),
    }
    output = f"{spn.save(PAGE)} {spn.quota()} {KEYS!r} {KEYS}"
    assert "HTTP 500: you sent LOW ***:***" in output
    assert "AKEY" not in output
    assert "SSECRET" not in output


def test_keys_that_come_back_as_escapes_are_taken_out_too(
    desk: RunningWayback, spn: SavePageNowClient
) -> None:
    def escaped(text: str) -> str:
        return "".join(f"\\u{ord(char):04x}" for char in text)

    key, secret = escaped(KEYS.key), escaped(KEYS.secret)
    job = f'{{"job_id": "job-{key}", "message": "from {key}:{secret}"}}'
    desk.faults["save"] = SimulatedFault(status=200, body=job, mimetype="application/json")
    answer = spn.save(PAGE)
    assert (answer.job_id, answer.detail) == ("job-***", "from ***:***")
    jobs = f'[{{"job_id": "1", "status": "error", "status_ext": "error:{key}", "message": "{secret}"}}]'
    desk.faults["status"] = SimulatedFault(status=200, body=jobs, mimetype="application/json")
    ended = spn.poll(["1"]).results["1"]
    assert KEYS.key not in repr(ended)
    assert KEYS.secret not in repr(ended)


@pytest.mark.parametrize(
    "job_id", ["\\ud800x", "a\\u0000b", "a,b", "a\\n::error::b", "é", "x" * 5_000]
)
def test_a_job_id_that_would_spoil_the_requests_for_others_is_none(
    desk: RunningWayback, spn: SavePageNowClient, job_id: str
) -> None:
    body = f'{{"job_id": "{job_id}", "message": "m"}}'
    desk.faults["save"] = SimulatedFault(status=200, body=body, mimetype="application/json")
    answer = spn.save(PAGE)
    assert (answer.status, answer.job_id) == (CaptureStatus.REQUESTED, "")
