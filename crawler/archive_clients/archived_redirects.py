"""Follow captured redirects of a page, and decide whether their targets show the page.

A page that was never captured itself may have been captured as a redirect. A snapshot of the
redirect's target counts as one of the page if other pages of the folder were not redirected to the
same target: a site that closes redirects all its pages to one place. "Unique among the redirects
of the same directory within 90 days" is the rule of Nyayachavadi et al., "Characterizing
permanently dead links on Wikipedia" (IMC 2022).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import urljoin

from waybackpy.cdx_snapshot import CDXSnapshot

from crawler.archive_clients.cdx import (
    MAX_ROWS,
    REDIRECT_STATUSES,
    SERVED_STATUSES,
    SERVICE,
    CdxQuery,
    Get,
    neighbour_prefix,
    readable_rows,
    wayback_snapshot,
)
from crawler.archive_clients.transport import check_rate_limit
from crawler.archives.interface import NoUsableResponse
from crawler.archives.mirror_urls import parse_mirror
from crawler.archives.short_links import is_short_link
from crawler.archives.spellings import spelling_of, without_session_id
from crawler.http.url_privacy import has_foreign_secret
from crawler.http.urls import host_of, link_key, same_address, split_url
from crawler.liveness.rules.redirects import is_home_page
from crawler.liveness.rules.soft404 import is_error_address
from store.vocabulary import MirrorAddress, Snapshot, Spelling, parse_timestamp

_MAX_REDIRECTS_TRIED: Final = 3  # captured redirects of the page itself
_MAX_NEIGHBOURS: Final = 3  # captured redirects of other pages of the folder
_MAX_HOPS: Final = 6  # redirects in a chain: captured ones and the archive's own
_MAX_NEIGHBOUR_GAP: Final = timedelta(days=90)  # between a redirect and its neighbours
_MAX_TARGET_GAP: Final = timedelta(days=365)  # between a redirect and the capture of its target


class ArchivedRedirects:
    """Follows captured redirects.

    Args:
        endpoint: The service's base address.
        get: Sends a request to the service and checks the response.
        get_any: Sends a request and returns a response of any status.
    """

    def __init__(self, endpoint: str, get: Get, get_any: Get) -> None:
        self._endpoint = endpoint
        self._get = get
        self._get_any = get_any

    def target_of(self, url: str, moment: datetime) -> Snapshot | None:
        """Return the snapshot of the target of a captured redirect of a page; None without any.

        Of several redirects, those nearest in time are tried first.

        Args:
            url: The page's URL.
            moment: The time at which the author of the citation read the page.

        Raises:
            ArchiveError: The service did not respond, or with an error.
        """
        for row in self._redirects_of(url, moment)[:_MAX_REDIRECTS_TRIED]:
            address, status = self._follow(row)
            target = _snapshot_of_target(row, address, status)
            if target is None or not _may_be_page(target.original, url):
                continue
            if contains_private_token(target.original, url):
                continue
            spelling = self._spelling_of_redirect(url, row, target)
            if spelling is not None:
                return replace(target, spelling=spelling)
        return None

    def _redirects_of(self, url: str, moment: datetime) -> Sequence[CDXSnapshot]:
        """Return the captured redirects of the page itself, the nearest in time first."""
        query = CdxQuery(
            url, self._endpoint, self._get, limit=-MAX_ROWS, statuses=REDIRECT_STATUSES
        )
        rows = readable_rows(query.rows())
        redirects = [row for row in rows if _is_own_redirect(row, url)]
        return sorted(redirects, key=lambda row: _gap(row.timestamp, moment))

    def _follow(self, row: CDXSnapshot) -> tuple[MirrorAddress, int]:
        """Return where replaying a captured redirect ends.

        Returns:
            The last address, and its status if a capture of it was shown, else 0.

        Raises:
            NoUsableResponse: The service responded with a server error.
        """
        address = MirrorAddress(
            service=SERVICE, timestamp=row.timestamp, original=row.original.replace(" ", "%20")
        )
        seen: set[str] = set()
        for _ in range(_MAX_HOPS):
            url = self._raw_url(address)
            if url in seen:
                return address, 0  # a loop
            seen.add(url)
            response = self._get_any(url)
            check_rate_limit(response)
            if response.status >= 500:
                raise NoUsableResponse(response.excerpt, status=response.status)
            if str(response.status) in SERVED_STATUSES:
                is_capture = "Memento-Datetime" in response.headers
                return address, response.status if is_capture else 0
            next_address = self._location(url, response.headers.get("Location", ""))
            if str(response.status) not in REDIRECT_STATUSES or next_address is None:
                return address, 0
            address = next_address
        return address, 0

    def _raw_url(self, address: MirrorAddress) -> str:
        """Return the URL at which the service replays a capture unchanged (modifier `id_`)."""
        return f"{self._endpoint}/web/{address.timestamp}id_/{address.original}"

    def _location(self, base: str, location: str) -> MirrorAddress | None:
        """Return the capture that a Location header names; None if it leaves the archive."""
        try:
            url = urljoin(base, location)
        except ValueError:
            return None
        if url.startswith(self._endpoint):  # which may be another host in the configuration
            url = f"https://web.archive.org{url.removeprefix(self._endpoint)}"
        mirror = parse_mirror(url)
        if mirror is None or mirror.service != SERVICE or not mirror.original:
            return None
        return mirror if len(mirror.timestamp) == 14 else None

    def _spelling_of_redirect(
        self, url: str, row: CDXSnapshot, target: Snapshot
    ) -> Spelling | None:
        """Return how a redirect's target is related to the page; None if it cannot be trusted.

        Returns:
            `Spelling.REDIRECT` if other pages of the folder were redirected to other targets, or if
            the target has the page's name. None if other pages were redirected to the same target.
            `Spelling.LONE_REDIRECT` if no redirect of another page shows either; the text of the
            snapshot must then prove that it shows the page.
        """
        if is_short_link(url):
            return Spelling.REDIRECT  # short links do not share targets
        neighbours = self._redirects_of_neighbours(url, row_time(row))
        different_targets = 0
        for neighbour in neighbours[:_MAX_NEIGHBOURS]:
            end, _ = self._follow(neighbour)
            other_target = end.original or ""
            if same_address(other_target, target.original):
                return None
            # A redirect to https or to another host name shows nothing about the site's moves.
            is_to_itself = spelling_of(other_target, neighbour.original) is not None
            if not is_to_itself and not is_home_page(other_target):
                different_targets += 1
        name = _last_segment(url)
        keeps_name = name != "" and name in _last_segment(target.original)
        if different_targets or keeps_name:
            return Spelling.REDIRECT
        return Spelling.LONE_REDIRECT

    def _redirects_of_neighbours(self, url: str, moment: datetime) -> Sequence[CDXSnapshot]:
        """Return one captured redirect of each other page of the folder, the nearest in time first.

        Only redirects within `_MAX_NEIGHBOUR_GAP` of the time are returned.
        """
        prefix = neighbour_prefix(url)
        if not prefix:
            return []
        query = CdxQuery(
            prefix,
            self._endpoint,
            self._get,
            limit=MAX_ROWS,
            since=moment - _MAX_NEIGHBOUR_GAP,
            until=moment + _MAX_NEIGHBOUR_GAP,
            statuses=REDIRECT_STATUSES,
            is_prefix=True,
        )
        rows = readable_rows(query.rows())
        others = {
            row.urlkey: row
            for row in rows
            if spelling_of(row.original, url) is None and not is_home_page(row.original)
        }
        return sorted(others.values(), key=lambda row: _gap(row.timestamp, moment))


def contains_private_token(original: str, url: str) -> bool:
    """Return whether the URL that a snapshot is of contains somebody's token or password.

    Such a snapshot is not used: pages and reports would show the URL. The session id of an
    archive's crawler is not secret.

    Args:
        original: The URL that the snapshot is of.
        url: The cited URL. Tokens in it are public already.
    """
    return has_foreign_secret(without_session_id(original), url)


def _snapshot_of_target(row: CDXSnapshot, address: MirrorAddress, status: int) -> Snapshot | None:
    """Return the snapshot at which a redirect ended; None if there is none near it in time.

    For a short link any time will do: its target never changes.

    Args:
        row: The captured redirect.
        address: Where replaying it ended, as `_follow` returns it.
        status: The status there; 0 if no capture was shown.
    """
    if not status or address.original is None:
        return None
    is_near = _gap(address.timestamp, row_time(row)) <= _MAX_TARGET_GAP
    if not is_near and not is_short_link(row.original):
        return None
    return wayback_snapshot(address.timestamp, address.original, status)


def row_time(row: CDXSnapshot) -> datetime:
    """Return the capture time of a row, which every row returned by `readable_rows` has."""
    moment = parse_timestamp(row.timestamp)
    if moment is None:
        raise ValueError(f"not a time: {row.timestamp!r}")
    return moment


def _gap(timestamp: str, moment: datetime) -> timedelta:
    """Return the time between a capture and a moment; the longest time if it has no timestamp."""
    captured_at = parse_timestamp(timestamp)
    return abs(captured_at - moment) if captured_at else timedelta.max


def _is_own_redirect(row: CDXSnapshot, url: str) -> bool:
    """Return whether a row is of the page itself.

    Its URL may be spelt differently. But one with other upper and lower case letters may be of
    another page.
    """
    spelling = spelling_of(row.original, url)
    return spelling is not None and spelling is not Spelling.CASE


def _may_be_page(target: str, url: str) -> bool:
    """Return whether a redirect's target may be the page itself: no home page, no error page."""
    if is_error_address(target):
        return False
    if is_home_page(target):
        # A short link may lead to the home page of another site.
        return is_short_link(url) and host_of(target) != host_of(url)
    return True


def _last_segment(url: str) -> str:
    """Return the last segment of a URL's path without extension; "" if it is under four characters.

    Shorter names occur on many pages.
    """
    segment = split_url(link_key(url)).path.rstrip("/").rpartition("/")[2]
    name = segment.rpartition(".")[0] or segment
    return name.lower() if len(name) >= 4 else ""
