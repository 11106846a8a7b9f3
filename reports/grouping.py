"""Findings put together: by the page that cites them, by their host, or by what is the matter with them. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from reports.phrases import why
from reports.records import Finding, GroupBy


def names_of(finding: Finding, by: GroupBy) -> Sequence[str]:
    """Name the groups a finding belongs to: each page that cites it, or its one host or reason (in words)."""
    match by:
        case GroupBy.PAGE:
            return list(dict.fromkeys(place.page for place in finding.link.citations))
        case GroupBy.HOST:
            return [finding.link.host]
        case GroupBy.REASON:
            return [why(finding.link.standing)]


def grouped(findings: Iterable[Finding], by: GroupBy) -> Mapping[str, Sequence[Finding]]:
    """Sort findings into groups: pages in the order of their paths, hosts and reasons with the most findings first."""
    members: dict[str, list[Finding]] = defaultdict(list)
    for finding in findings:
        for name in names_of(finding, by):
            members[name].append(finding)
    rank = {name: (0 if by is GroupBy.PAGE else -len(group), name) for name, group in members.items()}
    return {name: members[name] for name in sorted(members, key=rank.__getitem__)}
