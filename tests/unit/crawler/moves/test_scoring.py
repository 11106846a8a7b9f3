"""Test the confidence of proposals; a text that differs refutes them."""

from __future__ import annotations

import itertools

import pytest

from crawler.moves.candidates import MoveCandidate
from crawler.moves.scoring import estimate_confidence, make_proposal, rank_proposals
from crawler.page_text import TextSimilarity
from crawler.page_text.similarity import Shingles
from store.vocabulary import EvidenceKind, MoveEvidence, MoveProposal

OFFERED = 0.8  # what `fix` offers unless told otherwise
ALL = [tuple(some) for size in range(1, 6) for some in itertools.combinations(EvidenceKind, size)]


def of(*kinds: EvidenceKind) -> list[MoveEvidence]:
    return [MoveEvidence(kind) for kind in kinds]


@pytest.mark.parametrize("kinds", ALL)
def test_the_text_outweighs_all_other_evidence(kinds: tuple[EvidenceKind, ...]) -> None:
    evidence = of(*kinds)
    assert estimate_confidence(evidence, TextSimilarity(0.2, 300)) == 0.0
    assert estimate_confidence(evidence, TextSimilarity(None, 3)) < OFFERED
    is_offered = estimate_confidence(evidence, None) >= OFFERED
    assert is_offered == (EvidenceKind.AGREEING_PATTERNS in kinds)
    assert estimate_confidence(evidence, TextSimilarity(0.9, 300)) >= OFFERED


def test_more_text_and_more_kinds_of_evidence_are_trusted_more() -> None:
    by_text = [
        estimate_confidence(of(EvidenceKind.SAME_NAME), TextSimilarity(share / 10, 300))
        for share in range(3, 11)
    ]
    assert by_text == sorted(by_text)
    redirect, name = EvidenceKind.REDIRECT, EvidenceKind.SAME_NAME
    assert estimate_confidence(of(redirect, name), TextSimilarity(0.6, 300)) > estimate_confidence(
        of(redirect), TextSimilarity(0.6, 300)
    )
    assert estimate_confidence(of(name, name), TextSimilarity(0.6, 300)) == estimate_confidence(
        of(name), TextSimilarity(0.6, 300)
    )


def weighed(
    url: str, found: Shingles, own: int = 100, *kinds: EvidenceKind
) -> tuple[MoveProposal, TextSimilarity]:
    likeness = TextSimilarity(len(found) / own, own, found)
    return make_proposal(
        MoveCandidate(url, tuple(of(*(kinds or (EvidenceKind.SAME_NAME,))))),
        url,
        likeness,
        "https://web.archive.org/web/x",
    ), likeness


def words(first: int, last: int) -> Shingles:
    return frozenset(map(str, range(first, last)))


def test_two_pages_of_a_series_that_each_have_some_of_the_text_are_neither_trusted() -> None:
    found = rank_proposals(
        [weighed("http://a.example/1", words(0, 85)), weighed("http://a.example/2", words(15, 98))]
    )
    assert len(found) == 2
    assert max(proposal.confidence for proposal in found) < OFFERED


def test_page_that_has_all_another_one_has_is_trusted_alone() -> None:
    found = rank_proposals(
        [
            weighed("http://a.example/print", words(0, 90)),
            weighed("http://a.example/page", words(0, 98), 100, EvidenceKind.REDIRECT),
        ]
    )
    assert found[0].url == "http://a.example/page"
    assert found[0].confidence >= OFFERED


def test_refuted_candidates_are_not_proposed() -> None:
    assert rank_proposals([weighed("http://a.example/1", words(0, 10))]) == []


@pytest.mark.parametrize(
    ("kinds", "share", "confidence"),
    [
        # without a text that tells, or with one that only just does: what speaks for the address
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
        ((EvidenceKind.REDIRECT, EvidenceKind.CANONICAL), None, 0.7),  # 0.8, but that nobody has seen a text
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
    assert estimate_confidence(of(*kinds), TextSimilarity(share, 300)) == confidence


def test_a_proposal_names_what_it_was_compared_with() -> None:
    candidate = MoveCandidate("http://a.example/named", tuple(of(EvidenceKind.SAME_NAME)))
    seen = make_proposal(
        candidate, "http://a.example/served", TextSimilarity(0.98765, 300), "http://mirror.example/"
    )
    assert (seen.url, seen.similarity, seen.confidence) == ("http://a.example/served", 0.988, 0.86)
    assert (seen.evidence, seen.compared_with) == (candidate.evidence, "http://mirror.example/")
    assert make_proposal(candidate, candidate.url, None, "").similarity is None
    assert make_proposal(candidate, candidate.url, TextSimilarity(None, 3), "").similarity is None


@pytest.mark.parametrize(("of_its_own", "rivals"), [(5, False), (6, True)])
def test_rival_has_more_of_the_old_text_than_a_twentieth_that_the_best_has_not(
    of_its_own: int, *, rivals: bool
) -> None:
    best, other = (
        weighed("http://a.example/1", words(0, 90)),
        weighed("http://a.example/2", words(0, 70) | words(90, 90 + of_its_own)),
    )
    assert (rank_proposals([other, best])[0].confidence == 0.7) is rivals


def test_proposals_are_sorted_by_confidence() -> None:
    weak, strong = (
        weighed("http://a.example/1", words(0, 50)),
        weighed("http://a.example/2", words(0, 90)),
    )
    named = make_proposal(
        MoveCandidate("http://a.example/3", tuple(of(EvidenceKind.SAME_NAME))),
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
    ]  # what nobody has seen is no rival
    short, long = (
        weighed("http://a.example/4", words(0, 90)),
        weighed("http://a.example/4?print=1", words(0, 90)),
    )
    assert rank_proposals([long, short]) == [short[0], long[0]]
