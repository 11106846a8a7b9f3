"""Test when the probes of a host stop in a run, and how the host itself is judged."""

from __future__ import annotations

from datetime import timedelta

import pytest

from crawler.liveness import CircuitBreaker, advance, judge, judge_mirror, make_judgement
from crawler.liveness.circuit_breaker import HARD_FAILURES
from store.vocabulary import (
    Fault,
    HistoryPolicy,
    MirrorAddress,
    Reason,
    State,
    TrackedState,
    Verdict,
)
from tests.unit.crawler.liveness.probes import NOW, failure, probe

DOWN = TrackedState(state=State.BROKEN)


def after(*reasons: Reason) -> CircuitBreaker:
    breaker = CircuitBreaker()
    for reason in reasons:
        breaker = breaker.after_judgement(make_judgement(reason))
    return breaker


@pytest.mark.parametrize("reason", sorted(HARD_FAILURES - {Reason.DOMAIN_NOT_FOUND}))
def test_third_hard_failure_in_a_row_pauses_the_host(reason: Reason) -> None:
    assert after(reason, reason).skip_reason() is None
    assert after(reason, reason, reason).skip_reason() is Reason.HOST_PAUSED


@pytest.mark.parametrize(
    "reason",
    [
        Reason.OK,
        Reason.NOT_FOUND,
        Reason.SERVER_ERROR,
        Reason.FORBIDDEN,
        Reason.RATE_LIMITED,
        Reason.MOVED_PERMANENTLY,
    ],
)
def test_any_response_resets_the_failure_count(reason: Reason) -> None:
    breaker = after(Reason.TIMEOUT, Reason.TIMEOUT, reason, Reason.TIMEOUT, Reason.TIMEOUT)
    assert breaker.skip_reason() is None
    assert breaker.has_responded


@pytest.mark.parametrize(
    "reason",
    [
        Reason.NETWORK_DOWN,
        Reason.DNS_FAILURE,
        Reason.INTERRUPTED,
        Reason.EXCLUDED,
        Reason.UNSAFE_ADDRESS,
    ],
)
def test_reasons_unrelated_to_the_host_leave_the_failure_count(reason: Reason) -> None:
    breaker = after(Reason.TIMEOUT, reason, Reason.TIMEOUT, Reason.TIMEOUT)
    assert breaker.skip_reason() is Reason.HOST_PAUSED
    assert after(reason) == CircuitBreaker()


def test_one_unknown_host_name_judges_all_its_links() -> None:
    breaker = after(Reason.DOMAIN_NOT_FOUND)
    others = breaker.skip_reason()
    assert others is Reason.DOMAIN_NOT_FOUND
    assert judge(probe(skipped=others)).reason is Reason.DOMAIN_NOT_FOUND
    assert breaker.host_judgement() == make_judgement(Reason.DOMAIN_NOT_FOUND)


def test_an_unknown_host_name_judges_no_other_name_of_its_slot() -> None:
    breaker = CircuitBreaker().after_judgement(
        make_judgement(Reason.DOMAIN_NOT_FOUND), "archive.is"
    )
    assert breaker.skip_reason(hostname="archive.is") is Reason.DOMAIN_NOT_FOUND
    assert breaker.skip_reason(hostname="archive.ph") is None
    assert (
        breaker.after_judgement(make_judgement(Reason.OK), "archive.ph").skip_reason(
            hostname="archive.is"
        )
        is Reason.DOMAIN_NOT_FOUND
    )


def test_an_archive_without_responses_is_paused_and_never_broken() -> None:
    timeout = judge_mirror(
        probe(
            failure(Fault.TIMEOUT, url="https://web.archive.org/web/2014id_/https://example.org/a")
        ),
        MirrorAddress(service="wayback"),
    )
    breaker = (
        CircuitBreaker().after_judgement(timeout).after_judgement(timeout).after_judgement(timeout)
    )
    assert breaker.skip_reason() is Reason.HOST_PAUSED
    judgement_of_host = breaker.host_judgement()
    assert judgement_of_host is not None
    assert judgement_of_host.verdict is Verdict.UNSURE


def test_the_first_failure_of_a_broken_host_judges_its_links() -> None:
    assert CircuitBreaker().skip_reason(DOWN) is None
    assert after(Reason.TIMEOUT).skip_reason(DOWN) is Reason.HOST_DOWN
    assert after(Reason.OK).skip_reason(DOWN) is None


def test_a_host_is_confirmed_broken_by_the_rule_of_links() -> None:
    host = TrackedState()
    for day in (0, 1, 4, 7):
        judgement = after(*[Reason.CONNECTION_REFUSED] * 3).host_judgement()
        assert judgement is not None
        host = advance(
            host,
            judgement,
            NOW + timedelta(days=day),
            HistoryPolicy(),
            random=0,
            archived_since_failure=False,
        )
    assert host.state is State.BROKEN
    reason = after(Reason.CONNECTION_REFUSED).skip_reason(host)
    assert reason is Reason.HOST_DOWN
    link = advance(
        TrackedState(),
        judge(probe(skipped=reason)),
        NOW + timedelta(days=7),
        HistoryPolicy(),
        random=0,
    )
    assert (link.state, link.reason) == (State.BROKEN, Reason.HOST_DOWN)


def test_a_run_with_too_few_probes_does_not_judge_the_host() -> None:
    assert CircuitBreaker().host_judgement() is None
    assert after(Reason.TIMEOUT, Reason.TIMEOUT).host_judgement() is None
    with_a_response = after(
        Reason.NOT_FOUND, Reason.TIMEOUT, Reason.TIMEOUT, Reason.TIMEOUT
    ).host_judgement()
    assert with_a_response is not None
    assert with_a_response.reason is Reason.OK
