"""Test the monitoring of a job: its JSON log, metrics in a file, and no secrets in either."""

from __future__ import annotations

import json
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.acceptance.folder import Done, Folder, error_lines, one_line
from tests.web.archive import RunningWayback
from tests.web.internet import Internet

PAGE = """\
<http://reader:s3cret@ok.test/en> <http://reader:s3cret@redirect.test/relative> <http://reader:s3cret@status.test/404>
[copy](https://web.archive.org/web/20210805110426/http://reader:s3cret@ok.test/zh-Hans)
"""


def json_log(done: Done) -> list[dict[str, Any]]:
    """Return the lines of standard error, which must be JSON."""
    return [json.loads(line) for line in error_lines(done)]


@pytest.fixture
def wiki(folder: Folder, web: Internet, wayback: RunningWayback) -> Folder:
    folder.write("page.md", PAGE)
    folder.configure(web, wayback)
    return folder


def test_a_job_logs_events_and_writes_metrics(wiki: Folder) -> None:
    done = wiki.holdfast(
        "run",
        "page.md",
        "-v",
        "--log-format",
        "json",
        "--metrics",
        "holdfast.prom",
        "--fail-on",
        "any",
    )
    assert done.returncode == 2, done.stderr
    lines = json_log(done)
    assert all({"time", "level", "logger", "message"} <= set(line) for line in lines)
    events = [
        line["event"] for line in lines if line["logger"].startswith("holdfast") and "event" in line
    ]
    assert events[0] == "run-started"
    assert events[-2:] == ["run-finished", "summary"]
    assert {"progress", "probe", "lookup"} <= set(events)
    (finished,) = [line for line in lines if line.get("event") == "run-finished"]
    assert (finished["outcome"], sum(finished["probes"].values())) == (
        "finished",
        events.count("probe"),
    )
    (summary,) = [line for line in lines if line.get("event") == "summary"]
    assert summary["states"]["link"]["suspect"] == 1
    samples = {
        sample.name: sample.value
        for family in text_string_to_metric_families((wiki.path / "holdfast.prom").read_text())
        for sample in family.samples
        if (sample.labels.get("role"), sample.labels.get("reason"))
        in (("link", "not-found"), (None, None))
        and sample.labels.get("outcome") in ("finished", None)
    }
    assert (samples["holdfast_probes_total"], samples["holdfast_run_outcome"]) == (1, 1)


def test_credentials_in_urls_reach_no_monitor(
    wiki: Folder, web: Internet, wayback: RunningWayback
) -> None:
    message = []
    for command in (
        [
            "run",
            "page.md",
            "-vv",
            "--metrics",
            "holdfast.prom",
            "--format",
            "html,markdown,json,jsonl,csv,junit,sarif,github,atom",
        ],
        ["check", "--all", "-vv", "--log-format", "json"],
        ["report"],
        ["status"],
        ["history", "http://reader:s3cret@ok.test/en"],
    ):
        done = wiki.holdfast(*command)
        assert done.returncode == 0, done.stderr
        error_lines(done)
        message += [done.stdout, done.stderr]
    kept = {file.name: file.read_bytes() for file in wiki.path.rglob("*") if file.is_file()}
    assert [name for name, content in kept.items() if b"s3cret" in content] == [
        "page.md",
        "holdfast.db",
    ]
    assert [text for text in message if "s3cret" in text] == []
    assert not any("s3cret" in asked.target for asked in wayback.requests if asked.kind == "cdx")
    assert {visit.headers.get("Authorization") for visit in web.visits_to("http://ok.test/en")} == {
        "Basic cmVhZGVyOnMzY3JldA=="
    }


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (("check", "--config", "missing.toml"), 3, "no such file"),
        (("check", "not-an-address"), 3, "is not an http or https URL"),
        (("check", "--bogus"), 3, "No such option"),
        (
            ("check", "--metrics", "missing/holdfast.prom"),
            3,
            "--metrics: cannot write missing/holdfast.prom: its folder does not exist: create it first",
        ),
    ],
)
def test_errors_are_logged_in_the_chosen_format(
    folder: Folder, arguments: tuple[str, ...], code: int, message: str
) -> None:
    done = folder.run_in_process("--log-format", "json", *arguments)
    assert done.returncode == code
    line = json_log(done)[-1]
    assert (line["event"], line["level"], line["code"]) == ("failed", "error", code)
    assert message in line["message"]


def test_the_environment_can_set_the_log_format(folder: Folder) -> None:
    assert (
        json_log(folder.holdfast("report", "--wiki", "none", env={"HOLDFAST_LOG_FORMAT": "json"}))[
            -1
        ]["event"]
        == "failed"
    )


def test_a_collector_without_its_extra_is_a_warning(wiki: Folder) -> None:
    wiki.write(
        "opentelemetry/__init__.py",
        "raise ModuleNotFoundError(\"No module named 'opentelemetry'\", name='opentelemetry')\n",
    )
    done = wiki.holdfast(
        "check",
        "http://ok.test/en",
        env={"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:9"},
        warm=False,  # the package is to be missing
    )
    assert done.returncode == 0, done.stderr
    assert (
        "warning: OTEL_EXPORTER_OTLP_ENDPOINT is set, but traces are not sent because opentelemetry is not installed: run pip install '.[otel]' in Holdfast's checkout"
        in error_lines(done)
    )


def test_an_invalid_metrics_target_is_an_error_before_the_run(folder: Folder) -> None:
    assert (
        one_line(folder.run_in_process("check", "--metrics", "."), 3)
        == "holdfast: --metrics: cannot write .: it is a folder: name a file in it"
    )
