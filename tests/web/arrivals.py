"""A server on loopback that records when each request arrives, to measure the pace of a client.

Arrivals are those of the kernel's clock (SO_TIMESTAMPNS), so that a server which gets the processor late measures no
worse than an idle one.
"""

from __future__ import annotations

import socket
import struct
import subprocess
import sys
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from types import TracebackType
from typing import Self

_SO_TIMESTAMPNS = 35  # of Linux; Python has no name for it
_TIME = struct.Struct("qq")
_TOLERANCE = (
    0.020  # seconds by which a gap may be short: what lies between our clock and the server's
)


@dataclass(frozen=True, slots=True)
class Arrival:
    """One request: its path, when it arrived, and when its answer began to be sent (seconds since 1970)."""

    path: str
    at: float
    answered_at: float


class ArrivalServer:
    """Serves any host: a page at every path, redirects at `/to/HOST/PATH`, odd headers below `/odd`. Use it with `with`.

    `latency` gives the seconds until the answer to each request.
    """

    def __init__(self, latency: Callable[[], float] = lambda: 0.0) -> None:
        self.arrivals: defaultdict[str, list[Arrival]] = defaultdict(list)  # by host
        self._latency = latency
        self._listening = socket.create_server(("127.0.0.1", 0), backlog=1024)
        self._listening.setsockopt(
            socket.SOL_SOCKET, _SO_TIMESTAMPNS, 1
        )  # its connections inherit it

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self._listening.getsockname()[1]}"

    @property
    def requests(self) -> int:
        """The number of requests that arrived."""
        return sum(map(len, self.arrivals.values()))

    def __enter__(self) -> Self:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()

    def gaps(self) -> Sequence[float]:
        """Return the seconds between arrivals at each host, the shortest first."""
        ordered = (
            sorted(arrivals, key=lambda arrival: arrival.at) for arrivals in self.arrivals.values()
        )
        return sorted(
            later.at - earlier.at for arrivals in ordered for earlier, later in pairwise(arrivals)
        )

    def short_gaps(self, interval: float) -> Sequence[float]:
        """Return the gaps that are shorter than the interval by more than the tolerance."""
        return [gap for gap in self.gaps() if gap < interval - _TOLERANCE]

    def overlaps(self, concurrency: int = 1) -> int:
        """Count the arrivals at a host that had that many requests or more to answer."""
        return sum(
            sum(other.at < arrival.at < other.answered_at for other in arrivals) >= concurrency
            for arrivals in self.arrivals.values()
            for arrival in arrivals
        )

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listening.accept()
            except OSError:  # closed
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with connection:
            connection.settimeout(30)
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            try:
                while self._answer_one(connection):
                    pass
            except OSError:  # the client left
                return

    def _answer_one(self, connection: socket.socket) -> bool:
        head, at = b"", 0.0
        while b"\r\n\r\n" not in head:
            data, ancillary, _, _ = connection.recvmsg(65_536, 256)
            if not data:
                return False
            head += data
            seconds, nanoseconds = _TIME.unpack(ancillary[0][2])
            at = seconds + nanoseconds / 1e9
        lines = head.decode("latin-1").split("\r\n")
        method, path, _ = lines[0].split(" ")
        host = next(line[6:] for line in lines if line.lower().startswith("host: "))
        time.sleep(self._latency())
        self.arrivals[host].append(Arrival(path, at, time.time()))
        connection.sendall(_answer(path, has_body=method != "HEAD"))
        return True


def _answer(path: str, *, has_body: bool) -> bytes:
    if path.startswith("/to/"):
        return f"HTTP/1.1 302 Found\r\nLocation: http://{path[4:]}\r\nContent-Length: 0\r\n\r\n".encode()
    if path == "/robots.txt":
        return b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"
    content_type = "text/html; name=caf\xe9" if path.startswith("/odd") else "text/html"
    body = f"<html><title>Page {path}</title><p>The lights of the harbour, as they were seen from {path}.</html>".encode()
    head = f"HTTP/1.1 200 OK\r\nContent-Type: {content_type}\r\nContent-Length: {len(body)}\r\n\r\n".encode(
        "latin-1"
    )
    return head + body if has_body else head


@contextmanager
def busy_processors(count: int, *, seconds: int = 120) -> Iterator[None]:
    """Keep a number of processors busy during the block, for at most `seconds`."""
    code = f"import time\nend = time.monotonic() + {seconds}\nwhile time.monotonic() < end: pass"
    burners = [subprocess.Popen([sys.executable, "-c", code]) for _ in range(count)]
    try:
        yield
    finally:
        for burner in burners:
            burner.kill()
            burner.wait()
