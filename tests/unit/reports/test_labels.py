"""Every stable word can be said."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

import pytest

from reports import labels
from store.vocabulary import LookupOutcome, Reason, Role, Standing, State
from store.work.runs import RunOutcome


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (Reason, labels.OF_REASON),
        (State, labels.OF_STATE),
        (LookupOutcome, labels.OF_LOOKUP),
        (RunOutcome, labels.OF_OUTCOME),
    ],
)
def test_every_word_has_a_phrase_of_its_own(
    words: type[StrEnum], said: Mapping[StrEnum, str]
) -> None:
    assert set(said) == set(words)
    assert len(set(said.values())) == len(said)


def test_mirror_speaks_for_its_archive() -> None:
    told = [labels.why(Standing(role=role, reason=Reason.CHALLENGE)) for role in Role]
    assert told == [
        "it asks to prove that we are human",
        "the archive asks to prove that we are human",
    ]
    assert (
        labels.why(Standing(role=Role.MIRROR, reason=Reason.TLS_ERROR))
        == labels.OF_REASON[Reason.TLS_ERROR]
    )
    assert labels.why(Standing(role=Role.MIRROR)) == "not asked yet"
