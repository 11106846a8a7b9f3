"""Compute the confidence of a proposed new address, and rank proposals.

The confidence combines the evidence for the address with the share of the lost page's text that
the page there contains. This module makes no requests.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Final

from crawler.moves.candidates import MoveCandidate
from crawler.page_text.similarity import TextSimilarity
from store.vocabulary import EvidenceKind, MoveEvidence, MoveProposal

# Estimates of how often an address is the right one if this is the only evidence for it.
_PRIOR: Final[Mapping[EvidenceKind, float]] = {
    EvidenceKind.REDIRECT: 0.6,
    EvidenceKind.CANONICAL: 0.5,
    EvidenceKind.URL_PATTERN: 0.5,
    EvidenceKind.MISSPELT: 0.5,
    EvidenceKind.AGREEING_PATTERNS: 0.7,
    EvidenceKind.TITLE: 0.4,
    EvidenceKind.SAME_NAME: 0.3,
}
_MAX_TEXT_WEIGHT: Final = 0.8  # the same text may be at several addresses
_REFUTED_BELOW: Final = 0.3  # with a smaller share it is another page about the same subject
_SAME_FROM: Final = 0.8  # from this share on it is the same text
# Without a comparison of texts, even the best evidence needs review by a person.
_MAX_UNCOMPARED: Final = 0.7
# Two independent rules were right for 98 of 100 pages of real sites (docs/moves.md), even where the
# new page was not requested. Here it was requested, and is served.
_AGREED: Final = 0.85
# The share of the old text that only one of two candidates has, above which they are rivals.
_RIVAL_SHARE: Final = 0.05


def estimate_confidence(
    evidence: Iterable[MoveEvidence], similarity: TextSimilarity | None
) -> float:
    """Return the confidence in a candidate, 0 to 1.

    Kinds of evidence are combined as if they were independent. A text that differs refutes them
    all.

    Args:
        evidence: The evidence for the candidate's address.
        similarity: How much of the lost page's text the candidate has; None if the two were not
            compared.

    Returns:
        The confidence, rounded to three digits; 0 if the candidate is refuted.

    >>> redirect, name = MoveEvidence(EvidenceKind.REDIRECT), MoveEvidence(EvidenceKind.SAME_NAME)
    >>> estimate_confidence([redirect], TextSimilarity(1.0, 300))
    0.92
    >>> estimate_confidence([redirect, name], TextSimilarity(0.1, 300))
    0.0
    >>> estimate_confidence([redirect, name], TextSimilarity(None, 4))
    0.7
    >>> estimate_confidence([redirect], None)
    0.6
    >>> estimate_confidence([MoveEvidence(EvidenceKind.AGREEING_PATTERNS)], None)
    0.85
    """
    doubt = 1.0
    kinds = {each.kind for each in evidence}
    for kind in kinds:
        doubt *= 1 - _PRIOR[kind]
    score = similarity.score if similarity else None
    if similarity is None and EvidenceKind.AGREEING_PATTERNS in kinds:
        return _AGREED
    if score is None:
        return round(min(1 - doubt, _MAX_UNCOMPARED), 3)
    if score < _REFUTED_BELOW:
        return 0.0
    text_weight = min(1.0, (score - _REFUTED_BELOW) / (_SAME_FROM - _REFUTED_BELOW))
    return round(1 - doubt * (1 - _MAX_TEXT_WEIGHT * text_weight), 3)


def make_proposal(
    candidate: MoveCandidate, url: str, similarity: TextSimilarity | None, baseline_url: str
) -> MoveProposal:
    """Return the proposal for a candidate.

    Args:
        candidate: The candidate and the evidence for it.
        url: The address at which its page is served.
        similarity: How much of the lost page's text it has; None if the two were not compared.
        baseline_url: The memento or page it was compared with.

    Returns:
        The proposal, with its confidence.
    """
    score = similarity.score if similarity else None
    return MoveProposal(
        url=url,
        confidence=estimate_confidence(candidate.evidence, similarity),
        similarity=None if score is None else round(score, 3),
        evidence=candidate.evidence,
        compared_with=baseline_url,
    )


def rank_proposals(
    compared: Iterable[tuple[MoveProposal, TextSimilarity | None]],
) -> Sequence[MoveProposal]:
    """Return proposals by descending confidence, without those that are refuted.

    The two pages with the most of the old text are compared. If the second one has a part of that
    text that the first one lacks, neither is clearly the new page: every proposal then gets
    `_MAX_UNCOMPARED` at most, and they are ordered by their share of the text. Otherwise none loses
    confidence, so two pages with the same text count as the same page.
    """
    found = [(proposal, similarity) for proposal, similarity in compared if proposal.confidence > 0]
    found.sort(key=_by_similarity)
    proposals = [proposal for proposal, _ in found]
    if len(found) > 1 and _are_rivals(found[0][1], found[1][1]):
        return [
            replace(proposal, confidence=min(proposal.confidence, _MAX_UNCOMPARED))
            for proposal in proposals
        ]
    return sorted(proposals, key=lambda proposal: -proposal.confidence)


def _by_similarity(
    compared: tuple[MoveProposal, TextSimilarity | None],
) -> tuple[float, float, int]:
    """Return the sort key of a proposal: similarity in tenths, confidence, then the shorter URL."""
    proposal, _ = compared
    return -round(proposal.similarity or 0, 1), -proposal.confidence, len(proposal.url)


def _are_rivals(best: TextSimilarity | None, other: TextSimilarity | None) -> bool:
    """Return whether the second best page has a part of the old text that the best one lacks."""
    if best is None or other is None or (other.score or 0) < _REFUTED_BELOW:
        return False
    return len(other.shared - best.shared) > _RIVAL_SHARE * best.compared_count
