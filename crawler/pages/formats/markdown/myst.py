"""Find the fences of MyST's directives whose content is Markdown, such as notes and figures.

CommonMark reads a directive (```` ```{note} ````) as code. Sphinx and Jupyter Book publish its
content (https://mystmd.org/guide/directives). Directives of code are not touched.
"""

from __future__ import annotations

import re
from typing import Final

# Directives of docutils, MyST, Jupyter Book and sphinx-design with Markdown or a URL in them
_DIRECTIVES: Final = frozenset(
    [
        "admonition", "aside", "attention", "blockquote", "button-link", "card", "card-carousel",
        "caution", "container", "danger", "deprecated", "div", "dropdown", "epigraph", "error",
        "exercise", "figure", "grid", "grid-item", "grid-item-card", "highlights", "hint", "iframe",
        "image", "important", "list-table", "margin", "note", "pull-quote", "rubric", "seealso",
        "sidebar", "solution", "subfigure", "tab-item", "tab-set", "table", "tip", "todo", "topic",
        "versionadded", "versionchanged", "warning",
    ]
)  # fmt: skip
_FENCE = re.compile(
    r"^(?P<margin>[ \t>]*(?:(?:[-*+]|\d{1,9}[.)])[ \t]+)?)(?P<mark>`{3,}|~{3,})(?P<info>[^\r\n]*)",
    re.MULTILINE,
)
_DIRECTIVE = re.compile(r"\{(?P<name>[\w:-]{1,40})\}[ \t]*")


def unfence_directives(text: str) -> str:
    r"""Return a text in which the fences of directives with Markdown are spaces.

    Text behind the directive's name is kept, behind a full stop. The text keeps its length, so that
    every offset stays correct.

    >>> unfence_directives("```{tip}\n[a](b)\n```\n")
    '        \n[a](b)\n   \n'
    >>> unfence_directives("```{code-block} md\n[a](b)\n```\n")
    '```{code-block} md\n[a](b)\n```\n'
    """
    if "{" not in text or ("```{" not in text and "~~~{" not in text and "` {" not in text):
        return text
    pieces, kept_up_to = list[str](), 0
    opened: list[str] = []  # the marks of directives
    code = ""  # the mark of a block of code
    for fence in _FENCE.finditer(text):
        mark, info = fence["mark"], fence["info"]
        is_closing = not info.strip()
        if code:
            if is_closing and mark.startswith(code):
                code = ""
            continue
        directive = _DIRECTIVE.match(info.lstrip())
        if is_closing and opened and mark.startswith(opened[-1]):
            opened.pop()
            end = fence.end("mark")
            replaced = " " * len(mark)
        elif directive and _is_markdown(directive["name"]):
            opened.append(mark)
            end = fence.end("info") - len(info.lstrip()) + directive.end()
            length = end - fence.start("mark")
            has_argument = end < fence.end("info") and text[end : fence.end("info")].strip()
            replaced = ("." if has_argument else " ") + " " * (length - 1)
        else:
            code = mark
            continue
        pieces += (text[kept_up_to : fence.start("mark")], replaced)
        kept_up_to = end
    return "".join((*pieces, text[kept_up_to:]))


def _is_markdown(name: str) -> bool:
    """Return whether a directive's content is Markdown; all those of proofs (`prf:`) are."""
    return name in _DIRECTIVES or name.startswith("prf:")
