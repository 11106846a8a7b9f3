"""Test traces and metrics by OpenTelemetry's exporters in memory."""

from __future__ import annotations

import gzip
from typing import Any

import pytest
from aiohttp import web
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import StatusCode

from crawler.demo.background import BackgroundLoop
from crawler.demo.web import serve
from crawler.monitoring.traces import TraceMonitor, trace_monitor
from store.vocabulary import CaptureStatus, Fault, LookupOutcome, Reason
from store.work.runs import RunOutcome
from tests.integration.crawler.monitoring.items import JOB, captured, looked_up, probed


class Collector:
    """The spans and metrics that a monitor exported."""

    def __init__(self) -> None:
        self._spans, self._reader = InMemorySpanExporter(), InMemoryMetricReader()
        tracers = TracerProvider(shutdown_on_exit=False)
        tracers.add_span_processor(SimpleSpanProcessor(self._spans))
        self.monitor = TraceMonitor(tracers, MeterProvider([self._reader], shutdown_on_exit=False))
        self.monitor.start_run(JOB)

    @property
    def spans(self) -> dict[str, ReadableSpan]:
        return {span.name: span for span in self._spans.get_finished_spans()}

    def points(self) -> dict[str, list[Any]]:
        data = self._reader.get_metrics_data()
        assert data is not None
        return {
            metric.name: list(metric.data.data_points)
            for metric in data.resource_metrics[0].scope_metrics[0].metrics
        }


@pytest.fixture
def collector() -> Collector:
    return Collector()


def test_a_run_is_a_span_and_the_work_on_a_host_one_below_it(collector: Collector) -> None:
    with collector.monitor.host_work("a.example"):
        collector.monitor.record_item(probed(Reason.OK, 200))
        collector.monitor.record_item(probed(Reason.NOT_FOUND, 404))
    collector.monitor.finish_run(RunOutcome.FINISHED)
    run, work = collector.spans["holdfast check"], collector.spans["host work"]
    assert work.parent is not None
    assert run.context is not None
    assert work.parent.span_id == run.context.span_id
    assert work.attributes == {
        "server.address": "a.example",
        "holdfast.probes": 2,
        "holdfast.probes.alive": 1,
        "holdfast.probes.broken": 1,
    }
    assert run.attributes == {
        "holdfast.run.id": 7,
        "holdfast.command": "check",
        "holdfast.outcome": "finished",
        "holdfast.probes": 2,
        "holdfast.probes.alive": 1,
        "holdfast.probes.broken": 1,
    }
    assert (run.status.status_code, work.status.status_code) == (StatusCode.UNSET, StatusCode.UNSET)


def test_spans_of_failed_work_have_an_error_status_and_no_message(collector: Collector) -> None:
    def work() -> None:
        with collector.monitor.host_work("a.example"):
            raise ValueError("s3cret")

    with pytest.raises(ValueError, match="s3cret"):
        work()
    collector.monitor.finish_run(RunOutcome.FAILED)
    assert {span.status.status_code for span in collector.spans.values()} == {StatusCode.ERROR}
    assert "s3cret" not in "".join(span.to_json() for span in collector.spans.values())


def test_probes_requests_and_results_are_metrics(collector: Collector) -> None:
    collector.monitor.record_item(probed(Reason.OK, 301, 200))
    collector.monitor.record_item(probed(Reason.CONNECTION_RESET, Fault.RESET))
    collector.monitor.record_item(looked_up(LookupOutcome.NONE))
    collector.monitor.record_item(captured(CaptureStatus.FAILED))
    points = collector.points()
    probes = {
        (point.attributes["holdfast.verdict"], point.attributes["holdfast.reason"]): point.value
        for point in points["holdfast.probes"]
    }
    assert probes == {("alive", "ok"): 1, ("broken", "connection-reset"): 1}
    requests = {
        point.attributes.get(
            "http.response.status_code", point.attributes.get("error.type")
        ): point.sum
        for point in points["http.client.request.duration"]
    }
    assert requests == {301: 0.2, 200: 0.2, "reset": 0.2}
    answers = {
        point.attributes["holdfast.operation"]: point.attributes["holdfast.result"]
        for point in points["holdfast.archive.results"]
    }
    assert answers == {"lookup": "none", "capture": "failed"}


def test_the_collector_of_the_environment_gets_otlp(
    background: BackgroundLoop, monkeypatch: pytest.MonkeyPatch
) -> None:
    received: list[tuple[str, bytes]] = []

    async def collect(request: web.BaseRequest) -> web.StreamResponse:
        received.append(
            (
                request.path,
                gzip.decompress(body)
                if (body := await request.read())[:2] == b"\x1f\x8b"
                else body,
            )
        )
        return web.Response()

    place = background.start(serve(collect))
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", f"http://{place}")
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_TIMEOUT", "5")
    monkeypatch.setenv("OTEL_SERVICE_NAME", "wiki-of-the-harbour")
    monitor = trace_monitor("1.2.3")
    monitor.start_run(JOB)
    with monitor.host_work("a.example"):
        monitor.record_item(probed(Reason.OK, 200))
    monitor.finish_run(RunOutcome.FINISHED)
    assert {path for path, _ in received} == {"/v1/traces", "/v1/metrics"}
    exported = ExportTraceServiceRequest()
    exported.ParseFromString(next(body for path, body in received if path == "/v1/traces"))
    (group,) = exported.resource_spans
    names = {attribute.key: attribute.value.string_value for attribute in group.resource.attributes}
    assert (names["service.name"], names["service.version"]) == ("wiki-of-the-harbour", "1.2.3")
    assert {span.name for scope in group.scope_spans for span in scope.spans} == {
        "holdfast check",
        "host work",
    }
