"""Keep the probes of random paths of a site, and choose which more to request.

They are kept by first folder (`first_folder`), as sites often differ from folder to folder. The
newest probe of a folder is its sibling, and older ones are controls.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from crawler.liveness import (
    MAX_VARYING_CONTROLS,
    SAME_TIME,
    SiteKnowledge,
    first_folder,
    is_served,
    is_suspicious,
    sibling_url,
)
from crawler.probing.query_siblings import is_newer_than
from crawler.probing.target import ProbeTarget
from store.vocabulary import Probe, Role

# Folders of a host in which a sibling is requested: the first number to see whether responses
# differ from folder to folder, and the second if they do.
_FIRST_FOLDERS: Final = 2
_MAX_FOLDERS: Final = 8
# Folders in which a sibling is requested because that of another folder would condemn a page.
_MAX_CONDEMNED_FOLDERS: Final = 40
# An older sibling is requested again where it decides.
_RENEWED_AFTER: Final = timedelta(days=3)


class PathSiblings:
    """The probes of random paths of a site, from earlier runs and from this one."""

    def __init__(self) -> None:
        self._siblings: dict[str, Probe] = {}
        self._controls: defaultdict[str, list[Probe]] = defaultdict(list)
        self._requested_controls: Counter[str] = Counter()
        self._requested_folders: set[str] = set()
        self._renewed_folders: set[str] = set()
        self._condemned_folders = 0  # in which a sibling was requested by `request_own`

    def accept(self, probe: Probe) -> None:
        """Add the probe of a random path, newer than those added before."""
        folder = first_folder(probe.url)
        if folder in self._siblings:
            self._controls[folder] = [self._siblings[folder], *self._controls[folder]][
                :MAX_VARYING_CONTROLS
            ]
        self._siblings[folder] = probe

    def sibling_of(self, url: str) -> Probe | None:
        """Return the sibling in a URL's first folder, else the newest one, if there is any."""
        newest = next(reversed(self._siblings.values()), None)
        return self._siblings.get(first_folder(url), newest)

    def controls_of(self, sibling: Probe) -> tuple[Probe, ...]:
        """Return the controls in the folder of a sibling, the newest first."""
        return tuple(self._controls[first_folder(sibling.url)])

    def served(self) -> Sequence[Probe]:
        """Return the siblings of all folders in which the site shows a page at a random path."""
        return [sibling for sibling in self._siblings.values() if is_served(sibling)]

    def has_served(self, url: str) -> bool:
        """Return whether the site shows a page at a random path; most sites answer 404."""
        sibling = self.sibling_of(url)
        return sibling is not None and is_served(sibling)

    def mark_requested(self, url: str) -> None:
        """Record that the first folder of a URL needs no sibling in this run."""
        self._requested_folders.add(first_folder(url))

    def is_requested(self, url: str) -> bool:
        """Return whether the first folder of a URL needs no sibling in this run."""
        return first_folder(url) in self._requested_folders

    def may_request(self, probe: Probe, known: SiteKnowledge) -> bool:
        """Return whether a sibling is worth a request beside those requested in other folders."""
        requested = len(self._requested_folders)
        if requested < _FIRST_FOLDERS:
            return True
        differ = len({_kind_of_response(sibling) for sibling in self._siblings.values()}) > 1
        return requested < _MAX_FOLDERS and (differ or is_suspicious(probe, known))

    def is_outdated(self, url: str, now: datetime, *, is_failing: bool = False) -> bool:
        """Return whether the sibling of a URL is old, and was not renewed in this run.

        Args:
            url: The URL of a link.
            now: The current time.
            is_failing: Whether the link is suspect or broken. Then a page that the site shows at a
                random path must be as recent as the link's.
        """
        sibling = self.sibling_of(url)
        if sibling is None or first_folder(url) in self._renewed_folders:
            return False
        longest = SAME_TIME if is_failing and is_served(sibling) else _RENEWED_AFTER
        return now - sibling.finished_at > longest

    def request(self, url: str, word: str) -> ProbeTarget | None:
        """Return a random path in the folder of a URL, as the sibling of its first folder.

        Args:
            url: The URL of a link.
            word: Random letters, the last part of the path.

        Returns:
            None for a home page, which has no siblings.
        """
        target = _random_path(url, word)
        if target is not None:
            self.mark_requested(url)
        return target

    def may_request_own(self, url: str) -> bool:
        """Return whether a URL is compared with another folder's sibling, but may get its own.

        Folders of a shared host belong to different people, who may serve any page at theirs.
        """
        folder = first_folder(url)
        has_own = folder in self._siblings or folder in self._requested_folders
        return not has_own and self._condemned_folders < _MAX_CONDEMNED_FOLDERS

    def request_own(self, url: str, word: str) -> ProbeTarget | None:
        """Return a random path in the folder of a URL, as `request` does, and count the folder."""
        self._condemned_folders += 1
        return self.request(url, word)

    def renew(self, url: str, word: str) -> ProbeTarget | None:
        """Return a random path in the folder of a URL, to replace an old sibling."""
        self._renewed_folders.add(first_folder(url))
        self.mark_requested(url)
        return _random_path(url, word)

    def count_controls(
        self, sibling: Probe, *, since: datetime | None = None, with_stored: bool = True
    ) -> int:
        """Return how many controls of a sibling are stored or were requested.

        Args:
            sibling: The sibling.
            since: Stored controls that are older do not count; None: all count.
            with_stored: Whether stored controls count at all.
        """
        folder = first_folder(sibling.url)
        requested = self._requested_controls[folder]
        if not with_stored:
            return requested
        stored = sum(is_newer_than(since, control) for control in self._controls[folder])
        return max(stored, requested)

    def request_control(self, sibling: Probe, word: str) -> ProbeTarget | None:
        """Return another random path in the folder of a sibling, as a control."""
        self._requested_controls[first_folder(sibling.url)] += 1
        return _random_path(sibling.url, word)


def _random_path(url: str, word: str) -> ProbeTarget | None:
    random_url = sibling_url(url, word)
    return ProbeTarget(url=random_url, role=Role.LINK) if random_url else None


def _kind_of_response(sibling: Probe) -> str:
    """Return "redirected", or the first digit of the last status code."""
    last = sibling.requests[-1]
    return "redirected" if last.hop else str((last.status or 0) // 100)
