"""Find and read the configuration.

A setting's value is its default, overridden by the file, then by the environment
(`HOLDFAST_NETWORK__CONTACT` for `network.contact`), then by the command line.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import msgspec
import msgspec.structs

from crawler.config.certificates import resolve_certificates
from crawler.config.errors import ConfigError
from crawler.config.key_diagnostics import (
    MAX_CONFIG_BYTES,
    KeyLines,
    describe_unknown_key,
    describe_unknown_name,
    line_of_key,
)
from crawler.config.model import Config
from crawler.config.toml_advice import toml_advice
from crawler.config.validation import TABLES, to_config
from crawler.files.safe_files import read_regular_file
from crawler.files.toml import TomlError, load_toml

FILE_NAME: Final = "holdfast.toml"
_ENV_PREFIX: Final = "HOLDFAST_"
# Short names for secrets. Their values are used as they are, never parsed as TOML.
_SECRETS: Final[Mapping[str, tuple[str, ...]]] = {
    "HOLDFAST_WAYBACK_KEY": ("archives", "wayback", "key"),
    "HOLDFAST_WAYBACK_SECRET": ("archives", "wayback", "secret"),
    "HOLDFAST_WEBHOOK_URL": ("notify", "webhook", "url"),
    "HOLDFAST_WEBHOOK_SECRET": ("notify", "webhook", "secret"),
    "HOLDFAST_SMTP_USER": ("notify", "mail", "user"),
    "HOLDFAST_SMTP_PASSWORD": ("notify", "mail", "password"),
}
# Variables that are no settings: the file's own name, and options for developers.
_NOT_SETTINGS: Final = frozenset(
    {"HOLDFAST_CONFIG", "HOLDFAST_LOG_FORMAT", "HOLDFAST_TRACEBACK", *_SECRETS}
)


class LoadedConfig(msgspec.Struct, frozen=True):
    """A configuration, and where it comes from.

    Attributes:
        config: The settings.
        folder: The absolute folder that relative paths start from: that of the file, else the
            working folder.
        file: The configuration file; None if there is none.
    """

    config: Config
    folder: Path
    file: Path | None

    @property
    def database_url(self) -> str:
        """Return the URL of the database."""
        return self.config.db or f"sqlite:///{self.folder / '.holdfast' / 'holdfast.db'}"

    @property
    def local_archive(self) -> Path:
        """Return the folder of the local archive."""
        return self.folder / self.config.archives.local.folder

    def wikis(self, names: Sequence[str] = ()) -> Sequence[LoadedConfig]:
        """Return the configuration of each wiki, as if it were the only one.

        Args:
            names: The names of the wikis to return; empty for all.

        Returns:
            One configuration for each wiki; only this configuration itself if there is no
            `[wikis]`.

        Raises:
            ConfigError: No wiki has one of the names.
        """
        all_names = list(self.config.wikis) or [self.config.wiki]
        for name in names:
            if name not in all_names:
                raise ConfigError(self._unknown_wiki(name))
        if not self.config.wikis:
            return [self]
        selected = [name for name in all_names if name in names or not names]
        return [
            msgspec.structs.replace(self, config=self.config.for_wiki(name)) for name in selected
        ]

    def _unknown_wiki(self, name: str) -> str:
        """Return the message about a name that no wiki has."""
        known = self.config.wikis
        if known:
            return describe_unknown_name(f"no wiki {name!r} is configured", name, known)
        return f"no wiki {name!r} is configured; for several wikis, add a table [wikis.{name}]"


def load_config(
    file: Path | None = None,
    *,
    start: Path | None = None,
    environment: Mapping[str, str] = os.environ,
    overrides: Mapping[str, Any] | None = None,
) -> LoadedConfig:
    """Return the configuration, checked.

    Args:
        file: The configuration file. Without it, HOLDFAST_CONFIG names it, or it is searched for
            from `start` upward.
        start: Where the search begins; by default the working folder.
        environment: The environment variables.
        overrides: Values from the command line by dotted key.

    Raises:
        ConfigError: The file cannot be read, or a key or value cannot be used.
    """
    start = start or working_folder()
    named_file = environment.get("HOLDFAST_CONFIG")
    if file is None and named_file:
        file = Path(named_file)
    config_file = file or _find_file(start)
    values = _resolve_database(_read(config_file), config_file) if config_file else {}
    for path, value in _from_environment(environment):
        _set_nested(values, path, value)
    for name, path in _SECRETS.items():
        if environment.get(name):
            _set_nested(values, path, environment[name].strip())
    for dotted, value in (overrides or {}).items():
        _set_nested(values, tuple(dotted.split(".")), value)
    folder = (config_file.parent if config_file else start).resolve()
    config = resolve_certificates(to_config(values, config_file), folder, config_file)
    return LoadedConfig(config, folder, config_file)


def setting_origins(
    loaded: LoadedConfig, *, options: Mapping[str, str]
) -> Mapping[tuple[str, ...], str]:
    """Return where each setting that does not have its default was set.

    Args:
        loaded: The configuration.
        options: The command-line options that set something, by dotted key.

    Returns:
        "file:line", the name of an environment variable or an option, by the path of the key.

    Raises:
        ConfigError: The file cannot be read any more.
    """
    origins: dict[tuple[str, ...], str] = {}
    if loaded.file:
        lines = KeyLines(loaded.file)
        for path in _value_paths(_read(loaded.file)):
            origins[path] = lines.find(path)
    # In the order of `load_config`: what comes later wins.
    origins.update(_setting_variables(os.environ))
    origins.update({path: name for name, path in _SECRETS.items() if os.environ.get(name)})
    for dotted, option in options.items():
        origins[tuple(dotted.split("."))] = option
    return origins


def _setting_variables(environment: Mapping[str, str]) -> Iterator[tuple[tuple[str, ...], str]]:
    """Yield the key's path and the variable's name of each setting in the environment."""
    for name in environment:
        if name.startswith(_ENV_PREFIX) and name not in _NOT_SETTINGS:
            yield tuple(name.removeprefix(_ENV_PREFIX).lower().split("__")), name


def _value_paths(
    values: Mapping[str, Any], parent: tuple[str, ...] = ()
) -> Iterator[tuple[str, ...]]:
    """Yield the path of each value in nested tables; an empty table counts as a value."""
    for name, value in values.items():
        if isinstance(value, Mapping) and value:
            yield from _value_paths(value, (*parent, name))
        else:
            yield (*parent, name)


def config_from_settings(settings: Any) -> LoadedConfig:
    """Return the configuration that Scrapy's settings name.

    Args:
        settings: Scrapy's settings. `HOLDFAST_CONFIG` is a loaded configuration or a file's name;
            without it the file is searched for.

    Raises:
        ConfigError: For the same reasons as in `load_config`.
    """
    setting = settings.get("HOLDFAST_CONFIG")
    if isinstance(setting, LoadedConfig):
        return setting
    return load_config(Path(setting) if setting else None)


def _resolve_database(values: dict[str, Any], file: Path) -> dict[str, Any]:
    """Return the values with a relative SQLite path resolved against the file's folder."""
    url = values.get("db")
    if not isinstance(url, str):
        return values
    path = re.fullmatch(r"sqlite:///(?!/)(.+)", url)
    if path is None or path[1] == ":memory:":
        return values
    return {**values, "db": f"sqlite:///{file.parent.resolve() / path[1]}"}


