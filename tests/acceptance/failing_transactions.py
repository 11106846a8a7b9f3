"""Run a command whose transactions fail once, at each place of a step that begins one.

Run it as `python -m tests.acceptance.failing_transactions`; the places are appended to
`failed.txt` in the working folder.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

from crawler.cli.main import main
from store.errors import DatabaseUnavailable
from store.schema.engine import Database
from store.work import retry_budget

_STEPS = (
    "crawler/preservation/",
    "crawler/moves/",
    "crawler/drift/",
    "crawler/page_parts/",
    "crawler/local_capture/",
    "crawler/probing/stored_probes.py",
    "crawler/scan/commit_dates.py",
)


def _fail_first(begin: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function that begins a transaction, but not the first one at each place."""
    failed: set[str] = set()

    def failing(*args: Any, **kwargs: Any) -> Any:
        place = _place()
        if place and place not in failed:
            failed.add(place)
            with Path("failed.txt").open("a") as file:
                file.write(f"{place}\n")
            raise DatabaseUnavailable("the database is locked by another program")
        return begin(*args, **kwargs)

    return failing


def _place() -> str:
    """Return the function that begins a transaction, or that a job runs in one; "" for others."""
    frame: FrameType | None = sys._getframe(2)
    while frame:
        if frame.f_code.co_name in {"_read_once", "_write_once"}:
            function = frame.f_locals.get("query") or frame.f_locals["change"]
            return str(function.__name__)
        if frame.f_code.co_filename.endswith("replay_urls.py"):
            return ""  # of a report, which is written when the job has ended
        if any(step in frame.f_code.co_filename for step in _STEPS):
            return frame.f_code.co_name
        frame = frame.f_back
    return ""


if __name__ == "__main__":
    retry_budget.RETRY_SECONDS = 0.0
    for name in ("read", "write"):
        setattr(Database, name, _fail_first(getattr(Database, name)))
    main()
