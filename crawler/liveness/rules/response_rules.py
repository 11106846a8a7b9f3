"""Judge faults, status codes, and probes without a request.

`tls_failure_kind` divides TLS faults further. The order in which the rules are applied is in
`judge.RULES`.
"""

from __future__ import annotations

import re
from typing import Final

from crawler.liveness.case import Case, make_judgement
from store.vocabulary import Fault, Judgement, Reason

FAULT_REASONS: Final[dict[Fault, Reason]] = {
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
    Fault.HOST_UNREACHABLE: Reason.TIMEOUT,
    Fault.PROXY_FAILED: Reason.NETWORK_DOWN,
    Fault.UNSAFE_ADDRESS: Reason.UNSAFE_ADDRESS,
    Fault.INVALID_URL: Reason.INVALID_URL,
    Fault.EXCLUDED: Reason.EXCLUDED,
    Fault.ROBOTS: Reason.ROBOTS,
    Fault.CAPTURE_REQUEST: Reason.CAPTURE_REQUEST,
    Fault.INTERRUPTED: Reason.INTERRUPTED,
    Fault.CLIENT_LIMIT: Reason.CLIENT_LIMIT,
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

# Error texts of OpenSSL and of the HTTP clients, and the stable word for each kind.
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


def tls_failure_kind(detail: str) -> str:
    """Return the kind of a TLS failure as a stable word.

    Args:
        detail: The error text of the TLS library.

    Returns:
        A word like `certificate-expired`; `handshake` if no certificate is to blame.

    >>> tls_failure_kind("certificate verify failed: certificate has expired")
    'certificate-expired'
    >>> tls_failure_kind("wrong version number")
    'handshake'
    """
    for pattern, word in _CERTIFICATE_FAILURES:
        if pattern.search(detail):
            return word
    return "handshake"


def not_requested(case: Case) -> Judgement | None:
    """Judge a probe that made no request: it was skipped, or interrupted.

    Returns:
        The reason why the probe was skipped, INTERRUPTED if none is stored, or None if there
        was a request.
    """
    if case.skipped is not None:
        return make_judgement(case.skipped)
    return None if case.chain else make_judgement(Reason.INTERRUPTED, "no request was made")


def request_fault(case: Case) -> Judgement | None:
    """Judge a request without a usable response by its fault.

    Returns:
        The reason of the fault, or None if there is a response that readers can use.
    """
    if case.last.fault is None or (case.last.fault is Fault.TRUNCATED and case.served):
        return None  # readers see the part of the body that arrived
    reason, detail = FAULT_REASONS[case.last.fault], case.last.detail
    if case.last.fault is Fault.TLS:
        detail = f"{tls_failure_kind(detail)}: {detail}".rstrip(": ")
    elif case.last.fault is Fault.INVALID_URL and len(case.chain) > 1:
        reason = Reason.BAD_RESPONSE  # the server redirected to it; the citation is valid
    if case.redirected:
        detail = f"{detail} (at {case.last.url})".strip()
    return make_judgement(reason, detail)


def accepted_status(case: Case) -> Judgement | None:
    """Judge an error status that the configuration accepts for this link as success.

    Returns:
        OK if the status is accepted, else None.
    """
    if case.status not in case.site.accepted:
        return None
    return make_judgement(Reason.OK, f"{case.status} is accepted for this link")


def error_status(case: Case) -> Judgement | None:
    """Judge a status code that is neither a success nor a redirect.

    Returns:
        The reason of the status, or None if it is from 200 to 399.
    """
    status = case.status
    if 200 <= status < 400:
        return None
    detail = f"{status} at {case.last.url}" if case.redirected else str(status)
    if status in _STATUS_REASONS:
        return make_judgement(_STATUS_REASONS[status], detail)
    if 400 <= status < 500:
        return make_judgement(Reason.CLIENT_ERROR, detail)
    reason = Reason.SERVER_ERROR if 500 <= status < 600 else Reason.BAD_RESPONSE
    return make_judgement(reason, detail)


def served_page(case: Case) -> Judgement:
    """Judge any remaining response as alive.

    Returns:
        OK.
    """
    is_unchanged = case.status == 304 and case.last.conditional
    return make_judgement(Reason.OK, "304, unchanged" if is_unchanged else "")
