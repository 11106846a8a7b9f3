"""Test the manifest: which URLs are in it, and that no text breaks it."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

from hypothesis import given

from reports.formats.manifest import Manifest
from reports.model import Report
from store.vocabulary import Role, State, TrackedState
from tests.schemas import validator
from tests.unit.reports.example_findings import finding, link, mirror, place, report
from tests.unit.reports.hostile import HOSTILE, hostile_report

COPY = mirror(date(2021, 8, 5), id=9)


def links_of(subject: Report) -> dict[str, Any]:
    document = json.loads("".join(Manifest().render(subject)))
    validator("manifest-1.json").validate(document)
    links: dict[str, Any] = document["links"]
    return links


@given(HOSTILE)
def test_no_text_breaks_the_document(text: str) -> None:
    links_of(hostile_report(text))


def test_a_broken_link_uses_its_copy_and_every_spelling_of_it_is_named() -> None:
    cited = [place(url="http://x.example/a#b"), place(url="http://X.example/a")]
    broken = link(State.BROKEN, id=1, citations=cited, mirrors=[COPY])
    found = links_of(report(finding(broken)))
    assert {url: entry["use"] for url, entry in found.items()} == {
        "http://x.example/a": "copy",
        "http://X.example/a": "copy",
    }


def test_unconfirmed_and_working_links_keep_the_original() -> None:
    for state in (State.ALIVE, State.SUSPECT, State.BLOCKED):
        subject = link(state, id=1, citations=[place(url="http://x.example/a")], mirrors=[COPY])
        (entry,) = links_of(report(finding(subject))).values()
        assert (entry["use"], entry["state"], entry["copy"]) == ("original", state, COPY.url)


def test_a_broken_cited_copy_is_replaced_by_another() -> None:
    address = "https://web.archive.org/web/2020/http://x.example/a"
    tracked_state = TrackedState(role=Role.MIRROR, state=State.BROKEN)
    cited = [place(url=address, mirror_id=3)]
    subject = link(
        role=Role.MIRROR, tracked_state=tracked_state, id=1, citations=cited, mirrors=[COPY]
    )
    (key,) = links_of(report(finding(subject)))
    assert key == address


def test_without_a_copy_there_is_nothing_to_use() -> None:
    assert links_of(report(finding(link(State.BROKEN, id=1, mirrors=[])))) == {}
