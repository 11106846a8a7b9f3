"""Every format by its name on the command line. To add one: a module beside the others, a word in `ReportFormat`, a row in `FORMATS`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from enum import StrEnum

from reports.formats.interface import Format
from reports.formats.jsonl import JsonLines
from reports.formats.markdown import Markdown
from reports.records import Report


class ReportFormat(StrEnum):
    """The values of `--format`."""

    MARKDOWN = "markdown"  # for a person
    JSONL = "jsonl"  # for programs: one object a link

    @property
    def suffix(self) -> str:
        """The ending of a file in this format, with its dot."""
        return FORMATS[self].suffix


FORMATS: Mapping[ReportFormat, Format] = {
    ReportFormat.MARKDOWN: Markdown(),
    ReportFormat.JSONL: JsonLines(),
}


def render(report: Report, form: ReportFormat) -> Iterator[str]:
    """Write a report down, piece by piece. UTF-8 is what the pieces are meant to be written in."""
    return FORMATS[form].render(report)
