"""Commands import no slow module that they do not need. benchmarks/starting.py measures the seconds."""

from __future__ import annotations

import subprocess
import sys

import pytest

NETWORK = ("scrapy", "twisted", "aiohttp", "pyreqwest")
STORE = ("sqlalchemy", "alembic", "asyncio")
PAGES = ("selectolax", "yaml", "lxml")
REPORTS = ("jinja2",)

LEFT_OUT = {
    "main": (*NETWORK, *STORE, *PAGES, *REPORTS, "rich", "requests", "ssl"),
    "commands.run": (*NETWORK, *PAGES, *REPORTS, "alembic", "requests"),
    "commands.check": (*NETWORK, *PAGES, *REPORTS, "alembic", "requests"),
    "commands.archive": (*NETWORK, *STORE, *PAGES, *REPORTS, "requests", "ssl"),
    "commands.worker": (*NETWORK, *STORE, *PAGES, *REPORTS, "requests", "ssl"),
    "commands.scan": (*NETWORK, *STORE, *PAGES, *REPORTS, "requests", "ssl"),
    "commands.db": (*NETWORK, *STORE, *PAGES, *REPORTS, "requests", "ssl"),
    "actions.scan": (*NETWORK, *STORE, *REPORTS, "requests", "ssl"),
    "actions.init": (*NETWORK, *STORE, *REPORTS, "requests", "ssl"),
    "actions.status": (*NETWORK, *PAGES, *REPORTS, "alembic", "requests"),
    "actions.report": (*NETWORK, *PAGES, *REPORTS, "alembic", "requests"),
    "actions.history": (*NETWORK, *PAGES, *REPORTS, "alembic", "requests"),
    "actions.fix": (*NETWORK, *REPORTS, "alembic", "requests"),
    "actions.doctor": (*NETWORK, *REPORTS, "alembic"),
}


@pytest.mark.parametrize(("command", "left_out"), LEFT_OUT.items(), ids=LEFT_OUT)
def test_a_command_imports_nothing_heavy_that_it_does_without(
    command: str, left_out: tuple[str, ...]
) -> None:
    asked = f"import sys, crawler.cli.main, crawler.cli.{command}; print(*sorted(sys.modules.keys() & set({left_out!r})))"
    done = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []
