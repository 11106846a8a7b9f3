"""Serve many hosts on one port of loopback, with or without TLS.

    python -m benchmarks.web FOLDER PORT HOSTS MEDIAN_SECONDS [tls] [hang] [etag]

Serves `/page/NUMBER` of `site0.bench`, `site1.bench` and so on until it is killed; other paths
return 404. FOLDER/ready is created once it serves. MEDIAN_SECONDS is the median latency. With
`hang`, two hosts in a hundred accept requests and never respond. With `etag`, pages have an ETag,
and requests that contain it get a 304. With `tls`, every host has its own certificate with a chain
like Let's Encrypt's: a P-256 leaf, a P-384 intermediate, an RSA-4096 root. The root is written to
FOLDER/root.pem.
"""

from __future__ import annotations

import asyncio
import random
import re
import ssl
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import cast

import uvloop
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID

WORDS = [
    "harbour",
    "light",
    "mole",
    "ferry",
    "timetable",
    "repair",
    "glass",
    "stairs",
    "month",
    "council",
    "vote",
    "bridge",
    "paper",
    "reader",
    "archive",
    "copy",
    "winter",
    "storm",
]


def article(paragraphs: int = 60) -> bytes:
    """Return a page of usual length, about 25 KB, without repeated sentences."""
    words = random.Random(1)
    text = "".join(
        f"<p class='text'>{' '.join(words.choices(WORDS, k=60)).capitalize()}.</p>\n"
        for _ in range(paragraphs)
    )
    head = (
        "<!doctype html><html lang='en'><head><meta charset='utf-8'>"
        "<title>Harbour lights</title></head>"
    )
    return f"{head}<body><h1>Harbour lights</h1>{text}</body></html>".encode()


PAGE = article()
HEAD = (
    b"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: %d\r\n\r\n"
    % len(PAGE)
)
PAGE_PATH = re.compile(rb"\w+ (?:https?://[^/ ]+)?/page/\d+ ")
NOT_FOUND = b"HTTP/1.1 404 Not Found\r\nContent-Type: text/html\r\nContent-Length: 0\r\n\r\n"
ETAG = b'"harbour-lights"\r\n\r\n'  # with the end of the headers, of which it is the last
# The standard deviation of the latencies' logarithm: nine in ten are 0.4 to 2.7 times the median.
LATENCY_SIGMA = 0.6


def latency(host: bytes, path: bytes, median: float) -> float:
    """Return the latency of a URL in seconds, the same for every client.

    Args:
        host: The value of the Host header, with the port.
        path: The path of the URL.
        median: The median latency in seconds.
    """
    return median and median * random.Random(host + path).lognormvariate(0, LATENCY_SIGMA)


def hangs(host: bytes) -> bool:
    """Return whether this is one of the two hosts in a hundred that never respond."""
    number = re.match(rb"site(\d+)", host)
    return number is not None and int(number[1]) % 50 == 49


Key = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey


class PageServer(asyncio.Protocol):
    """Responds to each request after the latency of its URL.

    Attributes:
        median: The median latency in seconds.
        some_hang: Whether some hosts never respond, see `hangs`.
        has_etag: Whether pages have an ETag.
    """

    median = 0.0
    some_hang = False
    has_etag = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._received = b""

    def data_received(self, data: bytes) -> None:
        self._received += data
        while b"\r\n\r\n" in self._received:
            head, _, self._received = self._received.partition(b"\r\n\r\n")
            request_line = head.partition(b"\r\n")[0]
            host = head.lower().partition(b"host: ")[2].partition(b"\r\n")[0]
            if not (self.some_hang and hangs(host)):
                seconds = latency(host, request_line.split(b" ")[1], self.median)
                response = self._response_to(head)
                asyncio.get_running_loop().call_later(seconds, self._send, response)

    def _response_to(self, head: bytes) -> bytes:
        """Return the response to a request, given its request line and headers."""
        if not PAGE_PATH.match(head):
            return NOT_FOUND  # a random URL, by which Holdfast detects soft 404s
        if not self.has_etag:
            return HEAD if head.startswith(b"HEAD") else HEAD + PAGE
        if ETAG.strip() in head:
            return b"HTTP/1.1 304 Not Modified\r\nETag: " + ETAG
        head_with_etag = HEAD.removesuffix(b"\r\n") + b"ETag: " + ETAG
        return head_with_etag if head.startswith(b"HEAD") else head_with_etag + PAGE

    def _send(self, response: bytes) -> None:
        if not self._transport.is_closing():
            self._transport.write(response)


