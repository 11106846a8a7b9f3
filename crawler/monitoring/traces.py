"""A job as a trace, and its probes and requests as metrics, in OpenTelemetry's words. Needs the extra `otel`.

A span for the run, and below it one for the work on each host. Attributes of requests are those of OpenTelemetry's semantic conventions for
HTTP clients, where they have a name.
"""

from __future__ import annotations

import os
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import contextmanager

from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import Span, Status, StatusCode, set_span_in_context

from crawler.items import CaptureItem, LookupItem, ProbeItem
from crawler.monitoring.interface import Monitor, MonitoredRun
from store.vocabulary import ProbeRequest
from store.work.runs import RunOutcome

_SCOPE = "holdfast"


class TraceMonitor(Monitor):
    """Tells of a job by these providers, and shuts them down with it."""

    def __init__(self, tracers: TracerProvider, meters: MeterProvider) -> None:
        self._providers = (tracers, meters)
        self._tracer = tracers.get_tracer(_SCOPE)
        meter = meters.get_meter(_SCOPE)
        self._probes = meter.create_counter(
            "holdfast.probes", description="Probes by what they came to."
        )
        self._seconds = meter.create_histogram(
            "http.client.request.duration", unit="s", description="Requests of probes."
        )
        self._answers = meter.create_counter(
            "holdfast.archive.answers", description="Answers of archives to look-ups and captures."
        )
        self._verdicts: defaultdict[str, Counter[str]] = defaultdict(Counter)  # of hosts at work
        self._all: Counter[str] = Counter()

    def start_run(self, job: MonitoredRun) -> None:
        attributes: dict[str, str | int] = {
            "holdfast.run.id": job.run_id,
            "holdfast.command": job.command,
        }
        self._run = self._tracer.start_span(f"holdfast {job.command}", attributes=attributes)

    @contextmanager
    def host_work(self, host: str) -> Iterator[None]:
        span = self._tracer.start_span(
            "host work", context=set_span_in_context(self._run), attributes={"server.address": host}
        )
        try:
            yield
        except BaseException as error:
            span.set_status(Status(StatusCode.ERROR, type(error).__name__))
            raise
        finally:
            _end(span, self._verdicts.pop(host, Counter()))

    def record_item(self, item: object) -> None:
        if isinstance(item, ProbeItem):
            verdict = item.judgement.verdict.value
            self._verdicts[item.host][verdict] += 1
            self._all[verdict] += 1
            self._probes.add(
                1,
                {
                    "holdfast.role": item.link.role.value,
                    "holdfast.verdict": verdict,
                    "holdfast.reason": item.judgement.reason.value,
                },
            )
            for request in item.probe.requests:
                self._seconds.record(request.elapsed_ms / 1000, _attributes(request))
        elif isinstance(item, LookupItem):
            self._answers.add(
                1,
                {
                    "holdfast.service": item.service,
                    "holdfast.asked": "look-up",
                    "holdfast.answer": item.result.outcome.value,
                },
            )
        elif isinstance(item, CaptureItem):
            self._answers.add(
                1,
                {
                    "holdfast.service": item.service,
                    "holdfast.asked": "capture",
                    "holdfast.answer": item.result.status.value,
                },
            )

    def finish_run(self, outcome: RunOutcome) -> None:
        self._run.set_attribute("holdfast.outcome", outcome.value)
        if outcome is RunOutcome.FAILED:
            self._run.set_status(Status(StatusCode.ERROR, outcome.value))
        _end(self._run, self._all)
        for provider in self._providers:
            provider.shutdown()


def trace_monitor(version: str) -> TraceMonitor:
    """Make the monitor that exports by OTLP over HTTP, to where the environment says (`OTEL_EXPORTER_OTLP_ENDPOINT` and its kin)."""
    os.environ.setdefault(
        "OTEL_EXPORTER_OTLP_TIMEOUT", "5"
    )  # seconds: a collector that is away must not hold up the end of a job
    resource = Resource.create(
        {
            "service.name": os.environ.get("OTEL_SERVICE_NAME", "holdfast"),
            "service.version": version,
        }
    )
    tracers = TracerProvider(resource=resource, shutdown_on_exit=False)
    tracers.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    meters = MeterProvider(
        [PeriodicExportingMetricReader(OTLPMetricExporter())],
        resource=resource,
        shutdown_on_exit=False,
    )
    return TraceMonitor(tracers, meters)


def _end(span: Span, verdicts: Counter[str]) -> None:
    span.set_attribute("holdfast.probes", verdicts.total())
    for verdict, count in verdicts.items():
        span.set_attribute(f"holdfast.probes.{verdict}", count)
    span.end()


def _attributes(request: ProbeRequest) -> dict[str, str | int]:
    outcome: dict[str, str | int] = (
        {"error.type": request.fault.value}
        if request.fault
        else {"http.response.status_code": request.status or 0}
    )
    return {"http.request.method": request.method, **outcome}
