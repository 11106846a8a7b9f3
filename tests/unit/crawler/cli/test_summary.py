"""Test the summary that a run prints at its end."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest

from crawler.cli.summary import _describe_not_checked


@pytest.mark.parametrize(
    ("reasons", "expected"),
    [
        ({"not checked yet": 8}, "not checked yet: 8"),
        ({"no answer": 2}, "not checked: 2 (no answer)"),
        (
            {"not checked yet": 8, "excluded": 1},
            "not checked: 9 (8 not checked yet, 1 excluded)",
        ),
        (
            {"excluded": 1_000, "invalid": 3, "unsafe": 1},
            "not checked: 1,004 (1,000 excluded, 3 invalid, …)",
        ),
    ],
)
def test_links_not_checked_are_counted_by_reason(reasons: dict[str, int], expected: str) -> None:
    summary = cast("Any", SimpleNamespace(not_checked=reasons, run=None))
    assert _describe_not_checked(summary, sum(reasons.values())) == expected
