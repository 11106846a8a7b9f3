"""Findings put together: by the page that cites them, by their host, or by what is the matter with them. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from reports.labels import reason_label
from reports.model import Finding, GroupBy
from store.vocabulary import State


def group_names(finding: Finding, by: GroupBy) -> Sequence[str]:
    """Name the groups a finding belongs to: each page that cites it, or its one host or reason (in words)."""
    match by:
        case GroupBy.PAGE:
            return list(dict.fromkeys(place.page for place in finding.link.citations))
        case GroupBy.HOST:
            return [finding.link.host]
        case GroupBy.REASON:
            return [reason_label(finding.link.tracked_state)]


def group_findings(findings: Iterable[Finding], by: GroupBy) -> Mapping[str, Sequence[Finding]]:
    """Sort findings into groups: pages in the order of their paths, hosts and reasons with the most failing links first."""
    members: dict[str, list[Finding]] = defaultdict(list)
    for finding in findings:
        for name in group_names(finding, by):
            members[name].append(finding)
    if by is GroupBy.PAGE:
        return dict(sorted(members.items()))
    return dict(
        sorted(
            members.items(),
            key=lambda group: (-sum(map(_fails, group[1])), -len(group[1]), group[0]),
        )
    )


def _fails(finding: Finding) -> bool:
    return finding.link.tracked_state.state in {State.SUSPECT, State.BROKEN}
