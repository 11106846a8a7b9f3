"""Judge one probe of a mirror: whether the archive still replays the capture.

An archive that is busy or refuses us says nothing about the mirror, so such responses never break
it. The Wayback Machine is requested for `<timestamp>id_`, the capture without its frame; replayed
captures have a `Memento-Datetime` header (RFC 7089).
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Final

from crawler.archives.link_header import memento_datetime
from crawler.archives.mirror_urls import parse_mirror
from crawler.archives.spellings import spelling_of
from crawler.liveness.case import Case, build_case, make_judgement
from crawler.liveness.judge import Rule, apply_rules
from crawler.liveness.mirrors.archive_notices import EXCLUSION_WORDS, archive_notice
from crawler.liveness.mirrors.capture_text import error_text, is_blank_capture
from crawler.liveness.mirrors.mirror_redirects import (
    CAPTURED_ERROR,
    WAYBACK,
    capture_drift,
    captured_redirect,
    is_replayed_capture,
    judge_other_page,
    named_original,
    parse_replay_url,
    shows_same_page,
)
from crawler.liveness.rules.parked import hijacked_domain, parked_domain
from crawler.liveness.rules.redirects import is_home_page
from crawler.liveness.rules.response_rules import not_requested, request_fault, served_page
from crawler.liveness.rules.soft404 import soft_404
from crawler.liveness.rules.walls import bot_challenge, login_wall
from store.vocabulary import (
    CUT_OFF,
    SERVED_VERDICTS,
    Fault,
    Judgement,
    MirrorAddress,
    Probe,
    Reason,
    Verdict,
)

# Archives that refuse connections or stop responding after too many requests of a client.
_BLOCKING_SERVICES: Final = frozenset({WAYBACK, "archive.today"})
# A missing host name or an invalid redirect is no refusal.
_URL_FAULTS: Final = frozenset({Fault.NAME_NOT_FOUND, Fault.INVALID_URL})
_EXCLUSION_NOTICE: Final = re.compile(
    r"AdministrativeAccessControl|RobotAccessControl|Blocked Site|Blocked By Robots", re.IGNORECASE
)


def judge_mirror(probe: Probe, address: MirrorAddress) -> Judgement:
    """Return what a probe of a mirror means.

    The warning `other-capture` means that another capture than the cited one is shown: `detail` has
    its time and the difference, `target` its URL. `cut-off` means that the page ended too early.

    Args:
        probe: The probe.
        address: The parts of the mirror's URL. An original in the probed URL takes precedence.

    Returns:
        The verdict with its reason.

    >>> from datetime import UTC, datetime
    >>> from store.vocabulary import ProbeRequest, Role
    >>> now, archive = datetime(2026, 1, 1, tzinfo=UTC), "https://web.archive.org"
    >>> url = f"{archive}/web/20210805000000id_/https://example.org/a"
    >>> location = "/web/20210807000000id_/https://example.org/a"
    >>> request = ProbeRequest(
    ...     method="GET", url=url, at=now, elapsed_ms=80, status=302, headers={"location": location}
    ... )
    >>> probe = Probe(
    ...     url=url, role=Role.MIRROR, started_at=now, finished_at=now, requests=(request,)
    ... )
    >>> found = judge_mirror(probe, parse_mirror(url))
    >>> str(found.verdict), found.warnings, found.detail
    ('alive', ('other-capture',), '20210807000000, 2 days later')
    """
    parsed = parse_mirror(probe.url)
    if parsed and parsed.original:  # may be the end of the original's redirects at capture time
        address = replace(address, original=parsed.original)
    case = replace(build_case(probe), url=address.original or probe.url, mirror=address)
    judgement = apply_rules(MIRROR_RULES, case)
    is_cut_off = judgement.verdict in SERVED_VERDICTS and case.last.fault is Fault.TRUNCATED
    return replace(judgement, warnings=(*judgement.warnings, CUT_OFF)) if is_cut_off else judgement


def archive_unreachable(case: Case) -> Judgement | None:
    """Judge a missing response of an archive that blocks clients as a pause.

    Returns:
        HOST_PAUSED if such an archive did not respond, else None.
    """
    if case.mirror.service not in _BLOCKING_SERVICES or case.last.fault in _URL_FAULTS:
        return None
    judgement = request_fault(case)
    if judgement is None or judgement.verdict is not Verdict.BROKEN:
        return None
    return make_judgement(Reason.HOST_PAUSED, f"the archive did not respond: {case.last.fault}")


def captured_error(case: Case) -> Judgement | None:
    """Judge a capture of an error page: it replays, but does not show the cited content.

    Returns:
        NOT_FOUND, GONE, SOFT_404 or SERVER_ERROR by the captured status, or None if it is no
        error.
    """
    if case.status < 400 or not is_replayed_capture(case):
        return None
    reason = Reason.SERVER_ERROR if case.status >= 500 else Reason.SOFT_404
    if case.status == 404:
        reason = Reason.NOT_FOUND
    elif case.status == 410:
        reason = Reason.GONE
    return make_judgement(reason, f"{CAPTURED_ERROR}{case.status}")


def archive_wall(case: Case) -> Judgement | None:
    """Judge a CAPTCHA or notice of the archive; those in a capture are for `unusable_capture`.

    Returns:
        CHALLENGE if the archive shows a CAPTCHA instead of a capture, else the judgement of
        `archive_notice`.
    """
    if is_replayed_capture(case):
        return None
    return bot_challenge(case) or archive_notice(case)


def page_of_archive(case: Case) -> Judgement | None:
    """Judge a page of the Wayback Machine itself in place of a capture, such as a notice.

    Returns:
        INTERRUPTED if it is not a capture, as a capture states its time; else None.
    """
    if case.mirror.service != WAYBACK or not case.mirror.timestamp or is_replayed_capture(case):
        return None
    return make_judgement(Reason.INTERRUPTED, "the archive showed a page of its own")


def archive_error_status(case: Case) -> Judgement | None:
    """Judge an error status of the archive itself; only 404 and 410 count against the mirror.

    Returns:
        The reason of the status, or None if it is no error.
    """
    status = case.status
    if status < 400:
        return None
    if status in {404, 410} and EXCLUSION_WORDS.search(f"{case.title} {case.text}"):
        return make_judgement(Reason.FORBIDDEN, "excluded")
    if status in {404, 410}:
        reason = Reason.NOT_FOUND if status == 404 else Reason.GONE
        return make_judgement(reason, "not in the archive")
    if status in {401, 403, 451}:
        notice = case.header("x-archive-wayback-runtime-error") + case.page.text
        detail = "excluded" if _EXCLUSION_NOTICE.search(notice) else str(status)
        return make_judgement(Reason.LEGAL if status == 451 else Reason.FORBIDDEN, detail)
    if status in {429, 503}:
        return make_judgement(Reason.RATE_LIMITED, str(status))
    if status < 500:
        return make_judgement(Reason.CLIENT_ERROR, str(status))
    return make_judgement(Reason.INTERRUPTED, f"the archive returned {status}")


def copy_of_other_page(case: Case) -> Judgement | None:
    """Judge a replay whose Link header names another original than the URL it was requested by.

    Returns:
        NOT_FOUND, or None if the archive names this original, another spelling of it, or none.
    """
    replay = parse_replay_url(case.last.url)
    requested = replay.original if replay and replay.original else case.mirror.original
    shown = named_original(case)
    if not requested or not shown or spelling_of(shown, requested) is not None:
        return None
    return make_judgement(Reason.NOT_FOUND, f"the archive shows a copy of {shown} instead")


def unusable_capture(case: Case) -> Judgement | None:
    """Judge a capture of a soft 404, a wall or a parked domain, or an empty one.

    Returns:
        The reason of a soft 404 or parked domain, SOFT_404 for a wall or an empty page, or None.
    """
    if is_blank_capture(case):
        return make_judgement(Reason.SOFT_404, "the capture is empty")
    judgement = soft_404(case) or parked_domain(case) or hijacked_domain(case) or error_text(case)
    if judgement:
        return judgement
    wall = bot_challenge(case) or login_wall(case)
    if wall is None:
        return None
    return make_judgement(Reason.SOFT_404, f"the capture is a {wall.reason} page")


def replayed_capture(case: Case) -> Judgement | None:
    """Judge a replay by its capture: the cited one, another, or a redirect's target.

    Returns:
        A judgement of the capture shown, or None if it is the cited one.
    """
    if case.redirected and is_home_page(case.last.url):
        return make_judgement(Reason.REDIRECTED_TO_HOME, f"at {case.last.url}")
    shown, original = parse_replay_url(case.last.url), case.mirror.original
    followed = len(case.chain) > 1
    shown_original = shown.original if shown else None
    if followed and shown_original and original and not shows_same_page(shown_original, original):
        return judge_other_page(original, shown_original, case.last.url)
    shown_at = memento_datetime(case.header("memento-datetime"))
    if shown_at is None and shown:
        shown_at = shown.captured_at
    return capture_drift(case.mirror, shown_at, case.last.url if followed else None)


MIRROR_RULES: Final[tuple[Rule, ...]] = (
    not_requested,
    archive_unreachable,
    request_fault,
    captured_redirect,
    captured_error,
    archive_wall,
    archive_error_status,
    page_of_archive,
    # replayed pages: their content, and which capture they are
    copy_of_other_page,
    unusable_capture,
    replayed_capture,
    served_page,
)
