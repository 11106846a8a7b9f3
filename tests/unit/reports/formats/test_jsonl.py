"""Test the JSON Lines: one object per line, whatever its texts are."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.formats.json_text import to_json_line
from reports.formats.jsonl import JsonLines
from store.vocabulary import State, TrackedState
from tests.unit.reports.example_findings import (
    drift,
    finding,
    link,
    mirror,
    place,
    proposal,
    report,
)

TEXT = st.text(st.characters(), max_size=40) | st.text(
    '\x00\x1b\n\r\x1c\x85\u2028\u2029\u202e\u2066\x7f"\\微', max_size=40
)


@given(st.dictionaries(TEXT, TEXT | st.none() | st.integers() | st.lists(TEXT)))
def test_object_is_read_back_from_its_one_line(row: dict[str, Any]) -> None:
    line = to_json_line(row)
    assert line.splitlines() == [line[:-1]]
    assert json.loads(line) == row
    line.encode("utf-8")


def test_other_scripts_stay_readable() -> None:
    assert to_json_line({"text": "微信 – é 👩‍🚀"}) == '{"text":"微信 – é 👩‍🚀"}\n'


@pytest.mark.parametrize(
    ("moment", "written"),
    [
        (None, None),
        (datetime(2026, 3, 2, 3, 0, 0, 999_999, tzinfo=UTC), "2026-03-02T03:00:00Z"),
        (datetime(2026, 3, 2, 3, 0, tzinfo=timezone(timedelta(hours=8))), "2026-03-01T19:00:00Z"),
        (datetime(1, 1, 1, tzinfo=UTC), "0001-01-01T00:00:00Z"),
    ],
)
def test_times_are_utc_to_the_second(moment: datetime | None, written: str | None) -> None:
    subject = link(tracked_state=TrackedState(state=State.ALIVE, checked_at=moment))
    assert json.loads(next(JsonLines().render(report(finding(subject)))))["checked_at"] == written


def test_mirrors_have_distance_and_shown_capture() -> None:
    drifted = mirror(
        date(2021, 8, 5), warnings=("other-capture",), detail="20210807000000, 2 days later"
    )
    subject = link(
        citations=[place(accessed=date(2021, 8, 3)), place(accessed=date(2022, 1, 1))],
        mirrors=[drifted, mirror(None)],
    )
    row = json.loads(next(JsonLines().render(report(finding(subject)))))
    output = [
        (copy["service"], copy["captured_at"], copy["distance_days"], copy["shown_capture"])
        for copy in row["mirrors"]
    ]
    assert output == [
        ("wayback", "2021-08-05T00:00:00Z", 2, "20210807000000, 2 days later"),
        ("archive.today", None, None, None),
    ]
    assert row["best_mirror"] == mirror(None).url


def test_the_parts_of_a_copy_are_null_until_they_were_looked_for() -> None:
    at = datetime(2026, 3, 9, 3, tzinfo=UTC)
    known = mirror(date(2021, 8, 5), id=1, parts_checked=9, parts_missing=0, parts_checked_at=at)
    subject = link(mirrors=[known, mirror(date(2021, 8, 9), id=2)])
    row = json.loads(next(JsonLines().render(report(finding(subject)))))
    assert [copy["parts"] for copy in row["mirrors"]] == [
        {"checked": 9, "missing": 0, "checked_at": "2026-03-09T03:00:00Z"},
        None,
    ]


def test_possible_moves_and_changed_content_are_in_their_links_only() -> None:
    findings = [
        finding(link(State.BROKEN), proposals=(proposal(),)),
        finding(link(id=2, url="http://x.example/2"), drift=drift()),
        finding(link(id=3, url="http://x.example/3")),
    ]
    output = [json.loads(line) for line in JsonLines().render(report(*findings))]
    assert [row.get("possibly_moved", [{}])[0].get("confidence") for row in output] == [
        0.876,
        None,
        None,
    ]
    assert [row.get("content_changed", {}).get("remaining_share") for row in output] == [
        None,
        0.25,
        None,
    ]
