"""What a person should do today. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from reports.model import Finding, Report, Section
from store.vocabulary import State


def urgent_findings(report: Report) -> Sequence[Finding]:
    """Choose what is news and can be acted on: links confirmed broken that readers are still sent to, cited mirrors confirmed bad."""
    broken, mirrors = (
        report.sections[Section.NEWLY_BROKEN],
        report.sections[Section.MIRROR_BROKEN],
    )
    confirmed = (
        finding
        for finding in mirrors
        if finding.new and finding.link.tracked_state.state is State.BROKEN
    )
    return [*(finding for finding in broken if not finding.covered), *confirmed]
