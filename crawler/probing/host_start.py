"""Read what is stored about hosts when work on them begins, many hosts in one transaction."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import NamedTuple

from sqlalchemy import Connection

from crawler.jobs.batcher import Batcher
from crawler.jobs.job import Job
from crawler.probing.probe_targets import RAW_MEMENTO_SERVICES
from store.vocabulary import Role
from store.work.cited_fragments import cited_fragments
from store.work.cited_texts import cited_texts
from store.work.frontier import (
    DueFilter,
    DueHost,
    DueLink,
    due_links,
    due_links_by_host,
)
from store.work.host_knowledge import HostKnowledge, host_knowledge
from store.work.page_evidence import earlier_pages

_LINKS_PER_QUERY = 200


class HostStart(NamedTuple):
    """The stored knowledge of a host when work on it begins, and its first due links."""

    knowledge: HostKnowledge
    links: Sequence[DueLink]


HostStartBatcher = Batcher[tuple[DueHost, DueFilter], HostStart]


def batch_host_starts(job: Job) -> HostStartBatcher:
    """Return a batcher that reads the starts of many hosts together.

    Each request is a host with the filter of its due links.
    """
    return Batcher(partial(_read_host_starts, job), run=job.retries.run)


async def iterate_due_links(
    job: Job, host: DueHost, due_filter: DueFilter, first: Sequence[DueLink]
) -> AsyncIterator[DueLink]:
    """Yield a host's due links, reading more of them when those of one query are used up.

    Args:
        job: The job.
        host: The host.
        due_filter: Which links are due.
        first: The result of the first query (`HostStart.links`).

    Yields:
        The links, in the order of the frontier.
    """
    links = first
    while links:
        for link in links:
            yield link
        if len(links) < _LINKS_PER_QUERY:
            return
        links = await job.read(_next_links, host.id, due_filter, links[-1])


def _read_host_starts(
    job: Job, requested: Sequence[tuple[DueHost, DueFilter]]
) -> Sequence[HostStart]:
    links: dict[int, Sequence[DueLink]] = {}
    with job.database.read() as connection:
        for due_filter in {due_filter for _, due_filter in requested}:
            hosts = [host for host, other in requested if other == due_filter]
            links |= _first_links(connection, hosts, due_filter)
        links = _with_evidence(connection, links, _wanted_fragments(requested))
        knowledge = host_knowledge(connection, [host.id for host, _ in requested])
    return [HostStart(knowledge[host.id], links[host.id]) for host, _ in requested]


def _next_links(
    connection: Connection, host_id: int, due_filter: DueFilter, last: DueLink
) -> Sequence[DueLink]:
    links = due_links(connection, host_id, due_filter, after=last, limit=_LINKS_PER_QUERY)
    return _with_evidence(connection, {host_id: links}, due_filter.fragments)[host_id]


def _wanted_fragments(
    requested: Sequence[tuple[DueHost, DueFilter]],
) -> tuple[tuple[int, str], ...]:
    """Return the fragments that the filters name, each with the id of its link."""
    return tuple(pair for _, due_filter in requested for pair in due_filter.fragments)


def _with_evidence(
    connection: Connection,
    links: Mapping[int, Sequence[DueLink]],
    wanted: Sequence[tuple[int, str]],
) -> dict[int, Sequence[DueLink]]:
    """Return links with their archived pages, citation texts and fragments: three queries for all.

    Args:
        connection: The database.
        links: The links by host id.
        wanted: Further fragments to look for, each with the id of its link.

    Returns:
        The links by host id.
    """
    link_ids = [link.id for group in links.values() for link in group if link.role is Role.LINK]
    pages = earlier_pages(connection, link_ids, services=RAW_MEMENTO_SERVICES)
    texts = cited_texts(connection, link_ids)
    fragments = {
        link_id: set(cited) for link_id, cited in cited_fragments(connection, link_ids).items()
    }
    for link_id, fragment in wanted:
        fragments.setdefault(link_id, set()).add(fragment)

    def with_knowledge(link: DueLink) -> DueLink:
        return replace(
            link,
            archived_page=pages.get(link.id),
            cited_as=texts.get(link.id, ()),
            fragments=tuple(sorted(fragments.get(link.id, ()))),
        )

    return {host_id: list(map(with_knowledge, group)) for host_id, group in links.items()}


def _first_links(
    connection: Connection, hosts: Sequence[DueHost], due_filter: DueFilter
) -> dict[int, Sequence[DueLink]]:
    """Return the first due links by host id: one query for all short queues, one per long one."""
    short = [host.id for host in hosts if host.links <= _LINKS_PER_QUERY]
    by_host: dict[int, Sequence[DueLink]] = {}
    if short:
        limit = _LINKS_PER_QUERY * len(short)
        by_host |= due_links_by_host(connection, short, due_filter, limit=limit)
    for host in hosts:
        if host.links > _LINKS_PER_QUERY:
            by_host[host.id] = due_links(connection, host.id, due_filter, limit=_LINKS_PER_QUERY)
    return by_host
