"""Any archive that speaks Memento: a TimeGate, a TimeMap, or both (RFC 7089)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from urllib.parse import urljoin

from crawler.archive_clients.transport import ArchiveResponse, Transport, check_response, check_rate_limit
from crawler.archives.interface import (
    ArchiveError,
    CaptureExcluded,
    NoAnswer,
    RateLimited,
    SnapshotFinder,
)
from crawler.archives.link_header import linked_mementos, memento_datetime, parse_link_header
from crawler.archives.mirror_urls import parse_mirror
from crawler.http import LONGEST_LOCATION
from crawler.http.urls import InvalidUrl, request_url, same_address
from store.vocabulary import LookupResult, LookupOutcome, Snapshot

_Memento = tuple[str, datetime]  # its address and its time
_Find = Callable[[str], _Memento | None]

_REDIRECTS = (301, 302, 303, 307)
_SHOWN = 500  # characters of a strange address in a message


class MementoClient(SnapshotFinder):
    """Asks the TimeMap where there is one, which tells everything, else the TimeGate. `timeout` is in seconds for a whole answer."""

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
        """Let go of the connections."""
        self._transport.close()

    def nearest(self, original: str, moment: datetime) -> LookupResult:
        """The newest memento at or before `moment`, else the oldest one after it. The status at capture is not told."""
        return self._answered(
            original,
            lambda asked: (
                self._listed(asked, moment) if self._timemap else self._negotiated(asked, moment)
            ),
        )

    def since(self, original: str, moment: datetime) -> LookupResult:
        """The oldest memento at `moment` or later; a TimeGate alone cannot tell."""
        if not self._timemap:
            return LookupResult(
                outcome=LookupOutcome.UNKNOWN, detail="a TimeGate does not tell what came since"
            )
        return self._answered(original, lambda asked: _first_after(self._mementos(asked), moment))

    def _answered(self, original: str, find: _Find) -> LookupResult:
        try:
            asked = request_url(original)
            found = find(asked)
        except InvalidUrl as error:
            return LookupResult(outcome=LookupOutcome.UNKNOWN, detail=str(error))
        except RateLimited as error:
            return LookupResult(
                outcome=LookupOutcome.UNKNOWN, detail=str(error), retry_after=error.retry_after
            )
        except CaptureExcluded as error:
            return LookupResult(outcome=LookupOutcome.EXCLUDED, detail=str(error))
        except ArchiveError as error:
            return LookupResult(outcome=LookupOutcome.UNKNOWN, detail=str(error))
        if found is None:
            return LookupResult(outcome=LookupOutcome.NONE)
        url, captured_at = found
        return LookupResult(
            outcome=LookupOutcome.FOUND,
            snapshot=Snapshot(service=self._name, url=url, original=asked, captured_at=captured_at),
        )

    # --- the TimeMap

    def _listed(self, asked: str, moment: datetime) -> _Memento | None:
        mementos = self._mementos(asked)
        before = [memento for memento in mementos if memento[1] <= moment]
        return (
            max(before, key=lambda memento: memento[1])
            if before
            else _first_after(mementos, moment)
        )

    def _mementos(self, asked: str) -> list[_Memento]:
        """All mementos of a page; none where the archive does not know it. Raises `ArchiveError`."""
        answer = self._transport.get(f"{self._timemap}{asked}", timeout=self._timeout)
        if answer.status == 404:
            return []
        listed = _mementos_at(answer.url, check_response(answer).text)
        if not listed:
            raise NoAnswer(f"the TimeMap names no memento: {answer.excerpt}", status=answer.status)
        _check_original(answer.text, asked)
        return listed

    # --- the TimeGate

    def _negotiated(self, asked: str, moment: datetime) -> _Memento | None:
        accept = {"Accept-Datetime": moment.astimezone(UTC).strftime("%a, %d %b %Y %H:%M:%S GMT")}
        answer = self._transport.get(
            f"{self._timegate}{asked}", timeout=self._timeout, accept=accept
        )
        if answer.status == 404:
            return None  # section 4.5.3: the TimeGate knows of no memento
        check_rate_limit(answer)
        if answer.status not in _REDIRECTS:
            check_response(answer)
        link = answer.headers.get("Link", "")
        chosen = _chosen(answer)
        known = _mementos_at(answer.url, link)
        if chosen is None:
            raise NoAnswer(f"the TimeGate names no memento: {answer.excerpt}", status=answer.status)
        if not _check_original(link, asked):
            _check_shown(chosen[0], asked)
        # the TimeGate's choice is the nearest; before is better than after, and the neighbours stand in the header
        before = [memento for memento in (chosen, *known) if memento[1] <= moment]
        return max(before, key=lambda memento: memento[1]) if before else chosen


def _chosen(answer: ArchiveResponse) -> _Memento | None:
    """The memento a TimeGate leads to, or answers with (patterns 1.1 and 1.2 of section 4.1)."""
    named = (
        answer.headers.get("Location")
        if answer.status in _REDIRECTS
        else answer.headers.get("Content-Location")
    )
    if not named:
        return None
    url = _absolute(answer.url, named)
    linked = dict(_mementos_at(answer.url, answer.headers.get("Link", "")))
    shown = parse_mirror(url)
    captured_at = (
        linked.get(url)
        or memento_datetime(answer.headers.get("Memento-Datetime", ""))
        or (shown.captured_at if shown else None)
    )
    return (url, captured_at) if url and captured_at else None


def _mementos_at(base: str, links: str) -> list[_Memento]:
    """Return the mementos that links name, those without an address that can be requested left out."""
    named = ((_absolute(base, url), captured_at) for url, captured_at in linked_mementos(links))
    return [(url, captured_at) for url, captured_at in named if url]


def _absolute(base: str, address: str) -> str:
    """Return a memento's address made whole, otherwise as it is written; empty where it cannot be requested."""
    try:
        url = urljoin(base, address)
        request_url(url)
    except ValueError:
        return ""
    return url if len(url) <= LONGEST_LOCATION else ""


def _check_original(links: str, asked: str) -> bool:
    """Tell whether the answer names its original. Raises `NoAnswer` where it is another page: indexes fold case, addresses do not."""
    originals = [target for target, rels in parse_link_header(links) if "original" in rels]
    if originals and not any(same_address(original, asked) for original in originals):
        raise NoAnswer(f"the answer is about {originals[0][:_SHOWN]}")
    return bool(originals)


def _check_shown(url: str, asked: str) -> None:
    shown = parse_mirror(url)
    if shown is None or shown.original is None or not same_address(shown.original, asked):
        raise NoAnswer(f"whose copy {url[:_SHOWN]} is, is not said")


def _first_after(mementos: Iterable[_Memento], moment: datetime) -> _Memento | None:
    return min(
        (memento for memento in mementos if memento[1] >= moment),
        key=lambda memento: memento[1],
        default=None,
    )
