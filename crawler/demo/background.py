"""Run the demo's servers in a thread, for synchronous code."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import AbstractAsyncContextManager, AsyncExitStack, contextmanager
from types import TracebackType
from typing import Self, TypeVar

Server = TypeVar("Server")


class BackgroundLoop:
    """An event loop in a background thread, for servers used by synchronous code."""

    def __enter__(self) -> Self:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(
            target=self._loop.run_forever, name="background-servers", daemon=True
        )
        self._thread.start()
        self._open = AsyncExitStack()
        return self

    def start(self, server: AbstractAsyncContextManager[Server]) -> Server:
        """Start a server in the thread. Servers are closed in reverse order when the loop ends.

        Args:
            server: The asynchronous context manager that runs the server.

        Returns:
            The value of the context manager.
        """
        return asyncio.run_coroutine_threadsafe(
            self._open.enter_async_context(server), self._loop
        ).result()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            asyncio.run_coroutine_threadsafe(self._open.aclose(), self._loop).result()
        finally:
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join()
            self._loop.close()


@contextmanager
def run_in_thread(server: AbstractAsyncContextManager[Server]) -> Iterator[Server]:
    """Run one server in a background thread while the block lasts."""
    with BackgroundLoop() as background:
        yield background.start(server)
