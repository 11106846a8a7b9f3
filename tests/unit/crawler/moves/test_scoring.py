"""Test the confidence of proposals; a text that differs refutes them."""

from __future__ import annotations

import itertools

import pytest

from crawler.moves.candidates import MoveCandidate
from crawler.moves.scoring import estimate_confidence, make_proposal, rank_proposals
from crawler.page_text.similarity import Shingles, TextSimilarity
from store.vocabulary import EvidenceKind, MoveEvidence, MoveProposal

MIN_CONFIDENCE = 0.8  # the default of `fix`
ALL_KINDS = [
    tuple(some) for size in range(1, 6) for some in itertools.combinations(EvidenceKind, size)
]


def evidence_of(*kinds: EvidenceKind) -> list[MoveEvidence]:
    return [MoveEvidence(kind) for kind in kinds]


@pytest.mark.parametrize("kinds", ALL_KINDS)
def test_the_text_outweighs_all_other_evidence(kinds: tuple[EvidenceKind, ...]) -> None:
    evidence = evidence_of(*kinds)
    assert estimate_confidence(evidence, TextSimilarity(0.2, 300)) == 0.0
    assert estimate_confidence(evidence, TextSimilarity(None, 3)) < MIN_CONFIDENCE
    is_proposed = estimate_confidence(evidence, None) >= MIN_CONFIDENCE
    assert is_proposed == (EvidenceKind.AGREEING_PATTERNS in kinds)
    assert estimate_confidence(evidence, TextSimilarity(0.9, 300)) >= MIN_CONFIDENCE


def test_more_text_and_more_kinds_of_evidence_are_trusted_more() -> None:
    by_text = [
        estimate_confidence(evidence_of(EvidenceKind.SAME_NAME), TextSimilarity(share / 10, 300))
        for share in range(3, 11)
    ]
    assert by_text == sorted(by_text)
    redirect, name = EvidenceKind.REDIRECT, EvidenceKind.SAME_NAME
    assert estimate_confidence(
        evidence_of(redirect, name), TextSimilarity(0.6, 300)
    ) > estimate_confidence(evidence_of(redirect), TextSimilarity(0.6, 300))
    assert estimate_confidence(
        evidence_of(name, name), TextSimilarity(0.6, 300)
    ) == estimate_confidence(evidence_of(name), TextSimilarity(0.6, 300))


def compared(
    url: str, found: Shingles, own: int = 100, *kinds: EvidenceKind
) -> tuple[MoveProposal, TextSimilarity]:
    similarity = TextSimilarity(len(found) / own, own, found)
    return make_proposal(
        MoveCandidate(url, tuple(evidence_of(*(kinds or (EvidenceKind.SAME_NAME,))))),
        url,
        similarity,
        "https://web.archive.org/web/x",
    ), similarity


def shingles_between(first: int, last: int) -> Shingles:
    return frozenset(map(str, range(first, last)))


def test_of_two_pages_with_different_parts_of_the_text_none_is_trusted() -> None:
    found = rank_proposals(
        [
            compared("http://a.example/1", shingles_between(0, 85)),
            compared("http://a.example/2", shingles_between(15, 98)),
        ]
    )
    assert len(found) == 2
    assert max(proposal.confidence for proposal in found) < MIN_CONFIDENCE


def test_a_page_that_contains_the_text_of_the_other_is_trusted() -> None:
    found = rank_proposals(
        [
            compared("http://a.example/print", shingles_between(0, 90)),
            compared("http://a.example/page", shingles_between(0, 98), 100, EvidenceKind.REDIRECT),
        ]
    )
    assert found[0].url == "http://a.example/page"
    assert found[0].confidence >= MIN_CONFIDENCE


def test_refuted_candidates_are_not_proposed() -> None:
    assert rank_proposals([compared("http://a.example/1", shingles_between(0, 10))]) == []


