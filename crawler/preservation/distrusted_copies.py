"""Find links that need another lookup to replace a cited copy on a distrusted archive.

The copies that were found on other archives show another text than the cited one.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Final

from sqlalchemy import Connection

from crawler.archives import service_trust
from crawler.jobs.isolation import Unit
from crawler.jobs.job import Job
from crawler.page_text.copy_agreement import same_text
from store.queries.cited_copies import pages_on_same_host
from store.vocabulary import PageEvidence
from store.work.archives.distrusted_copy_lookups import (
    DistrustedCopy,
    distrusted_copies_found_elsewhere,
)
from store.work.archives.lookups import LookupTask
from store.work.page_evidence import last_pages_seen

_MAX_CONTROLS: Final = 4  # other pages of the site, whose common text (menus) is no evidence


def better_copies_wanted(
    job: Job, connection: Connection, service: str, *, limit: int, max_tried: int
) -> Sequence[LookupTask]:
    """Return the links of which a further copy is to be looked up at a service.

    Pages cite a copy of each of them on a distrusted archive. All usable copies on other archives
    are known to show another text, and the living page, if there is one, is not known to show the
    same. A link whose lookup got no answer in this run is left to a later one.

    Args:
        job: The job.
        connection: A connection in a transaction.
        service: The service.
        limit: The maximum number of links.
        max_tried: The number of copies at the service after which a link is given up.
    """
    distrusted = service_trust(job.loaded).distrusted
    if limit <= 0 or service in distrusted:
        return ()
    found = distrusted_copies_found_elsewhere(
        connection, service, distrusted, now=job.clock(), scope=job.scope
    )
    copies = [
        copy
        for copy in found
        if _may_look_up_another(copy, service, max_tried)
        and (copy.link_id, service) not in job.unanswered_lookups
    ]
    if not copies:
        return ()
    wanted = {copy.link_id for copy in copies}
    replacements = {each.id for copy in copies for each in copy.elsewhere if each.usable}
    pages = last_pages_seen(connection, wanted | replacements | {copy.id for copy in copies})
    controls = pages_on_same_host(connection, wanted, limit=_MAX_CONTROLS)
    tasks: dict[int, LookupTask] = {}
    for copy in copies:
        with job.isolated(Unit.LOOKUP, copy.url):
            site_pages = controls.get(copy.link_id, ())
            if copy.link_id not in tasks and _all_differ(copy, pages, site_pages):
                tasks[copy.link_id] = _task(copy, service)
    return list(tasks.values())[:limit]


def _may_look_up_another(copy: DistrustedCopy, service: str, max_tried: int) -> bool:
    """Return whether there is a usable copy elsewhere to compare, and not too many were tried."""
    tried = sum(each.service == service for each in copy.elsewhere)
    return tried < max_tried and any(each.usable for each in copy.elsewhere)


def _all_differ(
    copy: DistrustedCopy, pages: Mapping[int, PageEvidence], controls: Collection[PageEvidence]
) -> bool:
    """Return whether all usable copies elsewhere are known to show another text.

    A copy that could not be read or compared may be the right one.

    Args:
        copy: The cited copy.
        pages: What links and copies showed when last probed, by link id.
        controls: What other pages of the same site show.
    """
    shown = pages.get(copy.id)
    if shown is None:
        return False
    if copy.alive and same_text(shown, pages.get(copy.link_id), controls):
        return False  # the living page can replace the copy; an unknown comparison shows nothing
    return all(
        same_text(shown, pages.get(each.id), controls) is False
        for each in copy.elsewhere
        if each.usable
    )


def _task(copy: DistrustedCopy, service: str) -> LookupTask:
    """Return the task to look up a copy at a service that was not found there before.

    The copy nearest to the time of the cited one is wanted, whether earlier or later. If that time
    is unknown, the latest copy up to the time when the author read the page is wanted.
    """
    return LookupTask(
        link_id=copy.link_id,
        url=copy.url,
        target_time=copy.copied_at or copy.read_at,
        is_failing=not copy.alive,
        unusable=tuple(each.url for each in copy.elsewhere if each.service == service),
        prefer_earlier=copy.copied_at is None,
        is_further=True,
    )
