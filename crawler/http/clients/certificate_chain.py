"""Complete a server's certificate chain, as browsers do if the server sends no intermediates.

A certificate names the URL of its issuer's certificate (Authority Information Access, RFC 5280
section 4.2.2.1). A fetched certificate is trusted no more than one that a server sends: OpenSSL
still has to find a chain to a trusted authority.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import suppress
from time import monotonic
from typing import Any, Final

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding, pkcs7
from cryptography.x509.oid import AuthorityInformationAccessOID, NameOID
from yarl import URL

from crawler.http.clients.interface import RequestFailed, UnsupportedRequest
from crawler.http.connection_map import HostPort
from crawler.http.fetch import FetchRequest, FetchResponse
from crawler.http.safe_resolver import ResolveError, SafeResolver
from crawler.http.wire import BudgetSocket, WireBudget, limit_receive_buffer

_MAX_CERTIFICATE: Final = 65_536  # bytes of an issuer's certificate
_MAX_HANDSHAKE: Final = 262_144  # bytes that a server may send until its certificate is known
_MAX_ISSUERS: Final = 3  # intermediates that are fetched for one chain
_MAX_STORED: Final = 500  # issuers of one process
_MAX_TRIES: Final = 3  # requests for one issuer's certificate in a process, while they fail
_MAX_ADDRESS_LENGTH: Final = 2_048  # characters of an issuer's URL

Send = Callable[[FetchRequest], Awaitable[FetchResponse]]
"""Sends one request; raises RequestFailed or UnsupportedRequest (`HttpClient.send`)."""


class ChainCompleter:
    """Finds the intermediate certificates that servers do not send.

    An issuer's certificate is fetched once in a process, and tried a few times if that fails. The
    number of addresses is bounded.

    Args:
        resolver: Resolves and checks every host.
        send: Sends a request for an issuer's certificate.
    """

    def __init__(self, resolver: SafeResolver, send: Send) -> None:
        self._resolver = resolver
        self._send = send
        # By address: the certificate, or None if it could not be fetched.
        self._issuers: dict[str, x509.Certificate | None] = {}
        self._failures = Counter[str]()  # by address

    async def leaf_of(self, url: str, seconds: float) -> x509.Certificate | None:
        """Return the certificate that a server shows, unverified; None if none can be read.

        Args:
            url: An https URL at the server.
            seconds: Time for resolving, connecting and the handshake together.
        """
        target = URL(url, encoded=True)
        host, port = target.raw_host or "", target.port or 443
        with suppress(OSError, ResolveError, ValueError, EOFError):
            async with asyncio.timeout(seconds):
                addresses = await self._resolver.resolve_public(host, port)
                return await _read_leaf(addresses[0], host)
        return None

    async def intermediates_of(
        self, leaf: x509.Certificate, seconds: float
    ) -> list[x509.Certificate]:
        """Return the certificates above a leaf, as far as they can be fetched.

        Args:
            leaf: The server's certificate.
            seconds: Time for all requests.
        """
        intermediates: list[x509.Certificate] = []
        deadline = monotonic() + seconds
        certificate = leaf
        while len(intermediates) < _MAX_ISSUERS:
            address = issuer_address(certificate)
            issuer = await self._issuer_at(address, deadline) if address else None
            if issuer is None or issuer in intermediates:
                break
            intermediates.append(issuer)
            certificate = issuer
        return intermediates

    async def _issuer_at(self, address: str, deadline: float) -> x509.Certificate | None:
        """Return the certificate at an address, fetched by the deadline if it is not stored.

        Returns:
            None if it cannot be fetched, or may not be tried any more.
        """
        stored = self._issuers.get(address)
        if stored is not None or self._failures[address] >= _MAX_TRIES:
            return stored
        seconds_left = deadline - monotonic()
        is_new = address not in self._issuers
        if seconds_left <= 0 or (is_new and len(self._issuers) >= _MAX_STORED):
            return None
        fetched = await self._fetch(address, seconds_left)
        if fetched is None:
            self._failures[address] += 1
        # Another request may have fetched it meanwhile.
        issuer = fetched or self._issuers.get(address)
        self._issuers[address] = issuer
        return issuer

    async def _fetch(self, address: str, seconds: float) -> x509.Certificate | None:
        """Return the certificate at an address; None if it cannot be fetched or read."""
        request = FetchRequest(
            method="GET", url=address, timeout=seconds, max_bytes=_MAX_CERTIFICATE
        )
        try:
            response = await self._send(request)
        except (RequestFailed, UnsupportedRequest):
            return None
        if response.status != 200 or response.fault:
            return None
        return read_certificate(response.body)


async def _read_leaf(address: HostPort, host: str) -> x509.Certificate | None:
    """Return the certificate that a server shows in a TLS handshake, unverified."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE  # it is only read; nothing is sent to this server
    loop = asyncio.get_running_loop()
    family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
    connection = BudgetSocket(family)
    connection.budget = WireBudget(_MAX_HANDSHAKE)
    connection.setblocking(False)
    limit_receive_buffer(connection)
    with connection:
        await loop.sock_connect(connection, address)
        transport, _ = await loop.create_connection(
            asyncio.Protocol, sock=connection, ssl=context, server_hostname=host.strip("[]")
        )
        try:
            der = transport.get_extra_info("ssl_object").getpeercert(binary_form=True)
        finally:
            transport.abort()
    return x509.load_der_x509_certificate(der) if der else None


