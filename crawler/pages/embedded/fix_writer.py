"""Write fixes on pages that are embedded in the JSON strings of a file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from crawler.pages.embedded.pages import EmbeddedPage
from crawler.pages.embedded.text import EmbeddedText
from crawler.pages.fixes.edits import NOT_FOUND
from crawler.pages.source.json_strings import (
    json_escaped,
)
from store.vocabulary import Citation
from store.vocabulary.fixes import (
    CitationFix,
    FixWriter,
    MirrorStyle,
    PlannedFix,
    TextEdit,
    UnsupportedMarkupError,
)


class EmbeddedFixWriter:
    """Write fixes on the pages that are embedded in a file, each by the writer of its format."""

    def __init__(self, file: bytes, pages: Sequence[EmbeddedPage], link_text: str) -> None:
        self._file = file
        self._ascii_only = file.isascii() and b"\\u" in file
        self._link_text = link_text
        self._places: dict[tuple[int, int], tuple[EmbeddedPage, Citation]] = {}
        self._writers: dict[int, FixWriter] = {}
        for embedded in pages:
            for citation in embedded.page.citations:
                start = embedded.text.file_start(citation.start)
                end = embedded.text.file_end(citation.end)
                self._places[start, end] = embedded, citation

    def contains(self, citation: Citation) -> bool:
        """Return whether a citation of the file is in one of the pages."""
        return (citation.start, citation.end) in self._places

    def write(self, planned: PlannedFix, style: MirrorStyle) -> CitationFix:
        """Return a fix written in a style.

        Raises:
            UnsupportedMarkupError: The fix cannot be written there.
        """
        place = self._places.get((planned.citation.start, planned.citation.end))
        if place is None:
            raise UnsupportedMarkupError(NOT_FOUND)
        embedded, citation = place  # the citation has the offsets of the embedded page
        writer = self._writers.get(id(embedded))
        if writer is None:
            data = embedded.builder.source.data
            writer = embedded.reader.fix_writer(data, embedded.page, self._link_text)
            self._writers[id(embedded)] = writer
        fix = writer.write(self._with_citation(planned, citation), style)
        edits = tuple(self._in_file(edit, embedded.text) for edit in fix.edits)
        return replace(fix, planned=planned, edits=edits, shared=None)

    def _with_citation(self, planned: PlannedFix, citation: Citation) -> PlannedFix:
        """Return a fix with the citation as it is in the embedded page."""
        in_file = planned.citation
        embedded = replace(citation, archive=in_file.archive, original=in_file.original)
        copy = planned.archive_copy
        return replace(
            planned,
            citation=embedded,
            archive_copy=replace(copy, citation=embedded) if copy else None,
        )

    def _in_file(self, edit: TextEdit, text: EmbeddedText) -> TextEdit:
        """Return an edit of an embedded page as an edit of the file.

        Raises:
            UnsupportedMarkupError: It covers more than one string.
        """
        end = text.file_end(edit.end)
        start = end if edit.start == edit.end else text.file_start(edit.start)
        if b'"' in self._file[start:end].replace(b'\\"', b""):
            raise UnsupportedMarkupError("it is in several strings: edit this link by hand")
        lines = [edit.text]
        separator = self._line_separator(start) if text.is_list and "\n" in edit.text else ""
        if separator:
            lines = edit.text.splitlines(keepends=True)
        written = [json_escaped(line, ascii_only=self._ascii_only) for line in lines]
        return TextEdit(start, end, separator.join(written))

    def _line_separator(self, offset: int) -> str:
        """Return the JSON between two strings of a list, such as `",` and an indented `"`.

        Returns:
            The text, or "" if the strings are not on lines of their own.
        """
        line_start = self._file.rfind(b"\n", 0, offset) + 1
        line = self._file[line_start:offset]
        indent = line[: len(line) - len(line.lstrip())]
        if not line_start or not line.startswith(indent + b'"'):
            return ""
        newline = "\r\n" if self._file[:line_start].endswith(b"\r\n") else "\n"
        return f'",{newline}{indent.decode()}"'
