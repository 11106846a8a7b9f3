"""Define the options that several commands share, and a record of those that all commands take."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import wraps
from pathlib import Path
from typing import Any, ClassVar

import click

from crawler.cli.terminal.log_setup import LogFormat, set_up_logging
from crawler.config import LoadedConfig, load_config
from crawler.process.garbage_collection import enable_for_work
from crawler.process.lifetime import seconds_since_boot

DEFAULT_LOOKUPS = 1000  # in one run
_DURATIONS = "90s, 30m, 6h, 2d"
_MAX_COUNT = 1_000_000_000


class Count(click.IntRange):
    """A number that is not too large to compute with, nor for a database.

    Args:
        minimum: The smallest value.
        maximum: The largest value; help texts do not mention it.
    """

    def __init__(self, minimum: int, maximum: int = _MAX_COUNT) -> None:
        super().__init__(min=minimum)
        self._maximum = maximum

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Return the number. Fails for one outside of the range."""
        number = super().convert(value, param, ctx)
        if number > self._maximum:
            self.fail(f"{number} is too large: the maximum is {self._maximum:,}", param, ctx)
        return number


@dataclass
class CommonOptions:
    """Values of the options that every command takes.

    Attributes:
        config: The configuration file; None to search for it.
        db: The URL of the database; None for that of the configuration.
        verbosity: -1 for `--quiet`, 0 by default, 1 for `-v`, 2 for `-vv`.
        progress: Whether progress bars may be shown.
        log_format: A value of `LogFormat`.
        started_at: When the process was started, on the clock of `seconds_since_boot`.
    """

    config: Path | None = None
    db: str | None = None
    verbosity: int = 0
    progress: bool = True
    log_format: str = LogFormat.TEXT
    started_at: float = field(default_factory=seconds_since_boot)

    def seconds_left(self, deadline: float | None) -> float | None:
        """Return the seconds until a deadline that counts from the start of the process.

        Args:
            deadline: Seconds after the start of the process; None for no deadline.

        Returns:
            None without a deadline; a negative number after it has passed.
        """
        if deadline is None:
            return None
        return self.started_at + deadline - seconds_since_boot()

    def load(self, **overrides: Any) -> LoadedConfig:
        """Load the configuration, with the dialect of the pages that is detected if none is set.

        Args:
            overrides: As for `load_as_written`.

        Returns:
            The configuration.

        Raises:
            ConfigError: The configuration is invalid.
        """
        # Imported here: it imports the parsers of pages, which are slow to import.
        from crawler.scan.generators.dialects import with_detected_dialects  # noqa: PLC0415

        return with_detected_dialects(self.load_as_written(**overrides))

    def load_as_written(self, **overrides: Any) -> LoadedConfig:
        """Load the configuration without detecting the dialect of the pages.

        It is for commands that read no pages: detection looks at files of the wiki.

        Args:
            overrides: Values of command-line options by setting; None sets nothing.

        Returns:
            The configuration.

        Raises:
            ConfigError: The configuration is invalid.
        """
        values: Mapping[str, Any] = {"db": self.db, **overrides}
        set_values = {key: value for key, value in values.items() if value is not None}
        loaded = load_config(self.config, overrides=set_values)
        enable_for_work()  # the command has imported its modules by now
        if loaded.config.archives.trust:
            from crawler.archives import service_trust  # noqa: PLC0415  few configurations set it

            service_trust(loaded)  # raises an error for an unknown archive
        return loaded


class Duration(click.ParamType[float]):
    """A duration such as 90s, 30m, 6h or 2d; converted to seconds."""

    name = "time"
    _UNITS: ClassVar = {"s": 1, "m": 60, "h": 3600, "d": 86400}

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        """Return the duration in seconds."""
        if isinstance(value, float):
            return value
        match = re.fullmatch(r"(\d+(?:\.\d+)?)([smhd]?)", str(value).strip())
        if not match:
            self.fail(f"invalid duration {value!r}: use e.g. {_DURATIONS}", param, ctx)
        seconds = float(match[1]) * self._UNITS[match[2] or "s"]
        if not seconds:
            self.fail(f"invalid duration {value!r}: use more than 0, e.g. {_DURATIONS}", param, ctx)
        return seconds


