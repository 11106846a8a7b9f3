"""Probe every due link of every due host, as many hosts at a time as the configuration allows."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial

from crawler.http.connection_map import HostPort
from crawler.http.fetch import Fetch
from crawler.jobs.isolation import Unit
from crawler.jobs.job import Job
from crawler.jobs.run_outcome import set_due_filter
from crawler.probing.capture_hook import CaptureHookFor
from crawler.probing.connectivity_monitor import ConnectivityMonitor
from crawler.probing.host_start import batch_host_starts
from crawler.probing.host_worker import HostWorker
from crawler.probing.interception import InterceptionDetector
from crawler.probing.link_prober import EmitProbe
from crawler.probing.network_check import (
    endpoints_to_test,
    has_network,
    proxies_to,
    reaches_living_host,
)
from crawler.probing.session import PoliteSession
from crawler.probing.worker_pool import run_workers
from store.work.frontier import DueFilter, DueHost, due_hosts
from store.work.runs import HELD_HOSTS, RunOutcome

_NEVER = datetime.min.replace(tzinfo=UTC)
_MAX_NAMED_HOSTS = 2  # in a message; more are counted

ProbeHost = Callable[[DueHost, DueFilter], Awaitable[bool]]


async def probe_due(
    job: Job,
    due_filter: DueFilter,
    *,
    fetch: Fetch,
    emit: EmitProbe,
    capture_hook_for: CaptureHookFor | None = None,
) -> None:
    """Probe what is due and return when all results are written.

    Hosts are tried again at the end if another process held their lease, or that of a host to
    which their links redirect. Without any network a stop is requested and nothing is probed.

    Args:
        job: The job.
        due_filter: Which links are due.
        fetch: Sends a single request.
        emit: Takes an item through the pipelines.
        capture_hook_for: Returns the hook that records a link's probe if a local capture is wanted;
            None if no probe is recorded.
    """
    started_at = job.clock()
    set_due_filter(job, due_filter)
    hosts = await job.read(due_hosts, due_filter)
    if not hosts:
        return
    if job.budget.is_limited or job.stop.deadline is not None:
        hosts = sorted(hosts, key=_turn)
    requested = [host for host in hosts if not job.rules_for(host.name).skip]
    endpoints = await endpoints_to_test(job, requested, due_filter)
    is_up = partial(has_network, job, endpoints)
    if requested and not await is_up():
        _stop_without_network(job, endpoints, await proxies_to(job, endpoints))
        return
    interception = InterceptionDetector(job.stop, partial(reaches_living_host, job))
    probe_host = make_host_prober(
        job,
        fetch=fetch,
        emit=emit,
        connectivity=ConnectivityMonitor(is_up, job.stop, interception=interception),
        capture_hook_for=capture_hook_for,
    )
    remaining = await _probe_hosts(job, hosts, due_filter, probe_host)
    if remaining and not job.stop and not job.budget.is_spent:
        del job.counts[HELD_HOSTS]  # only those that are still held are counted
        await _probe_hosts(
            job, remaining, replace(due_filter, checked_before=started_at), probe_host
        )
    await job.host_leases.close()
    await job.writer.flush()


def _turn(host: DueHost) -> tuple[datetime, datetime]:
    """Return the rank of a host in a run that may not reach all hosts, lowest first.

    Hosts that were requested longest ago come first, then those that are due longest. In the order
    of their size, large and slow hosts would use up each run, and the others would never be
    checked.
    """
    return host.next_allowed_at or _NEVER, host.due_at or _NEVER


def make_host_prober(
    job: Job,
    *,
    fetch: Fetch,
    emit: EmitProbe,
    connectivity: ConnectivityMonitor,
    capture_hook_for: CaptureHookFor | None = None,
    wait_seconds: float = 0.0,
) -> ProbeHost:
    """Return a function that probes one host, for a single process or a fleet.

    The function returns whether the host is done, see `HostWorker.run`.

    Args:
        job: The job.
        fetch: Sends a single request.
        emit: Takes an item through the pipelines.
        connectivity: Watches our own network.
        capture_hook_for: Returns the hook that records a link's probe if a local capture is wanted;
            None if no probe is recorded.
        wait_seconds: How long to wait for a host's lease that another process holds.
    """
    session = PoliteSession(job, fetch)
    host_starts = batch_host_starts(job)

    async def work(host: DueHost, due_filter: DueFilter) -> bool:
        worker = HostWorker(
            job,
            host,
            due_filter,
            session=session,
            emit=emit,
            connectivity=connectivity,
            host_starts=host_starts,
            capture_hook_for=capture_hook_for,
            wait_seconds=wait_seconds,
        )
        with job.monitor_host(host.name):
            return await worker.run()

    return work


async def _probe_hosts(
    job: Job, hosts: Sequence[DueHost], due_filter: DueFilter, probe_host: ProbeHost
) -> Sequence[DueHost]:
    """Probe hosts, and return those that should be tried again."""
    remaining: list[DueHost] = []

    async def work(host: DueHost) -> None:
        if job.budget.is_spent:
            return
        with job.isolated(Unit.HOST, host.name):
            if not await probe_host(host, due_filter):
                remaining.append(host)

    await run_workers(
        hosts,
        work,
        at_once=job.config.network.concurrency,
        stop=job.stop,
        pause=job.budget.pause_event,
    )
    return remaining


def _stop_without_network(
    job: Job, endpoints: Sequence[HostPort], proxies: Sequence[HostPort]
) -> None:
    """Stop the job before anything is requested.

    Args:
        job: The job.
        endpoints: The hosts and ports that could not be reached.
        proxies: The proxies to them; empty if they are connected to directly.
    """
    hosts = list(dict.fromkeys(host for host, _ in endpoints))
    unreachable = " or ".join(hosts)
    if len(hosts) > _MAX_NAMED_HOSTS:
        unreachable = f"{hosts[0]} or any of {len(hosts) - 1} cited hosts"
    if proxies:
        unreachable = " or ".join(f"the proxy {host}:{port}" for host, port in proxies)
    job.stop.request(
        RunOutcome.NETWORK_DOWN,
        f"no network: could not reach {unreachable}; nothing was checked, no state changed: "
        "check the connection or network.proxy, then run again",
    )
