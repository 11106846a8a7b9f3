"""Read Markdown pages, using the modules of this package that read parts of Markdown."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import ClassVar

from crawler.pages.citation_context import footnote_labels_after
from crawler.pages.dialect import (
    WITH_HOST_LINKS,
    Dialect,
    is_mkdocs_text,
    mark_indented_blocks,
    mask_image_sizes,
    mask_indentation,
)
from crawler.pages.formats.markdown.authors_comments import (
    comment_spans,
    links_outside_comments,
    mask_comments,
    obsidian_comment_spans,
    template_code_spans,
)
from crawler.pages.formats.markdown.content import MarkdownContent
from crawler.pages.formats.markdown.fix_writer import MarkdownFixWriter
from crawler.pages.formats.markdown.inline_text import find_bare_urls, find_wikilinks
from crawler.pages.formats.markdown.mdx import code_without_templates, mask_spans, module_spans
from crawler.pages.formats.markdown.myst import unfence_directives
from crawler.pages.formats.markdown.parser import read_markdown
from crawler.pages.formats.markdown.raw_html import RawHtmlReader
from crawler.pages.formats.markdown.reference_definitions import find_label_ends, read_definitions
from crawler.pages.formats.markdown.structure import add_references, add_structure
from crawler.pages.formats.markdown.template_links import find_template_links
from crawler.pages.front_matter.links import add_front_matter
from crawler.pages.front_matter.reader import read_front_matter
from crawler.pages.ignore_marks import IgnoreMark, ignore_mark
from crawler.pages.interface import FormatReader, ReadOptions
from crawler.pages.page_builder import PageBuilder
from crawler.pages.raw_links import LocationIndex
from crawler.pages.source.intervals import UncoveredOffsets
from crawler.pages.source.source_text import SourceText
from store.vocabulary import Page
from store.vocabulary.fixes import FixWriter

_HTML_FENCE = re.compile(rb"[ \t>]*(?:`{3,}|~{3,})[ \t]*\{=html[45]?\}[^\n]*\n")
_HTML_ATTRIBUTE = re.compile(rb"\{=html[45]?\}")
_SHORTCODE = re.compile(rb"\{\{[<%][^\n{}]*`")
_MAX_SHORTCODE = 2_000  # bytes before and after a raw string of a shortcode
_PARAGRAPH = re.compile(rb"[^\s>].*(?:\n[ \t>]*[^\s>].*)*")  # lines up to a blank one


class MarkdownReader(FormatReader):
    """Read Markdown pages with front matter."""

    name: ClassVar[str] = "markdown"
    title: ClassVar[str] = "Markdown"
    suffixes: ClassVar[frozenset[str]] = frozenset(
        [
            ".md", ".markdown", ".mdown", ".mkd", ".mkdn", ".mdwn", ".mkdown", ".mdtxt", ".qmd",
            ".rmd", ".livemd",
        ]
    )  # fmt: skip
    is_mdx: ClassVar[bool] = False

    def read_mode(self, options: ReadOptions) -> str:
        """Return the dialect, which decides what is a link.

        It is stored with each page. A page that was stored with another one is read again.
        """
        return options.dialect

    def read(self, source: SourceText, builder: PageBuilder, options: ReadOptions) -> None:
        """Add the links, headings and warnings of a page to its record."""
        builder.footnotes_after = footnote_labels_after
        matter = read_front_matter(source.text)
        add_front_matter(builder, source, matter)
        _read_body(source, builder, matter.body, options.dialect, is_mdx=self.is_mdx)

    def fix_writer(self, text: bytes, page: Page, link_text: str) -> FixWriter:
        """Return the writer of one page's fixes."""
        return MarkdownFixWriter(text, page, link_text)


class MdxReader(MarkdownReader):
    """Read MDX: Markdown with components, and with imports and exports, which cite nothing."""

    name: ClassVar[str] = "mdx"
    title: ClassVar[str] = "MDX"
    suffixes: ClassVar[frozenset[str]] = frozenset([".mdx"])
    ignore_mark: ClassVar[IgnoreMark] = ignore_mark(r"<!--|\{/\*", r"(?:-->|\*/\})")
    is_mdx: ClassVar[bool] = True

    def read_mode(self, options: ReadOptions) -> str:
        """Return the format and the dialect, which is stored with each page as for Markdown."""
        return f"{self.name} {options.dialect}"


