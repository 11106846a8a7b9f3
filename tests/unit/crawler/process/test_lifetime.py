"""Test the start time of the process, and that nothing delays its end."""

from __future__ import annotations

import subprocess
import sys
import time

from crawler.process.lifetime import process_start_time, seconds_since_boot


def run(code: str) -> tuple[subprocess.CompletedProcess[str], float]:
    began = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=60
    )
    return done, time.monotonic() - began


def test_the_start_includes_what_came_before_the_first_import() -> None:
    before = seconds_since_boot()
    done, _ = run(
        "import time; time.sleep(1)\nfrom crawler.process.lifetime import process_start_time\nprint(process_start_time())"
    )
    assert before - 0.1 <= float(done.stdout) < seconds_since_boot() - 0.9


def test_this_process_began_a_while_ago() -> None:
    assert process_start_time() <= seconds_since_boot()


def test_a_thread_that_is_stuck_does_not_hold_the_exit() -> None:
    code = """
import sys, threading, time
from crawler.process.lifetime import exit_soon
threading.Thread(target=time.sleep, args=(50,)).start()
print("written")
exit_soon(2)
sys.exit(2)
"""
    done, took = run(code)
    assert (done.returncode, done.stdout, took < 30) == (2, "written\n", True)


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
    done, _ = run(code)
    assert (done.returncode, done.stderr) == (2, "")


def test_an_exit_with_nothing_stuck_takes_no_longer() -> None:
    code = "import atexit, sys\nfrom crawler.process.lifetime import exit_soon\natexit.register(print, 'last words')\nexit_soon(0)\nsys.exit(0)"
    assert run(code)[0].stdout == "last words\n"
