"""Test that parsing TOML raises one kind of error, with a line, in bounded time."""

from __future__ import annotations

import time
import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.files.toml import TomlError, load_toml

PIECES = [
    "a",
    "=",
    ".",
    "[",
    "]",
    "{",
    "}",
    '"',
    "'",
    '"""',
    "'''",
    ",",
    "\n",
    " ",
    "\\",
    "1",
    "-",
    "0x",
    "inf",
    "2022-01-01",
    "T",
    ":",
    "#",
    "\ud800",
    "é",
]


@given(st.lists(st.sampled_from(PIECES), max_size=40).map("".join))
def test_any_text_is_parsed_or_raises_a_toml_error(text: str) -> None:
    try:
        values = load_toml(text)
    except TomlError as error:
        assert 1 <= error.line <= text.count("\n") + 1  # noqa: PT017
    else:
        assert values == tomllib.loads(text)


@pytest.mark.parametrize(
    ("text", "line", "problem"),
    [
        (f"a = 1\nb = {'9' * 5_000}", 2, "a number has too many digits"),
        (f"a = 1\nb = -{'9_' * 5_000}9", 2, "a number has too many digits"),
        (f"a = 1\n\n{'a.' * 30_000}a = 1", 3, "a key has too many parts"),
        ("a = 1\n[" + '"a" . ' * 30_000 + "a]", 2, "a key has too many parts"),
        (f"a = {{ {'b.' * 30_000}a = 1 }}", 1, "a key has too many parts"),
        (f"a = {'[' * 30_000}", 1, "nested too deeply"),
        (f"a = {'{a=' * 30_000}", 1, "nested too deeply"),
        ("a = 1\nb = 2022-02-30\n", 2, "Invalid"),
        ("a = 1\nb = ", 2, "Invalid value"),
    ],
)
def test_errors_have_a_line_and_are_raised_in_bounded_time(
    text: str, line: int, problem: str
) -> None:
    started = time.process_time()
    with pytest.raises(TomlError, match=problem) as raised:
        load_toml(text)
    assert raised.value.line == line
    assert time.process_time() - started < 0.5


@pytest.mark.parametrize(
    "text",
    [
        f"a = '{'9' * 5_000}'",
        f"a = '{'0123456789abcdef' * 300}'",
        f"a = 0x{'f' * 300}",
        f"{'a.' * 60}a = '{'1.' * 50}'",
    ],
)
def test_texts_that_only_look_excessive_are_parsed(text: str) -> None:
    assert load_toml(text) == tomllib.loads(text)
