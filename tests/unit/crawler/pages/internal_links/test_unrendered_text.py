"""Test which text of a page is a formula or a comment, in which brackets are no links."""

from __future__ import annotations

import pytest

from crawler.pages.internal_links.unrendered_text import UnrenderedText
from store.vocabulary import InternalLink


def is_in_formula(text: str, line: int, column: int = 1) -> bool:
    """Return whether a link at a place of a page with this text is in a formula."""
    link = InternalLink(page="a.md", line=line, column=column, start=0, end=0, target="x")
    return UnrenderedText(lambda _page: text).is_in_formula(link)


@pytest.mark.parametrize(
    ("text", "line", "column", "expected"),
    [
        ("$$\n[[x,y]]\n$$\n", 2, 1, True),
        ("costs $5 and [x](y.md)\n", 1, 14, False),
        ("```\n$$\n```\n[x](y.md)\n\n$$", 4, 1, False),
        ("`" * 50_000 + "\n" + "a\n" * 50_000 + "$$[x](y)$$", 50_002, 3, True),
        ("\\begin{a}\n" * 120_000 + "[x](y.md)", 120_001, 1, True),  # after what is searched
        ("a\n" * 600_000 + "[x](y.md)", 600_001, 1, False),  # no formula at all
    ],
    ids=["formula", "price", "after code", "after a long run of marks", "too long", "long"],
)
def test_a_link_in_a_formula(text: str, line: int, column: int, *, expected: bool) -> None:
    assert is_in_formula(text, line, column) is expected
