"""What a probe means. `judge` tries the rows of `RULES` in order; the first that has something to say decides.

To add a rule: write a function from a `Case` to a `Judgement` or None beside its kin, put it in its place in the table, and give it a row
in the tests. Nothing here asks the network or the clock, so a stored probe can be judged again by better rules.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Final

from crawler.liveness.case import (
    NOTHING_KNOWN,
    VERDICT_OF,
    Case,
    SiteKnowledge,
    make_judgement,
    build_case,
)
from crawler.liveness.parked import hijacked_domain, parked_domain
from crawler.liveness.quirks import site_quirk
from crawler.liveness.redirects import followed_redirect, redirected_to_home, unfinished_redirect
from crawler.liveness.retries import earliest_retry
from crawler.liveness.soft404 import soft_404
from crawler.liveness.walls import bot_challenge, geo_block, legal_block, login_wall, paywall
from store.vocabulary import Fault, Judgement, Probe, Reason, Verdict

Rule = Callable[[Case], Judgement | None]

_FAULT_REASONS: Final[dict[Fault, Reason]] = {
    Fault.NAME_NOT_FOUND: Reason.DOMAIN_NOT_FOUND,
    Fault.NAME_UNKNOWN: Reason.DNS_FAILURE,
    Fault.REFUSED: Reason.CONNECTION_REFUSED,
    Fault.RESET: Reason.CONNECTION_RESET,
    Fault.CONNECT_TIMEOUT: Reason.TIMEOUT,
    Fault.TIMEOUT: Reason.TIMEOUT,
    Fault.TLS: Reason.TLS_ERROR,
    Fault.BAD_RESPONSE: Reason.BAD_RESPONSE,
    Fault.TRUNCATED: Reason.BAD_RESPONSE,
    Fault.UNREACHABLE: Reason.NETWORK_DOWN,
    Fault.UNSAFE_ADDRESS: Reason.UNSAFE_ADDRESS,
    Fault.INVALID_URL: Reason.INVALID_URL,
    Fault.EXCLUDED: Reason.EXCLUDED,
    Fault.ROBOTS: Reason.ROBOTS,
    Fault.INTERRUPTED: Reason.INTERRUPTED,
}
# These ended before the method was sent, or have nothing to do with it.
_METHOD_INDEPENDENT_FAULTS: Final = frozenset(_FAULT_REASONS) - {
    Fault.RESET,
    Fault.TIMEOUT,
    Fault.BAD_RESPONSE,
    Fault.TRUNCATED,
}

_STATUS_REASONS: Final[dict[int, Reason]] = {
    401: Reason.UNAUTHORIZED,
    403: Reason.FORBIDDEN,
    404: Reason.NOT_FOUND,
    407: Reason.UNAUTHORIZED,
    410: Reason.GONE,
    429: Reason.RATE_LIMITED,
    511: Reason.NETWORK_DOWN,  # a captive portal between us and the web (RFC 6585)
}

# What OpenSSL and its users write, and the kind of trouble it is.
_CERTIFICATE_FAILURES: Final = (
    (re.compile(r"expired|not yet valid", re.IGNORECASE), "certificate-expired"),
    (
        re.compile(
            r"hostname mismatch|doesn't match|not valid for|ip address mismatch", re.IGNORECASE
        ),
        "certificate-wrong-host",
    ),
    (re.compile(r"self[- ]signed", re.IGNORECASE), "certificate-self-signed"),
    (re.compile(r"revoked", re.IGNORECASE), "certificate-revoked"),
    (
        re.compile(r"unable to get (?:local )?issuer|unknown ca|unable to verify", re.IGNORECASE),
        "certificate-issuer-unknown",
    ),
)


def judge(probe: Probe, site: SiteKnowledge = NOTHING_KNOWN) -> Judgement:
    """Say what a probe of a link means, from what it recorded and what is known of its site.

    >>> from datetime import UTC, datetime
    >>> from store.vocabulary import ProbeRequest, Role
    >>> now = datetime(2026, 1, 1, tzinfo=UTC)
    >>> asked = ProbeRequest(method="GET", url="https://example.org/a", at=now, elapsed_ms=80, status=410)
    >>> found = judge(Probe(url="https://example.org/a", role=Role.LINK, started_at=now, finished_at=now, requests=(asked,)))
    >>> str(found.verdict), str(found.reason), found.status_code
    ('broken', 'gone', 410)
    """
    return apply_rules(RULES, build_case(probe, site))


def apply_rules(rules: Sequence[Rule], case: Case) -> Judgement:
    """Try rules in order; a HEAD alone neither condemns nor accuses, and the answer's status, floor and fragment are noted."""
    for rule in rules:
        if (found := rule(case)) is not None:
            break
    else:
        raise ValueError("the last rule judges whatever is left")
    if not case.chain:
        return found
    if found.verdict in {Verdict.BROKEN, Verdict.BLOCKED} and _is_head_only(case):
        found = make_judgement(Reason.INTERRUPTED, f"HEAD says {found.reason}, a GET was not tried")
    lost = found.verdict in {Verdict.ALIVE, Verdict.MOVED} and case.page.fragment_found is False
    warnings = (*found.warnings, "fragment-missing") if lost else found.warnings
    return Judgement(
        verdict=found.verdict,
        reason=found.reason,
        detail=found.detail,
        target=found.target,
        status_code=case.last.status,
        warnings=warnings,
        retry_at=earliest_retry(case.last),
    )


