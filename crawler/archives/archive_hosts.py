"""Decide which hosts are those of archives, known or configured, and how they are connected to.

The proxy `archives.proxy` is for these hosts. A host that `network.connect_to` maps to another
place is connected to directly. If it is mapped to itself, the proxy is used: such an entry only
allows an endpoint to be at a private address.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from crawler.archives.mirror_urls import is_archive_host
from crawler.config import Config, host_and_port
from crawler.http.connection_map import ConnectionMap, HostPort, unbracketed


class ArchiveRoute(NamedTuple):
    """The proxy and the mapped places through which the clients of archives connect.

    Attributes:
        proxy: The URL of the proxy; empty for that of the environment.
        connect_to: Maps `host:port` to the place that is connected to instead, without a proxy.
    """

    proxy: str
    connect_to: dict[str, str]


def archive_route(config: Config) -> ArchiveRoute:
    """Return how the configured archives are connected to."""
    proxy, connect_to = config.archives.proxy, config.network.connect_to
    if not proxy:
        return ArchiveRoute(config.network.proxy, connect_to)
    elsewhere = {source: target for source, target in connect_to.items() if source != target}
    return ArchiveRoute(proxy, elsewhere)


def archive_hosts(config: Config) -> Callable[[str, int], bool]:
    """Return a function that returns whether a host and port belong to an archive.

    Archives are the known services and the configured endpoints. A pywb server that replays the
    local archive does not count.
    """
    wayback, mementos = config.archives.wayback, config.archives.memento.values()
    urls = [wayback.endpoint, wayback.availability_endpoint]
    urls += [url for each in mementos for url in (each.timegate, each.timemap) if url]
    endpoints = {_key(place) for url in urls if (place := host_and_port(url))}

    def is_archive(host: str, port: int) -> bool:
        return is_archive_host(host) or _key((host, port)) in endpoints

    return is_archive


def archive_proxy_hosts(config: Config) -> Callable[[str, int], bool]:
    """Return a function that returns whether requests to a host and port use `archives.proxy`."""
    is_archive, connections = archive_hosts(config), ConnectionMap(config.network.connect_to)

    def is_proxied(host: str, port: int) -> bool:
        is_used = bool(config.archives.proxy) and is_archive(host, port)
        return is_used and not connections.leads_elsewhere(host, port)

    return is_proxied


def _key(place: HostPort) -> HostPort:
    return unbracketed(place[0]), place[1]
