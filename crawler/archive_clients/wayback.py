"""Look up snapshots at the Wayback Machine, and request captures without keys, by waybackpy.

waybackpy 3.0.6 is used as published, and builds the requests. Its reading of responses is replaced
where it would misread one, repeat a request by itself, or wait forever: docs/archives.md lists
what exactly, and the tests that show it. Each query is one checked request.

Sources: https://archive.org/help/wayback_api.php and the documentation of Save Page Now.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from datetime import datetime
from typing import Final

from waybackpy.cdx_utils import full_url

from crawler.archive_clients.cdx import SERVED_STATUSES, wayback_snapshot
from crawler.archive_clients.snapshot_search import SnapshotSearch
from crawler.archive_clients.transport import (
    ArchiveResponse,
    Transport,
    check_response,
    classify_lookup_error,
)
from crawler.archive_clients.wayback_lists import IndexLists, list_snapshots
from crawler.archive_clients.wayback_save import SaveRequest
from crawler.archives.capture_errors import classify_error
from crawler.archives.interface import (
    ArchiveError,
    CaptureExcluded,
    Capturer,
    NoUsableResponse,
    RateLimited,
    SnapshotFinder,
)
from crawler.archives.mirror_urls import parse_mirror
from crawler.http.urls import InvalidUrl, request_url, same_address
from store.vocabulary import (
    CaptureResult,
    CaptureStatus,
    LookupOutcome,
    LookupResult,
    RetryWhen,
    SnapshotList,
    format_timestamp,
)

ENDPOINT: Final = "https://web.archive.org"
AVAILABILITY_ENDPOINT: Final = "https://archive.org/wayback/available"


class WaybackClient(SnapshotFinder, Capturer):
    """Client of the Wayback Machine; results are returned only from responses that can be parsed.

    Snapshots have their public URLs, also with other endpoints. One instance belongs to one thread.

    Args:
        transport: Sends the requests.
        endpoint: The base address of the index and of Save Page Now.
        availability_endpoint: The address of the availability API.
        timeout: Seconds for a whole response.
        save_timeout: Seconds for the whole response to a capture request.
    """

    def __init__(
        self,
        transport: Transport,
        *,
        endpoint: str = ENDPOINT,
        availability_endpoint: str = AVAILABILITY_ENDPOINT,
        timeout: float = 30.0,
        save_timeout: float = 120.0,
    ) -> None:
        self._transport = transport
        self._endpoint = endpoint.rstrip("/")
        self._availability_endpoint = availability_endpoint
        self._timeout = timeout
        self._save_timeout = save_timeout
        self._lists = IndexLists(self._endpoint, self._get)

    def nearest(
        self,
        original: str,
        moment: datetime,
        *,
        is_failing: bool = False,
        excluded: Collection[str] = (),
        prefer_earlier: bool = True,
    ) -> LookupResult:
        """Return the newest usable snapshot at or before a time, else the oldest one after it.

        A usable snapshot has status 200, 203 or 206 at capture, or is a revisit of such a one.
        `SnapshotSearch` prefers the exact URL to another spelling of it, and that to the target of
        a captured redirect. The availability API is used only if the index sent no usable response,
        and never while the service requests a pause. It may find a snapshot, but cannot prove that
        there is none.

        Args:
            original: The URL of the page.
            moment: The time, a timezone-aware datetime.
            is_failing: Whether the page is not served any more, so that more requests are worth it.
            excluded: Mirrors that are known to be unusable.
            prefer_earlier: If False, the nearest snapshot is returned, whether earlier or later.
        """
        try:
            url = request_url(original)
            search = SnapshotSearch(
                url,
                self._endpoint,
                self._get,
                self._get_any,
                excluded=excluded,
                is_failing=is_failing,
            )
            found = search.nearest(moment, prefer_earlier=prefer_earlier)
        except InvalidUrl as error:
            return LookupResult(outcome=LookupOutcome.UNKNOWN, detail=str(error))
        except (RateLimited, CaptureExcluded) as error:
            return classify_lookup_error(error)
        except NoUsableResponse as error:
            # The availability API cannot leave out excluded mirrors.
            fallback = None if excluded else self._from_availability_api(url, moment)
            return fallback or classify_lookup_error(error)
        if found.snapshot is None:
            detail = "recorded under other spellings only" if found.has_other_spellings else ""
            return LookupResult(outcome=LookupOutcome.NONE, detail=detail)
        return LookupResult(outcome=LookupOutcome.FOUND, snapshot=found.snapshot)

    def oldest_since(self, original: str, moment: datetime) -> LookupResult:
        """Return the oldest usable snapshot made at a time or later; only the index is used."""
        try:
            url = request_url(original)
            search = SnapshotSearch(url, self._endpoint, self._get, self._get_any)
            found = search.oldest_since(moment)
        except InvalidUrl as error:
            return LookupResult(outcome=LookupOutcome.UNKNOWN, detail=str(error))
        except ArchiveError as error:
            return classify_lookup_error(error)
        outcome = LookupOutcome.FOUND if found.snapshot else LookupOutcome.NONE
        return LookupResult(outcome=outcome, snapshot=found.snapshot)

    def redirects(self, original: str, *, of_neighbours: bool = False) -> SnapshotList:
        """Return the latest redirects recorded under exactly the requested URL, from the index.

        Args:
            original: The URL of the page.
            of_neighbours: Return the first redirect of each neighbour instead: of each other URL
                with the same prefix, up to the last folder or the query. A page directly below the
                root has no neighbours.
        """
        rows_of = self._lists.redirects_of_neighbours if of_neighbours else self._lists.redirects
        return list_snapshots(original, rows_of)

    def neighbours(self, original: str) -> SnapshotList:
        """Return one snapshot of each archived page whose URL shares a prefix with a URL.

        The prefix is the folder. If the folder has 100 pages or more, or is the root, the prefix
        extends to the first half of the page's name. If that prefix, too, has 100 pages or more,
        none are returned.
        """
        return list_snapshots(original, self._lists.served_neighbours)

    def save(self, original: str, *, without_browser: bool = False) -> CaptureResult:
        """Request a capture without keys, once, and return the result of the capture.

        Args:
            original: The URL of the page.
            without_browser: Ignored: without keys the service offers no choice.

        Returns:
            The snapshot, or the reason of the failure.
        """
        try:
            request = SaveRequest(request_url(original), self._endpoint, self._get_save)
            request.save()
        except InvalidUrl as error:
            return CaptureResult(
                status=CaptureStatus.FAILED,
                code="invalid-url",
                detail=str(error),
                retry=RetryWhen.NEVER,
            )
        except ArchiveError as error:
            return classify_error(error)
        return CaptureResult(status=CaptureStatus.CAPTURED, snapshot=request.snapshot)

    def close(self) -> None:
        """Close the connections."""
        self._transport.close()

    def _get(self, url: str) -> ArchiveResponse:
        """Return a response with status 200; raises ArchiveError for others."""
        return check_response(self._transport.get(url, timeout=self._timeout))

    def _get_any(self, url: str) -> ArchiveResponse:
        """Return a response of any status."""
        return self._transport.get(url, timeout=self._timeout)

    def _get_save(self, url: str) -> ArchiveResponse:
        """Return a response of any status to a capture request, which may take longer."""
        return self._transport.get(url, timeout=self._save_timeout)

    def _from_availability_api(self, url: str, moment: datetime) -> LookupResult | None:
        """Return the snapshot that the availability API finds, or its rate limit; else None."""
        query = {"url": url, "timestamp": format_timestamp(moment)}
        try:
            response = self._get(full_url(self._availability_endpoint, query))
            closest = json.loads(response.text)["archived_snapshots"]["closest"]
            address, status = parse_mirror(closest["url"]), closest["status"]
            if address is None or not address.original or status not in SERVED_STATUSES:
                return None
            if not same_address(address.original, url):
                return None
            snapshot = wayback_snapshot(address.timestamp, address.original, int(status))
        except RateLimited as error:
            return classify_lookup_error(error)
        except (ArchiveError, ValueError, LookupError, TypeError, AttributeError, RecursionError):
            return None
        return LookupResult(outcome=LookupOutcome.FOUND, snapshot=snapshot)
