"""Exit codes, and errors as one line."""

from __future__ import annotations

from enum import IntEnum


class ExitCode(IntEnum):
    """What the command tells the shell."""

    OK = 0  # nothing above the threshold
    FAILED = 1  # Holdfast itself failed
    FINDINGS = 2  # links above the threshold
    USAGE = 3  # usage or configuration
    STOPPED = 130  # by a second Ctrl-C


class CommandFailed(Exception):
    """Something a person must mend; the message is one line."""

    def __init__(self, message: str, code: ExitCode = ExitCode.USAGE) -> None:
        super().__init__(message)
        self.code = code
