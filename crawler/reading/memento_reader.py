"""Where mementos are read from: the Wayback Machine, and an archive of our own, whose records lie on the disk."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from crawler.archives.local_urls import record_address
from crawler.http.content_encoding import decode_body
from crawler.http.urls import InvalidUrl, request_url
from crawler.jobs.job import Job
from crawler.local_archive.layout import ArchiveLayout
from crawler.local_archive.model import RecordDamaged
from crawler.local_archive.redirect_chains import read_redirect_chain
from crawler.page_text import PAGE_LIMIT
from crawler.preservation.archive_session import WAYBACK
from store.vocabulary import LOCAL
from store.work.mementos import StoredMemento


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalMemento:
    """What a record of ours shows, at the end of its redirects. `url` is where that came from; `body` has its codings undone."""

    url: str
    headers: Mapping[str, str]
    body: bytes


def services_with_mementos(job: Job) -> Sequence[str]:
    """Name the services whose mementos can be read from here."""
    return (WAYBACK, LOCAL) if ArchiveLayout(job.loaded.local_archive).exists() else (WAYBACK,)


def read_local_memento(job: Job, memento: StoredMemento) -> LocalMemento:
    """Read a memento from our own archive. Raises RecordDamaged."""
    try:
        key = record_address(memento.timestamp, request_url(memento.original))
    except InvalidUrl as error:
        raise RecordDamaged("not to be found by its address") from error
    last = read_redirect_chain(ArchiveLayout(job.loaded.local_archive), key)[-1]
    headers = last.http_headers
    return LocalMemento(
        url=last.url,
        headers=headers,
        body=decode_body(last.content, headers.get("content-encoding", ""), limit=PAGE_LIMIT),
    )
