"""JSON: one document with everything.

`schemas/document-2.json` specifies it. Its findings are the objects of JSON Lines.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, ClassVar

from msgspec.structs import asdict

from reports.findings.descriptions import format_utc
from reports.findings.grouping import group_findings
from reports.findings.outline import count_refusals
from reports.formats.interface import Format
from reports.formats.json_text import to_json_line
from reports.formats.jsonl import (
    changed_content_object,
    finding_object,
    proposal_objects,
    refusal_object,
)
from reports.leave_plan import LeaveProgress
from reports.model import Finding, Report, Section
from store.queries.archives import ArchiveObservation, CaptureFinding, FailedLookup, SingleCopy
from store.vocabulary import State
from store.work.runs import RunRecord

SCHEMA = 2


class Json(Format):
    """One JSON document. Each finding is on a line of its own, so that documents can be diffed."""

    suffix: ClassVar[str] = ".json"

    def render(self, report: Report) -> Iterator[str]:
        """Yield the document. Findings come first: reading them assigns their sections."""
        yield to_json_line(_head(report)).removesuffix("}\n") + ',"findings":['
        separator = "\n"
        for finding in report.findings:
            yield separator + to_json_line(finding_object(finding)).removesuffix("\n")
            separator = ",\n"
        rest = {**_groups(report), **_sections(report), **_archives(report), **_pages(report)}
        yield "\n]," + to_json_line(rest).removeprefix("{")


def _head(report: Report) -> dict[str, Any]:
    totals = {role: _in_order(states) for role, states in report.totals.items()}
    return {
        "schema": SCHEMA,
        "wiki": report.wiki,
        "generated_at": format_utc(report.generated_at),
        "run": _run_object(report.run),
        "compared_with": _run_object(report.compared_with),
        "totals": totals,
    }


def _in_order(states: Mapping[State, int]) -> dict[State, int]:
    """Return counts in the order of `State`, without states that do not occur."""
    return {state: states[state] for state in State if state in states}


def _run_object(run: RunRecord | None) -> dict[str, Any] | None:
    if run is None:
        return None
    return {
        "id": run.id,
        "command": run.command,
        "started_at": format_utc(run.started_at),
        "finished_at": format_utc(run.finished_at),
        "outcome": run.outcome,
    }


def _groups(report: Report) -> dict[str, Any]:
    if report.group_by is None:
        return {}
    groups = [
        {"name": name, "findings": _urls(members)}
        for name, members in group_findings(report.findings, report.group_by).items()
    ]
    return {"group_by": report.group_by, "groups": groups}


def _sections(report: Report) -> dict[str, Any]:
    sections = {section: _urls(findings) for section, findings in report.sections.items()}
    possibly_moved = [
        {"url": finding.link.url, "proposals": proposal_objects(finding)}
        for finding in report.sections[Section.POSSIBLY_MOVED]
    ]
    content_changed = [
        {"url": finding.link.url, **changed_content_object(finding.drift)}
        for finding in report.sections[Section.CONTENT_CHANGED]
        if finding.drift
    ]
    return {
        "sections": sections,
        "possibly_moved": possibly_moved,
        "content_changed": content_changed,
    }


def _urls(findings: Iterable[Finding]) -> list[str]:
    return [finding.link.url for finding in findings]


def _archives(report: Report) -> dict[str, Any]:
    return {
        "captures": list(map(_capture_object, report.captures)),
        "single_copies": list(map(_single_copy_object, report.single_copies)),
        "archive_observations": list(map(_observation_object, report.archive_observations)),
        "archives_refused": _refusals_object(report),
        "returned": list(map(asdict, report.returned)),
        "leaving": list(map(_leaving_object, report.leaving)),
        "failed_lookups": list(map(_lookup_object, report.failed_lookups)),
    }


def _refusals_object(report: Report) -> dict[str, Any]:
    """Return the pages that public archives may not copy, and how many of them have a copy."""
    refused = report.sections[Section.ARCHIVES_REFUSED]
    refusals = {finding.link.url: finding.refusal for finding in refused if finding.refusal}
    counts = count_refusals(refusals.values())
    return {
        "kept": counts.kept,
        "not_kept": counts.not_kept,
        "public_copies": counts.public_copies,
        "links": [{"url": url, **refusal_object(each)} for url, each in refusals.items()],
    }


def _pages(report: Report) -> dict[str, Any]:
    return {
        "internal_links": list(map(asdict, report.internal_links)),
        "warnings": list(map(asdict, report.warnings)),
    }


def _capture_object(capture: CaptureFinding) -> dict[str, Any]:
    return {
        "url": capture.url,
        "service": capture.service,
        "status": capture.status,
        "queued_at": format_utc(capture.queued_at),
        "finished_at": format_utc(capture.finished_at),
        "next_try_at": format_utc(capture.next_try_at),
        "code": capture.code,
        "detail": capture.detail,
        "mirror": capture.mirror,
    }


def _single_copy_object(copy: SingleCopy) -> dict[str, Any]:
    return {
        "url": copy.url,
        "mirror": copy.mirror,
        "service": copy.service,
        "less_trusted": copy.less_trusted,
    }


def _leaving_object(progress: LeaveProgress) -> dict[str, Any]:
    return {
        "service": progress.service,
        "to_leave": progress.to_leave,
        "ready": progress.ready,
        "captured": progress.captured,
        "without": progress.without_replacement,
        "kept": list(map(asdict, progress.kept)),
    }


def _observation_object(observation: ArchiveObservation) -> dict[str, Any]:
    return {
        "url": observation.url,
        "service": observation.service,
        "observed_reason": observation.observed_reason,
        "at": format_utc(observation.at),
        "state": observation.state,
    }


def _lookup_object(lookup: FailedLookup) -> dict[str, Any]:
    return {
        "url": lookup.url,
        "service": lookup.service,
        "outcome": lookup.outcome,
        "detail": lookup.detail,
        "requested_at": format_utc(lookup.requested_at),
        "next_lookup_at": format_utc(lookup.next_lookup_at),
    }
