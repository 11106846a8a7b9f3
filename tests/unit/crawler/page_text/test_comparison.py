"""Test that lost text is distinguished from changes of a page's frame."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.page_text import PageText, compare_texts, read_page_text
from tests.unit.crawler.page_text.rewritten import Case, cases, portal
from tests.web.prose import paragraphs, title

HTML = {"content-type": "text/html; charset=utf-8"}
TEXT = st.text(max_size=200) | st.text("。.!? \n珊瑚は는a1", max_size=200)


def read(html: str) -> PageText:
    return read_page_text(html.encode(), HTML, "https://a.example/x")


@pytest.mark.parametrize("case", cases().values(), ids=cases().keys())
def test_changed_frames_are_no_drift_and_changed_texts_are(case: Case) -> None:
    then, now, (least, most) = case
    comparison = compare_texts(read(then), read(now))
    assert comparison.remaining_share is not None, comparison.detail
    assert least <= comparison.remaining_share <= most


@pytest.mark.parametrize(
    ("then", "now", "why"),
    [
        ("<p>Two boats left.", "<p>Two boats left.", "the memento has too little text to compare"),
        (
            f"<p>{paragraphs(1)[0]}",
            "<div id=root></div><script src=app.js></script>",
            "the page shows no text to the crawler",
        ),
        (f"<p>{paragraphs(1)[0]}", "<p>Loading…", "the page shows no text to the crawler"),
    ],
)
def test_a_comparison_that_is_not_possible_has_a_reason(then: str, now: str, why: str) -> None:
    comparison = compare_texts(read(then), read(now))
    assert (comparison.remaining_share, comparison.detail, comparison.passages) == (None, why, ())


def test_difference_is_readable_and_short() -> None:
    old, new = paragraphs(1, "zh"), paragraphs(2, "zh")
    comparison = compare_texts(
        read(portal("题", old, "zh")), read(portal("题", [*old[:3], new[3]], "zh"))
    )
    gone = "".join(passage.text for passage in comparison.passages if passage.sign == "-")
    came = "".join(passage.text for passage in comparison.passages if passage.sign == "+")
    assert (gone, came) == (old[3], new[3])
    long = compare_texts(
        read(portal("x", paragraphs(1, count=90), "en")),
        read(portal("x", paragraphs(2, count=90), "en")),
    )
    assert 0 < len(long.passages) <= 24
    assert max(len(passage.text) for passage in long.passages) <= 240


def test_a_corrected_sentence_counts_as_remaining() -> None:
    text = paragraphs(3)
    mended = [text[0].replace("beside", "next to"), *text[1:]]
    assert (
        compare_texts(
            read(portal("x", text, "en")), read(portal("x", mended, "en"))
        ).remaining_share
        == 1.0
    )


def test_order_of_sentences_that_stand_elsewhere_is_no_difference() -> None:
    text = paragraphs(4, "ja")
    assert (
        compare_texts(read(portal("x", text, "ja")), read(portal("x", text[::-1], "ja"))).passages
        == ()
    )


@given(st.lists(TEXT, max_size=5), st.lists(TEXT, max_size=5))
@settings(deadline=None)
def test_any_texts_can_be_compared(then: list[str], now: list[str]) -> None:
    comparison = compare_texts(
        PageText(text=" ".join(then), blocks=tuple(then)),
        PageText(text=" ".join(now), blocks=tuple(now)),
    )
    assert comparison.remaining_share is None or -1e-9 <= comparison.remaining_share <= 1


def test_page_has_not_drifted_from_itself() -> None:
    for lang in ("en", "zh", "ja", "ko"):
        page = read(portal(title(5, lang), paragraphs(5, lang), lang))
        assert compare_texts(page, page).remaining_share == 1.0


LONG = "Corals grow slowly in cold seas, and the divers who count them say so every year. "


def page_text(*blocks: str) -> PageText:
    return PageText(text=" ".join(blocks), blocks=blocks)


@pytest.mark.parametrize(
    ("letters", "detail"), [(199, "the memento has too little text to compare"), (200, "")]
)
def test_mementos_are_compared_from_200_letters_on(letters: int, detail: str) -> None:
    text = (LONG * 3)[: letters - 1].replace(".", ",") + "x"
    assert len(text) == letters
    assert compare_texts(page_text(text), page_text(LONG * 3)).detail == detail


@pytest.mark.parametrize(
    ("letters", "detail"), [(119, "the page shows no text to the crawler"), (120, "")]
)
def test_page_shows_something_from_120_letters_on(letters: int, detail: str) -> None:
    assert compare_texts(page_text(LONG * 3), page_text("x" * letters)).detail == detail


def test_three_in_five_shingles_of_a_sentence_are_enough() -> None:
    words = [f"word{chr(97 + number)}" for number in range(12)]  # ten shingles
    sentence, rest = " ".join(words), page_text(LONG * 3).blocks
    for kept, stands in ((8, True), (7, False)):  # six and five of them
        now = " ".join(words[:kept])
        comparison = compare_texts(page_text(sentence, *rest), page_text(now, *rest))
        assert (comparison.remaining_share == 1.0) is stands
        assert (
            ("-", sentence) in [(passage.sign, passage.text) for passage in comparison.passages]
        ) is not stands


def test_numbers_are_not_compared() -> None:
    assert (
        compare_texts(
            page_text(LONG * 3 + "It was 12.5 metres on 2021-03-04."),
            page_text(LONG * 3 + "It was 9 metres on 2022/1/2."),
        ).remaining_share
        == 1.0
    )


def test_share_kept_is_counted_in_letters() -> None:
    gone = "A second sentence that nobody will find there again, whoever looks for it. "
    comparison = compare_texts(
        page_text(LONG * 2, gone),
        page_text(
            LONG * 2, "Something else stands in its place these days, and it is longer than that."
        ),
    )
    assert comparison.remaining_share == pytest.approx(
        1 - len(gone.strip()) / (2 * len(LONG.strip()) + len(gone.strip()))
    )
    assert [passage.sign for passage in comparison.passages] == ["-", "+"]


def test_difference_ends_after_24_passages_of_240_letters() -> None:
    then = [
        f"{word} " * 60
        for word in (
            "".join(chr(97 + (number * 7 + place) % 26) for place in range(6))
            for number in range(25)
        )
    ]
    comparison = compare_texts(page_text(*then), page_text(LONG * 2))
    assert [len(passage.text) for passage in comparison.passages] == [240] * 24


def test_no_more_than_600_sentences_are_asked_for() -> None:
    many, last = "The boats came home early. " * 599, "Nobody had ever written such a thing."
    page = page_text(many)
    assert (
        compare_texts(page_text(f"{many} The boats came home early. {last}"), page).remaining_share
        == 1.0
    )
    assert compare_texts(page_text(f"{many} {last}"), page).remaining_share != 1.0


def test_text_of_the_old_boilerplate_is_not_new() -> None:
    framed = "A note on the margin that everybody had always walked past without a look. "
    memento = PageText(text=f"{framed} {LONG * 3}", blocks=(LONG * 3,))
    assert compare_texts(memento, page_text(LONG * 3, framed)).passages == ()
    assert [
        passage.sign
        for passage in compare_texts(page_text(LONG * 3), page_text(LONG * 3, framed)).passages
    ] == ["+"]
