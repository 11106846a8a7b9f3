"""Judge the pages of an invented web without servers: many draws of chance in little time.

The product's own parts choose what is requested (`ControlProber`, `SiteState`) and judge it; only
the requests, the store and the schedule are replaced.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any
from urllib.parse import urljoin

from crawler.http.urls import host_of, request_url, split_url
from crawler.liveness import judge, needs_other_pages
from crawler.liveness.case import READ_HEADERS
from crawler.liveness.evidence.body_reader import read_body
from crawler.probing.control_prober import ControlProber
from crawler.probing.site_knowledge import SiteState
from store.vocabulary import (
    OWN_PROBE,
    Fault,
    Judgement,
    PageEvidence,
    Probe,
    ProbeRequest,
    Role,
    State,
    TrackedState,
    Verdict,
)
from store.work.frontier import DueLink
from store.work.host_knowledge import HostKnowledge
from tests.worlds.serving import PageRequest, PageResponse, Site
from tests.worlds.truth import Cited, InventedWeb

START = datetime(2026, 3, 1, 3, tzinfo=UTC)
NIGHTS = (0, 1, 8, 9)
_MAX_HOPS = 10
_STORED_SIBLINGS = 12


@dataclass
class _Link:
    """A cited page with what earlier nights found."""

    id: int
    cited: Cited
    memento: PageEvidence | None
    first: PageEvidence | None = None
    state: State = State.UNCHECKED
    found: list[tuple[int, Judgement]] = field(default_factory=list)

    def due(self) -> DueLink:
        earlier = self.memento if self.state is not State.UNCHECKED else None
        return DueLink(
            id=self.id,
            url=request_url(self.cited.url),
            role=Role.LINK,
            state=self.state,
            probes=len(self.found),
            archived_page=earlier or self.first,
            cited_as=(self.cited.text,),
        )

    def record(self, day: int, probe: Probe, judgement: Judgement) -> None:
        self.found.append((day, judgement))
        if self.first is None and probe.evidence is not None and judgement.verdict in _SERVED:
            markers = (*probe.evidence.html_markers, OWN_PROBE)
            self.first = replace(probe.evidence, html_markers=markers)
        self.state = _STATES.get(judgement.verdict, self.state)


_SERVED = {Verdict.ALIVE, Verdict.MOVED}
_STATES = {
    Verdict.ALIVE: State.ALIVE,
    Verdict.MOVED: State.MOVED,
    Verdict.BROKEN: State.SUSPECT,
    Verdict.BLOCKED: State.BLOCKED,
}


class Simulation:
    """The nights of a run over an invented web.

    Attributes:
        found: For each cited page, its judgements by day.
    """

    def __init__(self, web: InventedWeb) -> None:
        self.found: list[tuple[Cited, list[tuple[int, Judgement]]]] = []
        self._sites = web.sites
        self._day = 0
        self._now = START
        self._numbers: defaultdict[str, int] = defaultdict(int)
        self._stored: defaultdict[str, list[Probe]] = defaultdict(list)
        self._targets: defaultdict[str, dict[str, frozenset[int]]] = defaultdict(dict)
        mementos = {each.original: each for each in reversed(web.snapshots)}
        self._hosts: defaultdict[str, list[_Link]] = defaultdict(list)
        for number, cited in enumerate(web.cited):
            held = mementos.get(cited.url)
            page = None
            if held is not None and held.status == 200:
                page = read_body(held.body, {"content-type": held.mimetype}, cited.url, served=True)
            link = _Link(number, cited, page)
            self._hosts[host_of(cited.url)].append(link)
            self.found.append((cited, link.found))

    def run(self, nights: Sequence[int] = NIGHTS) -> None:
        """Judge all pages on some nights."""
        for day in nights:
            self._day, self._now = day, START + timedelta(days=day)
            for links in self._hosts.values():
                asyncio.run(self._check_host(links))
                again = [each for each in links if each.id in self._again]
                if again:
                    self._now += timedelta(minutes=10)
                    asyncio.run(self._check_host(again))

    async def _check_host(self, links: Sequence[_Link]) -> None:
        self._again: set[int] = set()
        host = host_of(links[0].cited.url)
        known = HostKnowledge(
            tracked_state=TrackedState(),
            siblings=self._stored[host],
            redirect_targets=self._targets[host],
        )
        site = SiteState(known, self._now)
        controls = self._control_prober(site, host)
        deferred = []
        for link in links:
            due = link.due()
            probe = await controls.probe_controls(due, self._probe(due.url))
            knowledge = site.knowledge(due.id, probe, due.archived_page, due.cited_as)
            if needs_other_pages(probe, knowledge):
                deferred.append((link, due, probe))
                continue
            site.record_redirect(due.id, probe)
            for page in site.new_evidence(probe, knowledge):
                await controls.record(page)
            self._record(link, probe, judge(probe, knowledge))
        for link, due, probe in deferred:
            knowledge = site.knowledge(due.id, probe, due.archived_page, due.cited_as)
            self._record(link, probe, judge(probe, knowledge))

    def _record(self, link: _Link, probe: Probe, judgement: Judgement) -> None:
        link.record(self._day, probe, judgement)
        if probe.requests and probe.requests[-1].hop:
            targets = self._targets[host_of(link.cited.url)]
            url = probe.requests[-1].url
            targets[url] = targets.get(url, frozenset()) | {link.id}

    def _control_prober(self, site: SiteState, host: str) -> ControlProber:
        async def submit(given: tuple[Any, Probe]) -> None:
            kept = self._stored[host]
            kept.insert(0, given[1])
            del kept[_STORED_SIBLINGS:]

        async def read_page(target: Any, **_options: Any) -> Any:
            return SimpleNamespace(probe=self._probe(target.url))

        job: Any = SimpleNamespace(
            sibling_batcher=SimpleNamespace(submit=submit), links_to_reprobe=self._again
        )
        lease = SimpleNamespace(lease=None)
        session: Any = SimpleNamespace(lease=lease, read_page=read_page)
        budget: Any = SimpleNamespace(take=lambda: True)
        return ControlProber(job, session, site, budget, lambda _url: True)

    # --- requests

    def _probe(self, url: str) -> Probe:
        requests: list[ProbeRequest] = []
        cookies: dict[str, str] = {}
        evidence = None
        for hop in range(_MAX_HOPS):
            here = requests[-1].headers["location"] if requests else url
            here = request_url(urljoin(requests[-1].url, here) if requests else here)
            answer = self._fetch(here, cookies)
            headers = {name.lower(): value for name, value in answer.headers.items()}
            if "set-cookie" in headers:
                name, _, value = headers["set-cookie"].partition(";")[0].partition("=")
                cookies[name] = value
            read = {name: value for name, value in headers.items() if name in READ_HEADERS}
            requests.append(
                ProbeRequest(
                    method="GET",
                    url=here,
                    at=self._now,
                    elapsed_ms=1,
                    status=None if answer.fault else answer.status,
                    fault=Fault.RESET if answer.fault else None,
                    hop=hop,
                    headers=read,
                )
            )
            if answer.fault:
                break
            if "location" not in headers or answer.status not in {301, 302, 303, 307, 308}:
                evidence = read_body(answer.body, headers, here, served=answer.status < 300)
                break
        return Probe(
            url=url,
            role=Role.LINK,
            started_at=self._now,
            finished_at=self._now,
            requests=tuple(requests),
            evidence=evidence,
        )

    def _fetch(self, url: str, cookies: dict[str, str]) -> PageResponse:
        parts = split_url(url)
        target = f"{parts.path or '/'}{f'?{parts.query}' if parts.query else ''}"
        self._numbers[url] += 1
        page: Site | None = self._sites.get(host_of(url))
        if page is None:
            return PageResponse(status=404)
        request = PageRequest(
            method="GET",
            secure=parts.scheme == "https",
            host=host_of(url),
            target=target,
            headers={"Accept-Language": "en"},
            cookies=cookies,
            day=self._day,
            number=self._numbers[url],
        )
        return page(request)
