"""Test that errors in connecting become faults by their kind, not by their words."""

from __future__ import annotations

import errno

import pytest

from crawler.http.clients import aiohttp_failures
from crawler.http.clients.reqwest_failures import connect_failure
from store.schema.json_codec import decode
from store.vocabulary import Fault, ProbeRequest

FAULTS = {
    errno.ECONNREFUSED: Fault.REFUSED,
    errno.ENETUNREACH: Fault.UNREACHABLE,
    errno.ENETDOWN: Fault.UNREACHABLE,
    errno.EHOSTUNREACH: Fault.HOST_UNREACHABLE,
    errno.EHOSTDOWN: Fault.HOST_UNREACHABLE,
    errno.ECONNRESET: Fault.RESET,
    # of our own machine
    errno.EMFILE: Fault.UNREACHABLE,
    errno.ENFILE: Fault.UNREACHABLE,
    errno.ENOBUFS: Fault.UNREACHABLE,
    errno.ENOMEM: Fault.UNREACHABLE,
    errno.EADDRNOTAVAIL: Fault.UNREACHABLE,
    errno.EAFNOSUPPORT: Fault.UNREACHABLE,
    errno.EACCES: Fault.UNREACHABLE,
    errno.EPERM: Fault.UNREACHABLE,
}


@pytest.mark.parametrize("number", FAULTS)
def test_an_error_in_connecting_has_its_fault(number: int) -> None:
    error = OSError(number, "Connect call failed ('the host', 80)")
    by_aiohttp = aiohttp_failures.failure_of(error)
    by_reqwest = connect_failure(error, is_proxied=False)
    assert by_aiohttp
    assert by_aiohttp.fault is by_reqwest.fault is FAULTS[number]


@pytest.mark.parametrize("number", FAULTS)
def test_an_error_in_connecting_to_a_proxy_is_the_proxys(number: int) -> None:
    failure = connect_failure(OSError(number, ""), is_proxied=True)
    assert failure.fault is Fault.PROXY_FAILED


@pytest.mark.parametrize(
    ("detail", "fault"),
    [
        ("No route to host", Fault.HOST_UNREACHABLE),
        ("Host is down", Fault.HOST_UNREACHABLE),
        ("through the proxy: host unreachable", Fault.PROXY_FAILED),
        ("Network is unreachable", Fault.UNREACHABLE),
        ("the host has no network", Fault.UNREACHABLE),
    ],
)
def test_a_fault_of_an_older_row_is_read_as_the_kind_it_was(detail: str, fault: Fault) -> None:
    row = {"method": "GET", "url": "http://a.example/", "at": "2026-01-01T00:00:00+00:00"}
    read = decode(ProbeRequest, row | {"elapsed_ms": 1, "fault": "unreachable", "detail": detail})
    assert read.fault is fault
