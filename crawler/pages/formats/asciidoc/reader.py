"""Read AsciiDoc pages."""

from __future__ import annotations

import re
from typing import ClassVar

from crawler.pages.anchors import heading_anchors
from crawler.pages.formats.asciidoc.antora import define_component_attributes
from crawler.pages.formats.asciidoc.blocks import AdocBlockReader
from crawler.pages.formats.asciidoc.content import AdocContent
from crawler.pages.formats.asciidoc.fix_writer import AsciidocFixWriter
from crawler.pages.formats.asciidoc.lines import page_lines
from crawler.pages.front_matter.links import add_front_matter
from crawler.pages.front_matter.reader import read_front_matter
from crawler.pages.ignore_marks import ignore_mark
from crawler.pages.interface import FormatReader, ReadOptions
from crawler.pages.page_builder import PageBuilder
from crawler.pages.source.dates import first_date
from crawler.pages.source.source_text import SourceText
from store.vocabulary import Page
from store.vocabulary.fixes import FixWriter

_SECOND_NUMBER = 2  # Asciidoctor's `Compliance.unique_id_start_index`
_ENCODING = re.compile(rb"^:encoding:[ \t]*([-\w.]+)", re.MULTILINE)
# Each begins with a fixed text, for which the search is fast.
_IDS = (
    re.compile(r"\[\[\[?([^\],\s\[]+)"),
    re.compile(r"\[[^\]\[\n#\"]*#([^\],.%\s]+)"),
    re.compile(r"id=[\"']?([^\"',\]\s]+)"),
    re.compile(r"anchor:([^\s\[]+)\["),
)
_PGP_ARMOR = re.compile(r"\ufeff?\s*-----BEGIN [A-Z ]+-----")
_WITH_INCLUDED_ATTRIBUTES = "asciidoc with attributes of other files"


class AsciidocReader(FormatReader):
    """Read AsciiDoc pages."""

    name: ClassVar[str] = "asciidoc"
    title: ClassVar[str] = "AsciiDoc"
    suffixes: ClassVar[frozenset[str]] = frozenset([".adoc", ".asciidoc", ".asc"])
    ignore_mark = ignore_mark(r"^//[ \t]*", skips_blank_lines=True)

    def declared_encoding(self, data: bytes) -> str | None:
        """Return the encoding in the attribute `encoding`."""
        declared = _ENCODING.search(data[:4096])
        return declared[1].decode() if declared else None

    def read(self, source: SourceText, builder: PageBuilder, options: ReadOptions) -> None:
        """Add the links, headings and warnings of a page to its record."""
        if _PGP_ARMOR.match(source.text):
            return  # a key or signature of PGP, which may also have the suffix .asc
        matter = read_front_matter(source.text)
        content = read_content(source, matter.body, builder.path, options)
        add_front_matter(builder, source, matter)
        builder.locations, builder.code_spans = content.locations, content.code_spans
        builder.add_links(each.link for each in content.links)
        builder.outline = content.headings
        builder.top_headings = [each.text for each in content.headings if each.level == 1]
        builder.dated = first_date(content.attributes.get("revdate") or "") or matter.dated
        # Antora redirects from former paths of the page. `WikiIndex.has_asciidoc_id` finds their
        # names among the anchors.
        aliases = re.split(r"[,\s]+", content.attributes.get("page-aliases") or "")
        names = [each.rpartition("/")[2].rpartition(":")[2] for each in aliases if each]
        anchors = [
            *heading_anchors(content.headings, second_number=_SECOND_NUMBER),
            *_ids(source),
            *names,
        ]
        builder.anchors = tuple(dict.fromkeys(anchors))
        if content.has_included_attributes:
            builder.read_mode = _WITH_INCLUDED_ATTRIBUTES
        if content.placeholders:
            builder.skipped["placeholder"] += content.placeholders
        footnotes = content.footnotes
        builder.footnotes_after = lambda data, end: _footnotes_after(footnotes, data, end)
        for offset, kind in content.unclosed:
            message = f"a {kind} block is never closed"
            builder.warn(source.line_at(offset), "unclosed-block", message)

    def fix_writer(self, text: bytes, page: Page, link_text: str) -> FixWriter:
        """Return the writer of one page's fixes."""
        source = SourceText(text.decode(errors="replace"))
        has_included = page.read_mode == _WITH_INCLUDED_ATTRIBUTES
        body = read_front_matter(source.text).body
        links = read_content(source, body, page.path, ReadOptions()).links
        return AsciidocFixWriter(text, links, link_text, has_included_attributes=has_included)


def read_content(source: SourceText, body: int, path: str, options: ReadOptions) -> AdocContent:
    """Return the content of a page.

    Args:
        source: The page.
        body: The index of the character behind its front matter.
        path: Its path.
        options: The settings of the wiki.

    Raises:
        PageSyntaxError: Reading it takes more work than any ordinary page does.
    """
    content = AdocContent(source, path, options.read_file)
    names = define_component_attributes(content.attributes, path, options.read_file)
    content.has_included_attributes = any(f"{{{name}}}" in source.text for name in names)
    AdocBlockReader(content, list(page_lines(source.text, body))).read()
    return content


def _ids(source: SourceText) -> list[str]:
    """Return the ids that a page defines, in blocks, macros and inline anchors."""
    return [found[1] for pattern in _IDS for found in pattern.finditer(source.text)]


def _footnotes_after(footnotes: dict[int, str], data: bytes, end: int) -> tuple[str, ...]:
    """Return the label of the footnote directly after a link that ends at a byte."""
    macro_start = end + 1 if data.startswith(b" ", end) else end
    label = footnotes.get(macro_start)
    return (label,) if label else ()
