"""Test when the proxy for archives is tested, and that a proxy that is away is named once."""

from __future__ import annotations

import asyncio

import pytest

from crawler.config import Config
from crawler.config.archives import ArchivesConfig
from crawler.config.network import NetworkConfig
from crawler.jobs import archive_proxy
from crawler.jobs.archive_proxy import ArchiveProxy

COPY = "https://web.archive.org/web/20210805110426id_/http://site.example/"


class TestedProxy(ArchiveProxy):
    """Its proxy responds as `responses` say, one after another."""

    __test__ = False

    def __init__(self, *responses: bool) -> None:
        super().__init__(Config(archives=ArchivesConfig(proxy="http://me:secret@proxy.example:1")))
        self.responses = list(responses)

    async def _test(self, url: str) -> bool:
        return self.responses.pop(0)


def test_it_is_tested_before_the_first_request_and_after_a_failure() -> None:
    async def scenario() -> None:
        proxy = TestedProxy(True, True)
        assert await proxy.responds(COPY)
        assert await proxy.responds(COPY)
        assert await proxy.responds("https://site.example/", has_failed=True)
        assert proxy.responses == [True]
        assert await proxy.responds(COPY, has_failed=True)
        assert proxy.responses == []

    asyncio.run(scenario())


def test_one_that_is_away_is_tested_again_after_a_minute_and_named_once(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    now = 1000.0
    monkeypatch.setattr(archive_proxy, "monotonic", lambda: now)

    async def scenario() -> None:
        nonlocal now
        proxy = TestedProxy(False, False, True)
        assert not await proxy.responds(COPY)
        assert not await proxy.responds(COPY)
        assert proxy.is_unreachable
        now += 61
        assert not proxy.is_unreachable
        assert not await proxy.responds(COPY)
        now += 61
        assert await proxy.responds(COPY)
        assert proxy.responses == []

    asyncio.run(scenario())
    (record,) = caplog.records
    assert "the proxy proxy.example:1 (archives.proxy) does not respond" in record.getMessage()


@pytest.mark.parametrize(
    ("connect_to", "is_used"),
    [
        ({}, True),
        ({"web.archive.org:443": "web.archive.org:443"}, True),
        ({"web.archive.org:443": "127.0.0.1:8080"}, False),
        ({"*:443": "127.0.0.1:8080"}, False),
    ],
    ids=["not mapped", "mapped to itself", "mapped", "all mapped"],
)
def test_archives_that_are_mapped_to_another_place_need_no_proxy(
    connect_to: dict[str, str], is_used: bool
) -> None:
    archives = ArchivesConfig(proxy="http://proxy.example:1")
    config = Config(archives=archives, network=NetworkConfig(connect_to=connect_to))
    assert ArchiveProxy(config).is_used_for(COPY) is is_used
    assert not ArchiveProxy(config).is_used_for("https://site.example/")
