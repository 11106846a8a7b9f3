"""Test which language a text is in, and whether a citation is evidently in the language of a page."""

from __future__ import annotations

import pytest

from crawler.liveness.phrases.languages import is_in_language_of

CHINESE = "渡轮恢复了航行，码头的灯也亮了。" * 9
JAPANESE = "渡し船がまた動き、桟橋の灯りもついた。" * 9


@pytest.mark.parametrize(
    ("short", "page", "expected"),
    [
        ("港口的灯", CHINESE, True),
        ("Harbour lamps", CHINESE, False),
        ("港のあかり", CHINESE, False),
        ("港のあかり", JAPANESE, True),
        ("Harbour lamps", JAPANESE, False),
        ("東京都庁", JAPANESE, False),  # may be Chinese as well
    ],
)
def test_a_citation_without_the_script_of_a_page_is_not_in_its_language(
    short: str, page: str, *, expected: bool
) -> None:
    assert is_in_language_of(short, page) is expected
