"""Measure how many moves of real sites the URL rules predict, by leave-one-out validation.

    python -m benchmarks.moves MOVES.jsonl

Each line of the file is an object with the strings `old` and `new`. Each move is predicted from the
other moves of its site.
"""

from __future__ import annotations

import argparse
import json
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from crawler.http.urls import host_of, link_key, same_address
from crawler.moves.url_rules import KnownMove, PredictedMove, SiteRules

_MIN_MOVES = 3  # of a site: no rule can be learnt from a single other move
_THRESHOLDS = (0.0, 0.3, 0.4, 0.5, 0.52, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9)


class Trial(NamedTuple):
    """One move that was left out, with the predictions for its old URL, the best first."""

    site: str
    move: KnownMove
    predictions: Sequence[PredictedMove]

    @property
    def is_right(self) -> bool:
        """True if the first prediction is the page's new address."""
        return bool(self.predictions) and same_address(self.predictions[0].url, self.move.new)


def sites_of(path: Path) -> Mapping[str, Sequence[KnownMove]]:
    """Return the moves of a file by site."""
    sites: dict[str, list[KnownMove]] = defaultdict(list)
    for line in path.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        sites[host_of(row["old"]).removeprefix("www.")].append(KnownMove(row["old"], row["new"]))
    return sites


def trials_of(site: str, moves: Sequence[KnownMove]) -> Sequence[Trial]:
    """Predict each move of a site from the others."""
    trials = []
    for move in moves:
        key = link_key(move.old)
        if len(moves) < _MIN_MOVES or key == link_key(move.new):
            continue
        others = [other for other in moves if link_key(other.old) != key]
        trials.append(Trial(site, move, SiteRules(others).predictions(move.old, min_score=0)))
    return trials


def table(trials: Sequence[Trial]) -> str:
    """Return the number of right predictions and their precision for several minimum scores."""
    lines = [f"{len(trials)} moves", "score  predicted  right          precision"]
    for least in _THRESHOLDS:
        made = [each for each in trials if each.predictions and each.predictions[0].score >= least]
        right = sum(each.is_right for each in made)
        if made:
            share, precision = right / len(trials), right / len(made)
            lines.append(f"{least:5}  {len(made):9}  {right:5} {share:7.1%}  {precision:9.1%}")
    agreed = [each for each in trials if each.predictions and each.predictions[0].agreeing_rules]
    right = sum(each.is_right for each in agreed)
    lines.append(f"two independent rules agree: {len(agreed)}, of which {right} right")
    return "\n".join(lines)


def main() -> None:
    """Print the tables for all sites, and for each half of them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("moves", type=Path, metavar="MOVES.jsonl")
    sites = sites_of(parser.parse_args().moves)
    started, slowest = time.process_time(), 0.0
    trials: list[Trial] = []
    for site, moves in sites.items():
        before = time.process_time()
        SiteRules(moves)
        slowest = max(slowest, time.process_time() - before)
        trials += trials_of(site, moves)
    print(table(trials))
    names = sorted({trial.site for trial in trials})
    for number in (0, 1):
        half = set(names[number::2])
        print(f"\nhalf {number + 1} of the sites:")
        print(table([trial for trial in trials if trial.site in half]))
    seconds = time.process_time() - started
    print(f"\n{seconds:.0f} s of processor time; rules of one site: {slowest:.2f} s at most")


if __name__ == "__main__":
    main()
