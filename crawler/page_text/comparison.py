"""Does a page still say what was cited? Its text held against the memento's, sentence by sentence.

Asked is how much of the memento's main text still stands anywhere on the living page. So a page that grew has not drifted, nor has one
whose frame, dates, counters or related links changed: these are no main text, and numbers are not compared.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Final

from crawler.http.html_text import collapse_whitespace, count_letters
from crawler.page_text.main_text import PageText
from crawler.page_text.similarity import Shingles, shingles

_END = re.compile(r"\s*\n\s*|(?<=[。！？!?…])[」』”’）)\"']*\s*|(?<=\.)[”’)\"']*\s+(?=\W*[^\W\d_])")
_NUMBER = re.compile(r"\d+(?:[.,:/-]\d+)*")
_SHORTEST: Final = 16  # letters; shorter sentences are read with the next one
_STILL_THERE: Final = 0.6  # of a sentence's shingles: some words may have been mended
_MOST_SENTENCES: Final = 600
# Letters below which a memento says too little to speak of drift.
_ENOUGH: Final = 200
_LONGEST_SHOWN: Final = 240
_MOST_SHOWN: Final = 24
# A page that shows so little of a long text may be waiting for its scripts, or for somebody to log in.
_BARELY_ANYTHING: Final = 120


@dataclass(frozen=True, slots=True)
class Passage:
    """A sentence of a readable difference: `sign` is "-" where only the memento has it, "+" where only the page has it now."""

    sign: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TextComparison:
    """How much of the memento's main text the page still has, 0 to 1, and what differs; `kept` None: cannot be told, `detail` says why."""

    kept: float | None
    detail: str = ""
    passages: tuple[Passage, ...] = ()


def compare_texts(memento: PageText, page: PageText) -> TextComparison:
    """Hold a living page against the memento of it.

    >>> text = "The council voted on Tuesday to keep the lights on. It had asked the fishermen before. They were glad to hear of it, all 12."
    >>> then = PageText(blocks=(text, "Nobody spoke against it, and the vote was over within a minute of being called by the chair."))
    >>> compare(then, PageText(text=f"Menu. {then.main.replace('12', '14')}", blocks=then.blocks)).kept
    1.0
    >>> now = "Buy cheap watches here today. We have more of them than anybody else, and they are cheaper by far than at the other shop."
    >>> changed = compare(then, PageText(text=now, blocks=(now,)))
    >>> changed.kept, changed.passages[0].sign
    (0.0, '-')
    """
    then, now = list(_sentences(memento)), list(_sentences(page))
    letters = sum(count_letters(sentence) for sentence in then)
    if letters < _ENOUGH:
        return TextComparison(kept=None, detail="the memento has too little text to tell")
    if count_letters(page.text) < _BARELY_ANYTHING:
        return TextComparison(kept=None, detail="the page shows no text to us")
    seen = shingles(_plain(page.text))
    lost = [sentence for sentence in then if not _stands(sentence, seen)]
    kept = 1 - sum(count_letters(sentence) for sentence in lost) / letters
    return TextComparison(
        kept=kept,
        passages=tuple(
            _passages(then, now, frozenset(lost), shingles(_plain(memento.text or memento.main)))
        ),
    )


def _sentences(page: PageText) -> Iterator[str]:
    """The sentences of the main text, none too short to be recognised."""
    count = 0
    for block in page.blocks:
        waiting = ""
        for part in _END.split(block):
            waiting = collapse_whitespace(f"{waiting} {part}")
            if count_letters(waiting) >= _SHORTEST:
                yield waiting
                waiting, count = "", count + 1
            if count >= _MOST_SENTENCES:
                return
        if waiting:
            yield waiting


def _plain(text: str) -> str:
    return _NUMBER.sub("0", text)


def _stands(sentence: str, seen: Shingles) -> bool:
    wanted = shingles(_plain(sentence))
    return not wanted or len(wanted & seen) >= _STILL_THERE * len(wanted)


def _passages(
    then: Sequence[str], now: Sequence[str], lost: frozenset[str], before: Shingles
) -> Iterator[Passage]:
    """What was lost and what came, in page order; sentences that only changed their place are left out."""
    shown = 0
    matcher = SequenceMatcher(
        a=[_plain(sentence) for sentence in then],
        b=[_plain(sentence) for sentence in now],
        autojunk=False,
    )
    for tag, first, last, begin, end in matcher.get_opcodes():
        if tag == "equal":
            continue
        gone = [
            Passage("-", sentence[:_LONGEST_SHOWN])
            for sentence in then[first:last]
            if sentence in lost
        ]
        came = [
            Passage("+", sentence[:_LONGEST_SHOWN])
            for sentence in now[begin:end]
            if not _stands(sentence, before)
        ]
        for passage in (*gone, *came):
            if shown == _MOST_SHOWN:
                return
            yield passage
            shown += 1
