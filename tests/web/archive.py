"""The fake archive with an address of its own, for tests that configure an endpoint."""

from __future__ import annotations

from contextlib import AsyncExitStack
from types import TracebackType
from typing import Self

from crawler.demo.archive import FakeWayback
from crawler.demo.captures import CaptureDesk
from crawler.demo.web import served


class RunningWayback(FakeWayback):
    """A `FakeWayback` that serves itself while it is entered; `endpoint` is where."""

    endpoint = ""

    async def __aenter__(self) -> Self:
        self._open = AsyncExitStack()
        self.endpoint = f"http://{await self._open.enter_async_context(served(self.app))}"
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await self._open.aclose()

    def forget(self) -> None:
        """As if nothing had been archived, asked or set wrong yet."""
        self.holdings.clear()
        self.faults.clear()
        self.asked.clear()
        self.desk = CaptureDesk(self.capture, self.time)
