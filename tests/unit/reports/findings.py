"""Builds findings and reports by hand, for what is decided without a store."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any

from reports.mirrors import best_mirror, is_covered
from reports.queries import sections_of
from reports.records import Finding, Report, Section
from store.drifts import DriftFinding
from store.findings import CitedPlace, LinkFinding, MirrorFinding
from store.moves import FoundProposal
from store.reread_findings import ChangedPage, PerhapsMoved
from store.vocabulary import (
    DriftOutcome,
    EvidenceKind,
    MirrorOrigin,
    MoveEvidence,
    Proposal,
    Reason,
    Role,
    Standing,
    State,
)

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


def mirror(day: date | None, *, state: State = State.ALIVE, reason: Reason | None = Reason.OK, **changes: Any) -> MirrorFinding:
    values: dict[str, Any] = {
        "id": 1,
        "url": f"https://web.archive.org/web/{day:%Y%m%d}000000/http://x.example/a" if day else "https://archive.ph/XZn19",
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
    standing: Standing | None = None,
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
        standing=standing or Standing(role=role, state=state),
        citations=tuple(citations) or (place(),),
        mirrors=tuple(mirrors),
        **values | changes,
    )


def finding(subject: LinkFinding, *, new: bool = False) -> Finding:
    return Finding(link=subject, new=new, best_mirror=best_mirror(subject), covered=is_covered(subject))


def report(*findings: Finding, **changes: Any) -> Report:
    values: dict[str, Any] = {
        "wiki": "",
        "run": None,
        "compared_with": None,
        "generated_at": NOW,
        "zone": UTC,
        "totals": {role: {} for role in Role},
    }
    sections = {section: tuple(item for item in findings if section in sections_of(item)) for section in Section}
    return Report(sections=sections, findings=findings, **values | changes)


def perhaps_moved(text: str = "http://x.example/new", *, link_id: int = 1, url: str = "http://x.example/a") -> PerhapsMoved:
    """A broken link that something speaks for another address of."""
    evidence = (
        MoveEvidence(EvidenceKind.REDIRECT, text),
        MoveEvidence(EvidenceKind.TITLE, text),
        MoveEvidence(EvidenceKind.TITLE, "again"),
    )
    proposal = Proposal(url=text, confidence=0.876, similarity=0.5, evidence=evidence, compared_with=text)
    found = FoundProposal(link_id=link_id, proposal=proposal, found_at=NOW, confirmed_at=NOW)
    return PerhapsMoved(link_id=link_id, url=url, places=(("a.md", 3), (text, 4)), proposals=(found,))


def changed_page(text: str = "what was cited", *, link_id: int = 2, url: str = "http://y.example/") -> ChangedPage:
    """A living link that no longer says what was cited."""
    drift = DriftFinding(
        link_id=link_id,
        outcome=DriftOutcome.STRONG,
        kept=0.25,
        detail="",
        passages=(("-", text), ("+", "something else")),
        mirror="https://web.archive.org/web/2021/http://y.example/",
        captured_at=NOW,
        compared_at=NOW,
        since=NOW,
    )
    return ChangedPage(link_id=link_id, url=url, places=(("a.md", 5), (text, 6)), drift=drift)
