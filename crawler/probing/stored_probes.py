"""Rejudging: stored probes through today's rules, to see what would change before anything does."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from functools import partial
from types import MappingProxyType

from crawler.jobs.isolation import InternalErrors, Isolation, Unit
from crawler.jobs.job import bind_history_policy
from crawler.liveness import judge, judge_mirror
from crawler.politeness.url_filters import NO_ACCEPTED_STATUSES, AcceptedStatuses
from crawler.probing.probe_targets import RAW_MEMENTO_SERVICES
from crawler.probing.site_knowledge import SiteState
from store.maintenance.rejudge import Rejudged, links_with_probes, rejudge_probes, write_rejudged
from store.schema.engine import Database
from store.vocabulary import HistoryPolicy, Judgement, MirrorAddress, PageEvidence, Probe
from store.work.host_knowledge import HostKnowledge
from store.work.page_evidence import archived_pages

_LINKS_AT_ONCE = 100  # a transaction each: a run beside us waits a moment at most


def rejudge(
    database: Database,
    policy: HistoryPolicy,
    accepted: AcceptedStatuses = NO_ACCEPTED_STATUSES,
    *,
    write: bool,
    errors: InternalErrors | None = None,
) -> Iterator[Rejudged]:
    """Judge every kept probe again and follow each link's history; give what came of it, link by link.

    `accepted` gives the statuses that count as served for a URL.

    With `write`, what differs is written, a hundred links in a transaction: cut off in the middle, it can simply be run again.
    """
    advance, after = bind_history_policy(policy), 0
    isolate = partial(Isolation, errors or InternalErrors(Counter()), Unit.PROBE)
    while True:
        with database.write() if write else database.read() as connection:
            link_ids = links_with_probes(connection, after=after, limit=_LINKS_AT_ONCE)
            archived = archived_pages(connection, link_ids, services=RAW_MEMENTO_SERVICES)
            judge_one = partial(judge_again, archived=archived, accepted=accepted)
            replayed = list(
                rejudge_probes(connection, link_ids, judge_one, advance, isolate=isolate)
            )
            if write:
                write_rejudged(connection, [one for one in replayed if one.differs])
        if not link_ids:
            return
        yield from replayed
        after = link_ids[-1]


def judge_again(
    link_id: int,
    probe: Probe,
    address: MirrorAddress | None,
    known: HostKnowledge,
    *,
    archived: Mapping[int, PageEvidence] = MappingProxyType({}),
    accepted: AcceptedStatuses = NO_ACCEPTED_STATUSES,
) -> Judgement:
    """Say what a stored probe means today, as it would be judged when made, with what is known of its site by now."""
    if address:
        return judge_mirror(probe, address)
    site = SiteState(known, known.sibling_at or probe.finished_at, accepted)
    return judge(probe, site.knowledge(link_id, probe, archived.get(link_id)))
