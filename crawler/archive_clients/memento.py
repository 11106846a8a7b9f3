"""Look up snapshots at any archive with Memento (RFC 7089): a TimeGate, a TimeMap, or both."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Sequence
from datetime import UTC, datetime
from typing import NamedTuple
from urllib.parse import urljoin

from crawler.archive_clients.memento_checks import (
    check_originals,
    check_replayed_original,
    is_memento,
    linked_originals,
    not_in_archive,
)
from crawler.archive_clients.transport import (
    ArchiveResponse,
    Transport,
    check_rate_limit,
    check_response,
    classify_lookup_error,
)
from crawler.archives.interface import ArchiveError, NoUsableResponse, SnapshotFinder
from crawler.archives.link_header import linked_mementos, memento_datetime
from crawler.archives.mirror_urls import parse_mirror
from crawler.http.redirects import LONGEST_LOCATION
from crawler.http.url_privacy import has_foreign_secret
from crawler.http.urls import InvalidUrl, link_key, request_url
from store.vocabulary import LookupOutcome, LookupResult, Snapshot


class _Memento(NamedTuple):
    """A memento's URL and capture time."""

    url: str
    captured_at: datetime


_Find = Callable[[str], _Memento | None]
"""Returns the memento of a requested URL; raises ArchiveError."""
_Choose = Callable[[Sequence[_Memento], datetime], _Memento | None]
"""Returns one of several mementos, by a time."""

_REDIRECT_STATUSES = (301, 302, 303, 307)


class MementoClient(SnapshotFinder):
    """Looks up snapshots in the TimeMap, which is complete, or else at the TimeGate.

    If both are set, the TimeGate is used after a TimeMap that fails or is too large.

    Args:
        transport: Sends the requests.
        name: The archive's name in snapshots.
        timegate: The address of the TimeGate; the URL looked up is appended to it. Set this,
            `timemap` or both.
        timemap: The address of the TimeMap, in the same way.
        timeout: Seconds for a whole response.
    """

    def __init__(
        self,
        transport: Transport,
        *,
        name: str,
        timegate: str = "",
        timemap: str = "",
        timeout: float = 60.0,
    ) -> None:
        self._transport = transport
        self._name = name
        self._timegate = timegate
        self._timemap = timemap
        self._timeout = timeout

    def close(self) -> None:
        """Close the connections."""
        self._transport.close()

    def nearest(
        self,
        original: str,
        moment: datetime,
        *,
        is_failing: bool = False,
        excluded: Collection[str] = (),
        prefer_earlier: bool = True,
    ) -> LookupResult:
        """Return the memento nearest to a time: the newest one before it, else the oldest after it.

        A memento captured exactly at the time counts as one before it. Its status is not known.

        Args:
            original: The URL of the page.
            moment: The time, a timezone-aware datetime.
            is_failing: Ignored: only the exact URL is looked up.
            excluded: URLs of snapshots known to be unusable. Without a TimeMap the outcome is
                `NONE` if the TimeGate returns one of them.
            prefer_earlier: If False, the nearest memento is returned, whether earlier or later.
        """
        choose = _newest_before_else_oldest_after if prefer_earlier else _nearest
        excluded_keys = frozenset(map(link_key, excluded))
        if not self._timemap:
            return self._nearest_at_timegate(original, moment, choose, excluded_keys)
        listed = self._look_up(
            original,
            lambda url: choose(self._mementos_except(url, excluded_keys), moment),
        )
        requests_pause = listed.retry_after is not None
        if not self._timegate or listed.outcome is not LookupOutcome.UNKNOWN or requests_pause:
            return listed
        found = self._nearest_at_timegate(original, moment, choose, excluded_keys)
        return found if found.outcome is LookupOutcome.FOUND else listed

    def _nearest_at_timegate(
        self, original: str, moment: datetime, choose: _Choose, excluded_keys: Collection[str]
    ) -> LookupResult:
        """Return the memento that the TimeGate names, if it is not excluded."""
        found = self._look_up(original, lambda url: self._from_timegate(url, moment, choose))
        snapshot = found.snapshot
        if snapshot is None:
            return found
        if link_key(snapshot.url) in excluded_keys or has_foreign_secret(
            snapshot.url, snapshot.original
        ):
            return LookupResult(outcome=LookupOutcome.NONE)
        return found

    def oldest_since(self, original: str, moment: datetime) -> LookupResult:
        """Return the oldest memento at a time or later; unknown without a TimeMap."""
        if not self._timemap:
            return LookupResult(
                outcome=LookupOutcome.UNKNOWN, detail="a TimeGate cannot list later mementos"
            )
        return self._look_up(
            original, lambda url: _oldest_since(self._mementos_except(url, ()), moment)
        )

    def _look_up(self, original: str, find: _Find) -> LookupResult:
        """Return the memento that a function finds for a URL; its errors become outcomes."""
        try:
            requested = request_url(original)
            found = find(requested)
        except InvalidUrl as error:
            return LookupResult(outcome=LookupOutcome.UNKNOWN, detail=str(error))
        except ArchiveError as error:
            return classify_lookup_error(error)
        if found is None:
            return LookupResult(outcome=LookupOutcome.NONE)
        snapshot = Snapshot(
            service=self._name, url=found.url, original=requested, captured_at=found.captured_at
        )
        return LookupResult(outcome=LookupOutcome.FOUND, snapshot=snapshot)

    def _mementos_except(self, requested: str, excluded_keys: Collection[str]) -> list[_Memento]:
        """Return the mementos of a page, except excluded ones and those with a secret in their URL.

        A secret that the page's URL contains too is public already.

        Args:
            requested: The URL of the page.
            excluded_keys: `link_key` of the URLs of the excluded mementos.
        """
        return [
            memento
            for memento in self._mementos(requested)
            if link_key(memento.url) not in excluded_keys
            and not has_foreign_secret(memento.url, requested)
        ]

    def _mementos(self, requested: str) -> list[_Memento]:
        """Return all mementos of a page; none if the archive does not know it.

        Raises:
            RateLimited: The archive requested a pause.
            CaptureExcluded: The archive does not show the page.
            NoUsableResponse: The status is an error, or the body is no TimeMap of this page.
        """
        response = self._transport.get(f"{self._timemap}{requested}", timeout=self._timeout)
        if response.status == 404:
            return []
        listed = _mementos_at(response.url, check_response(response).text)
        if not listed:
            raise NoUsableResponse(
                f"the TimeMap names no memento: {response.excerpt}",
                status=response.status,
                affects_all_requests=True,  # it is a bot check or a web page
            )
        originals = linked_originals(response.text)
        check_originals(originals, requested)
        archive_url = response.url if originals else ""
        mementos = [each for each in listed if is_memento(each.url, requested, archive_url)]
        if not mementos:
            raise NoUsableResponse(not_in_archive(listed[0].url))
        return mementos

    def _from_timegate(self, requested: str, moment: datetime, choose: _Choose) -> _Memento | None:
        """Return the memento that the TimeGate names for a time; None if it knows none."""
        accept = {"Accept-Datetime": moment.astimezone(UTC).strftime("%a, %d %b %Y %H:%M:%S GMT")}
        response = self._transport.get(
            f"{self._timegate}{requested}", timeout=self._timeout, headers=accept
        )
        if response.status == 404:
            return None  # RFC 7089, section 4.5.3: there is no memento
        check_rate_limit(response)
        if response.status not in _REDIRECT_STATUSES:
            check_response(response)
        link_header = response.headers.get("Link", "")
        chosen = _timegate_choice(response)
        linked = _mementos_at(response.url, link_header)
        if chosen is None:
            raise NoUsableResponse(
                f"the TimeGate names no memento: {response.excerpt}", status=response.status
            )
        if not is_memento(chosen.url, requested, response.url):
            raise NoUsableResponse(not_in_archive(chosen.url))
        linked = [each for each in linked if is_memento(each.url, requested, response.url)]
        originals = linked_originals(link_header)
        if originals:
            check_originals(originals, requested)
        else:
            check_replayed_original(chosen.url, requested)
        # The TimeGate chooses the nearest memento, but an earlier one may be preferred. The Link
        # header contains the previous and the next one.
        mementos = (chosen, *linked)
        has_earlier = any(memento.captured_at <= moment for memento in mementos)
        return choose(mementos, moment) if has_earlier else chosen


