"""Test edits of the page's own bytes."""

from __future__ import annotations

import codecs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.patches.splice import SpliceError, splice, splice_spans
from store.vocabulary.fixes import TextEdit

ENCODINGS = [
    "utf-8",
    "gb18030",
    "big5",
    "cp932",
    "euc_jp",
    "cp949",
    "cp1251",
    "utf-16-le",
    "utf-16-be",
    "utf-32-le",
]


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_offsets_are_those_of_utf8_whatever_the_encoding(encoding: str) -> None:
    words = "книга " if encoding == "cp1251" else "中 "
    text = f"{words}http://a.example/ {words}"
    start = len(words.encode())
    after = splice(text.encode(encoding), encoding, [TextEdit(start, start + 4, "https")])
    assert after.decode(encoding) == f"{words}https://a.example/ {words}"


def test_a_byte_order_mark_counts_as_a_character_of_the_page() -> None:
    for mark, encoding in ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le")):
        data = mark + "中a".encode(encoding)
        assert splice(data, encoding, [TextEdit(6, 7, "b")]) == mark + "中b".encode(encoding)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-32", "utf-8-sig"])
def test_an_encoding_that_adds_a_mark_to_each_piece_is_refused(encoding: str) -> None:
    with pytest.raises(SpliceError, match="save the page as UTF-8"):
        splice("中a".encode(encoding), encoding, [TextEdit(3, 4, "b")])


def test_damaged_bytes_stay_as_they_are() -> None:
    assert splice(b"\xff\xfe a \x80\n", "utf-8", [TextEdit(3, 4, "b")]) == b"\xff\xfe b \x80\n"


def test_two_additions_at_one_place_keep_their_order() -> None:
    assert (
        splice(b"ab", "utf-8", [TextEdit(1, 1, "1"), TextEdit(0, 1, "A"), TextEdit(1, 1, "2")])
        == b"A12b"
    )


@pytest.mark.parametrize(
    ("data", "encoding", "edits", "why"),
    [
        (b"abc", "utf-8", [TextEdit(0, 2, "x"), TextEdit(1, 3, "y")], "overlap"),
        (b"caf\xe9", "cp1252", [TextEdit(0, 1, "存档")], "cannot be written in cp1252"),
        (b"\x81", "cp932", [TextEdit(0, 0, "x")], "cannot be read as cp932"),
        (b"a", "no-such", [TextEdit(0, 0, "x")], "cannot be read as no-such"),
        (b"+ADw-", "utf-7", [TextEdit(0, 0, "x")], "changes when it is read"),
    ],
)
def test_edits_that_would_change_other_bytes_are_refused(
    data: bytes, encoding: str, edits: list[TextEdit], why: str
) -> None:
    with pytest.raises(SpliceError, match=why):
        splice(data, encoding, edits)


@st.composite
def cases(draw: st.DrawFn) -> tuple[str, str, list[TextEdit]]:
    encoding = draw(st.sampled_from(ENCODINGS))
    text = (
        draw(st.text(st.sampled_from("ab \r\n\t\ufeff中文カж"), max_size=40))
        .encode(encoding, "ignore")
        .decode(encoding)
    )
    cuts = sorted(draw(st.lists(st.integers(0, len(text)), max_size=6)))
    places = [len(text[:cut].encode()) for cut in cuts]
    return (
        encoding,
        text,
        [
            TextEdit(start, end, draw(st.sampled_from(["", "x", "https://m.example/"])))
            for start, end in zip(places[::2], places[1::2], strict=False)
        ],
    )


@given(cases())
def test_only_the_named_bytes_are_touched(case: tuple[str, str, list[TextEdit]]) -> None:
    encoding, text, edits = case
    data = text.encode(encoding)
    after = splice(data, encoding, edits)
    spans = list(splice_spans(data, encoding, edits))
    at = done = 0
    for start, end, written in spans:
        kept = data[at:start]
        assert after[done : done + len(kept)] == kept
        assert after[done + len(kept) :].startswith(written)
        at, done = end, done + len(kept) + len(written)
    assert after[done:] == data[at:]
    utf8 = text.encode()
    for edit in reversed(edits):  # they were drawn in page order
        utf8 = utf8[: edit.start] + edit.text.encode() + utf8[edit.end :]
    assert after.decode(encoding) == utf8.decode()
