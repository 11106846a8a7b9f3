"""Read mementos of the local archive, and name the services whose mementos can be read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from crawler.archives.local_urls import record_address
from crawler.http.content_encoding import decode_body
from crawler.http.urls import InvalidUrl, request_url
from crawler.jobs.job import Job
from crawler.local_archive import ArchiveLayout, RecordDamaged, read_redirect_chain
from crawler.page_text.main_text import PAGE_LIMIT
from crawler.preservation.archive_session import WAYBACK
from store.vocabulary import LOCAL
from store.work.archives.mementos import StoredMemento


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalMemento:
    """The page a record of the local archive shows, at the end of its redirects.

    Attributes:
        url: The URL of that page.
        headers: Its response headers, with lower-case names.
        body: Its body, transfer and content coding undone.
    """

    url: str
    headers: Mapping[str, str]
    body: bytes


def services_with_mementos(job: Job) -> Sequence[str]:
    """Return the services whose mementos can be read: the Wayback Machine and the local archive."""
    has_local_archive = ArchiveLayout(job.loaded.local_archive).exists()
    return (WAYBACK, LOCAL) if has_local_archive else (WAYBACK,)


def read_local_memento(job: Job, memento: StoredMemento) -> LocalMemento:
    """Return a memento from the local archive.

    Raises:
        RecordDamaged: Its records are missing or damaged.
    """
    try:
        key = record_address(memento.timestamp, request_url(memento.original))
    except InvalidUrl as error:
        raise RecordDamaged("not of an http or https URL") from error
    last = read_redirect_chain(ArchiveLayout(job.loaded.local_archive), key)[-1]
    headers = last.http_headers
    body = decode_body(last.content, headers.get("content-encoding", ""), limit=PAGE_LIMIT)
    return LocalMemento(url=last.url, headers=headers, body=body)