def needs_get(probe: Probe) -> bool:
    """Whether a probe that ended with HEAD has to go on with GET: whenever the HEAD was no plain success. Follow its redirects first."""
    case = build_case(probe)
    return (
        bool(case.chain)
        and _is_head_only(case)
        and apply_rules(RULES, case).reason not in {Reason.OK, Reason.CANONICALISED}
    )


def _is_head_only(case: Case) -> bool:
    return case.last.method == "HEAD" and case.last.fault not in _METHOD_INDEPENDENT_FAULTS


def tls_failure_kind(detail: str) -> str:
    """Return the kind of a TLS failure as a stable word.

    >>> tls_failure_kind("certificate verify failed: certificate has expired"), tls_failure_kind("wrong version number")
    ('certificate-expired', 'handshake')
    """
    return next(
        (word for pattern, word in _CERTIFICATE_FAILURES if pattern.search(detail)), "handshake"
    )


def not_requested(case: Case) -> Judgement | None:
    """Judge a probe that asked nothing by why it did not."""
    if case.skipped is not None:
        return make_judgement(case.skipped)
    return None if case.chain else make_judgement(Reason.INTERRUPTED, "nothing was asked")


def request_fault(case: Case) -> Judgement | None:
    """Judge a request without a usable answer."""
    if case.last.fault is None or (case.last.fault is Fault.TRUNCATED and case.served):
        return None  # a reader sees what came of a body cut short
    reason, detail = _FAULT_REASONS[case.last.fault], case.last.detail
    if case.last.fault is Fault.TLS:
        detail = f"{tls_failure_kind(detail)}: {detail}".rstrip(": ")
    elif case.last.fault is Fault.UNREACHABLE and re.search(r"host", detail, re.IGNORECASE):
        reason = (
            Reason.TIMEOUT
        )  # a router speaks for a host that is not there; our own network is up
    elif case.last.fault is Fault.INVALID_URL and len(case.chain) > 1:
        reason = Reason.BAD_RESPONSE  # the server's mistake, not the citation's
    return make_judgement(
        reason, f"{detail} (at {case.last.url})".strip() if case.redirected else detail
    )


def accepted_status(case: Case) -> Judgement | None:
    """Judge an error that somebody says is none, for this link."""
    return (
        make_judgement(Reason.OK, f"{case.status} is accepted here")
        if case.status in case.site.accepted
        else None
    )


def error_status(case: Case) -> Judgement | None:
    """Judge an answer by its status alone, where that is no success."""
    status = case.status
    if 200 <= status < 400:
        return None
    detail = f"{status} at {case.last.url}" if case.redirected else str(status)
    if status in _STATUS_REASONS:
        return make_judgement(_STATUS_REASONS[status], detail)
    if 400 <= status < 500:
        return make_judgement(Reason.CLIENT_ERROR, detail)
    return make_judgement(
        Reason.SERVER_ERROR if 500 <= status < 600 else Reason.BAD_RESPONSE, detail
    )


def served_page(_case: Case) -> Judgement:
    """Judge what no other rule objects to."""
    return make_judgement(Reason.OK)


RULES: Final[tuple[Rule, ...]] = (
    not_requested,
    request_fault,
    unfinished_redirect,
    accepted_status,
    # sites we know, and servers that refuse us, before what their status pretends
    site_quirk,
    bot_challenge,
    login_wall,
    paywall,
    legal_block,
    geo_block,
    error_status,
    # served: but what?
    parked_domain,
    hijacked_domain,
    redirected_to_home,
    soft_404,
    followed_redirect,
    served_page,
)

# Whoever adds a reason decides what it means.
if missing := set(Reason) - set(VERDICT_OF):
    raise TypeError(f"no verdict for {missing}")
