"""Test the Atom feed: each change is one entry."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from hypothesis import given
from lxml import etree

from reports.formats.atom import Atom
from reports.model import Report
from store.vocabulary import Reason, State, TrackedState
from tests.unit.reports.example_findings import NOW, drift, finding, link, proposal, report
from tests.unit.reports.hostile import HOSTILE, hostile_report

NS = "{http://www.w3.org/2005/Atom}"
RFC3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")


def entries(subject: Report) -> list[dict[str, str]]:
    """Return the entries of a feed, checking what RFC 4287 requires (4.1.1, 4.1.2, 4.2.6, 3.3)."""
    feed = etree.fromstring("".join(Atom().render(subject)).encode())
    assert feed.tag == f"{NS}feed"
    assert feed.find(f"{NS}author/{NS}name") is not None
    for element in (feed, *feed.iter(f"{NS}entry")):
        for name in ("id", "title", "updated"):
            assert len(element.findall(NS + name)) == 1
        assert RFC3339.fullmatch(element.findtext(f"{NS}updated", ""))
        assert str(
            UUID(element.findtext(f"{NS}id", "").removeprefix("urn:uuid:"))
        ) in element.findtext(f"{NS}id", "")
        for address in element.findall(f"{NS}link"):
            assert (address.get("rel"), (address.get("href") or "")[:4]) == ("alternate", "http")
    output = [
        {str(child.tag).removeprefix(NS): child.text or "" for child in entry}
        for entry in feed.iter(f"{NS}entry")
    ]
    assert len({entry["id"] for entry in output}) == len(output)
    return output


def failing(since: datetime, state: State = State.BROKEN, **changes: Any) -> Report:
    tracked_state = TrackedState(
        state=state, reason=Reason.GONE, state_since=since, first_failed_at=since
    )
    return report(finding(link(tracked_state=tracked_state, **changes)))


@given(HOSTILE)
def test_no_text_makes_the_feed_invalid(text: str) -> None:
    assert len(entries(hostile_report(text))) == len(entries(hostile_report("text"))) == 10


def test_an_entry_keeps_its_id_until_something_changes() -> None:
    first, again = (
        entries(failing(NOW, final_url=url))[0]["id"] for url in (None, "http://elsewhere.example/")
    )
    confirmed = entries(failing(NOW, State.SUSPECT))[0]["id"]
    anew = entries(failing(NOW + timedelta(days=1)))[0]["id"]
    other = entries(failing(NOW, url="http://y.example/"))[0]["id"]
    assert first == again
    assert len({first, confirmed, anew, other}) == 4


def test_the_newest_changes_come_first_and_the_oldest_are_left_out() -> None:
    findings = [
        finding(
            link(
                id=number,
                url=f"http://x.example/{number}",
                tracked_state=TrackedState(
                    state=State.BROKEN, state_since=NOW - timedelta(days=number)
                ),
            )
        )
        for number in range(300)
    ]
    output = entries(report(*reversed(findings)))
    assert len(output) == 200
    assert [entry["updated"] for entry in output] == sorted(
        (entry["updated"] for entry in output), reverse=True
    )
    assert output[0]["updated"] == "2026-03-09T03:00:00Z"


def test_title_names_the_link_and_its_source_line() -> None:
    (entry,) = entries(failing(NOW))
    assert entry["title"] == "Broken: 链接"
    assert "failing since 2026-03-09" in entry["summary"]
    text = "".join(
        Atom().render(
            report(finding(link(State.BROKEN)), source_url="https://git.example/{path}#L{line}")
        )
    )
    assert 'href="https://git.example/notes/a.md#L12"' in text


def test_possible_move_and_changed_content_are_entries_with_stable_ids() -> None:
    def entries_by_kind(
        *, target: str = "http://x.example/new", seen: datetime = NOW
    ) -> dict[str, dict[str, str]]:
        gone = finding(
            link(State.BROKEN), proposals=(proposal(target, found_at=NOW - timedelta(days=2)),)
        )
        changed = finding(link(State.ALIVE, id=2, url="http://y.example/"), drift=drift(since=seen))
        return {entry["title"].partition(":")[0]: entry for entry in entries(report(gone, changed))}

    first = entries_by_kind()
    assert set(first) == {"Broken", "Possibly moved", "Content changed"}
    assert first["Possibly moved"]["updated"] == "2026-03-07T03:00:00Z"
    assert (
        "possibly moved to http://x.example/new, confidence 88%"
        in first["Possibly moved"]["summary"]
    )
    assert drift().mirror in first["Content changed"]["summary"]
    assert {title: entry["id"] for title, entry in entries_by_kind().items()} == {
        title: entry["id"] for title, entry in first.items()
    }
    again = entries_by_kind(target="http://x.example/other", seen=NOW + timedelta(days=1))
    assert [title for title in first if again[title]["id"] == first[title]["id"]] == ["Broken"]
