"""Test mementos of the local archive in the search for moved pages and in comparisons."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import update

from crawler.archives.local_urls import parse_record_address, record_address
from crawler.drift.job import due_comparisons
from crawler.http.exchange import HttpExchange
from crawler.local_archive.layout import ArchiveLayout
from crawler.local_archive.writer import open_archive_writer
from crawler.moves.job import due_searches
from store.schema.models import CitationRow, LinkRow
from store.vocabulary import DriftOutcome, MirrorOrigin, SearchOutcome, State, format_timestamp
from store.work.comparisons import drift_findings
from store.work.links import MirrorRecord
from tests.integration.crawler.conftest import OpenJob
from tests.integration.crawler.test_local_captures import cite
from tests.integration.crawler.test_moves_and_drift import (
    A,
    World,
    article,
    best_proposal,
    html,
    world_of,
)
from tests.integration.store.leasing import acquire_lease, ensure_host
from tests.unit.crawler.local_archive.exchanges import START, exchange
from tests.web.archive import RunningWayback

OLD, NEW = f"{A}/2019/harbour.html", f"{A}/stories/harbour/"


@pytest.fixture
def world(another_job: OpenJob, wayback: RunningWayback) -> World:
    return world_of(another_job, wayback)


def add_local_copy(world: World, url: str, text: str, *, to: str = "", at: datetime = START) -> int:
    """Capture a link, with `to` as a redirect there, and return the link's id."""
    job, after = world.job, round((at - START).total_seconds())
    page = exchange(
        to or url, text.encode(), after=after, headers="Content-Type: text/html; charset=utf-8\r\n"
    )
    exchanges: list[HttpExchange] = (
        [exchange(url, b"", after=after, status=301, headers=f"Location: {to}\r\n"), page]
        if to
        else [page]
    )
    with open_archive_writer(ArchiveLayout(job.loaded.local_archive)) as archive:
        for each in exchanges:
            archive.write(each)
    key = record_address(format_timestamp(at), url)
    address = parse_record_address(key)
    assert address
    with job.database.write() as connection:
        link_id = connection.execute(LinkRow.__table__.select().where(LinkRow.url == url)).one().id
        record = MirrorRecord(
            url=key, address=address, original_id=link_id, origin=MirrorOrigin.CAPTURED
        )
        job.link_registry(connection).mirror_ids([record])
        connection.execute(update(LinkRow).where(LinkRow.url == key).values(state=State.ALIVE))
    return int(link_id)


def test_a_page_with_only_a_local_copy_is_found_at_its_new_address(world: World) -> None:
    world.broken(OLD, None)
    add_local_copy(world, OLD, article(1, old=True))
    world.redirected(OLD, NEW)
    world.pages |= {NEW: html(article(1)), f"{A}/60": html(article(2)), f"{A}/61": html(article(3))}
    found = world.search()
    assert best_proposal(found, OLD) == NEW
    assert found[OLD][1][0].compared_with == record_address(format_timestamp(START), OLD)
    assert world.replayed == [OLD], "only the archived redirect is requested from the archive"


def test_a_local_copy_that_cannot_be_read_now_makes_a_search_inconclusive(world: World) -> None:
    world.broken(OLD, None)
    add_local_copy(world, OLD, article(1, old=True))
    (index,) = ArchiveLayout(world.job.loaded.local_archive).indexes.glob("*.cdxj")
    index.unlink()
    index.mkdir()
    assert world.search()[OLD][0] is SearchOutcome.UNKNOWN


def test_the_local_copy_is_used_if_the_archive_shows_nothing(world: World) -> None:
    world.broken(OLD, "<title>404 Not Found</title><h1>404 Not Found</h1>")
    add_local_copy(world, OLD, article(1, old=True), at=datetime(2018, 5, 4, 12, tzinfo=UTC))
    world.redirected(OLD, NEW)
    world.wayback.snapshots.pop(0)
    world.pages |= {NEW: html(article(1)), f"{A}/60": html(article(2)), f"{A}/61": html(article(3))}
    (task,) = due_searches(world.job, limit=9)
    assert [memento.service for memento in task.mementos] == ["wayback", "local"], (
        "it is not known when the page was read, so public copies come first"
    )
    assert best_proposal(world.search(), OLD) == NEW


