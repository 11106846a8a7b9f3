"""What is known of a site while its links are probed: what soft 404s are told by, beside the page itself."""

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

_SIBLING_COUNTS = timedelta(days=90)  # sites change how they say "not here" seldom
_LETTERS = 25


class SiteState:
    """One host's ways: what earlier runs learnt, what this one adds, and the statuses `accepted` by the configuration."""

    def __init__(
        self, known: HostKnowledge, now: datetime, accepted: AcceptedStatuses = NO_ACCEPTED_STATUSES
    ) -> None:
        self._accepted = accepted
        fresh = known.sibling_at is not None and now - known.sibling_at < _SIBLING_COUNTS
        self._sibling = known.sibling if fresh else None
        self._asked = fresh
        self._endings: defaultdict[str, set[int]] = defaultdict(
            set, {url: set(ids) for url, ids in known.redirect_targets.items()}
        )

    def knowledge(
        self, link_id: int, probe: Probe, archived: PageEvidence | None = None
    ) -> SiteKnowledge:
        """Say what is known when one link's probe is judged: how many others end where it ended, and what nonsense is answered with."""
        end = probe.requests[-1].url if probe.requests else ""
        return SiteKnowledge(
            sibling=self._sibling,
            shared_targets={end: len(self._endings.get(end, set()) - {link_id})},
            archived=archived,
            accepted=self._accepted(probe.url),
        )

    def learn(self, link_id: int, probe: Probe) -> None:
        """Note where a link's redirects ended."""
        if probe.requests and probe.requests[-1].hop:
            self._endings[probe.requests[-1].url].add(link_id)

    def sibling_for(
        self, link_id: int, probe: Probe, archived: PageEvidence | None = None
    ) -> ProbeTarget | None:
        """Give an address nobody has, where asking for it could tip the balance; once a host."""
        if self._asked or not needs_sibling(probe, self.knowledge(link_id, probe, archived)):
            return None
        url = sibling_url(probe.url, "".join(choices(ascii_lowercase, k=_LETTERS)))  # noqa: S311  no secret
        if url is None:
            return None
        self._asked = True
        return ProbeTarget(url=url, role=Role.LINK)

    def accept_sibling(self, probe: Probe) -> bool:
        """Take in the answer to nonsense; tell whether there was one, and so something to remember."""
        answered = bool(probe.requests) and probe.requests[-1].status is not None
        if answered:
            self._sibling = probe
        return answered
