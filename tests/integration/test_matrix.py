"""Test the verdict and reason of every URL of the test internet. No living link is called broken."""

from __future__ import annotations

import pytest

from crawler.demo.web import ANY
from crawler.http.urls import link_key
from store.vocabulary import Reason, Verdict
from tests.integration.liveness_run import PATIENCE, Probed, probe_in_subprocess
from tests.web.internet import Internet
from tests.web.verdicts import REASONS

LIVING = frozenset(
    {Reason.OK, Reason.CANONICALISED, Reason.REDIRECTED_TEMPORARILY, Reason.MOVED_PERMANENTLY}
)


@pytest.fixture(scope="module")
def matrix(internet: Internet, tmp_path_factory: pytest.TempPathFactory) -> list[Probed]:
    internet.reset()
    overrides = {
        "network.connect_to": internet.connect_to(),
        "network.ca_file": str(internet.ca_file),
        "hosts": {
            "*": {"interval": 0.0, "timeout": 60.0, "retry_wait": 0.2, "concurrency": 8},
            **{host: {"timeout": 4.0} for host in ("deaf.test", "black-hole.test")},
            **{host: {"timeout": 15.0} for host in ("faults.test", "slow.test")},
        },
    }
    return probe_in_subprocess(
        tmp_path_factory.mktemp("matrix"), list(REASONS), overrides, rounds=2, seconds=PATIENCE
    )


def test_every_address_gets_the_verdict_of_a_careful_person(
    matrix: list[Probed], internet: Internet
) -> None:
    wrong = [probed for probed in matrix if Reason(probed.reason) not in _acceptable(probed)]
    table = "\n".join(
        f"{_behaviour(internet, probed.url):100} {probed.verdict:8} {probed.reason}"
        for probed in matrix
    )
    explained = "\n".join(f"{probed}\n  wanted {sorted(REASONS[probed.url])}" for probed in wrong)
    assert not wrong, f"{table}\n\n{explained}"


def test_nothing_living_is_called_broken(matrix: list[Probed]) -> None:
    condemned = [
        probed
        for probed in matrix
        if probed.verdict == Verdict.BROKEN and REASONS[probed.url] <= LIVING
    ]
    assert condemned == []


def test_every_address_is_probed_once_a_round(matrix: list[Probed]) -> None:
    first = [link_key(probed.url) for probed in matrix if probed.round == 1]
    assert len(first) == len(set(first))
    # What was not under way when its host asked for an hour's pause stays due.
    assert {link_key(url) for url in REASONS} - set(first) <= {"http://weary.test/sibling"}
    alive = {
        probed.url for probed in matrix if probed.round == 1 and probed.verdict == Verdict.ALIVE
    }
    assert {probed.url for probed in matrix if probed.round == 2} | {
        "http://weary.test/sibling"
    } == alive | {"http://weary.test/sibling"}


def test_the_second_look_reads_no_page_again_that_looks_the_same(matrix: list[Probed]) -> None:
    second = {probed.url: probed.requests for probed in matrix if probed.round == 2}
    for language in ("en", "zh-Hans"):  # all that is known of them is their length
        (request,) = second[f"http://ok.test/{language}"]
        assert request.startswith("HEAD ")
    (first, *_) = second["http://head.test/404"]  # its length on HEAD is another one
    assert first.startswith(("HEAD ", "GET "))
    assert second["http://head.test/404"][-1].startswith("GET ")


def _acceptable(probed: Probed) -> frozenset[Reason]:
    wanted = REASONS[probed.url]
    return (
        wanted | {Reason.OK} if probed.round > 1 and wanted <= LIVING else wanted
    )  # a HEAD sees no redirect inside a page


def _behaviour(internet: Internet, url: str) -> str:
    host, _, path = url.partition("://")[2].partition("/")
    site = internet.sites.get(host, {})
    behaviour = site.get(f"/{path}") or site.get(ANY)
    return f"{url}: {behaviour.summary}" if behaviour else url
