"""HTML report: one self-contained file with everything about a wiki's links.

The page is a Jinja template. A script builds the table from JSON in the page, and the stylesheet
draws the charts. Jinja escapes untrusted texts, and the script inserts those in the JSON as text
nodes. A Content-Security-Policy forbids other scripts and all loading.
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC
from functools import cache
from hashlib import sha256
from importlib.resources import files
from itertools import zip_longest
from typing import TYPE_CHECKING, Any, ClassVar

from reports.findings.descriptions import (
    describe_acknowledgement,
    describe_refusal,
    describe_refusal_counts,
    describe_seen_by_others,
    describe_unfixed,
    describe_unfixed_reason,
    format_percent,
    kept_sentence,
    leave_progress_sentence,
    link_title,
    missing_parts_sentence,
)
from reports.findings.outline import count_refusals
from reports.findings.section_titles import SECTION_TITLES
from reports.findings.statistics import LinkStatistics
from reports.findings.todo import by_action, to_do_findings
from reports.findings.todo_sentences import ACTION_TITLES, nothing_to_do
from reports.formats.html.charts import bar_charts
from reports.formats.html.row_groups import RowFilter
from reports.formats.html.rows import RowEncoder
from reports.formats.html.timeline import timeline_of
from reports.formats.interface import Format
from reports.formats.json_text import to_script_json
from reports.i18n import Translator, translator_for
from reports.mirror_choice import distance_days, first_access_date, is_rejected
from reports.model import Action, Report, Section
from reports.places import distinct_places
from reports.source_links import is_address, source_link
from reports.statistics_enums import Coverage, OverviewStatus
from reports.wording import labels
from reports.wording.details import translate_detail, translate_detail_of
from reports.wording.explanation_text import explanation_url
from reports.wording.run_sentences import comparison_sentence, run_sentences
from reports.wording.sanitize import plain, plain_url
from reports.wording.time_format import TimeFormatter
from store.vocabulary import (
    EvidenceKind,
    MirrorOrigin,
    Reason,
    RefusalKind,
    Role,
    Spelling,
    State,
    Verdict,
)

if TYPE_CHECKING:
    from jinja2 import Environment
    from markupsafe import Markup

# The titles of filters in the table's menu.
FILTER_TITLES: Mapping[RowFilter, str] = {
    RowFilter.TO_DO: "To do",
    RowFilter.FIX: "Can be fixed now",
    RowFilter.PERSON: "Needs a person",
    RowFilter.FAILING: "Failing, not confirmed",
    RowFilter.SETTLED: "Failing, nothing to do",
    RowFilter.WORKING: "Working",
    RowFilter.UNKNOWN: "Unknown",
    RowFilter.ANY_FAILING: "Failing, confirmed or not",
    RowFilter.ONE_COPY: "Only one archive copy",
    RowFilter.UNTRUSTED_COPY: "Only archive copy on a less trusted service",
}
MAX_LISTED = 200  # entries of each list below the table: captures, warnings and the like
MAX_TO_DO = 200  # entries of each group of the to-do list; the table has all
TO_DO_SHOWN_FIRST = 6  # of these entries; a click shows the others
# The files of `templates/script`, in the order in which they run.
SCRIPT_PARTS = ("data", "filters", "table", "details", "dialog", "controls", "theme", "page")
_DAY = re.compile(r"(?<![\w-])\d{4}-\d\d-\d\d(?![\w-])", re.ASCII)


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
    head = {**_head(report, translate), **encoder.tables(), "rows_url": rows_url}
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
    script = _script()
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


@cache
def template_environment() -> Environment:
    """Return the Jinja environment of the templates, with the functions that they call."""
    from jinja2 import Environment, PackageLoader, StrictUndefined  # noqa: PLC0415

    environment = Environment(
        loader=PackageLoader("reports"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "plain": plain,
        "plain_url": plain_url,
        "code_spans": code_spans,
        "capitalize_not": capitalize_not,
        "unbroken_days": unbroken_days,
    }
    environment.globals |= {
        "describe_seen_by_others": describe_seen_by_others,
        "translate_detail": translate_detail,
        "translate_detail_of": translate_detail_of,
        "distance_days": distance_days,
        "kept_sentence": kept_sentence,
        "leave_progress_sentence": leave_progress_sentence,
        "describe_refusal_counts": describe_refusal_counts,
        "describe_refusal": describe_refusal,
        "describe_unfixed": describe_unfixed,
        "count_refusals": count_refusals,
        "missing_parts_sentence": missing_parts_sentence,
        "describe_acknowledgement": describe_acknowledgement,
        "distinct_places": distinct_places,
        "first_access_date": first_access_date,
        "format_percent": format_percent,
        "is_address": is_address,
        "is_rejected": is_rejected,
        "labels": labels,
        "link_title": link_title,
        "source_link": source_link,
        "Role": Role,
        "State": State,
        "Section": Section,
        "OverviewStatus": OverviewStatus,
        "Action": Action,
    }
    return environment


def capitalize_not(text: str) -> str:
    """Return a sentence with "Not" for the "not" at its beginning, else unchanged.

    >>> capitalize_not("not fixed at a.md:3"), capitalize_not("a.md:3")
    ('Not fixed at a.md:3', 'a.md:3')
    """
    return f"Not {text.removeprefix('not ')}" if text.startswith("not ") else text


def unbroken_days(text: str) -> Markup:
    """Return a text as HTML, with dates in elements that the stylesheet keeps on one line."""
    from markupsafe import Markup, escape  # noqa: PLC0415

    marked = _DAY.sub(r'<span class="day">\g<0></span>', str(escape(text)))
    return Markup(marked)  # noqa: S704  the text is escaped


def code_spans(text: str) -> Markup:
    """Return one of Holdfast's own texts as HTML, with the text between backticks as code."""
    from markupsafe import Markup, escape  # noqa: PLC0415

    parts = text.split("`")
    marked = [f"<code>{escape(part)}</code>" for part in parts[1::2]]
    plain_parts = [str(escape(part)) for part in parts[::2]]
    pieces = [piece for pair in zip_longest(plain_parts, marked, fillvalue="") for piece in pair]
    return Markup("".join(pieces))  # noqa: S704  every piece is escaped


