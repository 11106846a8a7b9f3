"""Test that untrusted texts become safe on one line."""

from __future__ import annotations

import unicodedata
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.wording.sanitize import plain, plain_url

ANYTHING = st.text(st.characters(), max_size=60) | st.text(
    "\x00\x1b\n\r\t\x85\u2028\u202e\u2066\u200d []()<>`|*_\\\"'#&;", max_size=60
)


@given(ANYTHING, st.integers(1, 40))
def test_no_control_or_invisible_character_is_left(text: str, limit: int) -> None:
    line = plain(text, limit)
    assert len(line) <= limit
    assert line.splitlines() in ([], [line])
    assert {unicodedata.category(char) for char in line} & {
        "Cc",
        "Cs",
        "Co",
        "Cn",
        "Zl",
        "Zp",
    } == set()
    assert all(char in "\u200c\u200d" for char in line if unicodedata.category(char) == "Cf")


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("微信  公众号\u3000文章", "微信 公众号 文章"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("👩\u200d🚀", "👩\u200d🚀"),
        ("\ufeffa", "�a"),
        ("", ""),
        ("x" * 10_000, "x" * 199 + "…"),
    ],
)
def test_plain_keeps_readable_text(text: str, line: str) -> None:
    assert plain(text) == line


@given(ANYTHING)
def test_url_leads_where_it_did_and_stays_in_its_brackets(text: str) -> None:
    url = f"https://example.org/{text}"
    shown = plain_url(url)
    assert not set(shown) & set(' <>`"\n\r\t\x1b\u202e\u2028')
    assert shown.isprintable()
    # Only a lone surrogate, which no address can hold, is lost.
    assert unquote(shown) == unquote(url.encode("utf-8", "replace").decode())
