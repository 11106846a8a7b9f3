"""Test the frontier: which hosts and links are due."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from store.schema.engine import Database
from store.schema.models import HostRow, PageRow
from store.vocabulary import OriginalSource, Reason, Role, State
from store.work.frontier import DueFilter, DueLink, due_hosts, due_links
from store.work.hosts import hosts_with_links
from store.work.scope import EVERYTHING, Scope
from tests.integration.store.stored_history import DAY, START, StoredHistory

NOW = DueFilter(now=START)
MIRROR = "https://web.archive.org/web/20210805110426/http://a.example/1"
PAGE = f"""
<http://a.example/1> <http://a.example/2> <http://a.example/3> <http://b.example/>
[copy]({MIRROR}) [unknown](https://archive.ph/XZn19)
"""


@pytest.fixture
def cited(stored_history: StoredHistory) -> StoredHistory:
    stored_history.run(START, pages={"a.md": PAGE})
    return stored_history


def hosts(database: Database, wanted: DueFilter = NOW) -> dict[str, int]:
    with database.read() as connection:
        return {host.name: host.links for host in due_hosts(connection, wanted)}


def links(database: Database, host: str, wanted: DueFilter = NOW, **limits: Any) -> list[DueLink]:
    with database.read() as connection:
        host_id = connection.execute(select(HostRow.id).where(HostRow.name == host)).scalar_one()
        return list(due_links(connection, host_id, wanted, **limits))


@pytest.mark.usefixtures("cited")
def test_new_links_are_due_at_once_the_longest_queue_first(database: Database) -> None:
    assert next(iter(hosts(database).items())) == ("a.example", 3)
    assert hosts(database) == {
        "a.example": 3,
        "b.example": 1,
        "web.archive.org": 1,
        "archive.today": 1,
    }
    with database.read() as connection:
        assert sum(host.links for host in due_hosts(connection, DueFilter(now=START))) == 6
        assert due_hosts(connection, DueFilter(now=START - DAY)) == []


def test_hosts_are_found_by_their_links_and_by_the_pages_that_cite_them(
    database: Database, cited: StoredHistory
) -> None:
    cited.run(START, pages={"b.md": "<http://c.example/>"})
    with database.read() as connection:
        ids = {row.path: row.id for row in connection.execute(select(PageRow.path, PageRow.id))}
        only_b = Scope(page_ids=(ids["b.md"],))
        assert hosts_with_links(connection, EVERYTHING) == [
            "a.example",
            "archive.today",
            "b.example",
            "c.example",
            "web.archive.org",
        ]
        assert hosts_with_links(connection, only_b) == ["c.example"]
        assert hosts_with_links(connection, EVERYTHING, names=["a.example", "x"]) == ["a.example"]
        assert hosts_with_links(connection, only_b, names=["a.example"]) == []


def test_probed_link_is_due_again_when_its_time_has_come(
    database: Database, cited: StoredHistory
) -> None:
    cited.run(START, answers={"http://a.example/1": Reason.OK, "http://b.example/": Reason.OK})
    assert hosts(database) == {"a.example": 2, "web.archive.org": 1, "archive.today": 1}
    assert hosts(database, DueFilter(now=START + 7 * DAY))["b.example"] == 1


@pytest.mark.parametrize("ignore_schedule", [False, True])
@pytest.mark.usefixtures("cited")
def test_links_are_listed_in_pages(database: Database, ignore_schedule: bool) -> None:
    wanted = DueFilter(now=START, ignore_schedule=ignore_schedule)
    first = links(database, "a.example", wanted, limit=2)
    assert [link.url for link in first] == ["http://a.example/1", "http://a.example/2"]
    (last,) = links(database, "a.example", wanted, after=first[-1], limit=2)
    assert last.url == "http://a.example/3"
    assert links(database, "a.example", wanted, after=last) == []


def test_links_that_have_been_due_longest_come_first(
    database: Database, cited: StoredHistory
) -> None:
    """With a limit of probes a day, links with high ids would otherwise never be checked."""
    cited.run(START, answers={"http://a.example/1": Reason.OK, "http://a.example/2": Reason.OK})
    wanted = DueFilter(now=START + 7 * DAY)
    first, second, third = links(database, "a.example", wanted)
    assert [each.url[-1] for each in (first, second, third)] == ["3", "1", "2"]
    assert links(database, "a.example", wanted, after=first) == [second, third]
    assert links(database, "a.example", wanted, after=second) == [third]


def test_a_due_link_has_what_choosing_the_request_needs(
    database: Database, cited: StoredHistory
) -> None:
    cited.run(START, answers={"http://a.example/1": Reason.NOT_FOUND})
    (link,) = (
        link
        for link in links(database, "a.example", DueFilter(now=START + DAY))
        if link.url.endswith("/1")
    )
    assert (link.role, link.state, link.probes, link.address) == (Role.LINK, State.SUSPECT, 1, None)
    (mirror,) = links(database, "web.archive.org")
    assert mirror.role is Role.MIRROR
    assert mirror.address is not None
    assert (mirror.address.service, mirror.address.timestamp, mirror.address.original) == (
        "wayback",
        "20210805110426",
        "http://a.example/1",
    )
    assert mirror.address.original_source is OriginalSource.EMBEDDED
    (unknown,) = links(database, "archive.today")
    assert unknown.address is not None
    assert (unknown.address.service, unknown.address.snapshot_id, unknown.address.original) == (
        "archive.today",
        "XZn19",
        None,
    )


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        (DueFilter(now=START), {"a.example": 2, "b.example": 1}),
        (DueFilter(now=START, ignore_schedule=True), {"a.example": 3, "b.example": 1}),
        (DueFilter(now=START, hosts=("b.example",)), {"b.example": 1}),
        (DueFilter(now=START, hosts=("a.example",), ignore_schedule=True), {"a.example": 3}),
        (DueFilter(now=START, hosts=("nobody.example",)), {}),
        (DueFilter(now=START, ids=(1, 4)), {"a.example": 1, "b.example": 1}),
        (DueFilter(now=START, ids=(99,)), {}),
        (DueFilter(now=START - DAY), {}),
    ],
)
def test_due_filter_selects_links(
    database: Database, stored_history: StoredHistory, wanted: DueFilter, expected: dict[str, int]
) -> None:
    urls = ("http://a.example/1", "http://a.example/2", "http://a.example/3", "http://b.example/")
    for url in urls:  # one scan each, so that ids follow their order
        stored_history.run(START, pages={f"{url[-1]}{url[7]}.md": f"<{url}>"})
    stored_history.run(START, answers={"http://a.example/1": Reason.OK})
    assert [stored_history.link_id(url) for url in urls] == [1, 2, 3, 4]
    assert hosts(database, wanted) == expected
    assert sum(len(links(database, host, wanted)) for host in ("a.example", "b.example")) == sum(
        expected.values()
    )


@pytest.mark.usefixtures("cited")
def test_any_number_of_links_can_be_wanted(database: Database) -> None:
    """Databases limit the values of one statement: by default to 32,766 or 65,535 of them."""
    wanted = DueFilter(now=START, ids=(1, 4, *range(100, 300_000)))
    assert hosts(database, wanted) == {"a.example": 1, "b.example": 1}
    assert [link.url for link in links(database, "b.example", wanted)] == ["http://b.example/"]


def test_skipped_link_is_not_due(database: Database, cited: StoredHistory) -> None:
    cited.run(START, answers={"http://b.example/": Reason.EXCLUDED})
    assert "b.example" not in hosts(database)


SHARED, OWN, OTHER = "http://shared.example/", "http://own.example/", "http://other.example/"
COPY = f"https://web.archive.org/web/20210805110426/{OTHER}"


@pytest.mark.parametrize(
    ("wikis", "pages", "expected"),
    [
        (
            None,
            None,
            {"shared.example": 1, "own.example": 1, "other.example": 1, "web.archive.org": 1},
        ),
        (("a",), None, {"shared.example": 1, "own.example": 1}),
        (("b",), None, {"shared.example": 1, "other.example": 1, "web.archive.org": 1}),
        (
            ("a", "b"),
            None,
            {"shared.example": 1, "own.example": 1, "other.example": 1, "web.archive.org": 1},
        ),
        (("c",), None, {}),
        (None, ("1.md",), {"shared.example": 1}),
        (None, ("2.md",), {"own.example": 1}),
        (("b",), ("2.md",), {}),
        (None, ("3.md",), {"shared.example": 1, "other.example": 1, "web.archive.org": 1}),
        (None, (), {}),
    ],
)
def test_a_scope_covers_what_its_pages_cite_and_the_mirrors_of_that(
    database: Database,
    wikis: tuple[str, ...] | None,
    pages: tuple[str, ...] | None,
    expected: dict[str, int],
) -> None:
    StoredHistory(database, "a").run(
        START, pages={"1.md": f"<{SHARED}> <{OTHER}>", "2.md": f"<{OWN}>"}
    )
    StoredHistory(database, "a").run(
        START, pages={"1.md": f"<{SHARED}>"}
    )  # a page has no links that it no longer cites
    StoredHistory(database, "b").run(START, pages={"3.md": f"<{SHARED}> [copy]({COPY})"})
    with database.read() as connection:
        ids = {row.path: row.id for row in connection.execute(select(PageRow.path, PageRow.id))}
    named = None if pages is None else tuple(ids[path] for path in pages)
    assert (
        hosts(database, DueFilter(now=START, scope=Scope(wikis=wikis, page_ids=named))) == expected
    )
