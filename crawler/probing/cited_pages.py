"""Remember two cited pages of a host that are evidence for its other links.

Some hosts show a page even at a random URL. For such a host, two pages are remembered:

- the neighbour: a cited page that differs from the one at the random URL. It proves that the host
  shows different pages at different URLs.
- the lost page: a cited page that is the same as the one at the random URL, and is broken by other
  evidence, such as its memento. It proves that the host shows that page in place of others.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import timedelta
from typing import Final

from crawler.liveness import SiteKnowledge, shows_lost_page, shows_other_page, shows_page
from store.vocabulary import PageEvidence, Probe
from store.work.host_knowledge import LOST_PAGE_MARKER, NEIGHBOUR_MARKER

# How long a stored page is evidence. It is longer than for random URLs, because it seldom changes
# whether a site has different pages.
CITED_PAGE_VALIDITY: Final = timedelta(days=400)
_RENEWED_AFTER: Final = timedelta(days=30)
_MAX_CANDIDATES: Final = 4  # pages that were probed before a random URL


class CitedPages:
    """The neighbour and the lost page of a host, from earlier runs and from this one.

    Attributes:
        neighbour: The probe of the neighbour; None if none is known.
        lost: The probe of the lost page; None if none is known.
    """

    def __init__(self) -> None:
        self.neighbour: Probe | None = None
        self.lost: Probe | None = None
        self._candidates: list[Probe] = []

    def accept(self, probe: Probe) -> None:
        """Add a page that an earlier run stored, as its marker says."""
        if LOST_PAGE_MARKER in _markers(probe):
            self.lost = probe
        else:
            self.neighbour = probe

    def for_url(self, url: str) -> tuple[Probe | None, Probe | None]:
        """Return the neighbour and the lost page as evidence for the page at a URL.

        Each is None if it is unknown, or is this page itself.
        """
        return _evidence_for(url, self.neighbour), _evidence_for(url, self.lost)

    def add(self, probe: Probe, at_random: Collection[Probe]) -> Probe | None:
        """Add the page of a link as a candidate, if no neighbour is known or only an old one.

        Args:
            probe: The probe of the link.
            at_random: The served probes of random URLs.

        Returns:
            The new neighbour with its marker, to be stored; None if there is none.
        """
        if not _is_recent(self.neighbour, probe) and shows_page(probe):
            self._candidates = [*self._candidates, probe][-_MAX_CANDIDATES:]
        return self.choose_neighbour(at_random)

    def choose_neighbour(self, at_random: Collection[Probe]) -> Probe | None:
        """Choose the neighbour among the candidates, once a random URL was served.

        Args:
            at_random: The served probes of random URLs; without any, the candidates are kept.

        Returns:
            The new neighbour with its marker, to be stored; None if there is none.
        """
        if not at_random:
            return None
        candidates, self._candidates = self._candidates, []
        for probe in candidates:
            sites = [SiteKnowledge(sibling=sibling) for sibling in at_random]
            if all(shows_other_page(probe, site) for site in sites):
                self.neighbour = probe
                return _with_marker(probe, NEIGHBOUR_MARKER)
        return None

    def add_lost(self, probe: Probe, known: SiteKnowledge) -> Probe | None:
        """Return the page of a link with its marker, to be stored, if it is a new lost page.

        Args:
            probe: The probe of the link.
            known: What is known of its site.

        Returns:
            None if the page is not lost, or a recent lost page is known.
        """
        if _is_recent(self.lost, probe) or not shows_lost_page(probe, known):
            return None
        self.lost = probe
        return _with_marker(probe, LOST_PAGE_MARKER)


def is_cited_page(probe: Probe) -> bool:
    """Return whether a stored probe is that of a cited page, and not of a random URL."""
    return not {NEIGHBOUR_MARKER, LOST_PAGE_MARKER}.isdisjoint(_markers(probe))


def _markers(probe: Probe) -> Collection[str]:
    return probe.evidence.html_markers if probe.evidence else ()


def _with_marker(probe: Probe, marker: str) -> Probe:
    """Return a probe whose page has a further marker."""
    page = probe.evidence or PageEvidence()
    return replace(probe, evidence=replace(page, html_markers=(*page.html_markers, marker)))


def _evidence_for(url: str, probe: Probe | None) -> Probe | None:
    """Return a probe as evidence for the page at a URL; None if it is the probe of that page."""
    return None if probe is None or probe.url == url else probe


def _is_recent(known: Probe | None, probe: Probe) -> bool:
    return known is not None and probe.finished_at - known.finished_at < _RENEWED_AFTER
