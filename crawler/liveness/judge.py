"""Judge one probe of a link by the first rule of `RULES` that matches.

To add a rule: write a function from a `Case` to a `Judgement` or None beside its kind, put it in
its place in the table, and add a row to the tests. No rule uses the network or the clock, so stored
probes can be judged again by better rules.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from crawler.liveness.case import (
    NO_MIRROR,
    NOTHING_KNOWN,
    Case,
    SiteKnowledge,
    build_case,
    make_judgement,
)
from crawler.liveness.retries import earliest_retry
from crawler.liveness.rules.failure_pages import failure_page, shown_despite_error
from crawler.liveness.rules.interstitials import interstitial_served
from crawler.liveness.rules.parked import hijacked_domain, parked_domain
from crawler.liveness.rules.quirks import judge_by_quirks
from crawler.liveness.rules.random_url_rules import same_as_sibling, same_for_any_query
from crawler.liveness.rules.redirects import (
    archived_text_served,
    endless_refresh,
    followed_redirect,
    redirected_to_home,
    unfinished_redirect,
)
from crawler.liveness.rules.replaced import replaced_page
from crawler.liveness.rules.response_rules import (
    FAULT_REASONS,
    accepted_status,
    error_status,
    not_requested,
    request_fault,
    served_page,
)
from crawler.liveness.rules.soft404 import soft_404
from crawler.liveness.rules.walls import (
    bot_challenge,
    crawl_fee,
    geo_block,
    legal_block,
    login_wall,
    paywall,
)
from store.vocabulary import (
    FRAGMENT_MISSING,
    SERVED_VERDICTS,
    Fault,
    Judgement,
    Probe,
    Reason,
    Role,
    Verdict,
)

Rule = Callable[[Case], Judgement | None]

# These ended before the method was sent, or do not depend on it.
_METHOD_INDEPENDENT_FAULTS: Final = frozenset(FAULT_REASONS) - {
    Fault.RESET,
    Fault.TIMEOUT,
    Fault.BAD_RESPONSE,
    Fault.TRUNCATED,
}

_REFUSALS: Final = frozenset({Verdict.BROKEN, Verdict.BLOCKED})
_PLAIN_SUCCESSES: Final = frozenset({Reason.OK, Reason.CANONICALISED})


def judge(probe: Probe, site: SiteKnowledge = NOTHING_KNOWN) -> Judgement:
    """Return what a probe of a link means.

    Args:
        probe: The probe.
        site: What is known of the link's site.

    Returns:
        The verdict with its reason.

    >>> from datetime import UTC, datetime
    >>> from store.vocabulary import ProbeRequest, Role
    >>> now, url = datetime(2026, 1, 1, tzinfo=UTC), "https://example.org/a"
    >>> request = ProbeRequest(method="GET", url=url, at=now, elapsed_ms=80, status=410)
    >>> probe = Probe(
    ...     url=url, role=Role.LINK, started_at=now, finished_at=now, requests=(request,)
    ... )
    >>> found = judge(probe)
    >>> str(found.verdict), str(found.reason), found.status_code
    ('broken', 'gone', 410)
    """
    return _judge_case(build_case(probe, site))


def _judge_case(case: Case) -> Judgement:
    """Return the judgement of all rules, or of those that need no page if there is none."""
    has_page = case.is_read or len(case.chain) > 1
    return apply_rules(RULES if has_page else RULES_WITHOUT_PAGE, case)


def apply_rules(rules: Sequence[Rule], case: Case) -> Judgement:
    """Return the judgement of the first rule that matches, completed from the last response.

    A HEAD request alone can neither break nor block a link: some servers answer HEAD wrongly.

    Args:
        rules: In order; the last one must match everything.
        case: The probe.

    Returns:
        The judgement with status code, earliest retry and a warning about a missing fragment.

    Raises:
        ValueError: No rule matched.
    """
    for rule in rules:
        if (judgement := rule(case)) is not None:
            break
    else:
        raise ValueError("no rule matched: the last rule must match every case")
    if not case.chain:
        return judgement
    if judgement.verdict in _REFUSALS and _is_head_only(case):
        detail = f"HEAD request: {judgement.reason}; GET was not tried"
        judgement = make_judgement(Reason.INTERRUPTED, detail)
    role = Role.LINK if case.mirror is NO_MIRROR else Role.MIRROR
    warnings = judgement.warnings
    if judgement.verdict in SERVED_VERDICTS and case.page.fragment_found is False:
        warnings = (*warnings, FRAGMENT_MISSING)
    return Judgement(
        verdict=judgement.verdict,
        reason=judgement.reason,
        detail=judgement.detail,
        target=judgement.target,
        status_code=case.last.status,
        warnings=warnings,
        retry_at=earliest_retry(case.last, role),
    )


def needs_get(probe: Probe) -> bool:
    """Return whether a probe that ended with HEAD must be repeated with GET.

    That is whenever the HEAD request was no plain success. Its redirects must be followed first.
    """
    case = build_case(probe)
    if not case.chain or not _is_head_only(case):
        return False
    return _judge_case(case).reason not in _PLAIN_SUCCESSES


def _is_head_only(case: Case) -> bool:
    return case.last.method == "HEAD" and case.last.fault not in _METHOD_INDEPENDENT_FAULTS


RULES: Final[tuple[Rule, ...]] = (
    not_requested,
    request_fault,
    unfinished_redirect,
    accepted_status,
    # known sites and refusing servers come before the status code
    judge_by_quirks,
    bot_challenge,
    login_wall,
    crawl_fee,
    paywall,
    legal_block,
    geo_block,
    shown_despite_error,
    error_status,
    # pages with a success status that do not show the cited content
    archived_text_served,
    interstitial_served,
    parked_domain,
    hijacked_domain,
    redirected_to_home,
    failure_page,
    soft_404,
    same_as_sibling,
    same_for_any_query,
    replaced_page,
    endless_refresh,
    followed_redirect,
    served_page,
)
# These match a page or a redirect only. The response to a HEAD, or a 304, from the cited URL has
# neither.
_PAGE_RULES: Final = frozenset(
    {
        shown_despite_error,
        archived_text_served,
        interstitial_served,
        hijacked_domain,
        redirected_to_home,
        failure_page,
        soft_404,
        same_as_sibling,
        same_for_any_query,
        replaced_page,
        endless_refresh,
        followed_redirect,
    }
)
RULES_WITHOUT_PAGE: Final = tuple(rule for rule in RULES if rule not in _PAGE_RULES)
