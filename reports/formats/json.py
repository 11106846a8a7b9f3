"""JSON: one document with everything. The fields are the contract of `schemas/document-1.json`; its findings are the objects of JSON Lines."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any, ClassVar

from reports.descriptions import format_utc
from reports.formats.interface import Format
from reports.formats.json_text import to_json_line
from reports.formats.jsonl import changed_content_object, proposal_objects, finding_object
from reports.grouping import group_findings
from reports.model import Report, Section
from store.vocabulary import State
from store.work.runs import RunRecord

SCHEMA = 1


class Json(Format):
    """See the module. Every finding stands on a line of its own, so that two documents can be compared."""

    suffix: ClassVar[str] = ".json"

    def render(self, report: Report) -> Iterator[str]:
        yield (
            to_json_line(_head(report)).removesuffix("}\n") + ',"findings":['
        )  # first: sections are known once one has gone through all
        separator = "\n"
        for finding in report.findings:
            yield separator + to_json_line(finding_object(finding)).removesuffix("\n")
            separator = ",\n"
        yield "\n]," + to_json_line({**_groups(report), **_rest(report)}).removeprefix("{")


def _head(report: Report) -> dict[str, Any]:
    return {
        "schema": SCHEMA,
        "wiki": report.wiki,
        "generated_at": format_utc(report.generated_at),
        "run": _run(report.run),
        "compared_with": _run(report.compared_with),
        "totals": {
            role: {state: states[state] for state in State if state in states}
            for role, states in report.totals.items()
        },
    }


def _groups(report: Report) -> dict[str, Any]:
    if report.group_by is None:
        return {}
    groups = group_findings(report.findings, report.group_by)
    named = [
        {"name": name, "findings": [finding.link.url for finding in members]}
        for name, members in groups.items()
    ]
    return {"group_by": report.group_by, "groups": named}


def _rest(report: Report) -> dict[str, Any]:
    return {
        "sections": {
            section: [finding.link.url for finding in findings]
            for section, findings in report.sections.items()
        },
        "captures": [
            {
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
            for capture in report.captures
        ],
        "thin_cover": [asdict(cover) for cover in report.single_copies],
        "sightings": [
            {
                "url": seen.url,
                "service": seen.service,
                "seen": seen.observed_reason,
                "at": format_utc(seen.at),
                "state": seen.state,
            }
            for seen in report.archive_observations
        ],
        "perhaps_moved": [
            {"url": each.link.url, "proposals": proposal_objects(each)}
            for each in report.sections[Section.POSSIBLY_MOVED]
        ],
        "changed_pages": [
            {"url": each.link.url, **changed_content_object(each.drift)}
            for each in report.sections[Section.CONTENT_CHANGED]
            if each.drift
        ],
        "lookups": [
            {
                "url": lookup.url,
                "service": lookup.service,
                "outcome": lookup.outcome,
                "detail": lookup.detail,
                "asked_at": format_utc(lookup.requested_at),
                "next_lookup_at": format_utc(lookup.next_lookup_at),
            }
            for lookup in report.failed_lookups
        ],
        "internal_links": [asdict(link) for link in report.internal_links],
        "warnings": [asdict(warning) for warning in report.warnings],
    }


def _run(run: RunRecord | None) -> dict[str, Any] | None:
    if run is None:
        return None
    return {
        "id": run.id,
        "command": run.command,
        "started_at": format_utc(run.started_at),
        "finished_at": format_utc(run.finished_at),
        "outcome": run.outcome,
    }