class Day(click.DateTime):
    """A day such as 2026-12-31; converted to its first moment."""

    name = "date"

    def __init__(self) -> None:
        """Create the type."""
        super().__init__(["%Y-%m-%d"])

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Return the day's first moment."""
        try:
            return super().convert(value, param, ctx)
        except click.BadParameter:
            self.fail(f"invalid date {value!r}: use e.g. 2026-12-31", param, ctx)


class FormatNames(click.ParamType[list[str]]):
    """Names of formats separated by commas; converted to a list.

    Args:
        check: Raises ValueError for a name that cannot be used; its message is shown.
    """

    name = "formats"

    def __init__(self, check: Callable[[str], object]) -> None:
        self._check = check

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> list[str]:
        """Return the names."""
        names = [name.strip() for name in value.split(",") if name.strip()]
        try:
            for name in names:
                self._check(name)
        except ValueError as error:
            self.fail(str(error), param, ctx)
        return names


deadline_option = click.option(
    "--deadline",
    type=Duration(),
    metavar="TIME",
    help=f"Stop in an orderly way after this time: e.g. {_DURATIONS} (s, m, h or d).",
)
metrics_option = click.option(
    "--metrics",
    metavar="FILE|ADDRESS:PORT",
    help="Write Prometheus metrics to a file, or serve them while the command runs.",
)
wiki_option = click.option(
    "--wiki",
    "wiki_names",
    multiple=True,
    metavar="NAME",
    help="Only this wiki of the configuration. May be repeated.",
)
changed_option = click.option(
    "--changed-since",
    metavar="REV",
    help="Only pages changed since the merge base with this git revision, and their links.",
)
stdin_format_option = click.option(
    "--stdin-format",
    metavar="FORMAT",
    help="Format of the page on standard input (the page -), such as rst or asciidoc. "
    "[default: markdown]",
)
probe_limit_option = click.option(
    "--limit", type=Count(1), metavar="N", help="Maximum number of probes."
)
lookups_option = click.option(
    "--lookups",
    type=Count(0),
    default=DEFAULT_LOOKUPS,
    show_default=True,
    metavar="N",
    help="Maximum number of archive lookups (and of captures) in this run.",
)


def common_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options that every command takes.

    They can be given before or after the command's name.

    Args:
        command: The function of the command. If it has a parameter `common`, the `CommonOptions`
            are passed to it.

    Returns:
        The function with the options added.
    """

    @click.option(
        "--config",
        type=click.Path(path_type=Path, dir_okay=False),
        help="Configuration file (default: holdfast.toml here or in a parent folder).",
    )
    @click.option("--db", metavar="URL", help="Database (default: SQLite under .holdfast/).")
    @click.option("-q", "--quiet", is_flag=True, help="Show only warnings and errors.")
    @click.option(
        "-v", "--verbose", count=True, help="Show details; twice to show Scrapy's debug log."
    )
    @click.option("--no-progress", is_flag=True, help="Do not show progress bars.")
    @click.option(
        "--log-format",
        type=click.Choice([form.value for form in LogFormat]),
        envvar="HOLDFAST_LOG_FORMAT",
        help="Log format on stderr: text or JSON lines.",
    )
    @click.option(
        "--no-color",
        is_flag=True,
        help="Do not use colors (same as setting the variable NO_COLOR).",
    )
    @wraps(command)
    def wrapped(
        *,
        config: Path | None,
        db: str | None,
        quiet: bool,
        verbose: int,
        no_progress: bool,
        log_format: str | None,
        no_color: bool,
        **options: Any,
    ) -> Any:
        common = click.get_current_context().ensure_object(CommonOptions)
        if no_color:
            os.environ["NO_COLOR"] = "1"  # read by every console
        common.config = config or common.config
        common.db = db or common.db
        common.verbosity = -1 if quiet else verbose or common.verbosity
        common.progress = common.progress and not no_progress and not quiet
        common.log_format = log_format or common.log_format
        if common.log_format == LogFormat.JSON:
            # Errors from here on are JSON lines, too.
            set_up_logging(sys.stderr, common.verbosity, LogFormat.JSON)
        if "common" in command.__annotations__:
            return command(common, **options)
        return command(**options)

    return wrapped
