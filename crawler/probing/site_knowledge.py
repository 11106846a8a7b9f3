"""Collect what is known of a site while its links are probed, to recognise soft 404s by."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from random import choices
from string import ascii_lowercase
from typing import Final

from crawler.http.urls import join_url
from crawler.liveness import (
    MAX_CONTROLS,
    MAX_VARYING_CONTROLS,
    SiteKnowledge,
    can_be_compared,
    first_folder,
    is_home_page,
    is_served,
    is_suspicious,
    needs_control,
    needs_home_page,
    needs_newer_sibling,
    needs_sibling,
    shows_page,
    sibling_url,
    varies_by_query,
)
from crawler.politeness.url_filters import NO_ACCEPTED_STATUSES, AcceptedStatuses
from crawler.probing.cited_pages import VALID, CitedPages, is_cited_page
from crawler.probing.query_siblings import QuerySiblings, is_newer_than
from crawler.probing.target import ProbeTarget
from store.vocabulary import PageEvidence, Probe, Role
from store.work.host_knowledge import APP_UNKNOWN, HostKnowledge

_LETTERS: Final = 25
# A random URL that got no response says nothing; it is requested again after some runs.
_UNANSWERED_VALID: Final = timedelta(days=7)
# Responses that are compared word by word where pages vary: what is new today must be on both.
_SAME_TIME: Final = timedelta(hours=12)
# First folders of a host in which a random URL is requested: so many to see whether their
# responses differ, and so many if they do.
_FIRST_SIBLINGS: Final = 2
_MAX_SIBLINGS: Final = 8
# A remembered response to a random URL that is older is requested again where it decides.
_SIBLING_CLEARS: Final = timedelta(days=3)


class SiteState:
    """The knowledge of a host: from earlier runs, and from the probes of this one.

    Args:
        known: What earlier runs stored.
        now: The current time; an old sibling probe does not count. None: each one counts.
        accepted: Returns the statuses that the configuration accepts as success for a URL.
        sibling_days: For how many days a sibling probe counts; 0: none is requested.
    """

    def __init__(
        self,
        known: HostKnowledge,
        now: datetime | None,
        accepted: AcceptedStatuses = NO_ACCEPTED_STATUSES,
        *,
        sibling_days: float = 90,
    ) -> None:
        self._accepted = accepted
        self._sibling_days = sibling_days
        self._now = now
        self._siblings: dict[str, Probe] = {}
        self._controls: defaultdict[str, list[Probe]] = defaultdict(list)
        self._requested_controls: Counter[str] = Counter()
        self._renewed_folders: set[str] = set()
        self._query_siblings = QuerySiblings()
        self._home: Probe | None = None
        self._cited_pages = CitedPages()
        self._requested_folders: set[str] = set()
        self._is_home_requested = False
        for sibling in reversed(known.siblings):
            if now is None or now - sibling.finished_at < self._validity(sibling):
                self.accept_sibling(sibling)
                if is_home_page(sibling.url) and not is_cited_page(sibling):
                    self._is_home_requested = True
                elif _is_of_path(sibling) and not _is_outdated(sibling):
                    self._requested_folders.add(first_folder(sibling.url))
        self._redirect_targets: defaultdict[str, set[int]] = defaultdict(
            set, {url: set(ids) for url, ids in known.redirect_targets.items()}
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
            Among others, how many other links redirect to where this one ended, and the probe of
            a random URL of the site: in the link's first folder, or anywhere if there is none.
            For a response without a page, which is compared with none, only accepted statuses.
        """
        accepted = self._accepted(probe.url)
        if not can_be_compared(probe):
            return SiteKnowledge(accepted=accepted)
        end = probe.requests[-1].url if probe.requests else ""
        sibling = self._sibling_of(probe.url)
        query_sibling, query_controls = self._query_siblings.of(probe.url)
        neighbour, lost = self._cited_pages.beside(probe.url)
        return SiteKnowledge(
            sibling=sibling,
            controls=tuple(self._controls[first_folder(sibling.url)]) if sibling else (),
            query_sibling=query_sibling,
            query_controls=query_controls,
            neighbour=neighbour,
            lost=lost,
            home=self._home,
            shared_targets={end: len(self._redirect_targets.get(end, set()) - {link_id})},
            archived=archived,
            cited_as=tuple(cited_as),
            accepted=accepted,
        )

    def learn(self, link_id: int, probe: Probe) -> None:
        """Store where a link's redirects ended."""
        if probe.requests and probe.requests[-1].hop:
            self._redirect_targets[probe.requests[-1].url].add(link_id)

    def new_evidence(self, probe: Probe, known: SiteKnowledge) -> Sequence[Probe]:
        """Return a link's page as evidence for other links of the host, if it is new, to be stored.

        Args:
            probe: The probe of the link, which was judged.
            known: What was known of its site.
        """
        if not shows_page(probe):
            return ()
        neighbour = self._cited_pages.add(probe, self._served_siblings())
        lost = self._cited_pages.add_lost(probe, known)
        return [page for page in (neighbour, lost) if page is not None]

    def late_neighbour(self) -> Probe | None:
        """Return the page that a new random URL shows to be one of its own, to be stored."""
        return self._cited_pages.take_neighbour(self._served_siblings())

    def sibling_for(
        self, link_id: int, probe: Probe, archived: PageEvidence | None = None
    ) -> ProbeTarget | None:
        """Return a random URL of the site to be probed, if a link's probe is compared with it.

        Args:
            link_id: The link.
            probe: Its probe.
            archived: What a memento of the link showed; None if that is unknown.

        Returns:
            None if the probe can be judged without, or if the response is known.
        """
        if self._sibling_days <= 0 or not shows_page(probe):
            return None
        folder = first_folder(probe.url)
        is_stale = folder not in self._renewed_folders and self._is_stale(probe.url)
        if is_stale and needs_newer_sibling(probe, self.knowledge(link_id, probe, archived)):
            self._renewed_folders.add(folder)
            self._requested_folders.add(folder)
            return _random_target(probe.url)
        if folder in self._requested_folders:
            return None
        known = SiteKnowledge(archived=archived, accepted=self._accepted(probe.url))
        if not self._may_request_another(probe, known) or not needs_sibling(probe, known):
            return None
        target = _random_target(probe.url)
        if target is not None:
            self._requested_folders.add(folder)
        return target

    def may_repeat_page(self, url: str) -> bool:
        """Return whether the site may show a page like that of a URL at other URLs, too.

        Returns:
            False if it shows none at a random URL, and the URL has no query to be varied.
        """
        return (
            "?" in url
            or self._has_served_sibling(url)
            or self._query_siblings.of(url)[0] is not None
        )

    def control_for(
        self,
        link_id: int,
        probe: Probe,
        archived: PageEvidence | None = None,
        *,
        is_failing: bool = False,
    ) -> ProbeTarget | None:
        """Return another random URL to be probed, if it decides whether a page is the first one's.

        Args:
            link_id: The link.
            probe: Its probe.
            archived: What a memento of the link showed; None if that is unknown.
            is_failing: Earlier probes called the link broken. Old responses do not clear it.

        Returns:
            None if the probe can be judged without, or if two were requested in this folder.
        """
        sibling = self._sibling_of(probe.url)
        if sibling is None or self._sibling_days <= 0:
            return None
        if not shows_page(probe) or not is_served(sibling):
            return None
        folder = first_folder(sibling.url)
        stored = 0 if is_failing else len(self._controls[folder])
        if max(stored, self._requested_controls[folder]) >= MAX_CONTROLS:
            return None
        if not needs_control(probe, self.knowledge(link_id, probe, archived)):
            return None
        self._requested_controls[folder] += 1
        return _random_target(sibling.url)

    def another_control_for(self, probe: Probe, known: SiteKnowledge) -> ProbeTarget | None:
        """Return a further random URL to be probed for a page that may vary; None after enough.

        Those of earlier runs do not count: news of the day are then no text of the page's own.
        """
        since = None if self._now is None else self._now - _SAME_TIME
        if varies_by_query(probe, known):
            return self._query_siblings.another_for(probe, _random_word(), since)
        if known.sibling is None:
            return None
        folder = first_folder(known.sibling.url)
        stored = sum(is_newer_than(since, control) for control in self._controls[folder])
        requested = self._requested_controls[folder]
        if max(stored, requested) >= MAX_VARYING_CONTROLS:
            return None
        self._requested_controls[folder] += 1
        return _random_target(known.sibling.url)

    def query_sibling_for(
        self,
        link_id: int,
        probe: Probe,
        archived: PageEvidence | None = None,
        cited_as: Sequence[str] = (),
    ) -> ProbeTarget | None:
        """Return a random query of a link's script to be probed, if that decides; else None."""
        if self._sibling_days <= 0 or "?" not in probe.url:
            return None
        known = self.knowledge(link_id, probe, archived, cited_as)
        return self._query_siblings.target_for(probe, known, _random_word())

    def home_page_for(
        self, link_id: int, probe: Probe, archived: PageEvidence | None = None
    ) -> ProbeTarget | None:
        """Return the host's home page to be probed, if a link's page is that of a random URL.

        Args:
            link_id: The link.
            probe: Its probe.
            archived: What a memento of the link showed; None if that is unknown.

        Returns:
            None if the probe can be judged without, or if the home page was requested.
        """
        if self._is_home_requested or not self._has_served_sibling(probe.url):
            return None
        if not needs_home_page(probe, self.knowledge(link_id, probe, archived)):
            return None
        self._is_home_requested = True
        return ProbeTarget(url=join_url(probe.requests[0].url, "/"), role=Role.LINK)

    def accept_sibling(self, probe: Probe) -> None:
        """Add the probe of a random URL, or of the home page, to what is known.

        One without a response says nothing.
        """
        if not _is_answered(probe):
            return
        if is_cited_page(probe):
            self._cited_pages.accept(probe)
            return
        if is_home_page(probe.url):
            self._home = probe
            return
        if not _is_of_path(probe):
            self._query_siblings.accept(probe)
            return
        folder = first_folder(probe.url)
        if folder in self._siblings:
            self._controls[folder] = [self._siblings[folder], *self._controls[folder]][
                :MAX_VARYING_CONTROLS
            ]
        self._siblings[folder] = probe

    def _is_stale(self, url: str) -> bool:
        """Return whether the sibling of a URL is an old one."""
        sibling = self._sibling_of(url)
        if sibling is None or self._now is None:
            return False
        return self._now - sibling.finished_at > _SIBLING_CLEARS

    def _may_request_another(self, probe: Probe, known: SiteKnowledge) -> bool:
        """Return whether a sibling is worth a request beside those requested in other folders."""
        requested = len(self._requested_folders)
        if requested < _FIRST_SIBLINGS:
            return True
        differ = len({_kind_of_answer(sibling) for sibling in self._siblings.values()}) > 1
        return requested < _MAX_SIBLINGS and (differ or is_suspicious(probe, known))

    def _sibling_of(self, url: str) -> Probe | None:
        """Return the sibling in a URL's first folder, else the newest one."""
        newest = next(reversed(self._siblings.values()), None)
        return self._siblings.get(first_folder(url), newest)

    def _served_siblings(self) -> Sequence[Probe]:
        """Return the siblings of all folders in which the site shows a page at a random URL."""
        return [sibling for sibling in self._siblings.values() if is_served(sibling)]

    def _has_served_sibling(self, url: str) -> bool:
        """Return whether the site shows a page at a random URL; most sites answer 404."""
        sibling = self._sibling_of(url)
        return sibling is not None and is_served(sibling)

    def _validity(self, sibling: Probe) -> timedelta:
        if is_cited_page(sibling):
            return VALID
        longest = timedelta(days=self._sibling_days)
        return longest if _is_answered(sibling) else min(longest, _UNANSWERED_VALID)


def _random_target(url: str) -> ProbeTarget | None:
    """Return a random URL in the folder of another one; None for a home page."""
    random_url = sibling_url(url, _random_word())
    return ProbeTarget(url=random_url, role=Role.LINK) if random_url else None


def _random_word() -> str:
    return "".join(choices(ascii_lowercase, k=_LETTERS))  # noqa: S311  no secret


def _is_of_path(sibling: Probe) -> bool:
    """Return whether a random URL has a random path, and no random query."""
    return not is_cited_page(sibling) and "?" not in sibling.url


def _is_answered(sibling: Probe) -> bool:
    return bool(sibling.requests) and sibling.requests[-1].status is not None


def _is_outdated(sibling: Probe) -> bool:
    return sibling.evidence is not None and APP_UNKNOWN in sibling.evidence.html_markers


def _kind_of_answer(sibling: Probe) -> str:
    """Return whether a random URL was refused, served, or redirected, as far as that differs."""
    last = sibling.requests[-1]
    return "redirected" if last.hop else str((last.status or 0) // 100)
