"""Log the start and end of a run; with `-v` also everything it did."""

from __future__ import annotations

import logging
from collections import Counter
from typing import Any

from crawler.items import CaptureItem, DriftItem, LookupItem, PartsItem, ProbeItem, SearchItem
from crawler.monitoring.events import DETAIL_LOGGER, LOGGER, event_extra
from crawler.monitoring.interface import Monitor, MonitoredRun
from store.work.runs import RunOutcome

_run_log = logging.getLogger(LOGGER)
_detail_log = logging.getLogger(DETAIL_LOGGER)


class LogMonitor(Monitor):
    """Logs events; docs/monitoring.md lists them."""

    def __init__(self) -> None:
        self._verdicts: Counter[str] = Counter()  # numbers of probes by verdict

    def start_run(self, run: MonitoredRun) -> None:
        """Log the event `run-started`."""
        self._run = run
        fields = event_extra(
            "run-started", run=run.run_id, command=run.command, version=run.version
        )
        _run_log.info("run %d (%s) started", run.run_id, run.command, extra=fields)

    def record_item(self, item: object) -> None:
        """Log an event for the item, if details are logged."""
        if isinstance(item, ProbeItem):
            self._log_probe(item)
        elif isinstance(item, LookupItem):
            self._log_lookup(item)
        elif isinstance(item, CaptureItem):
            self._log_capture(item)
        elif isinstance(item, SearchItem):
            outcome = item.outcome
            self._log("search for the new address", "search", item.task.url, outcome=outcome.value)
        elif isinstance(item, DriftItem):
            share = item.comparison.remaining_share
            remaining = None if share is None else round(share, 3)
            self._log(
                "compared with its memento", "comparison", item.task.url, remaining_share=remaining
            )
        elif isinstance(item, PartsItem):
            found = item.found
            checked, missing = len(found.known), found.missing
            message = f"{missing} of {checked} parts missing"
            self._log(message, "parts", item.task.url, checked=checked, missing=missing)

    def finish_run(self, outcome: RunOutcome) -> None:
        """Log the event `run-finished`."""
        run = self._run
        fields = event_extra(
            "run-finished",
            run=run.run_id,
            command=run.command,
            outcome=outcome.value,
            probes=dict(self._verdicts),
        )
        _run_log.info("run %d (%s) ended: %s", run.run_id, run.command, outcome, extra=fields)

    def _log(self, message: str, event: str, url: str, **fields: Any) -> None:
        """Log an event about a link in detail: a line with its URL, and the event's fields."""
        extra = event_extra(event, run=self._run.run_id, url=url, **fields)
        _detail_log.info("%s: %s", url, message, extra=extra)

    def _log_lookup(self, item: LookupItem) -> None:
        """Log the event `lookup`."""
        outcome, service = item.result.outcome, item.service
        message = f"lookup at {service}: {outcome}"
        self._log(message, "lookup", item.task.url, service=service, outcome=outcome.value)

    def _log_capture(self, item: CaptureItem) -> None:
        """Log the event `capture`."""
        status, service = item.result.status, item.service
        message = f"capture by {service}: {status}"
        self._log(message, "capture", item.task.url, service=service, status=status.value)

    def _log_probe(self, item: ProbeItem) -> None:
        """Count a verdict, and log the event `probe` if details are logged."""
        judgement, probe = item.judgement, item.probe
        self._verdicts[judgement.verdict.value] += 1
        if not _detail_log.isEnabledFor(logging.INFO):
            return
        fields = event_extra(
            "probe",
            run=self._run.run_id,
            url=item.link.url,
            role=item.link.role.value,
            host=item.host,
            verdict=judgement.verdict.value,
            reason=judgement.reason.value,
            status=judgement.status_code,
            requests=len(probe.requests),
            seconds=round((probe.finished_at - probe.started_at).total_seconds(), 3),
        )
        message = f"{judgement.verdict} {judgement.reason}"
        _detail_log.info("%s %s", message, item.link.url, extra=fields)
