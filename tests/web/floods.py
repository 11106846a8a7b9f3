"""Servers that send without an end, or a byte at a time; they count what they sent."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from time import monotonic, sleep

from crawler.demo.web import LOOPBACK

MOST_BYTES = 64_000_000
HELD_UP = 30.0  # seconds: who is still there then is held up, however busy the machine is
MOST_SECONDS = 90.0
_KERNEL = (
    8_192  # bytes of the server's own buffer, so that what it has sent is nearly what was read
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Flood:
    """The output of a server: `opening` once, then `piece` repeatedly, `pause` seconds apart.

    With `greets` it speaks first, as mail servers do; else it waits for the end of a request's head, once or (`heads`) more often.
    """

    opening: bytes = b""
    piece: bytes
    pause: float = 0.0
    greets: bool = False
    heads: int = 1


_OK = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n"
_CHUNKED = _OK + b"Transfer-Encoding: chunked\r\n\r\n"

HEADS = {
    "100": Flood(piece=b"HTTP/1.1 100 Continue\r\n\r\n" * 500),
    "103": Flood(piece=b"HTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload\r\n\r\n" * 200),
    "CRLF": Flood(piece=b"\r\n" * 8_000),
    "LF": Flood(piece=b"\n" * 16_000),
    "a status line": Flood(opening=b"HTTP/1.1 200 ", piece=b"O" * 16_000),
    "one header": Flood(opening=_OK + b"X-Padding: ", piece=b"a" * 16_000),
    "headers": Flood(opening=_OK, piece=b"X-Padding: a\r\n" * 1_000),
}
BODIES = {
    "zeros of a chunk size": Flood(opening=_CHUNKED + b"5\r\n<p>Hi\r\n", piece=b"0" * 16_000),
    "a chunk extension": Flood(opening=_CHUNKED + b"5\r\n<p>Hi\r\n5;a=", piece=b"b" * 16_000),
    "chunk extensions": Flood(opening=_CHUNKED, piece=(b"1;" + b"a" * 400 + b"\r\n<\r\n") * 40),
    "chunks of a byte": Flood(opening=_CHUNKED, piece=b"1\r\n<\r\n" * 2_000),
    "long sizes of chunks of a byte": Flood(
        opening=_CHUNKED, piece=(b"0" * 400 + b"1\r\n<\r\n") * 40
    ),
    "trailers": Flood(opening=_CHUNKED + b"5\r\n<p>Hi\r\n0\r\n", piece=b"X-Padding: a\r\n" * 1_000),
    "a trailer": Flood(opening=_CHUNKED + b"5\r\n<p>Hi\r\n0\r\nX-Padding: ", piece=b"a" * 16_000),
    "a body": Flood(opening=_OK + b"\r\n", piece=b"<p>More.</p>" * 1_000),
}


@dataclass(slots=True)
class Flooding:
    """A running flood: its address, the number of clients, and the bytes sent to all of them."""

    port: int
    visitors: int = 0
    sent: int = 0

    @property
    def place(self) -> str:
        return f"{LOOPBACK}:{self.port}"


@contextmanager
def flooding(flood: Flood, *, tls: ssl.SSLContext | None = None) -> Iterator[Flooding]:
    """Run a server that floods every client."""
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _KERNEL)
        listener.bind((LOOPBACK, 0))
        listener.listen()
        listener.settimeout(0.1)
        running = Flooding(listener.getsockname()[1])
        ended = threading.Event()
        threads: list[threading.Thread] = []

        def accept() -> None:
            while not ended.is_set():
                with suppress(TimeoutError):
                    visitor, _ = listener.accept()
                    running.visitors += 1
                    threads.append(threading.Thread(target=serve, args=[visitor], daemon=True))
                    threads[-1].start()

        def serve(plain: socket.socket) -> None:
            plain.settimeout(HELD_UP)
            with plain, suppress(OSError):
                visitor = tls.wrap_socket(plain, server_side=True) if tls else plain
                with visitor:
                    _pour(flood, visitor, running, ended)

        threads.append(threading.Thread(target=accept, daemon=True))
        threads[0].start()
        try:
            yield running
        finally:
            ended.set()
            for thread in threads:
                thread.join()


def _pour(flood: Flood, visitor: socket.socket, running: Flooding, ended: threading.Event) -> None:
    until = monotonic() + MOST_SECONDS
    received = b""
    while not flood.greets and received.count(b"\r\n\r\n") < flood.heads:
        received += visitor.recv(65_536) or b"\r\n\r\n"
    visitor.sendall(flood.opening)
    running.sent += len(flood.opening)
    while running.sent < MOST_BYTES and monotonic() < until and not ended.is_set():
        running.sent += visitor.send(flood.piece)
        if flood.pause:
            sleep(flood.pause)


_DRIP = 0.05  # seconds
DRIPS = {
    "a dripping status line": Flood(opening=b"HTTP/1.1 200 ", piece=b"O", pause=_DRIP),
    "a dripping header": Flood(opening=_OK + b"X-Padding: ", piece=b"a", pause=_DRIP),
    "slow interim answers": Flood(piece=b"HTTP/1.1 100 Continue\r\n\r\n", pause=_DRIP),
    "a dripping chunk size": Flood(opening=_CHUNKED, piece=b"0", pause=_DRIP),
    "a dripping body": Flood(opening=_OK + b"\r\n", piece=b"<", pause=_DRIP),
}
MAIL = {
    "a greeting that drips": Flood(opening=b"220 ", piece=b"a", pause=_DRIP, greets=True),
    "a greeting line by line": Flood(piece=b"220-more\r\n", pause=_DRIP, greets=True),
    "a long greeting": Flood(piece=b"220-more\r\n" * 1_000, greets=True),
    "an endless line": Flood(opening=b"220 ", piece=b"a" * 16_000, greets=True),
}
