"""Test which archived URL a misspelt one was intended to be."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import cast

import pytest

from crawler.archive_clients.async_client import AsyncArchive
from crawler.moves.lost_page import LostPage
from crawler.moves.unarchived import UnarchivedPages, intended_address, is_typing_error
from crawler.moves.url_rules import SiteRules
from crawler.reading import PageCache, PoliteReader
from store.vocabulary import LookupOutcome, Snapshot, SnapshotList
from store.work.searches import SearchTask

A = "http://a.example"
CITED = f"{A}/news/habour-lights.html"
INTENDED = f"{A}/news/harbour-lights.html"


def snapshots_of(*urls: str) -> list[Snapshot]:
    at = datetime(2019, 4, 1, tzinfo=UTC)
    return [
        Snapshot(service="wayback", url=f"https://web.archive.org/web/20190401000000/{url}", original=url, captured_at=at, status=200)
        for url in urls
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("cited", "intended"),
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
def test_added_missing_replaced_and_swapped_letters_are_typing_errors(
    cited: str, intended: str
) -> None:
    assert is_typing_error(f"{A}{cited}", f"https://www.a.example{intended}")


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
def test_changes_of_digits_short_words_and_punctuation_are_no_typing_errors(
    cited: str, other: str
) -> None:
    assert not is_typing_error(f"{A}{cited}", f"{A}{other}")


def test_the_only_archived_url_with_one_typing_error_is_intended() -> None:
    found = intended_address(
        CITED, snapshots_of(f"{A}/news/tide.html", INTENDED, f"{INTENDED}#top")
    )
    assert found is not None
    assert found.original == INTENDED


def test_two_archived_urls_with_one_typing_error_are_ambiguous() -> None:
    assert intended_address(CITED, snapshots_of(INTENDED, f"{A}/news/labour-lights.html")) is None


def test_an_archived_url_is_not_misspelt() -> None:
    assert intended_address(CITED, snapshots_of(INTENDED, CITED)) is None


def test_without_archived_neighbours_no_url_is_intended() -> None:
    assert intended_address(CITED, []) is None


@pytest.mark.parametrize(
    ("url", "lists_neighbours"), [(CITED, True), ("https://bit.ly/hkQzwPl", False)]
)
def test_the_id_of_a_short_link_is_not_misspelt(url: str, lists_neighbours: bool) -> None:
    listed: list[str] = []

    class Archive:
        async def neighbours(self, original: str) -> SnapshotList:
            listed.append(original)
            return SnapshotList(outcome=LookupOutcome.NONE)

    task = SearchTask(link_id=1, url=url, host="a.example", mementos=(), page_evidence=None)
    pages = UnarchivedPages(
        cast("AsyncArchive", Archive()), cast("PageCache", None), cast("PoliteReader", None)
    )
    asyncio.run(pages.search(SiteRules([]), LostPage(task)))
    assert listed == ([url] if lists_neighbours else [])
