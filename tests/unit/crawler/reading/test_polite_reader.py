"""Test why a page was not read, and for which page that is said."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any, cast

from crawler.http.fetch import FetchResponse
from crawler.jobs.probe_budget import ProbeBudget
from crawler.politeness.rate_limit import PauseTooLong
from crawler.probing.target import PageRead, ProbeTarget
from crawler.reading import PoliteReader
from crawler.reading.polite_reader import HostSessions
from store.vocabulary import Fault, Role


class Session:
    """Refuses the URLs of one host; another one asks for a pause."""

    async def refusal(self, url: str) -> FetchResponse | None:
        return FetchResponse(fault=Fault.EXCLUDED) if "excluded" in url else None

    async def read_page(self, target: ProbeTarget) -> PageRead:
        raise PauseTooLong(target.url, 900)


class Sessions:
    """Opens the same session for every host, but none for a host of another run."""

    async def open(self, slot: str) -> Session | None:
        return None if slot == "held.example" else Session()


def test_the_reason_is_that_of_the_last_page() -> None:
    job: Any = SimpleNamespace(stop=False)
    sessions = cast("HostSessions", Sessions())
    reader = PoliteReader(job, sessions, budget=ProbeBudget(4), unlimited_slots=frozenset())

    def reason_for(host: str) -> str:
        target = ProbeTarget(url=f"http://{host}/", role=Role.LINK)
        assert asyncio.run(reader.read(target)) is None
        return reader.postponed_reason

    assert "pause" in reason_for("busy.example")
    assert reason_for("excluded.example") == ""
    assert "another run" in reason_for("held.example")
    assert reason_for("excluded.example") == ""
    assert "no more requests" in reason_for("excluded.example")
