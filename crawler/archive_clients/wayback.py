"""The Wayback Machine's client: waybackpy, kept to one checked request for each question.

waybackpy 3.0.6 is used as it is published; its classes put the questions. Where it would misread an answer, lose one, repeat a request by
itself or wait for ever, the subclasses here read the answer instead. What exactly, and which test shows it: docs/archives.md.

Sources: https://archive.org/help/wayback_api.php, the README of the CDX server
(https://github.com/internetarchive/wayback/tree/master/wayback-cdx-server) and the documentation of Save Page Now.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from waybackpy import WaybackMachineCDXServerAPI, WaybackMachineSaveAPI
from waybackpy.cdx_snapshot import CDXSnapshot
from waybackpy.cdx_utils import full_url

from crawler.archive_clients.transport import ArchiveResponse, Transport, check_response, check_rate_limit
from crawler.archives.capture_errors import classify_error
from crawler.archives.interface import (
    ArchiveError,
    CaptureExcluded,
    Capturer,
    NoAnswer,
    RateLimited,
    SnapshotFinder,
)
from crawler.archives.link_header import memento_from_headers
from crawler.archives.mirror_urls import mirror_url, parse_mirror
from crawler.http.urls import InvalidUrl, request_url, same_address
from store.vocabulary import (
    CaptureResult,
    CaptureStatus,
    SnapshotList,
    LookupResult,
    LookupOutcome,
    RetryWhen,
    Snapshot,
    format_timestamp,
    parse_timestamp,
)

SERVICE = "wayback"
ENDPOINT = "https://web.archive.org"
AVAILABILITY_ENDPOINT = "https://archive.org/wayback/available"

_SERVED = ("200", "203", "206")
_REVISIT = "-"  # the status of a row whose content is that of an earlier row with the same digest
_USABLE = (*_SERVED, _REVISIT)
_REDIRECTS = ("301", "302", "303", "307", "308")
_FIELDS = ("urlkey", "timestamp", "original", "mimetype", "statuscode", "digest", "length")
_WIDE = 100  # rows looked at where the nearest one is not what was asked for

_Get = Callable[[str], ArchiveResponse]


class WaybackClient(SnapshotFinder, Capturer):
    """The Wayback Machine, asked politely and believed only where its answer parses.

    `endpoint` and `availability_endpoint` are where it is asked; mirrors are named by their public addresses all the same. `timeout` and
    `save_timeout` are seconds for a whole answer. One instance belongs to one thread.
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

    def nearest(self, original: str, moment: datetime) -> LookupResult:
        """The newest usable snapshot at or before `moment`, else the oldest one after it.

        Usable: status 200, 203 or 206 at capture (or a revisit of such a one), and recorded under the very address asked for: the index
        itself knows neither case nor scheme. The availability API is asked only where the index gave no answer, and never while the service
        asks for a pause; its "none" is no answer either.
        """
        try:
            asked = request_url(original)
            found = self._search(asked, until=moment)
            if found.snapshot is None:
                found = self._search(asked, since=moment, misspelt=found.misspelt)
        except InvalidUrl as error:
            return LookupResult(outcome=LookupOutcome.UNKNOWN, detail=str(error))
        except (RateLimited, CaptureExcluded) as error:
            return _unanswered(error)
        except NoAnswer as error:
            return self._ask_availability(asked, moment) or _unanswered(error)
        if found.snapshot is None:
            return LookupResult(
                outcome=LookupOutcome.NONE,
                detail="recorded under other spellings only" if found.misspelt else "",
            )
        return LookupResult(outcome=LookupOutcome.FOUND, snapshot=found.snapshot)

    def since(self, original: str, moment: datetime) -> LookupResult:
        """The oldest usable snapshot made at `moment` or later, by the index alone."""
        try:
            found = self._search(request_url(original), since=moment)
        except InvalidUrl as error:
            return LookupResult(outcome=LookupOutcome.UNKNOWN, detail=str(error))
        except ArchiveError as error:
            return _unanswered(error)
        return LookupResult(
            outcome=LookupOutcome.FOUND if found.snapshot else LookupOutcome.NONE,
            snapshot=found.snapshot,
        )

    def redirects(self, original: str, *, neighbours: bool = False) -> SnapshotList:
        """The latest redirects recorded under the very address asked for, by the index alone.

        Neighbours are addresses that begin the same, up to the last folder or the query; a page right below the front door has none.
        """
        try:
            asked = request_url(original)
            place = neighbour_prefix(asked) if neighbours else asked
            if not place:
                return SnapshotList(outcome=LookupOutcome.NONE)
            cdx = _Cdx(
                place,
                self._endpoint,
                self._get,
                limit=_WIDE if neighbours else -_WIDE,
                statuses=_REDIRECTS,
                beside=neighbours,
            )
            rows = sorted(cdx.rows(), key=lambda row: row.timestamp)
            if neighbours:
                wanted = {
                    row.urlkey: row for row in rows if not same_address(row.original, asked)
                }.values()
                rows = sorted(wanted, key=lambda row: row.timestamp)
            else:
                rows = [row for row in rows if same_address(row.original, asked)]
            rows = [row for row in rows if row.statuscode in _REDIRECTS]
            newest = reversed(rows)
            snapshots = tuple(
                wayback_snapshot(
                    row.timestamp, row.original, int(row.statuscode), digest=row.digest
                )
                for row in newest
            )
        except InvalidUrl as error:
            return SnapshotList(outcome=LookupOutcome.UNKNOWN, detail=str(error))
        except ArchiveError as error:
            refused = _unanswered(error)
            return SnapshotList(
                outcome=refused.outcome, detail=refused.detail, retry_after=refused.retry_after
            )
        return SnapshotList(
            outcome=LookupOutcome.FOUND if snapshots else LookupOutcome.NONE, snapshots=snapshots
        )

    def save(self, original: str, *, without_browser: bool = False) -> CaptureResult:
        """Ask Save Page Now for a copy, without keys and once: the request is the capture, so nothing here repeats it.

        Without keys the service offers no choice between ways to capture.
        """
        try:
            request = _Save(
                request_url(original),
                self._endpoint,
                lambda url: self._transport.get(url, timeout=self._save_timeout),
            )
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
        """Let go of the connections."""
        self._transport.close()

    def _get(self, url: str) -> ArchiveResponse:
        return check_response(self._transport.get(url, timeout=self._timeout))

    def _search(
        self,
        asked: str,
        *,
        until: datetime | None = None,
        since: datetime | None = None,
        misspelt: bool = False,
    ) -> _Found:
        """The newest usable row `until` or the oldest `since` a moment. Where the first row is not usable, more of them are asked for."""
        for limit in (1, _WIDE):
            rows = _Cdx(
                asked,
                self._endpoint,
                self._get,
                until=until,
                since=since,
                limit=-limit if until else limit,
            ).rows()
            spelt = [row for row in rows if same_address(row.original, asked)]
            misspelt = misspelt or len(spelt) < len(rows)
            usable = _resolved(spelt)
            if usable:
                row = (max if until else min)(usable, key=lambda row: row.timestamp)
                return _Found(
                    wayback_snapshot(
                        row.timestamp, row.original, int(row.statuscode), row.mimetype, row.digest
                    ),
                    misspelt,
                )
            if len(rows) < limit:
                return _Found(None, misspelt)
        raise NoAnswer(
            f"none of the {_WIDE} snapshots nearest in time can be used, and there are more"
        )

    def _ask_availability(self, asked: str, moment: datetime) -> LookupResult | None:
        """What the availability API found, or that it asks for a pause; None where that, too, is no answer."""
        try:
            answer = self._get(
                full_url(
                    self._availability_endpoint,
                    {"url": asked, "timestamp": format_timestamp(moment)},
                )
            )
            closest = json.loads(answer.text)["archived_snapshots"]["closest"]
            address, status = parse_mirror(closest["url"]), closest["status"]
            if (
                address is None
                or status not in _SERVED
                or not address.original
                or not same_address(address.original, asked)
            ):
                return None
            return LookupResult(
                outcome=LookupOutcome.FOUND,
                snapshot=wayback_snapshot(address.timestamp, address.original, int(status)),
            )
        except RateLimited as error:
            return _unanswered(error)
        except (ArchiveError, ValueError, LookupError, TypeError, AttributeError, RecursionError):
            return None


class _Cdx(WaybackMachineCDXServerAPI):
    """waybackpy's query of the index, put once over our transport, its answer read as JSON."""

    def __init__(
        self,
        url: str,
        endpoint: str,
        get: _Get,
        *,
        limit: int,
        until: datetime | None = None,
        since: datetime | None = None,
        statuses: Sequence[str] = _USABLE,
        beside: bool = False,
    ) -> None:
        super().__init__(
            url,
            start_timestamp=format_timestamp(since) if since else None,
            end_timestamp=format_timestamp(until) if until else None,
            filters=[f"statuscode:({'|'.join(statuses)})"],
            limit=str(limit),
            match_type="prefix" if beside else None,
            collapses=["urlkey"] if beside else [],
        )
        self.endpoint = f"{endpoint}/cdx/search/cdx"
        self._get = get

    def rows(self) -> list[CDXSnapshot]:
        """The rows of the answer. Raises `NoAnswer` unless all of it parses: what is cut short or an error page is not "no snapshot"."""
        payload = {"output": "json", "fl": ",".join(_FIELDS), "limit": str(self.limit)}
        self.add_payload(payload)
        answer = self._get(full_url(self.endpoint, payload))
        try:
            return [
                CDXSnapshot(dict(zip(_FIELDS, row, strict=True))) for row in _table(answer.text)
            ]
        except (ValueError, TypeError, RecursionError) as error:
            raise NoAnswer(
                f"the index's answer does not parse: {answer.excerpt}", status=answer.status
            ) from error


