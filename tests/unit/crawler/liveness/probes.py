"""Build probes for tests of judging: requests with a response or a failure, and pages."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from crawler.liveness import read_body
from store.vocabulary import Fault, PageEvidence, Probe, ProbeRequest, Role

NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)
URL = "https://example.org/2014/01/news.html"
FILLER = "The council met on Tuesday and heard from those who live by the harbour, from the fishermen and from the school. "


def response(
    status: int = 200,
    url: str = URL,
    *,
    method: str = "GET",
    headers: Mapping[str, str] | None = None,
    hop: int = 0,
) -> ProbeRequest:
    """Return a request that got a response."""
    return ProbeRequest(
        method=method,
        url=url,
        at=NOW,
        elapsed_ms=120,
        status=status,
        headers=headers or {},
        hop=hop,
    )


def failure(
    fault: Fault,
    detail: str = "",
    url: str = URL,
    *,
    method: str = "GET",
    hop: int = 0,
) -> ProbeRequest:
    """Return a request that failed."""
    return ProbeRequest(
        method=method,
        url=url,
        at=NOW,
        elapsed_ms=120,
        fault=fault,
        detail=detail,
        hop=hop,
    )


def probe(
    *requests: ProbeRequest,
    evidence: PageEvidence | None = None,
    role: Role = Role.LINK,
    **fields: Any,
) -> Probe:
    """Return a probe with these requests; its URL is that of the first one."""
    url = fields.pop("url", requests[0].url if requests else URL)
    return Probe(
        url=url,
        role=role,
        started_at=NOW,
        finished_at=NOW,
        requests=requests,
        evidence=evidence,
        **fields,
    )


def html(
    title: str,
    text: str = "",
    *,
    head: str = "",
    markup: str = "",
    url: str = URL,
    headers: Mapping[str, str] | None = None,
) -> PageEvidence:
    """Return the evidence of a page that consists of these parts."""
    source = f"<!doctype html><html><head><title>{title}</title>{head}</head><body><h1>{title}</h1><p>{text}</p>{markup}</body></html>"
    return read_body(
        source.encode(), {"content-type": "text/html; charset=utf-8", **(headers or {})}, url
    )


def served(
    page: PageEvidence,
    url: str = URL,
    *,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
) -> Probe:
    """Return a probe that got a page without redirects."""
    return probe(response(status, url, headers=headers), evidence=page)


def redirected(
    *hops: tuple[int, str], final: str, evidence: PageEvidence | None = None, status: int = 200
) -> Probe:
    """Return a probe that was redirected over `hops` (status, requested URL) to `final`."""
    addresses = [address for _, address in hops[1:]] + [final]
    chain = [
        response(code, address, headers={"location": following}, hop=hop)
        for hop, ((code, address), following) in enumerate(zip(hops, addresses, strict=True))
    ]
    return probe(
        *chain,
        response(status, final, hop=len(hops)),
        evidence=evidence or html("Harbour lights", FILLER * 4),
    )
