"""The pages a piece of work has read: living ones, and mementos of those that are gone."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field

from crawler.archives import parse_mirror
from crawler.http.urls import link_key
from crawler.jobs.job import Job
from crawler.liveness import SiteKnowledge, judge, judge_mirror, make_judgement, parse_replay_url, next_hop
from crawler.local_archive.model import RecordDamaged
from crawler.page_text import PAGE_LIMIT, PageText, read_page_text, shingles
from crawler.page_text.similarity import Shingles
from crawler.probing.probe_targets import raw_memento
from crawler.probing.prober import PageRead, Target
from crawler.reading.memento_reader import read_local_memento
from crawler.reading.polite_reader import PoliteReader, page_target
from store.vocabulary import LOCAL, Judgement, Reason, Role, Snapshot, Verdict, format_timestamp
from store.work.mementos import StoredMemento

_TELLING_FILE = 1_000  # bytes; a shorter one may be the same by chance


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadPage:
    """A page as it was read. `url` is where it is: where it was asked for, or where it said it moved to. `text` is empty of a mere file."""

    url: str
    judgement: Judgement
    text: PageText
    digest: str = ""  # of its bytes, where they are no text
    text_shingles: Shingles = field(default=frozenset(), repr=False)
    main_shingles: Shingles = field(default=frozenset(), repr=False)

    @property
    def is_served(self) -> bool:
        return self.judgement.verdict in (Verdict.ALIVE, Verdict.MOVED)


class PageCache:
    """Reads pages once each, however often they are asked for."""

    def __init__(self, job: Job, reader: PoliteReader) -> None:
        self._job = job
        self._reader = reader
        self._read: dict[str, ReadPage] = {}

    @property
    def served(self) -> list[ReadPage]:
        """The living pages read so far."""
        return [page for page in self._read.values() if page.is_served]

    async def page(self, url: str, *, cited: bool = False) -> ReadPage | None:
        """Read a living page; None where it was not asked. `cited`: a page of the wiki names it. Raises LeaseLost."""
        key = link_key(url)
        if key not in self._read:
            reading = await self._reader.read(page_target(url, cited=cited))
            if reading is None:
                return None
            self._read[key] = await asyncio.to_thread(
                read_page_from, reading, judge(reading.probe, SiteKnowledge())
            )
        return self._read[key]

    async def memento(self, kept: StoredMemento) -> ReadPage | None:
        """Read a memento as it was captured, one of our own from the disk; None where the archive gave no answer. Raises LeaseLost."""
        if kept.service == LOCAL:
            return await asyncio.to_thread(self._own, kept)
        target = self._raw(kept.url, kept.original, kept.timestamp)
        reading, address = await self._reader.read(target), parse_mirror(kept.url)
        return (
            await asyncio.to_thread(read_page_from, reading, judge_mirror(reading.probe, address))
            if reading and address
            else None
        )

    def _own(self, kept: StoredMemento) -> ReadPage:
        try:
            shown = read_local_memento(self._job, kept)
        except RecordDamaged as error:
            return ReadPage(
                url=kept.url,
                judgement=make_judgement(Reason.NOT_FOUND, f"the record is {error}"),
                text=PageText(),
            )
        return make_read_page(kept.url, shown.body, shown.headers, shown.url, make_judgement(Reason.OK))

    async def archived_redirect(self, snapshot: Snapshot) -> str | None:
        """Where an archived redirect led; None where the archive does not tell. Raises LeaseLost."""
        reading = await self._reader.read(
            self._raw(snapshot.url, snapshot.original, format_timestamp(snapshot.captured_at))
        )
        target = (
            next_hop(reading.probe.requests[-1]) if reading and reading.probe.requests else None
        )
        shown = parse_replay_url(target) if target else None
        return shown.original if shown else None

    def _raw(self, url: str, original: str, timestamp: str) -> Target:
        asked = raw_memento(original, timestamp, self._job.config.archives.wayback)
        return Target(
            url=url, role=Role.MIRROR, fetch_url=asked, follow=False, max_bytes=PAGE_LIMIT
        )


def read_page_from(reading: PageRead, judgement: Judgement) -> ReadPage:
    """Make of an answer what it says."""
    body, headers = reading.response.body, reading.response.headers
    url = reading.url if judgement.verdict is Verdict.MOVED else reading.probe.url
    return make_read_page(url, body, headers, reading.url, judgement)


def make_read_page(
    url: str, body: bytes, headers: Mapping[str, str], base: str, judgement: Judgement
) -> ReadPage:
    """Make of a body that came from `base` what it says."""
    text = read_page_text(body, headers, base)
    is_file = not text.text and len(body) >= _TELLING_FILE
    digest = hashlib.sha256(body).hexdigest() if is_file else ""
    return ReadPage(
        url=url,
        judgement=judgement,
        text=text,
        digest=digest,
        text_shingles=shingles(text.text),
        main_shingles=shingles(text.main),
    )
