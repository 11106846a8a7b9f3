"""What commands import before they begin: nothing that takes long and that they do without. Seconds are measured by benchmarks/starting.py."""

from __future__ import annotations

import subprocess
import sys

import pytest

NETWORK = ("scrapy", "twisted", "aiohttp", "pyreqwest")
STORE = ("sqlalchemy", "alembic", "asyncio")
PAGES = ("selectolax", "yaml", "lxml")
REPORTS = ("jinja2", "pygal")

LEFT_OUT = {
    "main": (*NETWORK, *STORE, *PAGES, *REPORTS, "rich", "requests", "ssl"),
    "scan": (*NETWORK, *STORE, *REPORTS, "requests", "ssl"),
    "init": (*NETWORK, *STORE, *REPORTS, "requests", "ssl"),
    "status": (*NETWORK, *PAGES, *REPORTS, "alembic", "requests"),
    "report": (*NETWORK, *PAGES, *REPORTS, "alembic", "requests"),
    "history": (*NETWORK, *PAGES, *REPORTS, "alembic", "requests"),
    "fix": (*NETWORK, *REPORTS, "alembic", "requests"),
    "doctor": (*NETWORK, *REPORTS, "alembic"),
    "run": (*NETWORK, *PAGES, *REPORTS, "alembic", "requests"),
}


@pytest.mark.parametrize(("command", "left_out"), LEFT_OUT.items(), ids=LEFT_OUT)
def test_a_command_imports_nothing_heavy_that_it_does_without(
    command: str, left_out: tuple[str, ...]
) -> None:
    asked = f"import sys, crawler.cli.main, crawler.cli.{command}; print(*sorted(sys.modules.keys() & set({left_out!r})))"
    done = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []
