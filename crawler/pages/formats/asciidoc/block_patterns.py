"""Recognise how the blocks of an AsciiDoc page begin and end.

The patterns follow those of Asciidoctor (`lib/asciidoctor/rx.rb`).
"""

from __future__ import annotations

import re

CONDITIONAL = re.compile(r"(ifdef|ifndef|ifeval|endif)::(\S*?)\[(.*)\]\Z")
INCLUDE = re.compile(r"include::([^\[\s](?:[^\[]*[^\[\s])?)\[(.*)\]\Z")
ATTRIBUTE_ENTRY = re.compile(r":(!?\w[^:\s]*):(?:[ \t]+(.*))?\Z")
BLOCK_ATTRIBUTES = re.compile(r"\[(?:|[\w.#%{,\"'].*|\[(?:|[^\W\d][\w\-:.]*(?:, *.+)?)\])\]\Z")
BLOCK_TITLE = re.compile(r"\.(\.?[^ \t.].*)\Z")
SECTION = re.compile(r"(={1,6}|#{1,6})[ \t]+(\S.*?)(?:[ \t]+\1)?\Z")
UNDERLINE = re.compile(r"([=\-~^+])\1+\Z")
_DELIMITER_CHARACTERS = frozenset("=-.*_+/~`|,:!")  # a fast test before the pattern
_DELIMITER = re.compile(
    r"(?:={4,}|-{4,}|\.{4,}|\*{4,}|_{4,}|\+{4,}|/{4,}|~{4,}|--|```[^`\s]*|[|,:!]={3,})\Z"
)
BLOCK_MACRO = re.compile(r"(image|video|audio)::(\S|\S.*?\S)\[(.*)\]\Z")
ITEM = re.compile(
    r"[ \t]*(?:-|\*{1,5}|\.{1,5}|•|\d+\.|[a-zA-Z]\.|[IVXivx]+\))[ \t]+(?=\S)"
    r"|<(?:\d+|\.)>[ \t]+(?=\S)"
)
TERM = re.compile(r"[ \t]*([^ \t].*?)(?::::?:?|;;)(?:\Z|[ \t]+(?=(\S)?))")
BREAK = re.compile(r"'{3,}\Z|<{3,}\Z|([-*_])( *)\1\2\1\Z")
_LONGEST_TERM = 2000  # characters of a line that are searched for the end of a term


def is_delimiter(text: str) -> bool:
    """Return whether a line may open or close a block.

    >>> is_delimiter("----"), is_delimiter("--"), is_delimiter("- a")
    (True, True, False)
    """
    return text[:1] in _DELIMITER_CHARACTERS and _DELIMITER.match(text) is not None


def is_comment(text: str) -> bool:
    """Return whether a line is a comment."""
    return text.startswith("//") and not text.startswith("///")


def term_of(text: str) -> re.Match[str] | None:
    """Return the term of a description list that a line begins with, or None."""
    if "::" not in text[:_LONGEST_TERM] and ";;" not in text[:_LONGEST_TERM]:
        return None
    return TERM.match(text, 0, _LONGEST_TERM)


def is_underlined(title: str, following: str) -> bool:
    """Return whether a line is a heading that the next line underlines."""
    mark = UNDERLINE.match(following)
    if not mark or abs(len(title) - len(following)) > 1 or title.startswith("."):
        return False
    return any(map(str.isalnum, title))
