"""Judge stored probes again by the present rules, and write the changed histories."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from functools import partial
from types import MappingProxyType

from sqlalchemy import Connection

from crawler.jobs.history_policy import bind_history_policy
from crawler.jobs.isolation import InternalErrors, Isolation, Unit
from crawler.jobs.job import Job
from crawler.liveness import judge, judge_mirror, needs_site_requests
from crawler.politeness.url_filters import NO_ACCEPTED_STATUSES, AcceptedStatuses
from crawler.probing.probe_targets import RAW_MEMENTO_SERVICES
from crawler.probing.site_knowledge import SiteState
from store.maintenance.link_rejudger import RejudgedLink
from store.maintenance.rejudge import links_with_probes, rejudge_probes, write_rejudged
from store.schema.engine import Database
from store.vocabulary import HistoryPolicy, Judgement, MirrorAddress, PageEvidence, Probe
from store.work.cited_texts import cited_texts
from store.work.frontier import schedule_probes
from store.work.history import Advance
from store.work.host_knowledge import HostKnowledge
from store.work.page_evidence import (
    earlier_pages,
    links_with_new_mementos,
)

_REPROBE_AFTER = timedelta(hours=20)  # before the next daily run
_LINKS_PER_TRANSACTION = 100  # few enough for a run at the same time to wait only a moment


def rejudge(
    database: Database,
    policy: HistoryPolicy,
    accepted: AcceptedStatuses = NO_ACCEPTED_STATUSES,
    *,
    write: bool,
    errors: InternalErrors | None = None,
) -> Iterator[RejudgedLink]:
    """Judge every stored probe again and recompute each link's history.

    Args:
        database: The database.
        policy: The rules of the history.
        accepted: Returns the statuses that count as success for a URL.
        write: Write the histories that differ, a hundred links in a transaction. After an
            interruption it can be run again.
        errors: Counts internal errors in judging; each is confined to its probe.

    Yields:
        The result for each link.
    """
    advance = bind_history_policy(policy)
    after = 0  # the last link id
    errors = errors or InternalErrors(Counter())
    while True:
        with database.write() if write else database.read() as connection:
            link_ids = links_with_probes(connection, after=after, limit=_LINKS_PER_TRANSACTION)
            rejudged = _rejudge_batch(connection, link_ids, advance, accepted, errors)
            if write:
                write_rejudged(connection, [result for result in rejudged if result.differs])
        if not link_ids:
            return
        yield from rejudged
        after = link_ids[-1]


def apply_new_mementos(job: Job, run_id: int) -> None:
    """Judge links again whose mementos were probed in the same run, but after them.

    Only links that no earlier run probed are changed at once, as a run never rewrites a history.
    Other links become due again if their mementos change the result, as do links for which further
    requests to their site are needed now. Those in `Job.links_to_reprobe` are due the next day.

    Args:
        job: The job.
        run_id: The run that made the probes. That of a fleet is not the job's own if its worker
            took no part in it.

    Raises:
        StoreError: The database cannot be written.
    """
    advance = bind_history_policy(job.config.history.policy)
    accepted = job.url_filters.accepted_statuses
    is_first_probe = job.read_blocking(links_with_new_mementos, run_id)  # by link id
    schedule_reprobes(job)
    link_ids = sorted(is_first_probe)

    def rejudge_batch(connection: Connection, batch: Sequence[int]) -> None:
        undecided: set[int] = set()
        rejudged = _rejudge_batch(
            connection, batch, advance, accepted, job.errors, undecided=undecided
        )
        changed = [result for result in rejudged if result.differs]
        first = [result for result in changed if is_first_probe[result.link_id]]
        write_rejudged(connection, first)
        later = {result.link_id for result in changed if not is_first_probe[result.link_id]}
        schedule_probes(connection, sorted(later | undecided), at=job.clock())

    for start in range(0, len(link_ids), _LINKS_PER_TRANSACTION):
        job.write_blocking(rejudge_batch, link_ids[start : start + _LINKS_PER_TRANSACTION])


def schedule_reprobes(job: Job) -> None:
    """Make the links in `Job.links_to_reprobe` due the next day, and forget them.

    Call it when no probe is in progress: a probe that is stored later would replace the time.

    Raises:
        StoreError: The database cannot be written; the links are kept.
    """
    link_ids = sorted(job.links_to_reprobe)
    if not link_ids:
        return
    job.write_blocking(schedule_probes, link_ids, at=job.clock() + _REPROBE_AFTER)
    job.links_to_reprobe.difference_update(link_ids)


def _rejudge_batch(
    connection: Connection,
    link_ids: Sequence[int],
    advance: Advance,
    accepted: AcceptedStatuses,
    errors: InternalErrors,
    *,
    undecided: set[int] | None = None,
) -> list[RejudgedLink]:
    """Return the results of judging the stored probes of the given links again.

    Args:
        connection: The database.
        link_ids: The links.
        advance: Returns the next state of a link.
        accepted: Returns the statuses that count as success for a URL.
        errors: Counts internal errors.
        undecided: Receives the links whose last probe needs further requests to the site.
    """
    archived = earlier_pages(connection, link_ids, services=RAW_MEMENTO_SERVICES)
    texts = cited_texts(connection, link_ids)
    judge_one = partial(
        rejudge_probe, archived=archived, cited_as=texts, accepted=accepted, undecided=undecided
    )
    isolate = partial(Isolation, errors, Unit.PROBE)
    return list(rejudge_probes(connection, link_ids, judge_one, advance, catch_errors=isolate))


def rejudge_probe(
    link_id: int,
    probe: Probe,
    address: MirrorAddress | None,
    known: HostKnowledge,
    *,
    archived: Mapping[int, PageEvidence] = MappingProxyType({}),
    cited_as: Mapping[int, tuple[str, ...]] = MappingProxyType({}),
    accepted: AcceptedStatuses = NO_ACCEPTED_STATUSES,
    undecided: set[int] | None = None,
) -> Judgement:
    """Return the judgement of a stored probe by the present rules.

    Args:
        link_id: The link.
        probe: The probe.
        address: The parts of a mirror's URL; None for a link.
        known: What is stored about its host now.
        archived: What mementos showed, by link.
        cited_as: The texts of citations, by link.
        accepted: Returns the statuses that count as success for a URL.
        undecided: The link is added if the probe needs further requests to its site, else removed.
    """
    if address:
        return judge_mirror(probe, address)
    site = SiteState(known, None, accepted)
    texts = cited_as.get(link_id, ())
    knowledge = site.knowledge(link_id, probe, archived.get(link_id), texts)
    if undecided is not None:
        undecided.discard(link_id)
        if needs_site_requests(probe, knowledge):
            undecided.add(link_id)
    return judge(probe, knowledge)
