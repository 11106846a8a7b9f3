"""Run over the invented web and print what is missed: `python -m tests.worlds [--more|--third|--fourth|--fifth] [--lines] [DAY …]`."""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from crawler.demo.background import BackgroundLoop
from tests.acceptance.folder import Folder
from tests.worlds.archive import WorldArchive
from tests.worlds.invention import invent, invent_fifth, invent_fourth, invent_more, invent_third
from tests.worlds.serving import World
from tests.worlds.truth import Cited, InventedWeb, Truth
from tests.worlds.watch import DAYS, Night, Watch, count_kinds


def main() -> None:
    """Run the checks of all days, and print the tables."""
    parser = argparse.ArgumentParser(prog="python -m tests.worlds", description=__doc__)
    parser.add_argument(
        "days", nargs="*", type=int, default=list(DAYS), help="days on which to run"
    )
    parser.add_argument("--more", action="store_true", help="watch the second web")
    parser.add_argument("--third", action="store_true", help="watch the third web")
    parser.add_argument("--fourth", action="store_true", help="watch the fourth web")
    parser.add_argument("--fifth", action="store_true", help="watch the fifth web")
    parser.add_argument("--seed", type=int, default=0, help="what these three are drawn from")
    parser.add_argument("--copies", type=int, default=1, help="sites of each kind of the third web")
    parser.add_argument("--lines", action="store_true", help="also print each page")
    options = parser.parse_args()
    web = _web(options)
    with BackgroundLoop() as background, tempfile.TemporaryDirectory() as folder:
        world = background.start(World(web.sites, refusing=web.refusing))
        archive = background.start(WorldArchive(web.snapshots))
        watch = Watch(web, Folder(Path(folder)), world, archive)
        for day in options.days:
            watch.run(day)
        _print_scores(watch, lines=options.lines)


def _web(options: argparse.Namespace) -> InventedWeb:
    if options.third:
        return invent_third(options.seed, options.copies)
    if options.fourth:
        return invent_fourth(options.seed)
    if options.fifth:
        return invent_fifth(options.seed)
    return invent_more() if options.more else invent()


def _print_scores(watch: Watch, *, lines: bool) -> None:
    truths = Counter(cited.truth for cited in watch.web.cited)
    living, dead = truths[Truth.LIVING], truths[Truth.DEAD]
    first, last = watch.nights[0], watch.nights[-1]
    second = watch.nights[min(1, len(watch.nights) - 1)]
    alarms = list({cited.url: cited for cited, _ in watch.false_alarms()}.values())
    scores: Sequence[tuple[str, Sequence[Cited], int, Night]] = (
        ("living called broken on any night", alarms, living, last),
        ("living not called so at the end", watch.unseen(), living, last),
        ("dead missed on the first night", watch.missed(first), dead, first),
        ("dead missed at the end", watch.missed(last), dead, last),
        ("copies not named", watch.unnamed(second), len(watch.recoverable()), second),
        ("wrong copies named", watch.wrong(last), dead, last),
    )
    for title, found, total, night in scores:
        is_copy = "copies" in title
        table = count_kinds(cited.archived_as if is_copy else cited.kind for cited in found)
        sys.stdout.write(f"{title}: {len(found)} of {total}\n{table}\n")
        for cited in found if lines else ():
            sys.stdout.write(f"      {watch.describe(cited, night)}\n")
    sys.stdout.write(
        f"requests a link: {watch.requests_a_link():.2f}; for a random URL: {watch.siblings()}\n"
    )


if __name__ == "__main__":
    main()
