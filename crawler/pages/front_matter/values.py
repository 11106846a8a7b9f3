"""Read values with their positions from parsed front matter."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from typing import Any, Final, NamedTuple

import yaml

from crawler.pages.source.string_literals import string_literals

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
    """Yield the scalars of the first document with their key paths, from the parser's events.

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
            key_path = inside[-1].next_key_path(event) if inside else ""
            if isinstance(event, yaml.CollectionStartEvent):
                is_mapping = isinstance(event, yaml.MappingStartEvent)
                inside.append(_Collection(key_path or "", is_mapping=is_mapping))
            elif isinstance(event, yaml.ScalarEvent) and key_path is not None:
                yield key_path, FrontMatterValue(event.value, *_span(event))


def _span(event: yaml.Event) -> tuple[int, int]:
    """Return the character indexes of an event's start and end; (0, 0) if it has none."""
    start, end = event.start_mark, event.end_mark
    return (start.index, end.index) if start and end else (0, 0)


class _Collection:
    """A mapping or sequence being read.

    Attributes:
        key_path: The path that leads to it; "" for the whole document.
        is_mapping: It is a mapping, not a sequence.
        key: In a mapping, the key whose value comes next; None if a key comes next.
        index: In a sequence, the index of the next item.
    """

    def __init__(self, key_path: str, *, is_mapping: bool) -> None:
        self.key_path, self.is_mapping = key_path, is_mapping
        self.key: str | None = None
        self.index = 0

    def next_key_path(self, event: yaml.NodeEvent) -> str | None:
        """Return the path of the node that `event` begins, or None if the node is a key itself."""
        if not self.is_mapping:
            self.index += 1
            return _join_key(self.key_path, str(self.index - 1))
        if self.key is None:
            self.key = str(getattr(event, "value", ""))
            return None
        key_path = _join_key(self.key_path, self.key)
        self.key = None
        return key_path


def plain_values(
    front_matter: str, root: Mapping[str, Any]
) -> Iterator[tuple[str, FrontMatterValue]]:
    """Yield the values of parsed TOML or JSON with their key paths and positions.

    The parsers report no positions, so each value is searched for (`_WrittenValues`).

    Args:
        front_matter: The text.
        root: Its parsed value.
    """
    written = _WrittenValues(front_matter)
    stack: list[tuple[str, Any]] = [("", root)]  # the next value is the last one
    while stack:
        key_path, item = stack.pop()
        if isinstance(item, Mapping):
            for key, value in reversed(list(item.items())):
                stack.append((_join_key(key_path, key), value))
        elif isinstance(item, list):
            for index, value in reversed(list(enumerate(item))):
                stack.append((_join_key(key_path, str(index)), value))
        elif isinstance(item, str | date | datetime):
            text = str(item)
            yield key_path, FrontMatterValue(text, *written.find(text))


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


def _join_key(key_path: str, key: str) -> str:
    """Return the path of a value in a mapping or sequence, from that of the latter."""
    return f"{key_path}.{key}" if key_path else key
