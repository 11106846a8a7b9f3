"""What a person sees while a command works: bars on a terminal, plain lines elsewhere. All of it goes to standard error."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import monotonic
from typing import TextIO

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from crawler.cli.options import Common
from reports.plain import plain

_LINE_EVERY_SECONDS = 10.0
_OWN = frozenset({"citations", "liveness", "captures", "fleet", "store.writer"})  # loggers whose warnings are for a person
# Shows a traceback where a site is not there; the spider says so in a line.
_TOLD_OTHERWISE = frozenset({"scrapy.downloadermiddlewares.robotstxt"})

Advance = Callable[[str], None]


class Screen:
    """The terminal's side of a command."""

    def __init__(self, common: Common, stream: TextIO | None = None) -> None:
        self.console = Console(file=stream or sys.stderr, highlight=False, soft_wrap=True)
        self.quiet = common.verbosity < 0
        self.verbose = common.verbosity > 0
        self._bars = common.progress and self.console.is_terminal
        _log_to(self.console, common.verbosity)

    def note(self, message: str) -> None:
        """Say one plain line, unless asked to be quiet."""
        if not self.quiet:
            self.console.print(one_line(message), markup=False)

    def warn(self, message: str) -> None:
        self.console.print(one_line(f"warning: {message}"), markup=False)

    @contextmanager
    def progress(self, description: str, total: int) -> Iterator[Advance]:
        """Show how far a piece of work has come; the block calls what it is given once for each step, with a word on it."""
        if self.quiet or total == 0:
            yield lambda _word: None
        elif self._bars:
            columns = (
                TextColumn("{task.description}"),
                BarColumn(),
                MofNCompleteColumn(),
                TimeRemainingColumn(),
                TextColumn("{task.fields[word]}"),
            )
            with Progress(*columns, console=self.console, transient=True) as bars:
                task = bars.add_task(description, total=total, word="")
                yield lambda word: bars.update(task, advance=1, word=plain(word, 40))
        else:
            yield _Lines(self, description, total)


class _Lines:
    """Progress for a log: a plain line now and then, and one at the end."""

    def __init__(self, screen: Screen, description: str, total: int) -> None:
        self._screen, self._description, self._total = screen, description, total
        self._done = 0
        self._said_at = monotonic()

    def __call__(self, _word: str) -> None:
        self._done += 1
        if self._done == self._total or monotonic() - self._said_at > _LINE_EVERY_SECONDS:
            self._said_at = monotonic()
            self._screen.note(f"{self._description}: {self._done} of {self._total}")


def _log_to(console: Console, verbosity: int) -> None:
    """Send the log of everything to the same stream, so that lines and bars do not run into each other."""
    handler = logging.StreamHandler(console.file)
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s", "%H:%M:%S"))
    level = {0: logging.ERROR, 1: logging.INFO}.get(max(verbosity, 0), logging.DEBUG)

    def is_wanted(record: logging.LogRecord) -> bool:
        if record.name in _TOLD_OTHERWISE and verbosity <= 0:
            return False
        return record.levelno >= (min(level, logging.WARNING) if record.name in _OWN else level)

    # Scrapy sets the loggers' own levels when it starts, so the limit stands at the handler.
    handler.setLevel(min(level, logging.WARNING))
    handler.addFilter(is_wanted)
    logging.basicConfig(level=logging.DEBUG, handlers=[handler], force=True)


def one_line(message: str) -> str:
    """Write a message without what a terminal would act on, however long it is: pages and servers have a say in most of them."""
    indent = message[: len(message) - len(message.lstrip(" "))]
    return indent + plain(message, len(message))
