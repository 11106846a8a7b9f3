"""Test that the example dashboard queries only metrics and labels that exist."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from prometheus_client.metrics import MetricWrapperBase

from crawler.monitoring.metrics import RunMetrics
from store.vocabulary import CaptureStatus, Reason, Role, State, Verdict
from store.work.runs import RunOutcome

DASHBOARD = Path(__file__).parents[2] / "examples" / "grafana" / "holdfast.json"
# Labels that Prometheus adds, or that come of reading a histogram.
OTHERS = frozenset({"job", "le"})
KNOWN = {
    "role": Role,
    "state": State,
    "verdict": Verdict,
    "reason": Reason,
    "status": CaptureStatus,
    "outcome": RunOutcome,
}


def metrics() -> Mapping[str, frozenset[str]]:
    """Return the metrics that a query may use, with their labels."""
    return {
        family._name + suffix: frozenset(family._labelnames)
        for family in vars(RunMetrics()).values()
        if isinstance(family, MetricWrapperBase)
        for suffix in {"counter": ("_total",), "histogram": ("_bucket", "_sum", "_count")}.get(
            str(family._type), ("",)
        )
    }


def queries() -> Iterator[tuple[str, str]]:
    """Return each panel's title with a query of it."""
    for panel in json.loads(DASHBOARD.read_text(encoding="utf-8"))["panels"]:
        for target in panel["targets"]:
            yield panel["title"], target["expr"]


def test_metric_families_are_found() -> None:
    assert metrics()["holdfast_probes_total"] == {"role", "verdict", "reason"}
    assert metrics()["holdfast_request_seconds_bucket"] == {"service"}
    assert metrics()["holdfast_hosts_leased"] == frozenset()


@pytest.mark.parametrize(("title", "query"), list(queries()))
def test_panels_query_existing_metrics(title: str, query: str) -> None:
    asked = re.findall(r"\b(holdfast_\w+)(?:\{([^}]*)\})?", query)
    assert asked, title
    for name, selectors in asked:
        labels = metrics()[name]
        for label, value in re.findall(r'(\w+)=~?"([^"]*)"', selectors):
            assert label in labels | OTHERS, title
            assert label not in KNOWN or value in set(KNOWN[label]), title
        for grouped in re.findall(r"\bby \(([^)]*)\)", query):
            assert set(grouped.split(", ")) <= labels | OTHERS, title


def test_every_metric_is_on_the_dashboard_or_listed_as_for_queries() -> None:
    shown = {name for _, query in queries() for name in re.findall(r"\bholdfast_\w+", query)}
    assert {name for name in metrics() if name not in shown} == {
        "holdfast_build_info",
        "holdfast_run_started_timestamp_seconds",
        "holdfast_request_seconds_sum",
        "holdfast_request_seconds_count",
    }


@pytest.mark.parametrize("name", sorted(metrics()))
def test_every_metric_is_documented(name: str) -> None:
    page = (DASHBOARD.parents[2] / "docs" / "monitoring.md").read_text(encoding="utf-8")
    assert re.sub("_(bucket|sum|count)$", "", name) in page
