"""Remember cited pages of a host that are evidence for its other links.

One kind is a page of its own: the host has other pages than the one at random URLs. The other is a
page that was lost: by its own evidence, the host serves something else in its place.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import timedelta
from typing import Final

from crawler.liveness import SiteKnowledge, shows_lost_page, shows_other_page, shows_page
from store.vocabulary import PageEvidence, Probe
from store.work.host_knowledge import LOST, NEIGHBOUR

# Such a page counts longer than a random URL: that a site has pages, or lost them, changes seldom.
VALID: Final = timedelta(days=400)
_FRESH: Final = timedelta(days=30)
_MAX_CANDIDATES: Final = 4


class CitedPages:
    """The cited pages of a host that show something of its others, from earlier runs and this one.

    Attributes:
        neighbour: A page of its own; None if none is known.
        lost: A page that was lost; None if none is known.
    """

    def __init__(self) -> None:
        self.neighbour: Probe | None = None
        self.lost: Probe | None = None
        self._candidates: list[Probe] = []

    def accept(self, probe: Probe) -> None:
        """Take over a page that an earlier run remembered."""
        if LOST in _markers(probe):
            self.lost = probe
        else:
            self.neighbour = probe

    def beside(self, url: str) -> tuple[Probe | None, Probe | None]:
        """Return the neighbour and the lost page, each None if it is the page at a URL."""
        return _unless(self.neighbour, url), _unless(self.lost, url)

    def add(self, probe: Probe, at_random: Collection[Probe]) -> Probe | None:
        """Look at the page of a link, if none of its own is known, or only an old one.

        Args:
            probe: The probe of the link.
            at_random: Those of random URLs that are served.

        Returns:
            The page, marked to be stored, if it is one of its own.
        """
        if not _is_fresh(self.neighbour, probe) and shows_page(probe):
            self._candidates = [*self._candidates, probe][-_MAX_CANDIDATES:]
        return self.take_neighbour(at_random)

    def take_neighbour(self, at_random: Collection[Probe]) -> Probe | None:
        """Return the page of its own that was seen before a random URL was served; None if none."""
        if not at_random:
            return None
        candidates, self._candidates = self._candidates, []
        for probe in candidates:
            known = [SiteKnowledge(sibling=sibling) for sibling in at_random]
            if all(shows_other_page(probe, site) for site in known):
                self.neighbour = probe
                return _mark(probe, NEIGHBOUR)
        return None

    def add_lost(self, probe: Probe, known: SiteKnowledge) -> Probe | None:
        """Return the page of a link, marked to be stored, if it is a new lost page.

        Args:
            probe: The probe of the link.
            known: What is known of its site.
        """
        if _is_fresh(self.lost, probe) or not shows_lost_page(probe, known):
            return None
        self.lost = probe
        return _mark(probe, LOST)


def is_cited_page(probe: Probe) -> bool:
    """Return whether a stored probe is that of a cited page, and not of a random URL."""
    return not {NEIGHBOUR, LOST}.isdisjoint(_markers(probe))


def _markers(probe: Probe) -> Collection[str]:
    return probe.evidence.html_markers if probe.evidence else ()


def _mark(probe: Probe, marker: str) -> Probe:
    page = probe.evidence or PageEvidence()
    return replace(probe, evidence=replace(page, html_markers=(*page.html_markers, marker)))


def _unless(probe: Probe | None, url: str) -> Probe | None:
    return None if probe is None or probe.url == url else probe


def _is_fresh(known: Probe | None, probe: Probe) -> bool:
    return known is not None and probe.finished_at - known.finished_at < _FRESH
