"""Group findings by citing page, by host or by reason."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from reports.model import Finding, GroupBy
from reports.wording.labels import reason_label
from store.vocabulary import FAILING_STATES


def group_names(finding: Finding, by: GroupBy) -> Sequence[str]:
    """Return the groups of a finding: every page that cites it, or its host or reason label."""
    match by:
        case GroupBy.PAGE:
            return list(dict.fromkeys(place.page for place in finding.link.citations))
        case GroupBy.HOST:
            return [finding.link.host]
        case GroupBy.REASON:
            return [reason_label(finding.link.tracked_state)]


def group_findings(findings: Iterable[Finding], by: GroupBy) -> Mapping[str, Sequence[Finding]]:
    """Return findings by group.

    Pages are in the order of their paths, hosts and reasons by the number of failing links.
    """
    members: dict[str, list[Finding]] = defaultdict(list)
    for finding in findings:
        for name in group_names(finding, by):
            members[name].append(finding)
    if by is GroupBy.PAGE:
        return dict(sorted(members.items()))

    def most_failing_first(group: tuple[str, Sequence[Finding]]) -> tuple[int, int, str]:
        name, findings = group
        failing = sum(_is_failing(finding) for finding in findings)
        return -failing, -len(findings), name

    return dict(sorted(members.items(), key=most_failing_first))


def _is_failing(finding: Finding) -> bool:
    return finding.link.tracked_state.state in FAILING_STATES
