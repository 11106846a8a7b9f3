"""Test client certificates: each is sent to the host it is for, by either client, and to no other."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import trustme
from cryptography.hazmat.primitives import serialization
from scrapy import Request, Spider
from scrapy.crawler import Crawler

from crawler.config import ConfigError, load_config
from crawler.demo.background import BackgroundLoop
from crawler.demo.responses import page
from crawler.demo.web import ANY, FakeWeb
from crawler.http.clients.aiohttp_client import AiohttpClient
from crawler.http.clients.client_certificates import ClientCertificates
from crawler.http.clients.fallback import open_clients
from crawler.http.clients.interface import (
    HttpClient,
    RequestFailed,
)
from crawler.http.clients.reqwest_client import ReqwestClient
from crawler.http.fetch import ClientCertificate, FetchRequest, FetchResponse
from crawler.http.safe_resolver import SafeResolver
from crawler.scrapy_ext.download_handler import DownloadFailed, ProbeDownloadHandler
from store.vocabulary import Fault

CLOSED = "https://closed.test/"


@dataclass(frozen=True)
class Club:
    """A web that only accepts clients with a certificate of its authority, whose files are in `folder`."""

    web: FakeWeb
    folder: Path

    @property
    def ca_file(self) -> str:
        return str(self.folder / "ca.pem")

    def identity(self, name: str) -> ClientCertificate:
        return ClientCertificate(self.folder / f"{name}.pem", self.folder / f"{name}.key")


@pytest.fixture(scope="module")
def club(background: BackgroundLoop, tmp_path_factory: pytest.TempPathFactory) -> Club:
    authority, stranger, folder = trustme.CA(), trustme.CA(), tmp_path_factory.mktemp("club")
    authority.cert_pem.write_to_path(folder / "ca.pem")
    for name, issuer in (("member", authority), ("stranger", stranger)):
        issued = issuer.issue_cert(f"{name}@wiki.example")
        issued.private_key_pem.write_to_path(folder / f"{name}.key")
        for number, piece in enumerate(issued.cert_chain_pems):
            piece.write_to_path(folder / f"{name}.pem", append=number > 0)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_verify_locations(folder / "ca.pem")
    authority.issue_cert("closed.test", "open.test").configure_cert(context)
    return Club(
        background.start(
            FakeWeb({"closed.test": {ANY: page("A club", "Members read here.")}}, tls=context)
        ),
        folder,
    )


def fetch(
    club: Club, open_client: Callable[..., HttpClient], identity: ClientCertificate | None
) -> FetchResponse:
    async def run() -> FetchResponse:
        resolver = SafeResolver(connect_to=club.web.connect_to())
        client = open_client(resolver, ca_file=club.ca_file)
        try:
            return await client.send(
                FetchRequest(
                    method="GET",
                    url=CLOSED,
                    timeout=60,
                    max_bytes=1000,
                    client_certificate=identity,
                )
            )
        finally:
            await client.close()
            await resolver.close()

    return asyncio.run(run())


each_client = pytest.mark.parametrize("open_client", [ReqwestClient, AiohttpClient, open_clients])


@each_client
def test_a_client_certificate_is_accepted(
    club: Club, open_client: Callable[..., HttpClient]
) -> None:
    assert fetch(club, open_client, club.identity("member")).status == 200


@each_client
@pytest.mark.parametrize("name", [None, "stranger"])
def test_without_the_right_client_certificate_access_is_refused(
    club: Club, open_client: Callable[..., HttpClient], name: str | None
) -> None:
    with pytest.raises(RequestFailed) as raised:
        fetch(club, open_client, club.identity(name) if name else None)
    assert raised.value.fault in (
        Fault.TLS,
        Fault.RESET,
    )  # in TLS 1.3 the server refuses after the handshake


def test_a_certificate_that_cannot_be_read_is_our_error_each_time(club: Club) -> None:
    async def run() -> None:
        resolver = SafeResolver(connect_to=club.web.connect_to())
        client = AiohttpClient(resolver, ca_file=club.ca_file)
        missing = club.identity("missing")
        request = FetchRequest(method="GET", url=CLOSED, timeout=60, client_certificate=missing)
        for _ in range(2):  # the second request is not sent without a certificate
            with pytest.raises(FileNotFoundError):
                await client.send(request)
        await client.close()
        await resolver.close()

    asyncio.run(run())


def overrides(club: Club, **rules: str) -> dict[str, object]:
    return {
        "network.connect_to": club.web.connect_to(),
        "network.ca_file": club.ca_file,
        "hosts": {"closed.*": rules},
    }


def download(club: Club, **rules: str) -> int:
    """Send a request through the handler, as spiders do, and return the status."""
    loaded = load_config(start=club.folder, environment={}, overrides=overrides(club, **rules))

    async def run() -> int:
        handler = ProbeDownloadHandler(Crawler(Spider, {"HOLDFAST_CONFIG": loaded}))
        try:
            return (
                await handler.download_request(Request(CLOSED, meta={"download_timeout": 60}))
            ).status
        finally:
            await handler.close()

    return asyncio.run(run())


def test_the_configured_certificate_is_sent_to_its_host(club: Club) -> None:
    assert download(club, client_certificate="member.pem", client_key="member.key") == 200
    both = club.folder / "both.pem"
    both.write_bytes(
        (club.folder / "member.pem").read_bytes() + (club.folder / "member.key").read_bytes()
    )
    assert download(club, client_certificate="both.pem") == 200
    with pytest.raises(DownloadFailed):
        download(club)


def test_certificate_and_key_come_from_the_narrowest_table_and_are_for_https_alone() -> None:
    tables: Mapping[str, Mapping[str, Any]] = {
        "*": {"client_certificate": "wide.pem", "client_key": "wide.key"},
        "*.wiki.example": {"client_certificate": "wiki.pem", "client_key": "wiki.pem"},
        "open.wiki.example": {"interval": 2},
    }
    choose = ClientCertificates(tables)
    wiki = ClientCertificate(Path("wiki.pem"), Path("wiki.pem"))
    assert choose("https://a.wiki.example/x") == choose("https://OPEN.wiki.example:8443/") == wiki
    assert choose("https://wiki.example/") == ClientCertificate(Path("wide.pem"), Path("wide.key"))
    assert choose("http://a.wiki.example/x") is None
    assert ClientCertificates({"*": {"interval": 2}})("https://a.wiki.example/") is None


def write_locked_key(folder: Path) -> None:
    key = serialization.load_pem_private_key((folder / "member.key").read_bytes(), None)
    secret = serialization.BestAvailableEncryption(b"word")
    (folder / "locked.key").write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, secret)
    )


@pytest.mark.parametrize(
    ("certificate", "key", "message"),
    [
        (
            "missing.pem",
            "",
            "client_certificate: FOLDER/missing.pem cannot be read (No such file or directory): correct the path or its permissions",
        ),
        (
            "member.pem",
            "missing.key",
            "client_key: FOLDER/missing.key cannot be read (No such file or directory): correct the path or its permissions",
        ),
        (
            "holdfast.toml",
            "",
            "client_certificate: FOLDER/holdfast.toml is not in PEM format: convert it to PEM",
        ),
        (
            "member.pem",
            "stranger.key",
            "client_certificate: FOLDER/member.pem and FOLDER/stranger.key: the key does not belong to the certificate: use the key it was issued for",
        ),
        (
            "member.pem",
            "",
            "client_certificate: FOLDER/member.pem: no usable pair: use a certificate, and a key without a password",
        ),
        (
            "member.pem",
            "locked.key",
            "FOLDER/locked.key: no usable pair: use a certificate, and a key without a password",
        ),
        ("", "member.key", "client_key is set without client_certificate: set both"),
    ],
)
def test_unusable_certificate_files_have_a_one_line_error(
    club: Club, certificate: str, key: str, message: str
) -> None:
    write_locked_key(club.folder)
    text = f"[hosts.'closed.test']\nclient_certificate = '{certificate}'\nclient_key = '{key}'\n"
    (club.folder / "holdfast.toml").write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError) as raised:
        load_config(start=club.folder, environment={})
    assert message in str(raised.value).replace(str(club.folder), "FOLDER")
    assert str(raised.value).startswith(f"{club.folder}/holdfast.toml:")
    assert "\n" not in str(raised.value)
