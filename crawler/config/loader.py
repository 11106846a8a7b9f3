"""Where the configuration is found, how it is read, and what is said when it is wrong.

A setting's value is its default, overridden by the file, then by the environment (`HOLDFAST_NETWORK__CONTACT` for `network.contact`),
then by the command line.
"""

from __future__ import annotations

import difflib
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

import msgspec
import msgspec.structs

from crawler.config.archives import Secret, WaybackConfig
from crawler.config.certificates import resolve_certificates
from crawler.config.errors import ConfigError
from crawler.config.hosts import HostRules
from crawler.config.key_diagnostics import MAX_CONFIG_BYTES, describe_unknown_key, line_of_key
from crawler.config.model import Config, WikiConfig
from crawler.config.value_checks import value_problem
from crawler.files.safe_files import read_regular_file
from crawler.files.toml import TomlError, load_toml

_S = TypeVar("_S", bound=msgspec.Struct)

FILE_NAME = "holdfast.toml"
_SHOWN = 100  # characters of a value in a message
_ENV_PREFIX = "HOLDFAST_"
_TABLES: Mapping[str, type[msgspec.Struct]] = {
    "hosts": HostRules,
    "wikis": WikiConfig,
}  # whose keys users name
# Names people know from elsewhere; their values are taken as they stand, never as TOML.
_SECRETS = {
    "HOLDFAST_WAYBACK_KEY": ("archives", "wayback", "key"),
    "HOLDFAST_WAYBACK_SECRET": ("archives", "wayback", "secret"),
    "HOLDFAST_WEBHOOK_URL": ("notify", "webhook", "url"),
    "HOLDFAST_WEBHOOK_SECRET": ("notify", "webhook", "secret"),
    "HOLDFAST_SMTP_USER": ("notify", "mail", "user"),
    "HOLDFAST_SMTP_PASSWORD": ("notify", "mail", "password"),
}
# Not part of the configuration proper: the file's own place, and what developers need.
_ENV_APART = frozenset({"HOLDFAST_CONFIG", "HOLDFAST_LOG_FORMAT", "HOLDFAST_TRACEBACK", *_SECRETS})


class LoadedConfig(msgspec.Struct, frozen=True):
    """A configuration with the place it came from. Relative paths in it start from `folder`."""

    config: Config
    folder: Path
    file: Path | None

    @property
    def database_url(self) -> str:
        return self.config.db or f"sqlite:///{self.folder / '.holdfast' / 'holdfast.db'}"

    @property
    def local_archive(self) -> Path:
        """The folder of the local archive."""
        return self.folder / self.config.archives.local.folder

    def wikis(self, names: Sequence[str] = ()) -> Sequence[LoadedConfig]:
        """Give the configuration as each wiki sees it, as if it were the only one: of the wikis named, else of all.

        Where there is but one, that is this configuration itself. Raises ConfigError for a name that none has.
        """
        known = list(self.config.wikis) or [self.config.wiki]
        for name in names:
            if name not in known:
                near = (
                    difflib.get_close_matches(name, known, n=1, cutoff=0)
                    if self.config.wikis
                    else []
                )
                meant = (
                    f"did you mean {near[0]!r}?"
                    if near
                    else f"a configuration of several has a table [wikis.{name}] for each"
                )
                raise ConfigError(f"no wiki {name!r} is configured; {meant}")
        if not self.config.wikis:
            return [self]
        return [
            msgspec.structs.replace(self, config=self.config.for_wiki(name))
            for name in known
            if name in names or not names
        ]


def load_config(
    file: Path | None = None,
    *,
    start: Path | None = None,
    environment: Mapping[str, str] = os.environ,
    overrides: Mapping[str, Any] | None = None,
) -> LoadedConfig:
    """Read the configuration. Without `file` it is looked for from `start` (the working folder) upward.

    `overrides` maps dotted keys to values from the command line. Raises ConfigError.
    """
    start = start or Path.cwd()
    if file is None and (named := environment.get("HOLDFAST_CONFIG")):
        file = Path(named)
    found = file or _find(start)
    values = _from_its_folder(_read(found), found) if found else {}
    for path, value in _from_environment(environment):
        _put(values, path, value)
    for name, path in _SECRETS.items():
        if environment.get(name):
            _put(values, path, environment[name].strip())
    for dotted, value in (overrides or {}).items():
        _put(values, tuple(dotted.split(".")), value)
    folder = (found.parent if found else start).resolve()
    config = _with_endpoints_allowed(_convert(values, found))
    return LoadedConfig(resolve_certificates(config, folder, found), folder, found)


def config_from_settings(settings: Any) -> LoadedConfig:
    """Find the configuration through Scrapy's settings: `HOLDFAST_CONFIG` is the loaded configuration itself, a file, or unset."""
    given = settings.get("HOLDFAST_CONFIG")
    if isinstance(given, LoadedConfig):
        return given
    return load_config(Path(given) if given else None)


