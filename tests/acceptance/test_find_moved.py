"""Test `holdfast archive --find-moved` on ten sites, and its results in `fix` and reports."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from crawler.demo.background import BackgroundLoop
from tests.acceptance.folder import Folder, error_lines
from tests.web import moved
from tests.web.archive import RunningWayback
from tests.web.internet import Internet

OFFERED = 0.8  # `moves.min_confidence`: from here on `holdfast fix` applies a proposal


@dataclass(frozen=True)
class Found:
    """The results that a search stored."""

    folder: Folder
    internet: Internet
    wayback: RunningWayback
    proposals: dict[str, list[tuple[str, float]]]  # by the broken link, the most trusted first


@pytest.fixture(scope="module")
def found(background: BackgroundLoop, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Found]:
    """Return a wiki after one check, with all failures confirmed, and after the search."""
    internet = background.start(Internet(moved.web()))
    wayback = background.start(RunningWayback())
    wayback.snapshots.extend(moved.holdings())
    folder = Folder(tmp_path_factory.mktemp("moved"))
    folder.configure(internet, wayback)
    folder.write("wiki/moved.md", moved.wiki())
    assert folder.holdfast("run", "wiki").returncode == 0
    folder.execute("UPDATE link SET state = 'broken' WHERE role = 'link' AND state = 'suspect'")
    done = folder.holdfast("archive", "--find-moved")
    error_lines(done)
    assert done.returncode == 0, done.stderr
    assert "; 80 broken links searched for, 60 possibly moved" in done.stderr
    rows = folder.query(
        "SELECT link.url, proposal.url, confidence FROM proposal JOIN link ON link.id = link_id ORDER BY confidence DESC"
    )
    proposals: dict[str, list[tuple[str, float]]] = {}
    for old, new, confidence in rows:
        proposals.setdefault(old, []).append((new, confidence))
    yield Found(folder, internet, wayback, proposals)
    folder.close()


def test_moved_and_removed_pages_are_searched_for(found: Found) -> None:
    right = moved.right_addresses()
    assert (
        sum(new is not None for new in right.values()),
        sum(new is None for new in right.values()),
    ) == (60, 20)
    assert {
        url
        for (url,) in found.folder.query("SELECT url FROM search JOIN link ON link.id = link_id")
    } == set(right)


def test_most_pages_are_found_and_none_is_proposed_falsely(found: Found) -> None:
    right = moved.right_addresses()
    offered = {
        old: new
        for old, ranked in found.proposals.items()
        for new, confidence in ranked[:1]
        if confidence >= OFFERED
    }
    false = {old: new for old, new in offered.items() if right[old] != new}
    assert not false
    missed = sorted(old for old, new in right.items() if new and old not in offered)
    assert len(offered) >= 45, missed


def test_uncertain_addresses_are_listed_with_their_evidence_and_not_applied(found: Found) -> None:
    unsure = {old: ranked[0] for old, ranked in found.proposals.items() if ranked[0][1] < OFFERED}
    assert unsure, "every proposal is offered: nothing shows what happens to the others"
    shown = found.folder.holdfast("report", "--format", "markdown").stdout
    for old, (new, confidence) in unsure.items():
        assert f"<{old}>" in shown
        assert f"possibly moved to <{new}>, confidence {round(100 * confidence)}%" in shown
    patch = found.folder.holdfast("fix").stdout
    assert not [new for new, _ in unsure.values() if new in patch]


def test_fix_cites_the_new_address_with_the_copy_beside_it(found: Found) -> None:
    done = found.folder.holdfast("fix", "--style", "beside")
    error_lines(done)
    added = [
        line[1:]
        for line in done.stdout.splitlines()
        if line.startswith("+") and not line.startswith("+++")
    ]
    offered = {
        old: ranked[0][0] for old, ranked in found.proposals.items() if ranked[0][1] >= OFFERED
    }
    for old, new in offered.items():
        (line,) = [line for line in added if f"]({new})" in line]
        assert f"(https://web.archive.org/web/{moved.CAPTURED}/{old})" in line
    assert (
        f"{len(offered)} moved" in done.stderr or f"{len(offered) + 4} moved" in done.stderr
    )  # and the four that still redirect


def test_history_shows_proposed_addresses_with_their_evidence(found: Found) -> None:
    old, ranked = next(iter(found.proposals.items()))
    shown = found.folder.run_in_process("history", old).stdout
    assert f"possibly moved to {ranked[0][0]}" in shown
    chinese = found.folder.run_in_process("history", "--lang", "zh", old).stdout
    evidence = [line for line in chinese.splitlines() if line.startswith("  ")]
    assert not [line for line in evidence if "moves such as" in line or "archived redirect" in line]


def test_searches_are_not_repeated_for_weeks(found: Found) -> None:
    counts = len(found.wayback.requests), len(found.internet.visits)
    done = found.folder.holdfast("archive", "--find-moved")
    assert done.returncode == 0
    assert (len(found.wayback.requests), len(found.internet.visits)) == counts
    assert "find " not in found.folder.run_in_process("archive", "--find-moved", "--dry-run").stdout


def test_searches_keep_to_the_budget_of_a_site(found: Found) -> None:
    hosts = {site.host for site in moved.SITES}
    assert (
        max(len(found.internet.visits_to(host)) for host in hosts) <= 80 + 20
    )  # the probes of the first run


def test_a_fixed_citation_needs_no_second_fix(found: Found) -> None:
    """The last test of this file: it changes the page."""
    assert found.folder.run_in_process("fix", "--style", "beside", "--write").returncode == 0
    assert found.folder.run_in_process("scan", "wiki").returncode == 0
    done = found.folder.run_in_process("fix", "--style", "beside")
    assert (done.returncode, done.stdout) == (0, "")
    text = (found.folder.path / "wiki" / "moved.md").read_text(encoding="utf-8")
    right = moved.right_addresses()
    assert sum(f"]({new})" in text for new in right.values() if new) >= 45
