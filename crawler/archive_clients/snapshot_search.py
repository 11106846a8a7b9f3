"""Search the Wayback Machine's index for the snapshot of a page that can be trusted most.

Candidates are the rows under the cited URL, then those under other spellings of it, then the
targets of captured redirects (`crawler.archive_clients.archived_redirects`).
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from waybackpy.cdx_snapshot import CDXSnapshot

from crawler.archive_clients.archived_redirects import ArchivedRedirects, contains_private_token
from crawler.archive_clients.cdx import (
    MAX_ROWS,
    REVISIT_STATUS,
    CdxQuery,
    Get,
    neighbour_prefix,
    readable_rows,
    snapshot_of_row,
    usable_rows,
    wayback_snapshot,
)
from crawler.archives.interface import NoUsableResponse
from crawler.archives.spellings import other_spellings, spelling_of, without_session_id
from crawler.http.urls import link_key
from store.vocabulary import Snapshot, Spelling, format_timestamp

_RANK: Final = {spelling: rank for rank, spelling in enumerate(Spelling)}  # 0: most trusted


@dataclass(frozen=True, slots=True)
class SearchResult:
    """The result of a search.

    Attributes:
        snapshot: The most trusted snapshot, with the spelling under which it was recorded; None
            without any.
        has_other_spellings: Whether the index has snapshots of similar URLs that were not chosen.
    """

    snapshot: Snapshot | None
    has_other_spellings: bool


class SnapshotSearch:
    """Searches for the snapshots of one page.

    Args:
        url: The page's URL, as it is requested.
        endpoint: The service's base address.
        get: Sends a request to the service and checks the response.
        get_any: Sends a request and returns a response of any status.
        excluded: Mirrors that are known to be unusable.
        is_failing: Whether the page is not served any more. Only then mobile pages and captured
            redirects are worth their requests.
    """

    def __init__(
        self,
        url: str,
        endpoint: str,
        get: Get,
        get_any: Get,
        *,
        excluded: Collection[str] = (),
        is_failing: bool = False,
    ) -> None:
        self._url = url
        self._endpoint = endpoint
        self._get = get
        self._get_any = get_any
        self._excluded = frozenset(map(link_key, excluded))
        self._is_failing = is_failing
        self._candidates: list[Snapshot] = []
        self._revisits: list[CDXSnapshot] = []  # of the page; what they repeat is not known
        self._excluded_digests: set[str] = set()  # of the contents of excluded mirrors
        self._has_other_pages = False  # whether the index returned rows of other pages
        self._problem = ""  # why it is not certain that there is no snapshot

    def nearest(self, moment: datetime, *, prefer_earlier: bool = True) -> SearchResult:
        """Return the most trusted snapshot; of equals, the one nearest to a time.

        Any earlier snapshot is preferred to a later one.

        Under some spellings a snapshot may be of another page: only its text can confirm it
        (`Spelling.needs_confirmation`). If there is no other snapshot, more spellings are tried
        and, for a failing page, captured redirects.

        Args:
            moment: The time.
            prefer_earlier: If False, the nearest snapshot of exactly the URL is returned, whether
                earlier or later.

        Raises:
            ArchiveError: The index did not respond, or its response allows no conclusion.
        """
        exact = self._read_nearest(until=moment)
        if exact is None or (not prefer_earlier and exact.captured_at < moment):
            later = self._read_nearest(since=moment)
            both = [each for each in (exact, later) if each is not None]
            exact = min(both, key=lambda each: abs(each.captured_at - moment), default=None)
        found = exact or self._best_candidate(moment)
        if found is None or found.spelling.needs_confirmation:
            self._read_other_spellings()
            found = self._best_candidate(moment)
        if not self._is_failing:
            # A living page can be captured: a snapshot to be confirmed is not worth the requests.
            is_certain = found is not None and not found.spelling.needs_confirmation
            return self._result(found if is_certain else None)
        if found is None or found.spelling.needs_confirmation:
            found = self._with_redirect(found, moment)
        return self._result(found)

    def oldest_since(self, moment: datetime) -> SearchResult:
        """Return the oldest snapshot made at a time or later, of exactly the cited URL.

        Raises:
            ArchiveError: For the same reasons as in `nearest`.
        """
        return self._result(self._read_nearest(since=moment) or self._oldest_revisit(moment))

    def _result(self, found: Snapshot | None) -> SearchResult:
        """Return the result; raise NoUsableResponse if there may be a snapshot nonetheless."""
        if found is None and self._problem:
            raise NoUsableResponse(self._problem)
        has_other_spellings = bool(self._candidates) or self._has_other_pages
        return SearchResult(found, has_other_spellings)

    def _read_nearest(
        self, *, until: datetime | None = None, since: datetime | None = None
    ) -> Snapshot | None:
        """Return the nearest snapshot of exactly the URL; add all usable ones to the candidates.

        More rows are requested if the nearest one cannot be used.

        Args:
            until: Return the newest snapshot at or before this time.
            since: Return the oldest snapshot at or after this time, if `until` is None.
        """
        for limit in (1, MAX_ROWS):
            last_rows_only = until is not None
            rows = self._rows(
                self._url, limit=-limit if last_rows_only else limit, until=until, since=since
            )
            exact = [
                each
                for each in self._add_candidates(rows)
                if each.spelling is Spelling.SAME and each.digest not in self._excluded_digests
            ]
            if exact:
                by_time = sorted(exact, key=lambda snapshot: snapshot.captured_at)
                return by_time[-1] if until else by_time[0]
            if len(rows) < limit:
                return None
        self._problem = (
            f"none of the {MAX_ROWS} snapshots nearest in time can be used, and there are more"
        )
        return None

    def _oldest_revisit(self, moment: datetime) -> Snapshot | None:
        """Return the oldest revisit since a time whose content is that of a snapshot before it."""
        if not self._revisits:
            return None
        before = self._rows(self._url, limit=-MAX_ROWS, until=moment)
        later = [
            each
            for each in self._add_candidates([*before, *self._revisits])
            if each.spelling is Spelling.SAME and each.captured_at >= moment
        ]
        return min(later, key=lambda snapshot: snapshot.captured_at, default=None)

    def _read_other_spellings(self) -> None:
        """Add the snapshots of spellings that the index stores under other keys as candidates."""
        for url in other_spellings(self._url, is_failing=self._is_failing):
            found = self._add_candidates(self._rows(url, limit=-MAX_ROWS))
            if any(not snapshot.spelling.needs_confirmation for snapshot in found):
                return
        if self._is_failing and neighbour_prefix(self._url):
            # The index may have the page with tracking parameters or a session id that the cited
            # URL lacks. The longest parameter narrows the query down most.
            address, _, own_query = self._url.partition("?")
            longest_parameter = max(own_query.split("&"), key=len)
            query = CdxQuery(
                address,
                self._endpoint,
                self._get,
                limit=MAX_ROWS,
                is_prefix=True,
                containing=longest_parameter,
            )
            same_page = [row for row in query.rows() if spelling_of(row.original, self._url)]
            self._add_candidates(same_page)

    def _with_redirect(self, found: Snapshot | None, moment: datetime) -> Snapshot | None:
        """Return the target of a captured redirect, unless the snapshot found is trusted more."""
        redirects = ArchivedRedirects(self._endpoint, self._get, self._get_any)
        target = redirects.target_of(self._url, moment)
        if target is None or link_key(target.url) in self._excluded:
            return found
        is_better = found is None or _RANK[target.spelling] < _RANK[found.spelling]
        return target if is_better else found

    def _best_candidate(self, moment: datetime) -> Snapshot | None:
        """Return the most trusted candidate, of equals the nearest one; None without any."""

        # Sorted by: excluded content last, the most trusted spelling, earlier ones, the nearest.
        def rank(snapshot: Snapshot) -> tuple[bool, int, bool, timedelta]:
            gap = snapshot.captured_at - moment
            # The content of an excluded mirror is the last choice: perhaps only its replay failed.
            has_excluded_content = snapshot.digest in self._excluded_digests
            is_later = gap > timedelta()
            return has_excluded_content, _RANK[snapshot.spelling], is_later, abs(gap)

        return min(self._candidates, key=rank, default=None)

    def _rows(
        self,
        url: str,
        *,
        limit: int,
        until: datetime | None = None,
        since: datetime | None = None,
    ) -> Sequence[CDXSnapshot]:
        """Return the first rows of a URL in the index; with a negative limit, the last ones."""
        query = CdxQuery(url, self._endpoint, self._get, limit=limit, until=until, since=since)
        return query.rows()

    def _add_candidates(self, rows: Sequence[CDXSnapshot]) -> Sequence[Snapshot]:
        """Add the usable snapshots among rows to the candidates.

        Excluded contents, rows of other pages, revisits and unreadable rows are noted in fields.

        Returns:
            The snapshots added.
        """
        readable = readable_rows(rows)
        if len(readable) < len(rows):
            self._problem = "the index returned rows that cannot be read"
        spellings = {row.original: spelling_of(row.original, self._url) for row in readable}
        same_page = [row for row in readable if spellings[row.original] is not None]
        if len(same_page) < len(readable):
            self._has_other_pages = True
        found = []
        for row in usable_rows(same_page):
            spelling = spellings[row.original]
            snapshot = _without_foreign_session(snapshot_of_row(row), row.urlkey)
            if link_key(snapshot.url) in self._excluded:
                if snapshot.digest:
                    self._excluded_digests.add(snapshot.digest)
            elif spelling is not None and not contains_private_token(snapshot.original, self._url):
                found.append(replace(snapshot, spelling=spelling))
        self._candidates += found
        self._revisits += [row for row in same_page if row.statuscode == REVISIT_STATUS]
        return found


def _without_foreign_session(snapshot: Snapshot, key: str) -> Snapshot:
    """Return a snapshot without the session id in its URLs, if it can be replayed without.

    The session was that of the crawler that captured the page; reports should not show its id.

    Args:
        snapshot: A snapshot.
        key: Its key in the index. If the key lacks the session id, the index ignores it.
    """
    original = without_session_id(snapshot.original)
    if original == snapshot.original or without_session_id(key) != key:
        return snapshot
    sessionless = wayback_snapshot(format_timestamp(snapshot.captured_at), original)
    return replace(snapshot, url=sessionless.url, original=original)
