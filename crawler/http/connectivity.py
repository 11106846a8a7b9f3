"""Test whether there is a working network, by connecting to hosts that are known to exist."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from typing import Final

from crawler.http.connection_map import HostPort
from crawler.http.safe_resolver import ResolveError, SafeResolver

MAX_CONNECTIONS: Final = 12  # the maximum number of hosts tried
_TIMEOUT_SECONDS = 5.0  # for all of them together


async def can_connect_to_any(addresses: Sequence[HostPort], resolver: SafeResolver) -> bool:
    """Return whether a TCP connection to any of the given hosts can be opened.

    A refused connection counts as success, because a host responded. A name that does not exist
    counts as failure: some networks without internet access return that for every name.

    Args:
        addresses: Host names with ports; only the first `MAX_CONNECTIONS` are tried.
        resolver: Resolves the names.
    """
    tasks = [
        asyncio.create_task(_can_connect(host, port, resolver))
        for host, port in addresses[:MAX_CONNECTIONS]
    ]
    try:
        async with asyncio.timeout(_TIMEOUT_SECONDS):
            for connected in asyncio.as_completed(tasks):
                if await connected:
                    return True
    except TimeoutError:
        pass
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    return False


async def _can_connect(host: str, port: int, resolver: SafeResolver) -> bool:
    try:
        addresses = await resolver.resolve_public(host, port)
    except ResolveError:
        return False
    for address in addresses:
        try:
            _, writer = await asyncio.open_connection(*address)
        except ConnectionRefusedError:
            return True
        except OSError:
            continue
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()
        return True
    return False
