"""Options that every command takes, before or after its name."""

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

from crawler.cli.log_setup import LogFormat, set_up_logging
from crawler.config import LoadedConfig, load_config
from crawler.process.lifetime import seconds_since_boot


@dataclass
class CommonOptions:
    """What the common options say. `verbosity` is below 0 for quiet."""

    config: Path | None = None
    db: str | None = None
    verbosity: int = 0
    progress: bool = True
    log_format: str = LogFormat.TEXT
    started_at: float = field(default_factory=seconds_since_boot)  # when the process was started
    overrides: dict[str, Any] = field(default_factory=dict)

    def seconds_left(self, deadline: float | None) -> float | None:
        """Count the seconds until a deadline, which is counted from the start of the process.

        Returns:
            None where there is no deadline; less than nothing where it has passed.
        """
        return None if deadline is None else self.started_at + deadline - seconds_since_boot()

    def load(self, **overrides: Any) -> LoadedConfig:
        """Read the configuration with the options laid over it. Raises ConfigError."""
        given: Mapping[str, Any] = {"db": self.db, **overrides}
        return load_config(
            self.config, overrides={key: value for key, value in given.items() if value is not None}
        )


class Duration(click.ParamType[float]):
    """A length of time as people write it; gives seconds."""

    name = "time"
    _UNITS: ClassVar = {"s": 1, "m": 60, "h": 3600, "d": 86400}

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        if isinstance(value, float):
            return value
        match = re.fullmatch(r"(\d+(?:\.\d+)?)([smhd]?)", str(value).strip())
        if not match:
            self.fail(f"{value!r} is no length of time; write 90s, 30m or 6h", param, ctx)
        return float(match[1]) * self._UNITS[match[2] or "s"]


def deadline_option(command: Callable[..., Any]) -> Callable[..., Any]:
    return click.option(
        "--deadline",
        type=Duration(),
        metavar="TIME",
        help="Stop in order after this time: 90s, 30m, 6h.",
    )(command)


metrics_option = click.option(
    "--metrics",
    metavar="FILE|ADDRESS:PORT",
    help="Keep Prometheus metrics in a file, or serve them while the job goes on.",
)
wiki_option = click.option(
    "--wiki",
    "names",
    multiple=True,
    metavar="NAME",
    help="Only this one of several wikis; may be repeated.",
)
changed_option = click.option(
    "--changed-since",
    "revision",
    metavar="REV",
    help="Only the pages changed since git's history parted from REV, and what they cite.",
)


def common_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the common options; the command finds them in its first argument, a `Common`, if it takes one of that name."""

    @click.option(
        "--config",
        type=click.Path(path_type=Path, dir_okay=False),
        help="The configuration file (default: holdfast.toml, found upward).",
    )
    @click.option("--db", metavar="URL", help="The database (default: SQLite under .holdfast/).")
    @click.option("-q", "--quiet", is_flag=True, help="Say only what is wrong.")
    @click.option("-v", "--verbose", count=True, help="Say more; twice for Scrapy's log.")
    @click.option("--no-progress", is_flag=True, help="No progress bars.")
    @click.option(
        "--log-format",
        type=click.Choice([form.value for form in LogFormat]),
        envvar="HOLDFAST_LOG_FORMAT",
        help="Of what goes to standard error: text, or one JSON object a line.",
    )
    @click.option(
        "--no-color", is_flag=True, help="No colours; so does NO_COLOR in the environment."
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
        **arguments: Any,
    ) -> Any:
        common = click.get_current_context().ensure_object(CommonOptions)
        if no_color:
            os.environ["NO_COLOR"] = "1"  # where every console looks
        common.config = config or common.config
        common.db = db or common.db
        common.verbosity = -1 if quiet else verbose or common.verbosity
        common.progress = common.progress and not no_progress and not quiet
        common.log_format = log_format or common.log_format
        if common.log_format == LogFormat.JSON:
            set_up_logging(
                sys.stderr, common.verbosity, LogFormat.JSON
            )  # whatever goes wrong from here on is told in it
        if "common" in command.__annotations__:
            return command(common, **arguments)
        return command(**arguments)

    return wrapped
