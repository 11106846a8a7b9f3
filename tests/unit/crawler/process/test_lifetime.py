"""Test the start time of the process, and that nothing delays its exit."""

from __future__ import annotations

import subprocess
import sys
import time

from crawler.process.lifetime import process_start_time, seconds_since_boot


def run(code: str) -> tuple[subprocess.CompletedProcess[str], float]:
    started = time.monotonic()
    process = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=60
    )
    return process, time.monotonic() - started


def test_the_start_time_is_before_the_imports() -> None:
    before = seconds_since_boot()
    process, _ = run(
        "import time; time.sleep(1)\nfrom crawler.process.lifetime import process_start_time\nprint(process_start_time())"
    )
    assert before - 0.1 <= float(process.stdout) < seconds_since_boot() - 0.9


def test_the_start_time_is_in_the_past() -> None:
    assert process_start_time() <= seconds_since_boot()


def test_a_blocked_thread_does_not_delay_the_exit() -> None:
    code = """
import sys, threading, time
from crawler.process.lifetime import exit_soon
threading.Thread(target=time.sleep, args=(50,)).start()
print("written")
exit_soon(2)
sys.exit(2)
"""
    process, seconds = run(code)
    assert (process.returncode, process.stdout, seconds < 30) == (2, "written\n", True)


def test_no_signal_interrupts_the_exit() -> None:
    code = """
import os, signal, sys, time
from crawler.process.lifetime import exit_soon
exit_soon(2)
os.kill(os.getpid(), signal.SIGINT)
os.kill(os.getpid(), signal.SIGTERM)
time.sleep(0.1)
sys.exit(2)
"""
    process, _ = run(code)
    assert (process.returncode, process.stderr) == (2, "")


def test_without_blocked_threads_exit_handlers_run() -> None:
    code = "import atexit, sys\nfrom crawler.process.lifetime import exit_soon\natexit.register(print, 'last words')\nexit_soon(0)\nsys.exit(0)"
    assert run(code)[0].stdout == "last words\n"


def test_a_stopped_process_frees_no_modules() -> None:
    """Native modules whose import was interrupted can be freed without end."""
    code = """
import sys, time
from crawler.process.lifetime import exit_at_once
class Endless:
    def __del__(self, sleep=time.sleep):
        sleep(1000)
sys.endless = Endless()
print("written", end="")
exit_at_once(130)
"""
    process, _ = run(code)
    assert (process.returncode, process.stdout, process.stderr) == (130, "written", "")
