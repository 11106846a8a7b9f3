"""Test the knowledge of a site from the responses to random URLs and from its links."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, update

from crawler.liveness import SiteKnowledge, can_be_compared, judge
from crawler.probing.site_knowledge import SiteState
from store.errors import LeaseLost
from store.schema.engine import Database, open_database
from store.schema.models import HostRow
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
from store.work.host_knowledge import (
    APP_UNKNOWN_MARKER,
    HostKnowledge,
    host_knowledge,
    record_sibling,
    record_siblings,
)
from store.work.leases import Lease
from tests.integration.store.leasing import acquire_lease, ensure_host

NOW = datetime(2026, 3, 2, 3, 0, tzinfo=UTC)
NOTHING = HostKnowledge(tracked_state=TrackedState(), siblings=(), redirect_targets={})
# An error page, or a page about one: only a random URL of the site decides.
UNCLEAR = PageEvidence(
    title="Not found",
    text="We could not show what you asked for. " * 12,
    length=500,
    simhash=0xF0F0,
)


def probe_of(
    url: str, *statuses: int, final_url: str | None = None, evidence: PageEvidence | None = UNCLEAR
) -> Probe:
    requests = [
        ProbeRequest(
            method="GET",
            url=final_url if final_url and hop else url,
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


PLAIN = PageEvidence(title="Lights", text="All night long. " * 200, length=3000, simhash=1)


LONG = PageEvidence(title="All", text="The same for everything. " * 20, length=500, simhash=9)


def requested(site: SiteState, *urls: str, evidence: PageEvidence = PLAIN) -> list[bool]:
    """Return for each of some served pages whether a random URL is requested for it."""
    return [
        site.sibling_for(number, probe_of(url, 200, evidence=evidence)) is not None
        for number, url in enumerate(urls)
    ]


def test_a_random_url_is_requested_once_per_site_without_suspicion_too() -> None:
    site = SiteState(NOTHING, NOW)
    assert site.sibling_for(1, probe_of("https://a.test/dir/x", 404)) is None
    target = site.sibling_for(1, probe_of("https://a.test/dir/sub/x", 200, evidence=PLAIN))
    assert target is not None
    assert target.url.startswith("https://a.test/dir/sub/")
    assert requested(site, "https://a.test/dir/y", "https://a.test/dir/other/z") == [False, False]


def test_archived_text_needs_no_sibling() -> None:
    site, probe = SiteState(NOTHING, NOW), probe_of("https://a.test/x", 200, evidence=PLAIN)
    assert site.sibling_for(1, probe, PLAIN) is None
    assert site.sibling_for(1, probe) is not None


def test_with_sibling_days_0_no_random_url_is_requested() -> None:
    assert requested(SiteState(NOTHING, NOW, sibling_days=0), "https://a.test/x") == [False]


FOLDERS = [f"https://a.test/{folder}/x" for folder in "abcdefghijkl"]


def probe_all_folders(
    site: SiteState, statuses: dict[str, int], evidence: PageEvidence = PLAIN
) -> int:
    """Probe the random URLs that pages in many folders need, and return their number."""
    count = 0
    for number, url in enumerate(FOLDERS):
        target = site.sibling_for(number, probe_of(url, 200, evidence=evidence))
        if target:
            count += 1
            status = statuses.get(url.split("/")[3], 404)
            site.accept_sibling(probe_of(target.url, status, evidence=evidence))
    return count


def test_random_urls_in_further_folders_are_requested_only_if_needed() -> None:
    assert probe_all_folders(SiteState(NOTHING, NOW), {}) == 2
    assert probe_all_folders(SiteState(NOTHING, NOW), {"b": 200}) == 8
    assert probe_all_folders(SiteState(NOTHING, NOW), {}, UNCLEAR) == 8


def test_a_link_is_compared_with_the_sibling_of_its_own_folder() -> None:
    site = SiteState(NOTHING, NOW)
    probe_all_folders(site, {"b": 200})
    statuses = []
    for url in (*FOLDERS[:3], "https://a.test/zzz/x"):
        sibling = site.knowledge(1, probe_of(url, 200)).sibling
        assert sibling is not None
        statuses.append(sibling.requests[-1].status)
    assert statuses == [404, 200, 404, 404]


@pytest.mark.parametrize(
    ("sibling", "verdict"),
    [
        (
            probe_of("https://a.test/qqq", 200),
            Verdict.BROKEN,
        ),  # a random URL gets the very same page
        (
            probe_of("https://a.test/qqq", 404, evidence=None),
            Verdict.ALIVE,
        ),  # a random URL gets an error status
    ],
)
def test_the_response_to_a_random_url_decides(sibling: Probe, verdict: Verdict) -> None:
    site, probe = SiteState(NOTHING, NOW), probe_of("https://a.test/x", 200)
    site.accept_sibling(sibling)
    assert judge(probe, site.knowledge(1, probe)).verdict is verdict


def test_a_random_url_without_a_response_is_no_evidence() -> None:
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
    site.accept_sibling(unanswered)
    assert site.knowledge(1, probe).sibling is None
    known = replace(NOTHING, siblings=(unanswered,))
    for days, is_requested in ((6, False), (8, True)):
        later = SiteState(known, NOW + timedelta(days=days))
        assert requested(later, "https://a.test/x") == [is_requested]
    site.accept_sibling(probe_of("https://a.test/qqq", 404))
    assert site.knowledge(1, probe).sibling is not None


def test_other_links_with_the_same_redirect_target_are_counted() -> None:
    site = SiteState(
        HostKnowledge(
            tracked_state=TrackedState(),
            siblings=(),
            redirect_targets={"https://a.test/all": frozenset({1, 2})},
        ),
        NOW,
    )
    probe = probe_of("https://a.test/x", 302, 200, final_url="https://a.test/all")
    site.record_redirect(3, probe)
    assert site.knowledge(1, probe).shared_targets == {"https://a.test/all": 2}
    assert site.knowledge(9, probe).shared_targets == {"https://a.test/all": 3}


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    opened = open_database(f"sqlite:///{tmp_path / 'h.db'}")
    yield opened
    opened.close()


def lease_host(database: Database, host: str = "a.test") -> Lease:
    with database.write() as connection:
        lease = acquire_lease(
            connection,
            ensure_host(connection, host),
            owner="me",
            now=NOW,
            length=timedelta(minutes=1),
        )
    assert lease is not None
    return lease


def test_a_sibling_is_stored_and_requested_again_when_it_is_old(database: Database) -> None:
    lease, sibling = lease_host(database), probe_of("https://a.test/qqq", 404)
    with database.write() as connection:
        record_sibling(connection, lease, sibling)
    with database.read() as connection:
        known = host_knowledge(connection, [lease.host_id])[lease.host_id]
    assert known.siblings == [sibling]
    for days, is_requested in ((30, False), (100, True)):
        later = SiteState(known, NOW + timedelta(days=days))
        assert requested(later, "https://a.test/x") == [is_requested]
    shorter = SiteState(known, NOW + timedelta(days=30), sibling_days=20)
    assert requested(shorter, "https://a.test/x") == [True]


@pytest.mark.parametrize(("method", "status"), [("GET", 404), ("HEAD", 200)])
def test_site_rules_are_skipped_if_they_cannot_decide(
    monkeypatch: pytest.MonkeyPatch, method: str, status: int
) -> None:
    """After a 404 for a random URL there is nothing to compare with, and a HEAD has no page."""
    site, page = SiteState(NOTHING, NOW), probe_of("https://a.test/x", 200, evidence=LONG)
    page = replace(page, requests=(replace(page.requests[0], method=method),))
    site.accept_sibling(probe_of("https://a.test/qqq", status, evidence=LONG))
    monkeypatch.delattr(SiteState, "knowledge")
    assert site.control_for(1, page) is None
    if method == "HEAD":
        assert site.sibling_for(1, page) is None
    else:
        assert site.home_page_for(1, page) is None
        assert not site.new_evidence(page, SiteKnowledge())


def test_home_page_is_requested_once_where_pages_are_like_the_sibling(database: Database) -> None:
    lease, page = lease_host(database), probe_of("https://a.test/x", 200, evidence=LONG)
    site = SiteState(NOTHING, NOW)
    assert site.home_page_for(1, page) is None
    sibling = probe_of("https://a.test/qqq", 200, evidence=LONG)
    site.accept_sibling(sibling)
    target = site.home_page_for(1, page)
    assert target is not None
    assert target.url == "https://a.test/"
    assert site.home_page_for(2, page) is None
    assert judge(page, site.knowledge(1, page)).reason is Reason.OK
    home = probe_of(target.url, 200, evidence=PLAIN)
    for one in (sibling, home):
        with database.write() as connection:
            record_sibling(connection, lease, one)
    with database.read() as connection:
        known = host_knowledge(connection, [lease.host_id])[lease.host_id]
    later = SiteState(known, NOW + timedelta(days=60))
    assert later.home_page_for(1, page) is None
    assert judge(page, later.knowledge(1, page)).reason is Reason.SOFT_404
    assert requested(later, "https://a.test/x") == [False]


def test_siblings_of_several_folders_are_stored_newest_first(database: Database) -> None:
    lease = lease_host(database)
    siblings = [probe_of(f"https://a.test/{number}/qqq", 404) for number in range(15)]
    for sibling in siblings:
        with database.write() as connection:
            record_sibling(connection, lease, sibling)
    with database.read() as connection:
        known = host_knowledge(connection, [lease.host_id])[lease.host_id]
    assert known.siblings == siblings[:2:-1]


def test_a_sibling_stored_by_an_older_version_is_replaced(database: Database) -> None:
    lease, sibling = lease_host(database), probe_of("https://a.test/qqq", 200)
    with database.write() as connection:
        record_sibling(connection, lease, sibling)
        row = connection.execute(select(HostRow.sibling)).scalar_one()
        old = {name: row[name] for name in ("url", "requests", "evidence")}
        connection.execute(update(HostRow).values(sibling=old))
    with database.read() as connection:
        known = host_knowledge(connection, [lease.host_id])[lease.host_id]
    evidence = replace(UNCLEAR, title="Lights", text="All night long. " * 20)
    page = probe_of("https://a.test/x", 200, evidence=evidence)
    old_sibling = replace(
        known.siblings[0], evidence=replace(evidence, html_markers=(APP_UNKNOWN_MARKER,))
    )
    site = SiteState(replace(known, siblings=(old_sibling,)), NOW)
    site.accept_sibling(probe_of("https://a.test/", 200))
    assert judge(page, site.knowledge(1, page)).reason is Reason.OK
    assert site.sibling_for(1, page) is not None
    site.accept_sibling(replace(old_sibling, evidence=evidence))
    assert judge(page, site.knowledge(1, page)).reason is Reason.SOFT_404
    with database.write() as connection:
        record_sibling(connection, lease, sibling)
    with database.read() as connection:
        known = host_knowledge(connection, [lease.host_id])[lease.host_id]
    assert known.siblings == [sibling]


def test_without_the_lease_no_sibling_is_stored(database: Database) -> None:
    lease = lease_host(database)
    lost = Lease(lease.host_id, lease.owner, lease.token - 1, lease.until, None)
    with pytest.raises(LeaseLost), database.write() as connection:
        record_sibling(connection, lost, probe_of("https://a.test/qqq", 404))


def test_siblings_of_several_hosts_are_stored_unless_a_lease_was_lost(database: Database) -> None:
    first, second = lease_host(database, "a.test"), lease_host(database, "b.test")
    lost = Lease(second.host_id, second.owner, second.token - 1, second.until, None)
    found = [probe_of(f"https://{name}.test/qqq", 404) for name in "ba"]
    with database.write() as connection:
        errors = record_siblings(connection, [(lost, found[0]), (first, found[1])])
    assert [type(error) for error in errors] == [LeaseLost, type(None)]
    with database.read() as connection:
        known = host_knowledge(connection, [first.host_id, second.host_id])
    assert known[first.host_id].siblings == [found[1]]
    assert not known[second.host_id].siblings


def test_reason_is_a_soft_404() -> None:
    site, probe = SiteState(NOTHING, NOW), probe_of("https://a.test/x", 200)
    site.accept_sibling(probe_of("https://a.test/qqq", 200))
    assert judge(probe, site.knowledge(1, probe)).reason is Reason.SOFT_404


VARYING = [
    PageEvidence(title="Front", text=f"{'All the lamps burn all night long. ' * 20} {news}", simhash=n)
    for n, news in enumerate(
        ("Two geese win the regatta.", "Bakery opens after floods.", "School choir sings abroad.")
    )
]  # fmt: skip


def test_a_varying_site_gets_at_most_two_more_random_urls() -> None:
    site, page = SiteState(NOTHING, NOW), probe_of("https://a.test/x", 200, evidence=VARYING[2])
    assert site.control_for(1, page) is None
    site.accept_sibling(probe_of("https://a.test/qqq", 200, evidence=VARYING[0]))
    targets = [site.control_for(1, page) for _ in range(3)]
    assert [target is not None for target in targets] == [True, True, False]


def test_stored_controls_do_not_clear_a_failing_link() -> None:
    siblings = tuple(
        probe_of(f"https://a.test/{name}", 200, evidence=VARYING[number % 2])
        for number, name in enumerate(("aaa", "bbb", "ccc"))
    )
    site = SiteState(replace(NOTHING, siblings=siblings), NOW)
    changed = replace(VARYING[2], text=VARYING[2].text + " Read 5 times, more or less, today.")
    page = probe_of("https://a.test/x", 200, evidence=changed)
    assert site.control_for(1, page) is None
    assert site.control_for(1, page, is_failing=True) is not None


def test_an_old_sibling_is_requested_again_if_a_page_changed() -> None:
    before = replace(PLAIN, title="Lamps", text="Corals build houses of stone. " * 60, simhash=77)
    page = probe_of("https://a.test/x", 200, evidence=PLAIN)
    for age, is_requested in ((timedelta(days=8), True), (timedelta(days=1), False)):
        old = replace(probe_of("https://a.test/qqq", 404), finished_at=NOW - age)
        site = SiteState(replace(NOTHING, siblings=(old,)), NOW)
        assert site.sibling_for(1, page) is None
        assert (site.sibling_for(1, page, before) is not None) is is_requested
        assert site.sibling_for(2, page, before) is None  # once a run


def test_only_a_recent_random_url_clears_a_failing_link() -> None:
    page = probe_of("https://a.test/x", 200, evidence=VARYING[2])
    for age, status, is_requested in ((24, 200, True), (1, 200, False), (24, 404, False)):
        stored = probe_of("https://a.test/qqq", status, evidence=VARYING[0])
        old = replace(stored, finished_at=NOW - timedelta(hours=age))
        site = SiteState(replace(NOTHING, siblings=(old,)), NOW)
        assert site.sibling_for(1, page) is None
        assert (site.sibling_for(1, page, is_failing=True) is not None) is is_requested
        assert site.sibling_for(2, page, is_failing=True) is None  # once a run


def test_the_archived_page_needs_no_newer_random_url_though_its_link_is_failing() -> None:
    archived = replace(PLAIN, title="Lamps", text="Corals build houses of stone. " * 60)
    page = probe_of("https://a.test/x", 200, evidence=archived)
    stored = probe_of("https://a.test/qqq", 200, evidence=VARYING[0])
    old = replace(stored, finished_at=NOW - timedelta(days=1))
    site = SiteState(replace(NOTHING, siblings=(old,)), NOW)
    assert site.sibling_for(1, page, archived, is_failing=True) is None


def test_the_neighbour_is_stored_with_the_siblings(database: Database) -> None:
    lease, text = (
        lease_host(database),
        " ".join(f"Lamp {chr(97 + n)} of the pier." for n in range(26)),
    )
    other = probe_of("https://a.test/lamps", 200, evidence=replace(PLAIN, title="L", text=text))
    site = SiteState(NOTHING, NOW)
    site.accept_sibling(probe_of("https://a.test/qqq", 200, evidence=VARYING[0]))
    same = probe_of("https://a.test/x", 200, evidence=VARYING[0])
    assert not site.new_evidence(same, site.knowledge(1, same))
    (found,) = site.new_evidence(other, site.knowledge(2, other))
    assert not site.new_evidence(other, site.knowledge(3, other))
    with database.write() as connection:
        record_sibling(connection, lease, found)
    with database.read() as connection:
        known = host_knowledge(connection, [lease.host_id])[lease.host_id]
    later = SiteState(known, NOW + timedelta(days=200))
    knowledge = later.knowledge(1, same)
    assert knowledge.neighbour is not None
    assert knowledge.sibling is None
    assert later.knowledge(2, other).neighbour is None


def test_a_page_probed_before_the_random_url_can_be_the_neighbour() -> None:
    text = " ".join(f"Lamp {chr(97 + n)} of the pier." for n in range(26))
    other = probe_of("https://a.test/lamps", 200, evidence=replace(PLAIN, title="L", text=text))
    site = SiteState(NOTHING, NOW)
    site.accept_sibling(probe_of("https://a.test/qqq", 404))
    assert not site.new_evidence(other, site.knowledge(1, other))
    assert site.choose_neighbour() is None
    site.accept_sibling(probe_of("https://a.test/blog/qqq", 200, evidence=LONG))
    assert site.choose_neighbour() is not None
    page = probe_of("https://a.test/blog/x", 200, evidence=LONG)
    assert judge(page, site.knowledge(2, page)).reason is Reason.SOFT_404


def test_the_lost_page_is_stored_with_the_siblings(database: Database) -> None:
    lease, page = lease_host(database), probe_of("https://a.test/x", 200, evidence=LONG)
    site = SiteState(NOTHING, NOW)
    site.accept_sibling(probe_of("https://a.test/qqq", 200, evidence=LONG))
    assert not site.new_evidence(page, site.knowledge(1, page))
    text = " ".join(f"Lamp {chr(97 + n)} of the pier." for n in range(26))
    memento = replace(PLAIN, title="L", text=text, simhash=0xFFFF << 40)
    assert judge(page, site.knowledge(1, page, memento)).reason is Reason.SOFT_404
    (found,) = site.new_evidence(page, site.knowledge(1, page, memento))
    with database.write() as connection:
        record_sibling(connection, lease, found)
    with database.read() as connection:
        known = host_knowledge(connection, [lease.host_id])[lease.host_id]
    later = SiteState(known, NOW + timedelta(days=200))
    assert later.knowledge(1, page).lost is None
    assert later.knowledge(2, probe_of("https://a.test/y", 200)).lost == found


def test_random_query_of_a_script_is_requested_once_and_remembered(database: Database) -> None:
    lease, url = lease_host(database), "https://a.test/item.php?id=51"
    page = probe_of(url, 200, evidence=LONG)
    site = SiteState(NOTHING, NOW)
    assert site.query_sibling_for(1, page) is None  # a random path comes first
    site.accept_sibling(probe_of("https://a.test/qqq", 404, evidence=None))
    target = site.query_sibling_for(1, page)
    assert target is not None
    assert target.url.startswith("https://a.test/item.php?id=")
    assert site.query_sibling_for(2, page) is None
    answer = probe_of(target.url, 200, evidence=LONG)
    with database.write() as connection:
        record_sibling(connection, lease, answer)
    with database.read() as connection:
        known = host_knowledge(connection, [lease.host_id])[lease.host_id]
    later = SiteState(known, NOW + timedelta(days=30))
    assert later.knowledge(1, page).query_sibling == answer
    assert later.knowledge(1, page).sibling is None
    other = probe_of("https://a.test/list.php?tag=51", 200, evidence=LONG)
    assert later.knowledge(2, other).query_sibling is None


def test_page_is_not_judged_for_random_queries_it_cannot_have(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    judged: list[str] = []

    def note(probe: Probe, _known: SiteKnowledge) -> bool:
        judged.append(probe.url)
        return False

    monkeypatch.setattr("crawler.probing.query_siblings.needs_query_sibling", note)
    site = SiteState(NOTHING, NOW)
    for url in ("https://a.test/x", "https://a.test/x?lang=en", "https://a.test/x?id=51"):
        site.query_sibling_for(1, probe_of(url, 200, evidence=LONG))
    assert judged == ["https://a.test/x?id=51"]


@pytest.mark.parametrize(
    ("status", "url", "expected"),
    [
        (404, "https://a.test/x", False),
        (200, "https://a.test/x", True),
        (404, "https://a.test/x?id=51", True),
    ],
)
def test_site_may_repeat_a_page_if_it_shows_one_at_a_random_url_or_has_queries(
    status: int, url: str, *, expected: bool
) -> None:
    site = SiteState(NOTHING, NOW)
    assert site.may_repeat_page("https://a.test/x") is False  # nothing is known
    site.accept_sibling(probe_of("https://a.test/qqq", status, evidence=LONG))
    assert site.may_repeat_page(url) is expected


def test_probe_can_be_compared_with_random_urls_if_it_shows_a_page_or_a_redirect() -> None:
    url = "https://a.test/x"
    assert can_be_compared(probe_of(url, 200, evidence=LONG))
    assert can_be_compared(probe_of(url, 301, 200, final_url="https://a.test/", evidence=None))
    assert not can_be_compared(probe_of(url, 304, evidence=None))
