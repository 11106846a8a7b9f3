"""What is learnt of a site while its links are probed: the answer to nonsense, asked for once and remembered; where links end."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from crawler.liveness import judge
from crawler.probing.site_knowledge import SiteState
from store.errors import LeaseLost
from store.schema.engine import Database, open_database
from store.vocabulary import (
    Fault,
    PageEvidence,
    Probe,
    ProbeRequest,
    Reason,
    Role,
    TrackedState,
    Verdict,
)
from store.work.host_knowledge import HostKnowledge, host_knowledge, record_sibling
from store.work.leases import Lease
from tests.integration.store.leasing import acquire_lease, ensure_host

NOW = datetime(2026, 3, 2, 3, 0, tzinfo=UTC)
NOTHING = HostKnowledge(
    tracked_state=TrackedState(), sibling=None, sibling_at=None, redirect_targets={}
)
# A page that may be an error page or may be about one: the site itself has to tell.
UNCLEAR = PageEvidence(
    title="Not found",
    text="We could not show what you asked for. " * 12,
    length=500,
    simhash=0xF0F0,
)


def probe_of(
    url: str, *statuses: int, end: str | None = None, evidence: PageEvidence | None = UNCLEAR
) -> Probe:
    requests = [
        ProbeRequest(
            method="GET",
            url=end if end and hop else url,
            at=NOW,
            elapsed_ms=1,
            status=status,
            hop=hop,
        )
        for hop, status in enumerate(statuses)
    ]
    return Probe(
        url=url,
        role=Role.LINK,
        started_at=NOW,
        finished_at=NOW,
        requests=tuple(requests),
        evidence=evidence,
    )


def test_the_site_is_asked_for_nonsense_once_and_only_where_it_matters() -> None:
    site = SiteState(NOTHING, NOW)
    plain = PageEvidence(title="Lights", text="All night long. " * 200, length=3000, simhash=1)
    assert site.sibling_for(1, probe_of("https://a.test/x", 200, evidence=plain)) is None
    assert site.sibling_for(1, probe_of("https://a.test/x", 404)) is None
    target = site.sibling_for(1, probe_of("https://a.test/dir/x", 200))
    assert target is not None
    assert target.url.startswith("https://a.test/dir/")
    assert site.sibling_for(2, probe_of("https://a.test/y", 200)) is None


@pytest.mark.parametrize(
    ("sibling", "verdict"),
    [
        (probe_of("https://a.test/qqq", 200), Verdict.BROKEN),  # nonsense gets the very same page
        (
            probe_of("https://a.test/qqq", 404, evidence=None),
            Verdict.ALIVE,
        ),  # nonsense gets an honest error
    ],
)
def test_the_answer_to_nonsense_tips_the_balance(sibling: Probe, verdict: Verdict) -> None:
    site, probe = SiteState(NOTHING, NOW), probe_of("https://a.test/x", 200)
    site.accept_sibling(sibling)
    assert judge(probe, site.knowledge(1, probe)).verdict is verdict


def test_a_question_that_got_no_answer_teaches_nothing() -> None:
    site, probe = SiteState(NOTHING, NOW), probe_of("https://a.test/x", 200)
    silent = ProbeRequest(
        method="GET", url="https://a.test/qqq", at=NOW, elapsed_ms=1, fault=Fault.TIMEOUT
    )
    unanswered = Probe(
        url="https://a.test/qqq",
        role=Role.LINK,
        started_at=NOW,
        finished_at=NOW,
        requests=(silent,),
    )
    assert not site.accept_sibling(unanswered)
    assert site.knowledge(1, probe).sibling is None
    assert site.accept_sibling(probe_of("https://a.test/qqq", 404))


def test_links_that_end_in_one_place_are_counted_but_never_themselves() -> None:
    site = SiteState(
        HostKnowledge(
            tracked_state=TrackedState(),
            sibling=None,
            sibling_at=None,
            redirect_targets={"https://a.test/all": frozenset({1, 2})},
        ),
        NOW,
    )
    probe = probe_of("https://a.test/x", 302, 200, end="https://a.test/all")
    site.learn(3, probe)
    assert site.knowledge(1, probe).shared_targets == {"https://a.test/all": 2}
    assert site.knowledge(9, probe).shared_targets == {"https://a.test/all": 3}


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    opened = open_database(f"sqlite:///{tmp_path / 'h.db'}")
    yield opened
    opened.close()


def hold(database: Database) -> Lease:
    with database.write() as connection:
        lease = acquire_lease(
            connection,
            ensure_host(connection, "a.test"),
            owner="me",
            now=NOW,
            length=timedelta(minutes=1),
        )
    assert lease is not None
    return lease


def test_the_answer_is_remembered_and_asked_for_again_after_a_season(database: Database) -> None:
    lease, sibling = hold(database), probe_of("https://a.test/qqq", 404)
    with database.write() as connection:
        record_sibling(connection, lease, sibling)
    with database.read() as connection:
        known = host_knowledge(connection, [lease.host_id])[lease.host_id]
    assert known.sibling == sibling
    unclear = probe_of("https://a.test/x", 200)
    assert SiteState(known, NOW + timedelta(days=30)).sibling_for(1, unclear) is None
    assert SiteState(known, NOW + timedelta(days=100)).sibling_for(1, unclear) is not None


def test_without_the_lease_nothing_is_remembered(database: Database) -> None:
    lease = hold(database)
    lost = Lease(lease.host_id, lease.owner, lease.token - 1, lease.until, None)
    with pytest.raises(LeaseLost), database.write() as connection:
        record_sibling(connection, lost, probe_of("https://a.test/qqq", 404))


def test_reason_is_a_soft_404() -> None:
    site, probe = SiteState(NOTHING, NOW), probe_of("https://a.test/x", 200)
    site.accept_sibling(probe_of("https://a.test/qqq", 200))
    assert judge(probe, site.knowledge(1, probe)).reason is Reason.SOFT_404
