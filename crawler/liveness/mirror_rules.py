"""What a probe of a mirror means: does the archive still replay what was captured?

An archive that is busy, or will not talk to us, says nothing about the mirror: such answers never condemn it. The Wayback Machine is asked
for `<timestamp>id_`, the capture without its frame; its replay marks what was archived with `Memento-Datetime` (RFC 7089).
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from crawler.archives.link_header import memento_datetime
from crawler.archives.mirror_urls import parse_mirror
from crawler.http import LONGEST_LOCATION, REDIRECT_STATUSES
from crawler.http.urls import same_address, split_url
from crawler.liveness.case import Case, make_judgement, build_case
from crawler.liveness.judge import Rule, request_fault, apply_rules, not_requested, served_page
from crawler.liveness.parked import hijacked_domain, parked_domain
from crawler.liveness.redirects import overlong_location, is_home_page, next_hop
from crawler.liveness.soft404 import soft_404
from crawler.liveness.walls import bot_challenge, login_wall
from store.vocabulary import Fault, Judgement, MirrorAddress, Probe, Reason, Verdict

# These refuse connections and let requests hang when they have had enough of us.
_BLOCKING_SERVICES: Final = frozenset({"wayback", "archive.today"})
# Its name is gone, or its answer leads nowhere: that is no silence.
_URL_FAULTS: Final = frozenset({Fault.NAME_NOT_FOUND, Fault.INVALID_URL})
_EXCLUSION_NOTICE: Final = re.compile(
    r"AdministrativeAccessControl|RobotAccessControl|Blocked Site|Blocked By Robots", re.IGNORECASE
)


def judge_mirror(probe: Probe, address: MirrorAddress) -> Judgement:
    """Say what a probe of a mirror means; `address` is what is known of it, where its URL does not tell.

    Warning `drifted`: another capture than the cited one is shown, `detail` says which and how far off, `target` is its address.

    >>> from datetime import UTC
    >>> from store.vocabulary import ProbeRequest, Role
    >>> now, url = datetime(2026, 1, 1, tzinfo=UTC), "https://web.archive.org/web/20210805000000id_/https://example.org/a"
    >>> led = ProbeRequest(method="GET", url=url, at=now, elapsed_ms=80, status=302,
    ...                    headers={"location": "/web/20210807000000id_/https://example.org/a"})
    >>> found = judge_mirror(Probe(url=url, role=Role.MIRROR, started_at=now, finished_at=now, requests=(led,)), parse_mirror(url))
    >>> str(found.verdict), found.warnings, found.detail
    ('alive', ('other-capture',), '20210807000000, 2 days later')
    """
    told = parse_mirror(probe.url)
    if told and told.original:  # may be where the original's redirects ended when it was captured
        address = replace(address, original=told.original)
    return apply_rules(
        MIRROR_RULES, replace(build_case(probe), url=address.original or probe.url, mirror=address)
    )


def archive_unreachable(case: Case) -> Judgement | None:
    """Judge no answer from an archive that is known to stand: we are shut out, or it is down for a while."""
    if case.mirror.service not in _BLOCKING_SERVICES or case.last.fault in _URL_FAULTS:
        return None
    found = request_fault(case)
    if found is None or found.verdict is not Verdict.BROKEN:
        return None
    return make_judgement(Reason.HOST_PAUSED, f"the archive did not answer: {case.last.fault}")


def captured_redirect(case: Case) -> Judgement | None:
    """Judge an answer that leads on: to another capture of the same page, or along a redirect that was itself archived."""
    if case.status not in REDIRECT_STATUSES:
        return None
    target = next_hop(case.last)
    if len(case.header("location")) > LONGEST_LOCATION:
        return overlong_location(case)
    if target is None:
        return make_judgement(
            Reason.BAD_RESPONSE, f"{case.status} without a Location that can be followed"
        )
    if is_home_page(target):
        return make_judgement(Reason.REDIRECTED_TO_HOME, f"to {target}")
    shown = parse_replay_url(target)
    original = case.mirror.original
    if shown is None or shown.original is None or original is None:
        return make_judgement(Reason.REDIRECTED_TEMPORARILY, f"to {target}", target=target)
    if same_address(shown.original, original):
        return _capture_drift(case.mirror, shown.captured_at, target) or make_judgement(
            Reason.OK, target=target
        )
    if shown.original.lower() == original.lower() and not _is_replayed_capture(case):
        # The archive's index folds case; ids do not.
        return make_judgement(
            Reason.NOT_FOUND,
            f"the archive has {shown.original} instead",
            warnings=("case-mismatch",),
        )
    return _redirect_to_other_page(original, shown.original, target)


def _redirect_to_other_page(original: str, shown: str, target: str) -> Judgement:
    if is_home_page(shown) and not is_home_page(original):
        return make_judgement(Reason.REDIRECTED_TO_HOME, f"the capture is a redirect to {shown}")
    return make_judgement(
        Reason.REDIRECTED_TEMPORARILY, f"the capture is a redirect to {shown}", target=target
    )


def parse_replay_url(url: str) -> MirrorAddress | None:
    """Read where a replay leads, also on an archive that runs under another name."""
    parts = split_url(url)
    return parse_mirror(url) or parse_mirror(
        f"https://web.archive.org{parts.path}{'?' * bool(parts.query)}{parts.query}"
    )


def _capture_drift(
    asked: MirrorAddress, shown_at: datetime | None, target: str | None = None
) -> Judgement | None:
    asked_at = asked.captured_at
    if asked_at is None or shown_at is None or len(asked.timestamp) < 14 or shown_at == asked_at:
        return None
    detail = f"{shown_at:%Y%m%d%H%M%S}, {_format_gap(shown_at - asked_at)}"
    return make_judgement(Reason.OK, detail, target=target, warnings=("other-capture",))


def _format_gap(gap: timedelta) -> str:
    """Write a time between captures as a person would.

    >>> _format_gap(timedelta(days=-400)), _format_gap(timedelta(hours=1))
    ('400 days earlier', '1 hour later')
    """
    size = abs(gap)
    number, unit = next(
        (size // length, unit)
        for unit, length in (
            ("day", timedelta(days=1)),
            ("hour", timedelta(hours=1)),
            ("second", timedelta(seconds=1)),
        )
        if size >= length
    )
    return f"{number} {unit}{'s' * (number != 1)} {'later' if gap > timedelta() else 'earlier'}"


def _is_replayed_capture(case: Case) -> bool:
    return "memento-datetime" in case.last.headers or any(
        name.startswith("x-archive-orig-") for name in case.last.headers
    )


def captured_error(case: Case) -> Judgement | None:
    """Judge an error the archive captured: it replays faithfully, and is worth nothing."""
    if case.status < 400 or not _is_replayed_capture(case):
        return None
    reason = {404: Reason.NOT_FOUND, 410: Reason.GONE}.get(
        case.status, Reason.SERVER_ERROR if case.status >= 500 else Reason.SOFT_404
    )
    return make_judgement(reason, f"captured with status {case.status}")


def archive_challenge(case: Case) -> Judgement | None:
    """Judge the archive's own captcha, never what it captured."""
    return None if _is_replayed_capture(case) else bot_challenge(case)


