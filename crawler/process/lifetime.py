"""Measure this process's running time, and end the process on time."""

from __future__ import annotations

import logging
import os
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Thread

# A larger difference means that the clocks disagree, not that the imports took so long.
_MAX_STARTUP_SECONDS = 300.0
_EXIT_SECONDS = 1.0
_STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM)


def seconds_since_boot() -> float:
    """Return the seconds since the machine was started, time in suspension included.

    The clock cannot be set. Systems without such a clock use a monotonic one, which may stand
    still during suspension.
    """
    boot = getattr(time, "CLOCK_BOOTTIME", None)
    return time.monotonic() if boot is None else time.clock_gettime(boot)


_IMPORTED_AT = seconds_since_boot()


def process_start_time() -> float:
    """Return the time when this process was started, on the clock of `seconds_since_boot`.

    Returns:
        The time that the Linux kernel recorded, to a hundredth of a second. On other systems, the
        time when this module was imported.
    """
    try:
        status = Path("/proc/self/stat").read_text(encoding="utf-8", errors="replace")
        ticks = int(status.rpartition(")")[2].split()[19])  # field 22, "starttime"; see proc(5)
        started = ticks / os.sysconf("SC_CLK_TCK")
    except (OSError, ValueError, IndexError):
        return _IMPORTED_AT
    is_plausible = 0 <= _IMPORTED_AT - started <= _MAX_STARTUP_SECONDS
    return started if is_plausible else _IMPORTED_AT


def raise_on_stop_signals() -> None:
    """Make Ctrl-C and SIGTERM raise KeyboardInterrupt from here on, so that cleanup runs.

    If Ctrl-C is ignored, it stays so: a shell starts background jobs in that way.
    """
    if signal.getsignal(signal.SIGINT) is not signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, signal.default_int_handler)


@contextmanager
def stop_signals_blocked() -> Iterator[None]:
    """Block Ctrl-C and SIGTERM in this thread, and in the processes that it starts meanwhile.

    A new process can set its own handlers first: see `leave_ctrl_c_to_parent`.
    """
    previous = signal.pthread_sigmask(signal.SIG_BLOCK, _STOP_SIGNALS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, previous)


def leave_ctrl_c_to_parent() -> None:
    """Ignore Ctrl-C, end on SIGTERM at once, and unblock both. Call it in a new process."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _STOP_SIGNALS)


def exit_soon(code: int) -> None:
    """End the process within a second, even if a thread is blocked in a system call.

    Python waits for its worker threads at exit, and a thread that resolves a name or waits for a
    file lock cannot be interrupted. The database rolls back their open transactions.

    From here on Ctrl-C and SIGTERM have no effect.

    Args:
        code: The exit code.
    """
    _ignore_stop_signals()
    _flush_streams()
    Thread(target=_wait_and_exit, args=(code,), name="exit", daemon=True).start()


def exit_at_once(code: int) -> None:
    """End the process that Ctrl-C stopped, without freeing Python's modules.

    Ctrl-C may have interrupted an import. Freeing a native module that is half initialised can
    take forever, and no thread runs any more that could end the process.

    Args:
        code: The exit code.
    """
    _ignore_stop_signals()
    logging.shutdown()
    _flush_streams()
    os._exit(code)


def _ignore_stop_signals() -> None:
    """Ignore Ctrl-C and SIGTERM from here on."""
    for number in _STOP_SIGNALS:
        signal.signal(number, signal.SIG_IGN)


def _flush_streams() -> None:
    """Write what standard output and standard error have buffered."""
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError):  # the stream is closed, or its reader is gone
            stream.flush()


def _wait_and_exit(code: int) -> None:
    """End the process with an exit code after `_EXIT_SECONDS`, without any cleanup."""
    time.sleep(_EXIT_SECONDS)
    os._exit(code)
