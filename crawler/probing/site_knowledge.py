"""Collect the knowledge of a site while its links are probed, to recognise soft 404s.

It also chooses which random URLs to request. A page that is like the one at a random URL may be a
soft 404. The sibling of a link is the newest probe of a random URL beside it: in its first folder
(`path_siblings`), or of its path with a random query (`query_siblings`). Controls are further
probes of such URLs. They show what varies from one response to the next. The neighbour and the lost
page are cited pages (`cited_pages`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from crawler.http.urls import join_url
from crawler.liveness import (
    MAX_CONTROLS,
    MAX_VARYING_CONTROLS,
    SAME_TIME,
    SiteKnowledge,
    can_be_compared,
    is_home_page,
    is_served,
    judge,
    needs_control,
    needs_home_page,
    needs_newer_sibling,
    needs_sibling,
    random_name,
    shows_page,
    varies_by_query,
)
from crawler.politeness.url_filters import NO_ACCEPTED_STATUSES, AcceptedStatuses
from crawler.probing.cited_pages import CITED_PAGE_VALIDITY, CitedPages, is_cited_page
from crawler.probing.path_siblings import PathSiblings
from crawler.probing.query_siblings import QuerySiblings
from crawler.probing.target import ProbeTarget
from store.vocabulary import PageEvidence, Probe, Role, Verdict
from store.work.host_knowledge import HostKnowledge, is_incomplete

# A random URL without a response is requested again after this time.
_UNANSWERED_VALID: Final = timedelta(days=7)


class SiteState:
    """The knowledge of a host: from earlier runs, and from the probes of this one.

    Args:
        stored: What earlier runs stored.
        now: The current time, by which old sibling probes are ignored; None: all of them count.
        accepted: Returns the statuses that the configuration accepts as success for a URL.
        sibling_days: For how many days a sibling probe counts; 0: none is requested.
    """

    def __init__(
        self,
        stored: HostKnowledge,
        now: datetime | None,
        accepted: AcceptedStatuses = NO_ACCEPTED_STATUSES,
        *,
        sibling_days: float = 90,
    ) -> None:
        self._accepted = accepted
        self._sibling_days = sibling_days
        self._now = now
        self._path_siblings = PathSiblings()
        self._query_siblings = QuerySiblings()
        self._home: Probe | None = None
        self._cited_pages = CitedPages()
        self._is_home_requested = False
        for sibling in reversed(stored.siblings):  # the oldest first
            if now is None or now - sibling.finished_at < self._validity(sibling):
                self.accept_sibling(sibling)
                if is_home_page(sibling.url) and not is_cited_page(sibling):
                    self._is_home_requested = True
                elif _has_random_path(sibling) and not is_incomplete(sibling):
                    self._path_siblings.mark_requested(sibling.url)
        # The ids of the links that redirect to a URL.
        self._redirect_targets: defaultdict[str, set[int]] = defaultdict(
            set, {url: set(ids) for url, ids in stored.redirect_targets.items()}
        )

    def knowledge(
        self,
        link_id: int,
        probe: Probe,
        archived: PageEvidence | None = None,
        cited_as: Sequence[str] = (),
    ) -> SiteKnowledge:
        """Return what is known of the site when a link's probe is judged.

        Args:
            link_id: The link.
            probe: Its probe.
            archived: What a memento of the link showed; None if that is unknown.
            cited_as: The texts of its citations.

        Returns:
            The knowledge; only the accepted statuses if the probe shows no page or redirect that
            could be compared.
        """
        accepted = self._accepted(probe.url)
        if not can_be_compared(probe):
            return SiteKnowledge(accepted=accepted)
        final_url = probe.requests[-1].url if probe.requests else ""
        sharing_links = self._redirect_targets.get(final_url, set()) - {link_id}
        sibling = self._path_siblings.sibling_of(probe.url)
        query_sibling, query_controls = self._query_siblings.for_url(probe.url)
        neighbour, lost = self._cited_pages.for_url(probe.url)
        return SiteKnowledge(
            sibling=sibling,
            controls=self._path_siblings.controls_of(sibling) if sibling else (),
            query_sibling=query_sibling,
            query_controls=query_controls,
            neighbour=neighbour,
            lost=lost,
            home=self._home,
            shared_targets={final_url: len(sharing_links)},
            archived=archived,
            cited_as=tuple(cited_as),
            accepted=accepted,
        )

    def record_redirect(self, link_id: int, probe: Probe) -> None:
        """Add the URL at which a link's redirects ended."""
        if probe.requests and probe.requests[-1].hop:
            self._redirect_targets[probe.requests[-1].url].add(link_id)

    def new_evidence(self, probe: Probe, known: SiteKnowledge) -> Sequence[Probe]:
        """Return the new neighbour and lost page of the host, to be stored.

        Args:
            probe: The probe of a link, which was judged.
            known: What was known of its site.

        Returns:
            Up to two probes, with their markers.
        """
        if not shows_page(probe):
            return ()
        neighbour = self._cited_pages.add(probe, self._path_siblings.served())
        lost = self._cited_pages.add_lost(probe, known)
        return [page for page in (neighbour, lost) if page is not None]

    def choose_neighbour(self) -> Probe | None:
        """Return the neighbour among pages that were probed before a random URL, to be stored."""
        return self._cited_pages.choose_neighbour(self._path_siblings.served())

    def sibling_for(
        self,
        link_id: int,
        probe: Probe,
        archived: PageEvidence | None = None,
        *,
        is_failing: bool = False,
    ) -> ProbeTarget | None:
        """Return the random path to be probed as the sibling of a link, if it is needed.

        Args:
            link_id: The link.
            probe: Its probe.
            archived: What a memento of the link showed; None if that is unknown.
            is_failing: Whether the link is suspect or broken; only a recent sibling may clear it.

        Returns:
            None if the probe can be judged without it, or if the sibling is known.
        """
        if self._sibling_days <= 0 or not shows_page(probe):
            return None
        siblings, url = self._path_siblings, probe.url
        if self._now is not None and siblings.is_outdated(url, self._now, is_failing=is_failing):
            known = self.knowledge(link_id, probe, archived)
            if needs_newer_sibling(probe, known, is_failing=is_failing):
                return siblings.renew(url, random_name())
        if siblings.is_requested(url):
            return None
        known = SiteKnowledge(archived=archived, accepted=self._accepted(url))
        if not siblings.may_request(probe, known) or not needs_sibling(probe, known):
            return None
        return siblings.request(url, random_name())

    def own_sibling_for(
        self,
        link_id: int,
        probe: Probe,
        archived: PageEvidence | None = None,
        cited_as: Sequence[str] = (),
    ) -> ProbeTarget | None:
        """Return a random path in a link's own folder, if one of another folder condemns it.

        Args:
            link_id: The link.
            probe: Its probe.
            archived: What a memento of the link showed; None if that is unknown.
            cited_as: The texts of its citations.

        Returns:
            None if the link is not broken by what is known, or if its folder has a sibling.
        """
        if self._sibling_days <= 0 or not shows_page(probe):
            return None
        if not self._path_siblings.may_request_own(probe.url):
            return None  # decided first, as it is cheaper than a judgement
        known = self.knowledge(link_id, probe, archived, cited_as)
        if judge(probe, known).verdict is not Verdict.BROKEN:
            return None
        return self._path_siblings.request_own(probe.url, random_name())

    def may_repeat_page(self, url: str) -> bool:
        """Return whether the site may show the page of a URL at other URLs, too.

        Returns:
            False if the site shows no page at a random path, and the URL has no query to be varied.
        """
        return (
            "?" in url
            or self._path_siblings.has_served(url)
            or self._query_siblings.for_url(url)[0] is not None
        )

    def control_for(
        self,
        link_id: int,
        probe: Probe,
        archived: PageEvidence | None = None,
        *,
        is_failing: bool = False,
    ) -> ProbeTarget | None:
        """Return another random path to be probed, if it decides whether a page is the sibling's.

        Args:
            link_id: The link.
            probe: Its probe.
            archived: What a memento of the link showed; None if that is unknown.
            is_failing: Whether the link is suspect or broken. Stored controls do not count then, as
                only new ones may clear it.

        Returns:
            None if the probe can be judged without it, or if the folder has `MAX_CONTROLS`.
        """
        sibling = self._path_siblings.sibling_of(probe.url)
        if sibling is None or self._sibling_days <= 0:
            return None
        if not shows_page(probe) or not is_served(sibling):
            return None
        if self._path_siblings.count_controls(sibling, with_stored=not is_failing) >= MAX_CONTROLS:
            return None
        if not needs_control(probe, self.knowledge(link_id, probe, archived)):
            return None
        return self._path_siblings.request_control(sibling, random_name())

    def another_control_for(self, probe: Probe, known: SiteKnowledge) -> ProbeTarget | None:
        """Return a further random URL to be probed for a page that varies by itself.

        Controls that are older than `SAME_TIME` do not count, so that news of the day do not pass
        for text of the page.

        Returns:
            None if there are `MAX_VARYING_CONTROLS`.
        """
        since = None if self._now is None else self._now - SAME_TIME
        if varies_by_query(probe, known):
            return self._query_siblings.another_for(probe, random_name(), since)
        if known.sibling is None:
            return None
        if self._path_siblings.count_controls(known.sibling, since=since) >= MAX_VARYING_CONTROLS:
            return None
        return self._path_siblings.request_control(known.sibling, random_name())

    def query_sibling_for(
        self,
        link_id: int,
        probe: Probe,
        archived: PageEvidence | None = None,
        cited_as: Sequence[str] = (),
    ) -> ProbeTarget | None:
        """Return a random query of a link's script to be probed, if it is needed; else None."""
        if self._sibling_days <= 0 or "?" not in probe.url:
            return None
        known = self.knowledge(link_id, probe, archived, cited_as)
        return self._query_siblings.target_for(probe, known, random_name())

    def home_page_for(
        self, link_id: int, probe: Probe, archived: PageEvidence | None = None
    ) -> ProbeTarget | None:
        """Return the host's home page to be probed, if a link's page is like the sibling's.

        Args:
            link_id: The link.
            probe: Its probe.
            archived: What a memento of the link showed; None if that is unknown.

        Returns:
            None if the probe can be judged without it, or if the home page was requested.
        """
        if self._is_home_requested or not self._path_siblings.has_served(probe.url):
            return None
        if not needs_home_page(probe, self.knowledge(link_id, probe, archived)):
            return None
        self._is_home_requested = True
        return ProbeTarget(url=join_url("/", probe.requests[0].url), role=Role.LINK)

    def accept_sibling(self, probe: Probe) -> None:
        """Add the probe of a random URL, the home page, the neighbour or the lost page.

        Probes must be added in the order of their time. One without a response is ignored.
        """
        if not _has_response(probe):
            return
        if is_cited_page(probe):
            self._cited_pages.accept(probe)
            return
        if is_home_page(probe.url):
            self._home = probe
            return
        if _has_random_path(probe):
            self._path_siblings.accept(probe)
        else:
            self._query_siblings.accept(probe)

    def _validity(self, sibling: Probe) -> timedelta:
        """Return for how long a stored probe counts."""
        if is_cited_page(sibling):
            return CITED_PAGE_VALIDITY
        longest = timedelta(days=self._sibling_days)
        return longest if _has_response(sibling) else min(longest, _UNANSWERED_VALID)


def _has_random_path(sibling: Probe) -> bool:
    """Return whether a random URL has a random path, and no random query."""
    return not is_cited_page(sibling) and "?" not in sibling.url


def _has_response(sibling: Probe) -> bool:
    return bool(sibling.requests) and sibling.requests[-1].status is not None
