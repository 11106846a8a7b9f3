"""Read and change the acknowledgement file: failing links that are known and accepted.

The file is TOML, committed with the wiki and reviewed like it:

    [[ack]]
    url = "http://museum.example/lamp"
    until = 2026-12-31
    note = "the museum restores its site"
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import date
from itertools import pairwise
from pathlib import Path

import msgspec

from crawler.config.errors import ConfigError
from crawler.files.atomic import replace_file
from crawler.files.safe_files import read_regular_file
from crawler.files.toml import TomlError, dump_toml, load_toml

DEFAULT_FILE = ".holdfast-ack.toml"
_HEADER = """\
# Failing links that are known and accepted. Written by `holdfast ack`; edit it as you like.
"""
_MAX_BYTES = 5_000_000
_ENTRY_START = re.compile(r"^[ \t]*\[\[[ \t]*ack[ \t]*\]\][ \t]*(?:#.*)?$", re.MULTILINE)
# A comment after an empty line belongs to the next entry.
_COMMENT_AT_END = re.compile(r"\n((?:[ \t]*\n)+(?:[ \t]*(?:#.*)?\n)+)\Z")


class AcknowledgedLink(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One entry of the file.

    Attributes:
        url: The link or archive copy.
        until: The last day on which the entry counts, None for no limit.
        note: Why the link is accepted.
    """

    url: str
    until: date | None = None
    note: str = ""


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The content of the file."""

    ack: tuple[AcknowledgedLink, ...] = ()


def read_acknowledgements(path: Path) -> Sequence[AcknowledgedLink]:
    """Return the entries of the file; none if there is no file.

    Raises:
        ConfigError: The file cannot be read, or has an unknown key or an invalid value.
    """
    return _parse(_read(path), path)


def write_acknowledgements(
    path: Path, *, add: Sequence[AcknowledgedLink] = (), remove: Sequence[int] = ()
) -> None:
    """Remove and add entries; all other text of the file stays as it is.

    Args:
        path: The file.
        add: Entries to add at the end.
        remove: Positions of the entries to remove.

    Raises:
        ConfigError: The file cannot be read or written, or its entries cannot be separated.
    """
    text = _read(path)
    line_end = "\r\n" if "\r\n" in text else "\n"
    text = text.replace("\r\n", "\n")
    before = _parse(text, path)
    head, *blocks = _split(text)  # the text of each entry, in the order of `before`
    if len(blocks) != len(before):
        raise ConfigError(
            f"{path}: write each entry as [[ack]], so that single ones can be changed"
        )
    kept_text = head or _HEADER
    for index, block in enumerate(blocks):
        kept_text += _comment_of_next_entry(block) if index in remove else block
    added_text = "".join(f"\n{_render_entry(entry)}" for entry in add)
    after = kept_text.rstrip("\n") + "\n" + added_text
    kept = [entry for index, entry in enumerate(before) if index not in remove]
    if list(_parse(after, path)) != [*kept, *add]:
        raise ConfigError(
            f"{path}: cannot be rewritten without changing other entries: edit it by hand"
        )
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with replace_file(path.resolve()) as file:  # the file that a link leads to
            file.write(after.replace("\n", line_end).encode())
    except OSError as error:
        raise ConfigError(
            f"{path}: cannot be written ({error.strerror}): "
            "correct its permissions, or free disk space"
        ) from error


def _read(path: Path) -> str:
    """Return the text of the file, "" if there is none. Raises ConfigError."""
    try:
        return read_regular_file(path, _MAX_BYTES).decode("utf-8-sig")
    except FileNotFoundError:
        return ""
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path}: is not UTF-8: save it as UTF-8") from error
    except OSError as error:
        reason = error.strerror or error
        raise ConfigError(
            f"{path}: cannot be read ({reason}): correct the path or its permissions"
        ) from error


def _parse(text: str, path: Path) -> tuple[AcknowledgedLink, ...]:
    """Return the entries of a file with this text. Raises ConfigError."""
    try:
        return msgspec.convert(load_toml(text), _File).ack
    except TomlError as error:
        raise ConfigError(f"{path}:{error.line}: is not TOML: {error}") from error
    except msgspec.ValidationError as error:
        raise ConfigError(f"{path}: {error}: each [[ack]] has url, until and note") from error


def _split(text: str) -> Iterator[str]:
    """Yield the text before the first entry, then the text of each entry."""
    starts = [found.start() for found in _ENTRY_START.finditer(text)]
    yield text[: starts[0]] if starts else text
    for start, end in pairwise([*starts, len(text)]):
        yield text[start:end]


def _comment_of_next_entry(block: str) -> str:
    """Return the comment at the end of an entry's text that belongs to the next entry, or ""."""
    match = _COMMENT_AT_END.search(block)
    return match[1] if match else ""


def _render_entry(entry: AcknowledgedLink) -> str:
    """Return an entry as lines of TOML."""
    lines = ["[[ack]]", f"url = {dump_toml(entry.url)}"]
    if entry.until:
        lines.append(f"until = {entry.until.isoformat()}")
    if entry.note:
        lines.append(f"note = {dump_toml(entry.note)}")
    return "\n".join(lines) + "\n"
