"""Where mementos are read from: the Wayback Machine, and an archive of our own, whose records lie on the disk."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from crawler.archives.local.addresses import record_address
from crawler.archives.local.chains import read_chain
from crawler.archives.local.folder import Folder
from crawler.archives.local.records import RecordDamaged
from crawler.job import Job
from crawler.preservation.asking import WAYBACK
from crawler.probing.bodies import decode_body
from crawler.texts import PAGE_LIMIT
from crawler.urls import InvalidUrl, request_url
from store.mementos import KeptMemento
from store.vocabulary import LOCAL


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnMemento:
    """What a record of ours shows, at the end of its redirects. `url` is where that came from; `body` has its codings undone."""

    url: str
    headers: Mapping[str, str]
    body: bytes


def services_with_mementos(job: Job) -> Sequence[str]:
    """Name the services whose mementos can be read from here."""
    return (WAYBACK, LOCAL) if Folder(job.loaded.local_archive).exists() else (WAYBACK,)


def read_own(job: Job, kept: KeptMemento) -> OwnMemento:
    """Read a memento from our own archive. Raises RecordDamaged."""
    try:
        key = record_address(kept.timestamp, request_url(kept.original))
    except InvalidUrl as error:
        raise RecordDamaged("not to be found by its address") from error
    last = read_chain(Folder(job.loaded.local_archive), key)[-1]
    headers = last.http_headers
    return OwnMemento(url=last.url, headers=headers, body=decode_body(last.content, headers.get("content-encoding", ""), limit=PAGE_LIMIT))
