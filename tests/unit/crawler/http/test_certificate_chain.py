"""Test what is read of certificates, and how often an issuer's certificate is requested."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import cast

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import AuthorityInformationAccessOID, ExtensionOID, NameOID

from crawler.http.clients.certificate_chain import (
    ChainCompleter,
    issuer_address,
    read_certificate,
)
from crawler.http.clients.interface import RequestFailed
from crawler.http.fetch import FetchRequest, FetchResponse
from crawler.http.safe_resolver import SafeResolver
from store.vocabulary import Fault

ADDRESS = "http://issuer.test/ca.der"
KEY = ec.generate_private_key(ec.SECP256R1())
# An accessLocation of the kind x400Address (RFC 5280, section 4.2.1.6)
OF_X400 = bytes.fromhex("300e300c06082b06010505073002a300")


def certificate(access: x509.ExtensionType | None = None) -> x509.Certificate:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "a.test")])
    start = datetime(2026, 1, 1)  # noqa: DTZ001  as in certificates
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(KEY.public_key())
        .serial_number(1)
        .not_valid_before(start)
        .not_valid_after(start + timedelta(days=9))
    )
    if access is not None:
        builder = builder.add_extension(access, critical=False)
    return builder.sign(KEY, hashes.SHA256())


def test_an_issuer_with_an_unusual_address_is_not_named() -> None:
    access = x509.UnrecognizedExtension(ExtensionOID.AUTHORITY_INFORMATION_ACCESS, OF_X400)
    assert issuer_address(certificate(access)) == ""


@pytest.mark.parametrize("body", [b"", b"<html>", bytes.fromhex("300b06092a864886f70d010703")])
def test_what_is_no_certificate_is_not_read(body: bytes) -> None:
    assert read_certificate(body) is None


class Issuer:
    """Answers requests for its certificate in the order given; the last answer stays."""

    def __init__(self, *answers: FetchResponse | None) -> None:
        self._answers = answers
        self.requests = 0

    async def send(self, _: FetchRequest) -> FetchResponse:
        self.requests += 1
        answer = self._answers[min(self.requests, len(self._answers)) - 1]
        if answer is None:
            raise RequestFailed(Fault.TIMEOUT, "no response in time")
        return answer


def found_in_turn(issuer: Issuer, times: int) -> Iterator[int]:
    """Yield how many intermediates are found each time."""
    location = x509.UniformResourceIdentifier(ADDRESS)
    access = x509.AccessDescription(AuthorityInformationAccessOID.CA_ISSUERS, location)
    leaf = certificate(x509.AuthorityInformationAccess([access]))
    chains = ChainCompleter(cast("SafeResolver", None), issuer.send)
    for _ in range(times):
        yield len(asyncio.run(chains.intermediates_of(leaf, 10)))


def test_a_certificate_that_could_not_be_fetched_is_requested_again() -> None:
    served = FetchResponse(status=200, body=certificate().public_bytes(Encoding.DER))
    issuer = Issuer(None, FetchResponse(status=503), served)
    assert list(found_in_turn(issuer, 4)) == [0, 0, 1, 1]
    assert issuer.requests == 3


@pytest.mark.parametrize("answer", [None, FetchResponse(status=404)])
def test_a_certificate_that_is_never_served_is_requested_a_few_times(
    answer: FetchResponse | None,
) -> None:
    issuer = Issuer(answer)
    assert not any(found_in_turn(issuer, 9))
    assert issuer.requests == 3
