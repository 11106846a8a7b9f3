"""Judge redirects of archives: to another capture of a page, to what was captured, or elsewhere."""

from __future__ import annotations

from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Final

from crawler.archives.link_header import parse_link_header
from crawler.archives.mirror_urls import parse_mirror, service_of_host
from crawler.archives.spellings import spelling_of
from crawler.http.redirects import LONGEST_LOCATION, REDIRECT_STATUSES
from crawler.http.urls import host_of, split_url
from crawler.liveness.case import Case, make_judgement
from crawler.liveness.rules.redirects import is_home_page, next_hop, overlong_location
from crawler.liveness.rules.soft404 import is_error_address
from crawler.liveness.rules.walls import is_login_address
from store.vocabulary import OTHER_CAPTURE, Judgement, MirrorAddress, Reason, Spelling, Verdict

WAYBACK: Final = "wayback"
# The beginnings of details, by which later reviews of a mirror recognise what was found. They are
# stored. The status of the captured response follows, or what is wrong with the record.
CAPTURED_ERROR: Final = "captured with status "
DAMAGED_RECORD: Final = "captured, but the record is "
# The target's URL follows.
CAPTURED_REDIRECT: Final = "the capture is a redirect to "
# The archive has no copy and redirects elsewhere, for example to the page itself.
NO_COPY_REDIRECT: Final = "the archive shows no copy, it leads to "

_UNITS: Final = (
    ("day", timedelta(days=1)),
    ("hour", timedelta(hours=1)),
    ("second", timedelta(seconds=1)),
)


def captured_redirect(case: Case) -> Judgement | None:
    """Judge a redirect to another capture of the page, or one that was itself captured.

    Returns:
        A judgement of the redirect's target, or None if the response is no redirect.
    """
    if case.status not in REDIRECT_STATUSES:
        return None
    target = next_hop(case.last)
    if len(case.header("location")) > LONGEST_LOCATION:
        return overlong_location(case)
    if target is None:
        return make_judgement(
            Reason.BAD_RESPONSE, f"{case.status} without a Location that can be followed"
        )
    return _redirect_to(target, case)


def _redirect_to(target: str, case: Case) -> Judgement:
    """Judge a redirect by its target."""
    is_same = target.partition("#")[0] == case.last.url.partition("#")[0]
    if is_same and case.status != HTTPStatus.MULTIPLE_CHOICES:
        return make_judgement(Reason.REDIRECT_LOOP, f"to {target}")
    if is_home_page(target):
        return make_judgement(Reason.REDIRECTED_TO_HOME, f"to {target}")
    shown = parse_replay_url(target)
    original = case.mirror.original
    names_no_page = shown is None or shown.original is None
    if shown is None and is_login_address(target):
        return make_judgement(Reason.LOGIN_WALL, f"at {target}")
    if names_no_page and not is_replayed_capture(case) and not _is_of_archive(target, case):
        return _redirects_out(target)
    if shown is None or shown.original is None or original is None:
        return make_judgement(Reason.REDIRECTED_TEMPORARILY, f"to {target}", target=target)
    if shows_same_page(shown.original, original):
        drift = capture_drift(case.mirror, shown.captured_at, target)
        return drift or make_judgement(Reason.OK, target=target)
    if shown.original.lower() == original.lower() and not is_replayed_capture(case):
        # The archive's index ignores case, but ids in URLs may differ by case only.
        return make_judgement(
            Reason.NOT_FOUND,
            f"the archive has {shown.original} instead",
            warnings=("case-mismatch",),
        )
    judgement = judge_other_page(original, shown.original, target)
    if judgement.verdict is Verdict.ALIVE and not is_replayed_capture(case):
        return _redirects_out(target)
    return judgement


def _redirects_out(target: str) -> Judgement:
    """Judge a redirect of the archive itself that leads to no copy."""
    return make_judgement(
        Reason.REDIRECTED_TEMPORARILY, f"{NO_COPY_REDIRECT}{target}", target=target
    )


