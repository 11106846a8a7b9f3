"""Test that in thirty daily runs all links get the mirrors they can have, within rate limits."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tests.integration.archives.thirty_days import GROUPS, LIMITS, PER_DAY, SHORT, cited_by, url_of

ROOT = Path(__file__).parents[3]
FOUND, CAPTURED = {"kept", "lost"}, {"fresh", "dying", "moving"}


@pytest.fixture(scope="module")
def month(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    folder = tmp_path_factory.mktemp("month")
    completed = subprocess.run(
        [
            sys.executable,
            "-W",
            "error",
            "-W",
            "ignore:datetime.datetime.utcnow:DeprecationWarning",
            "-m",
            "tests.integration.archives.thirty_days",
            str(folder),
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=1_200,
        check=False,
    )
    assert completed.returncode == 0, completed.stderr
    assert "Traceback" not in completed.stderr, completed.stderr
    result: dict[str, Any] = json.loads(completed.stdout)
    return result


def links(month: dict[str, Any], group: str) -> list[dict[str, Any]]:
    return [month["links"][url_of(group, number)] for number in range(GROUPS[group])]


@pytest.mark.parametrize("group", sorted(FOUND))
def test_archived_links_get_the_copy_nearest_their_access_date_and_no_capture(
    month: dict[str, Any], group: str
) -> None:
    for link in links(month, group):
        ((url, *mirror),) = link["mirrors"]
        assert "/20210301000000/" in url  # read on 1 May 2021
        assert mirror == ["alive", "faithful", "found", ""]
        assert link["captures"] == []


@pytest.mark.parametrize(
    ("group", "state"), [("fresh", "alive"), ("dying", "broken"), ("moving", "moved")]
)
def test_unarchived_links_are_captured_and_verified_before_they_break(
    month: dict[str, Any], group: str, state: str
) -> None:
    for link in links(month, group):
        ((_, *mirror),) = link["mirrors"]
        assert (link["state"], mirror, link["captures"]) == (
            state,
            ["alive", "faithful", "captured", ""],
            ["verified"],
        )


def test_dead_links_without_a_copy_are_not_captured(month: dict[str, Any]) -> None:
    assert [(link["mirrors"], link["captures"]) for link in links(month, "gone")] == [
        ([], [])
    ] * GROUPS["gone"]


def test_originals_of_short_mirror_urls_are_found_and_copied_to_a_lasting_service(
    month: dict[str, Any],
) -> None:
    for number, link in enumerate(links(month, "short")):
        cited, *others = link["mirrors"]
        assert cited == [cited_by("short", number), "alive", "faithful", "cited", ""]
        is_lasting = SHORT[number % 3][0].startswith("http://perma.cc/")
        assert [other[1:] for other in others] == (
            [] if is_lasting else [["alive", "faithful", "captured", ""]]
        )


def test_every_link_that_can_have_a_verified_mirror_has_one(
    month: dict[str, Any],
) -> None:
    without = Counter(
        group
        for group in GROUPS
        for link in links(month, group)
        if not any(
            quality == "faithful" and state == "alive" for _, state, quality, *_ in link["mirrors"]
        )
    )
    assert without == {"gone": GROUPS["gone"], "walled": GROUPS["walled"]}
    assert len(month["links"]) == sum(GROUPS.values()) == 300


def test_a_snapshot_that_cannot_be_replayed_is_replaced_by_another(
    month: dict[str, Any],
) -> None:
    for link in links(month, "hollow"):
        (url, state, quality, origin, flaw), other = sorted(
            link["mirrors"], key=lambda mirror: "/20210301000000/" not in mirror[0]
        )
        assert ("/20210301000000/" in url, state, quality, origin) == (
            True,
            "broken",
            "unusable",
            "found",
        )
        assert flaw.startswith("not-found")
        assert other[1:] == ["alive", "faithful", "found", ""]
        assert link["captures"] == []


def test_captures_of_bot_checks_are_retried_without_a_browser(
    month: dict[str, Any],
) -> None:
    for link in links(month, "walled"):
        assert link["captures"] == ["captured-unusable"] * 2
        assert {(quality, flaw) for _, _, quality, _, flaw in link["mirrors"]} == {
            ("unusable", "soft-404: the capture is a challenge page")
        }


def test_only_unusable_captures_were_requested_twice(month: dict[str, Any]) -> None:
    times = Counter(month["asked_for"])
    wanted = {
        url_of(group, number): 2 if group == "walled" else 1
        for group in (*CAPTURED, "walled")
        for number in range(GROUPS[group])
    }
    short = {
        url_of("short", number): 1
        for number in range(GROUPS["short"])
        if "perma.cc" not in SHORT[number % 3][0]
    }
    assert times == wanted | short


def test_no_rate_limit_was_exceeded_in_any_minute_or_day(month: dict[str, Any]) -> None:
    assert set(month["audit"]) == set(LIMITS)
    assert {kind: most for kind, (_, most) in month["audit"].items() if most > LIMITS[kind]} == {}
    assert max(month["captures_a_day"].values()) == PER_DAY
