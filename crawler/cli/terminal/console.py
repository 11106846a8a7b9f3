"""Terminal output of a command: messages, warnings and progress, all on standard error."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property
from time import monotonic
from typing import TYPE_CHECKING, TextIO, cast

from crawler.cli.options import CommonOptions
from crawler.cli.terminal.log_setup import LogFormat, LogStream, logs_json, set_up_logging
from crawler.cli.terminal.progress import Advance, ProgressState
from crawler.monitoring.events import LOGGER, event_extra
from reports.wording.sanitize import plain
from store.vocabulary.log_lines import one_log_line

if TYPE_CHECKING:  # slow to import
    from rich.console import Console

    from crawler.politeness.estimate import HostEstimate

_LINE_INTERVAL_SECONDS = 10.0  # between lines without a progress bar


class TerminalOutput:
    """Prints messages, warnings and progress of one command, as its common options say.

    Args:
        common: The common options: verbosity, log format, progress bars.
        stream: Where to write instead of standard error.
    """

    def __init__(self, common: CommonOptions, stream: TextIO | None = None) -> None:
        log_format = LogFormat(common.log_format)
        is_json = log_format is LogFormat.JSON
        self._file = LogStream() if is_json else stream or sys.stderr
        self.quiet = common.verbosity < 0
        self.verbose = common.verbosity > 0
        self._may_draw_bars = common.progress
        set_up_logging(stream or sys.stderr, common.verbosity, log_format)

    @cached_property
    def console(self) -> Console:
        """The console. Opened for the first line: a command that prints none imports no rich."""
        from crawler.cli.terminal.tables import open_console  # noqa: PLC0415

        return open_console(cast("TextIO", self._file))

    def note(self, message: str) -> None:
        """Print one line, unless `--quiet` was given."""
        if not self.quiet:
            self.console.print(one_line(message), markup=False)

    def warn(self, message: str) -> None:
        """Print one line that begins with `warning:`."""
        if logs_json():
            logging.getLogger(LOGGER).warning("%s", one_line(message))
        else:
            self.console.print(one_line(f"warning: {message}"), markup=False)

    @contextmanager
    def progress(
        self, description: str, total: int, hosts: Sequence[HostEstimate] = ()
    ) -> Iterator[Advance]:
        """Show progress while the block runs.

        Args:
            description: What is being done.
            total: Number of steps.
            hosts: Expected work on each host, from which the remaining time is computed.

        Yields:
            A function that the block calls once for each step.
        """
        if self.quiet or total == 0:
            yield _show_nothing
        elif self._may_draw_bars and self.console.is_terminal:
            # Imported here: most commands that read the store end before a bar would be drawn.
            from crawler.cli.terminal.progress_bar import progress_bar  # noqa: PLC0415

            with progress_bar(self.console, description, ProgressState(total, hosts)) as advance:
                yield advance
        else:
            yield _ProgressLines(description, ProgressState(total, hosts), self.console)


def _show_nothing(label: str = "", *, kind: str = "", host: str = "") -> None:
    """Show nothing about a step."""


class _ProgressLines:
    """Shows progress as a line every ten seconds, and one at the end."""

    def __init__(self, description: str, state: ProgressState, console: Console) -> None:
        self._description, self._state, self._console = description, state, console
        self._printed_at = monotonic()

    def __call__(self, label: str = "", *, kind: str = "", host: str = "") -> None:
        self._state.step(kind, host)
        is_last = self._state.done == self._state.total
        if is_last or monotonic() - self._printed_at > _LINE_INTERVAL_SECONDS:
            self._printed_at = monotonic()
            self._print()

    def _print(self) -> None:
        """Print the progress on one line, or log it as an event if the log is JSON."""
        line = one_line(f"{self._description}: {self._state.describe()}")
        if not logs_json():
            self._console.print(line, markup=False)
            return
        state = self._state
        fields = event_extra(
            "progress",
            step=self._description,
            done=state.done,
            total=state.total,
            per_second=state.per_second,
            seconds_left=state.seconds_left,
            kinds=dict(state.kinds),
            longest=dict(state.slowest_hosts),
        )
        logging.getLogger(LOGGER).info("%s", line, extra=fields)


def one_line(message: str) -> str:
    """Return a message of any length on one line, without terminal control characters.

    Pages and servers can put text into most messages.
    """
    indent = message[: len(message) - len(message.lstrip(" "))]
    return one_log_line(indent + plain(message, len(message)))
