"""Report formats: one class each, chosen by its name on the command line.

To add a format: a module in this package, a member of `ReportFormat` and a row in `FORMATS`. Other
packages add formats by entry points (`reports.formats.plugins`).
"""

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

__all__ = ["FORMATS", "Format", "FormatError", "ReportFormat", "get_format", "render"]


class ReportFormat(StrEnum):
    """The values of `--format`."""

    HTML = "html"  # for readers: one page with everything
    MARKDOWN = "markdown"  # for readers: the most important findings
    JSON = "json"  # for programs: one document with everything
    JSONL = "jsonl"  # for programs: one object per link
    CSV = "csv"  # for spreadsheets: one row per citation
    JUNIT = "junit"  # for CI: one test case per link and page
    SARIF = "sarif"  # for code scanning
    GITHUB = "github"  # annotations of a GitHub workflow
    ATOM = "atom"  # a feed of changes
    COMMENT = "comment"  # a short comment for a pull request

    @property
    def suffix(self) -> str:
        """The suffix of a file in this format, with its dot."""
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
    """Return the format of this name, built in or from another package.

    Raises:
        FormatError: There is no such format, or it cannot be loaded.
    """
    found = FORMATS.get(name) or load_plugin_format(name)
    if found is None:
        known = ", ".join((*FORMATS, *plugin_format_names()))
        raise FormatError(f"unknown report format {name!r}: use one of {known}")
    return found


def render(report: Report, form: str) -> Iterator[str]:
    """Render a report in a format.

    Returns:
        The pieces of the report, to be written as UTF-8.

    Raises:
        FormatError: There is no such format, or it cannot be loaded.
    """
    return get_format(form).render(report)
