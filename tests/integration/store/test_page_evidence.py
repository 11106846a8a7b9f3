"""Test what mementos of links showed, on databases of both kinds."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import Connection, select, update

from crawler.archives import parse_mirror
from crawler.liveness import advance, make_judgement
from store.schema.engine import Database
from store.schema.models import CitationRow, LinkRow, MirrorRow
from store.vocabulary import (
    OWN_CAPTURE,
    OWN_PROBE,
    HistoryPolicy,
    MirrorOrigin,
    MirrorQuality,
    PageEvidence,
    Probe,
    Reason,
    Role,
    State,
    TrackedState,
)
from store.work.archives.archive_context import Circumstances
from store.work.cited_texts import cited_texts
from store.work.frontier import schedule_probes
from store.work.history import ProbeResult, record_results
from store.work.links import MirrorRecord
from store.work.page_evidence import archived_pages, earlier_pages
from tests.integration.store.stored_history import DAY, START, StoredHistory

LINK, OTHER = "http://a.example/1", "http://a.example/2"
OLDER, NEWER = "20180101000000", "20220101000000"
SERVICES = ("wayback",)


@pytest.fixture
def stored_history(database: Database) -> StoredHistory:
    """Return a history with two links; the first one has two mementos."""
    stored_history = StoredHistory(database, "notes")
    run = stored_history.run(START, pages={"a.md": f"[1]({LINK}) [2]({OTHER})"})
    with database.write() as connection:
        for timestamp in (OLDER, NEWER):
            add_memento(connection, stored_history, run, timestamp)
    return stored_history


def memento_url(timestamp: str) -> str:
    return f"https://web.archive.org/web/{timestamp}/{LINK}"


def add_memento(
    connection: Connection, stored_history: StoredHistory, run: int, timestamp: str
) -> None:
    url = memento_url(timestamp)
    address = parse_mirror(url)
    assert address
    record = MirrorRecord(
        url=url,
        address=address,
        original_id=stored_history.link_id(LINK),
        origin=MirrorOrigin.FOUND,
    )
    stored_history.link_registry(connection, run, START).mirror_ids([record])
    connection.execute(update(LinkRow).where(LinkRow.url == url).values(state=State.ALIVE))


def store_memento(
    stored_history: StoredHistory,
    timestamp: str,
    title: str,
    *,
    after: timedelta = DAY,
    reason: Reason = Reason.OK,
    simhash: int | None = 7,
) -> None:
    """Record a probe of a memento."""
    at = START + after
    probe = Probe(
        url=memento_url(timestamp),
        role=Role.MIRROR,
        started_at=at,
        finished_at=at,
        evidence=PageEvidence(title=title, simhash=simhash),
    )
    result = ProbeResult(
        link_id=stored_history.link_id(memento_url(timestamp)),
        run_id=1,
        lease=None,
        probe=probe,
        judgement=make_judgement(reason),
    )

    def keep_alive(
        state: TrackedState, judgement: object, at: object, circumstances: Circumstances
    ) -> TrackedState:
        return advance(state, make_judgement(Reason.OK), START, HistoryPolicy(), random=0.5)

    with stored_history.database.write() as connection:
        record_results(connection, [result], keep_alive)


def titles(stored_history: StoredHistory) -> dict[str, str]:
    link_ids = {url: stored_history.link_id(url) for url in (LINK, OTHER)}
    with stored_history.database.read() as connection:
        pages = archived_pages(connection, link_ids.values(), services=SERVICES)
    return {url: pages[link_id].title for url, link_id in link_ids.items() if link_id in pages}


def test_the_newest_memento_that_was_probed_counts(stored_history: StoredHistory) -> None:
    assert titles(stored_history) == {}
    store_memento(stored_history, OLDER, "older")
    assert titles(stored_history) == {LINK: "older"}
    store_memento(stored_history, NEWER, "newer")
    assert titles(stored_history) == {LINK: "newer"}


def test_the_memento_nearest_to_the_day_of_reading_counts(stored_history: StoredHistory) -> None:
    store_memento(stored_history, OLDER, "older")
    store_memento(stored_history, NEWER, "newer")
    with stored_history.database.write() as connection:
        connection.execute(update(CitationRow).values(accessed=date(2018, 2, 3)))
    assert titles(stored_history) == {LINK: "older"}


def test_memento_captured_by_us_is_marked(stored_history: StoredHistory) -> None:
    store_memento(stored_history, OLDER, "older")
    with stored_history.database.write() as connection:
        connection.execute(update(MirrorRow).values(origin=MirrorOrigin.CAPTURED))
    with stored_history.database.read() as connection:
        pages = archived_pages(connection, [stored_history.link_id(LINK)], services=SERVICES)
    assert pages[stored_history.link_id(LINK)].html_markers == (OWN_CAPTURE,)


def test_memento_without_text_does_not_count(stored_history: StoredHistory) -> None:
    store_memento(stored_history, OLDER, "older")
    store_memento(stored_history, NEWER, "a picture", simhash=None)
    assert titles(stored_history) == {LINK: "older"}


def test_the_last_probe_that_was_served_counts(stored_history: StoredHistory) -> None:
    store_memento(stored_history, NEWER, "first")
    store_memento(stored_history, NEWER, "second", after=2 * DAY)
    store_memento(stored_history, NEWER, "an error", after=3 * DAY, reason=Reason.NOT_FOUND)
    assert titles(stored_history) == {LINK: "second"}


def test_mementos_that_are_unusable_or_on_other_services_do_not_count(
    stored_history: StoredHistory,
) -> None:
    store_memento(stored_history, OLDER, "older")
    store_memento(stored_history, NEWER, "newer")
    with stored_history.database.write() as connection:
        newer = select(LinkRow.id).where(LinkRow.url == memento_url(NEWER)).scalar_subquery()
        connection.execute(
            update(MirrorRow)
            .where(MirrorRow.link_id == newer)
            .values(quality=MirrorQuality.UNUSABLE)
        )
    assert titles(stored_history) == {LINK: "older"}
    with stored_history.database.read() as connection:
        assert not archived_pages(
            connection, [stored_history.link_id(LINK)], services=("archive.today",)
        )


def show_page(
    stored_history: StoredHistory, url: str, title: str, *, after: timedelta = DAY
) -> None:
    """Record a probe of a link."""
    at = START + after
    page = PageEvidence(title=title, simhash=7)
    probe = Probe(url=url, role=Role.LINK, started_at=at, finished_at=at, evidence=page)
    result = ProbeResult(
        link_id=stored_history.link_id(url),
        run_id=1,
        lease=None,
        probe=probe,
        judgement=make_judgement(Reason.OK),
    )

    def keep_alive(
        state: TrackedState, judgement: object, at: object, circumstances: Circumstances
    ) -> TrackedState:
        return advance(state, make_judgement(Reason.OK), START, HistoryPolicy(), random=0.5)

    with stored_history.database.write() as connection:
        record_results(connection, [result], keep_alive)


def test_the_page_read_first_replaces_a_missing_memento(stored_history: StoredHistory) -> None:
    store_memento(stored_history, OLDER, "memento")
    for url in (LINK, OTHER):
        show_page(stored_history, url, "first")
        show_page(stored_history, url, "second", after=2 * DAY)
    link, other = stored_history.link_id(LINK), stored_history.link_id(OTHER)
    with stored_history.database.read() as connection:
        pages = earlier_pages(connection, [link, other], services=SERVICES)
    assert {key: page.title for key, page in pages.items()} == {link: "memento", other: "first"}
    assert pages[other].html_markers == (OWN_PROBE,)


def test_texts_of_citations_are_read_by_link(stored_history: StoredHistory) -> None:
    stored_history.run(
        START + DAY, pages={"b.md": f"[Harbour lights]({LINK}) [Harbour lights]({LINK})"}
    )
    link, other = stored_history.link_id(LINK), stored_history.link_id(OTHER)
    with stored_history.database.read() as connection:
        texts = cited_texts(connection, [link, other])
    assert texts == {link: ("1", "Harbour lights"), other: ("2",)}


def test_a_link_that_is_scheduled_for_new_evidence_has_no_validators(
    stored_history: StoredHistory,
) -> None:
    link_id = stored_history.link_id(LINK)
    with stored_history.database.write() as connection:
        connection.execute(update(LinkRow).values(validators={"url": LINK, "length": 9}))
        schedule_probes(connection, [link_id], at=START)
    with stored_history.database.read() as connection:
        statement = select(LinkRow.validators, LinkRow.next_probe_at).where(LinkRow.id == link_id)
        assert connection.execute(statement).one() == (None, START)
