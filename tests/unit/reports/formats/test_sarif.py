"""Test the SARIF log."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from sarif_pydantic import Sarif as PublishedSarif

from reports.formats.sarif import Sarif
from reports.model import Report
from store.vocabulary import Reason, State, TrackedState
from tests.schemas import validator
from tests.unit.reports.example_findings import (
    drift,
    finding,
    link,
    mirror,
    place,
    proposal,
    report,
)
from tests.unit.reports.hostile import HOSTILE, hostile_report

# The part of the standard's schema that holds what we write, stricter than it: nothing else may stand there.
SCHEMA = Path(__file__).with_name("sarif.schema.json")


def results(subject: Report) -> list[dict[str, Any]]:
    log = json.loads("".join(Sarif().render(subject)))
    validator(SCHEMA).validate(log)
    PublishedSarif.model_validate(log, strict=False)
    (run,) = log["runs"]
    rules = run["tool"]["driver"]["rules"]
    assert "ok" not in {rule["id"] for rule in rules}
    for result in run["results"]:
        assert result["ruleId"] in {rule["id"] for rule in rules}
        assert "ruleIndex" not in result or rules[result["ruleIndex"]]["id"] == result["ruleId"]
    found: list[dict[str, Any]] = run["results"]
    return found


@given(HOSTILE)
def test_no_text_makes_the_log_invalid(text: str) -> None:
    output = results(hostile_report(text))
    assert len(output) == 9
    for result in output:
        message = result["message"]["text"]
        assert message.replace("\u200c", "").replace("\u200d", "").isprintable()
        unescaped = (
            message.replace("\\\\", "")
            .replace("\\[", "")
            .replace("\\]", "")
            .replace("{{", "")
            .replace("}}", "")
        )
        assert not set(unescaped) & set("[]{}\\")


@pytest.mark.parametrize(
    ("state", "level"),
    [
        (State.BROKEN, "error"),
        (State.SUSPECT, "warning"),
        (State.MOVED, "note"),
        (State.BLOCKED, "note"),
        (State.ALIVE, None),
        (State.UNSURE, None),
        (State.SKIPPED, None),
        (State.UNCHECKED, None),
    ],
)
def test_level_is_that_of_the_state(state: State, level: str | None) -> None:
    output = results(
        report(finding(link(tracked_state=TrackedState(state=state, reason=Reason.NOT_FOUND))))
    )
    assert [result["level"] for result in output] == ([level] if level else [])


def test_each_place_is_a_result_with_its_region() -> None:
    tracked_state = TrackedState(state=State.BROKEN, reason=Reason.NOT_FOUND, detail="404")
    places = [
        place(page="夜 渡.md", line=3, column=7),
        place(page="https://wiki.example/渡", line=1, column=1),
    ]
    first, second = results(
        report(finding(link(tracked_state=tracked_state, citations=places, mirrors=[mirror(None)])))
    )
    assert [result["locations"][0]["physicalLocation"] for result in (first, second)] == [
        {
            "artifactLocation": {"uri": "%E5%A4%9C%20%E6%B8%A1.md", "uriBaseId": "%SRCROOT%"},
            "region": {"startLine": 3, "startColumn": 7},
        },
        {
            "artifactLocation": {"uri": "https://wiki.example/%E6%B8%A1"},
            "region": {"startLine": 1, "startColumn": 1},
        },
    ]
    assert first["ruleId"] == "not-found"
    assert first["partialFingerprints"] != second["partialFingerprints"]
    assert "page not found (404)" in first["message"]["text"]
    assert mirror(None).url in first["message"]["text"]


def test_schema_refuses_what_the_standard_refuses() -> None:
    log = json.loads(
        "".join(
            Sarif().render(
                report(
                    finding(
                        link(tracked_state=TrackedState(state=State.BROKEN, reason=Reason.GONE))
                    )
                )
            )
        )
    )
    assert validator(SCHEMA).is_valid(log)
    spoils: list[dict[str, Any]] = [
        {"level": "fatal"},
        {"message": {}},
        {"ruleIndex": -2},
        {"locations": [{"physicalLocation": {"region": {"startLine": 0}}}]},
    ]
    for spoil in spoils:
        spoilt = json.loads(json.dumps(log))
        spoilt["runs"][0]["results"][0].update(spoil)
        assert not validator(SCHEMA).is_valid(spoilt)


def test_changed_page_has_its_own_rule_and_proposals_are_properties() -> None:
    tracked_state = TrackedState(state=State.BROKEN, reason=Reason.GONE)
    copied = link(id=3, mirrors=[mirror(None, id=9)], citations=[place(mirror_id=9, line=7)])
    output = [
        finding(link(tracked_state=tracked_state), proposals=(proposal(),)),
        *(finding(each, drift=drift()) for each in (link(id=2), copied)),
    ]
    gone, changed, mended = results(report(*output))
    assert gone["properties"]["possibly_moved"][0]["url"] == "http://x.example/new"
    assert gone["properties"]["possibly_moved"][0]["evidence"][0] == {
        "kind": "archived-redirect",
        "detail": "http://x.example/new",
    }
    assert "possibly moved to http://x.example/new, confidence 88%" in gone["message"]["text"]
    assert "fixes" not in gone
    assert (changed["ruleId"], changed["level"], mended["level"]) == (
        "content-changed",
        "warning",
        "note",
    )
    assert drift().mirror in changed["message"]["text"]
    assert (changed["properties"]["mirror"], changed["properties"]["remaining_share"]) == (
        drift().mirror,
        0.25,
    )
    assert mended["locations"][0]["physicalLocation"]["region"] == {
        "startLine": 7,
        "startColumn": 3,
    }
