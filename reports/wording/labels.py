"""Labels for the words of the vocabulary: states, reasons, outcomes, as short English phrases.

The phrases are also the message ids of the translation catalogs. Sentences made of them are in
`reports.findings.descriptions`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from reports.no_replacement import NoReplacement
from reports.statistics_enums import Availability, Coverage, OverviewStatus
from store.vocabulary import (
    CaptureStatus,
    EvidenceKind,
    LookupOutcome,
    MirrorOrigin,
    MoveEvidence,
    Reason,
    RefusalKind,
    Role,
    Spelling,
    State,
    TrackedState,
    Verdict,
)

STATE_LABELS: Mapping[State, str] = {
    State.UNCHECKED: "not checked yet",
    State.ALIVE: "alive",
    State.MOVED: "moved",
    State.SUSPECT: "failing, not confirmed",
    State.BROKEN: "broken",
    State.BLOCKED: "blocked",
    State.UNSURE: "could not be checked",
    State.SKIPPED: "skipped",
}

VERDICT_LABELS: Mapping[Verdict, str] = {
    Verdict.ALIVE: "alive",
    Verdict.MOVED: "moved",
    Verdict.BROKEN: "failed",
    Verdict.BLOCKED: "blocked",
    Verdict.UNSURE: "could not be checked",
    Verdict.SKIPPED: "skipped",
}

ORIGIN_LABELS: Mapping[MirrorOrigin, str] = {
    MirrorOrigin.CITED: "cited on a page",
    MirrorOrigin.FOUND: "found in an archive",
    MirrorOrigin.CAPTURED: "captured by Holdfast",
}

AVAILABILITY_LABELS: Mapping[Availability, str] = {
    Availability.BROKEN: "broken",
    Availability.FAILING: "failing, not confirmed",
    Availability.UNKNOWN: "unknown",
    Availability.AVAILABLE: "working",
}

# How the address of an archive copy differs from the cited one.
SPELLING_LABELS: Mapping[Spelling, str] = {
    Spelling.SAME: "",
    Spelling.ESCAPES: "recorded with other percent-escapes",
    Spelling.QUERY_ORDER: "recorded with the parameters in another order",
    Spelling.TRACKING: "recorded with other tracking parameters",
    Spelling.SESSION: "recorded with another session id",
    Spelling.REDIRECT: "recorded where the page redirected to",
    Spelling.LONE_REDIRECT: "recorded where the page redirected to",
    Spelling.HOST: "recorded as another version of the page (mobile, AMP or desktop)",
    Spelling.CASE: "recorded in another letter case",
}

# Labels of the tiles at the top of the HTML report
OVERVIEW_STATUS_LABELS: Mapping[OverviewStatus, str] = {
    OverviewStatus.TO_DO: "to do",
    OverviewStatus.FAILING: "failing, not confirmed",
    OverviewStatus.SETTLED: "failing, nothing to do",
    OverviewStatus.WORKING: "working",
    OverviewStatus.UNKNOWN: "unknown",
}

# Labels in the column and the chart “archive copies”
COVERAGE_LABELS: Mapping[Coverage, str] = {
    Coverage.CITED: "cited",
    Coverage.KNOWN: "known",
    Coverage.UNCHECKED: "not checked yet",
    Coverage.NONE: "none",
}

CAPTURE_LABELS: Mapping[CaptureStatus, str] = {
    CaptureStatus.QUEUED: "queued",
    CaptureStatus.REQUESTED: "requested, no response received",
    CaptureStatus.PENDING: "in progress at the archive",
    CaptureStatus.CAPTURED: "captured",
    CaptureStatus.VERIFIED: "captured and verified",
    CaptureStatus.UNUSABLE: "captured, but the copy shows something else",
    CaptureStatus.FAILED: "failed",
}

REASON_LABELS: Mapping[Reason, str] = {
    Reason.OK: "OK: page returned",
    Reason.CANONICALISED: "redirects to an equivalent URL",
    Reason.REDIRECTED_TEMPORARILY: "temporary redirect",
    Reason.MOVED_PERMANENTLY: "permanent redirect",
    Reason.NOT_FOUND: "page not found",
    Reason.GONE: "page permanently removed",
    Reason.DOMAIN_NOT_FOUND: "the domain does not exist",
    Reason.CONNECTION_REFUSED: "connection refused",
    Reason.CONNECTION_RESET: "connection closed by the server",
    Reason.TLS_ERROR: "TLS error",
    Reason.SERVER_ERROR: "server error",
    Reason.TIMEOUT: "request timed out",
    Reason.REDIRECT_LOOP: "redirect loop",
    Reason.TOO_MANY_REDIRECTS: "too many redirects",
    Reason.BAD_RESPONSE: "invalid HTTP response",
    Reason.SOFT_404: 'soft 404: a "not found" page with status 200',
    Reason.REDIRECTED_TO_HOME: "redirects to the home page",
    Reason.PARKED: "the domain is parked or for sale",
    Reason.HIJACKED: "the domain now serves unrelated content",
    Reason.HOST_DOWN: "the whole host is down",
    Reason.FORBIDDEN: "access denied by the server",
    Reason.UNAUTHORIZED: "password required",
    Reason.LOGIN_WALL: "login required",
    Reason.PAYWALL: "paywall",
    Reason.CRAWL_FEE: "the server charges programs for access",
    Reason.CHALLENGE: "CAPTCHA or bot check",
    Reason.RATE_LIMITED: "rate limited by the server",
    Reason.LEGAL: "unavailable for legal reasons",
    Reason.GEO: "not available in this region",
    Reason.NETWORK_DOWN: "no network connection",
    Reason.DNS_FAILURE: "DNS lookup failed",
    Reason.CLIENT_ERROR: "the server rejected the request (4xx)",
    Reason.CLIENT_LIMIT: "the page needs a browser (HTTP/2, old encryption, certificates, scripts)",
    Reason.HOST_PAUSED: "host paused after too many failures in this run",
    Reason.INTERRUPTED: "check interrupted",
    Reason.INTERNAL_ERROR: "internal error in Holdfast",
    Reason.EXCLUDED: "excluded by the configuration",
    Reason.UNSAFE_ADDRESS: "resolves to a private or local address",
    Reason.UNSUPPORTED_SCHEME: "not an HTTP or HTTPS URL",
    Reason.INVALID_URL: "invalid URL",
    Reason.ROBOTS: "disallowed by robots.txt",
    Reason.CAPTURE_REQUEST: "asks an archive to copy a page",
}

# Reasons with another meaning for a mirror: the archive responds, with a copy of such a response.
MIRROR_REASON_LABELS: Mapping[Reason, str] = {
    Reason.NOT_FOUND: "archive copy missing, or a copy of a “not found” page",
    Reason.GONE: "archive copy missing, or a copy of a “permanently removed” page",
    Reason.SERVER_ERROR: "archive copy of a server error",
    Reason.SOFT_404: "archive copy without the cited content",
    Reason.PARKED: "archive copy of a parked domain",
    Reason.HIJACKED: "archive copy of unrelated content",
    Reason.REDIRECTED_TO_HOME: "archive copy of a redirect to the home page",
    Reason.FORBIDDEN: "access denied by the archive",
    Reason.LEGAL: "withheld by the archive for legal reasons",
    Reason.CHALLENGE: "CAPTCHA or bot check at the archive",
    Reason.RATE_LIMITED: "rate limited by the archive",
    Reason.INTERRUPTED: "check of the archive copy interrupted",
}

NOTE_LABELS: Mapping[str, str] = {
    "unreachable-from-here": "may be reachable from other networks",
}

INTERNAL_LINK_LABELS: Mapping[str, str] = {
    "missing-page": "no such page or file",
    "missing-heading": "no such heading",
    "outside-root": "points outside the wiki",
}
_MAX_ADDRESS: Final = 300  # characters of a target that are looked at
# In place of the label of "missing-page", if the target looks like an address on the web.
MISSING_SCHEME_LABEL: Final = "no such page or file; if it is on the web, https:// is missing"
# Domains that are no usual suffix of a file; `notes.org` is a file of Org mode.
_WEB_ADDRESS = re.compile(
    r"(?:(?:[\w-]+\.)+(?:com|net|edu|gov|io|dev|info|eu|uk|de|fr|nl|jp|cn|tw)(?::\d+)?(?:[/?#]|\Z)"
    r"|(?:[\w-]+\.)+(?:org|ai|app|co|me|ru|it)(?::\d+)?/)",
    re.IGNORECASE,
)


def internal_link_reason(code: str, target: str) -> str:
    """Return in words why an internal link is broken.

    Args:
        code: The code of the reason (`INTERNAL_LINK_LABELS`).
        target: The target as the page writes it.

    >>> internal_link_reason("missing-page", "github.com/lamps/oil")
    'no such page or file; if it is on the web, https:// is missing'
    >>> internal_link_reason("missing-page", "notes.org")
    'no such page or file'
    """
    if code == "missing-page" and _WEB_ADDRESS.match(target[:_MAX_ADDRESS]):
        return MISSING_SCHEME_LABEL
    return INTERNAL_LINK_LABELS.get(code, code)


EVIDENCE_LABELS: Mapping[EvidenceKind, str] = {
    EvidenceKind.REDIRECT: "an archive recorded a redirect to it",
    EvidenceKind.CANONICAL: "the archived page declared it as its canonical URL",
    EvidenceKind.URL_PATTERN: "other pages of the site moved by the same URL pattern",
    EvidenceKind.AGREEING_PATTERNS: (
        "two independent URL patterns of the site lead to it; there is no archived page to compare"
    ),
    EvidenceKind.MISSPELT: (
        "it was archived, the cited URL never was, and they differ by one typing error"
    ),
    EvidenceKind.SAME_NAME: ("the site lists this URL, with the same last path segment or number"),
    EvidenceKind.TITLE: "a page there has the same title",
}

# Why a citation of a copy at an archive to leave is not changed.
NO_REPLACEMENT_LABELS: Mapping[NoReplacement, str] = {
    reason: reason.value for reason in NoReplacement
}
REFUSAL_LABELS: Mapping[RefusalKind, str] = {
    RefusalKind.ROBOTS: "robots.txt keeps archives out",
    RefusalKind.SERVICE: "refused to the archive that tried to copy it",
    RefusalKind.EXCLUDED: "excluded by the archive",
    RefusalKind.LOGIN: "behind a login",
    RefusalKind.PAYWALL: "behind a paywall",
}
# By whether the local archive has a copy of a page that public archives may not copy, and whether
# a public archive has one.
REFUSED_COPY_LABELS: Mapping[tuple[bool, bool], str] = {
    (True, False): "kept in the local archive",
    (True, True): "kept in the local archive; a public archive has a copy from another time",
    (False, True): "not kept here, but a public archive has a copy from another time",
    (False, False): "not kept here",
}
LOOKUP_LABELS: Mapping[LookupOutcome, str] = {
    LookupOutcome.FOUND: "archive copy found",
    LookupOutcome.NONE: "no archive copy found",
    LookupOutcome.EXCLUDED: "excluded by the archive",
    LookupOutcome.UNKNOWN: "no usable response from the archive",
}


def reason_label(tracked: TrackedState) -> str:
    """Return the label of the reason for a link's state, or of the state if there is no reason.

    >>> reason_label(TrackedState(reason=Reason.GONE)), reason_label(TrackedState())
    ('page permanently removed', 'not checked yet')
    """
    if tracked.reason is None:
        return STATE_LABELS[tracked.state]
    if tracked.role is Role.MIRROR and tracked.reason in MIRROR_REASON_LABELS:
        return MIRROR_REASON_LABELS[tracked.reason]
    return REASON_LABELS[tracked.reason]


def details_by_kind(evidence: Iterable[MoveEvidence]) -> Mapping[EvidenceKind, Sequence[str]]:
    """Return the details of evidence by kind, in the order in which the kinds first occur."""
    details: dict[EvidenceKind, list[str]] = {}
    for each in evidence:
        details.setdefault(each.kind, []).append(each.detail)
    return details
