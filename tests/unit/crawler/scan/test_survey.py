"""A look at a wiki, counted."""

from __future__ import annotations

import pytest

from crawler.scan.page_source import PageSource
from crawler.scan.survey import survey_pages


def page(text: str, path: str = "a.md") -> PageSource:
    data = text.encode()
    return PageSource(path=path, size=len(data), data=data)


@pytest.mark.parametrize(
    ("text", "languages"),
    [
        ("夜间轮渡停航了，公告见下。", ("Chinese",)),
        ("夜のフェリーは運航をやめました。告知はこちらです。", ("Japanese",)),
        ("야간 여객선은 운항을 그만두었다", ("Korean",)),
        ("Ночной паром больше не ходит", ("Russian",)),
        ("The night ferry does not run any more", ("Latin letters",)),
        ("夜渡 The night ferry stopped 停航公告见下", ("Chinese", "Latin letters")),
        (
            "灯 [a](https://one.example/a/very/long/path/of/many/words/in/latin/letters) <div class='a b c d e f'>",
            ("Chinese",),
        ),
        ("", ()),
    ],
)
def test_letters_tell_of_languages(text: str, languages: tuple[str, ...]) -> None:
    assert survey_pages([page(text)]).languages == languages


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