def _from_its_folder(values: dict[str, Any], file: Path) -> dict[str, Any]:
    """Let a database named in a file lie where the file does, wherever the command is run."""
    url = values.get("db")
    if (
        isinstance(url, str)
        and (path := re.fullmatch(r"sqlite:///(?!/)(.+)", url))
        and path[1] != ":memory:"
    ):
        return {**values, "db": f"sqlite:///{file.parent.resolve() / path[1]}"}
    return values


def _find(start: Path) -> Path | None:
    for folder in (start.resolve(), *start.resolve().parents):
        if (own := folder / FILE_NAME).is_file():
            return own
        project = folder / "pyproject.toml"
        if project.is_file() and "holdfast" in _tools(_parse(project)):
            return project
    return None


def _read(file: Path) -> dict[str, Any]:
    values = _parse(file)
    if file.name != "pyproject.toml":
        return values
    section = _tools(values).get("holdfast", {})
    if not isinstance(section, dict):
        raise ConfigError(
            f"{line_of_key(file, ('holdfast',))}: tool.holdfast is no table: write [tool.holdfast]"
        )
    return section


def _tools(values: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return what a pyproject.toml holds of tools; nothing where that is no table."""
    tools = values.get("tool")
    return tools if isinstance(tools, dict) else {}


def _parse(file: Path) -> dict[str, Any]:
    try:
        return load_toml(read_regular_file(file, MAX_CONFIG_BYTES).decode("utf-8"))
    except FileNotFoundError as error:
        raise ConfigError(
            f"{file}: no such file; name one with --config, or leave the option away"
        ) from error
    except OSError as error:
        raise ConfigError(f"{file}: cannot be read ({error.strerror})") from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"{file}: not UTF-8 at byte {error.start}; save it as UTF-8") from error
    except TomlError as error:
        raise ConfigError(f"{file}:{error.line}: not valid TOML: {error}") from error


def _from_environment(environment: Mapping[str, str]) -> Iterator[tuple[tuple[str, ...], Any]]:
    for name, text in environment.items():
        if not name.startswith(_ENV_PREFIX) or name in _ENV_APART:
            continue
        path = tuple(name.removeprefix(_ENV_PREFIX).lower().split("__"))
        if suggestion := describe_unknown_key(path, Config, _TABLES):
            raise ConfigError(f"environment variable {name}: {suggestion}")
        try:
            value = load_toml(f"value = {text}")["value"]
        except TomlError:
            value = text
        yield path, value


def _put(values: dict[str, Any], path: tuple[str, ...], value: Any) -> None:
    for name in path[:-1]:
        if not isinstance(values.get(name), dict):
            values[name] = {}
        values = values[name]
    values[path[-1]] = value


def _convert(values: dict[str, Any], file: Path | None) -> Config:
    for path in _paths(values):
        if problem := describe_unknown_key(path, Config, _TABLES):
            raise ConfigError(f"{line_of_key(file, path)}: {problem}")
    for path, value in _leaves(values):
        if problem := value_problem(value):
            raise ConfigError(f"{line_of_key(file, path)}: {'.'.join(path)}: {problem}")
    for table, kind in _TABLES.items():
        named = values.get(table)
        for name, own in named.items() if isinstance(named, dict) else ():
            _convert_to(kind, own, file, (table, name))
    config = _convert_to(Config, values, file)
    _check_patterns(config, file)
    _check_wikis(config, file)
    return config


def _check_wikis(config: Config, file: Path | None) -> None:
    """Raise ConfigError where a wiki's name cannot be one, or pages belong to none of several wikis."""
    for name in config.wikis:
        if not re.fullmatch(r"\w[\w.-]*", name):  # it is a folder's name, too
            raise ConfigError(
                f"{line_of_key(file, ('wikis', name))}: wikis: {name!r} is no name for a wiki: letters, digits, '.', '-' and '_'"
            )
    for key in ("pages", "wiki") if config.wikis else ():
        if getattr(config, key):
            raise ConfigError(
                f"{line_of_key(file, (key,))}: {key}: stands beside [wikis]: give each of several wikis a table of its own"
            )


def _check_patterns(config: Config, file: Path | None) -> None:
    """Raise ConfigError where a pattern of URLs is no regular expression, a status no error, or a replacement no address.

    Patterns of pages that git would pass over are errors, too: here somebody meant them.
    """
    named = [
        ((table, pattern), (pattern,))
        for table in ("accept", "remap")
        for pattern in getattr(config, table)
    ]
    for path, patterns in ((("include",), config.include), (("exclude",), config.exclude), *named):
        for pattern in patterns:
            try:
                re.compile(pattern)
            except (re.error, OverflowError, RecursionError) as error:
                raise ConfigError(
                    f"{line_of_key(file, path)}: {path[0]}: {pattern[:_SHOWN]!r} is no regular expression: {error}"
                ) from error
    _check_ignore(config, file)
    for pattern, statuses in config.accept.items():
        if wrong := [status for status in statuses if not 400 <= status <= 999]:
            raise ConfigError(
                f"{line_of_key(file, ('accept', pattern))}: accept: {wrong[0]} is no error status, 400 to 999"
            )
    for pattern, replacement in config.remap.items():
        if problem := _trouble_with(replacement, pattern):
            raise ConfigError(
                f"{line_of_key(file, ('remap', pattern))}: remap: {replacement[:_SHOWN]!r} {problem}"
            )


def _check_ignore(config: Config, file: Path | None) -> None:
    tables: list[tuple[tuple[str, ...], Sequence[str]]] = [(("ignore",), config.ignore)]
    tables += [
        (("wikis", name, "ignore"), wiki.ignore or ()) for name, wiki in config.wikis.items()
    ]
    for path, patterns in tables:
        if not patterns:
            continue
        from crawler.files.gitignore import is_pattern  # noqa: PLC0415  few name one

        if wrong := [pattern for pattern in patterns if not is_pattern(pattern)]:
            problem = f"{wrong[0][:_SHOWN]!r} is no pattern as in .gitignore; write for example drafts/ or *.tmp.md"
            raise ConfigError(f"{line_of_key(file, path)}: {'.'.join(path)}: {problem}")


def _trouble_with(replacement: str, pattern: str) -> str | None:
    """Say what is wrong with a replacement in `remap`; a group may bring the beginning of the address along."""
    try:
        re.sub(pattern, replacement, "")
    except (re.error, IndexError, OverflowError, RecursionError) as error:
        return f"cannot replace what {pattern[:_SHOWN]!r} matches: {error}"
    if re.match(r"https?://|\\[1-9g]", replacement):
        return None
    return "is no address: begin it with http://, https:// or a group of the pattern"


def _convert_to(kind: type[_S], values: Any, file: Path | None, above: tuple[str, ...] = ()) -> _S:
    try:
        return msgspec.convert(values, kind, dec_hook=_secret)
    except msgspec.ValidationError as error:
        message, _, where = str(error).partition(" - at `$")
        path = (*above, *re.findall(r"[\w-]+", where))
        raise ConfigError(
            f"{line_of_key(file, path)}: {'.'.join(path)}{': ' if path else ''}{message}"
        ) from error
    except (OverflowError, RecursionError) as error:
        where = f"{'.'.join(above)}: " if above else ""
        raise ConfigError(
            f"{line_of_key(file, above)}: {where}out of range or nested too deeply"
        ) from error


def _secret(kind: type[Any], value: Any) -> Secret:
    if kind is not Secret:
        raise NotImplementedError
    if isinstance(value, Secret):
        return value
    if not isinstance(value, str):
        raise TypeError("Expected `str`")
    return Secret(value)


def _with_endpoints_allowed(config: Config) -> Config:
    """Let a configured endpoint lead to itself: it is allowed, wherever it lies, because someone configured it."""
    wayback, default = config.archives.wayback, WaybackConfig()
    others = {
        url
        for memento in config.archives.memento.values()
        for url in (memento.timegate, memento.timemap)
    }
    others.add(config.archives.local.base_url)
    endpoints = {wayback.endpoint, wayback.availability_endpoint, *others} - {
        default.endpoint,
        default.availability_endpoint,
    }
    places = {place for url in endpoints if (place := host_and_port(url))}
    if not places:
        return config
    own = {f"{host}:{port}": f"{host}:{port}" for host, port in sorted(places)}
    return msgspec.structs.replace(
        config,
        network=msgspec.structs.replace(config.network, connect_to=own | config.network.connect_to),
    )


def _paths(values: Mapping[str, Any], above: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    for name, value in values.items():
        path = (*above, name)
        yield path
        if isinstance(value, dict) and path != ("network", "connect_to"):
            yield from _paths(value, path)


def _leaves(value: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Yield every value that is no table or list, and every key, with the path it stands at."""
    if isinstance(value, Mapping):
        for name, below in value.items():
            yield (*path, name), name
            yield from _leaves(below, (*path, name))
    elif isinstance(value, list):
        for below in value:
            yield from _leaves(below, path)
    else:
        yield path, value


def host_and_port(url: str) -> tuple[str, int] | None:
    """Give the host and port a URL leads to; None where it has none.

    >>> place_of("https://example.org/a")
    ('example.org', 443)
    """
    try:
        parts = urlsplit(url)
        port = parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError:
        return None
    return (parts.hostname, port) if parts.hostname else None
