"""Where Markdown renderers truly disagree about what a page links to, and how we follow one or the other."""

from __future__ import annotations

import re
from enum import StrEnum

from crawler.pages.source_text import SourceText


class Dialect(StrEnum):
    """How the wiki's own renderer reads its pages. What no renderer disputes is read alike in all."""

    MKDOCS = "mkdocs"  # Python-Markdown with Material's extensions: admonitions, tabs, Markdown inside HTML, links in indented text
    COMMONMARK = "commonmark"  # CommonMark and GFM to the letter: GitHub, Hugo, Obsidian, Wiki.js


_HEAD = r"[ \t>]*(?:!!!|\?\?\?|===|:)"
_FIRST_HEAD, _LATER_HEAD = (
    re.compile(_HEAD),
    re.compile(rf"\n{_HEAD}"),
)  # a line end is found many times faster than a `^`
_DEFINITION = re.compile(r"^([ \t>]*):(?=   [^\s])", re.MULTILINE)
_ADMONITION = re.compile(
    r"^([ \t>]*)(?:(!!!|\?\?\?|===)|(?:\?\?\?\+|===[!+]))[ \t](?=[ \t]*[\w\"'])", re.MULTILINE
)


def mark_indented_blocks(text: str) -> str:
    r"""Turn the heads of admonitions, foldable blocks, tabs and definitions into list items, so that their indented bodies are read as Markdown.

    The text keeps its length, so every offset stays true.

    >>> mark_indented_bodies('??? note "T"\n\n    https://example.org/')
    '-   note "T"\n\n    https://example.org/'
    >>> mark_indented_bodies('!!! note') + mark_indented_bodies('???+ note') + mark_indented_bodies(':   meaning')
    '-   note-   .note-   meaning'
    """
    if not _FIRST_HEAD.match(text) and not _LATER_HEAD.search(text):
        return text
    return _DEFINITION.sub(
        r"\1-", _ADMONITION.sub(lambda head: head[1] + ("-   " if head[2] else "-   ."), text)
    )


def is_mkdocs_text(source: SourceText, start: int, depth: int) -> bool:
    """Whether what CommonMark takes for indented code is text to Python-Markdown; `depth` lists or footnotes stand around it.

    Python-Markdown indents by four columns a level, however wide the list's marker is, and begins code only after a blank line
    (https://python-markdown.github.io/#differences).
    """
    line = source.line_at(start)
    written = source.text_between(source.line_start(line), source.line_start(line + 1)).expandtabs(4)
    unquoted = (
        written.lstrip("> ")
        if ">" in written[: len(written) - len(written.lstrip("> "))]
        else written.lstrip(" ")
    )
    indent = len(written) - len(unquoted)
    above = source.text_between(source.line_start(line - 1), source.line_start(line)) if line > 1 else ""
    return indent < 4 * (depth + 1) or bool(above.strip("> \t\r\n"))
