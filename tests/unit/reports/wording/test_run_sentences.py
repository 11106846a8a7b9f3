"""Test the sentences of reports about their run."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from reports.findings.descriptions import ENGLISH_TRANSLATOR
from reports.wording.run_sentences import run_sentences
from reports.wording.time_format import TimeFormatter
from store.work.lease_owners import process_owner_name
from store.work.runs import RunRecord

START = datetime(2026, 11, 29, tzinfo=UTC)
SCRIPT = "from store.work.lease_owners import process_owner_name; print(process_owner_name())"


def sentence(owner: str) -> str:
    run = RunRecord(
        id=3,
        command="run",
        started_at=START,
        finished_at=None,
        outcome=None,
        totals={},
        owner=owner,
    )
    (only,) = run_sentences(run, ENGLISH_TRANSLATOR, TimeFormatter(ENGLISH_TRANSLATOR))
    return only


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells")
def test_a_run_that_has_not_ended_is_running_or_was_killed() -> None:
    ended = subprocess.run(
        [sys.executable, "-c", SCRIPT],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(__file__).parents[3],
    ).stdout.strip()
    assert sentence(process_owner_name()) == "Run 3 has not ended: it is still in progress."
    assert sentence(ended) == (
        "Run 3 was killed: what it had not written stays due for the next run."
    )
    for unknown in ("", "elsewhere.example:7#1-2-3", "elsewhere.example:7"):
        assert sentence(unknown) == ("Run 3 has not ended: it is still in progress, or was killed.")
