"""Test which citations a change adds."""

from __future__ import annotations

import pytest

from crawler.scan.added_citations import added_citations
from crawler.scan.reader import read_page
from store.vocabulary import Page

A, B = "http://a.example/", "http://b.example/"


def pages(texts: dict[str, str]) -> list[Page]:
    return [read_page(text.encode(), path) for path, text in texts.items()]


@pytest.mark.parametrize(
    ("before", "after", "added"),
    [
        pytest.param({}, {"a.md": f"[x]({A})"}, [("a.md", 1, 5)], id="a new page"),
        pytest.param({"a.md": f"[x]({A})"}, {"a.md": f"[x]({A})"}, [], id="nothing"),
        pytest.param({"a.md": f"[x]({A})"}, {"b.md": f"[x]({A})"}, [], id="a renamed page"),
        pytest.param({"a.md": f"[x]({A})"}, {"a.md": f"# new\n\n[y]({A}#z)"}, [], id="other words around it"),
        pytest.param({"a.md": f"[x]({A})", "b.md": ""}, {"a.md": "", "b.md": f"[x]({A})"}, [], id="moved to another page"),
        pytest.param({"a.md": f"[x]({A})"}, {"a.md": f"[y]({A})\n\n[x]({A})"}, [("a.md", 1, 5)], id="once more, above"),
        pytest.param({"a.md": f"[x]({A})"}, {"a.md": f"[x]({A})\n\n[x]({A})"}, [("a.md", 3, 5)], id="once more, the same"),
        pytest.param({"a.md": f"[x]({A})"}, {"a.md": f"[x]({B})"}, [("a.md", 1, 5)], id="another URL"),
        pytest.param({"a.md": f"[x]({A}) [y]({B})"}, {"a.md": f"[x]({A})"}, [], id="one removed"),
    ],
)  # fmt: skip
def test_new_citations_are_those_that_the_old_version_lacks(
    before: dict[str, str], after: dict[str, str], added: list[tuple[str, int, int]]
) -> None:
    found = added_citations(pages(before), pages(after))
    assert [(each.page, each.line, each.column) for each in found] == added
