"""Define the target of a probe, and its result for callers that read the page themselves."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from crawler.http.fetch import BODY_LIMIT, FetchResponse
from store.vocabulary import Fault, Probe, Role, Validators

# Faults that are found without a connection: they say nothing about the network.
UNCONNECTED_FAULTS: Final = frozenset(
    {
        Fault.UNSAFE_ADDRESS,
        Fault.INVALID_URL,
        Fault.EXCLUDED,
        Fault.ROBOTS,
        Fault.CAPTURE_REQUEST,
        Fault.INTERRUPTED,
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbeTarget:
    """The URL to request for a link, a mirror or a document of a site, and how to request it.

    Attributes:
        url: The URL that the probe is recorded for.
        role: Whether it is a mirror, or a cited link or another document of a site.
        fetch_url: What is requested for it, if that is another URL, as for mirrors.
        begin_with_get: Begin with GET, unless `head_only` is set; else with HEAD.
        follow: Follow redirects.
        max_bytes: Bytes of the body to read.
        is_judged: Read evidence from the body; False if the probe is not judged.
        named_by_server: The URL is from a sitemap, an archive or the like, not from a page or the
            configuration. It gets no configured headers over plain http (`host_headers`).
        fragments: The fragments that citations name, beside the one of `url`; without `#`.
        head_only: Send a HEAD and no GET after it, whatever the response and
            `begin_with_get`.
        validators: Those of the last whole response. They make a GET conditional; a HEAD suffices
            only if its response has the same.
    """

    url: str
    role: Role
    fetch_url: str | None = None
    begin_with_get: bool = True
    follow: bool = True
    max_bytes: int = BODY_LIMIT
    is_judged: bool = True
    named_by_server: bool = False
    head_only: bool = False
    fragments: tuple[str, ...] = ()
    validators: Validators | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PageRead:
    """A probe with its last response, for callers that read the body.

    Attributes:
        probe: The probe.
        response: Its last response.
    """

    probe: Probe
    response: FetchResponse = field(default_factory=FetchResponse)

    @property
    def url(self) -> str:
        """The URL that the response came from."""
        return self.probe.requests[-1].url if self.probe.requests else self.probe.url
