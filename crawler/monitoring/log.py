"""A job in the log: when it begins and ends, and with `-v` everything it did."""

from __future__ import annotations

import logging
from collections import Counter
from typing import Any

from crawler.items import CaptureItem, DriftItem, LookupItem, ProbeItem, SearchItem
from crawler.monitoring.events import DETAIL_LOGGER, LOGGER, log_event
from crawler.monitoring.interface import Monitor, MonitoredRun
from store.work.runs import RunOutcome

_job = logging.getLogger(LOGGER)
_each = logging.getLogger(DETAIL_LOGGER)


class LogMonitor(Monitor):
    """Writes events; docs/monitoring.md lists them."""

    def __init__(self) -> None:
        self._probes: Counter[str] = Counter()

    def start_run(self, job: MonitoredRun) -> None:
        self._watched = job
        fields = log_event("run-started", run=job.run_id, command=job.command, version=job.version)
        _job.info("run %d (%s) begins", job.run_id, job.command, extra=fields)

    def record_item(self, item: object) -> None:
        if isinstance(item, ProbeItem):
            self._probe(item)
        elif isinstance(item, LookupItem):
            answer = item.result.outcome
            self._tell(
                f"{item.service} has {answer}",
                "lookup",
                item.task.url,
                service=item.service,
                outcome=answer.value,
            )
        elif isinstance(item, CaptureItem):
            status = item.result.status
            self._tell(
                f"{item.service} says {status}",
                "capture",
                item.task.url,
                service=item.service,
                status=status.value,
            )
        elif isinstance(item, SearchItem):
            self._tell(
                f"a new address: {item.outcome}",
                "search",
                item.task.url,
                outcome=item.outcome.value,
            )
        elif isinstance(item, DriftItem):
            kept = item.comparison.kept
            self._tell(
                "compared with its memento",
                "comparison",
                item.task.url,
                kept=None if kept is None else round(kept, 3),
            )

    def _tell(self, message: str, event: str, url: str, **fields: Any) -> None:
        _each.info(
            "%s: %s",
            url,
            message,
            extra=log_event(event, run=self._watched.run_id, url=url, **fields),
        )

    def finish_run(self, outcome: RunOutcome) -> None:
        fields = log_event(
            "run-finished",
            run=self._watched.run_id,
            command=self._watched.command,
            outcome=outcome.value,
            probes=dict(self._probes),
        )
        _job.info(
            "run %d (%s) ended: %s",
            self._watched.run_id,
            self._watched.command,
            outcome,
            extra=fields,
        )

    def _probe(self, item: ProbeItem) -> None:
        judgement = item.judgement
        self._probes[judgement.verdict.value] += 1
        if not _each.isEnabledFor(logging.INFO):
            return
        fields = log_event(
            "probe",
            run=self._watched.run_id,
            url=item.link.url,
            role=item.link.role.value,
            host=item.host,
            verdict=judgement.verdict.value,
            reason=judgement.reason.value,
            status=judgement.status_code,
            requests=len(item.probe.requests),
            seconds=round((item.probe.finished_at - item.probe.started_at).total_seconds(), 3),
        )
        _each.info("%s %s %s", judgement.verdict, judgement.reason, item.link.url, extra=fields)
