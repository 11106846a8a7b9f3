"""Select the findings of the to-do list, and decide which action each needs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import chain

from reports.findings.sections import sections_of
from reports.model import Action, Finding, Report, Section
from reports.source_links import is_address
from store.vocabulary import State

# The sections of the to-do list. `MIRROR_BROKEN` also has copies that are not confirmed broken,
# which are not on the list.
TO_DO_SECTIONS = (Section.NEWLY_BROKEN, Section.BROKEN, Section.MIRROR_BROKEN)


def to_do_findings(report: Report) -> Sequence[Finding]:
    """Return the to-do list: the confirmed broken links that readers are still sent to.

    A finding stays on it until it is fixed, acknowledged or works again. Findings that
    `holdfast fix` can fix come first, then new ones, then those with the most citations.
    """
    candidates = chain.from_iterable(report.sections[section] for section in TO_DO_SECTIONS)
    return sorted(filter(is_confirmed, candidates), key=most_urgent_first)


def is_confirmed(finding: Finding) -> bool:
    """Return whether a finding is confirmed broken."""
    return finding.link.tracked_state.state is State.BROKEN


def unconfirmed_mirrors(report: Report) -> Sequence[Finding]:
    """Return the cited archive copies that fail and are not confirmed broken, in page order."""
    mirrors = report.sections[Section.MIRROR_BROKEN]
    return [finding for finding in mirrors if not is_confirmed(finding)]


def action_for(finding: Finding) -> Action:
    """Return the action that a finding on the to-do list needs.

    The fix plan decides, if one was made, which needs the pages' files. Without a plan, a finding
    counts as fixable if a replacement is known and a file cites it: `holdfast fix` cannot change
    pages that were read from a published site.
    """
    if finding.fix_plan is not None:
        return Action.FIX if finding.fix_plan.fixed else Action.PERSON
    in_file = any(not is_address(place.page) for place in finding.link.citations)
    has_replacement = finding.best_mirror is not None or finding.new_address is not None
    return Action.FIX if in_file and has_replacement else Action.PERSON


def is_to_do(finding: Finding) -> bool:
    """Return whether a finding is on the to-do list."""
    return is_confirmed(finding) and not set(sections_of(finding)).isdisjoint(TO_DO_SECTIONS)


def to_do_action(finding: Finding) -> Action | None:
    """Return the action that a finding needs, None if it is not on the to-do list."""
    return action_for(finding) if is_to_do(finding) else None


def by_action(findings: Iterable[Finding]) -> Mapping[Action, Sequence[Finding]]:
    """Group findings on the to-do list by the action that they need."""
    groups: dict[Action, list[Finding]] = {action: [] for action in Action}
    for finding in findings:
        groups[action_for(finding)].append(finding)
    return groups


def most_urgent_first(finding: Finding) -> tuple[bool, bool, int, str, int, int]:
    """Return the sort key of the to-do list."""
    first = finding.link.citations[0]
    return (
        action_for(finding) is Action.PERSON,
        not finding.new,
        -len(finding.link.citations),
        first.page,
        first.line,
        finding.link.id,
    )
