"""Define what rules judge: a probe's last redirect chain, its page, and what is known of the site.

A rule is a function from a `Case` to a `Judgement` or None; `make_judgement` makes a judgement of
a reason.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

from crawler.http.html_text import count_letters
from crawler.http.urls import same_address
from crawler.liveness.archived_page import Likeness, compare_with_memento
from crawler.liveness.phrases.soft404_phrases import normalise
from store.vocabulary import (
    VERDICT_OF,
    Fault,
    Judgement,
    MirrorAddress,
    PageEvidence,
    Probe,
    ProbeRequest,
    Reason,
)

# Response headers that the rules for links read, and that are therefore stored with a probe; of
# cookies only the names. The rules for mirrors read some `x-archive-` headers as well.
READ_HEADERS: Final = frozenset(
    [
        "location",
        "content-type",
        "retry-after",
        "refresh",
        "x-robots-tag",
        "server",
        "set-cookie",
        "memento-datetime",
        "link",
        "cf-mitigated",
        "x-amzn-waf-action",
        "x-vercel-mitigated",
        "x-sucuri-block",
        "x-datadome",
        "x-dd-b",
        "x-px-block",
        "x-iinfo",
        "crawler-price",
        "crawler-error",
        "payment-required",
        "www-authenticate",
    ]
)

# Letters of visible text. Error pages, walls and parked domains have less; articles have more.
SHORT_PAGE = 1_500
TINY_PAGE = 300


def make_judgement(
    reason: Reason, detail: str = "", *, target: str | None = None, warnings: tuple[str, ...] = ()
) -> Judgement:
    """Return a judgement whose verdict follows from its reason.

    Args:
        reason: The reason of the verdict.
        detail: A few words for the user.
        target: The new URL of the link.
        warnings: Stable words, such as `FRAGMENT_MISSING`.

    Returns:
        The judgement, without status code and retry time.

    >>> make_judgement(Reason.GONE).verdict
    <Verdict.BROKEN: 'broken'>
    """
    return Judgement(
        verdict=VERDICT_OF[reason], reason=reason, detail=detail, target=target, warnings=warnings
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteKnowledge:
    """Evidence for judging a link's probe that comes from other probes, mementos and settings.

    A probe or page that is not known is None.

    Attributes:
        sibling: The probe of a random path beside the link (`sibling_url`), which should not exist.
        controls: The probes of up to four more random paths. They show which text changes from one
            request to the next.
        query_sibling: The probe of the link's path with a random query value, for pages that are
            chosen by their query (`query_sibling_url`).
        query_controls: The probes of up to four more random query values.
        neighbour: The probe of another cited page of the host that differs from the sibling's page.
        lost: The probe of another cited page of the host that shows the sibling's page, and is
            broken by other evidence, such as its memento.
        home: The probe of the host's home page, for links whose page is the sibling's: if all pages
            of a site are alike, this is no evidence.
        shared_targets: By final URL, how many other cited links of the host end there.
        archived: The page of the link in the memento nearest to the citation.
        cited_as: The texts of the link's citations.
        accepted: Status codes that the configuration accepts as success for this link.
    """

    sibling: Probe | None = None
    controls: tuple[Probe, ...] = ()
    query_sibling: Probe | None = None
    query_controls: tuple[Probe, ...] = ()
    neighbour: Probe | None = None
    lost: Probe | None = None
    home: Probe | None = None
    shared_targets: Mapping[str, int] = field(default_factory=dict)
    archived: PageEvidence | None = None
    cited_as: tuple[str, ...] = ()
    accepted: frozenset[int] = frozenset()


NOTHING_KNOWN: Final = SiteKnowledge()
_PASSING_STATUSES: Final = frozenset({408, 425, 429})  # errors of a moment
NO_MIRROR: Final = MirrorAddress(service="")


@dataclass(frozen=True, kw_only=True)
class Case:
    """One probe as rules read it.

    Three URLs differ: `url` is what the page is about, `cited` is where the chain begins, and
    `last.url` is where it ends. They are the same for a link without redirects and `remap`.
    `title` and `text` are those of `page`, normalised for comparisons with phrases.

    Attributes:
        url: The original: the cited URL, or the one that the cited `mirror` is a copy of.
        chain: One request for each hop, the one that counts; empty if no request was made.
        page: What the last response showed.
        site: What is known of the site.
        mirror: The mirror that was probed, or `NO_MIRROR`.
        skipped: Why no request was made, or None.
        is_read: Whether the last response had a page that was read.
    """

    url: str
    chain: tuple[ProbeRequest, ...]
    page: PageEvidence
    site: SiteKnowledge = NOTHING_KNOWN
    mirror: MirrorAddress = NO_MIRROR
    skipped: Reason | None = None
    is_read: bool = True

    @property
    def cited(self) -> str:
        """The URL that the chain begins with.

        It is the cited one, or what replaces it: the target of `remap`, or a raw memento.
        """
        return self.chain[0].url

    @cached_property
    def last(self) -> ProbeRequest:
        """The request whose response decides."""
        return self.chain[-1]

    @cached_property
    def status(self) -> int:
        """The status code of the last response, or 0."""
        return (self.last.status or 0) if self.chain else 0

    @cached_property
    def served(self) -> bool:
        """Return whether the last response shows readers a page.

        That is a response with a success status, or 304 to a conditional request. A redirect
        without a target counts if it has more text than servers write for redirects, as browsers
        show its body.
        """
        if self.status == 304:
            return self.last.conditional
        if 300 <= self.status < 400:
            return not self.header("location").strip() and self.text_length > TINY_PAGE
        return 200 <= self.status < 300

    @cached_property
    def redirected(self) -> bool:
        """Return whether the last response came from another address than the cited one."""
        if len(self.chain) < 2:
            return False
        return not same_address(self.cited, self.last.url)

    @cached_property
    def title(self) -> str:
        """The page's title, normalised."""
        return normalise(self.page.title)

    @cached_property
    def text(self) -> str:
        """The page's text, normalised."""
        return normalise(self.page.text)

    @cached_property
    def text_length(self) -> int:
        """The length of the page's text in letters."""
        return count_letters(self.page.text)

    @cached_property
    def sibling(self) -> Case | None:
        """The probe of a random URL of the site, if one is known that is evidence.

        It is none if it was redirected to the cited URL: the site chose that among its pages.
        """
        if self.site.sibling is None:
            return None
        sibling = build_case(self.site.sibling)
        targets = (request.url for request in sibling.chain[1:])
        is_led_here = bool(self.chain) and any(same_address(url, self.cited) for url in targets)
        return None if is_led_here else sibling

    @cached_property
    def controls(self) -> tuple[Case, ...]:
        """The served probes of further random URLs of the site."""
        cases = (build_case(control) for control in self.site.controls)
        return tuple(case for case in cases if case.served)

    @cached_property
    def likeness(self) -> Likeness:
        """Return whether the page is the one that a memento of the link shows."""
        sibling = self.sibling
        control = sibling.page if sibling is not None and sibling.served else None
        return compare_with_memento(self.site.archived, self.page, control)

    def header(self, name: str) -> str:
        """Return a header of the last response, or ""."""
        return self.last.headers.get(name, "")


