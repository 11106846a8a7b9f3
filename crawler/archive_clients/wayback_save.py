"""Request captures of the Wayback Machine without keys, by waybackpy's save API."""

from __future__ import annotations

from waybackpy import WaybackMachineSaveAPI

from crawler.archive_clients.cdx import Get, wayback_snapshot
from crawler.archive_clients.transport import check_rate_limit, check_response
from crawler.archives.interface import NoUsableResponse
from crawler.archives.link_header import memento_from_headers
from store.vocabulary import Snapshot


class SaveRequest(WaybackMachineSaveAPI):
    """Makes waybackpy's capture request once, and reads the memento from the headers (RFC 7089).

    Call `save` of waybackpy once. It calls `get_save_request_headers` and `archive_url_parser`,
    which replace its own: those repeat requests and read a wrong address from the headers.

    Args:
        url: The URL to capture.
        endpoint: The address of the archive, without a slash at the end.
        get: Sends a GET request to a URL.

    Attributes:
        snapshot: The capture. Set once `save` has returned.
    """

    snapshot: Snapshot

    def __init__(self, url: str, endpoint: str, get: Get) -> None:
        super().__init__(url, max_tries=1)
        self.request_url = f"{endpoint}/save/{self.url}"
        self._get = get

    def get_save_request_headers(self) -> None:
        """Send the request. Raises ArchiveError."""
        self._response = self._get(self.request_url)
        check_rate_limit(self._response)

    def archive_url_parser(self) -> str:
        """Return the URL of the memento that the response names.

        Raises:
            NoUsableResponse: It names none; other errors are raised as by `check_response`.
        """
        memento = memento_from_headers(self._response.headers)
        if memento is None:
            check_response(self._response)
            raise NoUsableResponse(
                f"the response names no snapshot: {self._response.excerpt}",
                status=self._response.status,
            )
        self.snapshot = wayback_snapshot(memento.timestamp, memento.original or self.url)
        return self.snapshot.url
