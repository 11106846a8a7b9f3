"""Selects the findings that need action now. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from reports.model import Finding, Report, Section
from store.vocabulary import State


def urgent_findings(report: Report) -> Sequence[Finding]:
    """Return what is new and can be fixed.

    These are links newly confirmed broken to which citations still point, and cited mirrors newly
    confirmed broken.
    """
    broken = [finding for finding in report.sections[Section.NEWLY_BROKEN] if not finding.covered]
    mirrors = [
        finding
        for finding in report.sections[Section.MIRROR_BROKEN]
        if finding.new and finding.link.tracked_state.state is State.BROKEN
    ]
    return [*broken, *mirrors]
