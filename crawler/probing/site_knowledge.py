"""Collect what is known of a site while its links are probed, to recognise soft 404s by."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime, timedelta
from random import choices
from string import ascii_lowercase

from crawler.liveness import SiteKnowledge, needs_sibling, sibling_url
from crawler.politeness.url_filters import NO_ACCEPTED_STATUSES, AcceptedStatuses
from crawler.probing.target import ProbeTarget
from store.vocabulary import PageEvidence, Probe, Role
from store.work.host_knowledge import HostKnowledge

_SIBLING_VALID = timedelta(days=90)  # sites seldom change how they say "not found"
_LETTERS = 25


class SiteState:
    """What is known of a host: from earlier runs, and from the probes of this one.

    Args:
        known: What earlier runs stored.
        now: The current time; an old sibling probe does not count.
        accepted: Returns the statuses that the configuration accepts as success for a URL.
    """

    def __init__(
        self, known: HostKnowledge, now: datetime, accepted: AcceptedStatuses = NO_ACCEPTED_STATUSES
    ) -> None:
        self._accepted = accepted
        fresh = known.sibling_at is not None and now - known.sibling_at < _SIBLING_VALID
        self._sibling = known.sibling if fresh else None
        self._is_sibling_requested = fresh
        self._redirect_targets: defaultdict[str, set[int]] = defaultdict(
            set, {url: set(ids) for url, ids in known.redirect_targets.items()}
        )

    def knowledge(
        self, link_id: int, probe: Probe, archived: PageEvidence | None = None
    ) -> SiteKnowledge:
        """Return what is known of the site when a link's probe is judged.

        Args:
            link_id: The link.
            probe: Its probe.
            archived: What a memento of the link showed; None if that is unknown.

        Returns:
            Among others, how many other links redirect to where this one ended, and the probe of
            a random URL of the site.
        """
        end = probe.requests[-1].url if probe.requests else ""
        return SiteKnowledge(
            sibling=self._sibling,
            shared_targets={end: len(self._redirect_targets.get(end, set()) - {link_id})},
            archived=archived,
            accepted=self._accepted(probe.url),
        )

    def learn(self, link_id: int, probe: Probe) -> None:
        """Store where a link's redirects ended."""
        if probe.requests and probe.requests[-1].hop:
            self._redirect_targets[probe.requests[-1].url].add(link_id)

    def sibling_for(
        self, link_id: int, probe: Probe, archived: PageEvidence | None = None
    ) -> ProbeTarget | None:
        """Return a random URL of the site to be probed, if that may change a judgement.

        Args:
            link_id: The link.
            probe: Its probe.
            archived: What a memento of the link showed; None if that is unknown.

        Returns:
            None if the probe can be judged without, or if one was requested already.
        """
        if self._is_sibling_requested or not needs_sibling(
            probe, self.knowledge(link_id, probe, archived)
        ):
            return None
        word = "".join(choices(ascii_lowercase, k=_LETTERS))  # noqa: S311  no secret
        url = sibling_url(probe.url, word)
        if url is None:
            return None
        self._is_sibling_requested = True
        return ProbeTarget(url=url, role=Role.LINK)

    def accept_sibling(self, probe: Probe) -> bool:
        """Store the probe of a random URL.

        Returns:
            False if there was no response, so nothing to store.
        """
        has_response = bool(probe.requests) and probe.requests[-1].status is not None
        if has_response:
            self._sibling = probe
        return has_response
