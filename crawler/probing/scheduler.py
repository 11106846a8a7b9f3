"""Checking: every due link of every due host, as far as the job's orders allow."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from functools import partial

from crawler.archives.link_identity import slot_of
from crawler.config import host_and_port
from crawler.http.connectivity import SAMPLE, ConnectivityMonitor, can_connect_to_any
from crawler.http.fetch import Fetch
from crawler.http.safe_resolver import SafeResolver
from crawler.items import Emit
from crawler.jobs.isolation import Unit
from crawler.jobs.job import Job
from crawler.jobs.redirect_policy import RedirectPolicy
from crawler.probing.host_worker import Feed, HostWorker, batch_host_starts
from crawler.probing.probe_targets import probe_target
from crawler.probing.prober import Prober
from crawler.probing.worker_pool import run_workers
from store.work.frontier import DueFilter, DueHost, due_hosts, due_links
from store.work.runs import RunOutcome


async def probe_due(
    job: Job, wanted: DueFilter, *, fetch: Fetch, emit: Emit, feed: Feed | None = None
) -> None:
    """Probe what is due. With no network at all, say so in the job's orders and ask nothing.

    Hosts that another process held, or to which their links led, get a second try when all others are done.
    """
    began = job.clock()
    hosts = await asyncio.to_thread(_due, job, wanted)
    if not hosts:
        return
    asked = [host for host in hosts if not job.rules_for(host.name).skip]
    is_up = partial(has_network, job, await known_places(job, asked, wanted))
    if asked and not await is_up():
        job.stop.request(
            RunOutcome.NETWORK_DOWN,
            f"no network: none of {min(len(asked), SAMPLE)} hosts tried, nor the archive, could be reached; nothing was asked, nothing condemned",
        )
        return
    work_on = host_work(
        job, fetch=fetch, emit=emit, watch=ConnectivityMonitor(is_up, job.stop), feed=feed
    )

    async def work_all(hosts: Sequence[DueHost], wanted: DueFilter) -> Sequence[DueHost]:
        """Work on hosts, and return those that were not ours to the end."""
        left: list[DueHost] = []

        async def work(host: DueHost) -> None:
            if job.budget.is_spent:
                return
            with job.isolated(Unit.HOST, host.name):
                if not await work_on(host, wanted):
                    left.append(host)

        await run_workers(hosts, work, at_once=job.config.network.concurrency, stop=job.stop)
        return left

    if (left := await work_all(hosts, wanted)) and not job.stop:
        del job.counts["host:held"]  # counts those still held then
        await work_all(left, replace(wanted, checked_before=began))
    await job.host_leases.close()
    await job.writer.flush()


def host_work(
    job: Job,
    *,
    fetch: Fetch,
    emit: Emit,
    watch: ConnectivityMonitor,
    feed: Feed | None = None,
    patience: float = 0.0,
) -> Callable[[DueHost, DueFilter], Awaitable[bool]]:
    """Give what works on one host (`HostWork.run`): the same alone and in a fleet."""
    prober = Prober(
        fetch,
        paces=job.rate_limiters,
        rules_for=job.rules_for,
        slot_of=slot_of,
        clock=job.clock,
        remap=job.url_filters.remap_url,
        request=job.host_leases.request,
    )
    boundaries, beginnings = RedirectPolicy(job), batch_host_starts(job)

    async def work(host: DueHost, wanted: DueFilter) -> bool:
        with job.monitor_host(host.name):
            return await HostWorker(
                job,
                host,
                wanted,
                prober=prober,
                emit=emit,
                watch=watch,
                boundaries=boundaries,
                beginnings=beginnings,
                feed=feed,
                patience=patience,
            ).run()

    return work


async def reaches_archive(job: Job) -> bool:
    """Tell whether the Wayback Machine can be connected to: where it cannot, asking would only put every look-up off."""
    network = job.config.network
    place = host_and_port(job.config.archives.wayback.endpoint)
    if network.proxy or place is None:
        return True
    resolver = SafeResolver(connect_to=network.connect_to, allowed=network.allowed_networks)
    try:
        return await can_connect_to_any([place], resolver)
    finally:
        await resolver.close()


def _due(job: Job, wanted: DueFilter) -> Sequence[DueHost]:
    with job.database.read() as connection:
        return due_hosts(connection, wanted)


async def known_places(
    job: Job, hosts: Sequence[DueHost], wanted: DueFilter
) -> Sequence[tuple[str, int]]:
    """Choose whom to reach for: the archive, and hosts from all over the list, as the longest queues may well be one operator's."""
    spread = hosts[:: max(1, len(hosts) // SAMPLE)]
    urls = await asyncio.to_thread(_first_urls, job, spread[: SAMPLE - 1], wanted)
    return [
        place
        for url in [job.config.archives.wayback.endpoint, *urls]
        if (place := host_and_port(url))
    ]


async def has_network(job: Job, places: Sequence[tuple[str, int]]) -> bool:
    """Tell whether anybody there can be connected to."""
    network = job.config.network
    if network.proxy:
        return True  # the proxy's errors will tell
    resolver = SafeResolver(connect_to=network.connect_to, allowed=network.allowed_networks)
    try:
        return await can_connect_to_any(places, resolver)
    finally:
        await resolver.close()


def _first_urls(job: Job, hosts: Sequence[DueHost], wanted: DueFilter) -> Sequence[str]:
    with job.database.read() as connection:
        first = [link for host in hosts for link in due_links(connection, host.id, wanted, limit=1)]
    urls = []
    for link in first:
        with job.isolated(Unit.HOST, link.url):  # its own probe will say more
            target = probe_target(link, job.config.archives.wayback)
            if not job.excludes(link) and host_and_port(
                url := job.url_filters.remap_url(target.asked_url or target.url)
            ):
                urls.append(url)
    return urls
