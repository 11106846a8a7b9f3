"""Test whether there is a working network, by connecting to hosts that are known to exist."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from typing import Final

from crawler.http.connection_map import HostPort
from crawler.http.safe_resolver import ResolveError, SafeResolver
from crawler.http.special_addresses import is_this_machine

MAX_CONNECTIONS: Final = 12  # the maximum number of hosts tried
_MIN_REFUSING: Final = 3  # hosts; see `_refusals_show_network`
_TIMEOUT_SECONDS = 5.0  # for all of them together


async def can_connect_to_any(endpoints: Sequence[HostPort], resolver: SafeResolver) -> bool:
    """Return whether a TCP connection to any of the given endpoints can be opened.

    A name that does not exist counts as failure: some networks without internet access return that
    for every name. Refused connections are judged by `_refusals_show_network`.

    Args:
        endpoints: Host names with ports; only the first `MAX_CONNECTIONS` are tried.
        resolver: Resolves the names.
    """
    tried = endpoints[:MAX_CONNECTIONS]
    tasks = [asyncio.create_task(_can_connect(*endpoint, resolver)) for endpoint in tried]
    if await any_true(tasks, seconds=_TIMEOUT_SECONDS):
        return True
    hosts = {host for host, _ in tried}
    refusing = set[str]()
    for (host, _), task in zip(tried, tasks, strict=True):
        if task.done() and not task.cancelled() and task.result() is None:
            refusing.add(host)
    return _refusals_show_network(refusing, hosts)


def _refusals_show_network(refusing: set[str], hosts: set[str]) -> bool:
    """Return whether refused connections show a working network, although none was accepted.

    A refused connection shows one, because a host responded. But if three hosts or more refuse, or
    all of two, our own network refuses: a firewall, or a router that is not connected. Hosts that
    are this machine and refuse are left out. If there are no others, no network is needed.

    Args:
        refusing: The hosts that refused.
        hosts: All hosts that were tried.
    """
    local = {host for host in refusing if is_this_machine(host)}
    if local == hosts:
        return bool(local)
    remote_refusing = len(refusing - local)
    remote_hosts = len(hosts - local)
    if remote_refusing == 0:
        return False
    if remote_refusing == 1:
        return True
    own_network_refuses = remote_refusing >= _MIN_REFUSING or remote_refusing == remote_hosts
    return not own_network_refuses


async def any_true(tasks: Sequence[asyncio.Task[bool | None]], *, seconds: float) -> bool:
    """Return whether a task returns True in time; the others are then cancelled.

    Args:
        tasks: The tasks, running.
        seconds: The time for all of them together.
    """
    try:
        async with asyncio.timeout(seconds):
            for finished in asyncio.as_completed(tasks):
                if await finished:
                    return True
    except TimeoutError:
        pass
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    return False


async def _can_connect(host: str, port: int, resolver: SafeResolver) -> bool | None:
    """Return whether a connection can be opened; None if it is refused."""
    try:
        addresses = await resolver.resolve_public(host, port)
    except ResolveError:
        return False
    is_refused = False
    for address in addresses:
        try:
            _, writer = await asyncio.open_connection(*address)
        except ConnectionRefusedError:
            is_refused = True
            continue
        except OSError:
            continue
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()
        return True
    return None if is_refused else False
