"""How far a proposal is trusted, and that nothing is trusted whose text differs."""

from __future__ import annotations

import itertools

import pytest

from crawler.moves.candidates import Candidate
from crawler.moves.proposals import confidence_of, proposal_of, ranked
from crawler.texts import Likeness
from crawler.texts.likeness import Shingles
from store.vocabulary import EvidenceKind, MoveEvidence, Proposal

OFFERED = 0.8  # what `fix` offers unless told otherwise
ALL = [tuple(some) for size in range(1, 6) for some in itertools.combinations(EvidenceKind, size)]


def of(*kinds: EvidenceKind) -> list[MoveEvidence]:
    return [MoveEvidence(kind) for kind in kinds]


@pytest.mark.parametrize("kinds", ALL)
def test_text_decides_whatever_else_speaks_for_an_address(kinds: tuple[EvidenceKind, ...]) -> None:
    evidence = of(*kinds)
    assert confidence_of(evidence, Likeness(0.2, 300)) == 0.0
    assert confidence_of(evidence, Likeness(None, 3)) < OFFERED
    assert confidence_of(evidence, None) < OFFERED
    assert confidence_of(evidence, Likeness(0.9, 300)) >= OFFERED


def test_more_text_and_more_kinds_of_evidence_are_trusted_more() -> None:
    by_text = [confidence_of(of(EvidenceKind.NAME), Likeness(share / 10, 300)) for share in range(3, 11)]
    assert by_text == sorted(by_text)
    redirect, name = EvidenceKind.REDIRECT, EvidenceKind.NAME
    assert confidence_of(of(redirect, name), Likeness(0.6, 300)) > confidence_of(of(redirect), Likeness(0.6, 300))
    assert confidence_of(of(name, name), Likeness(0.6, 300)) == confidence_of(of(name), Likeness(0.6, 300))


def weighed(url: str, found: Shingles, own: int = 100, *kinds: EvidenceKind) -> tuple[Proposal, Likeness]:
    likeness = Likeness(len(found) / own, own, found)
    return proposal_of(
        Candidate(url, tuple(of(*(kinds or (EvidenceKind.NAME,))))), url, likeness, "https://web.archive.org/web/x"
    ), likeness


def words(first: int, last: int) -> Shingles:
    return frozenset(map(str, range(first, last)))


def test_two_pages_of_a_series_that_each_have_some_of_the_text_are_neither_trusted() -> None:
    found = ranked([weighed("http://a.example/1", words(0, 85)), weighed("http://a.example/2", words(15, 98))])
    assert len(found) == 2
    assert max(proposal.confidence for proposal in found) < OFFERED


def test_page_that_has_all_another_one_has_is_trusted_alone() -> None:
    found = ranked(
        [weighed("http://a.example/print", words(0, 90)), weighed("http://a.example/page", words(0, 98), 100, EvidenceKind.REDIRECT)]
    )
    assert found[0].url == "http://a.example/page"
    assert found[0].confidence >= OFFERED


def test_what_is_refuted_is_no_proposal() -> None:
    assert ranked([weighed("http://a.example/1", words(0, 10))]) == []
