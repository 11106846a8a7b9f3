"""Probe the URLs that `holdfast check URL ...` names, and print their verdicts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from crawler.cli.steps import check_steps
from crawler.http.urls import host_of
from crawler.items import ProbeItem
from crawler.jobs.job import Job
from reports.threshold import FailOn
from reports.wording.time_format import format_time
from store.queries.link_states import states_of
from store.queries.work_left import paused_hosts
from store.vocabulary import Reason, Role, State, Verdict
from store.work.runs import RunOutcome


@dataclass(slots=True)
class ArgumentUrls:
    """The URLs of the command line, and their verdicts.

    Attributes:
        urls: The URLs; empty to check the due links.
        by_link: The URLs by the id of their link.
        verdicts: The verdicts by the id of the link.
        without_network: The ids of the links that have no verdict because the network was down.
    """

    urls: Sequence[str]
    by_link: dict[int, list[str]] = field(default_factory=dict)
    verdicts: dict[int, Verdict] = field(default_factory=dict)
    without_network: set[int] = field(default_factory=set)

    def register(self, job: Job) -> None:
        """Look up the links of the URLs, and add those that are new."""
        if not self.urls:
            return
        from crawler.scan.wiki_scan import register_urls  # noqa: PLC0415  it imports the parsers

        register_urls(job, self.urls)
        ids = job.read_blocking(
            lambda connection: job.link_registry(connection).link_ids(self.urls, Role.LINK)
        )
        for url in dict.fromkeys(self.urls):
            self.by_link.setdefault(ids[url], []).append(url)

    def show_verdict(self, item: ProbeItem) -> None:
        """Print and record the verdict of a probe if URLs were given.

        Nothing is printed without a network, as the link may be probed again.
        """
        if not self.urls:
            return
        if item.judgement.reason is Reason.NETWORK_DOWN:
            self.without_network.add(item.link.id)
            return
        self.verdicts[item.link.id] = item.judgement.verdict
        for url in self.by_link.get(item.link.id, (item.link.url,)):
            check_steps.print_verdict(item, url)


def fragments_of(urls_by_link: Mapping[int, Sequence[str]]) -> tuple[tuple[int, str], ...]:
    """Return (link id, fragment) of each URL of the command line that has a fragment."""
    pairs: list[tuple[int, str]] = []
    for link_id, urls in urls_by_link.items():
        for url in urls:
            fragment = url.partition("#")[2]
            if fragment:
                pairs.append((link_id, fragment))
    return tuple(pairs)


def has_broken(job: Job, verdicts: Mapping[int, Verdict], fail_on: FailOn) -> bool:
    """Return whether one of the URLs of the command line is broken.

    Args:
        job: The job that checked them.
        verdicts: The verdicts by the links' ids.
        fail_on: With ANY a failed probe counts, with NEVER nothing, else a confirmed failure.
    """
    if fail_on is FailOn.NEVER or not verdicts:
        return False
    if fail_on is FailOn.ANY:
        return Verdict.BROKEN in verdicts.values()
    return State.BROKEN in job.read_blocking(states_of, verdicts).values()


def print_unchecked(job: Job, argument_urls: ArgumentUrls) -> None:
    """Print one line for each URL of the command line that has no verdict.

    Args:
        job: The job that ended.
        argument_urls: The URLs, with the verdicts.
    """
    by_link = argument_urls.by_link
    unchecked = {id_: urls for id_, urls in by_link.items() if id_ not in argument_urls.verdicts}
    if not unchecked:
        return
    is_network_down = job.stop.outcome is RunOutcome.NETWORK_DOWN
    pauses = _read_pauses(job)
    for link_id, urls in unchecked.items():
        is_without_network = is_network_down or link_id in argument_urls.without_network
        for url in urls:
            why = "stopped, or its host is held by another run"
            if is_without_network:
                why = "no network"
            elif until := _pause_of(job, url, pauses):
                why = f"its host asked for a pause until {format_time(until)}"
            check_steps.print_not_checked(why, url)


def _read_pauses(job: Job) -> Mapping[str, datetime]:
    """Return the ends of the hosts' pauses; none if the database cannot be used."""
    if job.stop.outcome is RunOutcome.FAILED:
        return {}
    return job.read_blocking(paused_hosts, now=job.clock())


def _pause_of(job: Job, url: str, pauses: Mapping[str, datetime]) -> datetime | None:
    """Return the end of the pause that a URL waits for: of its host or one it redirects to."""
    host = host_of(url)
    awaited = (host, *job.links_awaiting.get(host, {}))
    return max((pauses[name] for name in awaited if name in pauses), default=None)
