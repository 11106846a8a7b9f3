"""JSON Lines: one object a link. The fields are the contract of `schemas/report-1.json`; a change that breaks readers takes a new number."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any, ClassVar

from reports.descriptions import format_utc
from reports.formats.interface import Format
from reports.formats.json_text import to_json_line
from reports.mirror_choice import first_access_date, distance_days, shown_capture
from reports.model import Finding, Report
from store.queries.links import MirrorFinding
from store.work.comparisons import DriftFinding

SCHEMA = 1


class JsonLines(Format):
    """See the module."""

    suffix: ClassVar[str] = ".jsonl"

    def render(self, report: Report) -> Iterator[str]:
        run = report.run.id if report.run else None
        for finding in report.findings:
            yield to_json_line(
                {"schema": SCHEMA, "run": run, "wiki": report.wiki, **finding_object(finding)}
            )


def proposal_objects(finding: Finding) -> list[dict[str, Any]]:
    """Write the addresses proposed for a link, the most trusted first."""
    return [
        {
            "url": found.proposal.url,
            "confidence": found.proposal.confidence,
            "similarity": found.proposal.similarity,
            "evidence": [
                {"kind": each.kind, "detail": each.detail} for each in found.proposal.evidence
            ],
            "compared_with": found.proposal.compared_with,
            "found_at": format_utc(found.found_at),
        }
        for found in finding.proposals
    ]


def changed_content_object(drift: DriftFinding) -> dict[str, Any]:
    """Write how a page compares with the copy of what was cited."""
    return {
        "mirror": drift.mirror,
        "kept": drift.remaining_share,
        "since": format_utc(drift.since),
        "compared_at": format_utc(drift.compared_at),
        "passages": [{"sign": sign, "text": text} for sign, text in drift.passages],
    }


def finding_object(finding: Finding) -> dict[str, Any]:
    """Write a finding as a JSON object, without what is the same for the whole report."""
    link, standing = finding.link, finding.link.tracked_state
    accessed = first_access_date(link.citations)
    return {
        "url": link.url,
        "role": link.role,
        "original": link.original,
        "host": link.host,
        "state": standing.state,
        "verdict": standing.verdict,
        "reason": standing.reason,
        "detail": standing.detail,
        "status_code": link.status_code,
        "final_url": link.final_url,
        "redirects": link.redirects,
        "checked_at": format_utc(standing.checked_at),
        "state_since": format_utc(standing.state_since),
        "first_failed_at": format_utc(standing.first_failed_at),
        "last_alive_at": format_utc(standing.last_alive_at),
        "next_probe_at": format_utc(standing.next_probe_at),
        "consecutive_failures": standing.consecutive_failures,
        "new": finding.new,
        "citations": [
            {
                "page": place.page,
                "line": place.line,
                "column": place.column,
                "url": place.url,
                "text": place.text,
                "accessed": place.accessed.isoformat() if place.accessed else None,
            }
            for place in link.citations
        ],
        "mirrors": [_mirror(mirror, accessed) for mirror in link.mirrors],
        "best_mirror": finding.best_mirror.url if finding.best_mirror else None,
        **({"perhaps_moved": proposal_objects(finding)} if finding.proposals else {}),
        **(
            {"no_longer_what_was_cited": changed_content_object(finding.drift)}
            if finding.drift
            else {}
        ),
    }


def _mirror(mirror: MirrorFinding, accessed: date | None) -> dict[str, Any]:
    return {
        "url": mirror.url,
        "service": mirror.service,
        "timestamp": mirror.timestamp,
        "captured_at": format_utc(mirror.captured_at),
        "distance_days": distance_days(mirror, accessed),
        "origin": mirror.origin,
        "verdict": mirror.verdict,
        "reason": mirror.reason,
        "verified_at": format_utc(mirror.last_alive_at),
        "drift": shown_capture(mirror),
    }
