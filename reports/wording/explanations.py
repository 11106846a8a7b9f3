"""Explain the words of reports: what each means, and what to do about it.

`holdfast explain` prints these texts, and the documentation is generated from them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import Final

from msgspec import Struct

from reports.wording.explained_reasons import ADVICE_OF_REASONS, MEANING_OF_REASONS
from reports.wording.explained_words import (
    ARCHIVE_TEXTS,
    EVIDENCE_TEXTS,
    INTERNAL_LINK_TEXTS,
    NOTE_TEXTS,
    PAGE_WARNING_TEXTS,
    STATE_TEXTS,
)
from store.vocabulary import Reason


class WordKind(StrEnum):
    """The kinds of words in a report; their values are the titles of groups of explanations."""

    REASON = "Reasons for a verdict"
    STATE = "States and sections of reports"
    NOTE = "Notes and warnings about a link"
    ARCHIVE = "Archive copies and captures"
    EVIDENCE = "Evidence for a new address, and changes of content"
    INTERNAL = "Links within the wiki"
    PAGE = "Warnings about a page"


class Explanation(Struct, frozen=True):
    """The explanation of a word.

    Attributes:
        word: The stable word, as in JSON.
        kind: The kind of word.
        meaning: When it is used: a phrase without a full stop, in Markdown.
        advice: What the user can do about it: sentences, in Markdown.
    """

    word: str
    kind: WordKind
    meaning: str
    advice: str


def _all_explanations() -> Iterator[Explanation]:
    """Yield the explanation of each word, the reasons for verdicts first."""
    for reason in Reason:
        yield Explanation(
            reason.value,
            WordKind.REASON,
            MEANING_OF_REASONS[reason],
            ADVICE_OF_REASONS[reason],
        )
    for kind, texts in (
        (WordKind.STATE, STATE_TEXTS),
        (WordKind.NOTE, NOTE_TEXTS),
        (WordKind.ARCHIVE, ARCHIVE_TEXTS),
        (WordKind.EVIDENCE, EVIDENCE_TEXTS),
        (WordKind.INTERNAL, INTERNAL_LINK_TEXTS),
        (WordKind.PAGE, PAGE_WARNING_TEXTS),
    ):
        for word, (meaning, advice) in texts.items():
            # Rules of SARIF have this prefix, and a reason can have the same name.
            name = f"page/{word}" if kind is WordKind.PAGE else word
            yield Explanation(name, kind, meaning, advice)


EXPLANATIONS: Final[Mapping[str, Explanation]] = {
    explanation.word: explanation for explanation in _all_explanations()
}


def explanation_of(text: str) -> Explanation | None:
    """Return the explanation of a word.

    Args:
        text: A word in any case, with spaces or hyphens; or an HTTP status code.

    Returns:
        None if the word is unknown.

    >>> explanation_of("Not found").word, explanation_of("503").word, explanation_of("418").word
    ('not-found', 'server-error', 'client-error')
    """
    word = "-".join(text.strip().casefold().replace("_", "-").split())
    if word.isdecimal() and len(word) == 3:
        reason = reason_of_status(int(word))
        return EXPLANATIONS[reason.value] if reason else None
    return EXPLANATIONS.get(word) or EXPLANATIONS.get(f"page/{word}")


_STATUS_REASONS: Final[Mapping[int, Reason]] = {
    401: Reason.UNAUTHORIZED,
    402: Reason.PAYWALL,
    403: Reason.FORBIDDEN,
    404: Reason.NOT_FOUND,
    407: Reason.UNAUTHORIZED,
    410: Reason.GONE,
    429: Reason.RATE_LIMITED,
    451: Reason.LEGAL,
    511: Reason.NETWORK_DOWN,
    999: Reason.CHALLENGE,
}


def reason_of_status(status: int) -> Reason | None:
    """Return the reason that an HTTP status usually leads to; None for a redirect and the like."""
    if status in _STATUS_REASONS:
        return _STATUS_REASONS[status]
    if status in range(200, 300):
        return Reason.OK
    if status in range(400, 500):
        return Reason.CLIENT_ERROR
    if status in range(500, 600):
        return Reason.SERVER_ERROR
    return None
