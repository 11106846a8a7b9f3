"""Test that docs/verdicts.md has every word."""

from __future__ import annotations

from pathlib import Path

import pytest

from crawler.liveness.rules.soft404 import CLUES
from store.vocabulary import VERDICT_OF, Reason, State

PAGE = (Path(__file__).parents[4] / "docs" / "verdicts.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("reason", Reason)
def test_every_reason_is_documented_under_its_verdict(reason: Reason) -> None:
    rows = [line.split("|") for line in PAGE.splitlines() if line.startswith("|")]
    verdict = ""
    for row in rows:
        verdict = row[1].strip().strip("*") or verdict
        if row[2].strip() == f"`{reason}`":
            assert verdict == VERDICT_OF[reason]
            return
    pytest.fail(f"{reason} is not explained")


@pytest.mark.parametrize("clue", CLUES)
def test_every_clue_is_explained(clue: str) -> None:
    assert f"| `{clue}` |" in PAGE


@pytest.mark.parametrize("state", State)
def test_every_state_is_explained(state: State) -> None:
    table = PAGE.partition("## States")[2].partition("```mermaid")[0]
    assert any(state in line.split("|")[1] for line in table.splitlines() if line.startswith("|"))
