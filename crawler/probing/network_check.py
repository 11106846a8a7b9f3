"""Check before and during a job that the network, or the archive, can be reached."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import NamedTuple

from sqlalchemy import Connection

from crawler.archives.archive_hosts import archive_proxy_hosts
from crawler.archives.link_identity import slot_of
from crawler.config import host_and_port
from crawler.http.clients.proxies import ProxySelector, proxy_addresses
from crawler.http.connection_map import HostPort
from crawler.http.connectivity import MAX_CONNECTIONS, can_connect_to_any
from crawler.http.proxy_check import ProxiedEndpoint, any_proxy_answers
from crawler.http.safe_resolver import SafeResolver
from crawler.jobs.isolation import Unit
from crawler.jobs.job import Job
from crawler.probing.probe_targets import probe_target
from store.vocabulary import FAILING_STATES
from store.work.frontier import DueFilter, DueHost, DueLink, due_links
from store.work.hosts import living_urls

# With fewer links that did not fail before, links that are alive on other hosts are added.
_MIN_WORKING_LINKS = 3
_HTTPS_PORT = 443


class _Routes(NamedTuple):
    """The endpoints that are connected to directly, and those that proxies connect to."""

    direct: Sequence[HostPort]
    proxied: Sequence[ProxiedEndpoint]


async def reaches_archive(job: Job) -> bool:
    """Return whether the Wayback Machine, or another configured archive, can be connected to.

    If none can, lookups would only be postponed.
    """
    archives = job.config.archives
    other_urls = [each.timemap or each.timegate for each in archives.memento_archives.values()]
    urls = (archives.wayback.endpoint, *other_urls)
    if all(map(job.archive_proxy.is_used_for, urls)):
        return await job.archive_proxy.responds(urls[0])
    endpoints = [host_and_port(url) for url in urls]
    valid = [endpoint for endpoint in endpoints if endpoint is not None]
    if len(valid) < len(endpoints) or archives.proxy:
        return True
    return await has_network(job, valid)


async def has_network(job: Job, endpoints: Sequence[HostPort]) -> bool:
    """Return whether any of these endpoints can be connected to, or the proxy to them answers.

    Behind a proxy only the proxy is tested: the requests themselves show what it cannot reach.
    Archives that have a proxy of their own are left out (`crawler.jobs.archive_proxy`); without
    any other endpoint, no network is needed.
    """
    resolver = _resolver_of(job)
    try:
        routes = _routes_to(job, endpoints, resolver)
        if endpoints and not routes.direct and not routes.proxied:
            return True
        if routes.direct and await can_connect_to_any(routes.direct, resolver):
            return True
        return await any_proxy_answers(routes.proxied, resolver)
    finally:
        await resolver.close()


async def reaches_living_host(job: Job, failing: Collection[str]) -> bool | None:
    """Return whether a host that was alive before can be connected to without a proxy.

    None if no such host is known.

    Args:
        job: The job.
        failing: Names of hosts that just failed. They are left out, as archives are: a network that
            lets only these through does not count as working.
    """
    urls = await job.read(living_urls, limit=MAX_CONNECTIONS + len(failing))
    others = [job.url_filters.remap_url(url) for url in urls if slot_of(url) not in failing]
    endpoints = [endpoint for url in others if (endpoint := host_and_port(url))]
    resolver = _resolver_of(job)
    try:
        direct = _routes_to(job, endpoints, resolver).direct
        return await can_connect_to_any(direct, resolver) if direct else None
    finally:
        await resolver.close()


async def proxies_to(job: Job, endpoints: Sequence[HostPort]) -> Sequence[HostPort]:
    """Return the hosts and ports of the proxies that requests to these endpoints go through."""
    resolver = _resolver_of(job)
    try:
        routes = _routes_to(job, endpoints, resolver)
    finally:
        await resolver.close()
    addresses = (host_and_port(route.proxy) for route in routes.proxied)
    return list(dict.fromkeys(filter(None, addresses)))


def _resolver_of(job: Job) -> SafeResolver:
    network = job.config.network
    return SafeResolver(
        connect_to=network.connect_to,
        allowed=network.allowed_networks,
        proxies=proxy_addresses(network.proxy),
    )


def _routes_to(job: Job, endpoints: Sequence[HostPort], resolver: SafeResolver) -> _Routes:
    """Return which endpoints are reached directly, and which through a proxy."""
    proxy_for = ProxySelector(resolver, configured=job.config.network.proxy)
    has_own_proxy = archive_proxy_hosts(job.config)
    direct: list[HostPort] = []
    proxied: list[ProxiedEndpoint] = []
    for host, port in endpoints:
        if has_own_proxy(host, port):
            continue
        scheme = "https" if port == _HTTPS_PORT else "http"
        proxy = proxy_for(f"{scheme}://{host}:{port}/")
        if host_and_port(proxy):
            proxied.append(ProxiedEndpoint(proxy, (host, port)))
        else:
            direct.append((host, port))
    return _Routes(direct, proxied)


async def endpoints_to_test(
    job: Job, hosts: Sequence[DueHost], due_filter: DueFilter
) -> Sequence[HostPort]:
    """Return the endpoints (host name and port) whose connections show whether the network is up.

    Args:
        job: The job.
        hosts: The hosts with due links.
        due_filter: Which links are due.

    Returns:
        The archive, then hosts spread over the whole list, as the longest queues may all belong to
        one operator. Hosts that failed before come last, after others that were alive: their
        failure does not show that the network is down.
    """
    spread = hosts[:: max(1, len(hosts) // MAX_CONNECTIONS)]
    links = await job.read(_first_links, spread[: MAX_CONNECTIONS - 1], due_filter)
    working = [link for link in links if link.state not in FAILING_STATES]
    failing = [link for link in links if link.state in FAILING_STATES]
    urls = [job.config.archives.wayback.endpoint, *_requested_urls(job, working)]
    if failing and len(working) < _MIN_WORKING_LINKS:
        living = await job.read(living_urls, limit=MAX_CONNECTIONS)
        urls += map(job.url_filters.remap_url, living)
    urls += _requested_urls(job, failing)
    return list(dict.fromkeys(filter(None, map(host_and_port, urls))))


def _first_links(
    connection: Connection, hosts: Sequence[DueHost], due_filter: DueFilter
) -> Sequence[DueLink]:
    return [link for host in hosts for link in due_links(connection, host.id, due_filter, limit=1)]


def _requested_urls(job: Job, links: Sequence[DueLink]) -> Sequence[str]:
    urls = []
    for link in links:
        with job.isolated(Unit.HOST, link.url):  # the link's probe reports the same error
            target = probe_target(link, job.config.archives.wayback)
            url = job.url_filters.remap_url(target.fetch_url or target.url)
            if not job.excludes(link) and host_and_port(url):
                urls.append(url)
    return urls
