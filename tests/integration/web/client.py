"""Provide clients for tests of servers: an HTTP client that obeys `connect_to`, and bare sockets."""

from __future__ import annotations

import http.client
import socket
import ssl
import time
from urllib.parse import urlsplit

from crawler.demo.web import FakeWeb


def open_socket(web: FakeWeb, url: str, *, seconds: float = 5) -> socket.socket:
    """Return a connection to the host of `url`."""
    parts = urlsplit(url)
    address, _, port = web.connect_to()[
        f"{parts.hostname}:{parts.port or {'http': 80, 'https': 443}[parts.scheme]}"
    ].partition(":")
    return socket.create_connection((address, int(port)), timeout=seconds)


class Answer:
    """A complete response."""

    def __init__(self, response: http.client.HTTPResponse) -> None:
        self.status = response.status
        self.headers = {name.lower(): value for name, value in response.getheaders()}
        self.body = response.read()


def ask(
    web: FakeWeb,
    url: str,
    method: str = "GET",
    *,
    headers: dict[str, str] | None = None,
    tls: ssl.SSLContext | None = None,
) -> Answer:
    """Send one request for `url`, without redirects. Faults are raised as by `http.client`, `socket` and `ssl`."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "")
    connection.sock = open_socket(web, url)
    try:
        if tls:
            connection.sock = tls.wrap_socket(connection.sock, server_hostname=parts.hostname)
        connection.request(
            method,
            f"{parts.path}?{parts.query}" if parts.query else parts.path,
            headers=headers or {},
        )
        return Answer(connection.getresponse())
    finally:
        connection.close()


def read_raw(
    web: FakeWeb, url: str, *, method: str = "GET", at_most: int = 1 << 20, seconds: float = 5
) -> bytes:
    """Return the bytes that a server sends for one request: all, at most `at_most`, or those of `seconds`."""
    parts = urlsplit(url)
    received = b""
    until = time.monotonic() + seconds
    with open_socket(web, url, seconds=seconds) as connection:
        connection.sendall(
            f"{method} {parts.path} HTTP/1.1\r\nHost: {parts.hostname}\r\n\r\n".encode()
        )
        while len(received) < at_most and time.monotonic() < until:
            piece = connection.recv(65536)
            if not piece:
                break
            received += piece
    return received
