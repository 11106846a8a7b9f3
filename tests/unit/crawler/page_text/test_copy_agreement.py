"""Test that two copies agree only if their own text does: no menu, frame or number."""

from __future__ import annotations

import pytest

from crawler.page_text.copy_agreement import has_words_of, same_text
from store.vocabulary import PageEvidence
from tests.web.prose import paragraphs, title

MENU = "Home News Sport Weather Harbour Ferries Contact Imprint Subscribe to the paper today " * 3
FRAME = "archive.today webpage capture Saved from no other snapshots from this url share download "


def article(
    number: int, *, before: str = "", name: str | None = None, day: str = ""
) -> PageEvidence:
    text = " ".join([before, day, *paragraphs(number, count=2)])[:2_000]
    return PageEvidence(title=title(number) if name is None else name, text=text)


OTHERS = [article(90, before=MENU), article(91, before=MENU)]


@pytest.mark.parametrize(
    ("left", "other", "agree"),
    [
        (article(1), article(1), True),
        (article(1, day="5 August 2021, read 1,204 times"), article(1, day="1 May 2022, read 7 times"), True),
        (article(1, before=FRAME), article(1), True),
        (article(1, before=MENU), article(1, before=MENU), True),
        (article(1, name=""), article(1), True),
        # other pages
        (article(1), article(2), False),
        (article(1, before=MENU), article(2, before=MENU), False),
        # a page of the same text under another title is not known to be the same
        (article(1), article(1, name=title(2)), None),
        (article(1), None, None),
        (None, article(1), None),
    ],
)  # fmt: skip
def test_copies_agree_by_their_own_text(
    left: PageEvidence | None, other: PageEvidence | None, agree: bool | None
) -> None:
    assert same_text(left, other, OTHERS) is agree
    assert same_text(other, left, OTHERS) is agree


def test_a_menu_alone_is_no_agreement_even_without_other_pages() -> None:
    short = PageEvidence(title="The paper", text=MENU)
    assert same_text(short, article(1, before=MENU, name="The paper")) is not True
    assert same_text(short, short, OTHERS) is None


def test_a_part_of_a_text_is_not_the_text() -> None:
    whole = article(1)
    part = PageEvidence(title=whole.title, text=whole.text[: len(whole.text) // 4])
    assert same_text(whole, part) is None


@pytest.mark.parametrize(
    ("name", "other_name", "controls", "agree"),
    [
        ("The lamp of the harbour", "The lamp of the harbour", ["The old mill"], True),
        ("Seen 1,204 times: the harbour lamp", "Seen 7 times: the harbour lamp", ["The old mill"], True),
        ("微信的公告全文", "微信的公告全文", ["短讯"], True),
        ("The lamp of the harbour", "The lamp of the harbour", [], None),
        ("The lamp of the harbour", "The lamp of the harbour", ["The lamp of the harbour"], None),
        ("The lamp of the harbour", "The lamp", ["The old mill"], None),
        ("Lamp", "Lamp", ["The old mill"], None),
    ],
)  # fmt: skip
def test_short_pages_agree_by_a_title_of_their_own(
    name: str, other_name: str, controls: list[str], agree: bool | None
) -> None:
    left, other = PageEvidence(title=name, text="yes"), PageEvidence(title=other_name, text="no")
    assert same_text(left, other, [PageEvidence(title=each) for each in controls]) is agree


@pytest.mark.parametrize(
    ("words", "shown", "controls", "has"),
    [
        ("The harbour lamp burns", PageEvidence(title="The harbour lamp burns - Press"), [], True),
        ("The harbour lamp burns", PageEvidence(title="Press", text="The harbour lamp burns."), OTHERS, True),
        # without other pages its text may be the site's slogan
        ("The harbour lamp burns", PageEvidence(title="Press", text="The harbour lamp burns."), [], False),
        ("Home News Sport", PageEvidence(title="Home News Sport"), OTHERS, False),
        ("关于上线新功能的公告", PageEvidence(title="关于上线新功能的公告"), [], True),
        ("存档", PageEvidence(title="存档"), [], False),
        ("http://a.example/the/old/lamp", PageEvidence(title="http a example the old lamp"), [], False),
        ("The harbour lamp burns", None, [], False),
    ],
)  # fmt: skip
def test_the_words_of_a_citation_count_where_only_this_page_has_them(
    words: str, shown: PageEvidence | None, controls: list[PageEvidence], has: bool
) -> None:
    assert has_words_of(shown, ["", words], controls) is has
