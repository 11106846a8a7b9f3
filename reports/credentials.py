"""Credentials inside URLs (`https://name:word@host/`): they lead who cites them there, and are nobody else's business."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import msgspec.structs

from reports.plain import without_credentials
from store.archive_findings import Sighting, ThinCover, UnansweredLookup
from store.drifts import DriftFinding
from store.findings import CitedPlace, LinkFinding, MirrorFinding
from store.moves import FoundProposal
from store.past import RecentPast
from store.vocabulary import ProbeRequest


def link_without_credentials(link: LinkFinding) -> LinkFinding:
    """Give a finding as it may be told."""
    told = [link.url, link.original or "", link.final_url or "", *(place.url for place in link.citations)]
    if not any("@" in url and without_credentials(url) != url for url in told):
        return link
    return msgspec.structs.replace(
        link,
        url=without_credentials(link.url),
        original=link.original and without_credentials(link.original),
        final_url=link.final_url and without_credentials(link.final_url),
        standing=replace(link.standing, detail=without_credentials(link.standing.detail)),
        citations=tuple(map(_place, link.citations)),
        mirrors=tuple(map(_mirror, link.mirrors)),
    )


def lookup_without_credentials(lookup: UnansweredLookup) -> UnansweredLookup:
    """Give what came of a look-up as it may be told."""
    return replace(lookup, url=without_credentials(lookup.url), detail=without_credentials(lookup.detail))


def cover_without_credentials(cover: ThinCover) -> ThinCover:
    """Give a link and its one copy as they may be told."""
    return replace(cover, url=without_credentials(cover.url), mirror=without_credentials(cover.mirror))


def sighting_without_credentials(seen: Sighting) -> Sighting:
    """Give what an archive met as it may be told."""
    return replace(seen, url=without_credentials(seen.url))


def proposal_without_credentials(found: FoundProposal) -> FoundProposal:
    """Give what is proposed for a link as it may be told."""
    proposal = replace(
        found.proposal,
        url=without_credentials(found.proposal.url),
        compared_with=without_credentials(found.proposal.compared_with),
        evidence=tuple(replace(each, detail=without_credentials(each.detail)) for each in found.proposal.evidence),
    )
    return replace(found, proposal=proposal)


def drift_without_credentials(drift: DriftFinding) -> DriftFinding:
    """Give how a page compares with its copy as it may be told."""
    return replace(drift, mirror=without_credentials(drift.mirror))


def pasts_without_credentials(pasts: Mapping[int, RecentPast]) -> Mapping[int, RecentPast]:
    """Give the recent past of links as it may be told."""
    return {link_id: RecentPast(past.spans, tuple(map(_request, past.requests))) for link_id, past in pasts.items()}


def _request(request: ProbeRequest) -> ProbeRequest:
    if not any("@" in text or "%40" in text for text in (request.url, request.detail, *request.headers.values())):
        return request
    headers = {name: without_credentials(value) for name, value in request.headers.items()}
    return replace(request, url=without_credentials(request.url), detail=without_credentials(request.detail), headers=headers)


def _place(place: CitedPlace) -> CitedPlace:
    return msgspec.structs.replace(place, url=without_credentials(place.url), text=without_credentials(place.text))


def _mirror(mirror: MirrorFinding) -> MirrorFinding:
    return msgspec.structs.replace(mirror, url=without_credentials(mirror.url), detail=without_credentials(mirror.detail))
