"""What a person sees while a command works: bars on a terminal, plain lines elsewhere. All of it goes to standard error."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from time import monotonic
from typing import TYPE_CHECKING, TextIO, cast

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn

from crawler.cli.log_setup import LogFormat, LogStream, logs_json, set_up_logging
from crawler.cli.options import CommonOptions
from crawler.cli.progress import Advance
from crawler.cli.progress import ProgressState as Steps
from crawler.cli.tables import open_console
from crawler.monitoring.events import LOGGER, log_event
from reports.sanitize import one_log_line, plain

if TYPE_CHECKING:  # it would bring the whole store along
    from crawler.politeness.estimate import HostEstimate

_LINE_EVERY_SECONDS = 10.0
_TELL_EVERY_SECONDS = 0.5
_DRAW_EVERY_SECONDS = 0.1


class TerminalOutput:
    """The terminal's side of a command."""

    def __init__(self, common: CommonOptions, stream: TextIO | None = None) -> None:
        form = LogFormat(common.log_format)
        file = LogStream() if form is LogFormat.JSON else stream or sys.stderr
        self.console = open_console(cast("TextIO", file))
        self.quiet = common.verbosity < 0
        self.verbose = common.verbosity > 0
        self._bars = common.progress and self.console.is_terminal
        set_up_logging(stream or sys.stderr, common.verbosity, form)

    def note(self, message: str) -> None:
        """Say one plain line, unless asked to be quiet."""
        if not self.quiet:
            self.console.print(one_line(message), markup=False)

    def warn(self, message: str) -> None:
        if logs_json():
            logging.getLogger(LOGGER).warning("%s", one_line(message))
        else:
            self.console.print(one_line(f"warning: {message}"), markup=False)

    @contextmanager
    def progress(
        self, description: str, total: int, hosts: Sequence[HostEstimate] = ()
    ) -> Iterator[Advance]:
        """Show how far a piece of work has come; the block calls what it is given once for each step. `hosts` are what is expected of each."""
        if self.quiet or total == 0:
            yield _say_nothing
        elif self._bars:
            columns = (
                TextColumn("{task.description}"),
                BarColumn(),
                TextColumn("{task.fields[told]}", markup=False),
                TextColumn("{task.fields[word]}", markup=False, style="dim"),
            )
            # Without the thread that would draw it ten times a second: beside threads, workers cannot be forked (crawler.scan.process_pool).
            with Progress(
                *columns, console=self.console, transient=True, auto_refresh=False
            ) as bars:
                yield _Bar(
                    bars,
                    bars.add_task(description, total=total, told="", word=""),
                    Steps(total, hosts),
                )
        else:
            yield _Lines(description, Steps(total, hosts), self.console)


def _say_nothing(word: str = "", *, kind: str = "", host: str = "") -> None:
    """Show nothing of a step."""


class _Bar:
    """Progress for a person at a terminal."""

    def __init__(self, bars: Progress, task: TaskID, steps: Steps) -> None:
        self._bars, self._task, self._steps = bars, task, steps
        self._told_at = self._drawn_at = float("-inf")

    def __call__(self, word: str = "", *, kind: str = "", host: str = "") -> None:
        self._steps.step(kind, host)
        self._bars.update(self._task, advance=1, word=plain(word, 40))
        if monotonic() - self._told_at > _TELL_EVERY_SECONDS:
            self._told_at = monotonic()
            self._bars.update(self._task, told=plain(self._steps.describe()))
        if monotonic() - self._drawn_at > _DRAW_EVERY_SECONDS:
            self._drawn_at = monotonic()
            self._bars.refresh()


class _Lines:
    """Progress for a log: a line now and then, and one at the end."""

    def __init__(self, description: str, steps: Steps, console: Console) -> None:
        self._description, self._steps, self._console = description, steps, console
        self._said_at = monotonic()

    def __call__(self, word: str = "", *, kind: str = "", host: str = "") -> None:
        self._steps.step(kind, host)
        if (
            self._steps.done == self._steps.total
            or monotonic() - self._said_at > _LINE_EVERY_SECONDS
        ):
            self._said_at = monotonic()
            self._say()

    def _say(self) -> None:
        line = one_line(f"{self._description}: {self._steps.describe()}")
        if not logs_json():
            self._console.print(line, markup=False)
            return
        steps = self._steps
        fields = log_event(
            "progress",
            step=self._description,
            done=steps.done,
            total=steps.total,
            per_second=steps.per_second,
            seconds_left=steps.seconds_left,
            kinds=dict(steps.kinds),
            longest=dict(steps.longest),
        )
        logging.getLogger(LOGGER).info("%s", line, extra=fields)


def one_line(message: str) -> str:
    """Write a message without what a terminal would act on, however long it is: pages and servers have a say in most of them."""
    indent = message[: len(message) - len(message.lstrip(" "))]
    return one_log_line(indent + plain(message, len(message)))
