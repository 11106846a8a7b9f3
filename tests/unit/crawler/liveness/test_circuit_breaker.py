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


def test_one_unknown_name_judges_all() -> None:
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


def test_silent_archive_is_paused_and_never_down() -> None:
    silence = judge_mirror(
        probe(
            failure(Fault.TIMEOUT, url="https://web.archive.org/web/2014id_/https://example.org/a")
        ),
        MirrorAddress(service="wayback"),
    )
    breaker = (
        CircuitBreaker().after_judgement(silence).after_judgement(silence).after_judgement(silence)
    )
    assert breaker.skip_reason() is Reason.HOST_PAUSED
    said = breaker.host_judgement()
    assert said is not None
    assert said.verdict is Verdict.UNSURE


def test_host_known_down_judges_its_links_once_it_fails_again() -> None:
    assert CircuitBreaker().skip_reason(DOWN) is None
    assert after(Reason.TIMEOUT).skip_reason(DOWN) is Reason.HOST_DOWN
    assert after(Reason.OK).skip_reason(DOWN) is None


def test_host_has_a_history_by_the_rule_of_links() -> None:
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
    answered = after(
        Reason.NOT_FOUND, Reason.TIMEOUT, Reason.TIMEOUT, Reason.TIMEOUT
    ).host_judgement()
    assert answered is not None
    assert answered.reason is Reason.OK
