"""Test that Ctrl-C ends a command without a traceback, from the first line of Holdfast's code on.

The signal comes at random moments, and at the n-th import: most of the time of a short command is
spent there, and Python prints or swallows an exception in some places of an import.
"""

from __future__ import annotations

import os
import random
import re
import signal
import subprocess
import sys
import time
import tomllib
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.acceptance.folder import LIBRARY, PATIENCE, environment

COMMANDS: Sequence[Sequence[str]] = (
    ("scan", "page.md"),
    ("status",),
    ("report", "--format", "json", "--output", "-"),
    ("worker", "--once"),
)
# Sends the signal at the n-th import of Holdfast's entry point and of what it imports.
AT_IMPORT = """
import os, signal, sys
left, began = int(os.environ["INTERRUPT_AT_IMPORT"]), False
def count(event, arguments):
    global left, began
    if event == "import":
        began = began or ("crawler" in sys.modules and arguments[0] in ("signal", "crawler.cli"))
        left -= began
        if left == 0:
            os.kill(os.getpid(), signal.SIGINT)
sys.addaudithook(count)
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "page.md").write_text("[a](http://127.0.0.1:9/a)\n")
    # The program as an installer writes it, with the entry point of this tree.
    scripts = tomllib.loads((LIBRARY / "pyproject.toml").read_text("utf-8"))["project"]["scripts"]
    module, _, function = scripts["holdfast"].partition(":")
    program = f"import sys\nfrom {module} import {function}\nsys.exit({function}())\n"
    (tmp_path / "holdfast.py").write_text(program)
    return tmp_path


def start(folder: Path, words: Sequence[str], **more: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, *words],
        cwd=folder,
        # As users have it: an interrupted import leaves its file open, which is a warning of Python.
        env=environment() | {"PYTHONWARNINGS": ""} | more,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    )


def is_pythons_own(code: int, stderr: str) -> bool:
    """Return whether Python was stopped before it ran any code of Holdfast."""
    own = re.search(rf'File "{re.escape(str(LIBRARY))}/(crawler|reports|store)/', stderr)
    return own is None and ("KeyboardInterrupt" in stderr or code == -signal.SIGINT)


def is_clean(code: int, stderr: str) -> bool:
    """Return whether a process was stopped without a traceback, or ended by itself."""
    if "Traceback" in stderr:
        return False
    own = [line for line in stderr.splitlines() if line.startswith("holdfast:")]
    return len(own) <= 1 and (own in ([], ["holdfast: stopped"]) if code == 130 else code in (0, 3))


@pytest.mark.parametrize("program", [("-m", "crawler"), ("holdfast.py",)], ids=["-m", "program"])
def test_ctrl_c_at_any_moment_shows_no_traceback(folder: Path, program: Sequence[str]) -> None:
    chosen = random.Random(15)
    moments = [(chosen.uniform(0.02, 1.5), COMMANDS[n % len(COMMANDS)]) for n in range(20)]

    def interrupt(moment: tuple[float, Sequence[str]]) -> tuple[int, str]:
        seconds, command = moment
        running = start(folder, [*program, *command])
        time.sleep(seconds)
        running.send_signal(signal.SIGINT)
        _, stderr = running.communicate(timeout=PATIENCE)
        return running.returncode, stderr

    with ThreadPoolExecutor(2) as threads:
        ends = list(threads.map(interrupt, moments))
    late = [end for end in ends if not is_pythons_own(*end)]
    assert [end for end in late if not is_clean(*end)] == []
    assert late


@pytest.mark.parametrize("number", [1, 2, 3, 29, 101, 331])
def test_ctrl_c_during_an_import_stops_the_command(folder: Path, number: int) -> None:
    hook = folder / "hook"
    hook.mkdir()
    (hook / "sitecustomize.py").write_text(AT_IMPORT)
    path = os.pathsep.join((str(hook), str(LIBRARY)))
    running = start(
        folder,
        ["-m", "crawler", "scan", "page.md"],
        PYTHONPATH=path,
        INTERRUPT_AT_IMPORT=str(number),
    )
    _, stderr = running.communicate(timeout=PATIENCE)
    assert (running.returncode, stderr.strip()) in ((130, ""), (130, "holdfast: stopped"))