def _separated(pieces: Iterable[bytes]) -> Iterator[str]:
    """Yield the pieces of the rows, each with the separator before it."""
    separator = "\n"
    for piece in pieces:
        yield separator + piece.decode()
        separator = ",\n"


def _head(report: Report, translate: Translator) -> dict[str, Any]:
    """Return what the script needs besides the rows: settings, labels and its own messages.

    Rows refer to labels by number. The messages are found in the script: it calls
    `t("message")`, and `n("message for one", "message for many", number)`.
    """
    script = _script()
    messages = sorted(set(re.findall(r'\bt\(\s*"([^"]+)"', script)))
    counted = sorted(set(re.findall(r'\bn\(\s*"([^"]+)",\s*"([^"]+)"', script)))
    return {
        "lang": report.lang,
        "source": report.source_url,
        "docs": report.docs_url and explanation_url(report.docs_url, ""),
        "by": report.group_by or "",
        "now": int(report.generated_at.timestamp() // 60),
        "states": [_state_labels(state, translate) for state in State],
        "verdicts": [[verdict, translate(labels.VERDICT_LABELS[verdict])] for verdict in Verdict],
        "reasons": [_reason_labels(reason, translate) for reason in Reason],
        "sections": [
            *([section, translate(SECTION_TITLES[section][0])] for section in Section),
            *([word, translate(FILTER_TITLES[word])] for word in RowFilter),
        ],
        "filters": len(RowFilter),
        "origins": [translate(labels.ORIGIN_LABELS[origin]) for origin in MirrorOrigin],
        "spellings": [_spelling_label(spelling, translate) for spelling in Spelling],
        "refusals": [translate(labels.REFUSAL_LABELS[kind]) for kind in RefusalKind],
        "kept": [translate(label) for label in labels.REFUSED_COPY_LABELS.values()],
        "coverage": [translate(labels.COVERAGE_LABELS[coverage]) for coverage in Coverage],
        "evidence": [translate(labels.EVIDENCE_LABELS[kind]) for kind in EvidenceKind],
        "words": {message: translate(message) for message in messages},
        "counted": {one: translate.plural_forms(one, many) for one, many in counted},
    }


def _spelling_label(spelling: Spelling, translate: Translator) -> str:
    label = labels.SPELLING_LABELS[spelling]
    return translate(label) if label else ""


def _state_labels(state: State, translate: Translator) -> list[str]:
    label = labels.STATE_LABELS[state]
    return [state, translate(label)]


def _reason_labels(reason: Reason, translate: Translator) -> list[str]:
    """Return a reason with its label for links and its label for mirrors."""
    label = labels.REASON_LABELS[reason]
    mirror_label = labels.MIRROR_REASON_LABELS.get(reason, label)
    return [reason, translate(label), translate(mirror_label)]


@cache
def _script() -> str:
    """Return the page's script: its parts, in one function so that they share their names."""
    folder = files("reports").joinpath("templates/script")
    parts = [folder.joinpath(f"{name}.js").read_text(encoding="utf-8") for name in SCRIPT_PARTS]
    return "\n".join(('"use strict";\n(async () => {', *parts, "})();\n"))
