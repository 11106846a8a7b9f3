"""Every stable word can be said."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

import pytest

from reports import phrases
from store.runs import RunOutcome
from store.vocabulary import LookupOutcome, Reason, Role, Standing, State


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (Reason, phrases.OF_REASON),
        (State, phrases.OF_STATE),
        (LookupOutcome, phrases.OF_LOOKUP),
        (RunOutcome, phrases.OF_OUTCOME),
    ],
)
def test_every_word_has_a_phrase_of_its_own(words: type[StrEnum], said: Mapping[StrEnum, str]) -> None:
    assert set(said) == set(words)
    assert len(set(said.values())) == len(said)


def test_mirror_speaks_for_its_archive() -> None:
    told = [phrases.why(Standing(role=role, reason=Reason.CHALLENGE)) for role in Role]
    assert told == ["it asks to prove that we are human", "the archive asks to prove that we are human"]
    assert phrases.why(Standing(role=Role.MIRROR, reason=Reason.TLS_ERROR)) == phrases.OF_REASON[Reason.TLS_ERROR]
    assert phrases.why(Standing(role=Role.MIRROR)) == "not asked yet"
