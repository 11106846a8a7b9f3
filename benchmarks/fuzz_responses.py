"""Fuzz responses of servers with atheris: every probe must end in a judgement that can be stored.

    pip install atheris
    python benchmarks/fuzz_responses.py -max_total_time=600 -timeout=10 [CORPUS]

An input is a chain of responses, each with a status line, header lines, an empty line and a body,
with four line feeds between them.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import atheris  # type: ignore[import-untyped]

with atheris.instrument_imports(include=["crawler", "store"]):
    from scrapy import Request

    from crawler.archives import parse_mirror
    from crawler.config import Config
    from crawler.http.fetch import FetchRequest, FetchResponse
    from crawler.http.headers import join_fields
    from crawler.http.urls import host_of
    from crawler.liveness import judge, judge_mirror, retry_wait
    from crawler.page_text.main_text import read_page_text
    from crawler.politeness.rate_limit import RateLimiter
    from crawler.politeness.rate_limit_headers import rate_limit_reset
    from crawler.politeness.rate_limiter_registry import RateLimiterRegistry
    from crawler.probing.prober import Prober
    from crawler.probing.target import ProbeTarget
    from crawler.scrapy_ext.download_handler import to_scrapy_response
    from crawler.scrapy_ext.engine_fetch import to_fetch_response
    from store.schema.column_types import replace_unstorable
    from store.schema.json_codec import encode
    from store.vocabulary import Role

NOW = datetime(2026, 1, 1, tzinfo=UTC)
LINK = "https://fuzz.example/a/b?c#d"
MIRROR = "https://web.archive.org/web/20210805110426id_/https://fuzz.example/a/b?c"
RULES = Config(hosts={"*": {"interval": 0.0}}).rules_for


class UnlimitedRateLimiters(RateLimiterRegistry):
    """Rate limiters that never wait: a pause that a response requests has no effect."""

    def limiter_for(self, slot: str) -> RateLimiter:
        """Return a new limiter."""
        return RateLimiter(slot, 0.0)

    @asynccontextmanager
    async def request(self, slot: str) -> AsyncIterator[None]:
        """Send a request at once."""
        yield


def judge_responses(data: bytes) -> None:
    """Judge one chain of responses twice: as the responses to a link and to a mirror."""
    for role, url in ((Role.LINK, LINK), (Role.MIRROR, MIRROR)):
        responses = parse_responses(data)

        async def fetch(
            request: FetchRequest, responses: Iterator[FetchResponse] = responses
        ) -> FetchResponse:
            response = next(responses, FetchResponse(status=200))
            return to_fetch_response(
                to_scrapy_response(Request(request.url), response, max_bytes=request.max_bytes)
            )

        prober = Prober(
            fetch,
            rate_limiters=UnlimitedRateLimiters(RULES),
            rules_for=RULES,
            slot_of=host_of,
            clock=lambda: NOW,
        )
        reading = asyncio.run(
            prober.read_page(ProbeTarget(url=url, role=role), check_lease=lambda: None, max_tries=1)
        )
        address = parse_mirror(url)
        judgement = judge_mirror(reading.probe, address) if address else judge(reading.probe)
        replace_unstorable(f"{judgement.detail} {judgement.target}").encode()
        for request in reading.probe.requests:
            json.dumps(encode(request)).encode()
            retry_wait(request, 0, 0.5)
        rate_limit_reset(reading.response.headers, NOW)
        if reading.probe.evidence:
            json.dumps(encode(reading.probe.evidence)).encode()
        read_page_text(reading.response.body, reading.response.headers, reading.url)


def parse_responses(data: bytes) -> Iterator[FetchResponse]:
    """Return the responses in an input."""
    for raw in data.split(b"\n\n\n\n"):
        head, _, body = raw.partition(b"\n\n")
        status, *lines = head.split(b"\n")
        fields = [tuple(part.strip() for part in line.partition(b":")[::2]) for line in lines]
        headers, cookies = join_fields(
            (name.decode("latin-1"), value.decode("utf-8", "surrogateescape"))
            for name, value in fields
            if name
        )
        yield FetchResponse(
            status=int(status[:3]) if status[:3].isdigit() else 200,
            headers=headers,
            cookies=cookies,
            body=body,
        )


if __name__ == "__main__":
    atheris.Setup(sys.argv, judge_responses)
    atheris.Fuzz()
