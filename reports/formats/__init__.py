"""Report formats: one class each, chosen by its name on the command line.

To add a format: a module in this package, a member of `ReportFormat` and a row in `FORMATS`. Other
packages add formats by entry points (`reports.formats.plugins`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from enum import StrEnum
from importlib import import_module
from typing import TYPE_CHECKING

from reports.formats.interface import Format
from reports.formats.plugins import FormatError, load_plugin_format, plugin_format_names

if TYPE_CHECKING:
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
    MANIFEST = "manifest"  # for site generators: the archive copies to use now
    BIBTEX = "bibtex"  # for papers: one entry per link
    CSL = "csl"  # for Zotero and Pandoc: one item per link

    @property
    def suffix(self) -> str:
        """The suffix of a file in this format, with its dot."""
        return get_format(self).suffix


# Module and class of each format. A module is imported when its format is used, so that `--help`
# loads neither Jinja nor SQLAlchemy.
FORMATS: Mapping[str, str] = {
    ReportFormat.HTML: "html.report:Html",
    ReportFormat.MARKDOWN: "markdown.report:Markdown",
    ReportFormat.JSON: "json:Json",
    ReportFormat.JSONL: "jsonl:JsonLines",
    ReportFormat.CSV: "csv:Csv",
    ReportFormat.JUNIT: "junit:JUnit",
    ReportFormat.SARIF: "sarif:Sarif",
    ReportFormat.GITHUB: "github:GitHub",
    ReportFormat.ATOM: "atom:Atom",
    ReportFormat.COMMENT: "comment:Comment",
    ReportFormat.MANIFEST: "manifest:Manifest",
    ReportFormat.BIBTEX: "bibliography:BibTeX",
    ReportFormat.CSL: "bibliography:Csl",
}


def get_format(name: str) -> Format:
    """Return the format of this name, built in or from another package.

    Raises:
        FormatError: There is no such format, or it cannot be loaded.
    """
    if name in FORMATS:
        module, _, class_name = FORMATS[name].partition(":")
        built_in: Format = getattr(import_module(f"{__name__}.{module}"), class_name)()
        return built_in
    plugin = load_plugin_format(name)
    if plugin is None:
        names = ", ".join((*FORMATS, *plugin_format_names()))
        raise FormatError(f"unknown report format {name!r}: use one of {names}")
    return plugin


def render(report: Report, format_name: str) -> Iterator[str]:
    """Render a report in a format.

    Returns:
        The pieces of the report, to be written as UTF-8.

    Raises:
        FormatError: There is no such format, or it cannot be loaded.
    """
    return get_format(format_name).render(report)
