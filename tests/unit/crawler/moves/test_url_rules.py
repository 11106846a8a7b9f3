"""Test URL rules: which are learned from two moves, and when they apply to a third page."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.http.urls import is_web_url
from crawler.moves import piece_matching, template_parts, url_templates
from crawler.moves.url_rules import KnownMove, SiteRules, have_same_shape

A = "http://a.example"
DEEP = "/".join("abcdefghijk")

# two moves, the old URL of a third page, and its new URL
LEARNED = {
    "another extension": ((f"{A}/x/one.html", f"{A}/x/one.php"), (f"{A}/y/two.html", f"{A}/y/two.php"), f"{A}/z/three.html", f"{A}/z/three.php"),
    "no extension": ((f"{A}/one.html", f"{A}/one/"), (f"{A}/two.html", f"{A}/two/"), f"{A}/three.html", f"{A}/three/"),
    "another folder": ((f"{A}/old/a/one", f"{A}/new/a/one"), (f"{A}/old/b/two", f"{A}/new/b/two"), f"{A}/old/c/d/three", f"{A}/new/c/d/three"),
    "another host": ((f"{A}/x/one", "https://b.example/x/one"), (f"{A}/two?p=1", "https://b.example/two?p=1"), f"{A}/y/z", "https://b.example/y/z"),
    "folders left out": ((f"{A}/2019/05/one", f"{A}/one"), (f"{A}/2020/11/two", f"{A}/two"), f"{A}/2021/01/three", f"{A}/three"),
    "folders put in": ((f"{A}/one-story", f"{A}/blog/one-story/"), (f"{A}/two-story", f"{A}/blog/two-story/"), f"{A}/3-story", f"{A}/blog/3-story/"),
    "a query became a path": ((f"{A}/story.php?id=123", f"{A}/stories/123"), (f"{A}/story.php?id=456", f"{A}/stories/456"), f"{A}/story.php?id=789", f"{A}/stories/789"),
    "a path became a query": ((f"{A}/t/123", f"{A}/show?topic=123"), (f"{A}/t/4567", f"{A}/show?topic=4567"), f"{A}/t/999", f"{A}/show?topic=999"),
    "a number within a name": ((f"{A}/read.php?tid=1001", f"{A}/thread-1001-1.html"), (f"{A}/read.php?tid=2002", f"{A}/thread-2002-1.html"), f"{A}/read.php?tid=3003", f"{A}/thread-3003-1.html"),
    "underscores": ((f"{A}/Old_Lamp.html", f"{A}/wiki/old-lamp"), (f"{A}/New_Lamp.html", f"{A}/wiki/new-lamp"), f"{A}/Red_Lamp.html", f"{A}/wiki/red-lamp"),
    "year kept": ((f"{A}/archive/2019/x1.htm", f"{A}/2019/news/x1"), (f"{A}/archive/2020/x2.htm", f"{A}/2020/news/x2"), f"{A}/archive/2021/x3.htm", f"{A}/2021/news/x3"),
    "a short number in a query": ((f"{A}/read.php?tid=101", f"{A}/thread-101.html"), (f"{A}/read.php?tid=202", f"{A}/thread-202.html"), f"{A}/read.php?tid=303", f"{A}/thread-303.html"),
    "a number in a folder": ((f"{A}/1001/read.php", f"{A}/thread-1001.html"), (f"{A}/2002/read.php", f"{A}/thread-2002.html"), f"{A}/3003/read.php", f"{A}/thread-3003.html"),
    "as it is spelt": ((f"{A}/Old_X", f"{A}/wiki/Old_X.html"), (f"{A}/New_X", f"{A}/wiki/New_X.html"), f"{A}/Red_X", f"{A}/wiki/Red_X.html"),
    "hyphens, and its capitals": ((f"{A}/Old_Lamp.html", f"{A}/wiki/Old-Lamp"), (f"{A}/New_Lamp.html", f"{A}/wiki/New-Lamp"), f"{A}/Red_Lamp.html", f"{A}/wiki/Red-Lamp"),
    "lower case, and its underscores": ((f"{A}/Old_Lamp.html", f"{A}/wiki/old_lamp"), (f"{A}/New_Lamp.html", f"{A}/wiki/new_lamp"), f"{A}/Red_Lamp.html", f"{A}/wiki/red_lamp"),
    "an extension in capitals": ((f"{A}/one-x.asp", f"{A}/one-x.HTM"), (f"{A}/two-x.asp", f"{A}/two-x.HTM"), f"{A}/three-x.asp", f"{A}/three-x.HTM"),
    "an empty value": ((f"{A}/a/one?print=", f"{A}/b/one"), (f"{A}/a/two?print=", f"{A}/b/two"), f"{A}/a/three?print=", f"{A}/b/three"),
    "with a slash and without": ((f"{A}/x/one/", f"{A}/y/one.html"), (f"{A}/x/two/", f"{A}/y/two.html"), f"{A}/x/three", f"{A}/y/three.html"),
    "as deep as is looked": ((f"{A}/{DEEP}/one.html", f"{A}/x/one"), (f"{A}/{DEEP}/two.html", f"{A}/x/two"), f"{A}/{DEEP}/three.html", f"{A}/x/three"),
    "another scripts": ((f"{A}/新闻/渡船.html", f"{A}/news/渡船"), (f"{A}/新闻/灯塔.html", f"{A}/news/灯塔"), f"{A}/新闻/码头.html", f"{A}/news/%E7%A0%81%E5%A4%B4"),
}  # fmt: skip


@pytest.mark.parametrize(("one", "two", "third", "expected"), LEARNED.values(), ids=LEARNED.keys())
def test_a_rule_learned_from_two_moves_predicts_a_third(
    one: tuple[str, str], two: tuple[str, str], third: str, expected: str
) -> None:
    predictions = SiteRules([KnownMove(*one), KnownMove(*two)]).predictions(third, min_score=0)
    assert expected == predictions[0].url


WITHOUT_PREDICTION = {
    "one move alone": ([(f"{A}/old/one", f"{A}/new/one")], f"{A}/old/two"),
    "the same move twice": ([(f"{A}/old/one", f"{A}/new/one")] * 2, f"{A}/old/two"),
    "all to one place": ([(f"{A}/old/one", f"{A}/sorry"), (f"{A}/old/two", f"{A}/sorry")], f"{A}/old/three"),
    "nothing in common": ([(f"{A}/p/17", f"{A}/harbour-lights"), (f"{A}/p/18", f"{A}/two-boats")], f"{A}/p/19"),
    "another folder": ([(f"{A}/old/one", f"{A}/new/one"), (f"{A}/old/two", f"{A}/new/two")], f"{A}/older/three"),
    "another host's": ([(f"{A}/old/one", f"{A}/new/one"), (f"{A}/old/two", f"{A}/new/two")], "http://b.example/old/three"),
    "no address": ([(f"{A}/old/one", f"{A}/new/one"), (f"{A}/old/two", f"{A}/new/two")], "http://"),
    "moves from nowhere and to nowhere": ([("http://", f"{A}/new/one"), (f"{A}/old/two", "http://"), (f"{A}/old/one", f"{A}/new/one")], f"{A}/old/three"),
    "the folder itself": ([(f"{A}/old/one", f"{A}/new/one"), (f"{A}/old/two", f"{A}/new/two")], f"{A}/old/"),
    "what stays where it is": ([(f"{A}/aaa/bbb", f"{A}/bbb/aaa"), (f"{A}/ddd/eee", f"{A}/eee/ddd")], f"{A}/ccc/ccc"),
    "too short to tell anything": ([(f"{A}/17/story", f"{A}/q/17"), (f"{A}/18/story", f"{A}/q/18")], f"{A}/19/story"),
    "a short number inside a word": ([(f"{A}/12/story-one", f"{A}/story-one/v12"), (f"{A}/34/story-two", f"{A}/story-two/v34")], f"{A}/56/story-three"),
    "more folders": ([(f"{A}/one.html", f"{A}/one/"), (f"{A}/two.html", f"{A}/two/")], f"{A}/x/three.html"),
    "another extension": ([(f"{A}/one.html", f"{A}/one/"), (f"{A}/two.html", f"{A}/two/")], f"{A}/three.php"),
    "another name in the query": ([(f"{A}/s.php?id=123", f"{A}/s/123"), (f"{A}/s.php?id=456", f"{A}/s/456")], f"{A}/s.php?page=789"),
    "no name in the query": ([(f"{A}/a/one?print=", f"{A}/b/one"), (f"{A}/a/two?print=", f"{A}/b/two")], f"{A}/a/three"),
    "what was fixed differs": ([(f"{A}/news/one.html", f"{A}/one"), (f"{A}/news/two.html", f"{A}/two")], f"{A}/sport/three.html"),
}  # fmt: skip


@pytest.mark.parametrize(
    ("moves", "third"), WITHOUT_PREDICTION.values(), ids=WITHOUT_PREDICTION.keys()
)
def test_moves_that_do_not_apply_predict_nothing(moves: list[tuple[str, str]], third: str) -> None:
    assert not SiteRules(KnownMove(*pair) for pair in moves).predictions(third)


@pytest.mark.parametrize(
    ("other", "is_same"),
    [
        (f"{A}/2020/b.html", True),
        (f"{A}/2020/b.htm", False),
        (f"{A}/2020/05/b.html", False),
        (f"{A}/2020/b.html?p=1", False),
        ("http://b.example/2020/b.html", False),
        ("http://", False),
    ],
)
def test_urls_with_the_same_structure_have_the_same_shape(other: str, is_same: bool) -> None:
    page = f"{A}/2019/a.html"
    assert have_same_shape(page, other) is have_same_shape(other, page) is is_same


PATH = st.lists(
    st.from_regex(r"[a-z0-9_-]{1,8}(\.html)?", fullmatch=True), min_size=1, max_size=4
).map("/".join)
URL = st.builds(
    lambda host, path, query: f"http://{host}.example/{path}{query}",
    st.sampled_from("ab"),
    PATH,
    st.sampled_from(["", "?id=12345", "?p=1&q=a"]),
)


@given(st.lists(st.builds(KnownMove, URL, URL), max_size=6))
@settings(deadline=None, max_examples=40)
def test_every_prediction_is_a_url_with_two_moves_that_follow_its_rule(
    moves: list[KnownMove],
) -> None:
    rules = SiteRules(moves)
    for old in {move.old for move in moves}:
        for found in rules.predictions(old, min_score=0):
            assert is_web_url(found.url)
            assert all(len(rule.moves) >= 2 for rule in found.rules)
            assert 0 < found.score < 1


@given(
    st.lists(st.builds(KnownMove, st.text(max_size=30), st.text(max_size=30)), max_size=4),
    st.text(max_size=30),
)
@settings(deadline=None)
def test_any_texts_are_accepted_as_urls(moves: list[KnownMove], url: str) -> None:
    SiteRules(moves).predictions(url, url)


def first_prediction(moves: Sequence[tuple[str, ...]], url: str, title: str = "") -> str:
    """Return the first prediction; "" if there is no likely one."""
    found = SiteRules(KnownMove(*move) for move in moves).predictions(url, title)
    return found[0].url if found else ""


def test_moves_in_the_same_folder_count_more_than_many_others() -> None:
    moves = [(f"{A}/news/{name}.html", f"{A}/archive/{name}/") for name in ("ferry", "lamp")]
    moves += [(f"{A}/{n}/boat-{n}.html", f"{A}/blog/boat-{n}/") for n in ("a", "b", "c", "d", "e")]
    assert first_prediction(moves, f"{A}/news/tide.html") == f"{A}/archive/tide/"
    assert first_prediction(moves, f"{A}/f/boat-f.html") == f"{A}/blog/boat-f/"


def test_moves_that_contradict_a_rule_make_it_unlikely() -> None:
    moves = [(f"{A}/old/{name}", f"{A}/new/{name}") for name in ("ferry", "lamp")]
    assert first_prediction(moves, f"{A}/old/tide") == f"{A}/new/tide"
    moves += [(f"{A}/old/{name}", f"{A}/{name}/{name}-2") for name in ("mole", "quay", "pier")]
    assert first_prediction(moves, f"{A}/old/tide") == ""


def test_unmoved_pages_weaken_a_rule() -> None:
    moves = [(f"{A}/old/{name}", f"{A}/new/{name}") for name in ("ferry", "lamp")]
    unmoved = [(f"{A}/old/{name}", f"{A}/old/{name}") for name in ("mole", "quay", "pier")]
    assert first_prediction(moves + unmoved, f"{A}/old/tide") == ""


def test_two_rules_that_predict_different_urls_make_each_other_unlikely() -> None:
    moves = [(f"{A}/old/{name}.html", f"{A}/one/{name}") for name in ("ferry", "lamp")]
    assert first_prediction(moves, f"{A}/old/tide.html") == f"{A}/one/tide"
    moves += [(f"{A}/old/{name}.html", f"{A}/two/{name}") for name in ("mole", "quay")]
    assert first_prediction(moves, f"{A}/old/tide.html") == ""


def test_no_rule_leads_to_a_login_page() -> None:
    moves = [(f"{A}/item?id=10{n}", f"{A}/login/10{n}") for n in range(4)]
    assert first_prediction(moves, f"{A}/item?id=109") == ""
    moves += [(f"{A}/item?id=20{n}", f"{A}/items/20{n}") for n in range(9)]
    assert first_prediction(moves, f"{A}/item?id=209") == f"{A}/items/209"


def test_pages_behind_a_login_weaken_a_rule() -> None:
    moves = [(f"{A}/item?id=20{n}", f"{A}/items/20{n}") for n in range(2)]
    assert first_prediction(moves, f"{A}/item?id=209") == f"{A}/items/209"
    moves += [(f"{A}/item?id=10{n}", f"{A}/login/10{n}") for n in range(4)]
    assert first_prediction(moves, f"{A}/item?id=209") == ""


def test_folders_are_compared_without_letter_case() -> None:
    moves = [(f"{A}/News/2019/{name}", f"{A}/archive/{name}") for name in ("ferry", "lamp")]
    assert first_prediction(moves, f"{A}/news/2019/tide") == f"{A}/archive/tide"


SPELLINGS = {
    "upper case": (("/in/peru", "/about/PERU"), ("/in/chad", "/about/CHAD"), "/in/mali", "/about/MALI"),
    "capitals": (("/t?n=red_lamp", "/w/Red_Lamp"), ("/t?n=old_boat", "/w/Old_Boat"), "/t?n=big_tide", "/w/Big_Tide"),
    "escapes that stay": (("/x/a%2C-lamp", "/y/a%2C-lamp"), ("/x/b%2C-boat", "/y/b%2C-boat"), "/x/c%2C-tide", "/y/c%2C-tide"),
    "other escapes": (("/s?q=red+lamp", "/s/red%20lamp"), ("/s?q=old+boat", "/s/old%20boat"), "/s?q=big+tide", "/s/big%20tide"),
    "stop words left out": (("/n/the-lamp-of-hope", "/b/lamp-hope"), ("/n/a-boat-and-net", "/b/boat-net"), "/n/an-end-to-tides", "/b/end-tides"),
    "apostrophes squeezed": (("/n/women-s-lamp", "/b/womens-lamp"), ("/n/men-s-boat", "/b/mens-boat"), "/n/it-s-tide", "/b/its-tide"),
    "apostrophes taken out": (("/n/women's-lamp", "/b/womens-lamp"), ("/n/men's-boat", "/b/mens-boat"), "/n/it's-tide", "/b/its-tide"),
    "capitals set apart": (("/n/RedLamp", "/b/red-lamp"), ("/n/OldBoat", "/b/old-boat"), "/n/BigTide", "/b/big-tide"),
    "words joined": (("/n/red-lamp", "/b/redlamp"), ("/n/old-boat", "/b/oldboat"), "/n/big-tide", "/b/bigtide"),
    "a number cut off": (("/n/red-lamp-101", "/b/red-lamp"), ("/n/old-boat-202", "/b/old-boat"), "/n/big-tide-303", "/b/big-tide"),
    "a number put before": (("/n?id=101&t=red-lamp", "/b/101-red-lamp"), ("/n?id=202&t=old-boat", "/b/202-old-boat"), "/n?id=303&t=big-tide", "/b/303-big-tide"),
    "the last number": (("/n/red-lamp-10101", "/b/x10101"), ("/n/old-boat-20202", "/b/x20202"), "/n/big-tide-30303", "/b/x30303"),
    "a folder by letter": (("/p/lamp.html", "/p/l/lamp"), ("/p/boat.html", "/p/b/boat"), "/p/tide.html", "/p/t/tide"),
    "a short date": (("/2011/03/07/lamp", "/2011/3/7/lamp"), ("/2012/04/08/boat", "/2012/4/8/boat"), "/2013/05/09/tide", "/2013/5/9/tide"),
    "a date in one number": (("/20110307/lamp", "/2011/03/07/lamp"), ("/20121108/boat", "/2012/11/08/boat"), "/20131209/tide", "/2013/12/09/tide"),
    "a month by name": (("/2011/03/lamp", "/2011/march/lamp"), ("/2012/11/boat", "/2012/november/boat"), "/2013/12/tide", "/2013/december/tide"),
    "a month's name": (("/2011/Mar/lamp", "/2011/03/lamp"), ("/2012/Nov/boat", "/2012/11/boat"), "/2013/Dec/tide", "/2013/12/tide"),
    "marks replaced": (("/n/lamp_(red)", "/b/lamp__red_"), ("/n/boat_(old)", "/b/boat__old_"), "/n/tide_(big)", "/b/tide__big_"),
}  # fmt: skip


@pytest.mark.parametrize(("one", "two", "third", "expected"), SPELLINGS.values(), ids=SPELLINGS)
def test_pieces_are_respelt_as_in_two_moves(
    one: tuple[str, str], two: tuple[str, str], third: str, expected: str
) -> None:
    moves = [(f"{A}{old}", f"{A}{new}") for old, new in (one, two)]
    assert first_prediction(moves, f"{A}{third}") == f"{A}{expected}"


def test_the_url_is_made_from_the_title_if_that_is_known() -> None:
    moves = [
        (f"{A}/p/1", f"{A}/blog/red-lamp-of-old", "Red Lamp of Old | Harbour"),
        (f"{A}/p/2", f"{A}/blog/two-boats", "Two Boats | Harbour"),
    ]
    assert first_prediction(moves, f"{A}/p/3", "The Big Tide | Harbour") == f"{A}/blog/the-big-tide"
    assert first_prediction(moves, f"{A}/p/3") == ""


def test_year_alone_identifies_no_page() -> None:
    moves = [(f"{A}/2011/{n}", f"{A}/archive/2011/") for n in ("lamp", "boat")]
    moves += [(f"{A}/2012/{n}", f"{A}/archive/2012/") for n in ("mole", "quay")]
    assert first_prediction(moves, f"{A}/2013/tide") == ""


def test_rules_agree_only_with_enough_moves_and_without_contradiction() -> None:
    few = [(f"{A}/old/{n}.html", f"{A}/new/{n}") for n in ("lamp", "boat")]
    many = [
        *few,
        *((f"{A}/old/{n}.html", f"{A}/new/{n}") for n in ("mole", "quay", "pier", "dock")),
    ]

    def has_agreeing_rules(moves: list[tuple[str, str]]) -> bool:
        found = SiteRules(KnownMove(*move) for move in moves).predictions(f"{A}/old/tide.html")
        return bool(found) and found[0].agreeing_rules is not None

    assert has_agreeing_rules(many)
    assert not has_agreeing_rules(few)
    assert not has_agreeing_rules([*many, (f"{A}/old/buoy.html", f"{A}/else/where")])


def _long_move(number: int) -> KnownMove:
    words = "-".join(f"word{number * 7 % (position + 40)}" for position in range(9))
    old = f"{A}/2011/0{number % 9 + 1}/{number + 1000}-{words}.html?x={number}&y=b&z=c"
    return KnownMove(old, f"{A}/c{number}/2011/{number % 9 + 1}/{words}-{number + 1000}/", words)


HOSTILE = {
    "many pieces": [_long_move(number) for number in range(300)],
    "long names": [KnownMove(f"{A}/{'a-' * 480}{n}", f"{A}/b/{'a-' * 480}{n}") for n in range(300)],
    "escapes": [KnownMove(f"{A}/{'%41' * 300}{n}", f"{A}/b/{'%41_' * 200}{n}") for n in range(300)],
    "queries": [
        KnownMove(f"{A}/x?{'&'.join(f'q{k}={n}' for k in range(200))}", f"{A}/y?{'&'.join(f'q{k}={n}' for k in range(200))}")
        for n in range(300)
    ],
}  # fmt: skip


@pytest.mark.parametrize("moves", HOSTILE.values(), ids=HOSTILE.keys())
def test_work_is_bounded_for_any_urls(
    moves: list[KnownMove], monkeypatch: pytest.MonkeyPatch
) -> None:
    filled = 0

    def count_and_fill(*args: object) -> str:
        nonlocal filled
        filled += 1
        return template_parts.fill(*args)  # type: ignore[arg-type]

    for module in (piece_matching, url_templates):
        monkeypatch.setattr(module, "fill", count_and_fill)
    SiteRules(moves)
    assert filled < 1_500_000
