"""Watch the invented web and print what is missed, by kind: `python -m tests.worlds [--lines] [DAY …]`."""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from crawler.demo.background import BackgroundLoop
from tests.acceptance.folder import Folder
from tests.worlds.archive import WorldArchive
from tests.worlds.invention import invent
from tests.worlds.serving import World
from tests.worlds.truth import Truth
from tests.worlds.watch import DAYS, Watch, by_kind


def main() -> None:
    """Run the nights and print the tables."""
    parser = argparse.ArgumentParser(prog="python -m tests.worlds", description=__doc__)
    parser.add_argument(
        "days", nargs="*", type=int, default=list(DAYS), help="days on which to run"
    )
    parser.add_argument("--lines", action="store_true", help="also print each page")
    options = parser.parse_args()
    web = invent()
    with BackgroundLoop() as background, tempfile.TemporaryDirectory() as folder:
        world = background.start(World(web.sites, refusing=web.refusing))
        archive = background.start(WorldArchive(web.snapshots))
        watch = Watch(web, Folder(Path(folder)), world, archive)
        for day in options.days:
            watch.run(day)
        _print_scores(watch, lines=options.lines)


def _print_scores(watch: Watch, *, lines: bool) -> None:
    dead = [cited for cited in watch.web.cited if cited.truth is Truth.DEAD]
    scores: Sequence[tuple[str, list[str], int]] = (
        ("living called broken", watch.false_alarms(), len(watch.web.cited) - len(dead)),
        ("living not seen", watch.unseen(), len(watch.web.cited) - len(dead)),
        ("dead missed in the first night", watch.missed(night=0), len(dead)),
        ("dead missed at the end", watch.missed(), len(dead)),
        (
            "copies not named after the second night",
            watch.unnamed(watch.nights[min(1, len(watch.nights) - 1)]),
            len(watch.recoverable()),
        ),
        ("wrong copies named at the end", watch.wrong(watch.nights[-1]), len(dead)),
    )
    for title, found, total in scores:
        sys.stdout.write(f"{title}: {len(found)} of {total}\n")
        sys.stdout.write(f"{by_kind(found)}\n")
        for line in found if lines else ():
            sys.stdout.write(f"      {line}\n")
    sys.stdout.write(
        f"requests a link: {watch.requests_a_link():.2f}; for nonsense: {watch.siblings()}\n"
    )


if __name__ == "__main__":
    main()
