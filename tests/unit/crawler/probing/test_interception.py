"""Test which responses may be from a device on our own network, and which only from the host."""

from __future__ import annotations

import asyncio
from contextlib import ExitStack

import pytest

from crawler.jobs.stop_signal import StopSignal
from crawler.probing import interception
from crawler.probing.interception import InterceptionDetector, kind_of_response
from store.vocabulary import Fault, Probe, ProbeRequest, State
from tests.unit.crawler.liveness.probes import failure, probe, redirected, response

PLAIN, SECURE = "http://example.org/a", "https://example.org/a"
PORTAL = "https://portal.example/login"


@pytest.mark.parametrize(
    ("probe_made", "kind"),
    [
        (probe(response(403, PLAIN)), "refusal"),
        (probe(response(407, PLAIN)), "gateway"),
        (probe(response(502, PLAIN)), "gateway"),
        (probe(failure(Fault.TLS, url=SECURE)), "certificate"),
        (probe(failure(Fault.PROXY_FAILED, "through the proxy: 502", url=SECURE)), "proxy"),
        (
            probe(failure(Fault.HOST_UNREACHABLE, "No route to host", url=PLAIN)),
            "unreachable addresses",
        ),
        (redirected((302, PLAIN), final=PORTAL), "redirect to portal.example"),
        (redirected((301, PLAIN), final="http://www.example.org/a"), None),
        (probe(response(200, PLAIN)), None),
        (probe(response(404, PLAIN)), None),
        (probe(failure(Fault.TIMEOUT, url=PLAIN)), "no response in time"),
        (probe(failure(Fault.TRUNCATED, url=PLAIN)), None),
    ],
)
def test_suspicious_responses_over_http_have_their_kind(
    probe_made: Probe, kind: str | None
) -> None:
    assert kind_of_response(probe_made) == kind


@pytest.mark.parametrize(
    "probe_made",
    [
        probe(response(403, SECURE)),
        probe(response(503, SECURE)),
        redirected((301, PLAIN), final=SECURE, status=403),
        redirected((302, SECURE), final=PORTAL),
        redirected((302, "https://www.example.org/a"), final="http://portal.example/"),
    ],
)
def test_over_https_only_the_host_itself_responds(probe_made: Probe) -> None:
    assert kind_of_response(probe_made) is None


def detects(monkeypatch: pytest.MonkeyPatch, *, trust_seconds: float, passed: float) -> bool:
    """Return whether bad gateways of three hosts are detected some time after a host's own response."""
    now = 1000.0
    monkeypatch.setattr(interception, "monotonic", lambda: now)

    async def scenario() -> bool:
        nonlocal now
        stop = StopSignal()
        detector = InterceptionDetector(stop, trust_seconds=trust_seconds)
        assert await detector.is_from_host(
            "own.example", State.UNCHECKED, probe(response(200, PLAIN))
        )
        now += passed
        bad = probe(response(502, PLAIN))
        hosts = [f"h{number}.example" for number in range(3)]
        with ExitStack() as tracked:
            for host in hosts:
                tracked.enter_context(detector.track_host(host))
                tracked.enter_context(detector.track_probe(host))
            results = [detector.is_from_host(host, State.UNCHECKED, bad) for host in hosts]
            own = await asyncio.gather(*results)
        assert detector.is_intercepted is bool(stop) is not all(own)
        return detector.is_intercepted

    return asyncio.run(scenario())


def test_a_hosts_own_response_counts_to_the_end_of_a_run_and_some_time_for_a_worker(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert not detects(monkeypatch, trust_seconds=float("inf"), passed=1e6)
    assert not detects(monkeypatch, trust_seconds=600, passed=590)
    assert detects(monkeypatch, trust_seconds=600, passed=610)


@pytest.mark.parametrize(
    "unsent",
    [
        failure(Fault.UNSAFE_ADDRESS, url="http://192.168.1.1/"),
        failure(Fault.INVALID_URL, url=PLAIN),
        failure(Fault.INTERRUPTED, url=PLAIN),
        failure(Fault.CLIENT_LIMIT, url=PLAIN),
    ],
)
def test_a_request_that_was_not_sent_does_not_show_that_the_network_works(
    unsent: ProbeRequest,
) -> None:
    async def scenario() -> None:
        detector = InterceptionDetector(StopSignal())
        assert await detector.is_from_host("a.example", State.UNCHECKED, probe(unsent))
        assert not detector.had_own_response

    asyncio.run(scenario())
