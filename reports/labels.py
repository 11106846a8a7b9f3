"""The stable words of verdicts, as a person would say them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from reports.statistics import Coverage, Availability
from store.vocabulary import (
    CaptureStatus,
    EvidenceKind,
    LookupOutcome,
    MirrorOrigin,
    MoveEvidence,
    Reason,
    Role,
    TrackedState,
    State,
    Verdict,
)
from store.work.runs import RunOutcome

OUTCOME_LABELS: Mapping[RunOutcome, str] = {
    RunOutcome.FINISHED: "everything due was asked",
    RunOutcome.DEADLINE: "its time was up, the rest stays due",
    RunOutcome.INTERRUPTED: "it was stopped, the rest stays due",
    RunOutcome.NETWORK_DOWN: "there was no network: nothing was asked, nothing condemned",
    RunOutcome.FAILED: "Holdfast failed, the rest stays due",
}

STATE_LABELS: Mapping[State, str] = {
    State.UNCHECKED: "not asked yet",
    State.ALIVE: "alive",
    State.MOVED: "moved",
    State.SUSPECT: "failing, not confirmed",
    State.BROKEN: "broken",
    State.BLOCKED: "blocked",
    State.UNSURE: "could not be asked",
    State.SKIPPED: "skipped",
}

# The same for a label beside a link, where there is room for a word.
SHORT_STATE_LABELS: Mapping[State, str] = {state: STATE_LABELS[state] for state in State} | {
    State.SUSPECT: "failing",
    State.UNSURE: "unsure",
}

VERDICT_LABELS: Mapping[Verdict, str] = {
    Verdict.ALIVE: "alive",
    Verdict.MOVED: "moved",
    Verdict.BROKEN: "failing",
    Verdict.BLOCKED: "blocked",
    Verdict.UNSURE: "unsure",
    Verdict.SKIPPED: "skipped",
}

ORIGIN_LABELS: Mapping[MirrorOrigin, str] = {
    MirrorOrigin.CITED: "cited on a page",
    MirrorOrigin.FOUND: "found in the archive",
    MirrorOrigin.CAPTURED: "captured by us",
}

AVAILABILITY_LABELS: Mapping[Availability, str] = {
    Availability.FAILING: "failing",
    Availability.UNKNOWN: "not known",
    Availability.AVAILABLE: "serves",
}

COVERAGE_LABELS: Mapping[Coverage, str] = {
    Coverage.CITED: "cited by its copy",
    Coverage.KNOWN: "a copy is known",
    Coverage.UNCHECKED: "a copy not tried yet",
    Coverage.NONE: "no copy",
}

CAPTURE_LABELS: Mapping[CaptureStatus, str] = {
    CaptureStatus.QUEUED: "waits to be asked for",
    CaptureStatus.REQUESTED: "asked for, no answer known",
    CaptureStatus.PENDING: "the archive is at work",
    CaptureStatus.CAPTURED: "captured",
    CaptureStatus.VERIFIED: "captured, and shows what was cited",
    CaptureStatus.UNUSABLE: "captured, but shows something else",
    CaptureStatus.FAILED: "failed",
}

REASON_LABELS: Mapping[Reason, str] = {
    Reason.OK: "it is served",
    Reason.CANONICALISED: "it is served under a tidier address",
    Reason.REDIRECTED_TEMPORARILY: "the server leads on for the time being",
    Reason.MOVED_PERMANENTLY: "the server says it moved for good",
    Reason.NOT_FOUND: "the server has no such page",
    Reason.GONE: "the server says it is gone for good",
    Reason.DOMAIN_NOT_FOUND: "the domain no longer exists",
    Reason.CONNECTION_REFUSED: "the server refuses connections",
    Reason.CONNECTION_RESET: "the server breaks the connection off",
    Reason.TLS_ERROR: "no secure connection can be made",
    Reason.SERVER_ERROR: "the server fails",
    Reason.TIMEOUT: "the server does not answer in time",
    Reason.REDIRECT_LOOP: "it redirects in a circle",
    Reason.TOO_MANY_REDIRECTS: "it redirects without end",
    Reason.BAD_RESPONSE: "the server's answer cannot be read",
    Reason.SOFT_404: "the page says that what was there is gone",
    Reason.REDIRECTED_TO_HOME: "it leads to the home page",
    Reason.PARKED: "the domain is for sale",
    Reason.HIJACKED: "somebody else's pages stand there now",
    Reason.HOST_DOWN: "its whole host is down",
    Reason.FORBIDDEN: "the server does not let us in",
    Reason.UNAUTHORIZED: "it asks for a password",
    Reason.LOGIN_WALL: "it asks to log in",
    Reason.PAYWALL: "it asks to pay",
    Reason.CHALLENGE: "it asks to prove that we are human",
    Reason.RATE_LIMITED: "it asks us to slow down",
    Reason.LEGAL: "it is withheld for legal reasons",
    Reason.GEO: "it is not shown where we are",
    Reason.NETWORK_DOWN: "there was no network",
    Reason.DNS_FAILURE: "its name could not be looked up",
    Reason.CLIENT_ERROR: "the server did not like the question",
    Reason.HOST_PAUSED: "its host had failed too often in this run",
    Reason.INTERRUPTED: "the probe was cut off",
    Reason.INTERNAL_ERROR: "Holdfast made an internal error",
    Reason.EXCLUDED: "it is excluded by the configuration",
    Reason.UNSAFE_ADDRESS: "it leads into a private network",
    Reason.UNSUPPORTED_SCHEME: "it is no web address",
    Reason.INVALID_URL: "it is no address as written",
    Reason.ROBOTS: "the site asks robots to stay away",
}

# Of a mirror it is the archive that answers, and what it shows is a copy.
MIRROR_REASON_LABELS: Mapping[Reason, str] = {
    Reason.NOT_FOUND: "the copy is not there, or shows that the page was not",
    Reason.GONE: "the copy is not there, or shows that the page was gone",
    Reason.SERVER_ERROR: "it is a copy of a server's failure",
    Reason.SOFT_404: "it is a copy of a page that says nothing of what was cited",
    Reason.PARKED: "it is a copy of a domain for sale",
    Reason.HIJACKED: "it is a copy of somebody else's page",
    Reason.REDIRECTED_TO_HOME: "it is a copy of a redirect to the home page",
    Reason.FORBIDDEN: "the archive does not show it",
    Reason.LEGAL: "the archive withholds it for legal reasons",
    Reason.CHALLENGE: "the archive asks to prove that we are human",
    Reason.RATE_LIMITED: "the archive asks us to slow down",
    Reason.INTERRUPTED: "the archive did not answer",
}

NOTE_LABELS: Mapping[str, str] = {
    "unreachable-from-here": "it may be reachable from elsewhere",
}

INTERNAL_LINK_LABELS: Mapping[str, str] = {
    "missing-page": "no such page or file",
    "missing-heading": "no such heading",
    "outside-root": "outside the wiki",
}

EVIDENCE_LABELS: Mapping[EvidenceKind, str] = {
    EvidenceKind.REDIRECT: "an archive keeps a redirect to it",
    EvidenceKind.CANONICAL: "the archived page called this its own address",
    EvidenceKind.URL_PATTERN: "other pages of the site moved by the same rule",
    EvidenceKind.SAME_NAME: "the site has a page there with the same name or number",
    EvidenceKind.TITLE: "a page there has the same title",
}

LOOKUP_LABELS: Mapping[LookupOutcome, str] = {
    LookupOutcome.FOUND: "the archive has one",
    LookupOutcome.NONE: "the archive has none",
    LookupOutcome.EXCLUDED: "the archive does not show this address",
    LookupOutcome.UNKNOWN: "the archive gave no answer",
}


def reason_label(standing: TrackedState) -> str:
    """Say in words why a link stands as it does.

    >>> why(Standing(reason=Reason.GONE)), why(Standing())
    ('the server says it is gone for good', 'not asked yet')
    """
    if standing.reason is None:
        return STATE_LABELS[standing.state]
    if standing.role is Role.MIRROR and standing.reason in MIRROR_REASON_LABELS:
        return MIRROR_REASON_LABELS[standing.reason]
    return REASON_LABELS[standing.reason]


def details_by_kind(evidence: Iterable[MoveEvidence]) -> Mapping[EvidenceKind, Sequence[str]]:
    """Put together what each kind of evidence was seen on: a person wants to read a kind once."""
    found: dict[EvidenceKind, list[str]] = {}
    for each in evidence:
        found.setdefault(each.kind, []).append(each.detail)
    return found
