"""What asking for a page, or for something it shows, brought for the archive; recorded while a prober asked."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest

from crawler.http import decode_page, decode_text
from crawler.http.content_encoding import decode_body
from crawler.http.exchange import HttpExchange
from crawler.http.fetch import FetchRequest, FetchResponse
from crawler.jobs.clock import Clock
from crawler.local_archive.cdxj import media_type
from crawler.local_archive.page_requisites import css_requisites, page_requisites
from store.vocabulary import Probe

_PAGES = frozenset({"text/html", "application/xhtml+xml"})
_STYLES = frozenset({"text/css"})
_LOOKED_AT = 10_000_000  # bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class CapturedPage:
    """What asking for `url` came to. `exchanges` are the hops that led on and what came last; none where that did not come whole."""

    url: str
    exchanges: Sequence[HttpExchange] = ()
    missing_reason: str = ""  # why it did not come whole

    @property
    def first(self) -> HttpExchange:
        """What `url` itself answered."""
        return next(exchange for exchange in self.exchanges if exchange.url == self.url)

    @property
    def size(self) -> int:
        """The bytes of all bodies."""
        return sum(len(exchange.body) for exchange in self.exchanges)

    @property
    def mime(self) -> str:
        return (
            media_type(self.exchanges[-1].headers.get("content-type", "")) if self.exchanges else ""
        )

    @property
    def is_style_sheet(self) -> bool:
        return self.mime in _STYLES


class ExchangeRecorder:
    """Sends a prober's requests by `send`, and keeps what that records of each."""

    def __init__(
        self, send: Callable[[FetchRequest], Awaitable[FetchResponse]], clock: Clock
    ) -> None:
        self._send = send
        self._clock = clock
        self._exchanges: list[HttpExchange | None] = []
        self._lacks = ""

    async def __call__(self, ask: FetchRequest) -> FetchResponse:
        at = self._clock()
        answer = await self._send(ask)
        self._exchanges.append(replace(answer.exchange, at=at) if answer.exchange else None)
        self._lacks = answer.not_recorded or answer.detail or str(answer.fault or "")
        return answer

    def captured_page(self, url: str, probe: Probe) -> CapturedPage:
        """Put together what the requests of a probe brought: of each hop what its last try did."""
        paired = zip_longest(probe.requests, self._exchanges)
        hops = {request.hop: exchange for request, exchange in paired if request.method == "GET"}
        if not hops or not all(hops.values()):
            return CapturedPage(url=url, missing_reason=self._lacks or "no answer")
        # where a site leads back to an address it was asked for before, once a cookie is set, only what came last can be replayed
        last_of_each = {exchange.url: exchange for exchange in hops.values() if exchange}
        return CapturedPage(
            url=url,
            exchanges=tuple(
                exchange
                for exchange in hops.values()
                if exchange and last_of_each[exchange.url] is exchange
            ),
        )


def requisites_of(taken: CapturedPage) -> Sequence[str]:
    """List what a page or a style sheet shows. Reads its body: not for the loop's own thread."""
    last = taken.exchanges[-1]
    if not taken.is_style_sheet and taken.mime not in _PAGES:
        return ()
    body = decode_body(
        bytes(last.content), last.headers.get("content-encoding", ""), limit=_LOOKED_AT
    )
    if taken.is_style_sheet:
        return css_requisites(decode_text(body, last.headers.get("content-type", "")), last.url)
    encoding, text = decode_page(body, last.headers.get("content-type", ""))
    return page_requisites(text, last.url, encoding=encoding)
