"""Define the classes into which statistics count links.

Labels need them, and not the counting itself (`reports.findings.statistics`), which reads findings.
"""

from __future__ import annotations

from enum import StrEnum


class Availability(StrEnum):
    """The availability of a link to a reader."""

    AVAILABLE = "available"
    UNKNOWN = "unknown"  # blocked or unsure: a reader may still be able to open it
    FAILING = "suspect"  # not confirmed broken
    BROKEN = "broken"


class OverviewStatus(StrEnum):
    """The status of a link or cited archive copy in the overview chart. Each has exactly one."""

    TO_DO = "to-do"  # confirmed broken, and readers are sent there
    FAILING = "failing"  # not confirmed
    SETTLED = "settled"  # fails, and readers get a copy, or it is acknowledged
    WORKING = "working"
    UNKNOWN = "unknown"  # blocked, could not be checked, or not checked


class Coverage(StrEnum):
    """The degree to which a link is preserved."""

    CITED = "cited"  # every citation points to a usable mirror
    KNOWN = "known"  # a usable mirror is known
    UNCHECKED = "unchecked"  # no mirror was checked, or no archive answered yet
    NONE = "none"
