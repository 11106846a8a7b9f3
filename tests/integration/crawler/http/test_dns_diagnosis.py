"""Test the diagnosis of names that do not resolve, with a name server of the tests."""

from __future__ import annotations

import asyncio
import socket
from pathlib import Path
from typing import Any

import dns.rcode
import pytest

from crawler.demo.background import BackgroundLoop
from crawler.demo.web import LOOPBACK, closed_port
from crawler.http import dns_diagnosis as module
from crawler.http.dns_diagnosis import Nameservers
from crawler.http.safe_resolver import ResolveError, SafeResolver
from store.vocabulary import Fault
from tests.web.nameserver import Nameserver

ADDRESS = "198.51.100.7"


@pytest.fixture(scope="module")
def server(background: BackgroundLoop) -> Nameserver:
    return background.start(
        Nameserver(
            {
                "known.test": [ADDRESS],
                "known-by-ipv6.test": ["2001:db8::7"],
                "mail-only.test": [],
                "failing.test": dns.rcode.SERVFAIL,
                "refused.test": dns.rcode.REFUSED,
                "silent.test": None,
            }
        )
    )


@pytest.fixture(params=[socket.EAI_NONAME, socket.EAI_AGAIN], ids=["no-name", "again"])
def broken_system_resolver(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Make the system's resolver fail for all names in the same way."""

    def fail(host: str, *_: Any, **__: Any) -> list[Any]:
        raise socket.gaierror(request.param, "no")

    monkeypatch.setattr(socket, "getaddrinfo", fail)
    monkeypatch.setattr(module, "_QUERY_SECONDS", 0.3)
    monkeypatch.setattr(module, "_TRY_SECONDS", 0.1)


def resolv_conf(folder: Path, text: str = f"nameserver {LOOPBACK}\nsearch wiki.example\n") -> Path:
    file = folder / "resolv.conf"
    file.write_text(text, encoding="ascii")
    return file


def failure_of(host: str, nameservers: Nameservers | None) -> ResolveError:
    async def run() -> None:
        resolver = SafeResolver(nameservers=nameservers)
        try:
            await resolver.resolve_public(host, 80)
        finally:
            await resolver.close()

    with pytest.raises(ResolveError) as caught:
        asyncio.run(run())
    return caught.value


@pytest.mark.usefixtures("broken_system_resolver")
@pytest.mark.parametrize(
    ("host", "fault", "detail"),
    [
        ("unknown.test", Fault.NAME_NOT_FOUND, "unknown.test: the name does not exist"),
        ("mail-only.test", Fault.NAME_NOT_FOUND, "mail-only.test: the name has no address"),
        ("failing.test", Fault.NAME_UNKNOWN, "failing.test: the nameservers failed: SERVFAIL"),
        ("refused.test", Fault.NAME_UNKNOWN, "refused.test: the nameservers failed: REFUSED"),
        ("silent.test", Fault.NAME_UNKNOWN, "silent.test: no nameserver answered"),
        (
            "known.test",
            Fault.NAME_UNKNOWN,
            "known.test: the DNS has the name, but the system did not resolve it",
        ),
        (
            "known-by-ipv6.test",
            Fault.NAME_UNKNOWN,
            "known-by-ipv6.test: the DNS has the name, but the system did not resolve it",
        ),
    ],
)
def test_the_nameservers_response_decides_the_fault(
    server: Nameserver, tmp_path: Path, host: str, fault: Fault, detail: str
) -> None:
    failure = failure_of(host, Nameservers(resolv_conf(tmp_path), port=server.port))
    assert (failure.fault, failure.detail) == (fault, detail)
    assert not any("wiki.example" in question for question in server.requests)


@pytest.mark.parametrize(
    "text", ["", "search wiki.example\n", None], ids=["empty", "without a server", "missing"]
)
@pytest.mark.parametrize(
    ("error_code", "fault"),
    [(socket.EAI_NONAME, Fault.NAME_NOT_FOUND), (socket.EAI_AGAIN, Fault.NAME_UNKNOWN)],
)
def test_without_nameservers_the_system_resolver_decides(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str | None, error_code: int, fault: Fault
) -> None:
    def fail(*_: Any, **__: Any) -> list[Any]:
        raise socket.gaierror(error_code, "the system said so")

    monkeypatch.setattr(socket, "getaddrinfo", fail)
    configuration = tmp_path / "missing.conf" if text is None else resolv_conf(tmp_path, text)
    failure = failure_of("unknown.test", Nameservers(configuration))
    assert (failure.fault, failure.detail) == (fault, "unknown.test: the system said so")


@pytest.mark.usefixtures("broken_system_resolver")
def test_a_nameserver_on_a_closed_port_leaves_the_name_unknown(tmp_path: Path) -> None:
    with closed_port() as place:
        nameservers = Nameservers(resolv_conf(tmp_path), port=int(place.rpartition(":")[2]))
        assert failure_of("unknown.test", nameservers).fault is Fault.NAME_UNKNOWN


def test_no_query_is_sent_for_names_that_cannot_exist_or_are_local(
    server: Nameserver, tmp_path: Path
) -> None:
    server.requests.clear()
    nameservers = Nameservers(resolv_conf(tmp_path), port=server.port)
    assert failure_of("gone.invalid", nameservers).fault is Fault.NAME_NOT_FOUND
    assert (
        failure_of("localhost", Nameservers(resolv_conf(tmp_path), port=server.port)).fault
        is Fault.UNSAFE_ADDRESS
    )
    assert (
        failure_of("a" * 64 + ".test", Nameservers(resolv_conf(tmp_path), port=server.port)).fault
        is Fault.INVALID_URL
    )
    assert server.requests == []


@pytest.mark.usefixtures("broken_system_resolver")
def test_no_name_is_missing_while_the_nameservers_are_silent(
    server: Nameserver, tmp_path: Path
) -> None:
    nameservers = Nameservers(resolv_conf(tmp_path), port=server.port)
    resolver = SafeResolver(nameservers=nameservers)

    async def faults_of(*names: str) -> list[Fault]:
        faults = []
        for name in names:
            with pytest.raises(ResolveError) as caught:
                await resolver.resolve_public(name, 80)
            faults.append(caught.value.fault)
        await resolver.close()
        return faults

    names = [*["silent.test"] * 3, "unknown.test"]
    assert asyncio.run(faults_of(*names)) == [Fault.NAME_UNKNOWN] * 4


def test_nameservers_that_did_not_answer_are_not_queried_for_a_minute(
    server: Nameserver, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [0.0]
    monkeypatch.setattr(module, "monotonic", lambda: now[0])
    monkeypatch.setattr(module, "_QUERY_SECONDS", 0.1)
    monkeypatch.setattr(module, "_TRY_SECONDS", 0.1)
    nameservers = Nameservers(resolv_conf(tmp_path), port=server.port)

    def faults_of(*names: str) -> list[Fault | None]:
        async def ask() -> list[Fault | None]:
            return [
                explanation[0] if (explanation := await nameservers.explain_failure(name)) else None
                for name in names
            ]

        return asyncio.run(ask())

    silent = "silent.test"
    assert faults_of(silent, silent, "unknown.test", silent, silent) == [
        *[Fault.NAME_UNKNOWN] * 2,
        Fault.NAME_NOT_FOUND,
        *[Fault.NAME_UNKNOWN] * 2,
    ]
    server.requests.clear()
    assert faults_of(silent, "unknown.test", silent) == [Fault.NAME_UNKNOWN] * 3
    assert {question.split()[0] for question in server.requests} == {silent}
    now[0] = 61
    assert faults_of("unknown.test") == [Fault.NAME_NOT_FOUND]
    asyncio.run(nameservers.close())
