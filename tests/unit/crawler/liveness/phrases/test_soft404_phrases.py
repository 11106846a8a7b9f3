"""Test that sentences are searched for only in texts that have their words."""

from __future__ import annotations

import re
import string

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.liveness.phrases.soft404_phrases import MISSING_SENTENCES, find_missing_sentences

PATTERNS = [pattern for patterns in MISSING_SENTENCES.values() for pattern in patterns]


# Characters that end a word: of all characters, few do, and a pattern would match few random texts.
SEPARATORS = string.whitespace + string.punctuation + "".join(map(chr, range(0x2010, 0x2060)))


@pytest.mark.parametrize("pattern", PATTERNS, ids=range(len(PATTERNS)))
@settings(max_examples=20, deadline=None)
@given(data=st.data())
def test_every_sentence_pattern_contains_a_required_word(
    pattern: re.Pattern[str], data: st.DataObject
) -> None:
    text = data.draw(st.from_regex(pattern, alphabet=pattern.pattern + SEPARATORS))
    assert pattern in {match.re for match in find_missing_sentences(text)}
