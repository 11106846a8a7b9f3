"""JSON Lines: one object per link.

`schemas/report-2.json` specifies it. A change that breaks readers needs the next schema number.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any, ClassVar

from reports.blocked_evidence import seen_by_others, site_listing
from reports.findings.descriptions import format_utc
from reports.findings.todo import to_do_action
from reports.formats.interface import Format
from reports.formats.json_text import to_json_line
from reports.mirror_choice import (
    distance_days,
    first_access_date,
    shown_capture,
)
from reports.model import Finding, Report
from store.queries.link_records import CitedPlace, MirrorFinding
from store.vocabulary import ArchiveRefusal
from store.work.comparisons import DriftFinding
from store.work.searches import StoredProposal

SCHEMA = 2


class JsonLines(Format):
    """One JSON object per link and line."""

    suffix: ClassVar[str] = ".jsonl"

    def render(self, report: Report) -> Iterator[str]:
        """Yield one line per link."""
        run = report.run.id if report.run else None
        head = {"schema": SCHEMA, "run": run, "wiki": report.wiki}
        for finding in report.findings:
            yield to_json_line({**head, **finding_object(finding)})


def finding_object(finding: Finding) -> dict[str, Any]:
    """Return a finding as a JSON object, without the fields of the whole report."""
    link, tracked = finding.link, finding.link.tracked_state
    accessed = first_access_date(link.citations)
    fields: dict[str, Any] = {
        "url": link.url,
        "role": link.role,
        "original": link.original,
        "host": link.host,
        "state": tracked.state,
        "verdict": tracked.verdict,
        "reason": tracked.reason,
        "detail": tracked.detail,
        "status_code": link.status_code,
        "final_url": link.final_url,
        "redirects": link.redirects,
        "checked_at": format_utc(tracked.checked_at),
        "state_since": format_utc(tracked.state_since),
        "first_failed_at": format_utc(tracked.first_failed_at),
        "last_alive_at": format_utc(tracked.last_alive_at),
        "next_probe_at": format_utc(tracked.next_probe_at),
        "consecutive_failures": tracked.consecutive_failures,
        "new": finding.new,
        "citations": [_citation_object(place) for place in link.citations],
        "mirrors": [_mirror_object(mirror, accessed) for mirror in link.mirrors],
        "best_mirror": finding.replacement_url,
        "covered": finding.covered,
        "action": to_do_action(finding),
    }
    return fields | _optional_fields(finding)


def _optional_fields(finding: Finding) -> dict[str, Any]:
    """Return the fields that only some findings have."""
    fields: dict[str, Any] = {}
    if finding.fix_plan and finding.fix_plan.unfixed:
        fields["not_fixed"] = [
            {"page": place.page, "line": place.line, "reason": place.reason}
            for place in finding.fix_plan.unfixed
        ]
    if finding.acknowledgement:
        until = finding.acknowledgement.until
        fields["acknowledged"] = {
            "until": until.isoformat() if until else None,
            "note": finding.acknowledgement.note,
        }
    if finding.proposals:
        fields["possibly_moved"] = proposal_objects(finding)
    if seen := seen_by_others(finding.link):
        fields["seen_by_others"] = {
            "word": seen.code,
            "at": format_utc(seen.at),
            "service": seen.service,
        }
    if finding.refusal:
        fields["archives_refused"] = refusal_object(finding.refusal)
    if listing := site_listing(finding.link):
        fields["site_listing"] = {
            "word": listing.code,
            "at": format_utc(listing.at),
            "source": listing.source,
        }
    if finding.drift:
        fields["content_changed"] = changed_content_object(finding.drift)
    return fields


def refusal_object(refusal: ArchiveRefusal) -> dict[str, Any]:
    """Return why public archives may not copy a page, and which copies there are."""
    return {
        "kind": refusal.kind,
        "detail": refusal.detail,
        "kept": refusal.kept,
        "public_copy": refusal.public_copy,
    }


def proposal_objects(finding: Finding) -> list[dict[str, Any]]:
    """Return the addresses to which a link possibly moved, the most trusted first."""
    return [_proposal_object(found) for found in finding.proposals]


def changed_content_object(drift: DriftFinding) -> dict[str, Any]:
    """Return how a page differs from the archive copy of the cited text."""
    return {
        "mirror": drift.mirror,
        "remaining_share": drift.remaining_share,
        "since": format_utc(drift.since),
        "compared_at": format_utc(drift.compared_at),
        "passages": [{"sign": sign, "text": text} for sign, text in drift.passages],
    }


def _proposal_object(found: StoredProposal) -> dict[str, Any]:
    proposal = found.proposal
    return {
        "url": proposal.url,
        "confidence": proposal.confidence,
        "similarity": proposal.similarity,
        "evidence": [{"kind": each.kind, "detail": each.detail} for each in proposal.evidence],
        "compared_with": proposal.compared_with,
        "found_at": format_utc(found.found_at),
    }


def _citation_object(place: CitedPlace) -> dict[str, Any]:
    return {
        "page": place.page,
        "line": place.line,
        "column": place.column,
        "url": place.url,
        "text": place.text,
        "accessed": place.accessed.isoformat() if place.accessed else None,
    }


def _mirror_object(mirror: MirrorFinding, accessed: date | None) -> dict[str, Any]:
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
        "shown_capture": shown_capture(mirror),
        "spelling": mirror.spelling,
        "parts": _parts_object(mirror),
    }


def _parts_object(mirror: MirrorFinding) -> dict[str, Any] | None:
    if mirror.parts_checked is None:
        return None
    return {
        "checked": mirror.parts_checked,
        "missing": mirror.parts_missing,
        "checked_at": format_utc(mirror.parts_checked_at),
    }
