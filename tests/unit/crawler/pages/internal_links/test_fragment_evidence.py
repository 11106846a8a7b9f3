"""Test the signs of fragments in a page's source, and that a hostile page is searched in time."""

from __future__ import annotations

import pytest

from crawler.pages.internal_links.fragment_evidence import FragmentEvidence


@pytest.mark.parametrize(
    ("text", "fragment", "expected"),
    [
        ("<!-- md:setting Config.A -->", "config.a", True),
        ("<!-- md:setting config.a-b -->", "config.a", False),
        ("<!-- a.config config.a.b config.a -->", "config.a", True),
        ("# Lamps\n\n![[Oil]]", "anything", True),
        ("# Lamps\n\n![[Oil", "anything", False),
        (
            "<script setup>\nimport List from './List.vue'\n</script>\n\n<List />\n",
            "anything",
            True,
        ),
        ("# Lamps\n\n<List />\n", "anything", False),
        ("---\ntitle: Lamps\nlayout: list\n---\n", "anything", True),
        ("---\ntitle: Lamps\n---\n\nOil.\n", "anything", False),
        ("= Lamps\n\nlamps::catalogue[]\n", "anything", True),
        ("= Lamps\n\nimage::lamp.png[]\n\noil:: burns\n", "anything", False),
    ],
)
def test_only_whole_words_of_the_source_are_signs(text: str, fragment: str, expected: bool) -> None:
    assert FragmentEvidence(text).may_have(fragment) is expected


def test_a_hostile_page_is_searched_in_linear_time() -> None:
    """In quadratic time each of these takes many minutes."""
    assert not FragmentEvidence("![[" * 300_000).may_have("oil")
    words = ".".join(["a"] * 400_000)
    assert not FragmentEvidence(f"<!-- {words} b -->").may_have(".".join(["a"] * 200_000) + ".b")


def test_a_fragment_longer_than_any_title_may_be_transliterated() -> None:
    assert FragmentEvidence("## 中b中").may_transliterate("a" * 2_000)
    assert not FragmentEvidence("## 中b中").may_transliterate("a" * 900)
