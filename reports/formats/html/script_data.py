"""Collect what the script of the HTML report needs besides the rows: labels and messages."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from reports.findings.section_titles import SECTION_TITLES
from reports.formats.html.row_groups import RowFilter
from reports.i18n import Translator
from reports.model import Report, Section
from reports.statistics_enums import Coverage
from reports.wording import labels
from reports.wording.explanation_text import explanation_url
from store.vocabulary import (
    EvidenceKind,
    MirrorOrigin,
    Reason,
    RefusalKind,
    Spelling,
    State,
    Verdict,
)

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
# The files of `templates/script`, in the order in which they run.
SCRIPT_PARTS = ("data", "filters", "table", "details", "dialog", "controls", "theme", "page")


def script_data(report: Report, translate: Translator) -> dict[str, Any]:
    """Return what the script needs besides the rows: settings, labels and its own messages.

    Rows refer to labels by number. The messages are found in the script: it calls
    `t("message")`, and `n("message for one", "message for many", number)`.
    """
    script = page_script()
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
def page_script() -> str:
    """Return the page's script: its parts, in one function so that they share their names."""
    folder = files("reports").joinpath("templates/script")
    parts = [folder.joinpath(f"{name}.js").read_text(encoding="utf-8") for name in SCRIPT_PARTS]
    return "\n".join(('"use strict";\n(async () => {', *parts, "})();\n"))