def archive_error_status(case: Case) -> Judgement | None:
    """Judge the archive's own refusals and troubles; only "not there" counts against the mirror."""
    status = case.status
    if status < 400:
        return None
    if status in {404, 410}:
        return make_judgement(
            Reason.NOT_FOUND if status == 404 else Reason.GONE, "not in the archive"
        )
    if status in {401, 403, 451}:
        excluded = _EXCLUSION_NOTICE.search(case.header("x-archive-wayback-runtime-error") + case.page.text)
        return make_judgement(
            Reason.LEGAL if status == 451 else Reason.FORBIDDEN,
            "excluded" if excluded else str(status),
        )
    if status in {429, 503}:
        return make_judgement(Reason.RATE_LIMITED, str(status))
    if status < 500:
        return make_judgement(Reason.CLIENT_ERROR, str(status))
    return make_judgement(Reason.INTERRUPTED, f"the archive answered {status}")


def worthless_capture(case: Case) -> Judgement | None:
    """Judge a copy of an error page, a wall or a parked domain: it replays, and shows nothing of what was cited."""
    if found := soft_404(case) or parked_domain(case) or hijacked_domain(case):
        return found
    wall = bot_challenge(case) or login_wall(case)
    return make_judgement(Reason.SOFT_404, f"the capture is a {wall.reason} page") if wall else None


def replayed_capture(case: Case) -> Judgement | None:
    """Judge a replay by the capture it shows: the one asked for, another one, or where an archived redirect led."""
    if case.redirected and is_home_page(case.last.url):
        return make_judgement(Reason.REDIRECTED_TO_HOME, f"at {case.last.url}")
    shown, original, followed = parse_replay_url(case.last.url), case.mirror.original, len(case.chain) > 1
    if (
        followed
        and shown
        and shown.original
        and original
        and not same_address(shown.original, original)
    ):
        return _redirect_to_other_page(original, shown.original, case.last.url)
    moment = memento_datetime(case.header("memento-datetime")) or (
        shown.captured_at if shown else None
    )
    return _capture_drift(case.mirror, moment, case.last.url if followed else None)


MIRROR_RULES: Final[tuple[Rule, ...]] = (
    not_requested,
    archive_unreachable,
    request_fault,
    captured_redirect,
    captured_error,
    archive_challenge,
    archive_error_status,
    # replayed: but what, and which capture of it?
    worthless_capture,
    replayed_capture,
    served_page,
)
