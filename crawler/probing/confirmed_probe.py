"""Probe a link, and confirm that its result is not that of our own network."""

from __future__ import annotations

from time import monotonic

from crawler.jobs.job import Job
from crawler.probing.capture_hook import ProbeCaptureHook
from crawler.probing.connectivity_monitor import ConnectivityMonitor
from crawler.probing.interception import failed_at_proxy
from crawler.probing.session import HostSession
from crawler.probing.target import ProbeTarget
from store.vocabulary import Probe, Role
from store.work.frontier import DueLink


async def confirmed_probe(
    job: Job,
    session: HostSession,
    connectivity: ConnectivityMonitor,
    link: DueLink,
    target: ProbeTarget,
    *,
    hook: ProbeCaptureHook | None = None,
) -> Probe | None:
    """Return the probe of a link; None if our own network was down, or answered for the host.

    Args:
        job: The job.
        session: Sends the requests.
        connectivity: Watches our own network.
        link: The link.
        target: What is requested for it.
        hook: Records the probe for a local capture; None without one.
    """
    started_at = monotonic()
    with connectivity.track_probe(session.slot):
        probe = await session.probe(target, fetch=hook)
        if not probe.requests:
            return probe
        last = probe.requests[-1]
        if job.archive_proxy.is_used_for(last.url):
            return probe  # it says nothing about the network that other hosts are reached by
        is_up = await connectivity.confirm_network(
            started_at, last.fault, at_proxy=failed_at_proxy(probe)
        )
        is_archive = link.role is Role.MIRROR
        if is_up and await connectivity.confirm_response(
            session.slot, link.state, probe, is_archive=is_archive
        ):
            return probe
    return None
