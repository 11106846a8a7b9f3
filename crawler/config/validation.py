"""Turn the values of a configuration into a `Config`, and check values against each other.

Every problem is reported as a `ConfigError` with the file and line of the key.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, TypeVar
from urllib.parse import urlsplit

import msgspec
import msgspec.structs

from crawler.config.archives import WaybackConfig
from crawler.config.errors import ConfigError
from crawler.config.hosts import HostRules
from crawler.config.key_diagnostics import describe_unknown_key, key_message, line_of_key
from crawler.config.model import Config, WikiConfig
from crawler.config.secret import Secret
from crawler.config.type_messages import describe_type_error
from crawler.config.value_checks import value_problem

_Record = TypeVar("_Record", bound=msgspec.Struct)

_MAX_SHOWN: Final = 100  # characters of a value in a message
_CONNECT_TO: Final = ("network", "connect_to")
# Tables whose keys users choose, and the classes of their values.
TABLES: Final[Mapping[str, type[msgspec.Struct]]] = {"hosts": HostRules, "wikis": WikiConfig}


def to_config(values: dict[str, Any], file: Path | None) -> Config:
    """Return the configuration with these values.

    Args:
        values: Nested tables, as in the file.
        file: The configuration file, for messages; None if there is none.

    Raises:
        ConfigError: A key is unknown, or a value cannot be used.
    """
    for path in _paths(values):
        if problem := describe_unknown_key(path, Config, TABLES):
            raise ConfigError(f"{line_of_key(file, path)}: {problem}")
    for path, value in _leaves(values):
        if problem := value_problem(value):
            raise ConfigError(key_message(file, path, problem))
    for table, record_type in TABLES.items():
        entries = values.get(table)
        if isinstance(entries, dict):
            # Each is converted alone first, so that an error message names the entry.
            for name, entry in entries.items():
                _convert(record_type, entry, file, (table, name))
    config = _convert(Config, values, file)
    _check_url_patterns(config, file)
    _check_ignore(config, file)
    _check_wikis(config, file)
    return _allow_endpoints(config)


def _convert(
    record_type: type[_Record], values: Any, file: Path | None, parent: tuple[str, ...] = ()
) -> _Record:
    """Return a record with these values.

    Args:
        record_type: The record's class.
        values: The table as read.
        file: The configuration file.
        parent: The path of the table.

    Raises:
        ConfigError: A value cannot be used.
    """
    try:
        return msgspec.convert(values, record_type, dec_hook=_to_secret)
    except msgspec.ValidationError as error:
        message, _, where = str(error).partition(" - at `$")
        names = [name for name in re.findall(r"[\w-]+", where) if not name.isdigit()]
        path = (*parent, *names)
        message = describe_type_error(message, record_type, names, _value_at(values, names))
        if path:
            raise ConfigError(key_message(file, path, message)) from error
        place = line_of_key(file, _key_in_message(message, values))
        raise ConfigError(f"{place}: {message}") from error
    except (OverflowError, RecursionError) as error:
        where = f"{'.'.join(parent)}: " if parent else ""
        raise ConfigError(
            f"{line_of_key(file, parent)}: {where}out of range or nested too deeply"
        ) from error


def _key_in_message(message: str, values: Any) -> tuple[str, ...]:
    """Return the path of the first key that a message about the whole file names; () if none."""
    return tuple(word for word in re.findall(r"\w+", message) if word in values)[:1]


def _value_at(values: Any, names: Sequence[str]) -> Any:
    """Return the value below a table; None if there is none."""
    for name in names:
        values = values.get(name) if isinstance(values, dict) else None
    return values


def _to_secret(wanted_type: type[Any], value: Any) -> Secret:
    """Return a text as a `Secret`, for fields of that type (`dec_hook` of msgspec)."""
    if wanted_type is not Secret:
        raise NotImplementedError
    if isinstance(value, Secret):
        return value
    if not isinstance(value, str):
        raise TypeError("Expected `str`")
    return Secret(value)


def _check_wikis(config: Config, file: Path | None) -> None:
    """Check the names of several wikis, and that all pages belong to one of them.

    Raises:
        ConfigError: A name is invalid, or pages are named outside the wikis' tables.
    """
    for name in config.wikis:
        if not re.fullmatch(r"\w[\w.-]*", name):  # it is also a folder's name
            raise ConfigError(
                f"{line_of_key(file, ('wikis', name))}: wikis: invalid name {name!r}: "
                "use letters, digits, '.', '-' and '_'"
            )
    if not config.wikis:
        return
    for key in ("pages", "wiki"):
        if getattr(config, key):
            raise ConfigError(
                key_message(file, (key,), "is set beside [wikis]: move it to a table [wikis.NAME]")
            )


def _check_url_patterns(config: Config, file: Path | None) -> None:
    """Check the regular expressions of URLs, and what they map to.

    Raises:
        ConfigError: An expression, a status or a replacement is invalid.
    """
    for key in ("include", "exclude"):
        for pattern in getattr(config, key):
            _check_regex(pattern, (key,), file)
    for pattern in config.fix.status_images:
        _check_regex(pattern, ("fix", "status_images"), file)
    for pattern, statuses in config.accept.items():
        path = ("accept", pattern)
        _check_regex(pattern, path, file)
        wrong = [status for status in statuses if not 400 <= status <= 999]
        if wrong:
            raise ConfigError(
                f"{line_of_key(file, path)}: accept: {wrong[0]} is not an error status: "
                "use 400 to 999"
            )
    for pattern, replacement in config.remap.items():
        path = ("remap", pattern)
        _check_regex(pattern, path, file)
        if problem := _replacement_problem(replacement, pattern):
            raise ConfigError(
                f"{line_of_key(file, path)}: remap: {replacement[:_MAX_SHOWN]!r} {problem}"
            )


def _check_regex(pattern: str, path: tuple[str, ...], file: Path | None) -> None:
    """Check one regular expression. Raises ConfigError."""
    try:
        re.compile(pattern)
    except (re.error, OverflowError, RecursionError) as error:
        raise ConfigError(
            f"{line_of_key(file, path)}: {path[0]}: "
            f"invalid regular expression {pattern[:_MAX_SHOWN]!r}: {error}"
        ) from error


def _replacement_problem(replacement: str, pattern: str) -> str | None:
    """Return what is wrong with a replacement in `remap`, or None.

    It must begin with a scheme, or with a group of the pattern, which may include the scheme.
    """
    try:
        re.sub(pattern, replacement, "")
    except (re.error, IndexError, OverflowError, RecursionError) as error:
        return f"cannot replace what {pattern[:_MAX_SHOWN]!r} matches: {error}"
    if re.match(r"https?://|\\[1-9g]", replacement):
        return None
    return "is not an address: begin it with http://, https:// or a group of the pattern"


def _check_ignore(config: Config, file: Path | None) -> None:
    """Check the patterns of pages to ignore.

    Git skips an invalid pattern silently; here it is an error, because it is a mistake.

    Raises:
        ConfigError: A pattern is invalid.
    """
    tables: list[tuple[tuple[str, ...], Sequence[str]]] = [(("ignore",), config.ignore)]
    for name, wiki in config.wikis.items():
        tables.append((("wikis", name, "ignore"), wiki.ignore or ()))
    for path, patterns in tables:
        if not patterns:
            continue
        # Imported here: few configurations set a pattern, and every command waits for imports.
        from crawler.files.gitignore import is_pattern  # noqa: PLC0415

        wrong = [pattern for pattern in patterns if not is_pattern(pattern)]
        if wrong:
            problem = (
                f"invalid .gitignore pattern {wrong[0][:_MAX_SHOWN]!r}: use e.g. drafts/ or *.tmp"
            )
            raise ConfigError(key_message(file, path, problem))


def _allow_endpoints(config: Config) -> Config:
    """Map the archive endpoints that differ from the defaults to themselves in `connect_to`.

    The targets of `connect_to` may be requested even if their addresses are private.

    Returns:
        The changed configuration.
    """
    wayback, default = config.archives.wayback, WaybackConfig()
    endpoints = {wayback.endpoint, wayback.availability_endpoint, config.archives.local.base_url}
    for memento in config.archives.memento.values():
        endpoints |= {memento.timegate, memento.timemap}
    endpoints -= {default.endpoint, default.availability_endpoint}
    connect_to: dict[str, str] = {}
    for endpoint in sorted(endpoints):
        server = host_and_port(endpoint)
        if server is not None:
            host, port = server
            connect_to[f"{host}:{port}"] = f"{host}:{port}"
    if not connect_to:
        return config
    connect_to |= config.network.connect_to
    network = msgspec.structs.replace(config.network, connect_to=connect_to)
    return msgspec.structs.replace(config, network=network)


def _paths(values: Mapping[str, Any], parent: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Yield the path of every key, except in `network.connect_to`, whose keys are addresses."""
    for name, value in values.items():
        path = (*parent, name)
        yield path
        if isinstance(value, dict) and path != _CONNECT_TO:
            yield from _paths(value, path)


def _leaves(value: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Yield every value that is not a table or list, and every key, with its path."""
    if isinstance(value, Mapping):
        for name, item in value.items():
            yield (*path, name), name
            yield from _leaves(item, (*path, name))
    elif isinstance(value, list):
        for item in value:
            yield from _leaves(item, path)
    else:
        yield path, value


def host_and_port(url: str) -> tuple[str, int] | None:
    """Return the host and port of a URL, or None if it has no valid ones.

    >>> host_and_port("https://example.org/a")
    ('example.org', 443)
    """
    try:
        parts = urlsplit(url)
        port = parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError:
        return None
    return (parts.hostname, port) if parts.hostname else None
