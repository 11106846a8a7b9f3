"""Build findings and reports without a store."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any

from reports.findings.sections import sections_of
from reports.mirror_choice import best_mirror, is_covered
from reports.model import Finding, Report, Section
from store.queries.link_records import CitedPlace, LinkFinding, MirrorFinding
from store.vocabulary import (
    DriftOutcome,
    EvidenceKind,
    MirrorOrigin,
    MoveEvidence,
    MoveProposal,
    Reason,
    Role,
    State,
    TrackedState,
)
from store.work.comparisons import DriftFinding
from store.work.searches import StoredProposal

NOW = datetime(2026, 3, 9, 3, 0, tzinfo=UTC)


def place(**changes: Any) -> CitedPlace:
    values: dict[str, Any] = {
        "page": "notes/a.md",
        "line": 12,
        "column": 3,
        "url": "http://x.example/a",
        "text": "链接",
        "accessed": None,
        "dated": None,
        "mirror_id": None,
        "block": 0,
        "footnote": None,
        "notes": (),
    }
    return CitedPlace(**values | changes)


def mirror(
    day: date | None,
    *,
    state: State = State.ALIVE,
    reason: Reason | None = Reason.OK,
    **changes: Any,
) -> MirrorFinding:
    values: dict[str, Any] = {
        "id": 1,
        "url": f"https://web.archive.org/web/{day:%Y%m%d}000000/http://x.example/a"
        if day
        else "https://archive.ph/XZn19",
        "service": "wayback" if day else "archive.today",
        "timestamp": f"{day:%Y%m%d}000000" if day else "",
        "captured_at": datetime(day.year, day.month, day.day, tzinfo=UTC) if day else None,
        "origin": MirrorOrigin.CITED,
        "status_at_capture": None,
        "verdict": None,
        "detail": "",
        "note": "",
        "last_alive_at": None,
        "warnings": (),
    }
    return MirrorFinding(state=state, reason=reason, **values | changes)


def link(
    state: State = State.ALIVE,
    *,
    role: Role = Role.LINK,
    tracked_state: TrackedState | None = None,
    citations: Sequence[CitedPlace] = (),
    mirrors: Sequence[MirrorFinding] = (),
    **changes: Any,
) -> LinkFinding:
    values: dict[str, Any] = {
        "id": 1,
        "url": "http://x.example/a",
        "host": "x.example",
        "original": None,
        "previous_state": None,
        "changed_run_id": 1,
        "status_code": 200,
        "final_url": None,
        "redirects": 0,
        "warnings": (),
    }
    return LinkFinding(
        role=role,
        tracked_state=tracked_state or TrackedState(role=role, state=state),
        citations=tuple(citations) or (place(),),
        mirrors=tuple(mirrors),
        **values | changes,
    )


def finding(subject: LinkFinding, *, new: bool = False, **details: Any) -> Finding:
    return Finding(
        link=subject,
        new=new,
        best_mirror=best_mirror(subject),
        covered=is_covered(subject),
        **details,
    )


def report(*findings: Finding, **changes: Any) -> Report:
    values: dict[str, Any] = {
        "wiki": "",
        "run": None,
        "compared_with": None,
        "generated_at": NOW,
        "totals": {role: {} for role in Role},
    }
    sections = {
        section: tuple(item for item in findings if section in sections_of(item))
        for section in Section
    }
    return Report(sections=sections, findings=findings, **values | changes)


def proposal(
    text: str = "http://x.example/new", *, confidence: float = 0.876, found_at: datetime = NOW
) -> StoredProposal:
    """Return a proposal of a new address for a broken link, with evidence."""
    evidence = (
        MoveEvidence(EvidenceKind.REDIRECT, text),
        MoveEvidence(EvidenceKind.TITLE, text),
        MoveEvidence(EvidenceKind.TITLE, "again"),
    )
    proposed = MoveProposal(
        url=text, confidence=confidence, similarity=0.5, evidence=evidence, compared_with=text
    )
    return StoredProposal(link_id=1, proposal=proposed, found_at=found_at, confirmed_at=found_at)


def drift(text: str = "what was cited", *, since: datetime = NOW) -> DriftFinding:
    """Return a comparison of a living page with what was cited."""
    return DriftFinding(
        link_id=1,
        outcome=DriftOutcome.CHANGED,
        remaining_share=0.25,
        detail="",
        passages=(("-", text), ("+", "something else")),
        mirror="https://web.archive.org/web/2021/http://y.example/",
        captured_at=NOW,
        compared_at=NOW,
        since=since,
    )
