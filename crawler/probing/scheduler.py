"""Checking: every due link of every due host, as far as the job's orders allow."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from functools import partial

from crawler.archives.link_identity import party_of
from crawler.config import place_of
from crawler.http.connectivity import SAMPLE, NetworkWatch, reaches_any
from crawler.http.safe_resolver import SafeResolver
from crawler.jobs.isolation import Unit
from crawler.jobs.job import Job
from crawler.jobs.redirect_policy import Boundaries
from crawler.probing.host_worker import Emit, Feed, HostWork, gather_beginnings
from crawler.probing.probe_targets import target_of
from crawler.probing.prober import Fetch, Prober
from crawler.probing.worker_pool import work_through
from store.work.frontier import DueFilter, DueHost, due_hosts, due_links
from store.work.runs import RunOutcome


async def check_due(job: Job, wanted: DueFilter, *, fetch: Fetch, emit: Emit, feed: Feed | None = None) -> None:
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
        job.stop.order(
            RunOutcome.NETWORK_DOWN,
            f"no network: none of {min(len(asked), SAMPLE)} hosts tried, nor the archive, could be reached; nothing was asked, nothing condemned",
        )
        return
    work_on = host_work(job, fetch=fetch, emit=emit, watch=NetworkWatch(is_up, job.stop), feed=feed)

    async def work_all(hosts: Sequence[DueHost], wanted: DueFilter) -> Sequence[DueHost]:
        """Work on hosts, and return those that were not ours to the end."""
        left: list[DueHost] = []

        async def work(host: DueHost) -> None:
            if job.budget.spent:
                return
            with job.isolated(Unit.HOST, host.name):
                if not await work_on(host, wanted):
                    left.append(host)

        await work_through(hosts, work, at_once=job.config.network.concurrency, stop=job.stop)
        return left

    if (left := await work_all(hosts, wanted)) and not job.stop:
        del job.tally["host:held"]  # counts those still held then
        await work_all(left, replace(wanted, checked_before=began))
    await job.host_leases.close()
    await job.writer.flush()


def host_work(
    job: Job, *, fetch: Fetch, emit: Emit, watch: NetworkWatch, feed: Feed | None = None, patience: float = 0.0
) -> Callable[[DueHost, DueFilter], Awaitable[bool]]:
    """Give what works on one host (`HostWork.run`): the same alone and in a fleet."""
    prober = Prober(
        fetch,
        paces=job.paces,
        rules_for=job.rules_for,
        party_of=party_of,
        clock=job.clock,
        remap=job.selection.remapped,
        request=job.host_leases.request,
    )
    boundaries, beginnings = Boundaries(job), gather_beginnings(job)

    async def work(host: DueHost, wanted: DueFilter) -> bool:
        with job.at_work_on(host.name):
            return await HostWork(
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
    place = place_of(job.config.archives.wayback.endpoint)
    if network.proxy or place is None:
        return True
    resolver = SafeResolver(connect_to=network.connect_to, allowed=network.allowed_networks)
    try:
        return await reaches_any([place], resolver)
    finally:
        await resolver.close()


def _due(job: Job, wanted: DueFilter) -> Sequence[DueHost]:
    with job.database.read() as connection:
        return due_hosts(connection, wanted)


async def known_places(job: Job, hosts: Sequence[DueHost], wanted: DueFilter) -> Sequence[tuple[str, int]]:
    """Choose whom to reach for: the archive, and hosts from all over the list, as the longest queues may well be one operator's."""
    spread = hosts[:: max(1, len(hosts) // SAMPLE)]
    urls = await asyncio.to_thread(_first_urls, job, spread[: SAMPLE - 1], wanted)
    return [place for url in [job.config.archives.wayback.endpoint, *urls] if (place := place_of(url))]


async def has_network(job: Job, places: Sequence[tuple[str, int]]) -> bool:
    """Tell whether anybody there can be connected to."""
    network = job.config.network
    if network.proxy:
        return True  # the proxy's errors will tell
    resolver = SafeResolver(connect_to=network.connect_to, allowed=network.allowed_networks)
    try:
        return await reaches_any(places, resolver)
    finally:
        await resolver.close()


def _first_urls(job: Job, hosts: Sequence[DueHost], wanted: DueFilter) -> Sequence[str]:
    with job.database.read() as connection:
        first = [link for host in hosts for link in due_links(connection, host.id, wanted, limit=1)]
    urls = []
    for link in first:
        with job.isolated(Unit.HOST, link.url):  # its own probe will say more
            target = target_of(link, job.config.archives.wayback)
            if not job.excludes(link) and place_of(url := job.selection.remapped(target.asked_url or target.url)):
                urls.append(url)
    return urls
