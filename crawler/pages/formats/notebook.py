"""Read and fix Jupyter notebooks: their Markdown cells, byte-exactly in the JSON.

Formats 3 and 4 are read (https://nbformat.readthedocs.io/en/latest/format_description.html). Each
cell is a page of its own, as Jupyter shows it. Code, outputs and metadata cite nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

from crawler.pages.anchors import Heading
from crawler.pages.dialect import Dialect
from crawler.pages.embedded.fix_writer import EmbeddedFixWriter
from crawler.pages.embedded.pages import (
    EmbeddedPage,
    EmbeddedPageReader,
    add_embedded,
    read_json,
)
from crawler.pages.formats.markdown import MarkdownReader
from crawler.pages.interface import FormatReader, PageSyntaxError, ReadOptions
from crawler.pages.page_builder import PageBuilder
from crawler.pages.source.json_strings import strings_of
from crawler.pages.source.source_text import ByteOffsets, SourceText
from store.vocabulary import Citation, Page
from store.vocabulary.fixes import FixWriter

_BELOW_ALL_HEADINGS = 7  # the levels of headings are 1 to 6
_OPTIONS = ReadOptions(dialect=Dialect.GFM)  # what JupyterLab reads, whatever publishes the wiki
# Tuples, not sets: an invalid notebook may have a list there, which a set cannot look up.
_MARKDOWN_CELLS = ("markdown", "heading")
_MARKDOWN_TYPES = ("text/markdown", "text/html")  # of raw cells; Markdown can contain HTML


class NotebookReader(FormatReader):
    """Read Jupyter notebooks."""

    name: ClassVar[str] = "jupyter"
    title: ClassVar[str] = "Jupyter"
    suffixes: ClassVar[frozenset[str]] = frozenset([".ipynb"])
    ignore_mark: ClassVar[None] = None  # each cell has its own

    def read(self, source: SourceText, builder: PageBuilder, options: ReadOptions) -> None:
        """Add the links, headings and warnings of a notebook to its record.

        Raises:
            PageSyntaxError: The file is not a notebook.
        """
        del options
        if not source.text.strip("\ufeff \t\r\n"):
            message = "the notebook is empty: save it again in Jupyter, or delete the file"
            builder.warn(1, "empty-notebook", message)
            return
        headings = _Headings()
        for number, cell in enumerate(_markdown_cells(source, builder.path)):
            add_embedded(builder, cell, headings.section_in(cell))
            headings.add(cell)
            if number == 0:
                builder.title, builder.dated = cell.builder.title, cell.builder.dated

    def fix_writer(self, text: bytes, page: Page, link_text: str) -> FixWriter:
        """Return the writer of one page's fixes."""
        cells = list(_markdown_cells(SourceText(text.decode(errors="replace")), page.path))
        return EmbeddedFixWriter(text, cells, link_text)


@dataclass(slots=True)
class _Headings:
    """The headings above a cell, those of earlier cells included, the outermost first."""

    above: tuple[Heading, ...] = ()

    def section_in(self, cell: EmbeddedPage) -> Callable[[Citation], tuple[str, ...]]:
        """Return a function that adds these headings to the section of a cell's citation."""
        levels: dict[str, int] = {}
        for heading in cell.builder.outline:
            levels.setdefault(heading.text, heading.level)

        def section(citation: Citation) -> tuple[str, ...]:
            in_cell = citation.section
            first_level = levels.get(in_cell[0], 0) if in_cell else _BELOW_ALL_HEADINGS
            outer = (each.text for each in self.above if each.level < first_level)
            return (*outer, *in_cell)

        return section

    def add(self, cell: EmbeddedPage) -> None:
        """Add the headings of a cell, which apply to the cells below it."""
        for heading in cell.builder.outline:
            outer = (each for each in self.above if each.level < heading.level)
            self.above = (*outer, heading)


def _markdown_cells(source: SourceText, path: str) -> Iterator[EmbeddedPage]:
    """Yield the Markdown cells of a notebook as read.

    Raises:
        PageSyntaxError: The file is not a notebook.
    """
    cells = EmbeddedPageReader(source, path, MarkdownReader(), _OPTIONS, ByteOffsets(source))
    for cell in _cells(_parse(source)):
        is_markdown = isinstance(cell, dict) and _is_markdown(cell)
        if is_markdown and (page := cells.read(cell.get("source"))):
            yield page


def _parse(source: SourceText) -> dict[str, Any]:
    """Return the JSON object of a notebook.

    Raises:
        PageSyntaxError: The file is not a notebook.
    """
    notebook = read_json(source)
    is_notebook = isinstance(notebook, dict) and (
        isinstance(notebook.get("cells"), list) or isinstance(notebook.get("worksheets"), list)
    )
    if not is_notebook:
        raise PageSyntaxError("it is not a Jupyter notebook: it has no cells", 1)
    return notebook  # type: ignore[no-any-return]


def _cells(notebook: dict[str, Any]) -> Iterator[Any]:
    """Yield the cells of a notebook; until format 3 they are in worksheets."""
    if isinstance(notebook.get("cells"), list):
        yield from notebook["cells"]
        return
    for worksheet in notebook["worksheets"]:
        cells = worksheet.get("cells") if isinstance(worksheet, dict) else None
        yield from cells if isinstance(cells, list) else ()


def _is_markdown(cell: dict[str, Any]) -> bool:
    """Return whether a cell contains Markdown, or a raw cell Markdown, HTML or front matter."""
    if cell.get("cell_type") in _MARKDOWN_CELLS:
        return True
    metadata = cell.get("metadata")
    if cell.get("cell_type") != "raw":
        return False
    if "".join(strings_of(cell.get("source"))).startswith("---"):
        return True  # the front matter of Quarto
    if not isinstance(metadata, dict):
        return False
    return (metadata.get("raw_mimetype") or metadata.get("format")) in _MARKDOWN_TYPES
