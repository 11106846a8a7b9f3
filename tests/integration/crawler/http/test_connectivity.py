"""Test whether there is a network: a refused connection is a response, a timeout is none."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from crawler.http import connectivity
from crawler.http.connectivity import can_connect_to_any
from crawler.http.safe_resolver import SafeResolver
from tests.web.internet import BLACK_HOLE, UNKNOWN_NAME, Internet


def is_connected(internet: Internet, names: Sequence[str]) -> bool:
    async def scenario() -> bool:
        resolver = SafeResolver(connect_to=internet.connect_to(), allowed=())
        try:
            return await can_connect_to_any([(name, 80) for name in names], resolver)
        finally:
            await resolver.close()

    return asyncio.run(scenario())


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["ok.test"], True),
        (["refused.test"], True),
        ([UNKNOWN_NAME], False),
        (["127.0.0.1"], False),  # not connected to: the address is not allowed
        ([BLACK_HOLE], False),
        ([BLACK_HOLE, UNKNOWN_NAME, "ok.test"], True),
        ([], False),
    ],
)
def test_any_reachable_address_shows_connectivity(
    internet: Internet, names: list[str], expected: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        connectivity, "_TIMEOUT_SECONDS", 30.0 if expected else 0.3
    )  # only a host without a response takes this long
    assert is_connected(internet, names) is expected
