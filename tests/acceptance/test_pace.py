"""Test the rate limits of `holdfast check` at the server: intervals and concurrent requests."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from itertools import cycle

import pytest

from tests.acceptance.folder import PATIENCE, Folder
from tests.web.arrivals import ArrivalServer, busy_processors

pytestmark = pytest.mark.alone

CONFIGURATION = """\
[network]
contact = "mailto:tests@wiki.example"

[network.connect_to]
"*:80" = "{address}"
"*:443" = "{address}"

[hosts."*"]
interval = {interval}
concurrency = {concurrency}
"""


@dataclass(frozen=True, kw_only=True)
class Wiki:
    """The links to check, and the rate limits; `latency` returns the seconds until each response."""

    links: Sequence[str]
    interval: float = 0.3
    latency: Callable[[], float] = lambda: 0.0
    processes: int = 1
    concurrency: int = 1
    burners: int = 0


def site(number: int) -> str:
    return f"http://site{number}.example"


WIKIS = {
    # from the first request to the second lies what the first needs: its name looked up, a client built
    "the first requests of many hosts": Wiki(
        links=[f"{site(host)}/{page}" for host in range(40) for page in range(2)]
    ),
    "no processor to spare": Wiki(
        links=[f"{site(host)}/{page}" for host in range(8) for page in range(4)], burners=2
    ),
    # a request that leaves late must not be overtaken
    "no processor to spare, two requests at a time": Wiki(
        links=[
            f"{site(host)}/{'odd/' * (page % 2)}{page}" for host in range(20) for page in range(5)
        ],
        interval=0.2,
        latency=cycle([0.0, 0.1, 0.3]).__next__,
        concurrency=2,
        burners=2,
    ),
    # the work on the host itself ends while others wait for it
    "redirects to a host that is done": Wiki(
        links=[
            "http://hub.example/",
            *(f"{site(host)}/to/hub.example/{host}" for host in range(18)),
        ]
    ),
    # more than one would be under way, if nobody counted
    "redirects to a slow host": Wiki(
        links=[
            *(f"http://hub.example/{page}" for page in range(4)),
            *(
                f"{site(host)}/to/hub.example/{host}-{page}"
                for host in range(4)
                for page in range(3)
            ),
        ],
        interval=0.05,
        latency=lambda: 0.3,
    ),
    "two processes and redirects between hosts": Wiki(
        links=[
            f"{site(host)}/{page}"
            if page % 2
            else f"{site(host)}/to/site{(host + 1 + page) % 10}.example/{host}-{page}"
            for host in range(10)
            for page in range(6)
        ],
        latency=cycle([0.01, 0.1, 0.05]).__next__,
        processes=2,
    ),
    # the quick client cannot hand over such an answer: another one asks again
    "second looks": Wiki(
        links=[f"{site(host)}/odd/{page}" for host in range(3) for page in range(3)]
    ),
}


@pytest.mark.parametrize("wiki", WIKIS.values(), ids=list(WIKIS))
def test_rate_limit_as_measured_by_the_server(folder: Folder, wiki: Wiki) -> None:
    with (
        ArrivalServer(wiki.latency) as server,
        busy_processors(wiki.burners) if wiki.burners else nullcontext(),
    ):
        folder.write(
            "holdfast.toml",
            CONFIGURATION.format(
                address=server.address, interval=wiki.interval, concurrency=wiki.concurrency
            ),
        )
        folder.write("docs/page.md", "\n\n".join(f"<{link}>" for link in wiki.links))
        assert folder.holdfast("scan", "docs").returncode == 0
        running = [folder.start("check", "-q") for _ in range(wiki.processes)]
        outputs = [process.communicate(timeout=PATIENCE) for process in running]
    assert [process.returncode for process in running] == [0] * wiki.processes, outputs
    assert server.short_gaps(wiki.interval) == []
    assert server.overlaps(wiki.concurrency) == 0
    unchecked = (
        set() if wiki.processes == 1 else {"unchecked"}
    )  # where the other process was at work until the end
    assert set(folder.states().values()) <= {"alive", "moved"} | unchecked
