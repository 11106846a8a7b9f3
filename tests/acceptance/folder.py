"""Run `holdfast` as a process in a working folder with a configuration.

The processes are forked from one that has imported everything (`warm`), unless `start` and
`holdfast` get other arguments.
"""

from __future__ import annotations

import atexit
import io
import json
import logging
import os
import re
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import chdir, closing, redirect_stderr, redirect_stdout
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from crawler.cli.main import run
from tests.acceptance.warm import WarmProcess, WarmServer
from tests.web.archive import RunningWayback
from tests.web.internet import Internet

PATIENCE = 480  # seconds until a test fails; no test measures a time
LIBRARY = Path(__file__).parents[2]

# Every warning is an error, except one of waybackpy: it calls a function that is deprecated since Python 3.12.
WARNINGS = "error,ignore:datetime.datetime.utcnow:DeprecationWarning"

Done = subprocess.CompletedProcess[str]
Running = subprocess.Popen[str] | WarmProcess

COLLECTION = ".holdfast/archive/collections/holdfast"  # of local copies, below the folder


def environment() -> dict[str, str]:
    """Return the environment without Holdfast's own settings."""
    inherited = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("HOLDFAST_", "PYTHON"))
    }
    return inherited | {
        "PYTHONPATH": str(LIBRARY),
        "PYTHONUTF8": "1",
        "COLUMNS": "200",
        "LC_ALL": "C.UTF-8",
        "PYTHONWARNINGS": WARNINGS,
    }


@cache
def warm_server() -> WarmServer:
    """Start the process that forks commands, or return the one that was started."""
    return WarmServer(environment())


@cache
def holdfast_program() -> Path:
    """Return a program `holdfast` that scripts can run, which starts as fast as in `Folder`."""
    program = Path(tempfile.mkdtemp(prefix="holdfast-program-")) / "holdfast"
    atexit.register(shutil.rmtree, program.parent, ignore_errors=True)
    if sys.platform == "linux":
        warm_server().write_program(program)
    else:
        program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m crawler "$@"\n')
        program.chmod(0o755)
    return program


def _start_python(
    module: str, arguments: Sequence[str], cwd: Path, env: Mapping[str, str], stdin: bytes | None
) -> subprocess.Popen[str]:
    with tempfile.TemporaryFile() as given:
        given.write(stdin or b"")
        given.seek(0)
        return subprocess.Popen(
            [sys.executable, "-m", module, *arguments],
            cwd=cwd,
            env=env,
            stdin=given,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
        )


