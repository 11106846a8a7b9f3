"""Translate the patterns of .gitignore into regular expressions that match in linear time.

They mean what gitignore(5) says, except that `?` and `[...]` match a character, not a byte.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

_CLASSES = {
    "alnum": "0-9A-Za-z",
    "alpha": "A-Za-z",
    "blank": " \\t",
    "cntrl": "\\x00-\\x1f\\x7f",
    "digit": "0-9",
    "graph": "!-~",
    "lower": "a-z",
    "print": " -~",
    "punct": "!-/:-@\\[-`{-~",
    "space": "\\t-\\r ",
    "upper": "A-Z",
    "xdigit": "0-9A-Fa-f",
}
_STAR, _ANY_FOLDERS, _SLASH = "*", "**", "/"  # tokens; all others are regular expressions
# A class such as `[:alpha:]`, a letter or a range; a backslash makes any letter an ordinary one.
_BRACKET_ITEM = re.compile(
    r"\[:(?P<name>[^]]*):\]|(?P<first>\\.|[^\\])(?:-(?P<last>\\.|[^]\\]))?", re.DOTALL
)


def glob_regex(pattern: str) -> re.Pattern[str] | None:
    """Return a regular expression for `fullmatch` with a path whose parts are split by slashes.

    Args:
        pattern: A pattern without a leading `!` or `/` and without a trailing slash. Without any
            slash it is compared with the last part of a path only: match that part with it.

    Returns:
        None for a pattern that git reads as invalid and that never matches.

    >>> bool(glob_regex("notes/**/*.md").fullmatch("notes/2024/05/reef.md"))
    True
    """
    tokens = _tokens(pattern)
    if tokens is None:
        return None
    groups: list[list[list[str]]] = [[[]]]  # parts between `**`, each a list of path segments
    for token in tokens:
        if token == _ANY_FOLDERS:
            groups.append([[]])
        elif token == _SLASH:
            groups[-1].append([])
        else:
            groups[-1][-1].append(token)
    expressions = list(_group_expressions(groups))
    if tokens[-1] == _ANY_FOLDERS and pattern.endswith("*"):
        expressions[-1] = ".+"  # `a/**` matches everything below a
    return re.compile("".join(expressions), re.DOTALL)


def _group_expressions(groups: Sequence[Sequence[Sequence[str]]]) -> Iterator[str]:
    """Yield the expressions of the parts between `**`, all but the last matched only once.

    A glob needs no backtracking but for its last part: where an earlier part first matches leaves
    most of the path for those after it. An atomic group `(?>...)` is never matched again.
    """
    last = len(groups) - 1
    for number, segments in enumerate(groups):
        expression = "/".join(map(_segment_expression, segments))
        if number == last:
            yield f"(?:[^/]++/)*{expression}" if number else expression
        elif number == 0:
            yield expression
        else:
            yield f"(?>(?:[^/]++/)*?{expression})"


def _segment_expression(tokens: Sequence[str]) -> str:
    """Return the expression of a path segment; each `*` but the last matches minimally."""
    runs: list[str] = [""]
    for token in tokens:
        if token == _STAR:
            runs.append("")
        else:
            runs[-1] += token
    first, *rest = runs
    if not rest:
        return first
    *middle, last = rest
    return "".join([first, *(f"(?>[^/]*?{run})" for run in middle if run), "[^/]*", last])


def _tokens(pattern: str) -> Sequence[str] | None:
    """Return the tokens of a pattern, or None if it is invalid.

    `a/**/b` is `a`, slash, `**`, `b`: the slash after `**` belongs to it.
    """
    tokens: list[str] = []
    position = 0
    while position < len(pattern):
        letter = pattern[position]
        if letter == "*":
            end = position
            while pattern[end : end + 1] == "*":
                end += 1
            is_segment = pattern[position - 1 : position] in ("", "/")
            is_segment = is_segment and pattern[end : end + 1] in ("", "/")
            is_any = end - position > 1 and is_segment
            tokens.append(_ANY_FOLDERS if is_any else _STAR)
            position = end + 1 if is_any else end  # the slash belongs to the token
        elif letter == "[":
            bracket = _bracket(pattern, position)
            if bracket is None:
                return None
            expression, position = bracket
            tokens.append(expression)
        elif letter == "\\":
            if position + 1 == len(pattern):
                return None
            tokens.append(_literal(pattern[position + 1]))
            position += 2
        else:
            tokens.append("[^/]" if letter == "?" else _literal(letter))
            position += 1
    return tokens


def _literal(letter: str) -> str:
    return _SLASH if letter == "/" else re.escape(letter)


def _bracket(pattern: str, start: int) -> tuple[str, int] | None:
    """Return the expression of a bracket and the position after it; None if it is invalid."""
    is_negated = pattern[start + 1 : start + 2] in ("!", "^")
    position = first = start + 1 + is_negated
    letters = ""
    while pattern[position : position + 1] != "]" or position == first:
        item = _BRACKET_ITEM.match(pattern, position)
        if item is None or item["name"] not in (None, *_CLASSES):
            return None
        letters += _CLASSES[item["name"]] if item["first"] is None else _range(item)
        position = item.end()
    if is_negated:
        return f"[^/{letters}]", position + 1
    return f"(?!/)[{letters}]", position + 1


def _range(item: re.Match[str]) -> str:
    """Return a letter or range for a bracket of a regular expression; `z-a` is z, as in git."""
    first, last = item["first"][-1], (item["last"] or item["first"])[-1]
    return re.escape(first) + (f"-{re.escape(last)}" if first < last else "")
