"""Read values with their positions from parsed front matter."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from typing import Any, Final, NamedTuple

import yaml

from crawler.pages.string_literals import string_literals

_MAX_SEARCHED: Final = 20_000_000  # characters of front matter, in vain; that takes 20 ms
_NEARBY: Final = 2_000  # characters behind the previous value


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

    The parsers report no positions, so each value is searched for (`_WrittenValues`).

    Args:
        front_matter: The text.
        root: Its parsed value.
    """
    written = _WrittenValues(front_matter)
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
            yield keys, FrontMatterValue(text, *written.find(text))


class _WrittenValues:
    """Find where the values of front matter are written; call `find` for them in page order.

    A value is searched for behind the previous one, then from the beginning, then among the strings
    with escapes. Once many characters were searched in vain, only the text close behind the
    previous value is searched: otherwise the work would grow with the square of the values.
    """

    def __init__(self, front_matter: str) -> None:
        self._front_matter = front_matter
        self._cursor = 0  # where the last value begins
        self._searched = 0  # characters, of searches that did not move the cursor
        self._escaped: dict[str, list[tuple[int, int]]] | None = None

    def find(self, text: str) -> tuple[int, int]:
        """Return the start and end of a value; (0, 0) if it is not found."""
        front_matter, cursor = self._front_matter, self._cursor
        is_limited = self._searched > _MAX_SEARCHED
        nearby = cursor + _NEARBY + len(text)
        at = front_matter.find(text, cursor, nearby if is_limited else len(front_matter))
        if at < 0 and not is_limited:
            at = front_matter.find(text)
            self._searched += len(front_matter) - cursor
            self._searched += len(front_matter) if at < 0 else at
        start, end = (at, at + len(text)) if at >= 0 else self._find_escaped(text)
        self._cursor = max(cursor, start)
        return start, end

    def _find_escaped(self, text: str) -> tuple[int, int]:
        """Return the span of the first string with escapes that has a value, or (0, 0)."""
        if self._escaped is None:
            self._escaped = _escaped_strings(self._front_matter)
        spans = self._escaped.get(text)
        return spans[0] if spans else (0, 0)


def _escaped_strings(front_matter: str) -> dict[str, list[tuple[int, int]]]:
    """Return the starts and ends of strings that are written with escapes, by their values."""
    found: dict[str, list[tuple[int, int]]] = {}
    for value, start, end in string_literals(front_matter):
        if value not in front_matter[start:end]:
            found.setdefault(value, []).append((start, end))
    return found


def _join_keys(keys: str, key: str) -> str:
    return f"{keys}.{key}" if keys else key
