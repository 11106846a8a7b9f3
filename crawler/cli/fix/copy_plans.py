"""Plan how a wiki leaves archives or returns to originals, from what is stored."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import Connection

from crawler.archives import ServiceTrust, parse_mirror, service_trust
from crawler.archives.interface import Trust
from crawler.archives.mirror_urls import known_services, service_of_host
from crawler.archives.trust import unknown_service
from crawler.cli.exit_codes import CommandFailed
from crawler.config import LoadedConfig
from reports.findings.descriptions import leave_progress_sentence
from reports.leave_plan import CopyRules, LeavePlan, LeaveProgress, ShownPages, make_leave_plan
from reports.returned_originals import (
    NotReturned,
    ReturnableCitation,
    ReturnedOriginal,
    judge_copies,
    plan_returns,
)
from store.queries.cited_copies import (
    links_with_copies_on,
    local_copies_of,
    pages_of_mirrors,
    pages_on_same_host,
)
from store.queries.link_records import CitedPlace, LinkFinding
from store.queries.links import link_findings
from store.queries.returned_links import links_alive_again, unchanged_links
from store.vocabulary import LOCAL, PageEvidence
from store.work.page_evidence import last_pages_seen

# The value of --leave for every archive that is doubted or has ended.
DISTRUSTED: Final = "distrusted"
# A copy is compared with this number of other pages of its host, and of copies of its archive.
_CONTROLS: Final = 4


def services_to_leave(loaded: LoadedConfig, names: Sequence[str]) -> frozenset[str]:
    """Return the services that the values of `--leave` name.

    Args:
        loaded: The configuration.
        names: Names of archives, their hosts, or `distrusted`.

    Raises:
        CommandFailed: No archive has one of the names.
    """
    archives = loaded.config.archives
    valid_names = {*known_services(), *archives.memento_archives, LOCAL}
    services = set[str]()
    for name in names:
        service = name if name in valid_names else service_of_host(name)
        if name == DISTRUSTED:
            services |= service_trust(loaded).distrusted
        elif service is None:
            raise CommandFailed(f"--leave: {unknown_service(name, [*valid_names, DISTRUSTED])}")
        else:
            services.add(service)
    return frozenset(services)


def read_leave_plan(
    connection: Connection, loaded: LoadedConfig, services: frozenset[str]
) -> LeavePlan:
    """Return the replacement of each citation of a copy on the given services.

    Args:
        connection: A connection in a transaction.
        loaded: The configuration of the wiki.
        services: The services to leave.
    """
    wiki, trust = loaded.config.wiki, service_trust(loaded)
    ids = set(links_with_copies_on(connection, services, wiki=wiki))
    if not ids:
        return LeavePlan({}, ())
    # Imported here: it is slow to import, and few wikis leave an archive.
    from crawler.page_text.copy_agreement import has_words_of, same_text  # noqa: PLC0415

    links = list(link_findings(connection, wiki=wiki, only_ids=ids))
    rules = CopyRules(
        same_text=same_text,
        has_words=has_words_of,
        captured_at=_stated_capture_time,
        avoided=services | trust.distrusted,
        max_days=loaded.config.fix.leave_days,
    )
    pages = _shown_pages(connection, links, services)
    return make_leave_plan(links, services, pages, rules, _service_of)


def read_leave_progress(connection: Connection, loaded: LoadedConfig) -> Sequence[LeaveProgress]:
    """Return how far a wiki has left the archives that are doubted or have ended."""
    return read_leave_plan(connection, loaded, service_trust(loaded).distrusted).progress


def returnable_citations(
    connection: Connection, loaded: LoadedConfig
) -> Sequence[ReturnableCitation]:
    """Return the citations of copies whose originals are alive again and show the cited page."""
    wiki = loaded.config.wiki
    living = links_alive_again(connection, wiki=wiki)
    if not living:
        return ()
    # Imported here: slow to import, see `read_leave_plan`.
    from crawler.page_text.copy_agreement import same_text  # noqa: PLC0415

    links = list(link_findings(connection, wiki=wiki, only_ids=set(living)))
    pages = _pages_of_returned(connection, links)
    return plan_returns(links, living, unchanged_links(connection, living), pages, same_text)


def copies_not_returned(
    connection: Connection, loaded: LoadedConfig
) -> Iterator[tuple[CitedPlace, NotReturned]]:
    """Yield each citation of a copy that `returnable_citations` leaves out, and the reason."""
    from crawler.page_text.copy_agreement import same_text  # noqa: PLC0415, see `read_leave_plan`

    wiki = loaded.config.wiki
    living = links_alive_again(connection, wiki=wiki)
    again = list(link_findings(connection, wiki=wiki, only_ids=set(living)))
    judged = judge_copies(
        link_findings(connection, wiki=wiki),
        living,
        unchanged_links(connection, living),
        _pages_of_returned(connection, again),
        same_text,
    )
    for place, outcome in judged:
        if isinstance(outcome, NotReturned):
            yield place, outcome


def _pages_of_returned(connection: Connection, links: Sequence[LinkFinding]) -> ShownPages:
    """Read the content that probes recorded for links that live again and for their copies."""
    cited = frozenset(mirror.service for link in links for mirror in link.mirrors)
    return _shown_pages(connection, links, cited)


def returned_originals(connection: Connection, loaded: LoadedConfig) -> Sequence[ReturnedOriginal]:
    """Return the citations of copies whose originals are alive again, as reports list them."""
    return [one.returned for one in returnable_citations(connection, loaded)]


def describe_progress(progress: LeaveProgress) -> str:
    """Return one line with the progress of leaving an archive."""
    return f"leaving {leave_progress_sentence(progress)}"


def trusted_among(trust: ServiceTrust, services: Iterable[str]) -> Sequence[str]:
    """Return the services that are trusted. Runs look for no further copy of a page on one."""
    return sorted(name for name in services if trust.of(name) is Trust.INSTITUTION)


def _shown_pages(
    connection: Connection, links: Sequence[LinkFinding], services: frozenset[str]
) -> ShownPages:
    """Read the content that probes recorded for links, their copies, and pages to compare with."""
    cited_mirrors: set[int] = set()
    mirrors: set[int] = set()
    for link in links:
        cited_mirrors |= {place.mirror_id for place in link.citations if place.mirror_id}
        mirrors |= {mirror.id for mirror in link.mirrors}
    local_copies = local_copies_of(connection, cited_mirrors)
    mirrors |= {mirror.id for mirror in local_copies.values()}
    by_mirror = pages_of_mirrors(connection, mirrors)
    ids = {link.id for link in links}
    copies = _copies_of_hosts(links, by_mirror)
    neighbours = pages_on_same_host(connection, ids, limit=_CONTROLS)
    of_host: dict[int, Sequence[PageEvidence]] = {}
    for link in links:
        others = [page for other_id, page in copies.get(link.host, ()) if other_id != link.id]
        of_host[link.id] = [*neighbours.get(link.id, ()), *others[:_CONTROLS]]
    return ShownPages(
        by_mirror=by_mirror,
        by_link=last_pages_seen(connection, ids),
        of_host=of_host,
        of_service=_copies_of_services(links, services, by_mirror),
        local_copies=local_copies,
    )


def _copies_of_services(
    links: Iterable[LinkFinding],
    services: frozenset[str],
    by_mirror: Mapping[int, PageEvidence],
) -> Mapping[str, Mapping[int, PageEvidence]]:
    """Choose a few copies of each service, with which its other copies are compared.

    Returns:
        The content of copies by the id of the mirror, by service; one more than `_CONTROLS`,
        because a copy is not compared with itself.
    """
    chosen: dict[str, dict[int, PageEvidence]] = {}
    for link in links:
        for mirror in link.mirrors:
            of_service = chosen.setdefault(mirror.service, {})
            is_usable = mirror.service in services and mirror.id in by_mirror
            if is_usable and len(of_service) <= _CONTROLS:
                of_service[mirror.id] = by_mirror[mirror.id]
    return chosen


def _copies_of_hosts(
    links: Iterable[LinkFinding], by_mirror: Mapping[int, PageEvidence]
) -> Mapping[str, Sequence[tuple[int, PageEvidence]]]:
    """Choose a few copies of each host, with which the copies of its other links are compared.

    It takes one pass over the links, because thousands of links can have the same host.

    Returns:
        (link id, content of a copy) by host; one more than `_CONTROLS`, because a link is not
        compared with its own copy.
    """
    chosen: dict[str, list[tuple[int, PageEvidence]]] = {}
    for link in links:
        of_host = chosen.setdefault(link.host, [])
        if len(of_host) > _CONTROLS:
            continue
        stored = (by_mirror[each.id] for each in link.mirrors if each.id in by_mirror)
        page = next(stored, None)
        if page is not None:
            of_host.append((link.id, page))
    return chosen


def _stated_capture_time(page: PageEvidence) -> datetime | None:
    """Return the capture time in the memento URL of a copy's page; None if it has none."""
    address = parse_mirror(page.memento) if page.memento else None
    return address.captured_at if address else None


def _service_of(url: str) -> str | None:
    """Return the service of an archive copy's URL, or None if it is no such URL."""
    address = parse_mirror(url)
    return address.service if address else None
