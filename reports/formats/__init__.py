"""Every format by its name on the command line. To add one: a module beside the others, a word in `ReportFormat`, a row in `FORMATS`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from enum import StrEnum

from reports.formats.atom import Atom
from reports.formats.comment import Comment
from reports.formats.csv import Csv
from reports.formats.github import GitHub
from reports.formats.html.report import Html
from reports.formats.interface import Format
from reports.formats.json import Json
from reports.formats.jsonl import JsonLines
from reports.formats.junit import JUnit
from reports.formats.markdown.report import Markdown
from reports.formats.plugins import FormatError, load_plugin_format, plugin_format_names
from reports.formats.sarif import Sarif
from reports.model import Report

__all__ = ["FORMATS", "FormatError", "ReportFormat", "get_format", "render"]


class ReportFormat(StrEnum):
    """The values of `--format`."""

    HTML = "html"  # for a person: one page with everything
    MARKDOWN = "markdown"  # for a person: what matters
    JSON = "json"  # for programs: one document with everything
    JSONL = "jsonl"  # for programs: one object a link
    CSV = "csv"  # for a spreadsheet: one row a cited place
    JUNIT = "junit"  # for CI: a test case a link
    SARIF = "sarif"  # for code scanning
    GITHUB = "github"  # annotations of a GitHub workflow
    ATOM = "atom"  # a feed of changes
    COMMENT = "comment"  # for a pull request: short

    @property
    def suffix(self) -> str:
        """The ending of a file in this format, with its dot."""
        return FORMATS[self].suffix


FORMATS: Mapping[str, Format] = {
    ReportFormat.HTML: Html(),
    ReportFormat.MARKDOWN: Markdown(),
    ReportFormat.JSON: Json(),
    ReportFormat.JSONL: JsonLines(),
    ReportFormat.CSV: Csv(),
    ReportFormat.JUNIT: JUnit(),
    ReportFormat.SARIF: Sarif(),
    ReportFormat.GITHUB: GitHub(),
    ReportFormat.ATOM: Atom(),
    ReportFormat.COMMENT: Comment(),
}


def get_format(name: str) -> Format:
    """Give a format by its name on the command line, ours or another package's. Raises FormatError."""
    own = FORMATS.get(name)
    found = own or load_plugin_format(name)
    if found is None:
        raise FormatError(
            f"{name!r} is no report format; known are {', '.join((*FORMATS, *plugin_format_names()))}"
        )
    return found


def render(report: Report, form: str) -> Iterator[str]:
    """Write a report down, piece by piece. UTF-8 is what the pieces are meant to be written in."""
    return get_format(form).render(report)
