"""Test that lost text is distinguished from changes of boilerplate."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.page_text.comparison import compare_texts
from crawler.page_text.main_text import PageText, read_page_text
from tests.unit.crawler.page_text.rewritten import Case, news_portal, rewritten_pages
from tests.web.prose import paragraphs, title

HTML = {"content-type": "text/html; charset=utf-8"}
TEXT = st.text(max_size=200) | st.text("。.!? \n珊瑚は는a1", max_size=200)


def read(html: str) -> PageText:
    return read_page_text(html.encode(), HTML, "https://a.example/x")


@pytest.mark.parametrize("case", rewritten_pages().values(), ids=rewritten_pages().keys())
def test_changed_frames_are_no_drift_and_changed_texts_are(case: Case) -> None:
    memento, page, (least, most) = case
    comparison = compare_texts(read(memento), read(page))
    assert comparison.remaining_share is not None, comparison.detail
    assert least <= comparison.remaining_share <= most


@pytest.mark.parametrize(
    ("memento", "page", "detail"),
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
def test_a_comparison_that_is_not_possible_has_a_reason(
    memento: str, page: str, detail: str
) -> None:
    comparison = compare_texts(read(memento), read(page))
    assert (comparison.remaining_share, comparison.detail, comparison.passages) == (
        None,
        detail,
        (),
    )


def test_passages_are_the_differences_and_bounded() -> None:
    old, new = paragraphs(1, "zh"), paragraphs(2, "zh")
    comparison = compare_texts(
        read(news_portal("题", old, "zh")), read(news_portal("题", [*old[:3], new[3]], "zh"))
    )
    removed = "".join(passage.text for passage in comparison.passages if passage.sign == "-")
    added = "".join(passage.text for passage in comparison.passages if passage.sign == "+")
    assert (removed, added) == (old[3], new[3])
    long = compare_texts(
        read(news_portal("x", paragraphs(1, count=90), "en")),
        read(news_portal("x", paragraphs(2, count=90), "en")),
    )
    assert 0 < len(long.passages) <= 24
    assert max(len(passage.text) for passage in long.passages) <= 240


def test_a_corrected_sentence_counts_as_remaining() -> None:
    text = paragraphs(3)
    corrected = [text[0].replace("beside", "next to"), *text[1:]]
    assert (
        compare_texts(
            read(news_portal("x", text, "en")), read(news_portal("x", corrected, "en"))
        ).remaining_share
        == 1.0
    )


def test_reordered_sentences_are_no_difference() -> None:
    text = paragraphs(4, "ja")
    assert (
        compare_texts(
            read(news_portal("x", text, "ja")), read(news_portal("x", text[::-1], "ja"))
        ).passages
        == ()
    )


@given(st.lists(TEXT, max_size=5), st.lists(TEXT, max_size=5))
@settings(deadline=None)
def test_any_texts_can_be_compared(memento: list[str], page: list[str]) -> None:
    comparison = compare_texts(
        PageText(text=" ".join(memento), blocks=tuple(memento)),
        PageText(text=" ".join(page), blocks=tuple(page)),
    )
    assert comparison.remaining_share is None or -1e-9 <= comparison.remaining_share <= 1


def test_a_page_is_equal_to_itself() -> None:
    for lang in ("en", "zh", "ja", "ko"):
        page = read(news_portal(title(5, lang), paragraphs(5, lang), lang))
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
def test_a_page_of_under_120_letters_shows_no_text(letters: int, detail: str) -> None:
    assert compare_texts(page_text(LONG * 3), page_text("x" * letters)).detail == detail


def test_three_in_five_shingles_of_a_sentence_are_enough() -> None:
    words = [f"word{chr(97 + number)}" for number in range(12)]  # ten shingles
    sentence, rest = " ".join(words), page_text(LONG * 3).blocks
    for kept, remains in ((8, True), (7, False)):  # six and five of them
        page = " ".join(words[:kept])
        comparison = compare_texts(page_text(sentence, *rest), page_text(page, *rest))
        assert (comparison.remaining_share == 1.0) is remains
        assert (
            ("-", sentence) in [(passage.sign, passage.text) for passage in comparison.passages]
        ) is not remains


def test_numbers_are_not_compared() -> None:
    assert (
        compare_texts(
            page_text(LONG * 3 + "It was 12.5 metres on 2021-03-04."),
            page_text(LONG * 3 + "It was 9 metres on 2022/1/2."),
        ).remaining_share
        == 1.0
    )


def test_the_remaining_share_is_counted_in_letters() -> None:
    removed = "A second sentence that nobody will find there again, whoever looks for it. "
    comparison = compare_texts(
        page_text(LONG * 2, removed),
        page_text(
            LONG * 2, "Something else stands in its place these days, and it is longer than that."
        ),
    )
    assert comparison.remaining_share == pytest.approx(
        1 - len(removed.strip()) / (2 * len(LONG.strip()) + len(removed.strip()))
    )
    assert [passage.sign for passage in comparison.passages] == ["-", "+"]


def test_there_are_at_most_24_passages_of_240_letters() -> None:
    memento = [
        f"{word} " * 60
        for word in (
            "".join(chr(97 + (number * 7 + place) % 26) for place in range(6))
            for number in range(25)
        )
    ]
    comparison = compare_texts(page_text(*memento), page_text(LONG * 2))
    assert [len(passage.text) for passage in comparison.passages] == [240] * 24


def test_at_most_600_sentences_are_compared() -> None:
    many, last = "The boats came home early. " * 599, "Nobody had ever written such a thing."
    page = page_text(many)
    assert (
        compare_texts(page_text(f"{many} The boats came home early. {last}"), page).remaining_share
        == 1.0
    )
    assert compare_texts(page_text(f"{many} {last}"), page).remaining_share != 1.0


def test_short_ends_of_blocks_count_as_sentences() -> None:
    blocks = ["The boats of the village came home early. So it was."] * 300
    lost = "Nobody had ever written such a thing."
    page = page_text(*blocks)
    assert compare_texts(page_text(*blocks, lost), page).remaining_share == 1.0
    assert compare_texts(page_text(*blocks[1:], lost), page).remaining_share != 1.0


def test_text_of_the_boilerplate_of_the_memento_is_not_new() -> None:
    boilerplate = "A note on the margin that everybody had always walked past without a look. "
    memento = PageText(text=f"{boilerplate} {LONG * 3}", blocks=(LONG * 3,))
    assert compare_texts(memento, page_text(LONG * 3, boilerplate)).passages == ()
    assert [
        passage.sign
        for passage in compare_texts(page_text(LONG * 3), page_text(LONG * 3, boilerplate)).passages
    ] == ["+"]
