"""Test the log of a job: its events and fields, as docs/monitoring.md lists them."""

from __future__ import annotations

import logging

import pytest

from crawler.monitoring.events import DETAIL_LOGGER, LOGGER
from crawler.monitoring.log import LogMonitor
from store.vocabulary import CaptureStatus, LookupOutcome, Reason, SearchOutcome
from store.work.runs import RunOutcome
from tests.integration.crawler.monitoring.items import (
    JOB,
    captured,
    compared,
    looked_up,
    probed,
    searched,
)


def test_a_job_is_logged_from_its_start_to_its_end(caplog: pytest.LogCaptureFixture) -> None:
    monitor = LogMonitor()
    with caplog.at_level(logging.INFO), caplog.at_level(logging.INFO, logger=DETAIL_LOGGER):
        monitor.start_run(JOB)
        monitor.record_item(probed(Reason.NOT_FOUND, 404, 404))
        monitor.record_item(looked_up(LookupOutcome.NONE))
        monitor.record_item(captured(CaptureStatus.CAPTURED))
        monitor.record_item(searched(SearchOutcome.FOUND))
        monitor.record_item(compared(0.98765))
        monitor.record_item(compared(None))
        monitor.record_item("something else")
        monitor.finish_run(RunOutcome.INTERRUPTED)
    assert [record.name for record in caplog.records] == [LOGGER, *[DETAIL_LOGGER] * 6, LOGGER]
    assert [record.__dict__["holdfast_event"] for record in caplog.records] == [
        {"event": "run-started", "run": 7, "command": "check", "version": "1.2.3"},
        {
            "event": "probe",
            "run": 7,
            "url": "http://a.example/x",
            "role": "link",
            "host": "a.example",
            "verdict": "broken",
            "reason": "not-found",
            "status": None,
            "requests": 2,
            "seconds": 1.5,
        },
        {
            "event": "lookup",
            "run": 7,
            "service": "wayback",
            "url": "http://a.example/x",
            "outcome": "none",
        },
        {
            "event": "capture",
            "run": 7,
            "service": "wayback",
            "url": "http://a.example/x",
            "status": "captured",
        },
        {"event": "search", "run": 7, "url": "http://a.example/x", "outcome": "found"},
        {"event": "comparison", "run": 7, "url": "http://a.example/x", "remaining_share": 0.988},
        {"event": "comparison", "run": 7, "url": "http://a.example/x", "remaining_share": None},
        {
            "event": "run-finished",
            "run": 7,
            "command": "check",
            "outcome": "interrupted",
            "probes": {"broken": 1},
        },
    ]
