"""Explain unknown and renamed keys of a configuration, and find the line of a key in its file."""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final, get_type_hints

import msgspec

from crawler.files.safe_files import read_regular_file
from crawler.files.toml import TomlError, load_toml

MAX_CONFIG_BYTES: Final = 1024 * 1024
_MAX_LINE_LENGTH: Final = 1_000  # characters
_MAX_KEY_LENGTH: Final = 100  # characters
_INDEXED_NAMES: Final = 3  # a key is found by its last names, up to this many
# Of two names, by `difflib`: "contct" and "contact" have 0.92, "store" and "history" 0.67.
_MIN_NAME_SIMILARITY: Final = 0.7

# A part of a dotted name: in double quotes, in single quotes or bare (https://toml.io, "Keys").
# Possessive quantifiers (`*+`) keep the time linear: a line can be of any text within a string.
_NAME_PART: Final = r"""(?:"(?:[^"\\]|\\.)*+"|'[^']*+'|[\w-]++)"""
_NAME: Final = rf"(?P<name>{_NAME_PART}(?:\s*+\.\s*+{_NAME_PART})*+)"
_TABLE_HEADER: Final = re.compile(rf"\s*+\[{{1,2}}+\s*+{_NAME}\s*+\]{{1,2}}+\s*+(?:#.*)?$")
_KEY_AT_START: Final = re.compile(rf"\s*+{_NAME}\s*+=")

# Old key -> new key. Below `hosts`, the second part is a pattern of the user's choice.
_RENAMED: Final[Mapping[tuple[str, ...], str]] = {
    ("moves", "offer_from"): "min_confidence",
    ("moves", "again_days"): "retry_after_days",
    ("drift", "every_days"): "interval_days",
    ("drift", "strong_below"): "changed_below",
    ("hosts", "*", "per_night"): "per_day",
    ("notify", "webhook", "shape"): "format",
    ("notify", "webhook", "tries"): "max_attempts",
    ("notify", "webhook", "wait"): "retry_wait",
}


class KeyLines:
    """The lines of the keys of a configuration file, which is read once.

    Args:
        file: The file; None if there is none.
    """

    def __init__(self, file: Path | None) -> None:
        self._file = file
        # Line number and path of keys, by the last one, two and three names of their paths.
        self._places: dict[tuple[str, ...], list[tuple[int, tuple[str, ...]]]] = {}
        if file is None:
            return
        try:
            text = read_regular_file(file, MAX_CONFIG_BYTES).decode("utf-8", "replace")
        except OSError:  # it was readable a moment ago
            return
        for number, key in _keys_by_line(text):
            for length in range(1, min(len(key), _INDEXED_NAMES) + 1):
                self._places.setdefault(key[-length:], []).append((number, key))

    def find(self, path: tuple[str, ...]) -> str:
        """Return where a key is in the configuration, for a message.

        Returns:
            "file:line" of the key, or of the nearest table above it if the file does not have the
            key; else the file's name; "configuration" if there is no file.
        """
        for length in range(len(path), 0, -1):
            prefix = path[:length]
            for number, key in self._places.get(prefix[-_INDEXED_NAMES:], ()):
                # Only the end is compared, because keys in pyproject.toml begin with tool.holdfast.
                if key[-length:] == prefix:
                    return f"{self._file}:{number}"
        return str(self._file or "configuration")


def line_of_key(file: Path | None, path: tuple[str, ...]) -> str:
    """Return where a key is in the configuration, for a message, as `KeyLines.find` does."""
    return KeyLines(file).find(path)


def key_message(file: Path | None, path: tuple[str, ...], problem: str) -> str:
    """Return the message about a key: file and line, the key, and what is wrong.

    Args:
        file: The configuration file; None if there is none.
        path: The parts of the key, such as ("network", "proxy").
        problem: What is wrong, and what to do.
    """
    return f"{line_of_key(file, path)}: {'.'.join(path)}: {problem}"


