"""Signal the results of lookups at the Wayback Machine to the work that needs them."""

from __future__ import annotations

import asyncio
from contextlib import suppress


class LookupProgress:
    """Signals results of lookups at the Wayback Machine to the tasks that wait for them.

    Attributes:
        is_complete: Whether no further results follow.
        has_skipped_some: Whether some lookups were skipped, because the service did not respond
            or requested a long pause.
        changed: Set at the next result; then replaced by a new event.
    """

    def __init__(self) -> None:
        self.is_complete = False
        self.has_skipped_some = False
        self.changed = asyncio.Event()

    def notify(self, *, is_complete: bool = False) -> None:
        """Signal a result, or that it was the last one."""
        self.is_complete = self.is_complete or is_complete
        self.changed.set()
        self.changed = asyncio.Event()

    async def wait_for_results(self, changed: asyncio.Event, *, seconds: float) -> None:
        """Wait for a result, and then for those of the next seconds, or until all are complete.

        Args:
            changed: The event `changed` as it was before the present results were processed.
            seconds: The time for which results are collected after the first one.
        """
        await changed.wait()
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while not self.is_complete:
                    await self.changed.wait()
