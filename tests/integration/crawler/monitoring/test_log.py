"""A job in the log: its events and their fields, as docs/monitoring.md promises them."""

from __future__ import annotations

import logging

import pytest

from crawler.monitoring.events import EACH, LOGGER
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


def test_a_job_is_told_from_its_beginning_to_its_end(caplog: pytest.LogCaptureFixture) -> None:
    monitor = LogMonitor()
    with caplog.at_level(logging.INFO), caplog.at_level(logging.INFO, logger=EACH):
        monitor.begin(JOB)
        monitor.take(probed(Reason.NOT_FOUND, 404, 404))
        monitor.take(looked_up(LookupOutcome.NONE))
        monitor.take(captured(CaptureStatus.CAPTURED))
        monitor.take(searched(SearchOutcome.FOUND))
        monitor.take(compared(0.98765))
        monitor.take(compared(None))
        monitor.take("something else")
        monitor.end(RunOutcome.INTERRUPTED)
    assert [record.name for record in caplog.records] == [LOGGER, *[EACH] * 6, LOGGER]
    assert [record.__dict__["told"] for record in caplog.records] == [
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
        {"event": "comparison", "run": 7, "url": "http://a.example/x", "kept": 0.988},
        {"event": "comparison", "run": 7, "url": "http://a.example/x", "kept": None},
        {
            "event": "run-finished",
            "run": 7,
            "command": "check",
            "outcome": "interrupted",
            "probes": {"broken": 1},
        },
    ]