def _read_body(
    source: SourceText, builder: PageBuilder, index: int, dialect: Dialect, *, is_mdx: bool
) -> None:
    """Read what follows the front matter, from a character index on.

    MDX has no indented code, and reads Markdown between the tags of components.
    """
    body = source.byte_offset(index)
    # One line end for each byte of the front matter: offsets are those of the page.
    text = "\n" * body + source.text[index:]
    modules = module_spans(source.data, body) if is_mdx else []
    if modules:
        text = mask_spans(text, modules)
    if dialect is Dialect.MKDOCS:
        text = mark_indented_blocks(text)
    if dialect is Dialect.WIKIJS:
        text = mask_image_sizes(text)
    text = unfence_directives(text)
    content, html = _parse_body(source, text, dialect, is_mdx=is_mdx)
    obsidian_comments: Sequence[tuple[int, int]] = ()
    if dialect is Dialect.OBSIDIAN and b"%%" in source.data:
        obsidian_comments = obsidian_comment_spans(source.data, body, content.code_spans)
        text = mask_comments(text, obsidian_comments)
        content, html = _parse_body(source, text, dialect, is_mdx=is_mdx)
    indented = [] if is_mdx else [(start, end) for start, end, _ in content.indented_code]
    code = [*content.code_spans, *indented]
    label_ends = find_label_ends(source.data)  # of definitions, and of comments written as such
    definitions = read_definitions(
        source, text, [*content.leaf_spans, *code, *obsidian_comments], label_ends
    )
    uncovered = UncoveredOffsets(code)
    # Code within templates, such as `{{< code >}}`: like comments, it cites nothing.
    template_code = [
        span for span in template_code_spans(source.data) if uncovered.contains(span[0])
    ]
    comments = [*comment_spans(source.data, label_ends), *template_code, *obsidian_comments]
    # In these spans no bare URL, wikilink or link of a template is looked for.
    covered = [
        (0, body),
        *modules,
        *comments,
        *content.link_spans,
        *code,
        *html.covered_spans,
        *(definition.span for definition in definitions),
    ]
    builder.locations = content.locations
    builder.add_links(links_outside_comments(content.raw_links, comments))
    last_wins = dialect is Dialect.MKDOCS
    add_references(builder, definitions, content.reference_uses, last_wins=last_wins)
    builder.add_links(links_outside_comments(html.raw_links, comments))
    _add_plain_links(source, builder, covered, content.locations, dialect)
    builder.code_spans = code
    add_structure(builder, content, html.anchors)


def _parse_body(
    source: SourceText, text: str, dialect: Dialect, *, is_mdx: bool
) -> tuple[MarkdownContent, RawHtmlReader]:
    """Return the content that the parser finds in the body, and the reader of its raw HTML.

    Args:
        source: The page.
        text: Its text as the parser gets it, with the same offsets.
        dialect: How the wiki's renderer reads Markdown.
        is_mdx: Whether the page is MDX.
    """
    content = read_markdown(source, text)
    if is_mdx:
        content.code_spans = code_without_templates(source.data, content.code_spans)
    content.code_spans = _without_raw_strings(source.data, content.code_spans)
    html = RawHtmlReader(source, content.locations)
    for start, end in list(content.html_spans):
        nested = html.read_block(start, end, Dialect.MKDOCS if is_mdx else dialect)
        if nested is not None:
            content.merge(nested)
    _read_raw_html_code(source, content, html)
    if dialect is Dialect.MKDOCS or is_mdx:
        _read_indented_text(source, content, is_mdx=is_mdx)
    html.read_inline(content.inline_html_spans)
    return content, html


def _without_raw_strings(data: bytes, code: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return spans of code without raw strings in Hugo's shortcodes: {{< figure `https://…` >}}."""
    if not _SHORTCODE.search(data):
        return list(code)
    kept, read_up_to = list[tuple[int, int]](), 0
    for start, end in code:
        before = data[max(read_up_to, start - _MAX_SHORTCODE) : start].rpartition(b"\n")[2]
        opened = max(before.rfind(b"{{<"), before.rfind(b"{{%"))
        after = data[end : end + _MAX_SHORTCODE].partition(b"\n")[0]
        if opened < 0 or b"}}" in before[opened:] or b"}}" not in after:
            kept.append((start, end))
            read_up_to = end
    return kept


def _read_raw_html_code(source: SourceText, content: MarkdownContent, html: RawHtmlReader) -> None:
    """Read the code that Pandoc and Quarto publish as HTML, because its attribute is `{=html}`."""
    if b"{=html" not in source.data:
        return
    code = []
    for start, end in content.code_spans:
        fence = _HTML_FENCE.match(source.data, start, end)
        if fence or _HTML_ATTRIBUTE.match(source.data, end):
            html.read_block(fence.end() if fence else start, end, Dialect.COMMONMARK)
        else:
            code.append((start, end))
    content.code_spans = code


def _add_plain_links(
    source: SourceText,
    builder: PageBuilder,
    covered: Sequence[tuple[int, int]],
    locations: LocationIndex,
    dialect: Dialect,
) -> None:
    """Add bare URLs, wikilinks and links in templates, outside of the given spans."""
    links_hosts = dialect in WITH_HOST_LINKS
    builder.add_links(find_bare_urls(source, covered, locations, links_hosts=links_hosts))
    builder.add_links(find_wikilinks(source, covered, locations))
    builder.add_links(find_template_links(source, covered, locations))


def _read_indented_text(source: SourceText, content: MarkdownContent, *, is_mdx: bool) -> None:
    """Read links in indented text, which is code to CommonMark but not to the wiki's renderer.

    Bare URLs in it are left out, as in code, except in MDX.
    """
    for start, end, depth in list(content.indented_code):
        for paragraph in _PARAGRAPH.finditer(source.data, start, end):
            if is_mdx or is_mkdocs_text(source, paragraph.start(), depth):
                text = mask_indentation(paragraph[0])
                location = content.locations.at(start)
                content.merge(read_markdown(source, text, paragraph.start(), location))
