"""Test `holdfast run` on the seed page with its web and archive, day after day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest

from tests.acceptance import seed
from tests.acceptance.folder import Done, Folder, error_lines
from tests.web.archive import RunningWayback
from tests.web.internet import Internet


@dataclass(frozen=True)
class DailyRun:
    """One run: its output, the URLs and kinds of its requests, and its report."""

    done: Done
    visits: list[str]
    archive_requests: list[str]
    report: dict[tuple[str, str], dict[str, Any]]


class DailyRuns:
    """Runs on several days in the same folder."""

    def __init__(self, folder: Folder, web: Internet, wayback: RunningWayback) -> None:
        self.folder, self._web, self._wayback = folder, web, wayback

    def run(self, *options: str) -> DailyRun:
        visits_before, requests_before = len(self._web.visits), len(self._wayback.requests)
        done = self.folder.holdfast("run", "wiki", *options)
        error_lines(done)
        return DailyRun(
            done,
            [visit.url for visit in self._web.visits[visits_before:]],
            [request.kind for request in self._wayback.requests[requests_before:]],
            {(row["role"], row["url"]): row for row in self.folder.report()},
        )


@pytest.fixture(scope="module")
def runs(seed_folder: Folder, seed_internet: Internet, seed_wayback: RunningWayback) -> DailyRuns:
    return DailyRuns(seed_folder, seed_internet, seed_wayback)


@pytest.fixture(scope="module")
def first(runs: DailyRuns) -> DailyRun:
    return runs.run()


@pytest.fixture(scope="module")
def second(runs: DailyRuns, first: DailyRun) -> DailyRun:
    return runs.run()


def test_every_original_and_every_copy_has_a_verdict(first: DailyRun) -> None:
    assert first.done.returncode == 0, first.done.stderr
    links = {
        url: (row["verdict"], row["reason"])
        for (role, url), row in first.report.items()
        if role == "link"
    }
    failing = {
        seed.MISSING: ("broken", "not-found"),
        seed.LOST: ("broken", "gone"),
        seed.UNREAD: ("blocked", "forbidden"),
    }
    assert links == {url: failing.get(url, ("alive", "ok")) for url in seed.MIRRORS}
    mirrors = {
        url: (row["verdict"], row["reason"])
        for (role, url), row in first.report.items()
        if role == "mirror"
    }
    assert mirrors == {
        mirror: ("broken", "not-found") if original == seed.LOST else ("alive", "ok")
        for original, mirror in seed.MIRRORS.items()
    }


def test_a_failing_link_without_a_usable_copy_is_looked_up_near_its_access_date(
    first: DailyRun,
) -> None:
    only_on_archive_today = sum(
        mirror.startswith("https://archive.") for mirror in seed.MIRRORS.values()
    )
    # The other failing link has its cited copy. Links whose only copy is on a less trusted service
    # are looked up twice: before and after their access date.
    assert first.archive_requests.count("cdx") == 1 + 2 * only_on_archive_today
    lost = first.report["link", seed.LOST]
    assert lost["best_mirror"] == f"https://web.archive.org/web/20211014080000/{seed.LOST}"
    assert [(mirror["origin"], mirror["verdict"]) for mirror in lost["mirrors"]] == [
        ("cited", "broken"),
        ("found", "alive"),
    ]
    assert first.report["link", seed.MISSING]["best_mirror"] == seed.MIRRORS[seed.MISSING]


def test_every_request_has_a_user_agent_with_the_contact(
    first: DailyRun, seed_internet: Internet, seed_wayback: RunningWayback
) -> None:
    headers = [
        *(visit.headers for visit in seed_internet.visits),
        *(asked.headers for asked in seed_wayback.requests),
    ]
    agents = {
        sent.get("User-Agent", "") for sent in headers if sent.get("User-Agent") != "archive"
    }  # the archive's own requests for captures
    assert len(headers) > len(first.visits) > 0
    (agent,) = agents
    assert agent.startswith("Holdfast/")
    assert agent.endswith("(+mailto:tests@wiki.example)")


def test_the_summary_fits_one_screen_and_names_the_report(first: DailyRun, runs: DailyRuns) -> None:
    output = first.done.stderr
    assert "27 probes, 4 lookups (1 archive copy found), 0 captures made" in output
    assert f"  wiki/石桥论坛.md:30  {seed.LOST}  " in output
    assert f"    replacement: https://web.archive.org/web/20211014080000/{seed.LOST}" in output
    for name in ("report.md", "report.jsonl"):
        assert f"report: {runs.folder.path / '.holdfast' / name}" in output
    assert seed.LOST in (runs.folder.path / ".holdfast" / "report.md").read_text(encoding="utf-8")
    assert len(output.splitlines()) <= 24
    assert not first.done.stdout


def test_the_second_run_requests_nothing_that_is_not_due(second: DailyRun, first: DailyRun) -> None:
    assert second.done.returncode == 0
    assert (second.visits, second.archive_requests) == ([], [])
    assert {key: row["state"] for key, row in second.report.items()} == {
        key: row["state"] for key, row in first.report.items()
    }


@pytest.fixture(scope="module")
def third(second: DailyRun, runs: DailyRuns) -> DailyRun:
    """Return the run an hour and a half later, when suspect links are due."""
    runs.folder.age_history(timedelta(minutes=90))
    return runs.run()


def test_history_is_extended_and_never_overwritten(third: DailyRun, runs: DailyRuns) -> None:
    assert sorted(set(third.visits)) == sorted([seed.MISSING, seed.LOST])
    missing = third.report["link", seed.MISSING]
    assert (missing["state"], missing["consecutive_failures"]) == ("suspect", 2)
    spans = "SELECT span.probes, span.first_run_id, span.last_run_id FROM span JOIN link ON link.id = link_id WHERE url = ?"
    assert runs.folder.query(spans, seed.MISSING) == [(2, 1, 3)]
    probes = "SELECT run_id, probe.verdict FROM probe JOIN link ON link.id = link_id WHERE url = ? ORDER BY run_id"
    assert runs.folder.query(probes, seed.MISSING) == [(1, "broken"), (3, "broken")]


@pytest.mark.parametrize(
    ("fail_on", "code"), [("never", 0), ("new-broken", 0), ("broken", 0), ("any", 2)]
)
def test_exit_codes_while_links_are_only_suspect(
    fail_on: str, code: int, third: DailyRun, runs: DailyRuns
) -> None:
    assert third.done.returncode == 0
    assert runs.folder.run_in_process("report", "--fail-on", fail_on).returncode == code


@pytest.fixture(scope="module")
def confirmed(third: DailyRun, runs: DailyRuns) -> DailyRun:
    """Return the last of two runs within a week, whose failure confirms the others."""
    runs.folder.age_history(timedelta(days=4))
    assert runs.run().done.returncode == 0
    runs.folder.age_history(timedelta(days=4))
    return runs.run()


def test_newly_confirmed_links_fail_one_run_only(confirmed: DailyRun, runs: DailyRuns) -> None:
    assert confirmed.done.returncode == 2
    assert confirmed.report["link", seed.LOST]["state"] == "broken"
    assert confirmed.report["link", seed.LOST]["new"] is True
    assert "newly broken: " in confirmed.done.stderr
    next_run = runs.run()
    assert next_run.done.returncode == 0
    assert next_run.report["link", seed.LOST]["new"] is False
    assert [
        runs.folder.run_in_process("report", "--fail-on", word).returncode
        for word in ("broken", "never")
    ] == [2, 0]


def test_captures_are_off_unless_configured_and_are_verified(
    folder: Folder, seed_internet: Internet, seed_wayback: RunningWayback
) -> None:
    """A living link that no archive has is captured once the configuration allows it, but never one that carries a secret."""
    uncaptured, secret = (
        "https://zaobao.example/story?sid=684#top",
        "https://zaobao.example/story?sid=684&token=abc",
    )
    folder.configure(seed_internet, seed_wayback)
    folder.write("wiki/a.md", f"[甲]({uncaptured})\n\n[乙]({secret})\n")
    before, saves = list(seed_wayback.snapshots), len(seed_wayback.requests_of("save"))
    seed_wayback.snapshots.clear()
    try:
        assert folder.holdfast("run", "wiki").returncode == 0
        assert len(seed_wayback.requests_of("save")) == saves
        assert folder.count("capture") == 0

        done = folder.run_in_process("archive", "--dry-run")
        assert uncaptured.partition("#")[0] in done.stdout
        assert secret not in done.stdout
        assert "(no copy in any archive)" in done.stdout
        assert "captures are disabled" in done.stderr

        configured = (folder.path / "holdfast.toml").read_text(encoding="utf-8")
        folder.write("holdfast.toml", configured + "\n[archives]\ncapture = true\n")
        done = folder.holdfast("run", "wiki")
        assert "1 capture made" in done.stderr
        assert [asked.target for asked in seed_wayback.requests_of("save")[saves:]] == [
            "/save/https://zaobao.example/story?sid=684"
        ]
        assert folder.query("SELECT status FROM capture") == [("captured",)]
        for passed in (
            timedelta(hours=2),
            timedelta(hours=25),
        ):  # a capture is verified once its replay was probed, later
            folder.age_history(passed)
            assert folder.holdfast("run", "wiki").returncode == 0
        assert folder.query("SELECT status FROM capture") == [("verified",)]
        assert len(seed_wayback.requests_of("save")) == saves + 1
        mirrors = [mirror for row in folder.report() for mirror in row.get("mirrors", [])]
        assert [(mirror["origin"], mirror["verdict"]) for mirror in mirrors] == [
            ("captured", "alive")
        ]
    finally:
        seed_wayback.snapshots[:] = before
