"""Test thirty daily runs: every link that can have a good mirror gets one, within all rate limits."""

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
    ran = subprocess.run(
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
    assert ran.returncode == 0, ran.stderr
    assert "Traceback" not in ran.stderr, ran.stderr
    result: dict[str, Any] = json.loads(ran.stdout)
    return result


def links(month: dict[str, Any], group: str) -> list[dict[str, Any]]:
    return [month["links"][url_of(group, number)] for number in range(GROUPS[group])]


@pytest.mark.parametrize("group", sorted(FOUND))
def test_what_an_archive_had_was_found_nearest_the_day_it_was_read_and_is_not_captured(
    month: dict[str, Any], group: str
) -> None:
    for link in links(month, group):
        ((url, *standing),) = link["mirrors"]
        assert "/20210301000000/" in url  # read on 1 May 2021
        assert standing == ["alive", "faithful", "found", ""]
        assert link["captures"] == []


@pytest.mark.parametrize(
    ("group", "state"), [("fresh", "alive"), ("dying", "broken"), ("moving", "moved")]
)
def test_what_no_archive_had_was_captured_before_it_was_needed_and_verified(
    month: dict[str, Any], group: str, state: str
) -> None:
    for link in links(month, group):
        ((_, *standing),) = link["mirrors"]
        assert (link["state"], standing, link["captures"]) == (
            state,
            ["alive", "faithful", "captured", ""],
            ["verified"],
        )


def test_what_was_dead_and_in_no_archive_was_left_alone(month: dict[str, Any]) -> None:
    assert [(link["mirrors"], link["captures"]) for link in links(month, "gone")] == [
        ([], [])
    ] * GROUPS["gone"]


def test_what_is_cited_by_short_addresses_alone_was_learnt_and_has_a_copy_on_a_service_that_lasts(
    month: dict[str, Any],
) -> None:
    for number, link in enumerate(links(month, "short")):
        cited, *others = link["mirrors"]
        assert cited == [cited_by("short", number), "alive", "faithful", "cited", ""]
        lasts = SHORT[number % 3][0].startswith("http://perma.cc/")
        assert [other[1:] for other in others] == (
            [] if lasts else [["alive", "faithful", "captured", ""]]
        )


def test_every_link_that_could_have_a_mirror_has_one_that_was_looked_at(
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


def test_what_is_listed_and_cannot_be_replayed_is_no_copy_and_the_next_best_one_is(
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


def test_what_shows_programs_a_wall_was_tried_both_ways_and_is_not_called_a_copy(
    month: dict[str, Any],
) -> None:
    for link in links(month, "walled"):
        assert link["captures"] == ["captured-unusable"] * 2
        assert {(quality, flaw) for _, _, quality, _, flaw in link["mirrors"]} == {
            ("unusable", "soft-404: the capture is a challenge page")
        }


def test_nothing_was_asked_for_twice_but_what_proved_unusable(month: dict[str, Any]) -> None:
    times = Counter(month["asked_for"])
    wanted = {
        url_of(group, number): 2 if group == "walled" else 1
        for group in (*CAPTURED, "walled")
        for number in range(GROUPS[group])
    }
    doubted = {
        url_of("short", number): 1
        for number in range(GROUPS["short"])
        if "perma.cc" not in SHORT[number % 3][0]
    }
    assert times == wanted | doubted


def test_no_limit_was_overstepped_in_any_minute_or_day(month: dict[str, Any]) -> None:
    assert set(month["audit"]) == set(LIMITS)
    assert {kind: most for kind, (_, most) in month["audit"].items() if most > LIMITS[kind]} == {}
    assert max(month["captures_a_day"].values()) == PER_DAY
