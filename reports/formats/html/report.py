"""HTML: one file that asks for nothing else, with everything a person may want to know of their links.

The page is a Jinja template, its table is drawn by a script from data in the page, and its charts are SVG. What comes from outside reaches
the page through Jinja's escaping or as JSON that the script shows as text; a policy in the page lets no other script run and nothing be
loaded.
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Iterator
from functools import cache
from hashlib import sha256
from importlib.resources import files
from typing import TYPE_CHECKING, Any, ClassVar

from reports import labels
from reports.descriptions import link_title, format_percent
from reports.formats.html.rows import RowEncoder
from reports.formats.interface import Format
from reports.formats.json_text import to_script_json
from reports.i18n import Translator, translator_for
from reports.mirror_choice import first_access_date, distance_days
from reports.model import Report, Section
from reports.sanitize import plain, plain_url
from reports.section_titles import SECTION_TITLES
from reports.source_links import is_address, source_link
from reports.statistics import Coverage, LinkStatistics
from reports.time_format import TimeFormatter
from reports.todo import urgent_findings
from store.vocabulary import EvidenceKind, MirrorOrigin, Reason, Role, State, Verdict

if TYPE_CHECKING:
    from jinja2 import Environment

MAX_LISTED = 200  # captures, warnings and the like
MAX_URGENT = 200
URGENT_SHOWN_FIRST = 8  # shown at once


class Html(Format):
    """See the module."""

    suffix: ClassVar[str] = ".html"

    def render(self, report: Report) -> Iterator[str]:
        page, _ = render_page(report)
        yield from page


def render_page(report: Report, *, rows_at: str = "") -> tuple[Iterator[str], Iterator[str]]:
    """Give the page, and its table's rows as JSON. With `rows_at` the page reads them from that address instead of holding them."""
    # Jinja2 and pygal take a fifth of a second to import, which only who wants this page should wait for.
    from reports.formats.html.charts import make_charts  # noqa: PLC0415

    words, figures, rows, encoded = (
        translator_for(report.lang),
        LinkStatistics(report.generated_at),
        RowEncoder(),
        [],
    )
    for finding, row in rows.encode(report):
        figures.add(finding)
        encoded.append(row)
    script = _script()
    urgent = urgent_findings(report)
    page = (
        template_environment()
        .get_template("report.html")
        .generate(
            report=report,
            words=words,
            clock=TimeFormatter(report.zone, words),
            todo=urgent[:MAX_URGENT],
            first_to_do=URGENT_SHOWN_FIRST,
            more_to_do=max(0, len(urgent) - MAX_URGENT),
            most_listed=MAX_LISTED,
            charts=make_charts(figures, report.run_health(), words),
            style=files("reports").joinpath("templates/report.css").read_text(encoding="utf-8"),
            script=script,
            script_hash=b64encode(sha256(script.encode()).digest()).decode(),
            head=to_script_json({**_head(report, words, rows), "rows_at": rows_at}).removesuffix(
                "}"
            ),
            rows=_separated([] if rows_at else encoded),
            rows_at=rows_at,
        )
    )
    return page, _separated(encoded)


def _separated(rows: list[str]) -> Iterator[str]:
    separator = "\n"
    for row in rows:
        yield separator + row
        separator = ",\n"


def _head(report: Report, words: Translator, rows: RowEncoder) -> dict[str, Any]:
    """Say what the script needs beside the rows: the words behind their numbers."""
    return {
        "lang": report.lang,
        "source": report.source_url,
        "by": report.group_by or "",
        "now": int(report.generated_at.timestamp() // 60),
        "states": [
            [state, words(labels.SHORT_STATE_LABELS[state]), words(labels.STATE_LABELS[state])]
            for state in State
        ],
        "verdicts": [[verdict, words(labels.VERDICT_LABELS[verdict])] for verdict in Verdict],
        "reasons": [
            [
                reason,
                words(labels.REASON_LABELS[reason]),
                words(labels.MIRROR_REASON_LABELS.get(reason, labels.REASON_LABELS[reason])),
            ]
            for reason in Reason
        ],
        "sections": [[section, words(SECTION_TITLES[section][0])] for section in Section],
        "origins": [words(labels.ORIGIN_LABELS[origin]) for origin in MirrorOrigin],
        "coverage": [words(labels.COVERAGE_LABELS[coverage]) for coverage in Coverage],
        "evidence": [words(labels.EVIDENCE_LABELS[kind]) for kind in EvidenceKind],
        "words": {
            message: words(message)
            for message in sorted(set(re.findall(r'\bt\("([^"]+)"', _script())))
        },
        "counted": {
            one: words.forms(one, many)
            for one, many in sorted(set(re.findall(r'\bn\("([^"]+)", "([^"]+)"', _script())))
        },
        **rows.tables(),
    }


@cache
def _script() -> str:
    return files("reports").joinpath("templates/report.js").read_text(encoding="utf-8")


@cache
def template_environment() -> Environment:
    """The templates, with what they call."""
    from jinja2 import Environment, PackageLoader, StrictUndefined  # noqa: PLC0415

    environment = Environment(
        loader=PackageLoader("reports"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"plain": plain, "plain_url": plain_url}
    environment.globals |= {
        "first_access_date": first_access_date,
        "distance_days": distance_days,
        "is_address": is_address,
        "link_title": link_title,
        "format_percent": format_percent,
        "labels": labels,
        "source_link": source_link,
        "Role": Role,
        "State": State,
        "Section": Section,
    }
    return environment
