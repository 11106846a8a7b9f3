"""Stop a command early enough to end at its deadline.

After its work has stopped, a command writes the last results, its reports and its summary. The work
therefore stops before the deadline, and earlier if other programs use the processors.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from time import monotonic
from typing import Final

from crawler.cli.options import CommonOptions
from crawler.jobs.job import Job
from crawler.process.lifetime import seconds_since_boot
from crawler.process.thread_times import ThreadTimes, read_thread_times, slowness_since
from store.queries.link_counts import count_in_states, estimate_links
from store.vocabulary import FAILING_STATES

# Seconds of CPU time after the work has stopped, measured at 200,000 links and rounded up.
_BASE_SECONDS: Final = 0.4
_PER_LINK: Final = 4e-6  # to count links for the summary
_PER_FAILING_LINK: Final = 50e-6  # to read each with its mirrors
_PER_LINK_AND_FORMAT: Final = 22e-6  # to read every link with its citations for a report
# Slowness is elapsed time / CPU time: 1.0 on an idle machine. A larger one is not allowed for.
_MAX_SLOWNESS: Final = 8.0
_MEASURED_SECONDS: Final = 5.0  # length of the first measurement of the slowness
_CHECK_SECONDS: Final = 0.5  # between the following checks
_SHARE_OF_CHECKS: Final = 0.8  # of the time until the deadline, if archive steps wait for it
_SHARE_BETWEEN: Final = 0.02  # of that time: between two questions whether archive steps wait


def stop_in_time(
    job: Job, common: CommonOptions, deadline: float | None, *, formats: Sequence[str] = ()
) -> None:
    """Stop the job early enough for the command to end at its deadline.

    It is called in the running event loop.

    Args:
        job: The job; its database is counted.
        common: Holds the time at which the process was started.
        deadline: Seconds from the start of the process; None sets no limit.
        formats: Report formats that will be written.
    """
    seconds = common.seconds_left(deadline)
    if seconds is None or seconds <= 0:
        job.stop_within(seconds)
        return
    cpu_seconds = shutdown_seconds(job, formats=formats)
    job.stop_within(seconds, shutdown_seconds=cpu_seconds * _slowness_of_start(common))
    watch = _DeadlineWatch(job, monotonic() + seconds, cpu_seconds)
    asyncio.get_running_loop().call_later(watch.seconds_until_start(), watch.start)


@asynccontextmanager
async def reserve_time_for_archives(
    job: Job, has_archive_work: Callable[[], Awaitable[bool]]
) -> AsyncIterator[None]:
    """Pause the checks of links in the block when 80 % of the time to the deadline have passed.

    Without it, a wiki with more links than one run can check would never get an archive copy.
    Checks are paused only while archives have work to do, and may go on after the block.

    Args:
        job: The job; `job.budget.was_paused` is true afterwards if checks were paused.
        has_archive_work: Returns whether a step with archives has something to do now.
    """
    seconds = job.stop.seconds_left
    if seconds is None:
        yield
        return

    async def pause_in_time() -> None:
        share = _SHARE_OF_CHECKS
        while not job.budget.pause_event.is_set():
            await asyncio.sleep(seconds * share)
            if await has_archive_work():
                job.budget.pause()
            share = _SHARE_BETWEEN

    timer = asyncio.create_task(pause_in_time())
    try:
        yield
    finally:
        timer.cancel()
        await asyncio.gather(timer, return_exceptions=True)
        job.budget.resume()


def shutdown_seconds(job: Job, *, formats: Sequence[str] = ()) -> float:
    """Estimate the CPU time of writing the last results, the reports and the summary, in seconds.

    Args:
        job: The job; its database is counted.
        formats: Report formats that will be written.

    Returns:
        Seconds.
    """
    links = job.read_blocking(estimate_links)
    failing = job.read_blocking(count_in_states, FAILING_STATES)
    per_link = _PER_LINK + len(formats) * _PER_LINK_AND_FORMAT
    return _BASE_SECONDS + links * per_link + failing * _PER_FAILING_LINK


class _DeadlineWatch:
    """Stops a job before its planned time if the machine has become slower since the start.

    Args:
        job: The job.
        end: When the process is to end, by `time.monotonic`.
        cpu_seconds: The CPU time of the shutdown.
    """

    def __init__(self, job: Job, end: float, cpu_seconds: float) -> None:
        self._job = job
        self._end = end
        self._cpu_seconds = cpu_seconds
        self._times_at_start: ThreadTimes | None = None

    def seconds_until_start(self) -> float:
        """Return the seconds until `start`, which is early enough for `_MAX_SLOWNESS`."""
        return max(0.0, self._end - monotonic() - self._reserve(_MAX_SLOWNESS) - _MEASURED_SECONDS)

    def start(self) -> None:
        """Begin to measure how slow the machine is."""
        self._times_at_start = read_thread_times()
        if self._times_at_start is not None:
            asyncio.get_running_loop().call_later(_MEASURED_SECONDS, self._check)

    def _check(self) -> None:
        """Stop the job if the time that is left is needed for the shutdown; else check again."""
        slowness = min(_MAX_SLOWNESS, slowness_since(self._times_at_start))
        seconds_left = self._end - monotonic()
        if seconds_left <= self._reserve(slowness):
            self._job.stop_for_deadline()
        elif not self._job.stop:
            asyncio.get_running_loop().call_later(_CHECK_SECONDS, self._check)

    def _reserve(self, slowness: float) -> float:
        """Return the seconds from the stop of the job to the end of the process."""
        return self._job.stop.drain_seconds + self._cpu_seconds * slowness


def _slowness_of_start(common: CommonOptions) -> float:
    """Return the slowness since the process was started, from 1 to `_MAX_SLOWNESS`."""
    cpu_seconds = max(sum(os.times()[:4]), 0.1)  # includes child processes
    elapsed = seconds_since_boot() - common.started_at
    return min(_MAX_SLOWNESS, max(1.0, elapsed / cpu_seconds))
