"""Test the JSON document against its schema."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import example, given

from reports.formats.json import Json
from reports.model import Report, Section
from store.vocabulary import State, TrackedState
from tests.schemas import published, validator
from tests.unit.reports.example_findings import finding, link, report
from tests.unit.reports.hostile import HOSTILE, hostile_report

SITEMAP = "http://x.example/sitemap.xml"


# Control characters but the line feed, line separators, marks that turn the writing direction.
CONTROL_CHARACTERS = re.compile(
    "[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\U000e0000-\U000e007f]"
)


def document(subject: Report) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads("".join(Json().render(subject)))
    validator("document-2.json").validate(loaded)
    return loaded


@example("\x7f\U000e0041\xad")
@given(HOSTILE)
def test_texts_are_read_back_and_have_no_control_characters(text: str) -> None:
    written = "".join(Json().render(hostile_report(text)))
    assert not CONTROL_CHARACTERS.search(written)
    output = document(hostile_report(text))
    assert (
        output["wiki"]
        == output["findings"][0]["citations"][0]["text"]
        == output["internal_links"][0]["target"]
        == text
    )


def test_sections_name_findings_by_their_urls() -> None:
    output = document(
        report(
            finding(link(State.BROKEN), new=True),
            finding(link(State.MOVED, id=2, url="http://y.example/")),
        )
    )
    assert output["sections"][Section.NEWLY_BROKEN] == ["http://x.example/a"]
    assert output["sections"][Section.MOVED] == ["http://y.example/"]
    assert set(output["sections"]) == set(Section)
    assert [row["url"] for row in output["findings"]] == ["http://x.example/a", "http://y.example/"]


def test_an_empty_store_gives_a_document_too() -> None:
    assert document(report())["findings"] == []


def test_a_finding_is_the_same_object_in_both_schemas() -> None:
    line, whole = published("report-2.json"), published("document-2.json")
    shared = {
        name: value
        for name, value in line["properties"].items()
        if name not in {"schema", "run", "wiki"}
    }
    assert whole["$defs"]["finding"]["properties"] == shared
    assert {name: whole["$defs"][name] for name in line["$defs"]} == line["$defs"]


def test_the_sitemap_is_named_only_if_it_was_read_since_the_refusal() -> None:
    since = datetime(2026, 3, 2, tzinfo=UTC)
    blocked = TrackedState(state=State.BLOCKED, state_since=since)
    for days, is_named in ((8, True), (-8, False)):
        read_at = since + timedelta(days=days)
        listed = link(tracked_state=blocked, listed_at=read_at, listed_by=SITEMAP)
        (row,) = document(report(finding(listed)))["findings"]
        assert row.get("site_listing", {}).get("source") == (SITEMAP if is_named else None)
