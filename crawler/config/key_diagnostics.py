"""The keys of a configuration: which is meant by one we do not know, and on which line of the file it stands."""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, get_type_hints

import msgspec

from crawler.files.safe_files import read_regular_file
from crawler.files.toml import TomlError, load_toml

MAX_CONFIG_BYTES = 1024 * 1024  # bytes of a configuration
_LONGEST_LINE = 1_000  # characters
_LONGEST_KEY = 100  # characters


def line_of_key(file: Path | None, path: tuple[str, ...]) -> str:
    """Name the file and, where it can be told, the line a key stands on, or else the table around it."""
    if file is None:
        return "configuration"
    try:
        text = read_regular_file(file, MAX_CONFIG_BYTES).decode("utf-8", "replace")
    except OSError:  # it was there a moment ago
        return str(file)
    places = list(_keys_by_line(text))
    for end in range(len(path), 0, -1):
        wanted = path[:end]
        for number, key in places:
            if (
                key[-end:] == wanted
            ):  # whatever stands above: pyproject.toml has [tool.holdfast] there
                return f"{file}:{number}"
    return str(file)


def _keys_by_line(text: str) -> Iterator[tuple[int, tuple[str, ...]]]:
    """Go through the tables and keys of a TOML file: line and dotted name of each."""
    table: tuple[str, ...] = ()
    for number, line in enumerate(text.split("\n"), start=1):
        beginning = line[:_LONGEST_LINE]  # no key of ours is so long
        if header := re.match(r"\s*\[+(.+?)\]+\s*(?:#.*)?$", beginning):
            table = _names(header[1])
            yield number, table
        elif key := re.match(r"\s*([^=#]+?)\s*=", beginning):
            yield number, (*table, *_names(key[1]))


def _names(dotted: str) -> tuple[str, ...]:
    """Take a dotted TOML name apart.

    >>> _names('hosts . "*.example"')
    ('hosts', '*.example')
    """
    found = re.findall(r""""((?:[^"\\]|\\.)*)"|'([^']*)'|([\w-]+)""", dotted)
    return tuple(
        _unescaped(basic) if "\\" in basic else basic or literal or bare
        for basic, literal, bare in found
    )


def _unescaped(basic: str) -> str:
    try:
        return next(iter(load_toml(f'"{basic}" = 0')))
    except TomlError:
        return basic


def describe_unknown_key(
    path: tuple[str, ...], kind: Any, tables: Mapping[str, type]
) -> str | None:
    """Say what is wrong with a key's path, and which one may have been meant; None for a key we know.

    `kind` is the record of the whole configuration, `tables` those of the tables that users name: below `hosts`, for example.
    """
    for depth, name in enumerate(path):
        if kind is None:
            return None
        known = _types_of(kind)
        if name not in known:
            near = (
                difflib.get_close_matches(name[:_LONGEST_KEY], known, n=1, cutoff=0.5)
                or sorted(known)[:1]
            )
            meant = ".".join((*path[:depth], near[0]))
            return f"unknown key {'.'.join(path[: depth + 1])!r}; did you mean {meant!r}?"
        kind = known[name]
        if path[0] in tables:
            return _unknown_in_table(path, _types_of(tables[path[0]]))
        kind = kind if isinstance(kind, type) and issubclass(kind, msgspec.Struct) else None
    return None


@cache
def _types_of(record: type) -> Mapping[str, Any]:
    """Give the types of a record's fields: they stand there as text, which is read once for all keys."""
    return get_type_hints(record)


def _unknown_in_table(path: tuple[str, ...], known: Collection[str]) -> str | None:
    if len(path) < 3 or path[2] in known:
        return None
    near = difflib.get_close_matches(path[2][:_LONGEST_KEY], known, n=1, cutoff=0) or sorted(known)
    return f"unknown key {path[2]!r} in {path[0]}.{path[1]!r}; did you mean {near[0]!r}?"