def _is_of_archive(url: str, case: Case) -> bool:
    """Return whether a copy may be at a URL of the mirror's service that names no capture."""
    if case.mirror.service == WAYBACK:  # all of its copies have addresses that name them
        return False
    return _is_same_host(url, case.last.url) or service_of_host(host_of(url)) == case.mirror.service


def shows_same_page(shown: str, original: str) -> bool:
    """Return whether two addresses are the same, apart from session ids."""
    return spelling_of(shown, original) in (Spelling.SAME, Spelling.SESSION)


def _is_same_host(url: str, other: str) -> bool:
    """Return whether two URLs have the same host, apart from `www.`."""
    hosts = {(split_url(each).hostname or "").removeprefix("www.") for each in (url, other)}
    return len(hosts) == 1


def judge_other_page(original: str, shown: str, target: str) -> Judgement:
    """Judge a redirect of the original that was captured.

    Args:
        original: The original of the mirror.
        shown: The original of the capture that it leads to.
        target: The URL of that capture.

    Returns:
        SOFT_404 or REDIRECTED_TO_HOME if the target cannot be the cited page, else
        REDIRECTED_TEMPORARILY.
    """
    detail = f"{CAPTURED_REDIRECT}{shown}"
    if is_home_page(shown) and not is_home_page(original):
        return make_judgement(Reason.REDIRECTED_TO_HOME, detail)
    for is_no_page in (is_error_address, is_login_address):
        if is_no_page(shown) and not is_no_page(original):
            return make_judgement(Reason.SOFT_404, detail)
    return make_judgement(Reason.REDIRECTED_TEMPORARILY, detail, target=target)


def parse_replay_url(url: str) -> MirrorAddress | None:
    """Return the mirror that a URL names, also on an archive with an unknown host name, or None."""
    if found := parse_mirror(url):
        return found
    parts = split_url(url)
    query = f"?{parts.query}" if parts.query else ""
    return parse_mirror(f"https://web.archive.org{parts.path}{query}")


def capture_drift(
    cited: MirrorAddress, shown_at: datetime | None, target: str | None = None
) -> Judgement | None:
    """Return a judgement that warns of another capture than the cited one, or None."""
    cited_at = cited.captured_at
    if cited_at is None or shown_at is None or len(cited.timestamp) < 14 or shown_at == cited_at:
        return None
    detail = f"{shown_at:%Y%m%d%H%M%S}, {_format_gap(shown_at - cited_at)}"
    return make_judgement(Reason.OK, detail, target=target, warnings=(OTHER_CAPTURE,))


def _format_gap(gap: timedelta) -> str:
    """Return the time between two captures in words.

    >>> _format_gap(timedelta(days=-400)), _format_gap(timedelta(hours=1))
    ('400 days earlier', '1 hour later')
    """
    size = abs(gap)
    unit, length = next(each for each in _UNITS if size >= each[1])
    number = size // length
    plural = "" if number == 1 else "s"
    direction = "later" if gap > timedelta() else "earlier"
    return f"{number} {unit}{plural} {direction}"


def is_replayed_capture(case: Case) -> bool:
    """Return whether a response has the headers of a replay: those of the captured response."""
    return "memento-datetime" in case.last.headers or any(
        name.startswith("x-archive-orig-") for name in case.last.headers
    )


def named_original(case: Case) -> str | None:
    """Return the original that the Link header of a memento names (RFC 7089, section 2.2.1).

    Returns:
        An absolute URL; None if the response is no memento, or names none or several.
    """
    if "memento-datetime" not in case.last.headers:
        return None
    named = {
        (found.original if (found := parse_mirror(target)) else target) or ""
        for target, relations in parse_link_header(case.header("link"))
        if "original" in relations
    }
    original = named.pop() if len(named) == 1 else ""
    return original if original.startswith(("http://", "https://")) else None
