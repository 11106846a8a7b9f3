"""Test the counts of a survey of a wiki."""

from __future__ import annotations

from crawler.scan.page_source import PageSource
from crawler.scan.survey import survey_pages


def page(text: str, path: str = "a.md") -> PageSource:
    data = text.encode()
    return PageSource(path=path, size=len(data), data=data)


def test_each_link_and_mirror_counts_once() -> None:
    archived = "https://web.archive.org/web/20200101000000/https://a.example/1"
    found = survey_pages(
        [
            page(f"<https://a.example/1> <{archived}>"),
            page(f"<{archived}> <https://A.example/1#part> <https://b.example/>", "b.md"),
        ]
    )
    assert (found.pages, found.citations, found.links, found.unmirrored) == (2, 5, 2, 1)
    assert found.services == {"wayback": 1}
    assert found.hosts == {"a.example": 1, "b.example": 1, "web.archive.org": 1}
