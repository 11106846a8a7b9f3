"""List the rows of the Wayback Machine's index for a URL and its neighbours, as snapshots.

A neighbour is another URL with the same prefix, up to the last folder or the query.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Final

from waybackpy.cdx_snapshot import CDXSnapshot

from crawler.archive_clients.cdx import (
    MAX_ROWS,
    REDIRECT_STATUSES,
    SERVED_STATUSES,
    CdxQuery,
    Get,
    neighbour_prefix,
    readable_rows,
    wayback_snapshot,
)
from crawler.archive_clients.transport import classify_lookup_error
from crawler.archives.interface import ArchiveError
from crawler.http.urls import InvalidUrl, request_url, same_address
from store.vocabulary import LookupOutcome, SnapshotList

_MIN_NAME_LENGTH: Final = 6  # characters of a name whose first half can serve as a prefix


class IndexLists:
    """Lists rows of the index; its methods raise ArchiveError.

    Args:
        endpoint: The service's base address, without a slash at the end.
        get: Sends a request to the service and checks the response.
    """

    def __init__(self, endpoint: str, get: Get) -> None:
        self._endpoint = endpoint
        self._get = get

    def redirects(self, url: str) -> list[CDXSnapshot]:
        """Return the last redirects of a URL, without those of other spellings."""
        query = CdxQuery(
            url, self._endpoint, self._get, limit=-MAX_ROWS, statuses=REDIRECT_STATUSES
        )
        rows = [row for row in query.rows() if same_address(row.original, url)]
        return _redirects_among(rows)

    def redirects_of_neighbours(self, url: str) -> list[CDXSnapshot]:
        """Return the first redirect of each neighbour of a URL.

        The archive index only returns the first of the rows with one key (`collapse=urlkey`).
        """
        prefix = neighbour_prefix(url)
        if not prefix:
            return []
        rows = self._rows_with_prefix(prefix, REDIRECT_STATUSES)
        first: dict[str, CDXSnapshot] = {}
        for row in sorted(rows, key=lambda row: row.timestamp):
            if not same_address(row.original, url):
                first.setdefault(row.urlkey, row)
        return _redirects_among(first.values())

    def served_neighbours(self, url: str) -> list[CDXSnapshot]:
        """Return the rows of served pages, from the first prefix whose list is complete.

        A list that was cut off is not used, as it may lack the page that is looked for.
        """
        prefixes = [neighbour_prefix(url), _prefix_with_half_name(url)]
        for prefix in filter(None, prefixes):
            rows = self._rows_with_prefix(prefix, SERVED_STATUSES)
            if len(rows) < MAX_ROWS:
                served = [row for row in rows if row.statuscode in SERVED_STATUSES]
                return readable_rows(served)
        return []

    def _rows_with_prefix(self, prefix: str, statuses: Sequence[str]) -> list[CDXSnapshot]:
        """Return one row for each URL with a prefix, at most `MAX_ROWS`."""
        query = CdxQuery(
            prefix, self._endpoint, self._get, limit=MAX_ROWS, statuses=statuses, is_prefix=True
        )
        return query.rows()


def _redirects_among(rows: Iterable[CDXSnapshot]) -> list[CDXSnapshot]:
    """Return the rows that can be read and are redirects; servers may ignore the filter."""
    return readable_rows(row for row in rows if row.statuscode in REDIRECT_STATUSES)


def _prefix_with_half_name(url: str) -> str:
    """Return a URL up to the middle of the page's name, the last segment of the path.

    It is "" if the URL has no such segment, or one of fewer than `_MIN_NAME_LENGTH` characters.
    """
    folder, slash, name = url.rstrip("/").rpartition("/")
    is_host = folder.endswith("/")  # what follows `https://`
    if is_host or len(name) < _MIN_NAME_LENGTH:
        return ""
    half_length = (len(name) + 1) // 2
    return f"{folder}{slash}{name[:half_length]}"


def list_snapshots(original: str, rows_of: Callable[[str], Sequence[CDXSnapshot]]) -> SnapshotList:
    """Return the snapshots of the rows that a query finds for a URL, the newest first.

    Args:
        original: The URL.
        rows_of: Returns the rows for a URL in the form in which it is requested; raises
            ArchiveError.
    """
    try:
        rows = rows_of(request_url(original))
        oldest_first = sorted(rows, key=lambda row: row.timestamp)
        snapshots = tuple(
            wayback_snapshot(row.timestamp, row.original, int(row.statuscode), digest=row.digest)
            for row in reversed(oldest_first)
        )
    except InvalidUrl as error:
        return SnapshotList(outcome=LookupOutcome.UNKNOWN, detail=str(error))
    except ArchiveError as error:
        failed = classify_lookup_error(error)
        return SnapshotList(
            outcome=failed.outcome,
            detail=failed.detail,
            retry_after=failed.retry_after,
            unavailable=failed.unavailable,
        )
    outcome = LookupOutcome.FOUND if snapshots else LookupOutcome.NONE
    return SnapshotList(outcome=outcome, snapshots=snapshots)
