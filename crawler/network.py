"""Is there a network at all? Asked before a job, so that a pulled cable condemns nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress

from crawler.resolver import ResolveError, SafeResolver

SAMPLE = 12
_SECONDS = 5.0


async def reaches_any(places: Sequence[tuple[str, int]], resolver: SafeResolver) -> bool:
    """Tell whether any of these hosts and ports can be connected to. A refusal counts: somebody answered.

    Names that do not exist say nothing: some networks without a way out answer so for every name.
    """
    tasks = [asyncio.create_task(_reaches(host, port, resolver)) for host, port in places[:SAMPLE]]
    try:
        async with asyncio.timeout(_SECONDS):
            for answered in asyncio.as_completed(tasks):
                if await answered:
                    return True
    except TimeoutError:
        pass
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    return False


async def _reaches(host: str, port: int, resolver: SafeResolver) -> bool:
    try:
        places = await resolver.look_up(host, port)
    except ResolveError:
        return False
    for place in places:
        try:
            _, writer = await asyncio.open_connection(*place)
        except ConnectionRefusedError:
            return True
        except OSError:
            continue
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()
        return True
    return False
