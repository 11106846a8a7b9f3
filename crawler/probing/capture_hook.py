"""Define how the requests of a probe are recorded, so that a local capture needs no others."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from crawler.http.fetch import FetchRequest, FetchResponse
from store.vocabulary import Judgement, Probe
from store.work.frontier import DueLink


class ProbeCaptureHook(Protocol):
    """Sends and records the requests of one probe, and stores the copy after the judgement."""

    async def __call__(self, request: FetchRequest, /) -> FetchResponse:
        """Send a request, like any `Fetch`."""

    async def handle_judgement(self, probe: Probe, judgement: Judgement) -> None:
        """Store the recorded responses, now that the probe is finished and judged."""


CaptureHookFor = Callable[[DueLink], ProbeCaptureHook | None]
"""Returns the hook for a link's probe; None if no copy of the link is wanted."""