def _timegate_choice(response: ArchiveResponse) -> _Memento | None:
    """Return the memento that a TimeGate redirects to, or responds with; None if it names none.

    These are patterns 1.1 and 1.2 of RFC 7089, section 4.1.
    """
    header = "Location" if response.status in _REDIRECT_STATUSES else "Content-Location"
    location = response.headers.get(header)
    if not location:
        return None
    url = _absolute(response.url, location)
    linked = dict(_mementos_at(response.url, response.headers.get("Link", "")))
    captured_at = linked.get(url) or memento_datetime(response.headers.get("Memento-Datetime", ""))
    if captured_at is None:
        mirror = parse_mirror(url)
        captured_at = mirror.captured_at if mirror else None
    return _Memento(url, captured_at) if url and captured_at else None


def _mementos_at(base: str, links: str) -> list[_Memento]:
    """Return the mementos in links (RFC 8288), without those whose URL cannot be requested."""
    mementos = [
        _Memento(_absolute(base, url), captured_at) for url, captured_at in linked_mementos(links)
    ]
    return [memento for memento in mementos if memento.url]


def _absolute(base: str, address: str) -> str:
    """Return a memento's URL as an absolute one; "" if it is too long or cannot be requested.

    One with control characters is left out, too.

    Nothing else of the URL is changed: it is not normalised.
    """
    try:
        url = urljoin(base, address)
        request_url(url)
    except ValueError:
        return ""
    is_printable = re.search(r"[\x00-\x1f\x7f]", url) is None
    return url if is_printable and len(url) <= LONGEST_LOCATION else ""


def _newest_before_else_oldest_after(
    mementos: Sequence[_Memento], moment: datetime
) -> _Memento | None:
    """Return the newest memento at or before a time, else the oldest after it."""
    before = [memento for memento in mementos if memento.captured_at <= moment]
    if before:
        return max(before, key=lambda memento: memento.captured_at)
    return _oldest_since(mementos, moment)


def _nearest(mementos: Sequence[_Memento], moment: datetime) -> _Memento | None:
    """Return the memento nearest to a time, whether earlier or later."""
    return min(mementos, key=lambda memento: abs(memento.captured_at - moment), default=None)


def _oldest_since(mementos: Sequence[_Memento], moment: datetime) -> _Memento | None:
    """Return the oldest memento at or after a time; None without any."""
    later = [memento for memento in mementos if memento.captured_at >= moment]
    return min(later, key=lambda memento: memento.captured_at, default=None)
