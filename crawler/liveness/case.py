"""What a rule looks at: the last chain of a probe's requests, the page at its end, and what is known of the site.

A rule is a function from a `Case` to a `Judgement` or None, and `judged` is how it says what it found.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

from crawler.http.html_text import count_letters
from crawler.http.urls import same_address
from crawler.liveness.soft404_phrases import normalise
from store.vocabulary import (
    Judgement,
    MirrorAddress,
    PageEvidence,
    Probe,
    ProbeRequest,
    Reason,
    Verdict,
)

# The one place that says which verdict a reason belongs to.
VERDICT_OF: Final[dict[Reason, Verdict]] = {
    reason: verdict
    for verdict, reasons in {
        Verdict.ALIVE: (Reason.OK, Reason.CANONICALISED, Reason.REDIRECTED_TEMPORARILY),
        Verdict.MOVED: (Reason.MOVED_PERMANENTLY,),
        Verdict.BROKEN: (
            *(
                Reason.NOT_FOUND,
                Reason.GONE,
                Reason.DOMAIN_NOT_FOUND,
                Reason.CONNECTION_REFUSED,
                Reason.CONNECTION_RESET,
                Reason.TLS_ERROR,
            ),
            *(
                Reason.SERVER_ERROR,
                Reason.TIMEOUT,
                Reason.REDIRECT_LOOP,
                Reason.TOO_MANY_REDIRECTS,
                Reason.BAD_RESPONSE,
                Reason.SOFT_404,
            ),
            *(Reason.REDIRECTED_TO_HOME, Reason.PARKED, Reason.HIJACKED, Reason.HOST_DOWN),
        ),
        Verdict.BLOCKED: (
            *(
                Reason.FORBIDDEN,
                Reason.UNAUTHORIZED,
                Reason.LOGIN_WALL,
                Reason.PAYWALL,
                Reason.CHALLENGE,
                Reason.RATE_LIMITED,
            ),
            *(Reason.LEGAL, Reason.GEO),
        ),
        Verdict.UNSURE: (
            *(
                Reason.NETWORK_DOWN,
                Reason.DNS_FAILURE,
                Reason.CLIENT_ERROR,
                Reason.HOST_PAUSED,
                Reason.INTERRUPTED,
            ),
            Reason.INTERNAL_ERROR,
        ),
        Verdict.SKIPPED: (
            Reason.EXCLUDED,
            Reason.UNSAFE_ADDRESS,
            Reason.UNSUPPORTED_SCHEME,
            Reason.INVALID_URL,
            Reason.ROBOTS,
        ),
    }.items()
    for reason in reasons
}

# The headers rules read, for those who record answers; names that begin with `x-archive-` too. Of cookies the names are enough.
READ_HEADERS: Final = frozenset(
    {
        *(
            "location",
            "content-type",
            "retry-after",
            "refresh",
            "x-robots-tag",
            "server",
            "set-cookie",
            "memento-datetime",
        ),
        *(
            "cf-mitigated",
            "x-amzn-waf-action",
            "x-vercel-mitigated",
            "x-sucuri-block",
            "x-datadome",
            "x-dd-b",
            "x-px-block",
            "x-iinfo",
        ),
    }
)

# Below this an answer has no room for an article: error pages, walls and parked domains are short, and so is little else.
SHORT_PAGE = 1_500
TINY_PAGE = 300


def make_judgement(
    reason: Reason, detail: str = "", *, target: str | None = None, warnings: tuple[str, ...] = ()
) -> Judgement:
    """Say what a rule found; the verdict follows from the reason.

    >>> make_judgement(Reason.GONE).verdict
    <Verdict.BROKEN: 'broken'>
    """
    return Judgement(
        verdict=VERDICT_OF[reason], reason=reason, detail=detail, target=target, warnings=warnings
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteKnowledge:
    """What other probes taught about the site of a link.

    `sibling` is the probe of a random address beside the link (`sibling_url`), `shared_targets` says for a final URL how many other cited
    links of the host end there, `archived` is the page an archive keeps of the link. `accepted` was not learnt but told: the statuses that
    count as served here, because somebody who looked says so.
    """

    sibling: Probe | None = None
    shared_targets: Mapping[str, int] = field(default_factory=dict)
    archived: PageEvidence | None = None
    accepted: frozenset[int] = frozenset()


NOTHING_KNOWN: Final = SiteKnowledge()
NO_MIRROR: Final = MirrorAddress(service="")


@dataclass(frozen=True, kw_only=True)
class Case:
    """One probe laid out for the rules.

    `chain` has one request a hop, the one that counted; it is empty where nothing was asked. `url` is the original: what is cited, or what
    the cited `mirror` shows.
    """

    url: str
    chain: tuple[ProbeRequest, ...]
    page: PageEvidence
    site: SiteKnowledge = NOTHING_KNOWN
    mirror: MirrorAddress = NO_MIRROR
    skipped: Reason | None = None

    @property
    def cited(self) -> str:
        """The address the chain began at."""
        return self.chain[0].url

    @cached_property
    def last(self) -> ProbeRequest:
        """The request whose answer decides."""
        return self.chain[-1]

    @cached_property
    def status(self) -> int:
        """The deciding status code, 0 where there was none."""
        return (self.last.status or 0) if self.chain else 0

    @cached_property
    def served(self) -> bool:
        """Whether something came with a success status."""
        return 200 <= self.status < 300

    @cached_property
    def redirected(self) -> bool:
        """Whether the answer came from another address than the cited one."""
        return bool(self.chain) and not same_address(self.cited, self.last.url)

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
        """How much a reader sees, in letters."""
        return count_letters(self.page.text)

    def header(self, name: str) -> str:
        """A header of the deciding answer, empty where it has none."""
        return self.last.headers.get(name, "")


def build_case(probe: Probe, site: SiteKnowledge = NOTHING_KNOWN) -> Case:
    """Lay out a probe: of retries the last counts, and a GET that repeats a HEAD replaces what the HEAD found."""
    chain: list[ProbeRequest] = []
    for request in probe.requests:
        del chain[request.hop :]
        chain.append(request)
    return Case(
        url=probe.url,
        chain=tuple(chain),
        page=probe.evidence or PageEvidence(),
        site=site,
        skipped=probe.skipped,
    )
