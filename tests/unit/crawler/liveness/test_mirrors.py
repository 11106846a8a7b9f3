"""What an archive answers for a mirror -> what it means for the mirror. A busy archive never condemns one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from crawler.archives.registry import parse_mirror
from crawler.liveness import judge_mirror
from store.vocabulary import Fault, Judgement, MirrorAddress, Probe, ProbeRequest, Reason, Role, Verdict
from tests.unit.crawler.liveness.probes import FILLER, answer, failure, html, probe

ORIGINAL = "https://example.org/2014/01/news.html"
WAYBACK = f"https://web.archive.org/web/20140105120000id_/{ORIGINAL}"
TODAY = "https://archive.ph/AbCdE"
PORTUGAL = f"https://arquivo.pt/wayback/20140105120000id_/{ORIGINAL}"
ARCHIVED = {"memento-datetime": "Sun, 05 Jan 2014 12:00:00 GMT", "x-archive-orig-server": "nginx"}
CAPTCHA = html("archive.ph", "One more step. Please complete the security check to access", markup='<div class="g-recaptcha"></div>')


def mirror(*requests: ProbeRequest, **fields: Any) -> Probe:
    return probe(*requests, role=Role.MIRROR, **fields)


def led(location: str, url: str = WAYBACK, **headers: str) -> Probe:
    return mirror(answer(302, url, headers={"location": location, **headers}))


def replay(
    status: int = 200, *, title: str = "Harbour lights", text: str = FILLER * 4, url: str = WAYBACK, headers: Mapping[str, str] = ARCHIVED
) -> Probe:
    return mirror(answer(status, url, headers=headers), evidence=html(title, text))


def web(timestamp: str, original: str = ORIGINAL) -> str:
    return f"https://web.archive.org/web/{timestamp}id_/{original}"


def see(seen: Probe) -> Judgement:
    address = parse_mirror(seen.url)
    assert address is not None
    return judge_mirror(seen, address)


ANSWERS: Mapping[str, tuple[Probe, Reason]] = {
    "replays": (replay(), Reason.OK),
    "replays, by HEAD": (mirror(answer(200, WAYBACK, method="HEAD", headers=ARCHIVED)), Reason.OK),
    "another capture": (led(web("20140107120000")), Reason.OK),
    "another capture, relative": (led(f"/web/20140107120000id_/{ORIGINAL}"), Reason.OK),
    "another capture over http": (led(web("20140107120000", ORIGINAL.replace("https", "http"))), Reason.OK),
    "an archived redirect": (led(web("20140105120000", "https://example.org/new"), **ARCHIVED), Reason.REDIRECTED_TEMPORARILY),
    "an archived redirect, followed": (
        mirror(
            answer(302, WAYBACK, headers={"location": web("20140105120003", "https://example.org/new"), **ARCHIVED}),
            answer(200, web("20140105120003", "https://example.org/new"), headers=ARCHIVED, hop=1),
            evidence=html("Harbour", FILLER * 3),
        ),
        Reason.REDIRECTED_TEMPORARILY,
    ),
    "an archived redirect home": (led(web("20140105120000", "https://example.org/"), **ARCHIVED), Reason.REDIRECTED_TO_HOME),
    "to the archive's own front door, followed": (
        mirror(answer(302, TODAY, headers={"location": "https://archive.ph/"}), answer(200, "https://archive.ph/", hop=1), evidence=html("Archive", FILLER)),
        Reason.REDIRECTED_TO_HOME,
    ),
    "to something the table does not know": (led("https://archive.ph/wip", TODAY), Reason.REDIRECTED_TEMPORARILY),
    "replays, with a date that is none": (replay(headers={"memento-datetime": "yesterday"}), Reason.OK),
    "to the archive's own front door": (led("https://archive.ph/", TODAY), Reason.REDIRECTED_TO_HOME),
    "a redirect to nowhere": (mirror(answer(302, WAYBACK)), Reason.BAD_RESPONSE),
    "an archived 404": (replay(404), Reason.NOT_FOUND),
    "an archived 410": (replay(410), Reason.GONE),
    "an archived 503": (replay(503), Reason.SERVER_ERROR),
    "an archived 403": (replay(403), Reason.SOFT_404),
    "an archived soft 404": (replay(title="Page not found", text="Sorry, the page you are looking for could not be found."), Reason.SOFT_404),
    "an archived bot wall": (replay(title="Just a moment...", text="Enable JavaScript and cookies to continue"), Reason.SOFT_404),
    "an archived parked domain": (replay(title="example.org is for sale", text="Buy this domain"), Reason.PARKED),
    "an archived casino": (replay(title="澳门新葡京娱乐城_真人百家乐_六合彩", text="注册即送彩金"), Reason.HIJACKED),
    "not archived": (replay(404, headers={}), Reason.NOT_FOUND),
    "excluded": (mirror(answer(403, WAYBACK, headers={"x-archive-wayback-runtime-error": "AdministrativeAccessControlException: Blocked Site Error"})), Reason.FORBIDDEN),
    "too many": (mirror(answer(429, WAYBACK)), Reason.RATE_LIMITED),
    "overloaded": (mirror(answer(503, WAYBACK)), Reason.RATE_LIMITED),
    "a trouble of its own": (mirror(answer(502, WAYBACK)), Reason.INTERRUPTED),
    "an odd refusal": (mirror(answer(400, WAYBACK)), Reason.CLIENT_ERROR),
    "451": (mirror(answer(451, WAYBACK)), Reason.LEGAL),
    "refused": (mirror(failure(Fault.REFUSED, url=WAYBACK)), Reason.HOST_PAUSED),
    "silence": (mirror(failure(Fault.TIMEOUT, url=WAYBACK)), Reason.HOST_PAUSED),
    "no network": (mirror(failure(Fault.UNREACHABLE, "Network is unreachable", url=PORTUGAL)), Reason.NETWORK_DOWN),
    "stopped": (mirror(failure(Fault.INTERRUPTED, url=PORTUGAL)), Reason.INTERRUPTED),
    "excluded by the user": (mirror(url=WAYBACK, skipped=Reason.EXCLUDED), Reason.EXCLUDED),
    "archive.today replays": (mirror(answer(200, TODAY), evidence=html("Harbour lights", FILLER * 4)), Reason.OK),
    "archive.today under another name": (
        mirror(
            answer(302, "https://archive.is/AbCdE", headers={"location": TODAY}), answer(200, TODAY, hop=1), evidence=html("Harbour", FILLER * 4)
        ),
        Reason.OK,
    ),
    "archive.today's captcha": (mirror(answer(429, TODAY), evidence=CAPTCHA), Reason.CHALLENGE),
    "archive.today's captcha under a 200": (mirror(answer(200, TODAY), evidence=CAPTCHA), Reason.CHALLENGE),
    "archive.today has none": (mirror(answer(404, TODAY), evidence=html("", "Not Found")), Reason.NOT_FOUND),
    "archive.today refuses": (mirror(failure(Fault.RESET, url=TODAY)), Reason.HOST_PAUSED),
    "archive.today's name is gone": (mirror(failure(Fault.NAME_NOT_FOUND, url=TODAY)), Reason.DOMAIN_NOT_FOUND),
    "another archive replays": (mirror(answer(200, PORTUGAL, headers=ARCHIVED), evidence=html("Harbour", FILLER)), Reason.OK),
    "another archive refuses": (mirror(failure(Fault.REFUSED, url=PORTUGAL)), Reason.CONNECTION_REFUSED),
}  # fmt: skip


@pytest.mark.parametrize(("seen", "reason"), ANSWERS.values(), ids=ANSWERS)
def test_archive_s_answer_has_its_reason(seen: Probe, reason: Reason) -> None:
    assert see(seen).reason is reason


@pytest.mark.parametrize(
    ("timestamp", "detail"),
    [
        ("20140107120000", "20140107120000, 2 days later"),
        ("20140104120000", "20140104120000, 1 day earlier"),
        ("20140105130000", "20140105130000, 1 hour later"),
        ("20140105115959", "20140105115959, 1 second earlier"),
        ("20200105120000", "20200105120000, 2191 days later"),
    ],
)
def test_drift_is_told_with_its_distance(timestamp: str, detail: str) -> None:
    judgement = see(led(web(timestamp)))
    assert (judgement.verdict, judgement.warnings, judgement.detail, judgement.target) == (
        Verdict.ALIVE,
        ("drifted",),
        detail,
        web(timestamp),
    )


def test_followed_drift_and_an_archive_that_answers_at_once_are_drift_too() -> None:
    other = {**ARCHIVED, "memento-datetime": "Tue, 07 Jan 2014 12:00:00 GMT"}
    page = html("Harbour", FILLER * 3)
    hops = answer(302, WAYBACK, headers={"location": web("20140107120000")}), answer(200, web("20140107120000"), headers=other, hop=1)
    assert see(mirror(*hops, evidence=page)).warnings == ("drifted",)
    assert see(mirror(answer(200, PORTUGAL, headers=other), evidence=page)).warnings == ("drifted",)


def test_vague_timestamp_cannot_drift() -> None:
    vague = f"https://web.archive.org/web/2014id_/{ORIGINAL}"
    assert see(led(web("20140107120000"), vague)).warnings == ()


def test_replay_elsewhere_is_read_as_the_wayback_machine_s() -> None:
    url = f"http://127.0.0.1:8080/web/20140105120000id_/{ORIGINAL}"
    seen = mirror(answer(302, url, headers={"location": f"/web/20140107120000id_/{ORIGINAL}"}))
    address = MirrorAddress(service="wayback", timestamp="20140105120000", original=ORIGINAL)
    assert judge_mirror(seen, address).warnings == ("drifted",)


def test_copy_of_where_redirects_ended_is_judged_by_its_own_address() -> None:
    known = MirrorAddress(service="wayback", timestamp="20140105120000", original="https://example.org/before-it-moved")
    assert judge_mirror(led(web("20140107120000")), known).warnings == ("drifted",)


def test_page_whose_address_differs_in_case_is_another_page() -> None:
    cited = "https://web.archive.org/web/20140105120000id_/https://weibo.com/1651428902/KqEW2dUqi"
    judgement = see(led(web("20140107120000", "https://weibo.com/1651428902/kqew2duqi"), cited))
    assert (judgement.reason, judgement.warnings) == (Reason.NOT_FOUND, ("case-mismatch",))


@pytest.mark.parametrize("url", [WAYBACK, TODAY])
def test_busy_archive_never_condemns(url: str) -> None:
    for status in (401, 403, 429, 500, 502, 503, 504, 520, 530):
        assert see(mirror(answer(status, url), evidence=html(str(status), "Try again later."))).verdict is not Verdict.BROKEN
    for fault in (
        Fault.REFUSED,
        Fault.RESET,
        Fault.CONNECT_TIMEOUT,
        Fault.TIMEOUT,
        Fault.TLS,
        Fault.BAD_RESPONSE,
        Fault.NAME_UNKNOWN,
        Fault.UNREACHABLE,
    ):
        assert see(mirror(failure(fault, url=url))).verdict is not Verdict.BROKEN


def test_floor_of_a_busy_archive_is_kept() -> None:
    assert see(mirror(answer(429, WAYBACK, headers={"retry-after": "60"}))).retry_at is not None
