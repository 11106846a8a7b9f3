"""Test that commands import no slow module that they do not need (seconds: benchmarks/starting.py)."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

NETWORK = ("scrapy", "twisted", "aiohttp", "pyreqwest")
STORE = ("sqlalchemy", "alembic", "asyncio")
ORM = ("sqlalchemy.orm", "alembic")  # no command maps objects; Alembic imports the mapper
ARCHIVE_CLIENTS = ("waybackpy", "crawler.preservation.archive_session")
PARSERS = ("crawler.pages", "crawler.scan.page_finder", "pathspec", "yaml")
PAGES = ("selectolax", "yaml", "lxml")
REPORTS = ("jinja2",)
DETECTION = ("charset_normalizer", "warcio")

LEFT_OUT = {
    "main": (*NETWORK, *STORE, *PAGES, *REPORTS, "rich", "requests", "ssl"),
    "commands.run": (*NETWORK, *STORE, *PAGES, *REPORTS, "requests", "ssl"),
    "commands.check": (*NETWORK, *STORE, *PAGES, *REPORTS, "requests", "ssl"),
    "commands.report": (*NETWORK, *STORE, *PAGES, *REPORTS, "requests", "ssl"),
    "commands.archive": (*NETWORK, *STORE, *PAGES, *REPORTS, "requests", "ssl"),
    "commands.worker": (*NETWORK, *STORE, *PAGES, *REPORTS, "requests", "ssl"),
    "commands.gate": (*NETWORK, *STORE, *PAGES, *REPORTS, "requests", "ssl"),
    "commands.scan": (*NETWORK, *STORE, *PAGES, *REPORTS, "requests", "ssl"),
    "commands.db": (*NETWORK, *STORE, *PAGES, *REPORTS, "requests", "ssl"),
    "actions.scan": (*NETWORK, *STORE, *REPORTS, "requests", "ssl"),
    "actions.init": (*NETWORK, *STORE, *REPORTS, "requests", "ssl"),
    "actions.status": (
        *NETWORK,
        *PAGES,
        *REPORTS,
        *DETECTION,
        *ORM,
        "requests",
        "crawler.cli.leaving",
    ),
    "actions.report": (
        *NETWORK,
        *PAGES,
        *REPORTS,
        *DETECTION,
        *ORM,
        "requests",
        "rich.progress",
        "reports.formats.html",
    ),
    "actions.history": (*NETWORK, *PAGES, *REPORTS, *ORM, "requests"),
    "actions.ack": (*NETWORK, *PAGES, *REPORTS, *ORM, "requests"),
    "actions.fix": (*NETWORK, *REPORTS, *ORM, "requests"),
    "actions.doctor": (*NETWORK, *REPORTS, *ORM),
    "actions.scan_store": (*NETWORK, *REPORTS, *ORM, "requests", "crawler.liveness"),
    "actions.check": (*ARCHIVE_CLIENTS, *PARSERS, *REPORTS, *ORM),
    "actions.run": (*REPORTS, *ORM),
}


@pytest.mark.parametrize(("command", "left_out"), LEFT_OUT.items(), ids=LEFT_OUT)
def test_a_command_imports_nothing_heavy_that_it_does_without(
    command: str, left_out: tuple[str, ...]
) -> None:
    asked = f"import sys, crawler.cli.main, crawler.cli.{command}; print(*sorted(sys.modules.keys() & set({left_out!r})))"
    done = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []


def test_the_status_of_a_local_database_imports_no_queue(tmp_path: Path) -> None:
    (tmp_path / "page.md").write_text("[a](https://example.org/a)\n")
    asked = (
        "import sys; from crawler.cli.main import run; run(['scan', 'page.md']); run(['status']); "
        "print('fleet:', *sorted(sys.modules.keys() & {'procrastinate', 'crawler.fleet.queue'}))"
    )
    done = subprocess.run(
        [sys.executable, "-c", asked], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines()[-1] == "fleet:"


def test_a_check_of_due_links_imports_no_parser_and_no_client_of_archives(tmp_path: Path) -> None:
    """Not even through Scrapy, which imports the pipelines, and could import all spiders."""
    (tmp_path / "page.md").write_text("[a](http://127.0.0.1:9/a)\n")
    left_out = {*ARCHIVE_CLIENTS, *PARSERS, *ORM, "crawler.moves.job", "crawler.drift.job"}
    asked = f"import sys; from crawler.cli.main import run; run(['check', '-q']); print('imported:', *sorted(sys.modules.keys() & {left_out!r}))"
    command = (sys.executable, "-c", "from crawler.cli.main import run; run(['scan', 'page.md'])")
    subprocess.run(command, cwd=tmp_path, capture_output=True, check=True)
    done = subprocess.run(
        [sys.executable, "-c", asked], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines()[-1] == "imported:"


@pytest.mark.parametrize(
    "arguments",
    [("status",), ("history", "https://example.org/a"), ("report", "--format", "markdown")],
)
def test_commands_that_read_the_store_look_at_no_page(
    tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    """Not even to find out in which dialect pages are written; the first scan needs no Alembic."""
    (tmp_path / "page.md").write_text("[a](https://example.org/a)\n")

    def imported(*words: str) -> str:
        asked = (
            f"import sys; from crawler.cli.main import run; run({list(words)!r}); "
            "print('imported:', *sorted(sys.modules.keys() & "
            "{'crawler.pages', 'crawler.scan', 'pathspec', 'yaml', 'alembic', 'mako', 'sqlalchemy.orm'}))"
        )
        done = subprocess.run(
            [sys.executable, "-c", asked],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stdout.splitlines()[-1]

    assert "alembic" not in imported("scan", "page.md")
    assert imported(*arguments) == "imported:"
