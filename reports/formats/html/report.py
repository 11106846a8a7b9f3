"""HTML report: one self-contained file with everything about a wiki's links.

The page is a Jinja template. A script builds the table from JSON in the page, and the stylesheet
draws the charts. Jinja escapes untrusted texts, and the script inserts those in the JSON as text
nodes. A Content-Security-Policy forbids other scripts and all loading.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable, Iterator
from datetime import UTC
from hashlib import sha256
from importlib.resources import files
from typing import Any, ClassVar

from reports.findings.descriptions import (
    describe_unfixed_reason,
)
from reports.findings.statistics import LinkStatistics
from reports.findings.todo import by_action, to_do_findings
from reports.findings.todo_sentences import ACTION_TITLES, nothing_to_do
from reports.formats.html.charts import bar_charts
from reports.formats.html.rows import RowEncoder
from reports.formats.html.script_data import page_script, script_data
from reports.formats.html.template_environment import template_environment
from reports.formats.html.timeline import timeline_of
from reports.formats.interface import Format
from reports.formats.json_text import to_script_json
from reports.i18n import Translator, translator_for
from reports.model import Report
from reports.statistics_enums import OverviewStatus
from reports.wording.run_sentences import comparison_sentence, run_sentences
from reports.wording.time_format import TimeFormatter

MAX_LISTED = 200  # entries of each list below the table: captures, warnings and the like
MAX_TO_DO = 200  # entries of each group of the to-do list; the table has all
TO_DO_SHOWN_FIRST = 6  # of these entries; a click shows the others


class Html(Format):
    """An HTML page."""

    suffix: ClassVar[str] = ".html"

    def render(self, report: Report) -> Iterator[str]:
        """Yield the page."""
        page, _ = render_page(report)
        yield from page


def render_page(report: Report, *, rows_url: str = "") -> tuple[Iterator[str], Iterator[str]]:
    """Return the pieces of the page, and its table's rows as pieces of JSON.

    Args:
        report: What to show.
        rows_url: URL from which the page reads the rows; empty if it contains them.
    """
    if report.in_brief is not None:  # the table needs no more than a brief report has
        report = report.in_brief()
    translate = translator_for(report.lang)
    today = report.generated_at.astimezone(UTC).date()
    statistics, encoder = LinkStatistics(today), RowEncoder(translate)
    rows = list(encoder.encode(report, statistics))
    head = {**script_data(report, translate), **encoder.tables(), "rows_url": rows_url}
    # The encoder has collected these reasons in English, as the store and `holdfast fix` name them.
    head["unfixed"] = [describe_unfixed_reason(reason, translate) for reason in head["unfixed"]]
    template = template_environment().get_template("report.html")
    page = template.generate(
        **_frame(report, translate),
        **_summary(report, statistics, translate),
        most_listed=MAX_LISTED,
        data_head=to_script_json(head).removesuffix("}"),  # the template adds the rows and "}"
        rows=_separated([] if rows_url else rows),
        rows_url=rows_url,
    )
    return page, _separated(rows)


def _frame(report: Report, translate: Translator) -> dict[str, Any]:
    """Return the template's values for language, times, style and script."""
    script = page_script()
    return {
        "report": report,
        "translate": translate,
        "format_time": TimeFormatter(translate),
        "style": files("reports").joinpath("templates/report.css").read_text(encoding="utf-8"),
        "script": script,
        "script_hash": b64encode(sha256(script.encode()).digest()).decode(),
    }


def _summary(report: Report, statistics: LinkStatistics, translate: Translator) -> dict[str, Any]:
    """Return the template's values for the part above the table."""
    format_time = TimeFormatter(translate)
    to_do = to_do_findings(report)
    groups = [
        (action, *ACTION_TITLES[action], findings)
        for action, findings in by_action(to_do).items()
        if findings
    ]
    status_counts = {status: statistics.status_counts[status] for status in OverviewStatus}
    return {
        "to_do": to_do,
        "groups": groups,
        "most_to_do": MAX_TO_DO,
        "first_to_do": TO_DO_SHOWN_FIRST,
        "status_counts": status_counts,
        "all": sum(status_counts.values()),
        "run_text": translate.sentences(
            *run_sentences(report.run, translate, format_time),
            comparison_sentence(report.compared_with, translate, format_time),
        ),
        "nothing_to_do": "" if to_do else nothing_to_do(report, translate, format_time),
        "new_to_do": sum(finding.new for finding in to_do) if report.compared_with else 0,
        "charts": bar_charts(statistics, translate),
        "timeline": timeline_of(report.run_health(), translate, format_time),
    }


def _separated(pieces: Iterable[bytes]) -> Iterator[str]:
    """Yield the pieces of the rows, each with the separator before it."""
    separator = "\n"
    for piece in pieces:
        yield separator + piece.decode()
        separator = ",\n"
