"""Test servers that only browsers can use: HTTP/2 only, old encryption, incomplete certificate chains."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import trustme
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
    pkcs7,
)
from cryptography.x509.oid import AuthorityInformationAccessOID, NameOID

from crawler.http.clients.fallback import open_clients
from crawler.http.clients.interface import RequestFailed
from crawler.http.fetch import FetchRequest, FetchResponse
from crawler.http.safe_resolver import SafeResolver
from store.vocabulary import Fault
from tests.web import http2

HOST, ISSUERS = "one.test", "issuers.test"
Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
ROOT = trustme.CA(organization_name="Test roots")
STRANGER = trustme.CA(organization_name="Nobody")
HANDSHAKE_FAILURE = b"\x15\x03\x03\x00\x02\x02\x28"  # a fatal alert


async def respond_ok(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(EOFError):  # a visitor that only reads the certificate
        await reader.readuntil(b"\r\n\r\n")
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok")
    await writer.drain()
    writer.close()


async def alert(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read(4096)
    writer.write(HANDSHAKE_FAILURE)
    await writer.drain()
    writer.close()


def issuers(bodies: Mapping[str, bytes]) -> Serve:
    """Return the handler of a server with bodies by path; `/silence` gets no response, others 404."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        path = (await reader.readuntil(b"\r\n\r\n")).split()[1].decode()
        if path == "/silence":
            await reader.read()
        body = bodies.get(path)
        status = b"200 OK" if body is not None else b"404 Not Found"
        length = b"Content-Length: %d\r\nConnection: close\r\n\r\n" % len(body or b"")
        writer.write(b"HTTP/1.1 " + status + b"\r\n" + length + (body or b""))
        await writer.drain()
        writer.close()

    return answer


def certificate(issuer: trustme.CA, host: str, address: str) -> tuple[bytes, x509.Certificate]:
    """Return a key (PEM) and a certificate by `issuer`; `address` is where the issuer's can be fetched."""
    key = ec.generate_private_key(ec.SECP256R1())
    signer = load_pem_private_key(issuer.private_key_pem.bytes(), None)
    parent = x509.load_pem_x509_certificate(issuer.cert_pem.bytes())
    now = datetime.now(UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)]))
        .issuer_name(parent.subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=30))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
    )
    if address:
        access = x509.AccessDescription(
            AuthorityInformationAccessOID.CA_ISSUERS, x509.UniformResourceIdentifier(address)
        )
        builder = builder.add_extension(x509.AuthorityInformationAccess([access]), critical=False)
    signed = builder.sign(signer, hashes.SHA256())  # type: ignore[arg-type]
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return pem, signed


def context(folder: Path, key: bytes, leaf: x509.Certificate) -> ssl.SSLContext:
    path = folder / "server.pem"
    path.write_bytes(key + leaf.public_bytes(Encoding.PEM))
    tls_context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls_context.load_cert_chain(path)
    return tls_context


def valid_context(folder: Path) -> ssl.SSLContext:
    return context(folder, *certificate(ROOT, HOST, ""))


def request_page(
    folder: Path,
    serve: Serve,
    tls: ssl.SSLContext | None,
    bodies: Mapping[str, bytes] | None = None,
    *,
    headers: Mapping[str, str] | None = None,
    times: int = 1,
    timeout: float = 60,
) -> FetchResponse:
    """Return the last response of a server with the handler `serve`, requested `times` times.

    `bodies` are the issuers' certificates that can be fetched, by path.
    """
    ROOT.cert_pem.write_to_path(folder / "ca.pem")

    async def run() -> FetchResponse:
        server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=tls)
        issuer_server = await asyncio.start_server(issuers(bodies or {}), "127.0.0.1", 0)
        port, issuer_port = (one.sockets[0].getsockname()[1] for one in (server, issuer_server))
        names = SafeResolver(
            connect_to={
                f"{HOST}:443": f"127.0.0.1:{port}",
                f"{HOST}:80": f"127.0.0.1:{port}",
                f"{ISSUERS}:80": f"127.0.0.1:{issuer_port}",
            }
        )
        client = open_clients(names, ca_file=str(folder / "ca.pem"))
        scheme = "https" if tls or serve is alert else "http"
        try:
            for _ in range(times):
                response = await client.send(
                    FetchRequest(
                        method="GET",
                        url=f"{scheme}://{HOST}/",
                        headers=headers or {},
                        timeout=timeout,
                    )
                )
            return response
        finally:
            await client.close()
            await names.close()
            server.close()
            issuer_server.close()
            others = asyncio.all_tasks() - {asyncio.current_task()}
            await asyncio.wait_for(asyncio.gather(*others, return_exceptions=True), 5)

    return asyncio.run(run())


def fault_of(folder: Path, *arguments: object, **options: object) -> Fault:
    with pytest.raises(RequestFailed) as caught:
        request_page(folder, *arguments, **options)  # type: ignore[arg-type]
    return caught.value.fault


@pytest.mark.parametrize("tls", [True, False])
def test_a_server_with_http_2_only_is_requested_by_http_2(tmp_path: Path, tls: bool) -> None:
    tls_context = valid_context(tmp_path) if tls else None
    if tls_context:
        tls_context.set_alpn_protocols(["h2"])
    response = request_page(tmp_path, http2.answer, tls_context)
    assert (response.status, response.body) == (200, http2.PAGE)
    assert response.headers["content-type"] == "text/html"


