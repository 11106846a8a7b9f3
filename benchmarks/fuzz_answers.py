"""A fuzz target for atheris: whatever servers answer, a probe ends in a judgement that can be stored.

An input is a chain of answers, each with a status line, header lines, an empty line and a body, four line feeds between them.

pip install atheris && python benchmarks/fuzz_answers.py -max_total_time=600 -timeout=10 [CORPUS]
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Iterator
from datetime import UTC, datetime

import atheris  # type: ignore[import-untyped]

with atheris.instrument_imports(include=["crawler", "store"]):
    from scrapy import Request

    from crawler.archives import parse_mirror
    from crawler.config import Config
    from crawler.http.clients.interface import WireAnswer
    from crawler.http.fetch import FetchRequest, FetchResponse
    from crawler.http.urls import host_of
    from crawler.liveness import judge, judge_mirror, retry_wait
    from crawler.page_text import read_page_text
    from crawler.politeness.rate_limit import RateLimiter, RateLimiters, rate_limit_reset
    from crawler.probing.prober import Prober, Target
    from crawler.scrapy_ext.download_handler import _response
    from crawler.scrapy_ext.engine_fetch import _answer
    from store.schema.column_types import replace_unstorable
    from store.schema.json_codec import encode
    from store.vocabulary import Role

NOW = datetime(2026, 1, 1, tzinfo=UTC)
LINK = "https://fuzz.example/a/b?c#d"
MIRROR = "https://web.archive.org/web/20210805110426id_/https://fuzz.example/a/b?c"
RULES = Config(hosts={"*": {"interval": 0.0}}).rules_for


class HastyPaces(RateLimiters):
    """Paces that nobody waits for."""

    def of(self, slot: str) -> RateLimiter:
        """Return a new pace, whatever the one before was told."""
        return RateLimiter(slot, 0.0)


def judge_anything(data: bytes) -> None:
    """One chain of answers, as those of a link and as those of a mirror."""
    for role, url in ((Role.LINK, LINK), (Role.MIRROR, MIRROR)):
        answers = answers_in(data)

        async def fetch(
            ask: FetchRequest, answers: Iterator[WireAnswer] = answers
        ) -> FetchResponse:
            return _answer(
                _response(
                    Request(ask.url),
                    next(answers, WireAnswer(status=200, headers=[], body=b"")),
                    ask.max_bytes,
                )
            )

        prober = Prober(
            fetch, rate_limiters=HastyPaces(RULES), rules_for=RULES, slot_of=host_of, clock=lambda: NOW
        )
        reading = asyncio.run(
            prober.read_page(Target(url=url, role=role), check_lease=lambda: None, max_tries=1)
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


def answers_in(data: bytes) -> Iterator[WireAnswer]:
    """Return the answers an input holds."""
    for raw in data.split(b"\n\n\n\n"):
        head, _, body = raw.partition(b"\n\n")
        status, *lines = head.split(b"\n")
        headers = [tuple(part.strip() for part in line.partition(b":")[::2]) for line in lines]
        yield WireAnswer(
            status=int(status[:3]) if status[:3].isdigit() else 200,
            headers=[
                (name.decode("latin-1"), value.decode("utf-8", "surrogateescape"))
                for name, value in headers
                if name
            ],
            body=body,
        )


if __name__ == "__main__":
    atheris.Setup(sys.argv, judge_anything)
    atheris.Fuzz()
