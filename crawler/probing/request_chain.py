"""Track the state of one probe in progress, and decide on its next request.

The rules are those of `crawler.liveness`. This module sends nothing.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Final

from crawler.http.cookies import CookieJar
from crawler.http.fetch import FetchResponse
from crawler.http.headers import truncate_header
from crawler.http.redirects import MAX_REDIRECTS
from crawler.liveness import READ_HEADERS, needs_get, next_hop, read_body
from crawler.liveness.part_urls import page_parts
from crawler.probing.target import ProbeTarget
from store.vocabulary import Fault, PageEvidence, Probe, ProbeRequest, Role
from store.work.validators import validators_of

# The header fields that are stored, beside those that rules read; of cookies only the names.
STORED_HEADERS: Final = READ_HEADERS | frozenset(
    {
        # the response and its redirect target
        "location",
        "content-type",
        "content-length",
        "etag",
        "last-modified",
        "content-location",
        "retry-after",
        "refresh",
        "server",
        "link",
        "x-robots-tag",
        # bot walls and logins
        "cf-mitigated",
        "cf-ray",
        "x-datadome",
        "x-amzn-waf-action",
        "x-sucuri-id",
        "x-iinfo",
        "x-px-block",
        "www-authenticate",
        # crawl fees
        "crawler-price",
        "crawler-error",
        "payment-required",
        # archives
        "memento-datetime",
        "x-archive-orig-location",
        "x-archive-redirect-reason",
        "x-archive-wayback-runtime-error",
        "x-cache-key",
    }
)

_SET_COOKIE: Final = "set-cookie"

# Error statuses that no condition causes, or that an immediate repetition would prolong.
_UNCONDITIONAL_STATUSES: Final = frozenset({401, 404, 410, 429, 451, 503})
# Faults of servers that cannot process a conditional request.
_CONDITIONAL_FAULTS: Final = frozenset({Fault.RESET, Fault.BAD_RESPONSE, Fault.TRUNCATED})


class RequestChain:
    """The state of a probe between its requests.

    Args:
        target: What is probed.
        url: The first URL to be requested.

    Attributes:
        requests: All requests so far.
        method: The method of the next request.
        url: The URL of the next request.
        hop: The number of redirects followed by the current method.
        seconds: Time spent in requests of the current method.
        max_bytes: Bytes of a body to read.
        cited_url: The first URL, whose origin gets the configured headers (`host_headers`); empty
            if a server named it.
    """

    def __init__(self, target: ProbeTarget, url: str) -> None:
        self.requests: list[ProbeRequest] = []
        self.max_bytes = target.max_bytes
        self.cited_url = "" if target.named_by_server else url
        self._target = target
        self._first_url = url
        self._evidence: PageEvidence | None = None
        self._cookies = CookieJar()
        self._has_conditions = target.validators is not None
        self._begin_method("GET" if target.begin_with_get and not target.head_only else "HEAD")

    @property
    def role(self) -> Role:
        """The role of the target."""
        return self._target.role

    def advance(self, response: FetchResponse) -> bool:
        """Read a response and decide on the next request.

        Returns:
            False if the probe is complete.
        """
        last = self.requests[-1]
        self._cookies.store(self.url, response.cookies, last.at)
        self._evidence = self._read_evidence(response)
        if self._target.follow:
            next_url = next_hop(last, self._evidence)
            if next_url and self._follow(next_url):
                return True
        if self._target.head_only:
            return False
        if self.method == "HEAD" and not self._shows_same_page(last):
            self._has_conditions = False  # the page has changed
            # Start at the first URL again: HEAD may have been redirected elsewhere.
            self._begin_method("GET")
            return True
        if last.conditional and _refuses_conditions(last):
            self._has_conditions = False
            self._begin_method("GET")
            return True
        return False

    def condition_headers(self) -> dict[str, str]:
        """Return the header fields that make the next request conditional; empty if it is not."""
        validators = self._target.validators
        if validators is None or not self._is_conditional():
            return {}
        fields = {
            "If-None-Match": validators.etag,
            "If-Modified-Since": validators.last_modified,
        }
        return {name: value for name, value in fields.items() if value}

    def _is_conditional(self) -> bool:
        validators = self._target.validators
        if validators is None or not self._has_conditions or self.method != "GET":
            return False
        return validators.can_be_conditional and validators.url == self.url

    def _shows_same_page(self, head: ProbeRequest) -> bool:
        """Return whether a HEAD suffices: it shows the page as it was when it was last read."""
        validators = self._target.validators
        if validators is not None and validators_of(head, validators.fragments) != validators:
            return False
        return not needs_get(self.to_probe(head.at, head.at))

    def record(
        self, response: FetchResponse, at: datetime, *, seconds: float = 0.0
    ) -> ProbeRequest:
        """Record a request.

        Args:
            response: Its response.
            at: When it was sent.
            seconds: How long it took.

        Returns:
            The record.
        """
        headers = {
            name: truncate_header(name, value)
            for name, value in response.headers.items()
            if name in STORED_HEADERS
        }
        if response.cookies:
            names = ", ".join(cookie.partition("=")[0].strip() for cookie in response.cookies)
            headers[_SET_COOKIE] = truncate_header(_SET_COOKIE, names)
        request = ProbeRequest(
            method=self.method,
            url=self.url,
            at=at,
            elapsed_ms=round(seconds * 1000),
            status=response.status,
            fault=response.fault,
            detail=response.detail,
            headers=headers,
            peer=response.peer,
            hop=self.hop,
            conditional=self._is_conditional(),
        )
        self.requests.append(request)
        self.seconds += seconds
        return request

    def to_probe(self, started_at: datetime, finished_at: datetime) -> Probe:
        """Return the probe with the requests recorded so far."""
        return Probe(
            url=self._target.url,
            role=self._target.role,
            started_at=started_at,
            finished_at=finished_at,
            requests=tuple(self.requests),
            evidence=self._evidence,
            fragments=self._target.fragments,
        )

    def cookies_for(self, url: str) -> str:
        """Return the Cookie header for a URL, from the cookies that were set during this probe."""
        return self._cookies.header_for(url)

    def _begin_method(self, method: str) -> None:
        self.method = method
        self.seconds = 0.0  # GET has a time limit of its own
        self.url = self._first_url
        self.hop = 0
        # Each URL with the cookies it was requested with.
        self._visited = {(self.url, self.cookies_for(self.url))}

    def _read_evidence(self, response: FetchResponse) -> PageEvidence | None:
        """Return what the body of a response shows; None if it is not to be judged or is empty."""
        if not self._target.is_judged or self.method != "GET":
            return None
        if response.status is None:
            return None
        is_empty_page = response.status == 200 and response.fault is None
        if not response.body and not (
            is_empty_page and "html" in response.headers.get("content-type", "").lower()
        ):
            return None
        _, separator, fragment = self._target.url.partition("#")
        cited = self.url + separator + fragment
        served = 200 <= response.status < 300
        evidence = read_body(
            response.body,
            response.headers,
            cited,
            served=served,
            fragments=self._target.fragments,
        )
        if self._target.role is not Role.MIRROR or not served:
            return evidence
        parts = page_parts(response.body, response.headers, self.url)
        return replace(
            evidence,
            style_sheets=parts.style_sheets,
            frames=parts.frames,
            images=parts.images,
        )

    def _follow(self, next_url: str) -> bool:
        """Set the next URL to a redirect's target.

        A visited URL is requested again if it gets other cookies, as its response may differ then.

        Returns:
            False for a loop or too many redirects.
        """
        url = next_url.partition("#")[0]
        visit = (url, self.cookies_for(url))
        if self.hop >= MAX_REDIRECTS or visit in self._visited:
            return False
        self._visited.add(visit)
        self.url = url
        self.hop += 1
        return True


def _refuses_conditions(request: ProbeRequest) -> bool:
    """Return whether a request may have failed because it was conditional, as with 412."""
    if request.status is None:
        return request.fault in _CONDITIONAL_FAULTS
    return request.status >= 400 and request.status not in _UNCONDITIONAL_STATUSES
