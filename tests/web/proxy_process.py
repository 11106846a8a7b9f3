"""Run a proxy as a process of its own, which ends or hangs after some connections.

python -m tests.web.proxy_process PLACES MOST PORT HANGS
"""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Mapping
from types import TracebackType
from typing import Self

from tests.web.proxies import Proxy, Streams

_UNLIMITED = 1_000_000


class ProxyProcess:
    """A process with a proxy, within `with`.

    With `most`, it ends at the connection after so many, as if killed. If it `hangs`, it does not
    end: from then on it accepts connections, and answers nothing.
    """

    def __init__(
        self,
        places: Mapping[str, str],
        *,
        most: int = _UNLIMITED,
        port: int = 0,
        hangs: bool = False,
    ) -> None:
        command = [sys.executable, "-m", __spec__.name, json.dumps(dict(places))]
        self._process = subprocess.Popen(
            [*command, str(most), str(port), str(int(hangs))], stdout=subprocess.PIPE, text=True
        )
        assert self._process.stdout is not None
        self.address = self._process.stdout.readline().strip()

    def wait(self, timeout: float) -> None:
        """Wait until it has ended."""
        self._process.wait(timeout)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._process.kill()
        self._process.communicate()


class _MortalProxy(Proxy):
    most = _UNLIMITED
    hangs = False

    async def _connect(self, wanted: str) -> Streams | None:
        if len(self.requests) >= self.most:
            if not self.hangs:
                os._exit(1)
            await asyncio.Event().wait()
        return await super()._connect(wanted)


async def _serve(places: Mapping[str, str], most: int, port: int, *, hangs: bool) -> None:
    proxy = _MortalProxy(places, port=port)
    proxy.most, proxy.hangs = most, hangs
    async with proxy:
        sys.stdout.write(f"{proxy.address}\n")
        sys.stdout.flush()
        await asyncio.Event().wait()


if __name__ == "__main__":
    most, port, hangs = map(int, sys.argv[2:])
    asyncio.run(_serve(json.loads(sys.argv[1]), most, port, hangs=bool(hangs)))
