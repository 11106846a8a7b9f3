"""When a run has found so much that its exit code should say so."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from reports.model import Report, Section
from reports.outline import count_sections


class FailOn(StrEnum):
    """The values of `--fail-on`: each counts what the one before it counts, and more; `never` counts nothing."""

    NEW_BROKEN = "new-broken"  # a link was confirmed broken since the run before
    BROKEN = "broken"  # a link is confirmed broken, whenever that was
    ANY = "any"  # anything a reader may stumble over: suspects, mirrors gone bad and broken internal links too
    NEVER = "never"

    def exceeded(self, report: Report) -> bool:
        """Tell whether the report is above this threshold. Links that moved or are blocked, and what could not be asked, never are."""
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
