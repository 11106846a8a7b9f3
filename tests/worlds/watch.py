"""Run the real command line on an invented web, day after day, and compare with the truth."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from crawler.http.urls import link_key
from tests.acceptance.folder import Folder, error_lines
from tests.worlds import wiki
from tests.worlds.archive import WorldArchive, index_key
from tests.worlds.serving import World
from tests.worlds.truth import Cited, InventedWeb, Truth

# Nights on which something is due; on the others a run would request nothing.
DAYS = (0, 1, 2, 6, 8, 9)
_MEMENTO = re.compile(r"/web/(\d{14})[a-z_]*/(.+)")
# The product's own defaults but for the pace; the host that times out is not waited for as long as slow ones.
SETTINGS = """\
[network]
contact = "mailto:tests@wiki.example"
ca_file = {ca_file}

[network.connect_to]
{connect_to}

[hosts."*"]
interval = 0.0
timeout = 60
retry_wait = 0.05

[hosts."saltpan.example"]
timeout = 1

[archives.wayback]
endpoint = {endpoint}
availability_endpoint = {availability}
lookups_per_minute = 6000
replays_per_minute = 6000
"""


@dataclass
class Night:
    """The verdicts of one run by link key, and the number of its requests."""

    day: int
    rows: dict[str, dict[str, Any]]
    visits: list[str] = field(default_factory=list)
    lookups: int = 0


class Watch:
    """A wiki that cites an invented web, and the runs that checked it."""

    def __init__(
        self, web: InventedWeb, folder: Folder, world: World, archive: WorldArchive
    ) -> None:
        self.web, self.folder, self._world, self._archive = web, folder, world, archive
        self.nights: list[Night] = []
        for name, text in wiki.pages(web.cited):
            folder.write(name, text)

    def _configure(self, day: int) -> None:
        """Write a configuration that leads to the web's servers, except for hosts that do not resolve."""
        there = "\n".join(
            f"{json.dumps(name)} = {json.dumps(address)}"
            for name, address in self._world.connect_to().items()
            if not self.web.without_name(name.partition(":")[0], day)
        )
        endpoint = self._archive.endpoint
        settings = SETTINGS.format(
            ca_file=json.dumps(str(self._world.ca_file)),
            connect_to=there,
            endpoint=json.dumps(endpoint),
            availability=json.dumps(f"{endpoint}/wayback/available"),
        )
        self.folder.write("holdfast.toml", settings)

    def run(self, day: int) -> Night:
        """Run the nightly job on a day."""
        if self.nights:
            self.folder.age_history(timedelta(days=day - self.nights[-1].day))
        self._world.day = day
        self._configure(day)
        seen, heard = len(self._world.visits), len(self._archive.requests)
        done = self.folder.holdfast("run", "wiki", "--fail-on", "never")
        error_lines(done)
        assert done.returncode == 0, done.stderr
        rows = {link_key(row["url"]): row for row in self.folder.report() if row["role"] == "link"}
        visits = [visit.url for visit in self._world.visits[seen:]]
        night = Night(day, rows, visits, len(self._archive.requests) - heard)
        self.nights.append(night)
        return night

    def said(self, cited: Cited, night: Night) -> dict[str, Any]:
        """Return what a run's report says of a cited page."""
        return night.rows[link_key(cited.url)]

    def describe(self, cited: Cited, night: Night) -> str:
        """Return a line on what a run's report says of a cited page."""
        row = self.said(cited, night)
        said = f"{row['state']}, {row['reason']}: {row['detail']}"
        return f"{cited.kind} ({cited.archived_as}): {cited.url}: night {night.day}: {said}; copy: {row['best_mirror']}"

    # --- scores

    def false_alarms(self) -> list[tuple[Cited, Night]]:
        """Return living pages that a run called broken, except on days on which they failed."""
        return [
            (cited, night)
            for cited in self._of(Truth.LIVING)
            for night in self.nights
            if self.said(cited, night)["verdict"] == "broken"
            and not cited.failing_days & set(range(night.day + 1))
        ]

    def unseen(self) -> list[Cited]:
        """Return living pages that the last run calls neither alive nor, behind a bot check or login, blocked."""
        return [
            cited
            for cited in self._of(Truth.LIVING)
            if self.said(cited, self.nights[-1])["state"] not in cited.accepted_states
        ]

    def missed(self, night: Night) -> list[Cited]:
        """Return dead pages whose verdict in a run is not broken, or that the last run missed."""
        found = []
        for cited in self._of(Truth.DEAD):
            row = self.said(cited, night)
            caught = row["verdict"] == "broken"
            if night is self.nights[-1]:
                caught = row["state"] in cited.accepted_states
            if cited.dies <= night.day and not caught:
                found.append(cited)
        return found

    def recoverable(self) -> list[Cited]:
        """Return pages dead from the first day of which the archive has a copy."""
        return [cited for cited in self._of(Truth.DEAD) if cited.copies and not cited.dies]

    def unnamed(self, night: Night) -> list[Cited]:
        """Return recoverable pages for which a run names no copy, or a wrong one."""
        return [cited for cited in self.recoverable() if not self._is_right(cited, night)]

    def wrong(self, night: Night) -> list[Cited]:
        """Return dead pages for which a run names a copy that shows something else."""
        return [
            cited
            for cited in self._of(Truth.DEAD)
            if self.said(cited, night)["best_mirror"] and not self._is_right(cited, night)
        ]

    def requests_a_link(self) -> float:
        """Return the number of requests of the first run for a cited page, without retries."""
        steady = {cited.url for cited in self.web.cited if not cited.failing_days} - self._shaky()
        keys = Counter(link_key(url) for url in self.nights[0].visits)
        wanted = {link_key(url) for url in steady} & set(keys)
        return sum(keys[key] for key in wanted) / len(wanted)

    def _shaky(self) -> set[str]:
        """Return cited pages whose first response leads to a retry."""
        kinds = {"500", "connection reset", "silence", "fails for a day", "wall for programs", "cookie needed", "redirect loop", "HEAD refused"}  # fmt: skip
        return {cited.url for cited in self.web.cited if cited.kind in kinds}

    def siblings(self) -> int:
        """Return the number of requests of the first run for URLs that are neither cited nor redirect targets."""
        known = {link_key(cited.url) for cited in self.web.cited}
        known |= {link_key(url) for url in self._world.targets}
        requested = self.nights[0].visits
        return sum(link_key(url) not in known and "robots.txt" not in url for url in requested)

    def _of(self, truth: Truth) -> Iterator[Cited]:
        return (cited for cited in self.web.cited if cited.truth is truth)

    def _is_right(self, cited: Cited, night: Night) -> bool:
        """Return whether a run names a copy that shows what was cited."""
        match = _MEMENTO.search(self.said(cited, night)["best_mirror"] or "")
        right = {(timestamp, index_key(original)) for timestamp, original in cited.copies}
        return match is not None and (match[1], index_key(match[2])) in right


def count_kinds(names: Iterable[str]) -> str:
    """Return a table of how often each name occurs, the most frequent first."""
    return "\n".join(f"  {count:4} {name}" for name, count in Counter(names).most_common())
