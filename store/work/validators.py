"""The validators of a page (ETag, Last-Modified, length) that its next probe sends back."""

from __future__ import annotations

import re
from collections.abc import Sequence

from store.vocabulary import (
    FRAGMENT_MISSING,
    SERVED_VERDICTS,
    Judgement,
    Probe,
    ProbeRequest,
    Validators,
    Verdict,
)

# Characters that a header field may have (RFC 9110, section 8.8.3), no control characters.
_ETAG = re.compile(r"[\x21-\x7e]{1,500}", re.ASCII)
_DATE = re.compile(r"[\x20-\x7e]{1,100}", re.ASCII)
_LENGTH = re.compile(r"[0-9]{1,18}", re.ASCII)


def validators_of(request: ProbeRequest, fragments: Sequence[str] = ()) -> Validators | None:
    """Return the validators of a response. Invalid and overlong ones are left out.

    Args:
        request: The request with its response.
        fragments: The fragments that were looked for in its page.

    Returns:
        None if the response has no validators, is incomplete or has a status other than 200.
    """
    if request.status != 200 or request.fault:
        return None
    values = {
        name: request.headers.get(name, "").strip()
        for name in ("etag", "last-modified", "content-length")
    }
    etag = values["etag"] if _ETAG.fullmatch(values["etag"]) else ""
    modified = values["last-modified"] if _DATE.fullmatch(values["last-modified"]) else ""
    length = int(values["content-length"]) if _LENGTH.fullmatch(values["content-length"]) else None
    if not etag and not modified and length is None:
        return None
    return Validators(
        url=request.url,
        etag=etag,
        last_modified=modified,
        length=length,
        fragments=tuple(fragments),
    )


def has_page(probe: Probe) -> bool:
    """Return whether a probe read a page: its last request was a GET, and its status not 304."""
    if not probe.requests:
        return False
    return probe.requests[-1].method == "GET" and not _ended_unchanged(probe)


def _ended_unchanged(probe: Probe) -> bool:
    """Return whether a probe ended with 304, which says that the page is unchanged."""
    if not probe.requests:
        return False
    return probe.requests[-1].conditional and probe.requests[-1].status == 304


def next_validators(probe: Probe, verdict: Verdict, before: Validators | None) -> Validators | None:
    """Return the validators to be stored after a probe.

    After a HEAD or 304, `before` is kept. Any other response replaces or removes it.
    """
    if verdict not in SERVED_VERDICTS:
        return None
    if not has_page(probe):
        return before
    if probe.evidence is None:
        return None  # there was no page that a 304 could confirm
    return validators_of(probe.requests[-1], probe.fragments)


def next_missing_fragments(
    probe: Probe, verdict: Verdict, before: tuple[str, ...]
) -> tuple[str, ...]:
    """Return the cited fragments that a link's page lacks, after a probe.

    After a HEAD or 304, `before` is kept: the page that was read last.
    """
    if verdict not in SERVED_VERDICTS:
        return ()
    if not has_page(probe):
        return before
    return probe.evidence.missing_fragments if probe.evidence else ()


def all_warnings(judgement: Judgement, missing_fragments: tuple[str, ...]) -> list[str]:
    """Return the warnings of a probe, with `FRAGMENT_MISSING` if its page lacks a fragment."""
    warnings = list(judgement.warnings)
    if missing_fragments and FRAGMENT_MISSING not in warnings:
        warnings.append(FRAGMENT_MISSING)
    return warnings
