"""Read and parse living pages and mementos; each living page is read once."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field

from crawler.archives import parse_mirror
from crawler.http.urls import link_key
from crawler.jobs.job import Job
from crawler.liveness import (
    SiteKnowledge,
    judge,
    judge_mirror,
    make_judgement,
    next_hop,
    parse_replay_url,
)
from crawler.local_archive import RecordDamaged, RecordUnreadable
from crawler.page_text.main_text import PAGE_LIMIT, PageText, read_page_text
from crawler.page_text.similarity import Shingles, shingles
from crawler.probing.probe_targets import raw_memento_url
from crawler.probing.target import PageRead, ProbeTarget
from crawler.reading.memento_reader import read_local_memento
from crawler.reading.polite_reader import PoliteReader, page_target
from store.vocabulary import (
    LOCAL,
    SERVED_VERDICTS,
    Judgement,
    Reason,
    Role,
    Snapshot,
    Verdict,
    format_timestamp,
)
from store.work.archives.mementos import StoredMemento

_MIN_DIGEST_BYTES = 1_000  # shorter files may be equal by chance


@dataclass(frozen=True, slots=True, kw_only=True)
class ParsedPage:
    """A page that was read, with its text.

    Attributes:
        url: The page's address: the requested URL, or the one to which it moved permanently.
        judgement: The verdict on the page or memento.
        text: Its text; empty for other files, such as images.
        digest: The SHA-256 of its bytes, for a file without text; else "". An HTML page without
            text has none: an application serves the same one at all its addresses.
        text_shingles: The shingles of everything it shows.
        main_shingles: The shingles of its main text.
    """

    url: str
    judgement: Judgement
    text: PageText
    digest: str = ""
    text_shingles: Shingles = field(default=frozenset(), repr=False)
    main_shingles: Shingles = field(default=frozenset(), repr=False)

    @property
    def is_served(self) -> bool:
        """True if the page is there: it was served, or moved."""
        return self.judgement.verdict in SERVED_VERDICTS


class PageCache:
    """Reads each living page once, however often it is requested."""

    def __init__(self, job: Job, reader: PoliteReader) -> None:
        self._job = job
        self._reader = reader
        self._pages: dict[str, ParsedPage] = {}  # by link key

    @property
    def served(self) -> list[ParsedPage]:
        """The living pages read so far."""
        return [page for page in self._pages.values() if page.is_served]

    async def page(self, url: str, *, is_cited: bool = False) -> ParsedPage | None:
        """Return a living page.

        Args:
            url: The page's URL.
            is_cited: Whether a page of the wiki cites the URL.

        Returns:
            The page; None if it was not requested.

        Raises:
            LeaseLost: Another process took the host's lease over.
        """
        key = link_key(url)
        if key not in self._pages:
            read = await self._reader.read(page_target(url, is_cited=is_cited))
            if read is None:
                return None
            judgement = judge(read.probe, SiteKnowledge())
            self._pages[key] = await asyncio.to_thread(_parse_read, read, judgement)
        return self._pages[key]

    async def memento(self, memento: StoredMemento) -> ParsedPage | None:
        """Return a memento as it was captured.

        Args:
            memento: The memento; one of the local archive is read without a request.

        Returns:
            The page it shows; None if it was not requested, or its URL is not one of a mirror's
            known forms.

        Raises:
            LeaseLost: Another process took the archive's lease over.
        """
        if memento.service == LOCAL:
            return await asyncio.to_thread(self._local_memento, memento)
        address = parse_mirror(memento.url)
        if address is None:
            return None  # what it shows could not be judged
        # It may be recorded under another spelling, or be the target of a captured redirect.
        recorded = address.original or memento.original
        target = self._memento_target(memento.url, recorded, memento.timestamp)
        read = await self._reader.read(target)
        if read is None:
            return None
        return await asyncio.to_thread(_parse_read, read, judge_mirror(read.probe, address))

    async def archived_redirect(self, snapshot: Snapshot) -> str | None:
        """Return the target of an archived redirect; None if it was not requested or shows none.

        Raises:
            LeaseLost: Another process took the archive's lease over.
        """
        timestamp = format_timestamp(snapshot.captured_at)
        target = self._memento_target(snapshot.url, snapshot.original, timestamp)
        read = await self._reader.read(target)
        if read is None or not read.probe.requests:
            return None
        replay_url = next_hop(read.probe.requests[-1])
        address = parse_replay_url(replay_url) if replay_url else None
        return address.original if address else None

    def _local_memento(self, memento: StoredMemento) -> ParsedPage:
        try:
            found = read_local_memento(self._job, memento)
        except RecordDamaged as error:
            is_unreadable = isinstance(error, RecordUnreadable)  # now; it may be in order
            reason = Reason.INTERRUPTED if is_unreadable else Reason.NOT_FOUND
            judgement = make_judgement(reason, f"the record is {error}")
            return ParsedPage(url=memento.url, judgement=judgement, text=PageText())
        judgement = make_judgement(Reason.OK)
        return _parse(memento.url, found.body, found.headers, found.url, judgement)

    def _memento_target(self, url: str, original: str, timestamp: str) -> ProbeTarget:
        """Return the target for a memento without the archive's frame."""
        fetch_url = raw_memento_url(original, timestamp, self._job.config.archives.wayback)
        return ProbeTarget(
            url=url, role=Role.MIRROR, fetch_url=fetch_url, follow=False, max_bytes=PAGE_LIMIT
        )


def _parse_read(read: PageRead, judgement: Judgement) -> ParsedPage:
    """Parse the last response of a probe."""
    url = read.url if judgement.verdict is Verdict.MOVED else read.probe.url
    return _parse(url, read.response.body, read.response.headers, read.url, judgement)


def _parse(
    url: str, body: bytes, headers: Mapping[str, str], base: str, judgement: Judgement
) -> ParsedPage:
    """Parse a body; `base` is the URL it came from."""
    text = read_page_text(body, headers, base)
    is_file = not text.text and len(body) >= _MIN_DIGEST_BYTES and not _is_html(body, headers)
    return ParsedPage(
        url=url,
        judgement=judgement,
        text=text,
        digest=hashlib.sha256(body).hexdigest() if is_file else "",
        text_shingles=shingles(text.text),
        main_shingles=shingles(text.main),
    )


def _is_html(body: bytes, headers: Mapping[str, str]) -> bool:
    """Return whether a response is an HTML page: by its type, or without one by its first byte."""
    content_type = headers.get("content-type", "").lower()
    return "html" in content_type or (not content_type and body.lstrip()[:1] == b"<")