def build_case(probe: Probe, site: SiteKnowledge = NOTHING_KNOWN) -> Case:
    """Return a probe in the form that rules read.

    Of several tries of a hop the last counts, unless it failed and an earlier one showed a part of
    the page. A GET that repeats a HEAD replaces the redirect chain of the HEAD.

    Args:
        probe: A probe of a link or mirror.
        site: What is known of its site.

    Returns:
        The case, with the probed URL as the original.
    """
    chain: list[ProbeRequest] = []
    for request in probe.requests:
        earlier = chain[request.hop] if request.hop < len(chain) else None
        del chain[request.hop :]
        is_kept = earlier is not None and _shows_more(earlier, request)
        chain.append(earlier if earlier is not None and is_kept else request)
    return Case(
        url=probe.url,
        chain=tuple(chain),
        page=probe.evidence or PageEvidence(),
        site=site,
        skipped=probe.skipped,
        is_read=probe.evidence is not None,
    )


def _shows_more(earlier: ProbeRequest, retry: ProbeRequest) -> bool:
    """Return whether a try got a part of a page, and its retry a passing failure."""
    is_part = earlier.fault is Fault.TRUNCATED and 200 <= (earlier.status or 0) < 300
    is_same = (earlier.method, earlier.url) == (retry.method, retry.url)
    status = retry.status or 0
    return is_part and is_same and (status < 200 or status in _PASSING_STATUSES or status >= 500)
