"""Export a run to OpenTelemetry, as a trace and as metrics. Needs the extra `otel`.

The run is a span, and the work on each host is a child span. Attributes of requests follow
OpenTelemetry's semantic conventions for HTTP clients.
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

_INSTRUMENTATION_NAME = "holdfast"


class TraceMonitor(Monitor):
    """Reports a run to OpenTelemetry providers, and shuts them down at its end.

    Args:
        tracer_provider: The provider of tracers, for spans.
        meter_provider: The provider of meters, for metrics.
    """

    def __init__(self, tracer_provider: TracerProvider, meter_provider: MeterProvider) -> None:
        self._providers = (tracer_provider, meter_provider)
        self._tracer = tracer_provider.get_tracer(_INSTRUMENTATION_NAME)
        meter = meter_provider.get_meter(_INSTRUMENTATION_NAME)
        self._probes = meter.create_counter(
            "holdfast.probes", description="Probes by verdict and reason."
        )
        self._request_duration = meter.create_histogram(
            "http.client.request.duration", unit="s", description="HTTP requests of probes."
        )
        self._archive_results = meter.create_counter(
            "holdfast.archive.results", description="Results of archive lookups and captures."
        )
        # Numbers of verdicts: by host for the hosts in progress, and of the whole run.
        self._host_verdicts: defaultdict[str, Counter[str]] = defaultdict(Counter)
        self._verdicts: Counter[str] = Counter()

    def start_run(self, run: MonitoredRun) -> None:
        """Start the span of the run."""
        attributes: dict[str, str | int] = {
            "holdfast.run.id": run.run_id,
            "holdfast.command": run.command,
        }
        self._run = self._tracer.start_span(f"holdfast {run.command}", attributes=attributes)

    @contextmanager
    def host_work(self, host: str) -> Iterator[None]:
        """Record a span for the work on one host."""
        span = self._tracer.start_span(
            "host work", context=set_span_in_context(self._run), attributes={"server.address": host}
        )
        try:
            yield
        except BaseException as error:
            span.set_status(Status(StatusCode.ERROR, type(error).__name__))
            raise
        finally:
            _end_span(span, self._host_verdicts.pop(host, Counter()))

    def record_item(self, item: object) -> None:
        """Count an item."""
        if isinstance(item, ProbeItem):
            verdict = item.judgement.verdict.value
            self._host_verdicts[item.host][verdict] += 1
            self._verdicts[verdict] += 1
            self._probes.add(
                1,
                {
                    "holdfast.role": item.link.role.value,
                    "holdfast.verdict": verdict,
                    "holdfast.reason": item.judgement.reason.value,
                },
            )
            for request in item.probe.requests:
                self._request_duration.record(
                    request.elapsed_ms / 1000, _request_attributes(request)
                )
        elif isinstance(item, LookupItem):
            self._count_archive_result(item.service, "lookup", item.result.outcome.value)
        elif isinstance(item, CaptureItem):
            self._count_archive_result(item.service, "capture", item.result.status.value)

    def _count_archive_result(self, service: str, operation: str, result: str) -> None:
        """Count the result of a lookup or a capture (`operation`) at an archive."""
        attributes = {
            "holdfast.service": service,
            "holdfast.operation": operation,
            "holdfast.result": result,
        }
        self._archive_results.add(1, attributes)

    def finish_run(self, outcome: RunOutcome) -> None:
        """End the span of the run, and export everything."""
        self._run.set_attribute("holdfast.outcome", outcome.value)
        if outcome is RunOutcome.FAILED:
            self._run.set_status(Status(StatusCode.ERROR, outcome.value))
        _end_span(self._run, self._verdicts)
        for provider in self._providers:
            provider.shutdown()


def trace_monitor(version: str) -> TraceMonitor:
    """Return a monitor that exports by OTLP over HTTP.

    Args:
        version: The version of Holdfast.

    Returns:
        The monitor. OpenTelemetry reads the collector's address from the environment
        (`OTEL_EXPORTER_OTLP_ENDPOINT` and others).
    """
    # Seconds; the default of 10 would delay the end of a run if the collector is unreachable.
    os.environ.setdefault("OTEL_EXPORTER_OTLP_TIMEOUT", "5")
    resource = Resource.create(
        {
            "service.name": os.environ.get("OTEL_SERVICE_NAME", "holdfast"),
            "service.version": version,
        }
    )
    tracer_provider = TracerProvider(resource=resource, shutdown_on_exit=False)
    tracer_provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    meter_provider = MeterProvider(
        [PeriodicExportingMetricReader(OTLPMetricExporter())],
        resource=resource,
        shutdown_on_exit=False,
    )
    return TraceMonitor(tracer_provider, meter_provider)


def _end_span(span: Span, verdicts: Counter[str]) -> None:
    """Set the numbers of probes on a span, and end it."""
    span.set_attribute("holdfast.probes", verdicts.total())
    for verdict, count in verdicts.items():
        span.set_attribute(f"holdfast.probes.{verdict}", count)
    span.end()


def _request_attributes(request: ProbeRequest) -> dict[str, str | int]:
    """Return the attributes of a request, named as in the semantic conventions."""
    attributes: dict[str, str | int] = {"http.request.method": request.method}
    if request.fault:
        attributes["error.type"] = request.fault.value
    else:
        attributes["http.response.status_code"] = request.status or 0
    return attributes
