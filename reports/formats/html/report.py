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
from reports.descriptions import named, percent
from reports.formats.html.rows import Rows
from reports.formats.interface import Format
from reports.formats.json_text import to_script
from reports.i18n import Translator, translator_for
from reports.mirror_choice import accessed_on, distance_days
from reports.model import Report, Section
from reports.sanitize import plain, plain_url
from reports.section_titles import OF_SECTION
from reports.source_links import is_address, source_link
from reports.statistics import Coverage, Figures
from reports.time_format import Moments
from reports.todo import needs_action
from store.vocabulary import EvidenceKind, MirrorOrigin, Reason, Role, State, Verdict

if TYPE_CHECKING:
    from jinja2 import Environment

MOST_LISTED = 200  # captures, warnings and the like
MOST_TO_DO = 200
FIRST_TO_DO = 8  # shown at once


class Html(Format):
    """See the module."""

    suffix: ClassVar[str] = ".html"

    def render(self, report: Report) -> Iterator[str]:
        page, _ = render_page(report)
        yield from page


def render_page(report: Report, *, rows_at: str = "") -> tuple[Iterator[str], Iterator[str]]:
    """Give the page, and its table's rows as JSON. With `rows_at` the page reads them from that address instead of holding them."""
    # Jinja2 and pygal take a fifth of a second to import, which only who wants this page should wait for.
    from reports.formats.html.charts import charts_of  # noqa: PLC0415

    words, figures, rows, encoded = (
        translator_for(report.lang),
        Figures(report.generated_at),
        Rows(),
        [],
    )
    for finding, row in rows.encode(report):
        figures.add(finding)
        encoded.append(row)
    script = _script()
    urgent = needs_action(report)
    page = (
        environment()
        .get_template("report.html")
        .generate(
            report=report,
            words=words,
            clock=Moments(report.zone, words),
            todo=urgent[:MOST_TO_DO],
            first_to_do=FIRST_TO_DO,
            more_to_do=max(0, len(urgent) - MOST_TO_DO),
            most_listed=MOST_LISTED,
            charts=charts_of(figures, report.health(), words),
            style=files("reports").joinpath("templates/report.css").read_text(encoding="utf-8"),
            script=script,
            script_hash=b64encode(sha256(script.encode()).digest()).decode(),
            head=to_script({**_head(report, words, rows), "rows_at": rows_at}).removesuffix("}"),
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


def _head(report: Report, words: Translator, rows: Rows) -> dict[str, Any]:
    """Say what the script needs beside the rows: the words behind their numbers."""
    return {
        "lang": report.lang,
        "source": report.source_url,
        "by": report.group_by or "",
        "now": int(report.generated_at.timestamp() // 60),
        "states": [
            [state, words(labels.SHORT[state]), words(labels.OF_STATE[state])] for state in State
        ],
        "verdicts": [[verdict, words(labels.OF_VERDICT[verdict])] for verdict in Verdict],
        "reasons": [
            [
                reason,
                words(labels.OF_REASON[reason]),
                words(labels.OF_MIRROR_REASON.get(reason, labels.OF_REASON[reason])),
            ]
            for reason in Reason
        ],
        "sections": [[section, words(OF_SECTION[section][0])] for section in Section],
        "origins": [words(labels.OF_ORIGIN[origin]) for origin in MirrorOrigin],
        "coverage": [words(labels.OF_COVERAGE[coverage]) for coverage in Coverage],
        "evidence": [words(labels.OF_EVIDENCE[kind]) for kind in EvidenceKind],
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
def environment() -> Environment:
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
        "accessed_on": accessed_on,
        "distance_days": distance_days,
        "is_address": is_address,
        "named": named,
        "percent": percent,
        "phrases": labels,
        "source_link": source_link,
        "Role": Role,
        "State": State,
        "Section": Section,
    }
    return environment
