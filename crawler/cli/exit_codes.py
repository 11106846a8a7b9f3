"""Exit codes, and the error that ends a command with one line for the user."""

from __future__ import annotations

from enum import IntEnum


class ExitCode(IntEnum):
    """Exit codes of `holdfast`."""

    OK = 0  # no findings at or above the threshold
    FAILED = 1  # Holdfast failed
    FINDINGS = 2  # findings at or above the threshold
    USAGE = 3  # wrong usage or configuration
    STOPPED = 130  # stopped by a second Ctrl-C
    # The reader of the output ended early. It is the code that a shell shows for SIGPIPE.
    CLOSED_PIPE = 141


class CommandFailed(Exception):
    """An error that the user can fix. The message is one line: what is wrong, and what to do."""

    def __init__(self, message: str, code: ExitCode = ExitCode.USAGE) -> None:
        super().__init__(message)
        self.code = code