def working_folder() -> Path:
    """Return the working folder.

    Raises:
        ConfigError: It was removed since the shell changed to it, or cannot be reached.
    """
    try:
        return Path.cwd()
    except OSError as error:
        raise ConfigError(
            f"the working folder cannot be used ({error.strerror}): change to another folder"
        ) from error


def _find_file(start: Path) -> Path | None:
    """Return the nearest configuration file in a folder or those above it, or None.

    A pipe, a device or a dangling link of such a name counts: the error of reading it names it.
    Without it, Holdfast would run with defaults that nobody chose.
    """
    for folder in (start.resolve(), *start.resolve().parents):
        file = folder / FILE_NAME
        if os.path.lexists(file):
            return file
        project = folder / "pyproject.toml"
        if os.path.lexists(project) and "holdfast" in _tool_table(_parse(project)):
            return project
    return None


def _read(file: Path) -> dict[str, Any]:
    """Return the settings of a file: all of holdfast.toml, [tool.holdfast] of pyproject.toml."""
    values = _parse(file)
    if file.name != "pyproject.toml":
        return values
    section = _tool_table(values).get("holdfast", {})
    if not isinstance(section, dict):
        raise ConfigError(
            f"{line_of_key(file, ('holdfast',))}: tool.holdfast is not a table: "
            "write [tool.holdfast]"
        )
    return section


def _tool_table(values: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the `[tool]` table of a pyproject.toml, or an empty one."""
    tools = values.get("tool")
    return tools if isinstance(tools, dict) else {}


def _parse(file: Path) -> dict[str, Any]:
    """Return the values of a TOML file. Raises ConfigError if it cannot be read."""
    try:
        return load_toml(read_regular_file(file, MAX_CONFIG_BYTES).decode("utf-8"))
    except FileNotFoundError as error:
        if file.is_symlink():
            raise ConfigError(
                f"{file}: a symbolic link to a file that does not exist: correct or remove it"
            ) from error
        raise ConfigError(
            f"{file}: no such file; name an existing one with --config, or omit the option"
        ) from error
    except OSError as error:
        raise ConfigError(
            f"{file}: cannot be read ({error.strerror}): correct the path or its permissions"
        ) from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"{file}: not UTF-8 at byte {error.start}; save it as UTF-8") from error
    except TomlError as error:
        raise ConfigError(
            f"{file}:{error.line}: not valid TOML: {error}; {toml_advice(str(error))}"
        ) from error


def _from_environment(environment: Mapping[str, str]) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Yield the path and value of each setting in the environment. Raises ConfigError."""
    for path, name in _setting_variables(environment):
        text = environment[name]
        if problem := describe_unknown_key(path, Config, TABLES):
            raise ConfigError(f"environment variable {name}: {problem}")
        try:
            value = load_toml(f"value = {text}")["value"]
        except TomlError:
            value = text
        yield path, value


def _set_nested(values: dict[str, Any], path: tuple[str, ...], value: Any) -> None:
    """Set a value in nested tables, creating the tables on its path."""
    for name in path[:-1]:
        if not isinstance(values.get(name), dict):
            values[name] = {}
        values = values[name]
    values[path[-1]] = value