def test_a_failed_http_2_attempt_is_a_client_limit(tmp_path: Path) -> None:
    assert fault_of(tmp_path, http2.refuse, None) is Fault.CLIENT_LIMIT


def test_another_protocol_is_a_bad_response(tmp_path: Path) -> None:
    async def mail(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 mail.one.test ESMTP\r\n")
        await reader.read()  # until the client closes: a server that does so first may reset
        writer.close()

    assert fault_of(tmp_path, mail, None) is Fault.BAD_RESPONSE


@pytest.mark.parametrize(
    "ciphers", ["ECDHE-ECDSA-AES128-SHA", "ECDHE-ECDSA-AES256-SHA384", "ECDHE-ECDSA-AES128-CCM8"]
)
def test_a_page_is_requested_with_old_ciphers(tmp_path: Path, ciphers: str) -> None:
    tls_context = valid_context(tmp_path)
    tls_context.maximum_version = ssl.TLSVersion.TLSv1_2
    tls_context.set_ciphers(f"{ciphers}:@SECLEVEL=0")
    assert request_page(tmp_path, respond_ok, tls_context).status == 200


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion:DeprecationWarning")
@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1])
def test_a_page_is_requested_with_old_tls_versions_but_no_secret_is_sent(
    tmp_path: Path, version: ssl.TLSVersion
) -> None:
    tls_context = valid_context(tmp_path)
    tls_context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
    tls_context.maximum_version = version
    tls_context.set_ciphers("ALL:@SECLEVEL=0")
    assert request_page(tmp_path, respond_ok, tls_context).status == 200
    with pytest.raises(RequestFailed):
        request_page(tmp_path, respond_ok, tls_context, headers={"Authorization": "Bearer 1"})


def test_a_server_without_a_common_cipher_is_a_client_limit(tmp_path: Path) -> None:
    assert fault_of(tmp_path, alert, None) is Fault.CLIENT_LIMIT


CHILD = trustme.CA(ROOT, organization_name="Test intermediates")
CHILD_CERTIFICATE = x509.load_pem_x509_certificate(CHILD.cert_pem.bytes())
DER = CHILD_CERTIFICATE.public_bytes(Encoding.DER)


@pytest.mark.parametrize(
    "body",
    [
        DER,
        CHILD.cert_pem.bytes(),
        pkcs7.serialize_certificates([CHILD_CERTIFICATE], Encoding.DER),
        pkcs7.serialize_certificates([CHILD_CERTIFICATE], Encoding.PEM),
    ],
    ids=["der", "pem", "pkcs7", "pkcs7-pem"],
)
def test_a_missing_intermediate_is_fetched(tmp_path: Path, body: bytes) -> None:
    tls_context = context(tmp_path, *certificate(CHILD, HOST, f"http://{ISSUERS}/child"))
    response = request_page(tmp_path, respond_ok, tls_context, {"/child": body}, times=2)
    assert (response.status, response.body) == (200, b"ok")


@pytest.mark.parametrize(
    ("address", "bodies"),
    [
        (f"http://{ISSUERS}/missing", {}),
        (f"http://{ISSUERS}/silence", {}),
        (f"http://{ISSUERS}/text", {"/text": b"not a certificate"}),
        (f"http://{ISSUERS}/large", {"/large": b"0" * 2_000_000}),
        ("http://127.0.0.1:1/inside", {}),
        ("http://gone.invalid/child", {}),
        ("http://[nonsense/", {}),
    ],
)
def test_an_intermediate_that_cannot_be_fetched_is_a_client_limit(
    tmp_path: Path, address: str, bodies: Mapping[str, bytes]
) -> None:
    tls_context = context(tmp_path, *certificate(CHILD, HOST, address))
    timeout = 2 if address.endswith("/silence") else 60
    assert (
        fault_of(tmp_path, respond_ok, tls_context, bodies, timeout=timeout) is Fault.CLIENT_LIMIT
    )


def test_fetched_certificates_are_trusted_no_more_than_sent_ones(tmp_path: Path) -> None:
    child = STRANGER.create_child_ca()
    tls_context = context(tmp_path, *certificate(child, HOST, f"http://{ISSUERS}/child"))
    pem = child.cert_pem.bytes()
    assert fault_of(tmp_path, respond_ok, tls_context, {"/child": pem}) is Fault.TLS
    own = STRANGER.cert_pem.bytes()  # the authority itself
    tls_context = context(tmp_path, *certificate(STRANGER, HOST, f"http://{ISSUERS}/root"))
    assert fault_of(tmp_path, respond_ok, tls_context, {"/root": own}) is Fault.TLS


def test_the_host_is_checked_with_fetched_issuers_too(tmp_path: Path) -> None:
    tls_context = context(tmp_path, *certificate(CHILD, "two.test", f"http://{ISSUERS}/child"))
    assert fault_of(tmp_path, respond_ok, tls_context, {"/child": DER}) is Fault.TLS


def test_without_an_address_only_a_known_issuer_is_a_client_limit(tmp_path: Path) -> None:
    known = trustme.CA(ROOT, organization_name="Test roots")
    tls_context = context(tmp_path, *certificate(known, HOST, ""))
    assert fault_of(tmp_path, respond_ok, tls_context) is Fault.CLIENT_LIMIT
    tls_context = context(tmp_path, *certificate(STRANGER, HOST, ""))
    assert fault_of(tmp_path, respond_ok, tls_context) is Fault.TLS
