"""Test that two copies agree only by their own text: not by menus, banners or numbers."""

from __future__ import annotations

import pytest

from crawler.page_text.copy_agreement import has_words_of, same_text
from store.vocabulary import PageEvidence
from tests.web.prose import paragraphs, title

MENU = "Home News Sport Weather Harbour Ferries Contact Imprint Subscribe to the paper today " * 3
BANNER = "archive.today webpage capture Saved from no other snapshots from this url share download "


def article(
    number: int, *, before: str = "", name: str | None = None, day: str = ""
) -> PageEvidence:
    text = " ".join([before, day, *paragraphs(number, count=2)])[:2_000]
    return PageEvidence(title=title(number) if name is None else name, text=text)


CONTROLS = [article(90, before=MENU), article(91, before=MENU)]


@pytest.mark.parametrize(
    ("one", "other", "agree"),
    [
        (article(1), article(1), True),
        (article(1, day="5 August 2021, read 1,204 times"), article(1, day="1 May 2022, read 7 times"), True),
        (article(1, before=BANNER), article(1), True),
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
    one: PageEvidence | None, other: PageEvidence | None, agree: bool | None
) -> None:
    assert same_text(one, other, CONTROLS) is agree
    assert same_text(other, one, CONTROLS) is agree


def test_a_common_menu_is_no_agreement() -> None:
    short = PageEvidence(title="The paper", text=MENU)
    assert same_text(short, article(1, before=MENU, name="The paper")) is not True
    assert same_text(short, short, CONTROLS) is None


def test_a_part_of_a_text_does_not_agree_with_the_whole() -> None:
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
def test_short_pages_agree_by_a_unique_title(
    name: str, other_name: str, controls: list[str], agree: bool | None
) -> None:
    one, other = PageEvidence(title=name, text="yes"), PageEvidence(title=other_name, text="no")
    assert same_text(one, other, [PageEvidence(title=each) for each in controls]) is agree


@pytest.mark.parametrize(
    ("words", "shown", "controls", "has"),
    [
        ("The harbour lamp burns", PageEvidence(title="The harbour lamp burns - Press"), [], True),
        ("The harbour lamp burns", PageEvidence(title="Press", text="The harbour lamp burns."), CONTROLS, True),
        # without control pages the text may be the site's slogan
        ("The harbour lamp burns", PageEvidence(title="Press", text="The harbour lamp burns."), [], False),
        ("Home News Sport", PageEvidence(title="Home News Sport"), CONTROLS, False),
        ("关于上线新功能的公告", PageEvidence(title="关于上线新功能的公告"), [], True),
        ("存档", PageEvidence(title="存档"), [], False),
        ("http://a.example/the/old/lamp", PageEvidence(title="http a example the old lamp"), [], False),
        ("The harbour lamp burns", None, [], False),
    ],
)  # fmt: skip
def test_the_text_of_a_link_counts_if_no_control_page_has_it(
    words: str, shown: PageEvidence | None, controls: list[PageEvidence], has: bool
) -> None:
    assert has_words_of(shown, ["", words], controls) is has
