"""Test what reports read: every cited link and mirror with its state."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import pytest
from sqlalchemy import event

from store.queries.archives import captures_since, failed_lookups
from store.queries.link_records import LinkFinding
from store.queries.link_states import count_states, states_of
from store.queries.links import link_findings
from store.queries.pages import broken_internal_links, page_warnings
from store.schema import dialects
from store.schema.engine import Database
from store.vocabulary import (
    CaptureResult,
    CaptureStatus,
    InternalLink,
    LookupOutcome,
    LookupResult,
    MirrorOrigin,
    Page,
    PageWarning,
    Reason,
    RetryWhen,
    Role,
    Snapshot,
    State,
)
from store.work.archives.capture_results import record_capture
from store.work.archives.captures import due_captures, mark_requested, queue_captures
from store.work.archives.lookups import LookupTask, record_lookup
from store.work.pages import mark_removed
from tests.integration.store.stored_history import DAY, HOUR, START, StoredHistory

URL = "http://x.example/a"
OLDER = f"https://web.archive.org/web/20190101000000/{URL}"
NEWER = f"https://web.archive.org/web/20210805110426/{URL}"


def read_all(database: Database, wiki: str = "") -> dict[str, LinkFinding]:
    with database.read() as connection:
        return {finding.url: finding for finding in link_findings(connection, wiki=wiki)}


def store_lookup(
    stored_history: StoredHistory,
    url: str,
    service: str,
    outcome: LookupOutcome,
    snapshot: Snapshot | None = None,
) -> None:
    with stored_history.database.write() as connection:
        task = LookupTask(link_id=stored_history.link_id(url), url=url, target_time=START)
        answer = LookupResult(outcome=outcome, snapshot=snapshot, detail="503")
        record_lookup(
            connection,
            stored_history.link_registry(connection, 1, START),
            task,
            answer,
            service=service,
            run_id=1,
            at=START,
            next_lookup_at=START + DAY,
        )


def test_states_are_read_in_statements_of_bounded_size(
    database: Database, stored_history: StoredHistory, monkeypatch: pytest.MonkeyPatch
) -> None:
    stored_history.run(START, pages={"a.md": f"<{URL}>"}, answers={URL: Reason.OK})
    sizes = []

    def count_ids(
        _c: object, _cursor: object, _sql: str, values: Sequence[object], *_: object
    ) -> None:
        sizes.append(len(values))

    with database.read() as connection:
        event.listen(connection, "before_cursor_execute", count_ids)
        assert states_of(connection, range(100_000)) == {stored_history.link_id(URL): State.ALIVE}
    assert max(sizes) <= dialects.CHUNK_SIZE


def test_link_has_every_place_that_cites_it_in_page_order(
    database: Database, stored_history: StoredHistory
) -> None:
    page = f"---\ndate: 2022-01-02\n---\n[乙]({URL}#part)\n\n文[^1]。\n\n[^1]: [甲]({URL}). 访问于 2021-08-03.\n"
    stored_history.run(
        START, pages={"b.md": page, "a.md": f"[first]({URL})"}, answers={URL: Reason.OK}
    )
    (finding,) = read_all(database).values()
    places = [
        (place.page, place.line, place.text, place.url, place.accessed, place.dated)
        for place in finding.citations
    ]
    assert places == [
        ("a.md", 1, "first", URL, None, None),
        ("b.md", 4, "乙", f"{URL}#part", None, date(2022, 1, 2)),
        ("b.md", 8, "甲", URL, date(2021, 8, 3), date(2022, 1, 2)),
    ]
    assert (finding.role, finding.host, finding.original, finding.mirrors) == (
        Role.LINK,
        "x.example",
        None,
        (),
    )
    assert (finding.tracked_state.state, finding.previous_state, finding.changed_run_id) == (
        State.ALIVE,
        State.UNCHECKED,
        1,
    )


def test_mirrors_belong_to_their_original_and_cited_ones_are_findings_too(
    database: Database, stored_history: StoredHistory
) -> None:
    stored_history.run(
        START,
        pages={"a.md": f"[copy]({NEWER}) and [older]({OLDER})"},
        answers={NEWER: Reason.OK, OLDER: Reason.NOT_FOUND},
    )
    third = Snapshot(
        service="wayback",
        url=f"https://web.archive.org/web/20260101000000/{URL}",
        original=URL,
        captured_at=START,
        status=200,
    )
    store_lookup(stored_history, URL, "wayback", LookupOutcome.FOUND, third)
    every = read_all(database)
    assert set(every) == {URL, OLDER, NEWER}  # a mirror that was only found is no finding
    original = every[URL]
    assert [
        (mirror.url, mirror.origin, mirror.state, mirror.status_at_capture)
        for mirror in original.mirrors
    ] == [
        (OLDER, MirrorOrigin.CITED, State.SUSPECT, None),
        (NEWER, MirrorOrigin.CITED, State.ALIVE, None),
        (third.url, MirrorOrigin.FOUND, State.UNCHECKED, 200),
    ]
    ids = {mirror.url: mirror.id for mirror in original.mirrors}
    assert [(place.url, place.mirror_id) for place in original.citations] == [
        (NEWER, ids[NEWER]),
        (OLDER, ids[OLDER]),
    ]
    assert (every[OLDER].role, every[OLDER].original) == (Role.MIRROR, URL)
    assert [place.url for place in every[OLDER].citations] == [OLDER]
    assert [mirror.url for mirror in every[OLDER].mirrors] == [NEWER, third.url]


def test_a_mirror_of_an_unknown_original_has_no_link(
    database: Database, stored_history: StoredHistory
) -> None:
    stored_history.run(
        START, pages={"a.md": "[copy](https://archive.ph/XZn19) [other](https://archive.ph/78efA)"}
    )
    every = read_all(database)
    assert {(url, finding.original, finding.mirrors) for url, finding in every.items()} == {
        ("https://archive.ph/XZn19", None, ()),
        ("https://archive.ph/78efA", None, ()),
    }


def test_the_original_that_one_citation_names_is_that_of_all_citations_of_the_mirror(
    database: Database, stored_history: StoredHistory
) -> None:
    mirror = "https://archive.ph/XZn19"
    stored_history.run(START, pages={"a.md": f'[copy]({mirror} "{URL}")\n\nand again {mirror}\n'})
    every = read_all(database)
    assert every[mirror].original == URL
    assert [known.url for known in every[URL].mirrors] == [mirror]


def test_links_that_are_no_longer_cited_are_no_findings(
    database: Database, stored_history: StoredHistory
) -> None:
    stored_history.run(
        START, pages={"a.md": f"[x]({URL}) [copy]({NEWER})", "b.md": "[y](http://y.example/)"}
    )
    stored_history.run(START + DAY, pages={"a.md": f"[x]({URL})"})
    with database.write() as connection:
        mark_removed(connection, ["b.md"], wiki="", run_id=2)
        assert count_states(connection, wiki="") == {
            Role.LINK: {State.UNCHECKED: 1},
            Role.MIRROR: {},
        }
    every = read_all(database)
    assert set(every) == {URL}
    assert [mirror.url for mirror in every[URL].mirrors] == [NEWER]  # the mirror is still known


def test_each_wiki_has_its_own_findings(database: Database) -> None:
    one, two = StoredHistory(database, "one"), StoredHistory(database, "two")
    one.run(START, pages={"a.md": f"[x]({URL}) [copy]({NEWER})"}, answers={URL: Reason.OK})
    two.run(START, pages={"z.md": f"[x]({URL}) [y](http://y.example/)"})
    assert {
        url: [place.page for place in finding.citations]
        for url, finding in read_all(database, "one").items()
    } == {
        URL: ["a.md", "a.md"],
        NEWER: ["a.md"],
    }
    assert {
        url: [place.page for place in finding.citations]
        for url, finding in read_all(database, "two").items()
    } == {
        URL: ["z.md"],
        "http://y.example/": ["z.md"],
    }
    with database.read() as connection:
        assert count_states(connection, wiki="one") == {
            Role.LINK: {State.ALIVE: 1},
            Role.MIRROR: {State.UNCHECKED: 1},
        }
        assert count_states(connection, wiki="two") == {
            Role.LINK: {State.ALIVE: 1, State.UNCHECKED: 1},
            Role.MIRROR: {},
        }
        assert count_states(connection, wiki="three") == {Role.LINK: {}, Role.MIRROR: {}}


@pytest.mark.parametrize("at_once", [1, 2, 7, 1_000])
def test_findings_are_the_same_however_many_are_read_at_once(
    database: Database, stored_history: StoredHistory, monkeypatch: pytest.MonkeyPatch, at_once: int
) -> None:
    stored_history.run(
        START,
        pages={
            "a.md": "\n\n".join(f"[{n}](http://x.example/{n})" for n in range(7))
            + f"\n\n[x]({URL}) [copy]({NEWER})"
        },
    )
    stored_history.run(START, pages={"b.md": f"[older]({OLDER}) http://x.example/3"})
    monkeypatch.setattr(dialects, "ID_RANGE", at_once)
    with database.read() as connection:
        read = list(link_findings(connection, wiki=""))
    assert [finding.id for finding in read] == sorted(finding.id for finding in read)
    assert len(read) == 10
    by_url = {finding.url: finding for finding in read}
    assert [place.page for place in by_url["http://x.example/3"].citations] == ["a.md", "b.md"]
    assert [mirror.url for mirror in by_url[URL].mirrors] == [OLDER, NEWER]
    assert [mirror.url for mirror in by_url[NEWER].mirrors] == [OLDER]


def test_failed_lookups_of_cited_links_are_listed(
    database: Database, stored_history: StoredHistory
) -> None:
    urls = [f"http://x.example/{outcome}" for outcome in LookupOutcome]
    stored_history.run(
        START,
        pages={"a.md": "\n\n".join(f"<{url}>" for url in urls), "b.md": "<http://y.example/>"},
    )
    for url, outcome in zip(urls, LookupOutcome, strict=True):
        store_lookup(stored_history, url, "wayback", outcome)
    store_lookup(stored_history, "http://y.example/", "wayback", LookupOutcome.UNKNOWN)
    stored_history.run(START, pages={"b.md": "gone"})
    with database.read() as connection:
        result = [
            (lookup.url, lookup.outcome, lookup.detail, lookup.next_lookup_at)
            for lookup in failed_lookups(connection, wiki="")
        ]
        assert list(failed_lookups(connection, wiki="other")) == []
    assert result == [
        ("http://x.example/excluded", LookupOutcome.EXCLUDED, "503", START + DAY),
        ("http://x.example/unknown", LookupOutcome.UNKNOWN, "503", START + DAY),
    ]


def test_ended_and_pending_captures_are_listed(
    database: Database, stored_history: StoredHistory
) -> None:
    urls = {name: f"http://x.example/{name}" for name in ("old", "made", "refused", "waiting")}
    living = dict.fromkeys(urls.values(), Reason.OK)
    run = stored_history.run(
        START, pages={"a.md": "\n\n".join(f"<{url}>" for url in urls.values())}, answers=living
    )
    with database.write() as connection:
        queue_captures(
            connection,
            [stored_history.link_id(url) for url in urls.values()],
            service="wayback",
            run_id=run,
            at=START,
        )
        tasks = {task.url: task for task in due_captures(connection, "wayback", now=START, limit=9)}
        made = Snapshot(
            service="wayback",
            url=f"https://web.archive.org/web/20260302030000/{urls['made']}",
            original=urls["made"],
            captured_at=START,
        )
        refused = CaptureResult(
            status=CaptureStatus.FAILED,
            code="error:blocked-url",
            detail="no",
            retry=RetryWhen.NEVER,
        )
        for name, answer, at in (
            ("old", refused, START - HOUR),
            ("made", CaptureResult(status=CaptureStatus.CAPTURED, snapshot=made), START + HOUR),
            ("refused", refused, START + 2 * HOUR),
        ):
            mark_requested(connection, tasks[urls[name]].capture_id, at=at)
            record_capture(
                connection,
                stored_history.link_registry(connection, run, at),
                tasks[urls[name]],
                answer,
                at=at,
                next_try_at=None,
            )
        found = [
            (capture.url, capture.status, capture.code, capture.mirror)
            for capture in captures_since(connection, START, wiki="")
        ]
        assert len(captures_since(connection, None, wiki="")) == 4
    assert found == [
        (urls["made"], CaptureStatus.CAPTURED, "", made.url),
        (urls["refused"], CaptureStatus.FAILED, "error:blocked-url", None),
        (urls["waiting"], CaptureStatus.QUEUED, "", None),
    ]


def test_broken_internal_links_and_warnings_of_present_pages(
    database: Database, stored_history: StoredHistory
) -> None:
    def page(path: str) -> Page:
        links = [
            InternalLink(
                page=path,
                line=line,
                column=1,
                start=0,
                end=1,
                target=target,
                text="…",
                broken=broken,
            )
            for line, target, broken in (
                (4, "no.md", "missing-page"),
                (3, "#no", "missing-heading"),
                (5, "b.md", None),
            )
        ]
        warning = PageWarning(page=path, line=0, code="not-utf-8", message="read as gb18030")
        return Page(path=path, sha256="0", internal_links=tuple(links), warnings=(warning,))

    run = stored_history.begin(START)
    stored_history.store(run, START, [page("a.md"), page("gone.md")])
    with database.write() as connection:
        mark_removed(connection, ["gone.md"], wiki="", run_id=run)
        found = [
            (link.page, link.line, link.target, link.broken)
            for link in broken_internal_links(connection, wiki="")
        ]
        assert page_warnings(connection, wiki="") == [
            PageWarning(page="a.md", line=0, code="not-utf-8", message="read as gb18030")
        ]
        assert page_warnings(connection, wiki="other") == []
    assert found == [("a.md", 3, "#no", "missing-heading"), ("a.md", 4, "no.md", "missing-page")]


def test_findings_can_be_limited_to_some_pages(database: Database) -> None:
    """Links are shared between wikis, citations are not."""
    shared, own, other = (f"http://{name}.example/" for name in ("shared", "own", "other"))
    StoredHistory(database, "a").run(
        START,
        pages={"1.md": f"<{shared}>", "2.md": f"<{own}> <{shared}>"},
        answers={shared: Reason.OK},
    )
    StoredHistory(database, "b").run(START, pages={"1.md": f"<{other}> <{shared}>"})

    def places(wiki: str, pages: tuple[str, ...] | None = None) -> dict[str, list[str]]:
        with database.read() as connection:
            return {
                finding.url: [place.page for place in finding.citations]
                for finding in link_findings(connection, wiki=wiki, pages=pages)
            }

    assert places("a") == {shared: ["1.md", "2.md"], own: ["2.md"]}
    assert places("b") == {shared: ["1.md"], other: ["1.md"]}
    assert places("a", ("1.md",)) == {shared: ["1.md"]}
    assert places("a", ("3.md",)) == {} == places("c")
    assert read_all(database, "b")[shared].tracked_state.state is State.ALIVE
