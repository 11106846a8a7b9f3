"""Test that every word of the vocabulary has a label."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

import pytest

from reports.wording import labels
from store.vocabulary import LookupOutcome, Reason, Role, State, TrackedState


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (Reason, labels.REASON_LABELS),
        (State, labels.STATE_LABELS),
        (LookupOutcome, labels.LOOKUP_LABELS),
    ],
)
def test_every_word_has_a_different_phrase(
    words: type[StrEnum], message: Mapping[StrEnum, str]
) -> None:
    assert set(message) == set(words)
    assert len(set(message.values())) == len(message)


def test_mirrors_have_their_own_reason_labels() -> None:
    output = [
        labels.reason_label(TrackedState(role=role, reason=Reason.CHALLENGE)) for role in Role
    ]
    assert output == [
        "CAPTCHA or bot check",
        "CAPTCHA or bot check at the archive",
    ]
    assert (
        labels.reason_label(TrackedState(role=Role.MIRROR, reason=Reason.TLS_ERROR))
        == labels.REASON_LABELS[Reason.TLS_ERROR]
    )
    assert labels.reason_label(TrackedState(role=Role.MIRROR)) == "not checked yet"
