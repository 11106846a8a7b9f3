"""Test which archived URL was meant by a misspelt one."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from crawler.moves.unarchived import intended_address, is_typing_error
from store.vocabulary import Snapshot

A = "http://a.example"
CITED = f"{A}/news/habour-lights.html"
INTENDED = f"{A}/news/harbour-lights.html"


def archived(*urls: str) -> list[Snapshot]:
    at = datetime(2019, 4, 1, tzinfo=UTC)
    return [
        Snapshot(service="wayback", url=f"https://web.archive.org/web/20190401000000/{url}", original=url, captured_at=at, status=200)
        for url in urls
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("cited", "meant"),
    [
        ("/harbour", "/harbor"),
        ("/harbor", "/harbour"),
        ("/harbaur", "/harbour"),
        ("/harbuor", "/harbour"),
        ("/Harbour", "/harbour"),
        ("/x/harbuor/page.html?id=12", "/x/harbour/page.html?id=12"),
        ("/show?name=harbuor", "/show?name=harbour"),
        ("/caf%C3%A9-%C3%A0-lyon", "/caf%C3%A9-%C3%A0-lyons"),
    ],
)
def test_one_letter_more_less_other_or_swapped_is_an_error(cited: str, meant: str) -> None:
    assert is_typing_error(f"{A}{cited}", f"https://www.a.example{meant}")


@pytest.mark.parametrize(
    ("cited", "other"),
    [
        ("/harbour", "/harbour"),
        ("/report-2", "/report-3"),
        ("/report", "/report2"),
        ("/part-i", "/part-ii"),
        ("/cat", "/car"),
        ("/old-harbour", "/oldharbour"),
        ("/harbour", "/arbours"),
        ("/harbour.html", "/harbour.htm"),
        ("/harbour", "/harbour-lights"),
        ("/12345", "/12354"),
    ],
)
def test_other_digits_short_words_and_marks_are_no_error(cited: str, other: str) -> None:
    assert not is_typing_error(f"{A}{cited}", f"{A}{other}")


def test_the_only_archived_url_at_one_typing_error_is_proposed() -> None:
    found = intended_address(CITED, archived(f"{A}/news/tide.html", INTENDED, f"{INTENDED}#top"))
    assert found is not None
    assert found.original == INTENDED


def test_two_archived_urls_at_one_typing_error_are_no_evidence() -> None:
    assert intended_address(CITED, archived(INTENDED, f"{A}/news/labour-lights.html")) is None


def test_archived_address_is_not_misspelt() -> None:
    assert intended_address(CITED, archived(INTENDED, CITED)) is None


def test_without_archived_redirects_no_address_is_meant() -> None:
    assert intended_address(CITED, []) is None
