"""Test that the test internet and the table of its verdicts agree."""

from __future__ import annotations

import pytest

from crawler.demo.web import ANY
from crawler.http.urls import host_of, link_key
from tests.web.internet import BLACK_HOLE, DEAF, REFUSING, SITES, UNKNOWN_NAME
from tests.web.verdicts import REASONS, STOPOVERS

JUDGED = {link_key(url) for url in REASONS}
ADDRESSES = [f"http://{host}{path}" for host, site in SITES.items() for path in site if path != ANY]


@pytest.mark.parametrize("url", [url for url in ADDRESSES if not STOPOVERS.fullmatch(url)])
def test_every_address_has_its_reasons(url: str) -> None:
    assert link_key(url) in JUDGED


def test_every_host_is_known() -> None:
    assert {host_of(url) for url in REASONS} == {*SITES, *REFUSING, DEAF, BLACK_HOLE, UNKNOWN_NAME}


def test_every_site_for_the_rest_is_judged_too() -> None:
    others = {host_of(url) for url in REASONS if url not in ADDRESSES}
    assert {host for host, site in SITES.items() if list(site) == [ANY]} <= others
