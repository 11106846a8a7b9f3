"""Tell what something on the own network may have answered from what only the host can."""

from __future__ import annotations

import pytest

from crawler.probing.interception import kind_of_response
from store.vocabulary import Fault, Probe
from tests.unit.crawler.liveness.probes import answer, failure, probe, redirected

PLAIN, SECURE = "http://example.org/a", "https://example.org/a"
PORTAL = "https://portal.example/login"


@pytest.mark.parametrize(
    ("ended", "kind"),
    [
        (probe(answer(403, PLAIN)), "refusal"),
        (probe(answer(407, PLAIN)), "gateway"),
        (probe(answer(502, PLAIN)), "gateway"),
        (probe(failure(Fault.TLS, url=SECURE)), "certificate"),
        (probe(failure(Fault.UNREACHABLE, "through the proxy: 502", url=SECURE)), "proxy"),
        (probe(failure(Fault.UNREACHABLE, "no route to host", url=PLAIN)), None),
        (redirected((302, PLAIN), final=PORTAL), "redirect to portal.example"),
        (redirected((301, PLAIN), final="http://www.example.org/a"), None),
        (probe(answer(200, PLAIN)), None),
        (probe(answer(404, PLAIN)), None),
        (probe(failure(Fault.TIMEOUT, url=PLAIN)), None),
    ],
)
def test_responses_that_others_can_give_over_plain_http(ended: Probe, kind: str | None) -> None:
    assert kind_of_response(ended) == kind


@pytest.mark.parametrize(
    "ended",
    [
        probe(answer(403, SECURE)),
        probe(answer(503, SECURE)),
        redirected((301, PLAIN), final=SECURE, status=403),
        redirected((302, SECURE), final=PORTAL),
        redirected((302, "https://www.example.org/a"), final="http://portal.example/"),
    ],
)
def test_over_https_only_the_host_itself_responds(ended: Probe) -> None:
    assert kind_of_response(ended) is None
