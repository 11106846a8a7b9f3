"""Decide which hosts belong to archives, and whether requests to them use `archives.proxy`.

A host that `network.connect_to` maps to another host or port is connected to directly. If it is
mapped to itself, the proxy is used: such an entry only allows an endpoint at a private address.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from crawler.archives.mirror_urls import is_archive_host
from crawler.config import Config, host_and_port
from crawler.http.connection_map import ConnectionMap, HostPort, unbracketed


class ArchiveRoute(NamedTuple):
    """The proxy of the clients of archives, and the hosts to which they connect without it.

    Attributes:
        proxy: The URL of the proxy; "" if only the environment variables, such as `https_proxy`,
            set one.
        connect_to: Maps `host:port` to the `host:port` to connect to instead, without a proxy.
    """

    proxy: str
    connect_to: dict[str, str]


def archive_route(config: Config) -> ArchiveRoute:
    """Return the proxy and the mapped hosts for requests to archives.

    With `archives.proxy`, hosts that are mapped to themselves are left out: they use the proxy.
    Without it, the settings of `network` apply.
    """
    proxy, connect_to = config.archives.proxy, config.network.connect_to
    if not proxy:
        return ArchiveRoute(config.network.proxy, connect_to)
    redirected = {source: target for source, target in connect_to.items() if source != target}
    return ArchiveRoute(proxy, redirected)


def archive_hosts(config: Config) -> Callable[[str, int], bool]:
    """Return a function that returns whether a host and port belong to an archive.

    Archives are the known services and the configured endpoints. A pywb server that replays the
    local archive is none of them: it is a site of the user.
    """
    wayback = config.archives.wayback
    urls = [wayback.endpoint, wayback.availability_endpoint]
    for memento in config.archives.memento.values():
        urls += [memento.timegate, memento.timemap]  # one of them may be ""
    host_ports = map(host_and_port, urls)
    endpoints = {_key(host_port) for host_port in host_ports if host_port is not None}

    def is_archive(host: str, port: int) -> bool:
        return is_archive_host(host) or _key((host, port)) in endpoints

    return is_archive


def archive_proxy_hosts(config: Config) -> Callable[[str, int], bool]:
    """Return a function that returns whether requests to a host and port use `archives.proxy`."""
    is_archive, connections = archive_hosts(config), ConnectionMap(config.network.connect_to)

    def is_proxied(host: str, port: int) -> bool:
        if not config.archives.proxy or not is_archive(host, port):
            return False
        return not connections.leads_elsewhere(host, port)

    return is_proxied


def _key(host_port: HostPort) -> HostPort:
    """Return a host and port in a form that can be compared, IPv6 addresses without brackets."""
    host, port = host_port
    return unbracketed(host), port