@pytest.mark.parametrize(
    ("kinds", "share", "confidence"),
    [
        # without a comparable text, or with the least share: only the evidence for the address counts
        *((kinds, share, worth) for share in (None, 0.3) for kinds, worth in (
            ((EvidenceKind.REDIRECT,), 0.6),
            ((EvidenceKind.CANONICAL,), 0.5),
            ((EvidenceKind.URL_PATTERN,), 0.5),
            ((EvidenceKind.MISSPELT,), 0.5),
            ((EvidenceKind.AGREEING_PATTERNS,), 0.7),
            ((EvidenceKind.TITLE,), 0.4),
            ((EvidenceKind.SAME_NAME,), 0.3),
            ((EvidenceKind.TITLE, EvidenceKind.SAME_NAME), 0.58),
        )),
        ((EvidenceKind.REDIRECT, EvidenceKind.CANONICAL), None, 0.7),  # 0.8, limited without a comparison of texts
        ((EvidenceKind.REDIRECT, EvidenceKind.CANONICAL), 0.3, 0.8),
        ((EvidenceKind.REDIRECT,), 0.29, 0.0),
        ((EvidenceKind.REDIRECT,), 0.55, 0.76),
        ((EvidenceKind.TITLE, EvidenceKind.SAME_NAME), 0.45, 0.681),
        ((EvidenceKind.REDIRECT,), 0.8, 0.92),
        ((EvidenceKind.REDIRECT,), 1.0, 0.92),
        ((), None, 0.0),
    ],
)  # fmt: skip
def test_confidence_by_evidence_and_text(
    kinds: tuple[EvidenceKind, ...], share: float | None, confidence: float
) -> None:
    assert estimate_confidence(evidence_of(*kinds), TextSimilarity(share, 300)) == confidence


def test_a_proposal_has_the_url_of_its_baseline() -> None:
    candidate = MoveCandidate("http://a.example/named", tuple(evidence_of(EvidenceKind.SAME_NAME)))
    proposal = make_proposal(
        candidate, "http://a.example/served", TextSimilarity(0.98765, 300), "http://mirror.example/"
    )
    assert (proposal.url, proposal.similarity, proposal.confidence) == (
        "http://a.example/served",
        0.988,
        0.86,
    )
    assert (proposal.evidence, proposal.compared_with) == (
        candidate.evidence,
        "http://mirror.example/",
    )
    assert make_proposal(candidate, candidate.url, None, "").similarity is None
    assert make_proposal(candidate, candidate.url, TextSimilarity(None, 3), "").similarity is None


@pytest.mark.parametrize(("unshared", "rivals"), [(5, False), (6, True)])
def test_a_rival_has_over_a_twentieth_of_the_text_that_the_best_page_lacks(
    unshared: int, *, rivals: bool
) -> None:
    best, other = (
        compared("http://a.example/1", shingles_between(0, 90)),
        compared(
            "http://a.example/2", shingles_between(0, 70) | shingles_between(90, 90 + unshared)
        ),
    )
    assert (rank_proposals([other, best])[0].confidence == 0.7) is rivals


def test_proposals_are_sorted_by_confidence() -> None:
    weak, strong = (
        compared("http://a.example/1", shingles_between(0, 50)),
        compared("http://a.example/2", shingles_between(0, 90)),
    )
    named = make_proposal(
        MoveCandidate("http://a.example/3", tuple(evidence_of(EvidenceKind.SAME_NAME))),
        "http://a.example/3",
        None,
        "",
    )
    assert [proposal.url[-1] for proposal in rank_proposals([weak, (named, None), strong])] == [
        "2",
        "1",
        "3",
    ]
    assert [proposal.url[-1] for proposal in rank_proposals([(named, None), (named, None)])] == [
        "3",
        "3",
    ]
    assert rank_proposals([strong]) == [strong[0]]
    assert rank_proposals([(named, None), strong]) == [
        strong[0],
        named,
    ]  # a page that was not compared is no rival
    short, long = (
        compared("http://a.example/4", shingles_between(0, 90)),
        compared("http://a.example/4?print=1", shingles_between(0, 90)),
    )
    assert rank_proposals([long, short]) == [short[0], long[0]]
