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

NOT_IMPORTED = {
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
        "rich",
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


@pytest.mark.parametrize(("command", "excluded"), NOT_IMPORTED.items(), ids=NOT_IMPORTED)
def test_a_command_does_not_import_slow_modules_that_it_does_not_need(
    command: str, excluded: tuple[str, ...]
) -> None:
    code = f"import sys, crawler.cli.main, crawler.cli.{command}; print(*sorted(sys.modules.keys() & set({excluded!r})))"
    process = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert process.stdout.split() == []


def test_status_of_a_local_database_imports_no_fleet_queue(tmp_path: Path) -> None:
    (tmp_path / "page.md").write_text("[a](https://example.org/a)\n")
    code = (
        "import sys; from crawler.cli.main import run; run(['scan', 'page.md']); run(['status']); "
        "print('fleet:', *sorted(sys.modules.keys() & {'procrastinate', 'crawler.fleet.queue'}))"
    )
    process = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert process.stdout.splitlines()[-1] == "fleet:"


def test_a_check_of_due_links_imports_no_page_parser_and_no_archive_client(tmp_path: Path) -> None:
    """Scrapy imports the pipelines, which must not import these modules either."""
    (tmp_path / "page.md").write_text("[a](http://127.0.0.1:9/a)\n")
    excluded = {*ARCHIVE_CLIENTS, *PARSERS, *ORM, "crawler.moves.job", "crawler.drift.job"}
    code = f"import sys; from crawler.cli.main import run; run(['check', '-q']); print('imported:', *sorted(sys.modules.keys() & {excluded!r}))"
    command = (sys.executable, "-c", "from crawler.cli.main import run; run(['scan', 'page.md'])")
    subprocess.run(command, cwd=tmp_path, capture_output=True, check=True)
    process = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert process.stdout.splitlines()[-1] == "imported:"


@pytest.mark.parametrize(
    "arguments",
    [("status",), ("history", "https://example.org/a"), ("report", "--format", "markdown")],
)
def test_commands_that_only_read_the_store_import_no_page_parser(
    tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    """They do not detect the dialect of pages. The first scan creates the schema without Alembic.

    What the copies on a distrusted archive show is compared without a parser of HTML.
    """
    copy = '[b](https://archive.ph/78efA "https://example.org/b")'
    (tmp_path / "page.md").write_text(f"[a](https://example.org/a) {copy}\n")

    def imported_modules(*words: str) -> str:
        code = (
            f"import sys; from crawler.cli.main import run; run({list(words)!r}); "
            "print('imported:', *sorted(sys.modules.keys() & "
            "{'crawler.pages', 'crawler.scan', 'pathspec', 'yaml', 'alembic', 'mako', 'sqlalchemy.orm', 'selectolax'}))"
        )
        process = subprocess.run(
            [sys.executable, "-c", code],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=True,
        )
        return process.stdout.splitlines()[-1]

    assert "alembic" not in imported_modules("scan", "page.md")
    assert imported_modules(*arguments) == "imported:"
