"""The result of a check."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class CheckStatus(StrEnum):
    """How a check ended."""

    OK = "ok"
    NOTE = "note"  # it works, but could be better
    PROBLEM = "problem"  # a run would fail, or not do what is wanted


@dataclass(frozen=True, slots=True)
class Check:
    """The result of one check.

    Attributes:
        status: How it ended.
        message: What was found, in one line.
        fix: What to do about it, in one line; empty if nothing.
    """

    status: CheckStatus
    message: str
    fix: str = ""
