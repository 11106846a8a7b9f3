"""How far to trust a proposal: what spoke for the address, and how much of the old page's text stands there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Final

from crawler.moves.candidates import MoveCandidate
from crawler.page_text.similarity import TextSimilarity
from store.vocabulary import EvidenceKind, MoveEvidence, MoveProposal

# How often an address is the right one where nothing but this speaks for it.
_PRIOR: Final[Mapping[EvidenceKind, float]] = {
    EvidenceKind.REDIRECT: 0.6,
    EvidenceKind.CANONICAL: 0.5,
    EvidenceKind.REWRITE: 0.5,
    EvidenceKind.TITLE: 0.4,
    EvidenceKind.NAME: 0.3,
}
_MOST_BY_TEXT: Final = 0.8  # the same text may stand at several addresses
_UNLIKE: Final = 0.3  # of the text: less is another page about the same thing
_ALIKE: Final = 0.8
# Without a text that tells, the best of evidence is worth no more than a person's look.
_MOST_UNSEEN: Final = 0.7
_OF_ITS_OWN: Final = 0.05  # of the old text, on one of two candidates alone


def estimate_confidence(evidence: Iterable[MoveEvidence], likeness: TextSimilarity | None) -> float:
    """Weigh a candidate, 0 to 1. Kinds of evidence add up as if independent of each other; a text that differs refutes them all.

    `likeness` None: nothing could be held against the page.

    >>> redirect, name = MoveEvidence(EvidenceKind.REDIRECT), MoveEvidence(EvidenceKind.NAME)
    >>> confidence_of([redirect], Likeness(1.0, 300)), confidence_of([redirect, name], Likeness(0.1, 300))
    (0.92, 0.0)
    >>> confidence_of([redirect, name], Likeness(None, 4)), confidence_of([redirect], None)
    (0.7, 0.6)
    """
    doubt = 1.0
    for kind in {each.kind for each in evidence}:
        doubt *= 1 - _PRIOR[kind]
    share = likeness.share if likeness else None
    if share is None:
        return round(min(1 - doubt, _MOST_UNSEEN), 3)
    if share < _UNLIKE:
        return 0.0
    by_text = _MOST_BY_TEXT * min(1.0, (share - _UNLIKE) / (_ALIKE - _UNLIKE))
    return round(1 - doubt * (1 - by_text), 3)


def make_proposal(
    candidate: MoveCandidate, url: str, likeness: TextSimilarity | None, compared_with: str
) -> MoveProposal:
    """Make the proposal of a candidate that was found served at `url`."""
    share = likeness.share if likeness else None
    return MoveProposal(
        url=url,
        confidence=estimate_confidence(candidate.evidence, likeness),
        similarity=None if share is None else round(share, 3),
        evidence=candidate.evidence,
        compared_with=compared_with,
    )


def rank_proposals(weighed: Iterable[tuple[MoveProposal, TextSimilarity | None]]) -> Sequence[MoveProposal]:
    """Order proposals by confidence, leaving out those that are refuted.

    Where two pages have much of the old text, and each some that the other has not, neither is clearly it: they are trusted less. A page that
    has all that the other one has is not the worse for it, and two that have the same are the same page.
    """
    found = [(proposal, likeness) for proposal, likeness in weighed if proposal.confidence > 0]
    found.sort(
        key=lambda pair: (-round(pair[0].similarity or 0, 1), -pair[0].confidence, len(pair[0].url))
    )
    if len(found) > 1 and _rival(found[0][1], found[1][1]):
        return [
            replace(proposal, confidence=min(proposal.confidence, _MOST_UNSEEN))
            for proposal, _ in found
        ]
    return sorted((proposal for proposal, _ in found), key=lambda proposal: -proposal.confidence)


def _rival(best: TextSimilarity | None, other: TextSimilarity | None) -> bool:
    if best is None or other is None or (other.share or 0) < _UNLIKE:
        return False
    return len(other.shared - best.shared) > _OF_ITS_OWN * best.distinct
