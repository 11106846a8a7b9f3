"""Fuzz responses of archives with atheris: every lookup and capture must end in a value.

    pip install atheris
    python benchmarks/fuzz_archives.py -max_total_time=600 -timeout=10 [CORPUS]

An input is a chain of responses, each with a status line, header lines, an empty line and a body,
with four line feeds between them.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime

import atheris  # type: ignore[import-untyped]

with atheris.instrument_imports(include=["crawler", "store"]):
    from requests.structures import CaseInsensitiveDict

    from crawler.archive_clients.memento import MementoClient
    from crawler.archive_clients.save_page_now import SavePageNowClient
    from crawler.archive_clients.transport import ArchiveResponse, Transport
    from crawler.archive_clients.wayback import WaybackClient
    from crawler.archives.interface import NoUsableResponse
    from crawler.archives.link_identity import identify

NOW = datetime(2026, 1, 1, tzinfo=UTC)
ORIGINAL = "https://fuzz.example/a/b?c"


class ScriptedTransport(Transport):
    """A transport that sends nothing and returns the responses of an input, one for each request.

    Further requests fail.

    Args:
        data: The input.
    """

    def __init__(self, data: bytes) -> None:
        self._responses = parse_responses(data)

    def get(
        self, url: str, *, timeout: float, headers: Mapping[str, str] | None = None
    ) -> ArchiveResponse:
        """Return the next response."""
        return self._next(url)

    def post(self, url: str, form: Mapping[str, str], *, timeout: float) -> ArchiveResponse:
        """Return the next response."""
        return self._next(url)

    def _next(self, url: str) -> ArchiveResponse:
        found = next(self._responses, None)
        if found is None:
            raise NoUsableResponse("no more responses")
        status, headers, text = found
        return ArchiveResponse(
            url=url, status=status, headers=CaseInsensitiveDict(headers), text=text
        )


def look_up_anything(data: bytes) -> None:
    """Use one chain of responses for every kind of archive request."""
    lookups = [
        WaybackClient(ScriptedTransport(data)).nearest(ORIGINAL, NOW),
        WaybackClient(ScriptedTransport(data)).oldest_since(ORIGINAL, NOW),
        MementoClient(
            ScriptedTransport(data), name="fuzz", timegate="https://gate.example/"
        ).nearest(ORIGINAL, NOW),
        MementoClient(ScriptedTransport(data), name="fuzz", timemap="https://map.example/").nearest(
            ORIGINAL, NOW
        ),
        MementoClient(
            ScriptedTransport(data), name="fuzz", timemap="https://map.example/"
        ).oldest_since(ORIGINAL, NOW),
    ]
    listings = [
        WaybackClient(ScriptedTransport(data)).redirects(ORIGINAL, of_neighbours=of_neighbours)
        for of_neighbours in (False, True)
    ]
    captures = [
        WaybackClient(ScriptedTransport(data)).save(ORIGINAL),
        SavePageNowClient(ScriptedTransport(data)).save(ORIGINAL),
    ]
    captures += SavePageNowClient(ScriptedTransport(data)).poll(["fuzz"]).results.values()
    SavePageNowClient(ScriptedTransport(data)).quota()
    found = [result.snapshot for result in lookups]
    found += [result.snapshot for result in captures]
    for snapshot in (
        *filter(None, found),
        *(snapshot for listing in listings for snapshot in listing.snapshots),
    ):
        identify(snapshot.url).key.encode()
        identify(snapshot.original).key.encode()
        snapshot.captured_at.astimezone(UTC).strftime("%Y%m%d%H%M%S")


def parse_responses(data: bytes) -> Iterator[tuple[int, dict[str, str], str]]:
    """Yield status code, headers and text of each response in an input.

    Headers are parsed as `requests` does, texts are decoded as the transport does.
    """
    for raw in data.split(b"\n\n\n\n"):
        head, _, body = raw.partition(b"\n\n")
        status, *lines = head.decode("latin-1").split("\n")
        named = (line.partition(":") for line in lines)
        headers = {name.strip(): value.strip() for name, _, value in named}
        number = int(status[:3]) if status[:3].isascii() and status[:3].isdigit() else 200
        yield number, headers, body.decode(errors="replace")


if __name__ == "__main__":
    atheris.Setup(sys.argv, look_up_anything)
    atheris.Fuzz()
