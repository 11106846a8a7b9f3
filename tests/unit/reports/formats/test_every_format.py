"""Test what no format may write, whatever the texts of a report are."""

from __future__ import annotations

import re

import pytest

from reports.formats import ReportFormat, render
from store.vocabulary import Reason, State, TrackedState
from tests.unit.reports.example_findings import finding, link, place, report
from tests.unit.reports.hostile import hostile_report

LONG = "标题" * 5_000  # what a link is called, what a server says of itself
FOR_PROGRAMS = {ReportFormat.JSON, ReportFormat.JSONL, ReportFormat.CSV}  # which keep texts whole
FORMULA = '=HYPERLINK("http://x.example";"c")'


# The manifest has addresses and dates, and none of these texts.
@pytest.mark.parametrize("form", sorted(set(ReportFormat) - {ReportFormat.MANIFEST}))
def test_long_texts_are_cut_in_formats_for_readers(form: ReportFormat) -> None:
    broken = TrackedState(state=State.BROKEN, reason=Reason.GONE, detail=LONG)
    text = "".join(
        render(
            report(finding(link(tracked_state=broken, citations=[place(text=LONG)]), new=True)),
            form,
        )
    )
    assert "标题" in text
    assert (LONG in text) == (form in FOR_PROGRAMS)
    if form not in FOR_PROGRAMS:
        assert "标题" * 101 not in text


@pytest.mark.parametrize("form", ReportFormat)
def test_markup_of_one_format_is_plain_text_in_the_others(form: ReportFormat) -> None:
    lines = "".join(render(hostile_report("text"), form)).count("\n")
    assert "".join(render(hostile_report(FORMULA), form)).count("\n") == lines
    assert "\x1b" not in "".join(render(hostile_report("\u202e\x1b[31m\r\n"), form))


# A report may be printed to the log of a job of any CI service.
@pytest.mark.parametrize("form", ReportFormat)
@pytest.mark.parametrize(
    "command", ["##[error]a", "##vso[task.prependpath]/tmp", "##teamcity[message text='a']"]
)
def test_no_line_is_a_command_to_a_ci_runner(form: ReportFormat, command: str) -> None:
    text = "".join(render(hostile_report(f"a {command}"), form))
    assert not re.search(r"##\w*\[", text)
