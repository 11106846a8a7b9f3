"""Test the metrics of a job and its store, and what happens if they cannot be exported."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import pytest
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import Connection, update

from crawler.demo.web import closed_port
from crawler.jobs.job import Job
from crawler.monitoring import metrics as module
from crawler.monitoring.metrics import MetricsMonitor, MetricsUnavailable
from crawler.scan.wiki_scan import register_urls
from store.errors import DatabaseUnavailable
from store.queries.status import count_all_states
from store.schema.models import LinkRow
from store.vocabulary import CaptureStatus, Fault, LookupOutcome, Reason, Role, SearchOutcome, State
from store.work.runs import RunOutcome
from tests.integration.crawler.conftest import START
from tests.integration.crawler.monitoring.items import JOB, captured, looked_up, probed, searched

Samples = Mapping[str, float]


def read(text: str) -> Samples:
    """Return samples by name and labels, as in a query."""
    return {
        sample.name
        + "".join(
            f"|{label}={value}" for label, value in sorted(sample.labels.items())
        ): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


@contextmanager
def watching(
    job: Job, place: str, outcome: RunOutcome = RunOutcome.FINISHED
) -> Iterator[MetricsMonitor]:
    monitor = MetricsMonitor(place, job.database, job.clock)
    monitor.start_run(JOB)
    try:
        yield monitor
    finally:
        monitor.finish_run(outcome)


def fetch_metrics(place: str) -> Samples:
    with urlopen(f"http://{place}/metrics", timeout=10) as answer:
        return read(answer.read().decode())


def test_the_work_of_a_job_is_counted(job: Job, tmp_path: Path) -> None:
    file = tmp_path / "holdfast.prom"
    with watching(job, str(file)) as monitor:
        assert read(file.read_text())["holdfast_run_outcome|command=check|outcome=running"] == 1
        monitor.record_item(probed(Reason.OK, 301, 200))
        monitor.record_item(probed(Reason.OK, 200))
        monitor.record_item(probed(Reason.CONNECTION_RESET, Fault.RESET, Fault.RESET))
        monitor.record_item(probed(Reason.OK, 200, service="wayback"))
        monitor.record_item(looked_up(LookupOutcome.NONE))
        monitor.record_item(captured(CaptureStatus.CAPTURED))
        monitor.record_item(searched(SearchOutcome.NONE))
        monitor.record_item("something else")
    metrics = read(file.read_text())
    assert metrics["holdfast_probes_total|reason=ok|role=link|verdict=alive"] == 2
    assert metrics["holdfast_probes_total|reason=connection-reset|role=link|verdict=broken"] == 1
    assert metrics["holdfast_probes_total|reason=ok|role=mirror|verdict=alive"] == 1
    assert metrics["holdfast_requests_total|method=GET|result=2xx|service=web"] == 2
    assert metrics["holdfast_requests_total|method=GET|result=3xx|service=web"] == 1
    assert metrics["holdfast_requests_total|method=GET|result=reset|service=web"] == 2
    assert metrics["holdfast_requests_total|method=GET|result=2xx|service=wayback"] == 1
    assert metrics["holdfast_request_seconds_sum|service=web"] == pytest.approx(1.0)
    assert metrics["holdfast_request_seconds_bucket|le=0.25|service=web"] == 5
    assert metrics["holdfast_lookups_total|outcome=none|service=wayback"] == 1
    assert metrics["holdfast_capture_results_total|service=wayback|status=captured"] == 1
    assert metrics["holdfast_searches_total|outcome=none"] == 1
    assert metrics["holdfast_build_info|version=1.2.3"] == 1
    assert metrics["holdfast_run_outcome|command=check|outcome=finished"] == 1
    assert metrics["holdfast_run_outcome|command=check|outcome=running"] == 0
    assert (
        metrics["holdfast_run_finished_timestamp_seconds|command=check"] == job.clock().timestamp()
    )


def test_the_store_is_read_for_each_update(job: Job, tmp_path: Path) -> None:
    file = tmp_path / "holdfast.prom"
    register_urls(job, [f"http://a.example/{number}" for number in range(3)])
    with watching(job, str(file)):
        metrics = read(file.read_text())
        assert (
            metrics["holdfast_links|role=link|state=unchecked"]
            == metrics["holdfast_links_due|role=link"]
            == 3
        )
        assert metrics["holdfast_oldest_due_timestamp_seconds"] == START.timestamp()
        with job.database.write() as connection:
            connection.execute(
                update(LinkRow).values(state=State.ALIVE, next_probe_at=START + timedelta(days=7))
            )
    metrics = read(file.read_text())
    assert metrics["holdfast_links|role=link|state=alive"] == 3
    assert (
        metrics["holdfast_links|role=link|state=unchecked"]
        == metrics["holdfast_links_due|role=link"]
        == 0
    )
    assert metrics["holdfast_oldest_due_timestamp_seconds"] == 0
    assert [path.name for path in tmp_path.glob("holdfast.prom*")] == [
        "holdfast.prom"
    ]  # replaced whole, nothing left over


def test_the_metrics_file_is_updated_during_the_job(
    job: Job, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_WRITE_INTERVAL_SECONDS", 0.01)
    file = tmp_path / "holdfast.prom"
    with watching(job, str(file)) as monitor:
        monitor.record_item(probed(Reason.OK, 200))
        while "holdfast_probes_total|reason=ok|role=link|verdict=alive" not in read(
            file.read_text()
        ):
            pass


def test_a_slow_store_is_counted_less_often(
    job: Job, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now, counted = [0.0], []

    def count(connection: Connection) -> Mapping[tuple[Role, State], int]:
        counted.append(now[0])
        now[0] += 3.0
        return count_all_states(connection)

    monkeypatch.setattr(module, "monotonic", lambda: now[0])
    monkeypatch.setattr(module, "count_all_states", count)
    monkeypatch.setattr(module, "_WRITE_INTERVAL_SECONDS", 3600)
    with watching(job, str(tmp_path / "holdfast.prom")) as monitor:
        for _ in range(40):
            now[0] += 15
            monitor._update(read_store=now[0] > monitor._next_store_read_at)
    assert counted == [0, 168, 336, 504, 612]  # a fiftieth of the time, and once at the end


def test_metrics_are_served_until_the_job_ends(job: Job) -> None:
    with closed_port() as place:
        pass
    with watching(job, place) as monitor:
        monitor.record_item(probed(Reason.OK, 200))
        assert fetch_metrics(place)["holdfast_probes_total|reason=ok|role=link|verdict=alive"] == 1
    with pytest.raises(URLError):
        fetch_metrics(place)


@pytest.mark.parametrize(
    ("place", "message"),
    [
        (
            "FOLDER/missing/holdfast.prom",
            "cannot write FOLDER/missing/holdfast.prom: its folder does not exist: create it first",
        ),
        ("FOLDER", "cannot write FOLDER: it is a folder"),
        ("127.0.0.1:99999", "cannot serve metrics at 127.0.0.1:99999: "),
        ("TAKEN", "cannot serve metrics at TAKEN: Address already in use"),
    ],
)
def test_an_unusable_metrics_target_fails_before_the_job(
    job: Job, tmp_path: Path, place: str, message: str
) -> None:
    with closed_port() as taken:
        wanted = place.replace("FOLDER", str(tmp_path)).replace("TAKEN", taken)
        with pytest.raises(MetricsUnavailable) as caught:
            MetricsMonitor(wanted, job.database, job.clock)
        assert str(caught.value).startswith(
            message.replace("FOLDER", str(tmp_path)).replace("TAKEN", taken)
        )


def test_a_store_error_during_an_update_of_metrics_does_not_affect_the_job(
    job: Job, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise DatabaseUnavailable("the server is away")

    monkeypatch.setattr(module, "store_status", fail)
    file = tmp_path / "holdfast.prom"
    with caplog.at_level(logging.WARNING), watching(job, str(file), RunOutcome.FAILED):
        pass
    assert caplog.messages == ["cannot update metrics: the server is away"] * 2
    metrics = read(file.read_text())
    assert metrics["holdfast_run_outcome|command=check|outcome=failed"] == 1
    assert metrics["holdfast_run_outcome|command=check|outcome=running"] == 0
