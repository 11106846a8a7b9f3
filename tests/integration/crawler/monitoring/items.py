"""Build items of a job."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from crawler.items import CaptureItem, DriftItem, LookupItem, ProbeItem, SearchItem
from crawler.liveness import make_judgement
from crawler.monitoring.interface import MonitoredRun
from crawler.page_text.comparison import TextComparison
from store.vocabulary import (
    CaptureResult,
    CaptureStatus,
    Fault,
    LookupOutcome,
    LookupResult,
    MirrorAddress,
    Probe,
    ProbeRequest,
    Reason,
    Role,
    SearchOutcome,
    State,
)
from store.work.archives.captures import CaptureTask
from store.work.archives.lookups import LookupTask
from store.work.archives.mementos import StoredMemento
from store.work.comparisons import ComparisonTask
from store.work.frontier import DueLink
from store.work.searches import SearchTask

NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)
JOB = MonitoredRun(run_id=7, command="check", started_at=NOW, version="1.2.3")


def probed(
    reason: Reason, *answers: int | Fault, url: str = "http://a.example/x", service: str = ""
) -> ProbeItem:
    """Return a probe of a link, or of a mirror on a service; each of its requests took 200 ms."""
    role = Role.MIRROR if service else Role.LINK
    requests = tuple(
        ProbeRequest(
            method="GET",
            url=url,
            at=NOW,
            elapsed_ms=200,
            status=answer if isinstance(answer, int) else None,
            fault=answer if isinstance(answer, Fault) else None,
        )
        for answer in answers
    )
    address = MirrorAddress(service=service) if service else None
    return ProbeItem(
        link=DueLink(id=1, url=url, role=role, state=State.UNCHECKED, probes=0, address=address),
        host="a.example",
        probe=Probe(
            url=url,
            role=role,
            started_at=NOW,
            finished_at=NOW + timedelta(seconds=1.5),
            requests=requests,
        ),
        judgement=make_judgement(reason),
        lease=None,
    )


def looked_up(outcome: LookupOutcome) -> LookupItem:
    task = LookupTask(link_id=1, url="http://a.example/x", target_time=NOW)
    return LookupItem(service="wayback", task=task, result=LookupResult(outcome=outcome))


def captured(status: CaptureStatus) -> CaptureItem:
    task = CaptureTask(
        capture_id=1, link_id=1, url="http://a.example/x", tries=0, requested_at=None
    )
    return CaptureItem(service="wayback", task=task, result=CaptureResult(status=status))


def searched(outcome: SearchOutcome) -> SearchItem:
    task = SearchTask(
        link_id=1, url="http://a.example/x", host="a.example", mementos=(), page_evidence=None
    )
    return SearchItem(task=task, outcome=outcome)


def compared(kept: float | None) -> DriftItem:
    url = "https://web.archive.org/web/20210805110426/http://a.example/x"
    memento = StoredMemento(
        mirror_id=1,
        link_id=2,
        url=url,
        original="http://a.example/x",
        timestamp="20210805110426",
        captured_at=NOW,
    )
    task = ComparisonTask(
        link_id=1, url="http://a.example/x", memento=memento, page=None, mirror_page=None
    )
    return DriftItem(task=task, comparison=TextComparison(remaining_share=kept), is_final=True)
