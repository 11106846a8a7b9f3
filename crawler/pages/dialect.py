"""Handle the differences between Markdown renderers that change which links a page has."""

from __future__ import annotations

import re
from enum import StrEnum

from crawler.pages.source.source_text import SourceText


class Dialect(StrEnum):
    """A Markdown dialect: how the wiki's renderer reads its pages."""

    # Python-Markdown with Material's extensions: admonitions, tabs, Markdown in HTML, indented text
    MKDOCS = "mkdocs"
    # CommonMark, and GFM's tables and footnotes: Jekyll
    COMMONMARK = "commonmark"
    # The same, and a host that begins with `www.` is a link: GitHub, Hugo, Docusaurus
    GFM = "gfm"
    # CommonMark as above, and comments between `%%`: Obsidian
    OBSIDIAN = "obsidian"
    # As GFM, and an image may have a size, as in `![](a.png =100x50)`
    WIKIJS = "wikijs"


# Dialects in which a host that begins with `www.` is a link
WITH_HOST_LINKS = frozenset([Dialect.GFM, Dialect.WIKIJS])
# The size behind an image's destination or title (https://github.com/tatsy/markdown-it-imsize)
_IMAGE_SIZE = re.compile(
    r"(!\[[^\[\]\n]{0,1000}\]\((?:<[^<>\[\]\n]{1,2000}>|[^\s<>\[\]]{1,2000})"
    r"""(?:[ \t]+(?:"[^"\n]{0,500}"|'[^'\n]{0,500}'))?)"""
    r"([ \t]+=(?:\d{1,5}%?x(?:\d{1,5}%?)?|x\d{1,5}%?))(?=[ \t]*\))"
)
_INDENT = re.compile(rb"^[ \t]+", re.MULTILINE)
# The first characters of an admonition, a foldable block, a tab and a definition
_HEAD = r"[ \t>]*(?:!!!|\?\?\?|===|:)"
_FIRST_HEAD = re.compile(_HEAD)
_LATER_HEAD = re.compile(rf"\n{_HEAD}")  # searching for a line end is much faster than for `^`
_DEFINITION = re.compile(r"^([ \t>]*):(?=   [^\s])", re.MULTILINE)
_ADMONITION = re.compile(
    r"^([ \t>]*)(?:(!!!|\?\?\?|===)|(?:\?\?\?\+|===[!+]))[ \t](?=[ \t]*[\w\"'])", re.MULTILINE
)


def mark_indented_blocks(text: str) -> str:
    r"""Turn the heads of admonitions, foldable blocks, tabs and definitions into list items.

    CommonMark then reads their indented bodies as Markdown. The text keeps its length, so that
    every offset stays correct.

    Returns:
        The text for a CommonMark parser.

    >>> mark_indented_blocks('??? note "T"\n\n    https://example.org/')
    '-   note "T"\n\n    https://example.org/'
    >>> [mark_indented_blocks(head) for head in ("!!! note", "???+ note", ":   meaning")]
    ['-   note', '-   .note', '-   meaning']
    """
    if not _FIRST_HEAD.match(text) and not _LATER_HEAD.search(text):
        return text
    return _DEFINITION.sub(r"\1-", _ADMONITION.sub(_list_item, text))


def _list_item(head: re.Match[str]) -> str:
    """Return the marker of a list item as long as a head; a full stop fills the fifth character."""
    return head[1] + ("-   " if head[2] else "-   .")


def mask_image_sizes(text: str) -> str:
    """Return a text of the same length in which the sizes of images are spaces.

    >>> mask_image_sizes("![a](b.png =10x5){.c} [a](b =10x5)")
    '![a](b.png      ){.c} [a](b =10x5)'
    """
    return _IMAGE_SIZE.sub(lambda image: image[1] + " " * len(image[2]), text)


def mask_indentation(data: bytes) -> str:
    r"""Return a text of the same length without indentation, so that no line is read as code.

    The first character of each indented line becomes a full stop.

    >>> mask_indentation(b"a\n    b")
    'a\n.   b'
    """
    masked = _INDENT.sub(lambda indent: b"." + b" " * (len(indent[0]) - 1), data)
    return masked.decode(errors="replace")


def is_mkdocs_text(source: SourceText, start: int, depth: int) -> bool:
    """Return whether Python-Markdown reads as text what CommonMark reads as indented code.

    Python-Markdown indents by four columns a level, however wide the list marker is, and begins
    code only after a blank line (https://python-markdown.github.io/#differences).

    Args:
        source: The page.
        start: The offset of the indented text.
        depth: Number of lists and footnotes around it.
    """
    line = source.line_at(start)
    written = _line_text(source, line).expandtabs(4)
    indent = len(written) - len(written.lstrip("> "))
    line_above = _line_text(source, line - 1) if line > 1 else ""
    follows_text = bool(line_above.strip("> \t\r\n"))
    return indent < 4 * (depth + 1) or follows_text


def _line_text(source: SourceText, line: int) -> str:
    """Return the text of a line, from 1, with its line break."""
    return source.text_between(source.line_start(line), source.line_start(line + 1))