def issuer_address(certificate: x509.Certificate) -> str:
    """Return the http URL of a certificate's issuer; empty if it names none."""
    try:
        access = certificate.extensions.get_extension_for_class(x509.AuthorityInformationAccess)
    except (
        x509.ExtensionNotFound,
        x509.DuplicateExtension,
        x509.UnsupportedGeneralNameType,
        ValueError,
    ):
        return ""
    for description in access.value:
        location = description.access_location
        if description.access_method != AuthorityInformationAccessOID.CA_ISSUERS:
            continue
        if not isinstance(location, x509.UniformResourceIdentifier):
            continue
        # Over https, its own certificate would have to be completed first.
        if (
            location.value.lower().startswith("http://")
            and len(location.value) < _MAX_ADDRESS_LENGTH
        ):
            return location.value
    return ""


def is_self_issued(certificate: x509.Certificate) -> bool:
    """Return whether OpenSSL may take a certificate for its own issuer.

    A context would trust such a certificate as an authority. OpenSSL compares names without regard
    to case and white space; this comparison ignores more differences, to be safe.
    """
    return _comparable(certificate.issuer) == _comparable(certificate.subject)


def _comparable(name: x509.Name) -> list[str]:
    """Return the values in a name in lower case and without white space."""
    return ["".join(str(attribute.value).casefold().split()) for attribute in name]


def read_certificate(body: bytes) -> x509.Certificate | None:
    """Return the first certificate of a body: DER, PEM, or PKCS #7; None if there is none."""
    with suppress(ValueError):
        return x509.load_der_x509_certificate(body)
    with suppress(ValueError):
        return x509.load_pem_x509_certificate(body)
    for load in (pkcs7.load_der_pkcs7_certificates, pkcs7.load_pem_pkcs7_certificates):
        with suppress(ValueError, TypeError, UnsupportedAlgorithm):
            certificates = load(body)
            if certificates:
                return certificates[0]
    return None


def has_known_issuer(certificate: x509.Certificate, authorities: list[str]) -> bool:
    """Return whether the issuer is of an organisation that has a trusted authority.

    Browsers may know its intermediates, even if the server does not send them.

    Args:
        certificate: The certificate of a server.
        authorities: The names of organisations of trusted authorities.
    """
    names = certificate.issuer.get_attributes_for_oid(NameOID.ORGANIZATION_NAME)
    return any(name.value in authorities for name in names)


def trusted_organisations(context: ssl.SSLContext) -> list[str]:
    """Return the names of organisations of the authorities that a context trusts."""
    names: list[str] = []
    for authority in context.get_ca_certs():
        subject: Any = authority.get("subject", ())
        for relative_name in subject:
            for attribute, value in relative_name:
                if attribute == "organizationName":
                    names.append(value)
    return names


def add_intermediates(context: ssl.SSLContext, certificates: list[x509.Certificate]) -> None:
    """Add intermediates with which a context can build a chain to a trusted authority."""
    # With this flag, the default from Python 3.13 on, every added certificate would be trusted.
    context.verify_flags &= ~ssl.VERIFY_X509_PARTIAL_CHAIN
    untrusted = [candidate for candidate in certificates if not is_self_issued(candidate)]
    pem = b"".join(certificate.public_bytes(Encoding.PEM) for certificate in untrusted)
    if pem:
        context.load_verify_locations(cadata=pem.decode())