def _keys_by_line(text: str) -> Iterator[tuple[int, tuple[str, ...]]]:
    """Yield the line number and the path of each table and key of a TOML file."""
    table: tuple[str, ...] = ()
    for number, line in enumerate(text.split("\n"), start=1):
        beginning = line[:_MAX_LINE_LENGTH]  # no key of ours is so long
        if header := _TABLE_HEADER.match(beginning):
            table = _split_name(header["name"])
            yield number, table
        elif key := _KEY_AT_START.match(beginning):
            yield number, (*table, *_split_name(key["name"]))


def _split_name(dotted: str) -> tuple[str, ...]:
    """Return the parts of a dotted TOML name.

    >>> _split_name('hosts . "*.example"')
    ('hosts', '*.example')
    """
    names = []
    for part in re.findall(_NAME_PART, dotted):
        quote = part[0]
        if quote not in {'"', "'"}:
            names.append(part)
        elif quote == '"' and "\\" in part:
            names.append(_unescape(part))
        else:
            names.append(part[1:-1])
    return tuple(names)


def _unescape(quoted: str) -> str:
    """Return the key that a TOML string in double quotes stands for; its text if it is invalid."""
    try:
        return next(iter(load_toml(f"{quoted} = 0")))
    except TomlError:
        return quoted[1:-1]


def describe_unknown_key(
    path: tuple[str, ...], config_type: Any, tables: Mapping[str, type]
) -> str | None:
    """Return what is wrong with a key and which keys can be used; None for a known key.

    Args:
        path: The parts of the key, from the top of the configuration.
        config_type: The class of the whole configuration, `Config`.
        tables: Classes of the values in tables whose keys users choose, by the table's name, such
            as "hosts".
    """
    table: Any = config_type  # the class of the table that the next part of the key is in
    for depth, name in enumerate(path):
        known = _field_types(table)
        if name not in known:
            return _describe_unknown(path[: depth + 1], known)
        if path[0] in tables:
            return _describe_unknown_in_table(path, _field_types(tables[path[0]]))
        table = known[name]
        if not (isinstance(table, type) and issubclass(table, msgspec.Struct)):
            return None  # a value, in which there are no keys to check
    return None


@cache
def _field_types(record: type) -> Mapping[str, Any]:
    """Return the types of a class's fields. Annotations are strings, so this is slow: cached."""
    return get_type_hints(record)


def _describe_unknown(path: tuple[str, ...], known: Collection[str]) -> str:
    """Return what is wrong with an unknown key, given the keys that its table can have."""
    parent = path[:-1]
    dotted = ".".join(path)
    if new := _RENAMED.get(path):
        return f"{dotted!r} was renamed: use {'.'.join((*parent, new))!r}"
    return describe_unknown_name(f"unknown key {dotted!r}", path[-1], known, parent=parent)


def _describe_unknown_in_table(path: tuple[str, ...], known: Collection[str]) -> str | None:
    """Return what is wrong with a key such as `hosts."*".interval`; None for a known key."""
    if len(path) < 3 or path[2] in known:
        return None
    table, name, key = path[:3]
    if new := _RENAMED.get((table, "*", key)):
        return f"{key!r} in {table}.{name!r} was renamed: use {new!r}"
    return describe_unknown_name(f"unknown key {key!r} in {table}.{name!r}", key, known)


def describe_unknown_name(
    problem: str, name: str, known: Collection[str], *, parent: tuple[str, ...] = ()
) -> str:
    """Return a message that suggests the similar name, or lists the known ones if none is similar.

    Args:
        problem: What is wrong.
        name: The unknown name.
        known: The names that can be used.
        parent: The parts of the key before the name, which a suggestion includes.

    >>> describe_unknown_name("unknown key 'page'", "page", ["pages", "wiki"])
    "unknown key 'page'; did you mean 'pages'?"
    >>> describe_unknown_name("unknown key 'store'", "store", ["wiki", "pages"])
    "unknown key 'store': use one of pages, wiki"
    """
    near = difflib.get_close_matches(
        name[:_MAX_KEY_LENGTH], known, n=1, cutoff=_MIN_NAME_SIMILARITY
    )
    if near:
        return f"{problem}; did you mean {'.'.join((*parent, near[0]))!r}?"
    return f"{problem}: use one of {', '.join(sorted(known))}"
