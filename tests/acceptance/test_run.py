"""Test `holdfast run` on the seed page with its web and archive, day after day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest

from tests.acceptance import seed
from tests.acceptance.folder import Done, Folder, complaints
from tests.web.archive import RunningWayback
from tests.web.internet import Internet


@dataclass(frozen=True)
class Night:
    """One run: its output, the requests to the servers, and its report."""

    done: Done
    visits: list[str]
    asked: list[str]
    report: dict[tuple[str, str], dict[str, Any]]


class Nights:
    """Runs on several days in the same folder."""

    def __init__(self, folder: Folder, web: Internet, wayback: RunningWayback) -> None:
        self.folder, self._web, self._wayback = folder, web, wayback

    def run(self, *options: str) -> Night:
        seen, heard = len(self._web.visits), len(self._wayback.requests)
        done = self.folder.holdfast("run", "wiki", *options)
        complaints(done)
        return Night(
            done,
            [visit.url for visit in self._web.visits[seen:]],
            [asked.kind for asked in self._wayback.requests[heard:]],
            {(row["role"], row["url"]): row for row in self.folder.report()},
        )


@pytest.fixture(scope="module")
def nights(seed_folder: Folder, seed_internet: Internet, seed_wayback: RunningWayback) -> Nights:
    return Nights(seed_folder, seed_internet, seed_wayback)


@pytest.fixture(scope="module")
def first(nights: Nights) -> Night:
    return nights.run()


@pytest.fixture(scope="module")
def second(nights: Nights, first: Night) -> Night:
    return nights.run()


def test_every_original_and_every_copy_has_a_verdict(first: Night) -> None:
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
    first: Night,
) -> None:
    only_on_archive_today = sum(
        mirror.startswith("https://archive.") for mirror in seed.MIRRORS.values()
    )
    # the other failing link has its cited copy; what has none but on a service we trust less is asked about, too: before, and after
    assert first.asked.count("cdx") == 1 + 2 * only_on_archive_today
    lost = first.report["link", seed.LOST]
    assert lost["best_mirror"] == f"https://web.archive.org/web/20211014080000/{seed.LOST}"
    assert [(mirror["origin"], mirror["verdict"]) for mirror in lost["mirrors"]] == [
        ("cited", "broken"),
        ("found", "alive"),
    ]
    assert first.report["link", seed.MISSING]["best_mirror"] == seed.MIRRORS[seed.MISSING]


def test_every_request_has_a_user_agent_with_the_contact(
    first: Night, seed_internet: Internet, seed_wayback: RunningWayback
) -> None:
    headers = [
        *(visit.headers for visit in seed_internet.visits),
        *(asked.headers for asked in seed_wayback.requests),
    ]
    agents = {
        sent.get("User-Agent", "") for sent in headers if sent.get("User-Agent") != "archive"
    }  # the archive looks for itself
    assert len(headers) > len(first.visits) > 0
    (agent,) = agents
    assert agent.startswith("Holdfast/")
    assert agent.endswith("(+mailto:tests@wiki.example)")


def test_the_summary_fits_one_screen_and_names_the_report(first: Night, nights: Nights) -> None:
    said = first.done.stderr
    assert "27 probes, 4 lookups (1 archive copy found), 0 captures made" in said
    assert f"  wiki/石桥论坛.md:30  {seed.LOST}  " in said
    assert f"    replacement: https://web.archive.org/web/20211014080000/{seed.LOST}" in said
    for name in ("report.md", "report.jsonl"):
        assert f"report: {nights.folder.path / '.holdfast' / name}" in said
    assert seed.LOST in (nights.folder.path / ".holdfast" / "report.md").read_text(encoding="utf-8")
    assert len(said.splitlines()) <= 24
    assert not first.done.stdout


def test_the_second_night_asks_nothing_that_is_not_due(second: Night, first: Night) -> None:
    assert second.done.returncode == 0
    assert (second.visits, second.asked) == ([], [])
    assert {key: row["state"] for key, row in second.report.items()} == {
        key: row["state"] for key, row in first.report.items()
    }


@pytest.fixture(scope="module")
def third(second: Night, nights: Nights) -> Night:
    """Return the run an hour and a half later, when suspect links are due."""
    nights.folder.let_pass(timedelta(minutes=90))
    return nights.run()


def test_history_is_extended_and_never_overwritten(third: Night, nights: Nights) -> None:
    assert sorted(set(third.visits)) == sorted([seed.MISSING, seed.LOST])
    missing = third.report["link", seed.MISSING]
    assert (missing["state"], missing["consecutive_failures"]) == ("suspect", 2)
    spans = "SELECT span.probes, span.first_run_id, span.last_run_id FROM span JOIN link ON link.id = link_id WHERE url = ?"
    assert nights.folder.query(spans, seed.MISSING) == [(2, 1, 3)]
    probes = "SELECT run_id, probe.verdict FROM probe JOIN link ON link.id = link_id WHERE url = ? ORDER BY run_id"
    assert nights.folder.query(probes, seed.MISSING) == [(1, "broken"), (3, "broken")]


@pytest.mark.parametrize(
    ("fail_on", "code"), [("never", 0), ("new-broken", 0), ("broken", 0), ("any", 2)]
)
def test_exit_codes_while_links_are_only_suspect(
    fail_on: str, code: int, third: Night, nights: Nights
) -> None:
    assert third.done.returncode == 0
    assert nights.folder.here("report", "--fail-on", fail_on).returncode == code


@pytest.fixture(scope="module")
def confirmed(third: Night, nights: Nights) -> Night:
    """Return the run a week later, whose third failure in a row confirms the others."""
    nights.folder.let_pass(timedelta(days=7))
    return nights.run()


def test_newly_confirmed_links_fail_one_run_only(confirmed: Night, nights: Nights) -> None:
    assert confirmed.done.returncode == 2
    assert confirmed.report["link", seed.LOST]["state"] == "broken"
    assert confirmed.report["link", seed.LOST]["new"] is True
    assert "newly broken: " in confirmed.done.stderr
    the_night_after = nights.run()
    assert the_night_after.done.returncode == 0
    assert the_night_after.report["link", seed.LOST]["new"] is False
    assert [
        nights.folder.here("report", "--fail-on", word).returncode for word in ("broken", "never")
    ] == [2, 0]


def test_captures_are_off_unless_asked_for_and_then_verified(
    folder: Folder, seed_internet: Internet, seed_wayback: RunningWayback
) -> None:
    """A living link that no archive has is captured once the configuration allows it, but never one that carries a secret."""
    uncaptured, secret = (
        "https://zaobao.example/story?sid=684#top",
        "https://zaobao.example/story?sid=684&token=abc",
    )
    folder.lead_to(seed_internet, seed_wayback)
    folder.write("wiki/a.md", f"[甲]({uncaptured})\n\n[乙]({secret})\n")
    held, saves = list(seed_wayback.snapshots), len(seed_wayback.requests_of("save"))
    seed_wayback.snapshots.clear()
    try:
        assert folder.holdfast("run", "wiki").returncode == 0
        assert len(seed_wayback.requests_of("save")) == saves
        assert folder.count("capture") == 0

        done = folder.here("archive", "--dry-run")
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
        ):  # a capture counts once its replay was looked at, later
            folder.let_pass(passed)
            assert folder.holdfast("run", "wiki").returncode == 0
        assert folder.query("SELECT status FROM capture") == [("verified",)]
        assert len(seed_wayback.requests_of("save")) == saves + 1
        mirrors = [mirror for row in folder.report() for mirror in row.get("mirrors", [])]
        assert [(mirror["origin"], mirror["verdict"]) for mirror in mirrors] == [
            ("captured", "alive")
        ]
    finally:
        seed_wayback.snapshots[:] = held
