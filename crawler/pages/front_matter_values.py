"""Read values with their positions from parsed front matter."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from typing import Any, NamedTuple

import yaml

from crawler.pages.string_literals import string_literals


class FrontMatterValue(NamedTuple):
    """One text value, its first character on the page, and the one after it (quotes included)."""

    text: str
    start: int
    end: int


class BrokenFrontMatter(ValueError):
    """Raised for front matter that cannot be parsed; `line` counts from 1 within it."""

    def __init__(self, message: str, line: int) -> None:
        super().__init__(message)
        self.line = line


class NotFrontMatter(ValueError):
    """Raised when the text between the rules is no mapping, and therefore text of the page."""


def yaml_values(events: Iterator[yaml.Event]) -> Iterator[tuple[str, FrontMatterValue]]:
    """Yield the scalars of the first document with their keys, read from the parser's events.

    There is no recursion that could overflow, and an alias is not followed.

    Raises:
        NotFrontMatter: The document is no mapping.
    """
    inside: list[_Collection] = []
    for event in events:
        if isinstance(event, yaml.CollectionEndEvent):
            inside.pop()
            if not inside:
                return
        elif isinstance(event, yaml.NodeEvent):
            if not inside and not isinstance(event, yaml.MappingStartEvent):
                raise NotFrontMatter
            keys = inside[-1].next_keys(event) if inside else ""
            if isinstance(event, yaml.CollectionStartEvent):
                inside.append(
                    _Collection(keys or "", is_mapping=isinstance(event, yaml.MappingStartEvent))
                )
            elif isinstance(event, yaml.ScalarEvent) and keys is not None:
                yield keys, FrontMatterValue(event.value, *_span(event))


def _span(event: yaml.Event) -> tuple[int, int]:
    start, end = event.start_mark, event.end_mark
    return (start.index, end.index) if start and end else (0, 0)


class _Collection:
    """A mapping or sequence being read: the keys of it, and the key or index of the next node."""

    def __init__(self, keys: str, *, is_mapping: bool) -> None:
        self.keys, self.is_mapping = keys, is_mapping
        self.key: str | None = None
        self.index = 0

    def next_keys(self, event: yaml.NodeEvent) -> str | None:
        """Return the keys of the node that `event` begins, or None if that node is a key itself."""
        if not self.is_mapping:
            self.index += 1
            return _join_keys(self.keys, str(self.index - 1))
        if self.key is None:
            self.key = str(getattr(event, "value", ""))
            return None
        keys, self.key = _join_keys(self.keys, self.key), None
        return keys


def plain_values(
    front_matter: str, root: Mapping[str, Any]
) -> Iterator[tuple[str, FrontMatterValue]]:
    """Yield the values of parsed TOML or JSON with their keys and positions.

    The parsers report no positions, so each value is searched for behind the previous one.

    Args:
        front_matter: The text.
        root: Its parsed value.
    """
    cursor = 0
    escaped: dict[str, list[tuple[int, int]]] | None = None
    waiting: list[tuple[str, Any]] = [("", root)]
    while waiting:
        keys, item = waiting.pop()
        if isinstance(item, Mapping):
            waiting.extend(
                (_join_keys(keys, key), value) for key, value in reversed(list(item.items()))
            )
        elif isinstance(item, list):
            waiting.extend(
                (_join_keys(keys, str(index)), value)
                for index, value in reversed(list(enumerate(item)))
            )
        elif isinstance(item, str | date | datetime):
            text = str(item)
            at = front_matter.find(text, cursor)
            if at < 0:
                at = front_matter.find(text)
            if at < 0:
                escaped = _escaped_strings(front_matter) if escaped is None else escaped
                start, end = next(iter(escaped.get(text, ())), (0, 0))
                yield keys, FrontMatterValue(text, start, end)
                continue
            cursor = max(cursor, at)
            yield keys, FrontMatterValue(text, at, at + len(text))


def _escaped_strings(front_matter: str) -> dict[str, list[tuple[int, int]]]:
    """Return the starts and ends of strings that are written with escapes, by their values."""
    found: dict[str, list[tuple[int, int]]] = {}
    for value, start, end in string_literals(front_matter):
        if value not in front_matter[start:end]:
            found.setdefault(value, []).append((start, end))
    return found


def _join_keys(keys: str, key: str) -> str:
    return f"{keys}.{key}" if keys else key
