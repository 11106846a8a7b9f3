"""Query the Wayback Machine's CDX index, by waybackpy's query over our own transport.

waybackpy 3.0.6 builds the query. Its reading of the response is replaced, because it would
misread or lose rows: docs/archives.md lists what exactly, and the tests that show it.

Source: the README of the CDX server
(https://github.com/internetarchive/wayback/tree/master/wayback-cdx-server).
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Final

from waybackpy import WaybackMachineCDXServerAPI
from waybackpy.cdx_snapshot import CDXSnapshot
from waybackpy.cdx_utils import full_url

from crawler.archive_clients.transport import ArchiveResponse
from crawler.archives.interface import NoUsableResponse
from crawler.archives.mirror_urls import mirror_url
from crawler.http.urls import InvalidUrl, request_url
from store.vocabulary import Snapshot, format_timestamp, parse_timestamp

SERVICE: Final = "wayback"
MAX_ROWS: Final = 100  # requested by one query
SERVED_STATUSES: Final = ("200", "203", "206")
REDIRECT_STATUSES: Final = ("301", "302", "303", "307", "308")
# The status of a revisit record: its content is that of an earlier row with the same digest.
REVISIT_STATUS: Final = "-"
_USABLE_STATUSES: Final = (*SERVED_STATUSES, REVISIT_STATUS)
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f]")
_STATUS: Final = re.compile(rf"\d{{3}}|{REVISIT_STATUS}")
_FIELDS: Final = ("urlkey", "timestamp", "original", "mimetype", "statuscode", "digest", "length")

Get = Callable[[str], ArchiveResponse]
"""Returns the response of a URL; raises ArchiveError."""


class CdxQuery(WaybackMachineCDXServerAPI):
    """One query of the index.

    Args:
        url: The URL; with `is_prefix` a prefix of URLs.
        endpoint: The service's base address.
        get: Sends the request.
        limit: The maximum number of rows, the first ones; if negative, the last ones.
        until: The latest capture time.
        since: The earliest capture time.
        statuses: The HTTP statuses at capture; "-" for revisit records.
        is_prefix: Whether to return one row, the first, for each URL that begins with `url`.
        containing: A text that the URLs must contain.
    """

    def __init__(
        self,
        url: str,
        endpoint: str,
        get: Get,
        *,
        limit: int,
        until: datetime | None = None,
        since: datetime | None = None,
        statuses: Sequence[str] = _USABLE_STATUSES,
        is_prefix: bool = False,
        containing: str = "",
    ) -> None:
        filters = [f"statuscode:({'|'.join(statuses)})"]
        if containing:
            filters.append(f"original:.*{re.escape(containing)}.*")
        super().__init__(
            url,
            start_timestamp=format_timestamp(since) if since else None,
            end_timestamp=format_timestamp(until) if until else None,
            filters=filters,
            limit=str(limit),
            match_type="prefix" if is_prefix else None,
            collapses=["urlkey"] if is_prefix else [],
        )
        self.endpoint = f"{endpoint}/cdx/search/cdx"  # read by waybackpy
        self._get = get
        self._limit = limit

    def rows(self) -> list[CDXSnapshot]:
        """Return the rows of the response.

        Raises:
            NoUsableResponse: Not all of it can be parsed. A response that is cut off, or an error
                page, must not be taken for "no snapshot".
        """
        parameters = {"output": "json", "fl": ",".join(_FIELDS), "limit": str(self._limit)}
        self.add_payload(parameters)  # waybackpy adds those of its own arguments
        response = self._get(full_url(self.endpoint, parameters))
        try:
            table = _parse_table(response.text)
            # Some servers ignore the limit.
            rows = table[self._limit :] if self._limit < 0 else table[: self._limit]
            return [CDXSnapshot(dict(zip(_FIELDS, row, strict=True))) for row in rows]
        except (ValueError, TypeError, RecursionError) as error:
            raise NoUsableResponse(
                f"the index's response cannot be parsed: {response.excerpt}",
                status=response.status,
            ) from error


def _parse_table(text: str) -> list[list[str]]:
    """Return the rows of a table in JSON without its header; an empty table is `[]`.

    Raises:
        ValueError: The text is not such a table.
    """
    table = json.loads(text)
    if not isinstance(table, list) or (table and table[0] != list(_FIELDS)):
        raise ValueError("not a table with the requested fields")
    rows = table[1:]
    for row in rows:
        if not isinstance(row, list) or not all(isinstance(value, str) for value in row):
            raise ValueError("not a table of strings")
    return rows


def readable_rows(rows: Iterable[CDXSnapshot]) -> list[CDXSnapshot]:
    """Return the rows with a valid capture time, a status (or "-") and a valid URL."""
    return [row for row in rows if _is_readable(row)]


def _is_readable(row: CDXSnapshot) -> bool:
    """Return whether a row has a valid capture time, status and URL."""
    has_time = parse_timestamp(row.timestamp) is not None
    has_status = _STATUS.fullmatch(row.statuscode) is not None
    if not has_time or not has_status:
        return False
    try:
        request_url(row.original)
    except InvalidUrl:
        return False
    return _CONTROL.search(row.original) is None


def usable_rows(rows: Sequence[CDXSnapshot]) -> list[CDXSnapshot]:
    """Return the rows that served the page, among them the revisits of such rows.

    In a revisit, status and type are replaced by those of the row whose content it repeats. A
    revisit is left out if that row is not among `rows`.
    """
    served: dict[str, CDXSnapshot] = {}  # the first row of each digest
    for row in rows:
        if row.statuscode in SERVED_STATUSES:
            served.setdefault(row.digest, row)
    for row in rows:
        if row.statuscode == REVISIT_STATUS and row.digest in served:
            repeated = served[row.digest]
            row.statuscode, row.mimetype = repeated.statuscode, repeated.mimetype
    return [row for row in rows if row.statuscode in SERVED_STATUSES]


def snapshot_of_row(row: CDXSnapshot) -> Snapshot:
    """Return the snapshot of a row that has a status.

    Raises:
        NoUsableResponse: For the reasons given in `wayback_snapshot`.
    """
    return wayback_snapshot(
        row.timestamp, row.original, int(row.statuscode), row.mimetype, row.digest
    )


def wayback_snapshot(
    timestamp: str, original: str, status: int | None = None, mimetype: str = "", digest: str = ""
) -> Snapshot:
    """Return a snapshot at the Wayback Machine, with its public URL.

    Args:
        timestamp: The capture time, 14 digits.
        original: The archived URL.
        status: The HTTP status at capture, if known.
        mimetype: The media type at capture; "" if not known.
        digest: The content's digest in the index; "" if not known.

    Raises:
        NoUsableResponse: The timestamp is not a time, or the original is not a URL.
    """
    captured_at = parse_timestamp(timestamp)
    if captured_at is None:
        raise NoUsableResponse(f"invalid capture time {timestamp[:40]!r}")
    try:
        request_url(original)
        is_url = _CONTROL.search(original) is None  # browsers drop some control characters
    except InvalidUrl:
        is_url = False
    if not is_url:
        raise NoUsableResponse(f"the snapshot's original is not a URL: {original[:100]!r}")
    url = mirror_url(SERVICE, timestamp, original.replace(" ", "%20"))
    return Snapshot(
        service=SERVICE,
        url=url,
        original=original,
        captured_at=captured_at,
        status=status,
        mimetype=mimetype,
        digest=digest,
    )


def neighbour_prefix(url: str) -> str:
    """Return the URL prefix that a page shares with its neighbours.

    The prefix is the page's folder; for a URL with a query, the URL up to the "?". It is "" for a
    page directly below the root, whose neighbours would be the whole site.

    >>> neighbour_prefix("http://a.example/x/y.html?p=1")
    'http://a.example/x/y.html?'
    >>> neighbour_prefix("http://a.example/x/y.html"), neighbour_prefix("http://a.example/y.html")
    ('http://a.example/x/', '')
    """
    address, mark, _ = url.partition("?")
    if mark:
        is_root = address.endswith("/") and address.count("/") == 3
        return "" if is_root else f"{address}?"
    if address.count("/") <= 3:
        return ""
    return f"{address.rpartition('/')[0]}/"
