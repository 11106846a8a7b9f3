"""Read settings files (TOML, YAML, JSON) into flat mappings of text values."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from crawler.files.safe_files import read_regular_file
from crawler.files.toml import TomlError, load_toml
from crawler.pages.front_matter.reader import top_level_strings
from crawler.pages.front_matter.values import BrokenFrontMatter

_MAX_BYTES = 1024 * 1024
_SUFFIXES = ("toml", "yaml", "yml", "json")


def first_settings(folder: Path, names: tuple[str, ...]) -> dict[str, str]:
    """Return the settings of the first file that exists, {} if there is none.

    Args:
        folder: The folder of the file.
        names: File names without their suffix; the first has priority.

    Returns:
        The values as `read_settings` returns them.
    """
    files = (folder / f"{name}.{suffix}" for name in names for suffix in _SUFFIXES)
    file = next((file for file in files if file.is_file()), None)
    return read_settings(file) if file else {}


def read_settings(file: Path) -> dict[str, str]:
    """Return the settings of a file, {} if it cannot be read.

    Args:
        file: The file; its suffix decides the format.

    Returns:
        The values as text. Keys are in lower case, and nested keys and the indexes of lists are
        joined with full stops ("theme.name", "nav.0").
    """
    text = read_text(file)
    try:
        if file.suffix == ".toml":
            values = dict(_flatten(load_toml(text)))
        elif file.suffix == ".json":
            values = dict(_flatten(json.loads(text)))
        else:
            values = dict(top_level_strings(text))
    except (TomlError, BrokenFrontMatter, ValueError, RecursionError):
        return {}
    return {key.lower(): value for key, value in values.items()}


def read_text(file: Path) -> str:
    """Return the text of a file without a byte order mark, "" if it cannot be read."""
    try:
        return read_regular_file(file, _MAX_BYTES).decode("utf-8-sig", "replace")
    except OSError:
        return ""


def _flatten(value: Any, key: str = "") -> Iterator[tuple[str, str]]:
    """Yield the scalars of a nested value as text, by their keys joined with full stops."""
    if isinstance(value, Mapping):
        for name, each in value.items():
            yield from _flatten(each, f"{key}.{name}" if key else str(name))
    elif isinstance(value, list):
        for number, each in enumerate(value):
            yield from _flatten(each, f"{key}.{number}")
    else:
        yield key, str(value)


def path_of(url: str) -> str:
    """Return the path of a site's URL, without leading and trailing slashes."""
    try:
        return urlsplit(url).path.strip("/")
    except ValueError:
        return ""
