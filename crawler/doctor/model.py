"""Define the result of a check of the setup."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class CheckStatus(StrEnum):
    """The status of a check."""

    OK = "ok"
    NOTE = "note"  # runs work, but an improvement is possible
    PROBLEM = "problem"  # a run would fail, or not do what is configured


@dataclass(frozen=True, slots=True)
class CheckResult:
    """The result of one check.

    Attributes:
        status: Whether a problem was found.
        message: What was found, in one line.
        fix: How to fix it, in one line; empty if there is nothing to fix.
    """

    status: CheckStatus
    message: str
    fix: str = ""