class Authority:
    """A root and an intermediate certificate, which signs the hosts' certificates."""

    def __init__(self) -> None:
        self._root_key: Key = rsa.generate_private_key(public_exponent=65537, key_size=4096)
        self._intermediate_key: Key = ec.generate_private_key(ec.SECP384R1())
        root, intermediate = _name("Benchmark root"), _name("Benchmark intermediate")
        self.root = _certificate(root, self._root_key, root, self._root_key, authority=True)
        self._intermediate = _certificate(
            intermediate, self._intermediate_key, root, self._root_key, authority=True
        )
        self._intermediate_name = intermediate

    def context_for(self, host: str, folder: Path) -> ssl.SSLContext:
        """Return the TLS context of a host; its certificate is also written to the folder."""
        key = ec.generate_private_key(ec.SECP256R1())
        issuer, issuer_key = self._intermediate_name, self._intermediate_key
        leaf = _certificate(_name(host), key, issuer, issuer_key, host=host)
        file = folder / "leaf.pem"
        no_encryption = serialization.NoEncryption()
        file.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, no_encryption
            )
            + _pem(leaf)
            + _pem(self._intermediate)
        )
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(file)
        context.set_alpn_protocols(["http/1.1"])
        return context


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)


def _certificate(
    subject: x509.Name,
    key: Key,
    issuer: x509.Name,
    issuer_key: Key,
    *,
    host: str = "",
    authority: bool = False,
) -> x509.Certificate:
    now = datetime.now(UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=80))
        .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()),
            critical=False,
        )
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )
    if host:
        builder = builder.add_extension(
            x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False
        )
        builder = builder.add_extension(
            x509.ExtendedKeyUsage([x509.oid.ExtendedKeyUsageOID.SERVER_AUTH]), critical=False
        )
    return builder.sign(
        issuer_key,
        hashes.SHA384() if isinstance(issuer_key, ec.EllipticCurvePrivateKey) else hashes.SHA256(),
    )


def _context(folder: Path, hosts: int) -> ssl.SSLContext:
    """Return a TLS context that chooses the certificate by the requested host name (SNI)."""
    authority = Authority()
    contexts = {
        f"site{number}.bench": authority.context_for(f"site{number}.bench", folder)
        for number in range(hosts)
    }

    def choose(
        connection: ssl.SSLObject | ssl.SSLSocket, host: str | None, _context: ssl.SSLContext
    ) -> None:
        connection.context = contexts[host or "site0.bench"]

    first = contexts["site0.bench"]
    first.sni_callback = choose
    (folder / "root.pem").write_bytes(_pem(authority.root))
    return first


async def main(
    folder: Path, port: int, hosts: int, median: float, *, tls: bool, hang: bool, etag: bool
) -> None:
    PageServer.median, PageServer.some_hang, PageServer.has_etag = median, hang, etag
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        PageServer, "127.0.0.1", port, ssl=_context(folder, hosts) if tls else None, backlog=1024
    )
    (folder / "ready").touch()
    await server.serve_forever()


if __name__ == "__main__":
    folder_text, port_text, hosts_text, median_text, *flags = sys.argv[1:]
    uvloop.run(
        main(
            Path(folder_text),
            int(port_text),
            int(hosts_text),
            float(median_text),
            tls="tls" in flags,
            hang="hang" in flags,
            etag="etag" in flags,
        )
    )
