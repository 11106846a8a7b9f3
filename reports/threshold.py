"""The threshold of findings from which a command exits with an error code."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from reports.model import Report, Section
from reports.outline import count_sections


class FailOn(StrEnum):
    """The values of `--fail-on`. Each but `never` includes the ones before it."""

    NEW_BROKEN = "new-broken"  # a link was confirmed broken since the run before
    BROKEN = "broken"  # a link is confirmed broken, whenever that was
    ANY = "any"  # also suspects, broken archive copies and broken internal links
    NEVER = "never"

    def exceeded(self, report: Report) -> bool:
        """Return whether a report has findings that count for this threshold.

        Links that moved, are blocked or could not be checked never count.
        """
        if self is FailOn.ANY and report.internal_links:
            return True
        counts = count_sections(report)
        return any(counts[section] for section in _COUNTED[self])


_COUNTED: Mapping[FailOn, tuple[Section, ...]] = {
    FailOn.NEVER: (),
    FailOn.NEW_BROKEN: (Section.NEWLY_BROKEN,),
    FailOn.BROKEN: (Section.NEWLY_BROKEN, Section.BROKEN),
    FailOn.ANY: (Section.NEWLY_BROKEN, Section.BROKEN, Section.SUSPECT, Section.MIRROR_BROKEN),
}
