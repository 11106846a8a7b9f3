"""Serve many hosts on one port of loopback, plain or with TLS, in a process of their own.

    python -m benchmarks.web FOLDER PORT HOSTS MEDIAN_SECONDS [tls] [hang] [etag]

Serves `/page/NUMBER` of `site0.bench` and so on until it is killed; other addresses are 404. With
`hang`, two hosts in a hundred accept requests and never respond. With `etag`, pages have an ETag,
and 304 answers whoever names it. With `tls`, every host has its own certificate under a chain
like that of the web's largest authority: a P-256 leaf, a P-384 intermediate, an
RSA-4096 root, which is written to FOLDER/root.pem.
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
ETAG = b'"harbour-lights"\r\n\r\n'
SPREAD = 0.6  # of the logarithm of latencies: nine in ten are 0.4 to 2.7 times the median


def latency(host: bytes, path: bytes, median: float) -> float:
    """Return the latency of an address in seconds, the same for every client.

    The host is the value of the Host header, with its port.
    """
    return median and median * random.Random(host + path).lognormvariate(0, SPREAD)


def hangs(host: bytes) -> bool:
    """Return whether this is one of the two hosts in a hundred that never respond."""
    number = re.match(rb"site(\d+)", host)
    return number is not None and int(number[1]) % 50 == 49


Key = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey


class Serve(asyncio.Protocol):
    """Responds to each request after the latency of its address."""

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
            answer = self._answer_to(head)
            line, host = (
                head.partition(b"\r\n")[0],
                head.lower().partition(b"host: ")[2].partition(b"\r\n")[0],
            )
            if not (self.some_hang and hangs(host)):
                asyncio.get_running_loop().call_later(
                    latency(host, line.split(b" ")[1], self.median), self._answer, answer
                )

    def _answer_to(self, head: bytes) -> bytes:
        if not PAGE_PATH.match(head):
            return NOT_FOUND  # a random address, by which Holdfast tells soft 404s
        if not self.has_etag:
            return HEAD if head.startswith(b"HEAD") else HEAD + PAGE
        if ETAG.strip() in head:
            return b"HTTP/1.1 304 Not Modified\r\nETag: " + ETAG
        tagged = HEAD.removesuffix(b"\r\n") + b"ETag: " + ETAG
        return tagged if head.startswith(b"HEAD") else tagged + PAGE

    def _answer(self, answer: bytes) -> None:
        if not self._transport.is_closing():
            self._transport.write(answer)


class Authority:
    """A chain that signs the hosts' certificates."""

    def __init__(self) -> None:
        self._root_key: Key = rsa.generate_private_key(public_exponent=65537, key_size=4096)
        self._between_key: Key = ec.generate_private_key(ec.SECP384R1())
        root, between = _name("Benchmark root"), _name("Benchmark intermediate")
        self.root = _certificate(root, self._root_key, root, self._root_key, authority=True)
        self._between = _certificate(
            between, self._between_key, root, self._root_key, authority=True
        )
        self._between_name = between

    def context_for(self, host: str, folder: Path) -> ssl.SSLContext:
        key = ec.generate_private_key(ec.SECP256R1())
        leaf = _certificate(_name(host), key, self._between_name, self._between_key, host=host)
        file = folder / "leaf.pem"
        plain = serialization.NoEncryption()
        file.write_bytes(
            key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
            + _pem(leaf)
            + _pem(self._between)
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
    Serve.median, Serve.some_hang, Serve.has_etag = median, hang, etag
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        Serve, "127.0.0.1", port, ssl=_context(folder, hosts) if tls else None, backlog=1024
    )
    (folder / "ready").touch()
    await server.serve_forever()


if __name__ == "__main__":
    where, port_text, hosts_text, median_text, *rest = sys.argv[1:]
    uvloop.run(
        main(
            Path(where),
            int(port_text),
            int(hosts_text),
            float(median_text),
            tls="tls" in rest,
            hang="hang" in rest,
            etag="etag" in rest,
        )
    )
