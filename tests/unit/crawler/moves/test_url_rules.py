"""URL rules: what is learnt from two moves, and when it applies to a third page."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.moves.url_rules import KnownMove, have_same_shape, learn_rules

A = "http://a.example"
DEEP = "/".join("abcdefghijk")

# two moves, a third page, where it must have gone
LEARNT = {
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


@pytest.mark.parametrize(("one", "two", "third", "expected"), LEARNT.values(), ids=LEARNT.keys())
def test_rule_learnt_from_two_moves_leads_a_third_page(
    one: tuple[str, str], two: tuple[str, str], third: str, expected: str
) -> None:
    rewrites = learn_rules([KnownMove(*one), KnownMove(*two)])
    assert expected in [rewrite.apply(third) for rewrite in rewrites]


SILENT = {
    "one move alone": ([(f"{A}/old/one", f"{A}/new/one")], f"{A}/old/two"),
    "the same move twice": ([(f"{A}/old/one", f"{A}/new/one")] * 2, f"{A}/old/two"),
    "all to one place": ([(f"{A}/old/one", f"{A}/sorry"), (f"{A}/old/two", f"{A}/sorry")], f"{A}/old/three"),
    "nothing in common": ([(f"{A}/p/17", f"{A}/harbour-lights"), (f"{A}/p/18", f"{A}/two-boats")], f"{A}/p/19"),
    "merely tidied": ([(f"{A}/x/one", "https://www.a.example/x/one/"), (f"{A}/x/two", "https://www.a.example/x/two/")], f"{A}/x/three"),
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


@pytest.mark.parametrize(("moves", "third"), SILENT.values(), ids=SILENT.keys())
def test_rules_keep_silent_where_nothing_was_learnt(
    moves: list[tuple[str, str]], third: str
) -> None:
    assert not [
        new
        for rewrite in learn_rules(KnownMove(*pair) for pair in moves)
        if (new := rewrite.apply(third))
    ]


def test_rules_that_more_pages_followed_come_first() -> None:
    moves = [KnownMove(f"{A}/a/{number}x", f"{A}/b/{number}x") for number in range(5)]
    moves += [KnownMove(f"{A}/a/{word}.html", f"{A}/c/{word}") for word in ("lamp", "boat")]
    assert next(len(rewrite.moves) for rewrite in learn_rules(moves)) == 5


def test_of_rules_with_as_many_moves_the_plainer_comes_first() -> None:
    rewrites = learn_rules(
        [KnownMove(f"{A}/old/one", f"{A}/new/one"), KnownMove(f"{A}/old/two", f"{A}/new/two")]
    )
    assert [rewrite.shape is None for rewrite in rewrites] == [True, False]


@pytest.mark.parametrize(
    ("other", "alike"),
    [
        (f"{A}/2020/b.html", True),
        (f"{A}/2020/b.htm", False),
        (f"{A}/2020/05/b.html", False),
        (f"{A}/2020/b.html?p=1", False),
        ("http://b.example/2020/b.html", False),
        ("http://", False),
    ],
)
def test_addresses_built_the_same_are_alike(other: str, alike: bool) -> None:
    page = f"{A}/2019/a.html"
    assert have_same_shape(page, other) is have_same_shape(other, page) is alike


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
@settings(deadline=None)
def test_every_rule_explains_the_moves_it_was_learnt_from(moves: list[KnownMove]) -> None:
    for rewrite in learn_rules(moves):
        for move in rewrite.moves:
            assert rewrite.apply(move.old) == move.new


@given(
    st.lists(st.builds(KnownMove, st.text(max_size=30), st.text(max_size=30)), max_size=4),
    st.text(max_size=30),
)
@settings(deadline=None)
def test_any_texts_are_survived(moves: list[KnownMove], url: str) -> None:
    for rewrite in learn_rules(moves):
        rewrite.apply(url)
