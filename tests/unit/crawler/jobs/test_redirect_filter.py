"""Test how many sites' robots.txt are stored."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

import pytest

from crawler.config import HostRules
from crawler.http.fetch import FetchResponse
from crawler.jobs import redirect_filter
from crawler.jobs.redirect_filter import RedirectFilter


def fetched_again(sites: Sequence[str], length: int) -> list[str]:
    """Return the sites whose robots.txt is fetched again after those of all were."""
    job: Any = SimpleNamespace(rules_for=lambda _slot: HostRules())
    redirects = RedirectFilter(job)
    fetched: list[str] = []

    async def fetch(url: str) -> FetchResponse:
        fetched.append(url.removesuffix("robots.txt"))
        return FetchResponse(status=200, body=b"#" * length)

    async def read_twice() -> None:
        for site in sites:
            await redirects.robots_for(site, fetch_robots=fetch)
        fetched.clear()
        for site in reversed(sites):
            await redirects.robots_for(site, fetch_robots=fetch)

    asyncio.run(read_twice())
    return fetched


def test_long_files_are_stored_up_to_their_total_length(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(redirect_filter, "_MAX_STORED_CHARACTERS", 1_000)
    sites = [f"https://{name}.example/" for name in "abcd"]
    assert fetched_again(sites, 50) == []
    assert fetched_again(sites, 400) == [sites[1], sites[0]]
    assert fetched_again(sites, 2_000) == [sites[3], sites[2], sites[1], sites[0]]