class _Save(WaybackMachineSaveAPI):
    """waybackpy's request for a capture, made once over our transport, the memento read from the headers as RFC 7089 has them."""

    snapshot: Snapshot

    def __init__(self, url: str, endpoint: str, get: _Get) -> None:
        super().__init__(url, max_tries=1)
        self.request_url = f"{endpoint}/save/{self.url}"
        self._get = get

    def get_save_request_headers(self) -> None:
        """Make the request."""
        self._answer = self._get(self.request_url)
        check_rate_limit(self._answer)

    def archive_url_parser(self) -> str:
        """The address of the memento the answer names. Raises `ArchiveError` where it names none."""
        memento = memento_from_headers(self._answer.headers)
        if memento is None:
            check_response(self._answer)
            raise NoAnswer(
                f"the answer names no snapshot: {self._answer.excerpt}", status=self._answer.status
            )
        self.snapshot = wayback_snapshot(memento.timestamp, memento.original or self.url)
        return self.snapshot.url


@dataclass(frozen=True, slots=True)
class _Found:
    snapshot: Snapshot | None
    misspelt: bool  # rows were passed over that another address's letters in other case brought up


def _table(text: str) -> list[list[str]]:
    """The rows of a table in JSON, its header left off. Raises `ValueError` where it is no such table; one without rows is `[]`."""
    table = json.loads(text)
    if not isinstance(table, list) or (table and table[0] != list(_FIELDS)):
        raise ValueError("not a table with the fields asked for")
    rows = table[1:]
    if not all(
        isinstance(row, list) and all(isinstance(value, str) for value in row) for row in rows
    ):
        raise ValueError("not a table of strings")
    return rows


def _resolved(rows: Sequence[CDXSnapshot]) -> list[CDXSnapshot]:
    """The rows that served the page; revisits get status and type from the row whose content they repeat, or are left out."""
    served = {row.digest: row for row in reversed(rows) if row.statuscode in _SERVED}
    for row in rows:
        if row.statuscode == _REVISIT and row.digest in served:
            row.statuscode, row.mimetype = (
                served[row.digest].statuscode,
                served[row.digest].mimetype,
            )
    return [row for row in rows if row.statuscode in _SERVED]


def wayback_snapshot(
    timestamp: str, original: str, status: int | None = None, mimetype: str = "", digest: str = ""
) -> Snapshot:
    """A snapshot by its public address. Raises `NoAnswer` where the timestamp is no time, or the original no address."""
    captured_at = parse_timestamp(timestamp)
    if captured_at is None:
        raise NoAnswer(f"{timestamp[:40]!r} is no time of capture")
    try:
        request_url(original)
    except InvalidUrl as error:
        raise NoAnswer(f"the snapshot is of no address: {original[:100]!r}") from error
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
    """What the addresses beside a page begin with; empty for a page right below the front door, beside which stands everything.

    >>> neighbourhood("http://a.example/x/y.html?p=1"), neighbourhood("http://a.example/x/y.html"), neighbourhood("http://a.example/y.html")
    ('http://a.example/x/y.html?', 'http://a.example/x/', '')
    """
    address, mark, _ = url.partition("?")
    if mark:
        return "" if address.endswith("/") and address.count("/") == 3 else f"{address}?"
    return f"{address.rpartition('/')[0]}/" if address.count("/") > 3 else ""


def _unanswered(error: ArchiveError) -> LookupResult:
    if isinstance(error, CaptureExcluded):
        return LookupResult(outcome=LookupOutcome.EXCLUDED, detail=str(error))
    retry_after = error.retry_after if isinstance(error, RateLimited) else None
    return LookupResult(outcome=LookupOutcome.UNKNOWN, detail=str(error), retry_after=retry_after)
