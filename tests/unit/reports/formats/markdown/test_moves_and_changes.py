"""Test the lines of the Markdown report about pages that possibly moved."""

from __future__ import annotations

from datetime import UTC, datetime

from reports.formats.markdown.moves_and_changes import proposal_lines
from reports.i18n import Lang, translator_for
from store.vocabulary import EvidenceKind, MoveEvidence, MoveProposal
from store.work.searches import StoredProposal
from tests.unit.reports.example_findings import finding, link

NOW = datetime(2026, 1, 2, tzinfo=UTC)


def test_the_evidence_of_a_move_is_translated() -> None:
    detail = "3 moves such as http://a.example/1 to http://a.example/new/1"
    proposal = MoveProposal(
        url="http://a.example/new/2",
        confidence=0.9,
        similarity=None,
        evidence=(MoveEvidence(EvidenceKind.URL_PATTERN, detail),),
    )
    stored = StoredProposal(link_id=1, proposal=proposal, found_at=NOW, confirmed_at=NOW)
    moved = finding(link(), proposals=(stored,))
    english, chinese = (
        "\n".join(proposal_lines(moved, translator_for(lang))) for lang in (Lang.EN, Lang.ZH)
    )
    assert "moves such as" in english
    assert "moves such as" not in chinese
    assert "http://a.example/new/1" in chinese
