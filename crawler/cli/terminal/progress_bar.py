"""The progress of a step as a bar on a terminal."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn

from crawler.cli.terminal.progress import Advance, ProgressState
from reports.wording.sanitize import plain

_TEXT_INTERVAL_SECONDS = 0.5  # between changes of the text beside a bar
_DRAW_INTERVAL_SECONDS = 0.1  # between redraws of a bar
# Widths are in terminal columns.
_LABEL_LENGTH = 40
_SHORT_LABEL_LENGTH = 15
_BAR_WIDTH = 20
_WIDE = 160  # on narrower terminals, hosts and long labels would push out the numbers


@contextmanager
def progress_bar(console: Console, description: str, state: ProgressState) -> Iterator[Advance]:
    """Show a bar while the block runs.

    Args:
        console: Where to draw it.
        description: What is being done.
        state: Counts the steps.

    Yields:
        A function that the block calls once for each step.
    """
    columns = (
        TextColumn("{task.description}"),
        BarColumn(bar_width=_BAR_WIDTH),
        TextColumn("{task.fields[state]}", markup=False),
        TextColumn("{task.fields[label]}", markup=False, style="dim"),
    )
    # No refresh thread: process pools cannot be forked beside threads (crawler.scan.process_pool).
    with Progress(*columns, console=console, transient=True, auto_refresh=False) as bars:
        task = bars.add_task(description, total=state.total, state="", label="")
        yield _ProgressBar(bars, task, state)


class _ProgressBar:
    """Draws the bar at each step, but not more often than a reader can see."""

    def __init__(self, bars: Progress, task: TaskID, state: ProgressState) -> None:
        self._bars, self._task, self._state = bars, task, state
        self._described_at = self._drawn_at = float("-inf")

    def __call__(self, label: str = "", *, kind: str = "", host: str = "") -> None:
        self._state.step(kind, host)
        is_wide = self._bars.console.width >= _WIDE
        length = _LABEL_LENGTH if is_wide else _SHORT_LABEL_LENGTH
        self._bars.update(self._task, advance=1, label=plain(label, length))
        if monotonic() - self._described_at > _TEXT_INTERVAL_SECONDS:
            self._described_at = monotonic()
            state = self._state.describe(with_hosts=is_wide)
            self._bars.update(self._task, state=plain(state))
        if monotonic() - self._drawn_at > _DRAW_INTERVAL_SECONDS:
            self._drawn_at = monotonic()
            self._bars.refresh()