def test_a_local_redirect_is_followed_to_the_text_of_the_page(world: World) -> None:
    world.broken(OLD, None)
    add_local_copy(world, OLD, article(1, old=True), to=f"{A}/2020/harbour.html")
    world.redirected(OLD, NEW)
    world.pages |= {NEW: html(article(1)), f"{A}/60": html(article(2)), f"{A}/61": html(article(3))}
    assert best_proposal(world.search(), OLD) == NEW


def test_a_damaged_local_copy_is_no_baseline(world: World) -> None:
    world.broken(OLD, None)
    add_local_copy(world, OLD, article(1, old=True))
    (warc,) = ArchiveLayout(world.job.loaded.local_archive).warc_files()
    warc.write_bytes(warc.read_bytes()[:300])
    world.redirected(OLD, NEW)
    world.pages[NEW] = html(article(1))
    assert world.search() == {OLD: (SearchOutcome.NO_BASELINE, ())}


def test_a_living_page_is_compared_with_the_local_copy_without_an_archive(
    world: World, another_job: OpenJob
) -> None:
    cite(world.job, OLD)
    link_id = add_local_copy(world, OLD, article(1, old=True))
    world.pages[OLD] = html(article(7))
    with world.job.database.write() as connection:  # another process uses the archive
        acquire_lease(
            connection,
            ensure_host(connection, "web.archive.org"),
            owner="other",
            now=world.job.clock(),
            length=timedelta(hours=1),
        )
    found = world.compare()
    assert (world.requested, world.replayed) == ([OLD], [])
    remaining = found[OLD].comparison.remaining_share
    assert remaining is not None
    assert remaining < 0.5
    with world.job.database.read() as connection:
        drift = drift_findings(connection, [link_id])[link_id]
    assert (drift.outcome, drift.mirror) == (
        DriftOutcome.CHANGED,
        record_address(format_timestamp(START), OLD),
    )


@pytest.mark.parametrize(
    ("read_on", "service"), [("2019-04-02", "wayback"), ("2026-05-01", "local"), (None, "wayback")]
)
def test_the_memento_nearest_to_the_access_date_is_compared(
    world: World, read_on: str | None, service: str
) -> None:
    cite(world.job, OLD)
    world.alive(OLD, article(1), article(1, old=True))
    add_local_copy(world, OLD, article(1, old=True))
    with world.job.database.write() as connection:
        connection.execute(
            update(CitationRow).values(
                accessed=datetime.fromisoformat(read_on).date() if read_on else None
            )
        )
    (task,) = due_comparisons(world.job, limit=9)
    assert task.memento.service == service
    assert world.compare()[OLD].comparison.remaining_share == 1.0
    assert world.replayed == ([OLD] if service == "wayback" else [])


def test_an_unreadable_copy_makes_the_comparison_inconclusive(world: World) -> None:
    cite(world.job, OLD)
    add_local_copy(world, OLD, article(1, old=True))
    world.pages[OLD] = html(article(7))
    (warc,) = ArchiveLayout(world.job.loaded.local_archive).warc_files()
    warc.unlink()
    item = world.compare()[OLD]
    assert (item.is_final, item.comparison.remaining_share) == (False, None)
    assert item.comparison.detail == "the memento was not shown: not-found"


def test_without_the_local_archive_its_copies_are_not_compared(world: World) -> None:
    cite(world.job, OLD)
    add_local_copy(world, OLD, article(1, old=True))
    archive = world.job.loaded.local_archive
    archive.rename(archive.with_name("elsewhere"))
    assert due_comparisons(world.job, limit=9) == []
