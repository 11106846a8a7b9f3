"""Test that pages are compared by their own text, not by what all pages of the site share."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.page_text.similarity import MIN_SHINGLES, containment, shingles
from tests.web.prose import paragraphs

LANGS = ("en", "zh", "ja", "ko")


def page(*parts: str) -> frozenset[str]:
    return shingles("\n".join(parts))


@pytest.mark.parametrize("lang", LANGS)
def test_a_text_is_found_within_other_boilerplate(lang: str) -> None:
    text, frame, other = paragraphs(1, lang), paragraphs(8, lang), paragraphs(2, lang)
    found = containment(
        page(*text), page(*text, *frame), page(*text), controls=[page(*other, *frame)]
    )
    assert found.score is not None
    assert found.score > 0.9


@pytest.mark.parametrize("lang", LANGS)
def test_another_text_within_the_same_boilerplate_is_another_page(lang: str) -> None:
    text, frame, other, third = (
        paragraphs(1, lang),
        paragraphs(8, lang),
        paragraphs(2, lang),
        paragraphs(3, lang),
    )
    found = containment(
        page(*text, *frame),
        page(*other, *frame),
        page(*other, *frame),
        controls=[page(*third, *frame)],
    )
    assert found.score is not None
    assert found.score < 0.2


@pytest.mark.parametrize("lang", LANGS)
def test_identical_pages_of_a_site_are_no_evidence(lang: str) -> None:
    text = paragraphs(1, lang)
    one, two, control = (page(*text, f"No. {number}") for number in (17, 18, 19))
    assert containment(one, two, two, controls=[control]).score is None
    assert containment(one, one, one, controls=[control]).score is None


def test_a_long_list_that_contains_the_text_is_not_the_page() -> None:
    text = paragraphs(1)
    month = [part for number in range(1, 39) for part in paragraphs(number)]
    found = containment(page(*text), page(*month), page(*month), controls=[page(*paragraphs(40))])
    assert found.score is not None
    assert found.score < 0.5


def test_too_little_text_is_no_evidence() -> None:
    few = page("Two boats touched the breakwater")
    assert len(few) < MIN_SHINGLES
    assert containment(few, few, few, controls=[]).score is None


@given(st.text(max_size=300), st.text(max_size=300), st.text(max_size=300))
@settings(deadline=None)
def test_score_is_between_0_and_1(wanted: str, page_text: str, control: str) -> None:
    found = containment(
        shingles(wanted), shingles(page_text), shingles(page_text), controls=[shingles(control)]
    )
    assert found.score is None or 0 <= found.score <= 1


def shingles_between(first: int, last: int) -> frozenset[str]:
    return frozenset(map(str, range(first, last)))


@pytest.mark.parametrize(
    ("wanted", "page_text", "main", "control", "share", "count"),
    [
        (
            shingles_between(0, 20),
            shingles_between(0, 20),
            shingles_between(0, 20),
            shingles_between(0, 0),
            1.0,
            20,
        ),
        (
            shingles_between(0, 19),
            shingles_between(0, 19),
            shingles_between(0, 19),
            shingles_between(0, 0),
            None,
            19,
        ),
        (
            shingles_between(0, 30),
            shingles_between(0, 30),
            shingles_between(0, 30),
            shingles_between(0, 10),
            1.0,
            20,
        ),  # shingles of control pages do not count
        (
            shingles_between(0, 30),
            shingles_between(0, 30),
            shingles_between(0, 30),
            shingles_between(0, 11),
            None,
            19,
        ),
        (
            shingles_between(0, 20),
            shingles_between(0, 10),
            shingles_between(0, 10),
            shingles_between(0, 0),
            0.5,
            20,
        ),
        # a fifth of the main text is enough; with less, the page is a list that contains the text
        (
            shingles_between(0, 20),
            shingles_between(0, 100),
            shingles_between(0, 100),
            shingles_between(0, 0),
            1.0,
            20,
        ),
        (
            shingles_between(0, 20),
            shingles_between(0, 200),
            shingles_between(0, 200),
            shingles_between(0, 0),
            0.5,
            20,
        ),
        (
            shingles_between(0, 20),
            shingles_between(0, 200),
            shingles_between(0, 200),
            shingles_between(100, 200),
            1.0,
            20,
        ),
        # the text is on the page, but not in its main text
        (
            shingles_between(0, 20),
            shingles_between(0, 20),
            shingles_between(0, 0),
            shingles_between(0, 0),
            0.0,
            20,
        ),
    ],
)
def test_share_of_a_text_on_a_page(
    wanted: frozenset[str],
    page_text: frozenset[str],
    main: frozenset[str],
    control: frozenset[str],
    *,
    share: float | None,
    count: int,
) -> None:
    found = containment(wanted, page_text, main, controls=[control])
    assert (found.score, found.compared_count) == (share, count)
    assert found.shared == (frozenset() if share is None else (wanted - control) & page_text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", set()),
        ("the reef", set()),
        ("the reef is", {"the reef is"}),
        ("The REEF, is!", {"the reef is"}),
        ("珊瑚是活", set()),
        ("珊瑚是活的", {"珊 瑚 是 活 的"}),
        ("reef 珊瑚是 reef", {"reef 珊 瑚 是", "珊 瑚 是 reef"}),
    ],
)
def test_shingle_is_three_words_or_five_ideographs(text: str, expected: set[str]) -> None:
    assert shingles(text) == expected