class Folder:
    """A folder in which `holdfast` is run."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._started: list[Running] = []

    def write(self, name: str, text: str | bytes) -> Path:
        """Write a file of the folder, and the folders above it."""
        file = self.path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(text.encode() if isinstance(text, str) else text)
        return file

    def configure(
        self,
        internet: Internet,
        wayback: RunningWayback,
        *,
        more: str = "",
        sibling_days: int = 0,
        archive_robots_days: int = 0,
    ) -> None:
        """Write a configuration that maps the whole web to these servers, without rate limits."""
        self.write(
            "holdfast.toml",
            configuration(
                internet.connect_to(wildcard=True),
                wayback.endpoint,
                ca_file=internet.ca_file,
                sibling_days=sibling_days,
                archive_robots_days=archive_robots_days,
            )
            + more,
        )

    def holdfast(
        self,
        *arguments: str,
        stdin: bytes | None = None,
        env: Mapping[str, str] | None = None,
        warm: bool = True,
        module: str = "crawler",
    ) -> Done:
        """Run a command to its end.

        Args:
            arguments: The command line after the program's name.
            stdin: What the command reads; None: nothing.
            env: Changes of its environment.
            warm: Whether it may be forked from a process that has imported everything already.
            module: What `python -m` runs.
        """
        running = self._run(arguments, stdin, env, warm=warm, module=module)
        stdout, stderr = running.communicate(timeout=PATIENCE)
        assert running.returncode is not None
        return subprocess.CompletedProcess(running.args, running.returncode, stdout, stderr)

    def run_in_process(self, *arguments: str) -> Done:
        """Run a command within this process, which is faster than a new one; it must make no requests."""
        stdout, stderr = io.StringIO(), io.StringIO()
        root = logging.getLogger()
        handlers, level = list(root.handlers), root.level
        try:
            with chdir(self.path), redirect_stdout(stdout), redirect_stderr(stderr):
                code = run(list(arguments))
        finally:
            root.handlers[:] = handlers
            root.setLevel(level)
        return subprocess.CompletedProcess(arguments, code, stdout.getvalue(), stderr.getvalue())

    def start(
        self,
        *arguments: str,
        env: Mapping[str, str] | None = None,
        warm: bool = True,
        module: str = "crawler",
    ) -> Running:
        """Start a command; the fixture ends it after the test."""
        return self._run(arguments, None, env, warm=warm, module=module)

    def _run(
        self,
        arguments: Sequence[str],
        stdin: bytes | None,
        env: Mapping[str, str] | None,
        *,
        warm: bool,
        module: str,
    ) -> Running:
        changed = environment() | dict(env or {})
        # Python reads its own variables when it starts. Forked processes are reliable on Linux only.
        changes_python = any(name.startswith("PYTHON") for name in env or {})
        if not warm or changes_python or sys.platform != "linux":
            running: Running = _start_python(module, arguments, self.path, changed, stdin)
        else:
            running = WarmProcess(
                warm_server(), module, arguments, cwd=self.path, env=changed, stdin=stdin
            )
        self._started.append(running)
        return running

    def close(self) -> None:
        for running in self._started:
            if running.poll() is None:
                running.kill()
            running.wait()
            for pipe in (running.stdout, running.stderr):
                if pipe:
                    pipe.close()

    # --- the database and reports

    def query(self, statement: str, *values: object) -> list[Any]:
        """Return the rows that a statement selects from the database."""
        with closing(
            sqlite3.connect(self.path / ".holdfast" / "holdfast.db", timeout=30)
        ) as connection:
            return connection.execute(statement, values).fetchall()

    def execute(self, statement: str, *values: object) -> None:
        """Change the database by a statement."""
        with (
            closing(
                sqlite3.connect(self.path / ".holdfast" / "holdfast.db", timeout=30)
            ) as connection,
            connection,
        ):
            connection.execute(statement, values)

    def age_history(self, time: timedelta) -> None:
        """Move all times in the database back, as if a time had passed since the last command."""
        back = time // timedelta(microseconds=1)
        tables = [
            name for (name,) in self.query("SELECT name FROM sqlite_master WHERE type = 'table'")
        ]
        with (
            closing(
                sqlite3.connect(self.path / ".holdfast" / "holdfast.db", timeout=30)
            ) as connection,
            connection,
        ):
            for table in tables:
                names = [row[1] for row in connection.execute(f"PRAGMA table_info({table})")]
                for name in (
                    name for name in names if name.endswith(("_at", "_until", "pending_since"))
                ):
                    connection.execute(f"UPDATE {table} SET {name} = {name} - {back}")
            siblings = "SELECT id, sibling FROM host WHERE sibling IS NOT NULL"
            for host_id, text in connection.execute(siblings).fetchall():
                aged = re.sub(
                    r'("at": ?")([^"]+)',
                    lambda at: at[1] + (datetime.fromisoformat(at[2]) - time).isoformat(),
                    text,
                )
                connection.execute("UPDATE host SET sibling = ? WHERE id = ?", (aged, host_id))

    def count(self, table: str, where: str = "1") -> int:
        return int(self.query(f"SELECT count(*) FROM {table} WHERE {where}")[0][0])

    def states(self, role: str = "link") -> dict[str, str]:
        return dict(self.query("SELECT url, state FROM link WHERE role = ?", role))

    def report(self) -> list[dict[str, Any]]:
        """Return the objects of the JSON Lines report of the last job."""
        return rows((self.path / ".holdfast" / "report.jsonl").read_text(encoding="utf-8"))


def configuration(
    connect_to: Mapping[str, str],
    endpoint: str,
    *,
    ca_file: Path | None = None,
    sibling_days: int = 0,
    archive_robots_days: int = 0,
) -> str:
    """Return a `holdfast.toml` that maps the web to servers on loopback. JSON strings are TOML strings.

    Many tests count requests, so a random URL and robots.txt are requested only if a test is about that.
    """
    mapping = "\n".join(
        f"{json.dumps(name)} = {json.dumps(address)}" for name, address in connect_to.items()
    )
    return f"""\
[network]
contact = "mailto:tests@wiki.example"
ca_file = {json.dumps(str(ca_file or ""))}

[network.connect_to]
{mapping}

[hosts."*"]
interval = 0.0
timeout = 5
retry_wait = 0.05
sibling_days = {sibling_days}
archive_robots_days = {archive_robots_days}

[hosts."archive.today"]
interval = 0.0

[archives.wayback]
endpoint = {json.dumps(endpoint)}
availability_endpoint = {json.dumps(f"{endpoint}/wayback/available")}
lookups_per_minute = 6000
captures_per_minute = 6000
replays_per_minute = 6000
"""


def rows(text: str) -> list[dict[str, Any]]:
    """Return the objects of JSON Lines."""
    return [json.loads(line) for line in text.splitlines()]


def error_lines(done: Done) -> Sequence[str]:
    """Return the lines that a command wrote to standard error."""
    assert "Traceback" not in done.stderr, done.stderr
    return done.stderr.splitlines()


def why_nothing(done: Done) -> list[str]:
    """Return the lines in which `holdfast fix` says that there is nothing to fix, and why."""
    lines = done.stderr.splitlines()
    start = next(n for n, line in enumerate(lines) if line.startswith("nothing to fix"))
    reasons = [line for line in lines[start + 1 :] if " left: " in line]
    return [lines[start], *reasons]


def one_line(done: Done, code: int) -> str:
    """Return the one line of an error that ended a command with this exit code."""
    lines = error_lines(done)
    assert done.returncode == code, done
    assert len(lines) == 1, done.stderr
    assert lines[0].startswith("holdfast: ")
    return lines[0]


def wait_for(condition: Callable[[], object], running: Running | None = None) -> None:
    """Wait until a condition is true; fail if it never is, or if the command ends before."""
    until = time.monotonic() + PATIENCE
    while not condition():
        assert running is None or running.poll() is None, (
            f"ended with {running.returncode}: {running.stderr.read() if running.stderr else ''}"
        )
        assert time.monotonic() < until, "it did not happen"
        time.sleep(0.02)
