"""Run `holdfast settings`: print every setting with its value and where it was set."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import click
from msgspec import Struct

from crawler.cli.exit_codes import CommandFailed, ExitCode
from crawler.cli.options import CommonOptions
from crawler.cli.suggestions import similar_names
from crawler.cli.terminal.console import one_line
from crawler.cli.terminal.log_setup import print_message
from crawler.config import HostRules, LoadedConfig, setting_origins
from crawler.config.secret import Secret
from crawler.config.setting_list import Setting, described_settings
from store.vocabulary.secrets import redact_tokens, remove_credentials

# Credentials before a host without a scheme, as in an address of a proxy (name:password@host:1).
_BARE_CREDENTIALS = re.compile(r"^(?!mailto:)[^\s/@:]+:[^\s/@]*@")


class _Value(Struct, frozen=True):
    """The value of one setting; in a table such as `hosts."PATTERN"`, that for one pattern.

    Attributes:
        setting: The setting.
        path: Its path, with the name in the configuration in place of `PATTERN` or `NAME`.
        value: The value in use.
        origin: Where it was set; empty for the default.
    """

    setting: Setting
    path: tuple[str, ...]
    value: Any
    origin: str

    @property
    def key(self) -> str:
        """Return the dotted key as in TOML."""
        chosen_by_user = {index for index, part in enumerate(self.setting.path) if part.isupper()}
        return ".".join(
            json.dumps(part, ensure_ascii=False) if index in chosen_by_user else part
            for index, part in enumerate(self.path)
        )


def execute(common: CommonOptions, *, words: tuple[str, ...], changed: bool) -> ExitCode:
    """Run the command. The parameters are its options, see `crawler.cli.commands.settings`.

    Args:
        common: With --quiet, descriptions are left out.
        words: Show only keys that contain one of these.
        changed: Show only settings that were set.

    Returns:
        The exit code.

    Raises:
        CommandFailed: No key contains one of the words.
    """
    loaded = common.load()
    origins = setting_origins(loaded, options={"db": "--db"} if common.db else {})
    values: list[_Value] = []
    for setting in described_settings():
        values += _values(setting, loaded, origins)
    for word in words:
        if not any(word in value.key for value in values):
            known: set[str] = set()
            for value in values:
                known |= {value.key, *value.path}
            similar = similar_names(word, sorted(known))
            hint = f"did you mean {similar[0]}?" if similar else "holdfast settings lists all keys"
            raise CommandFailed(f"no setting {word!r}: {hint}")
    if changed and common.verbosity >= 0 and not any(value.origin for value in values):
        print_message("every setting has its default")
    for value in values:
        is_selected = not words or any(word in value.key for word in words)
        if is_selected and (value.origin or not changed):
            _print(value, described=common.verbosity >= 0)
    return ExitCode.OK


def _values(
    setting: Setting, loaded: LoadedConfig, origins: Mapping[tuple[str, ...], str]
) -> Iterator[_Value]:
    """Yield the values of a setting: one, or one for each `PATTERN` or `NAME` that sets it."""
    if setting.path[0] == "hosts":
        path_for_all = ("hosts", "*", setting.path[-1])
        value = getattr(loaded.config.rules_for("*"), setting.path[-1])
        yield _Value(setting, path_for_all, value, _origin(path_for_all, origins))
    for path, value in _named_values(loaded.config, setting.path):
        origin = _origin(path, origins)
        is_in_table = path != setting.path
        if path[:2] != ("hosts", "*") and (origin or not is_in_table):
            yield _Value(setting, path, value, origin)


def _named_values(
    table: Any, path: Sequence[str], names: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Yield the path and value of a setting for each name that users chose for its table.

    Args:
        table: The record or mapping that the path starts from; the value itself if it is empty.
        path: The path of the setting in it, with `PATTERN` or `NAME`.
        names: The path of `table` from the top of the configuration.
    """
    if not path:
        yield names, table
        return
    key, *rest = path
    if key.isupper():  # users choose the keys of this table
        for name, value in table.items():
            yield from _named_values(value, rest, (*names, name))
    elif not isinstance(table, Mapping):
        yield from _named_values(getattr(table, key), rest, (*names, key))
    elif key in table:
        yield from _named_values(table[key], rest, (*names, key))


def _origin(path: Sequence[str], origins: Mapping[tuple[str, ...], str]) -> str:
    """Return where a value, or a part of it, was set; empty for a default."""
    matching = [origin for key, origin in origins.items() if key[: len(path)] == tuple(path)]
    return matching[-1] if matching else ""


def _print(value: _Value, *, described: bool) -> None:
    """Print a setting as a line of TOML with its origin, below its description if wanted."""
    setting = value.setting
    default = setting.default
    if setting.path[0] == "hosts":
        default = getattr(HostRules(), setting.path[-1])
    if described:
        click.echo(one_line(f"# {setting.description}"))
    source = value.origin or "default"
    if value.origin:
        source += f"; default: {_format_value(default)}"
    has_secrets = setting.path[-1] == "headers"
    masked = dict.fromkeys(value.value, "***") if has_secrets else value.value
    click.echo(one_line(f"{value.key} = {_format_value(masked)}  # {source}"))
    if described:
        click.echo()


def _format_value(value: Any) -> str:
    """Return a value in TOML syntax, with secrets masked; "unset" for an empty value."""
    if isinstance(value, Secret):
        return '"***"' if value else "unset"
    if value is None or value in ("", (), {}, []):
        return "unset"
    if isinstance(value, Mapping):
        parts = (
            f"{json.dumps(key, ensure_ascii=False)} = {_format_value(each)}"
            for key, each in value.items()
        )
        return "{ " + ", ".join(parts) + " }"
    if isinstance(value, tuple | list):
        return "[" + ", ".join(map(_format_value, value)) + "]"
    if isinstance(value, str):
        text = _BARE_CREDENTIALS.sub("", redact_tokens(remove_credentials(value)))
        return json.dumps(text, ensure_ascii=False)
    return json.dumps(value, default=str)
