"""The archive of an invented web: a fake Wayback Machine whose index omits session ids."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from urllib.parse import parse_qsl, urlencode

from aiohttp import web

from crawler.demo.archive_cdx import cdx_response
from crawler.demo.archive_data import StoredSnapshot, surt
from store.vocabulary import parse_timestamp
from tests.web.archive import RunningWayback

# What the index drops from paths and queries (surt's IAURLCanonicalizer).
_IN_PATH = re.compile(r";jsessionid=[0-9a-z]{32}(?=$|\?)", re.IGNORECASE)
_IN_QUERY = re.compile(r"(?<=[?&])(?:jsessionid|phpsessid|sid)=[0-9a-z]{32}(?:&|$)", re.IGNORECASE)


def index_key(url: str) -> str:
    """Return the key of a URL in the index."""
    return surt(_IN_QUERY.sub("", _IN_PATH.sub("", url)).rstrip("?&"))


class IndexedSnapshot(StoredSnapshot):
    """A snapshot that is indexed by its URL without session ids."""

    __slots__ = ()

    @property
    def key(self) -> str:
        """The key of its URL in the index."""
        return index_key(self.original)


class WorldArchive(RunningWayback):
    """The archive, running; it captures nothing."""

    def __init__(self, snapshots: Iterable[StoredSnapshot]) -> None:
        super().__init__(snapshots)

    async def _handle_cdx(self, request: web.Request) -> web.Response:
        query = parse_qsl(request.rel_url.raw_query_string, keep_blank_values=True)
        stripped = [
            (name, _without_session(value) if name == "url" else value) for name, value in query
        ]
        try:
            return cdx_response(urlencode(stripped), self._indexed())
        except (ValueError, re.error) as error:
            return web.Response(status=400, text=str(error))

    def _nearest(self, snapshots: Sequence[StoredSnapshot], timestamp: str) -> StoredSnapshot:
        """Return the nearest snapshot whose own time can be read, if there is one."""
        readable = [each for each in snapshots if parse_timestamp(each.timestamp)]
        return super()._nearest(readable or snapshots, timestamp)

    def _snapshots_of(self, url: str) -> list[StoredSnapshot]:
        key = index_key(url)
        found = [snapshot for snapshot in self._indexed() if snapshot.key == key]
        return sorted(found, key=lambda snapshot: snapshot.timestamp)


def _without_session(url: str) -> str:
    return _IN_QUERY.sub("", _IN_PATH.sub("", url)).rstrip("?&")
