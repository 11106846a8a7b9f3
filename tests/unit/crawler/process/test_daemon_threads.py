"""Test calls in daemon threads, which do not delay the exit."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import threading
import time
from concurrent.futures import wait

import pytest

from crawler.process.daemon_threads import DaemonExecutor


def test_calls_run_in_parallel_in_no_more_threads_than_allowed() -> None:
    executor, running, peak = DaemonExecutor(4, name="four"), [0], [0]
    lock = threading.Lock()

    def call(number: int) -> int:
        with lock:
            running[0] += 1
            peak[0] = max(peak[0], running[0])
        time.sleep(0.005)
        with lock:
            running[0] -= 1
        return number * 2

    futures = [executor.submit(call, number) for number in range(100)]
    assert [future.result(10) for future in futures] == [number * 2 for number in range(100)]
    assert 1 < peak[0] <= 4
    executor.shutdown()


def test_an_idle_thread_is_reused() -> None:
    executor = DaemonExecutor(8, name="idle")
    for _ in range(20):
        assert executor.submit(int).result(10) == 0
        time.sleep(0.01)
    assert sum(thread.name == "idle" for thread in threading.enumerate()) < 4
    executor.shutdown()


def test_an_error_is_raised_where_the_result_is_awaited() -> None:
    executor = DaemonExecutor(1, name="errors")

    async def work() -> None:
        with pytest.raises(ZeroDivisionError):
            await asyncio.get_running_loop().run_in_executor(executor, lambda: 1 / 0)

    asyncio.run(work())
    executor.shutdown()


def test_queued_calls_are_cancelled_at_shutdown() -> None:
    executor, released = DaemonExecutor(1, name="closed"), threading.Event()
    running_call = executor.submit(released.wait, 10)
    waiting = [executor.submit(int) for _ in range(5)]
    time.sleep(0.05)
    executor.shutdown()
    assert all(future.cancelled() for future in waiting)
    released.set()
    assert not wait([running_call], 10).not_done
    with pytest.raises(RuntimeError):
        executor.submit(int)


def test_a_blocked_call_does_not_delay_the_exit() -> None:
    code = """
import time
from crawler.process.daemon_threads import DaemonExecutor
executor = DaemonExecutor(2, name="stuck")
for _ in range(2):
    executor.submit(time.sleep, 50)
executor.shutdown()
"""
    assert subprocess.run([sys.executable, "-c", code], check=True, timeout=30).returncode == 0
