"""Read findings together with the histories of their links."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice

from reports.model import Finding
from store.queries.link_history import RecentHistory

NO_HISTORY = RecentHistory()


def with_histories(
    findings: Iterable[Finding],
    read: Callable[[Sequence[int]], Mapping[int, RecentHistory]],
    *,
    batch_size: int,
) -> Iterator[tuple[Finding, RecentHistory]]:
    """Yield each finding with the history of its link.

    Args:
        findings: The findings.
        read: Reads the histories of links by their ids.
        batch_size: Number of histories that are read at once and kept in memory.
    """
    rest = iter(findings)
    while batch := list(islice(rest, batch_size)):
        histories = read([finding.link.id for finding in batch])
        for finding in batch:
            yield finding, histories.get(finding.link.id, NO_HISTORY)
