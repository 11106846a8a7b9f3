"""Serve the fake archive under an address of its own; optionally with a real one behind it."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import timedelta
from types import TracebackType
from typing import Self

from crawler.demo.archive import FakeWayback
from crawler.demo.archive_data import StoredSnapshot
from crawler.demo.captures import FakeSavePageNow
from crawler.demo.web import serve
from tests.pywb import Pywb, Replayed


class RunningWayback(FakeWayback):
    """A `FakeWayback` that is served at `endpoint` within `with`."""

    endpoint = ""

    async def __aenter__(self) -> Self:
        self._open = AsyncExitStack()
        self.endpoint = f"http://{await self._open.enter_async_context(serve(self.app))}"
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._open.aclose()

    def forget(self) -> None:
        """Reset snapshots, recorded requests and faults."""
        self.snapshots.clear()
        self.faults.clear()
        self.requests.clear()
        self.index_lag = timedelta(0)
        self.captures = FakeSavePageNow(self.capture, self.now)


class RecordingWayback(RunningWayback):
    """A fake archive whose captures are recorded and replayed by a real pywb."""

    def __init__(self, pywb: Pywb) -> None:
        super().__init__()
        self._pywb = pywb

    async def fetch_snapshot(self, url: str) -> StoredSnapshot:
        recorded = await asyncio.to_thread(self._pywb.record, url)
        if not recorded.timestamp:
            raise OSError(f"nothing was recorded of {url}")
        return replace(
            _as_holding(url, recorded), body=b""
        )  # what the body was, only pywb knows from here on

    async def load(self, holding: StoredSnapshot) -> StoredSnapshot:
        replayed = await asyncio.to_thread(self._pywb.replay, holding.original, holding.timestamp)
        assert replayed.timestamp == holding.timestamp, (
            f"pywb shows {replayed.timestamp} for {holding.timestamp}"
        )
        return _as_holding(holding.original, replayed)


def _as_holding(url: str, shown: Replayed) -> StoredSnapshot:
    headers = {
        name: value for name, value in shown.headers.items() if name in {"Content-Type", "Location"}
    }
    mimetype = headers.get("Content-Type", "text/html").partition(";")[0]
    return StoredSnapshot(
        original=url,
        timestamp=shown.timestamp,
        status=shown.status,
        body=shown.body,
        mimetype=mimetype,
        headers=headers,
    )
