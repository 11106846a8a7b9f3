"""The threshold of findings from which a command exits with an error code."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from reports.model import Report


class FailOn(StrEnum):
    """The values of `--fail-on`. Each, except `never`, includes the ones before it.

    A link does not count if every citation leads to a working archive copy, or if it is
    acknowledged: nothing is left to do about it.
    """

    NEW_BROKEN = "new-broken"  # to do, and confirmed broken since the run before
    BROKEN = "broken"  # to do: confirmed broken, whenever that was
    ANY = "any"  # also failing links and archive copies, and broken internal links
    NEVER = "never"

    def exceeded(self, report: Report) -> bool:
        """Return whether a report has findings that count for this threshold.

        Links that moved, are blocked or could not be checked never count.
        """
        if self is FailOn.NEVER:
            return False
        if self is FailOn.ANY and report.internal_links:
            return True
        # Imported here: `--help` lists the values, and needs no database.
        from reports.findings.outline import outline_of  # noqa: PLC0415

        outline = outline_of(report)
        counts: Mapping[FailOn, int] = {
            FailOn.NEW_BROKEN: outline.new_to_do,
            FailOn.BROKEN: outline.to_do,
            FailOn.ANY: outline.to_do + outline.failing,
        }
        return counts[self] > 0
