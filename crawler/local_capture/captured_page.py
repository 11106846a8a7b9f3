"""Record the exchanges of a probe, and assemble a page for the archive from them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest

from crawler.http.charsets import decode_page, decode_text
from crawler.http.content_encoding import decode_body
from crawler.http.exchange import HttpExchange
from crawler.http.fetch import Fetch, FetchRequest, FetchResponse
from crawler.jobs.clock import Clock
from crawler.local_archive.cdxj import media_type
from crawler.local_archive.page_requisites import css_requisites, page_requisites
from store.vocabulary import Probe

_PAGE_TYPES = frozenset({"text/html", "application/xhtml+xml"})
_STYLE_TYPES = frozenset({"text/css"})
_MAX_DECODED = 10_000_000  # bytes of a body that are searched for requisites


@dataclass(frozen=True, slots=True, kw_only=True)
class CapturedPage:
    """The recorded exchanges of one page or page requisite.

    Attributes:
        url: The requested URL.
        exchanges: The redirects and the final response; none if one of them is incomplete.
        missing_reason: Why there are none.
    """

    url: str
    exchanges: Sequence[HttpExchange] = ()
    missing_reason: str = ""

    @property
    def first(self) -> HttpExchange:
        """The exchange of the requested URL itself."""
        return next(exchange for exchange in self.exchanges if exchange.url == self.url)

    @property
    def size(self) -> int:
        """The bytes of all bodies."""
        return sum(len(exchange.body) for exchange in self.exchanges)

    @property
    def mime(self) -> str:
        """The media type of the final response; "" if there is none."""
        if not self.exchanges:
            return ""
        return media_type(self.exchanges[-1].headers.get("content-type", ""))

    @property
    def is_style_sheet(self) -> bool:
        """True if the final response is a style sheet."""
        return self.mime in _STYLE_TYPES


class ExchangeRecorder:
    """A `Fetch` that passes requests to another one, and keeps the exchanges in its responses.

    Args:
        fetch: Sends a request.
        clock: Returns the current time.
    """

    def __init__(self, fetch: Fetch, clock: Clock) -> None:
        self._fetch = fetch
        self._clock = clock
        self._exchanges: list[HttpExchange | None] = []  # one for each request
        self._missing_reason = ""  # why the last exchange is incomplete

    async def __call__(self, request: FetchRequest) -> FetchResponse:
        """Send a request and keep its exchange."""
        at = self._clock()
        response = await self._fetch(request)
        exchange = replace(response.exchange, at=at) if response.exchange else None
        self._exchanges.append(exchange)
        fault = str(response.fault or "")
        self._missing_reason = response.not_recorded or response.detail or fault
        return response

    def captured_page(self, url: str, probe: Probe) -> CapturedPage:
        """Return the page that a probe recorded: the last exchange of each hop.

        A hop is a URL of the redirect chain, which may be requested several times.

        Args:
            url: The requested URL.
            probe: The probe whose requests this recorder sent.

        Returns:
            The page, without exchanges if one of them is incomplete.
        """
        # A request that is repeated has the hop of the first one, so the last exchange remains.
        last_by_hop: dict[int, HttpExchange | None] = {}
        for request, exchange in zip_longest(probe.requests, self._exchanges):
            if request.method == "GET":
                last_by_hop[request.hop] = exchange
        exchanges = [exchange for exchange in last_by_hop.values() if exchange is not None]
        if not last_by_hop or len(exchanges) < len(last_by_hop):
            return CapturedPage(url=url, missing_reason=self._missing_reason or "no response")
        # A site may redirect back to a URL once it has set a cookie. Replay can show only the
        # last response of a URL.
        last_by_url = {exchange.url: exchange for exchange in exchanges}
        kept = [exchange for exchange in exchanges if last_by_url[exchange.url] is exchange]
        return CapturedPage(url=url, exchanges=tuple(kept))


def requisites_of(page: CapturedPage) -> Sequence[str]:
    """Return the URLs of the requisites of a page or style sheet.

    It decodes and parses the body: call it in a worker thread.
    """
    if not page.is_style_sheet and page.mime not in _PAGE_TYPES:
        return ()
    last = page.exchanges[-1]
    content_type = last.headers.get("content-type", "")
    encoding = last.headers.get("content-encoding", "")
    body = decode_body(bytes(last.content), encoding, limit=_MAX_DECODED)
    if page.is_style_sheet:
        return css_requisites(decode_text(body, content_type), last.url)
    charset, text = decode_page(body, content_type)
    return page_requisites(text, last.url, encoding=charset)
