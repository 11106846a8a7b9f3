"""Compare a week of history in every format with reviewed files."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from reports.builder import build_report
from reports.formats import FORMATS, ReportFormat, render
from reports.report_scope import ReportScope
from store.schema.engine import Database

GOLDEN = Path(__file__).with_name("golden")
SOURCE = "https://git.example/notes/blob/main/{path}#L{line}"
# The HTML page has tests of its own, in a browser; Markdown's stand beside the report itself.
FIXED = [form for form in ReportFormat if form not in {ReportFormat.HTML, ReportFormat.MARKDOWN}]


def written(database: Database, scope: ReportScope, form: ReportFormat) -> str:
    with database.read() as connection:
        return "".join(render(build_report(connection, scope), form))


@pytest.mark.usefixtures("week")
@pytest.mark.parametrize("form", FIXED)
def test_report_of_a_week_equals_its_golden_file(
    database: Database, scope: ReportScope, form: ReportFormat
) -> None:
    golden = GOLDEN / f"week{form.suffix}"
    assert written(database, replace(scope, source_url=SOURCE), form) == golden.read_bytes().decode(
        "utf-8"
    )


@pytest.mark.parametrize("form", ReportFormat)
def test_empty_store_can_be_written_in_every_format(
    database: Database, scope: ReportScope, form: ReportFormat
) -> None:
    text = written(database, scope, form)
    assert text.endswith("\n") or not text


def test_no_two_formats_share_a_file() -> None:
    assert len({form.suffix for form in ReportFormat}) == len(FORMATS) == len(ReportFormat)
