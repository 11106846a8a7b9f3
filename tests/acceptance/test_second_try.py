"""Test that a server which is well at a second try breaks no link, whatever it did at the first."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import pytest

from crawler.demo.background import BackgroundLoop
from tests.acceptance.folder import Folder, configuration
from tests.web import http2
from tests.web.certificates import ODD_HOSTS, Authority
from tests.web.prose import paragraphs
from tests.web.recovering import Oddity, RecoveringServers

BODY = f"<!doctype html><title>Harbour</title><p>{' '.join(paragraphs(1, count=2))}</p>".encode()
SIZE = f"{len(BODY):x}".encode()
HEAD = (
    b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: %d\r\nConnection: close\r\n\r\n"
    % len(BODY)
)
CHUNKED = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
CHUNKS = SIZE + b"\r\n" + BODY + b"\r\n0\r\nTrailer: 1\r\n\r\n"
PAGE = HEAD + BODY
ALERTS = (0, 10, 20, 21, 22, 30, 40, 41, 42, 43, 44, 45, 46, 47, 48, 49, 50, 51, 60, 70, 71, 80, 86, 90,
          100, 109, 110, 111, 112, 113, 114, 115, 116, 120, 255)  # fmt: skip


def alert(description: int, *, level: int = 2) -> bytes:
    """Return a record with an alert of TLS (RFC 8446, section 6)."""
    return bytes([21, 3, 3, 0, 2, level, description])


def cut(whole: bytes, name: str, steps: range) -> Iterator[tuple[str, Oddity]]:
    """Yield a response that ends at each byte: closed, and at every fourth one also reset."""
    for length in steps:
        yield f"{name}-{length}-closed", Oddity(whole[:length])
        if length % 4 == 0:
            yield f"{name}-{length}-reset", Oddity(whole[:length], resets=True)


ODDITIES: Mapping[str, Oddity] = {
    **dict(cut(PAGE, "head", range(len(HEAD) + 3))),
    **dict(cut(PAGE, "body", range(len(HEAD) + 3, len(PAGE), 97))),
    **dict(cut(CHUNKED + CHUNKS, "chunk", range(len(CHUNKED), len(CHUNKED) + 8))),
    **dict(cut(CHUNKED + CHUNKS, "end", range(len(CHUNKED + CHUNKS) - 22, len(CHUNKED + CHUNKS)))),
    "http-0-9": Oddity(BODY),
    "http-0-9-early": Oddity(BODY, early=True),
    "http-0-9-text": Oddity(b"hello\r\n"),
    "early-page": Oddity(PAGE, early=True),
    "early-408": Oddity(
        b"HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
        early=True,
    ),
    "early-400": Oddity(
        b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", early=True
    ),
    "early-500": Oddity(
        b"HTTP/1.1 500 Oops\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", early=True
    ),
    "early-blank": Oddity(b"\r\n\r\n", early=True),
    "early-nul": Oddity(b"\0", early=True),
    "early-reset": Oddity(early=True, resets=True),
    "ssh": Oddity(b"SSH-2.0-OpenSSH_9.2\r\n", early=True),
    "ftp": Oddity(b"220 ready\r\n", early=True),
    "settings": Oddity(http2.SERVER_SETTINGS, early=True),
    "settings-garbage": Oddity(http2.SERVER_SETTINGS + bytes(range(256))),
    "goaway": Oddity(http2.SERVER_SETTINGS + http2.frame(http2.GOAWAY, 0, 0, bytes(8))),
    "frame-of-16-mb": Oddity(b"\xff\xff\xff\x00\x00\x00\x00\x00\x01"),
    "garbage": Oddity(bytes(range(256)) * 4),
    "only-100": Oddity(b"HTTP/1.1 100 Continue\r\n\r\n"),
    "only-101": Oddity(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\n\r\n"),
    "only-103": Oddity(b"HTTP/1.1 103 Early Hints\r\n\r\n"),
    "102-cut": Oddity(b"HTTP/1.1 102 Processing\r\n"),
    **{f"alert-{number}": Oddity(alert(number), tls="instead") for number in ALERTS},
    **{f"alert-early-{number}": Oddity(alert(number), tls="before") for number in ALERTS},
    "warning": Oddity(alert(90, level=1), tls="instead"),
    "alert-cut": Oddity(alert(40)[:5], tls="instead"),
    "handshake-cut": Oddity(bytes([22, 3, 3, 0, 90, 2, 0]), tls="instead"),
    "handshake-empty": Oddity(b"", tls="instead"),
    "handshake-reset": Oddity(b"", tls="instead", resets=True),
    "handshake-garbage": Oddity(bytes(range(256)), tls="instead"),
    "plain-on-tls": Oddity(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n", tls="instead"),
    "plain-page-on-tls": Oddity(PAGE, tls="instead"),
    "inside-empty": Oddity(b"", tls="inside"),
    "inside-reset": Oddity(b"", tls="inside", resets=True),
    "inside-head": Oddity(HEAD[:30], tls="inside"),
    "inside-head-reset": Oddity(HEAD[:30], tls="inside", resets=True),
    "inside-body": Oddity(PAGE[:-20], tls="inside"),
    "inside-body-reset": Oddity(PAGE[:-20], tls="inside", resets=True),
    "inside-garbage": Oddity(bytes(range(256)), tls="inside"),
    "inside-http-0-9": Oddity(BODY, tls="inside"),
    "inside-settings": Oddity(http2.SERVER_SETTINGS, tls="inside"),
}


# The second try is the third connection, after those of both clients at the first.
TWICE = [
    name
    for name in ODDITIES
    if not name.startswith(("head", "body", "chunk", "end", "alert-")) and name != "only-101"
]


@pytest.mark.parametrize(("names", "odd_connections"), [(list(ODDITIES), 1), (TWICE, 2)])
def test_a_server_that_is_well_at_a_second_try_breaks_no_link(
    folder: Folder, names: Sequence[str], odd_connections: int
) -> None:
    authority = Authority()
    authority.write_certificate(folder.path / "ca.pem")
    hosts = {f"{name}.odd.test": ODDITIES[name] for name in names}
    servers = RecoveringServers(
        hosts, PAGE, odd_connections=odd_connections, context=authority.context_for(ODD_HOSTS)
    )
    urls = [f"{'https' if oddity.tls else 'http'}://{host}/p" for host, oddity in hosts.items()]
    folder.write("wiki/a.md", "".join(f"- <{url}>\n" for url in urls))
    with BackgroundLoop() as background:  # its own: so many sockets are closed at once
        background.start(servers)
        folder.write(
            "holdfast.toml",
            configuration(
                servers.connect_to, "http://archive.invalid", ca_file=folder.path / "ca.pem"
            ),
        )
        folder.holdfast("scan", "wiki")
        done = folder.holdfast("check")
    assert done.returncode == 0, done.stderr
    states = folder.states()
    unsure = {url for url, state in states.items() if state == "unsure"}
    assert set(states.values()) == {"alive", "unsure"}
    # What shows that a server speaks another version of HTTP is a limit of our clients.
    plain = ("early-400", "settings", "goaway", "http-0-9", "http-0-9-early")
    assert unsure <= {f"http://{name}.odd.test/p" for name in plain} | {
        f"https://{name}.odd.test/p" for name in ("inside-settings", "inside-http-0-9")
    }
    assert all(number >= 1 for number in servers.connections.values())
