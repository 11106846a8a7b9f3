"""Test that commands import no slow module that they do not need (seconds: benchmarks/startup.py)."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

NETWORK = ("scrapy", "twisted", "aiohttp", "pyreqwest")
STORE = ("sqlalchemy", "alembic", "asyncio")
ORM = ("sqlalchemy.orm", "alembic")  # no command maps objects; Alembic imports the mapper
ARCHIVE_CLIENTS = ("waybackpy", "crawler.preservation.archive_session")
PARSERS = ("crawler.pages", "crawler.scan.page_finder", "crawler.files.gitignore", "yaml")
PAGES = ("selectolax", "yaml", "lxml")
REPORTS = ("jinja2",)
REPORT_BUILDER = ("reports.builder", "crawler.cli.report.output")
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
        "crawler.cli.fix.copy_plans",
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
    "actions.explain": (*NETWORK, *STORE, *PAGES, *REPORTS, "requests", "ssl"),
    "actions.history": (*NETWORK, *PAGES, *REPORTS, *REPORT_BUILDER, *ORM, "requests"),
    "actions.ack": (*NETWORK, *PAGES, *REPORTS, *ORM, "requests"),
    "actions.fix": (*NETWORK, *REPORTS, *ORM, "requests"),
    "actions.doctor": (*NETWORK, *REPORTS, *ORM),
    "actions.scan_store": (*NETWORK, *REPORTS, *ORM, "requests", "crawler.liveness"),
    "actions.check": (*ARCHIVE_CLIENTS, *PARSERS, *REPORTS, *ORM),
    "actions.run": (*REPORTS, *ORM),
}


# Import each module in a process forked from one that has imported what they all import.
IMPORT_EACH = """
import importlib, os, sys
import crawler.cli.main
for name in sys.argv[1:]:
    if os.fork() == 0:
        importlib.import_module(f"crawler.cli.{name}")
        print(name, *sys.modules, flush=True)
        os._exit(0)
    assert os.wait()[1] == 0, name
"""
RUN = "import sys; from crawler.cli.main import run; run(sys.argv[1:]); print(*sys.modules)"


@pytest.fixture(scope="module")
def modules_by_command() -> dict[str, set[str]]:
    """Return the modules that a process has imported after it imported one of the command line's."""
    process = subprocess.run(
        [sys.executable, "-c", IMPORT_EACH, *NOT_IMPORTED],
        capture_output=True,
        text=True,
        check=True,
    )
    lines = (line.split() for line in process.stdout.splitlines())
    return {name: set(modules) for name, *modules in lines}


@pytest.mark.parametrize(("command", "excluded"), NOT_IMPORTED.items(), ids=NOT_IMPORTED)
def test_a_command_does_not_import_slow_modules_that_it_does_not_need(
    modules_by_command: dict[str, set[str]], command: str, excluded: tuple[str, ...]
) -> None:
    modules = modules_by_command[command]
    assert "crawler.cli.main" in modules
    assert modules & set(excluded) == set()


def modules_after(folder: Path, *words: str) -> set[str]:
    """Run a command in a process of its own, and return the modules that it imported."""
    process = subprocess.run(
        [sys.executable, "-c", RUN, *words],
        cwd=folder,
        capture_output=True,
        text=True,
        check=True,
    )
    modules = set(process.stdout.splitlines()[-1].split())
    assert "crawler.cli.main" in modules
    return modules


@pytest.fixture(scope="module")
def scanned(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, set[str]]:
    """Return a folder with a page that was scanned, and the modules that the scan imported."""
    folder = tmp_path_factory.mktemp("scanned")
    copy = '[b](https://archive.ph/78efA "http://127.0.0.1:9/b")'
    (folder / "page.md").write_text(f"[a](http://127.0.0.1:9/a) {copy}\n")
    return folder, modules_after(folder, "scan", "page.md")


def test_status_of_a_local_database_imports_no_fleet_queue(scanned: tuple[Path, set[str]]) -> None:
    fleet = {"procrastinate", "crawler.fleet.queue"}
    assert (scanned[1] | modules_after(scanned[0], "status")) & fleet == set()


def test_a_check_of_due_links_imports_no_page_parser_and_no_archive_client(
    scanned: tuple[Path, set[str]],
) -> None:
    """Scrapy imports the pipelines, which must not import these modules either."""
    excluded = {*ARCHIVE_CLIENTS, *PARSERS, *ORM, "crawler.moves.job", "crawler.drift.job"}
    assert modules_after(scanned[0], "check", "-q") & excluded == set()


def test_the_first_scan_creates_the_schema_without_alembic(scanned: tuple[Path, set[str]]) -> None:
    assert scanned[1] & {"alembic", "mako"} == set()


@pytest.mark.parametrize(
    "arguments",
    [("status",), ("history", "http://127.0.0.1:9/a"), ("report", "--format", "markdown")],
)
def test_commands_that_only_read_the_store_import_no_page_parser(
    scanned: tuple[Path, set[str]], arguments: tuple[str, ...]
) -> None:
    """They do not detect the dialect of pages.

    What the copies on a distrusted archive show is compared without a parser of HTML.
    """
    excluded = {
        "crawler.pages",
        "crawler.scan",
        "crawler.files.gitignore",
        "yaml",
        "mako",
        "selectolax",
        *ORM,
    }
    assert modules_after(scanned[0], *arguments) & excluded == set()
