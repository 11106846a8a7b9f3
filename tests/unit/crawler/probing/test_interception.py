"""Test which responses may be from a device on our own network, and which only from the host."""

from __future__ import annotations

import pytest

from crawler.probing.interception import kind_of_response
from store.vocabulary import Fault, Probe
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
        (probe(failure(Fault.UNREACHABLE, "through the proxy: 502", url=SECURE)), "proxy"),
        (probe(failure(Fault.UNREACHABLE, "no route to host", url=PLAIN)), "unreachable addresses"),
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
