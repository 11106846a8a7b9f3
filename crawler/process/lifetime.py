"""This process: how long it has been running, and that it ends when it wants to."""

from __future__ import annotations

import os
import sys
import time
from contextlib import suppress
from pathlib import Path
from threading import Thread

_LONGEST_START_SECONDS = 300.0  # what says more is a clock that somebody moved
_EXIT_SECONDS = 1.0


def seconds_since_boot() -> float:
    """Tell seconds by a clock that nobody sets and that goes on while the machine is suspended, where there is one."""
    boot = getattr(time, "CLOCK_BOOTTIME", None)
    return time.monotonic() if boot is None else time.clock_gettime(boot)


_IMPORTED = seconds_since_boot()


def process_started() -> float:
    """Tell when this process was started, by `seconds_since_boot`.

    Returns:
        The kernel's word, to a hundredth of a second; where there is none (no Linux), the moment
        at which this module was imported.
    """
    try:
        status = Path("/proc/self/stat").read_text(encoding="utf-8", errors="replace")
        ticks = int(status.rpartition(")")[2].split()[19])  # field 22, "starttime"; see proc(5)
        started = ticks / os.sysconf("SC_CLK_TCK")
    except (OSError, ValueError, IndexError):
        return _IMPORTED
    return started if 0 <= _IMPORTED - started <= _LONGEST_START_SECONDS else _IMPORTED


def exit_soon(code: int) -> None:
    """Make sure that the process ends in a second, even if a thread is stuck in the system.

    Python waits for its worker threads, which cannot be interrupted while they look a name up or
    wait for a file's lock. What they would still do is undone by the database.
    """
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError):  # closed, or read by nobody any more
            stream.flush()
    Thread(target=_exit, args=(code,), name="exit", daemon=True).start()


def _exit(code: int) -> None:
    time.sleep(_EXIT_SECONDS)
    os._exit(code)
