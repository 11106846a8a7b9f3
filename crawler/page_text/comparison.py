"""Compare the text of a living page with the text of its memento, sentence by sentence.

The measure is the share of the memento's main text that is still anywhere on the living page.
Added text is not drift. Changes of boilerplate, dates, counters and related links do not count:
boilerplate is not part of the main text, and numbers are not compared.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from typing import Final

from msgspec import Struct

from crawler.http.html_text import collapse_whitespace, count_letters
from crawler.page_text.main_text import PageText
from crawler.page_text.similarity import Shingles, mask_numbers, shingles

_SENTENCE_END = re.compile(
    r"\s*\n\s*|(?<=[。！？!?…])[」』”’）)\"']*\s*|(?<=\.)[”’)\"']*\s+(?=\W*[^\W\d_])"
)
_MIN_SENTENCE_LETTERS: Final = 16  # a shorter sentence is joined with the next one
# The share of a sentence's shingles that must be found: some words may have been corrected.
_MIN_SHARE_OF_SENTENCE: Final = 0.6
_MAX_SENTENCES: Final = 600  # of one page
# With fewer letters a memento has too little text for a comparison.
_MIN_MEMENTO_LETTERS: Final = 200
# A page with fewer letters may be waiting for its scripts, or for a login.
_MIN_PAGE_LETTERS: Final = 120
_MAX_PASSAGE_LENGTH: Final = 240  # characters
_MAX_PASSAGES: Final = 24


class Passage(Struct, frozen=True):
    """A sentence that differs: `sign` is "-" if only the memento has it, "+" if only the page."""

    sign: str
    text: str


class TextComparison(Struct, frozen=True, kw_only=True):
    """The result of comparing a page with its memento.

    Attributes:
        remaining_share: The share of the memento's main text that the page still has, 0 to 1.
            None if the two cannot be compared.
        detail: Why they cannot be compared.
        passages: The sentences that differ, in page order, at most 24.
    """

    remaining_share: float | None
    detail: str = ""
    passages: tuple[Passage, ...] = ()


def compare_texts(memento: PageText, page: PageText) -> TextComparison:
    """Return the share of a memento's main text that a living page has, and the differences.

    Args:
        memento: The text of the memento.
        page: The text of the living page.

    Returns:
        The comparison. It has no share if either text is too short.

    >>> text = (
    ...     "The council voted on Tuesday to keep the lights on. It had asked the fishermen "
    ...     "before. They were glad to hear of it, all 12."
    ... )
    >>> end = (
    ...     "Nobody spoke against it, and the vote was over within a minute of being called "
    ...     "by the chair."
    ... )
    >>> then = PageText(blocks=(text, end))
    >>> menu = PageText(text=f"Menu. {then.main.replace('12', '14')}", blocks=then.blocks)
    >>> compare_texts(then, menu).remaining_share
    1.0
    >>> now = (
    ...     "Buy cheap watches here today. We have more of them than anybody else, and they are "
    ...     "cheaper by far than at the other shop."
    ... )
    >>> changed = compare_texts(then, PageText(text=now, blocks=(now,)))
    >>> changed.remaining_share, changed.passages[0].sign
    (0.0, '-')
    """
    before, after = list(_sentences(memento)), list(_sentences(page))
    letters = sum(count_letters(sentence) for sentence in before)
    if letters < _MIN_MEMENTO_LETTERS:
        return TextComparison(
            remaining_share=None, detail="the memento has too little text to compare"
        )
    if count_letters(page.text) < _MIN_PAGE_LETTERS:
        return TextComparison(remaining_share=None, detail="the page shows no text to the crawler")
    page_shingles = shingles(mask_numbers(page.text))
    lost = [sentence for sentence in before if not _contains(page_shingles, sentence)]
    lost_letters = sum(count_letters(sentence) for sentence in lost)
    memento_shingles = shingles(mask_numbers(memento.text or memento.main))
    passages = _passages(before, after, frozenset(lost), memento_shingles)
    return TextComparison(remaining_share=1 - lost_letters / letters, passages=tuple(passages))


def _sentences(page: PageText) -> Iterator[str]:
    """Yield the sentences of the main text, each long enough to be recognised."""
    count = 0
    for block in page.blocks:
        pending = ""
        for part in _SENTENCE_END.split(block):
            pending = collapse_whitespace(f"{pending} {part}")
            if count_letters(pending) >= _MIN_SENTENCE_LETTERS:
                yield pending
                pending, count = "", count + 1
            if count >= _MAX_SENTENCES:
                return
        if pending:
            yield pending
            count += 1
        if count >= _MAX_SENTENCES:
            return


def _contains(page: Shingles, sentence: str) -> bool:
    """Return whether most shingles of a sentence are on a page."""
    wanted = shingles(mask_numbers(sentence))
    return not wanted or len(wanted & page) >= _MIN_SHARE_OF_SENTENCE * len(wanted)


def _passages(
    before: Sequence[str], after: Sequence[str], lost: frozenset[str], memento: Shingles
) -> Iterator[Passage]:
    """Yield the lost and the new sentences in page order, without those that only moved."""
    count = 0
    before_masked = [mask_numbers(sentence) for sentence in before]
    after_masked = [mask_numbers(sentence) for sentence in after]
    matcher = SequenceMatcher(a=before_masked, b=after_masked, autojunk=False)
    for tag, before_start, before_end, after_start, after_end in matcher.get_opcodes():
        if tag == "equal":
            continue
        removed = [sentence for sentence in before[before_start:before_end] if sentence in lost]
        added = [
            sentence
            for sentence in after[after_start:after_end]
            if not _contains(memento, sentence)
        ]
        signed = [("-", sentence) for sentence in removed]
        signed += [("+", sentence) for sentence in added]
        for sign, sentence in signed:
            if count == _MAX_PASSAGES:
                return
            yield Passage(sign, sentence[:_MAX_PASSAGE_LENGTH])
            count += 1
