"""Decide what the arguments, options and content of directives are: text, code or addresses."""

from __future__ import annotations

import re
from enum import StrEnum

from crawler.pages.formats.rst.block_patterns import FIELD
from crawler.pages.formats.rst.lines import Lines
from store.vocabulary import CitationKind

_URL = re.compile(r"https?://\S+\Z", re.IGNORECASE)
# Directives whose argument is an image or a video
_IMAGES = frozenset(["image", "figure", "thumbnail", "video", "grid-item-image"])
_PATHS = frozenset(["include", "literalinclude"])  # directives whose argument is a path
_LINK_OPTIONS = frozenset(["target", "url", "link"])
_TEXT_OPTIONS = frozenset(["alt", "caption", "class", "name", "title", "subtitle"])
# Directives whose content is code or names, or that have no content
_CODE = frozenset(
    [
        "code",
        "code-block",
        "sourcecode",
        "highlight",
        "math",
        "raw",
        "prompt",
        "graphviz",
        "digraph",
        "graph",
        "mermaid",
        "uml",
        "plantuml",
        "plot",
        "ipython",
        "testcode",
        "testoutput",
        "testsetup",
        "testcleanup",
        "doctest",
        "jupyter-execute",
        "jupyter-kernel",
        "jupyter-input",
        "jupyter-output",
        "productionlist",
        "literalinclude",
        "include",
        "meta",
        "default-role",
        "role",
        "highlightlang",
        "currentmodule",
        "module",
        "program",
        "tabularcolumns",
        "autosummary",
        "exec",
        "exec_code",
        "runblock",
        "command-output",
        "program-output",
        "blockdiag",
        "seqdiag",
        "actdiag",
        "nwdiag",
        "ditaa",
        "tikz",
        "pyscript",
        "index",
        "image",
        "contents",
        "sectnum",
        "section-numbering",
        "default-literal-role",
        "toctree",
    ]
)
# Directives whose argument is text with markup
_TEXT_ARGUMENT = frozenset(
    [
        "attention",
        "caution",
        "danger",
        "error",
        "hint",
        "important",
        "note",
        "tip",
        "warning",
        "admonition",
        "seealso",
        "todo",
        "versionadded",
        "versionchanged",
        "versionremoved",
        "deprecated",
        "topic",
        "sidebar",
        "rubric",
        "epigraph",
        "highlights",
        "pull-quote",
        "compound",
        "container",
        "table",
        "list-table",
        "csv-table",
        "replace",
        "header",
        "footer",
        "centered",
        "title",
        "tab",
        "tab-item",
        "dropdown",
        "card",
        "grid-item-card",
    ]
)
_QUOTES = frozenset(["epigraph", "highlights", "pull-quote"])


class ContentKind(StrEnum):
    """The kind of a directive's content."""

    CODE = "code"
    HTML = "html"
    BODY = "body"
    QUOTE = "quote"
    TABLE = "table"  # with a separator that a URL may contain
    TREE = "tree"  # names of pages, or text <url>


def content_kind(name: str, argument: str) -> ContentKind:
    """Return the kind of a directive's content.

    Args:
        name: The directive.
        argument: Its argument, which follows the name.
    """
    if name == "raw" and "html" in argument.split():
        return ContentKind.HTML
    if name == "toctree":
        return ContentKind.TREE
    if name == "csv-table":
        return ContentKind.TABLE
    if name in _CODE or ":" in name or name.startswith("auto"):
        # A directive of a domain, such as `py:function`, has a description of the object.
        has_description = ":" in name and not name.endswith((":automodule", ":currentmodule"))
        return ContentKind.BODY if has_description else ContentKind.CODE
    return ContentKind.QUOTE if name in _QUOTES else ContentKind.BODY


def argument_kind(name: str, argument: str) -> CitationKind | None:
    """Return the kind of citation of an argument that is only an address, else None."""
    if name in _IMAGES:
        return CitationKind.IMAGE
    if name in _PATHS and argument and not argument.startswith("<"):
        return CitationKind.INLINE
    return CitationKind.INLINE if _URL.match(argument) else None


def has_text_argument(name: str) -> bool:
    """Return whether the argument is text with markup."""
    return name in _TEXT_ARGUMENT


def is_link_option(name: str, value: str) -> bool:
    """Return whether the value of an option is an address."""
    if name in _LINK_OPTIONS:
        return bool(value)
    return name not in _TEXT_OPTIONS and _URL.match(value) is not None


def options_of(lines: Lines, first: int, end: int) -> list[tuple[str, int, int]]:
    """Cut `:name:` off the line of each option, and return the options.

    Args:
        lines: The page.
        first: The line of the first option.
        end: The line after the last.

    Returns:
        The name in lower case, the first line, and the line after the last, of each option.
    """
    found: list[tuple[str, int, int]] = []
    for index in range(first, end):
        option = FIELD.match(lines.texts[index])
        if option:
            lines.cut(index, option.end())
            found.append((option[1].strip().lower(), index, index + 1))
        elif found:
            found[-1] = (found[-1][0], found[-1][1], index + 1)
    return found
