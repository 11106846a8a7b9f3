"""Test the judgement of mirrors by responses of archives. Errors of the archive prove nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import pytest

from crawler.archives.mirror_urls import parse_mirror
from crawler.liveness import judge_mirror
from store.vocabulary import (
    Fault,
    Judgement,
    MirrorAddress,
    Probe,
    ProbeRequest,
    Reason,
    Role,
    Verdict,
)
from tests.time_zones import time_zone
from tests.unit.crawler.liveness.probes import FILLER, NOW, failure, html, probe, response

ORIGINAL = "https://example.org/2014/01/news.html"
WAYBACK = f"https://web.archive.org/web/20140105120000id_/{ORIGINAL}"
TODAY = "https://archive.ph/AbCdE"
PORTUGAL = f"https://arquivo.pt/wayback/20140105120000id_/{ORIGINAL}"
ARCHIVED = {"memento-datetime": "Sun, 05 Jan 2014 12:00:00 GMT", "x-archive-orig-server": "nginx"}
CAPTCHA = html(
    "archive.ph",
    "One more step. Please complete the security check to access",
    markup='<div class="g-recaptcha"></div>',
)


def mirror(*requests: ProbeRequest, **fields: Any) -> Probe:
    return probe(*requests, role=Role.MIRROR, **fields)


def redirect(location: str, url: str = WAYBACK, **headers: str) -> Probe:
    return mirror(response(302, url, headers={"location": location, **headers}))


def replay(
    status: int = 200,
    *,
    title: str = "Harbour lights",
    text: str = FILLER * 4,
    url: str = WAYBACK,
    headers: Mapping[str, str] = ARCHIVED,
) -> Probe:
    return mirror(response(status, url, headers=headers), evidence=html(title, text))


def notice(text: str, url: str = WAYBACK) -> Probe:
    """A page of the archive itself: none of the headers of a replay."""
    return mirror(response(200, url), evidence=html("", text))


def web(timestamp: str, original: str = ORIGINAL) -> str:
    return f"https://web.archive.org/web/{timestamp}id_/{original}"


def judgement_of(seen: Probe) -> Judgement:
    address = parse_mirror(seen.url)
    assert address is not None
    return judge_mirror(seen, address)


RESPONSES: Mapping[str, tuple[Probe, Reason, str]] = {
    "replays": (replay(), Reason.OK, ""),
    "replays, by HEAD": (mirror(response(200, WAYBACK, method="HEAD", headers=ARCHIVED)), Reason.OK, ""),
    "an empty capture": (mirror(response(200, WAYBACK, headers={"content-length": "0", **ARCHIVED})), Reason.SOFT_404, "the capture is empty"),
    "an archived redirect to an error page": (redirect(web("20140105120000", "https://example.org/404Error.aspx"), **ARCHIVED), Reason.SOFT_404, "the capture is a redirect to https://example.org/404Error.aspx"),
    "another capture": (redirect(web("20140107120000")), Reason.OK, "20140107120000, 2 days later"),
    "another capture, relative": (redirect(f"/web/20140107120000id_/{ORIGINAL}"), Reason.OK, "20140107120000, 2 days later"),
    "another capture over http": (redirect(web("20140107120000", ORIGINAL.replace("https", "http"))), Reason.OK, "20140107120000, 2 days later"),
    "an archived redirect": (redirect(web("20140105120000", "https://example.org/new"), **ARCHIVED), Reason.REDIRECTED_TEMPORARILY, "the capture is a redirect to https://example.org/new"),
    "an archived redirect, followed": (
        mirror(
            response(302, WAYBACK, headers={"location": web("20140105120003", "https://example.org/new"), **ARCHIVED}),
            response(200, web("20140105120003", "https://example.org/new"), headers=ARCHIVED, hop=1),
            evidence=html("Harbour", FILLER * 3),
        ),
        Reason.REDIRECTED_TEMPORARILY,
        "the capture is a redirect to https://example.org/new",
    ),
    "an archived redirect home, followed": (
        mirror(
            response(302, WAYBACK, headers={"location": web("20140105120000", "https://example.org/"), **ARCHIVED}),
            response(200, web("20140105120000", "https://example.org/"), headers=ARCHIVED, hop=1),
            evidence=html("Harbour", FILLER * 3),
        ),
        Reason.REDIRECTED_TO_HOME,
        "the capture is a redirect to https://example.org/",
    ),
    "an archived redirect home": (redirect(web("20140105120000", "https://example.org/"), **ARCHIVED), Reason.REDIRECTED_TO_HOME, "the capture is a redirect to https://example.org/"),
    "to the archive's own front door, followed": (
        mirror(response(302, TODAY, headers={"location": "https://archive.ph/"}), response(200, "https://archive.ph/", hop=1), evidence=html("Archive", FILLER)),
        Reason.REDIRECTED_TO_HOME,
        "at https://archive.ph/",
    ),
    "a front door that leads to another": (
        redirect(web("20140105120000", "https://example.org/en/"), web("20140105120000", "https://example.org/"), **ARCHIVED),
        Reason.REDIRECTED_TEMPORARILY,
        "the capture is a redirect to https://example.org/en/",
    ),
    "an archived redirect between addresses that differ in case": (
        redirect(web("20140105120000", ORIGINAL.replace("news", "News")), **ARCHIVED),
        Reason.REDIRECTED_TEMPORARILY,
        "the capture is a redirect to https://example.org/2014/01/News.html",
    ),
    "an archived redirect that only its headers give away": (
        redirect(web("20140105120000", ORIGINAL.replace("news", "News")), **{"x-archive-orig-location": "/2014/01/News.html"}),
        Reason.REDIRECTED_TEMPORARILY,
        "the capture is a redirect to https://example.org/2014/01/News.html",
    ),
    "a short address that leads to a long one": (redirect(WAYBACK, TODAY), Reason.REDIRECTED_TEMPORARILY, f"to {WAYBACK}"),
    "the same capture, tidied": (redirect(web("20140105120000", ORIGINAL.replace("https", "http"))), Reason.OK, ""),
    "the same capture, by another kind of redirect": (mirror(response(300, WAYBACK, headers={"location": web("20140105120000")})), Reason.OK, ""),
    "to something the table does not know": (redirect("https://archive.ph/wip", TODAY), Reason.REDIRECTED_TEMPORARILY, "to https://archive.ph/wip"),
    "replays, with a date that is none": (replay(headers={"memento-datetime": "yesterday"}), Reason.OK, ""),
    "to the archive's own front door": (redirect("https://archive.ph/", TODAY), Reason.REDIRECTED_TO_HOME, "to https://archive.ph/"),
    "a capture that redirects to itself": (redirect(WAYBACK, **ARCHIVED), Reason.REDIRECT_LOOP, f"to {WAYBACK}"),
    "a capture that redirects to itself, relative": (redirect(f"/web/20140105120000id_/{ORIGINAL}#top"), Reason.REDIRECT_LOOP, f"to {WAYBACK}#top"),
    "a notice of the archive": (replay(headers={}), Reason.INTERRUPTED, "the archive showed a page of its own"),
    "a notice of the archive that sounds like an error": (replay(title="404 Not Found", text="Hrm.", headers={}), Reason.INTERRUPTED, "the archive showed a page of its own"),
    "a redirect to nowhere": (mirror(response(302, WAYBACK)), Reason.BAD_RESPONSE, "302 without a Location that can be followed"),
    "an archived 400": (replay(400), Reason.SOFT_404, "captured with status 400"),
    "an archived 499": (replay(499), Reason.SOFT_404, "captured with status 499"),
    "an archived 500": (replay(500), Reason.SERVER_ERROR, "captured with status 500"),
    "an error that only a captured header shows to be archived": (
        replay(404, headers={"x-archive-orig-server": "nginx"}),
        Reason.NOT_FOUND,
        "captured with status 404",
    ),
    "an error that only its date shows to be archived": (
        replay(404, headers={"memento-datetime": ARCHIVED["memento-datetime"]}),
        Reason.NOT_FOUND,
        "captured with status 404",
    ),
    "an archived login": (
        mirror(response(200, WAYBACK, headers=ARCHIVED), evidence=html("Sign in", markup="<input type=password>")),
        Reason.SOFT_404,
        "the capture is a login-wall page",
    ),
    "an archived 404": (replay(404), Reason.NOT_FOUND, "captured with status 404"),
    "an archived 410": (replay(410), Reason.GONE, "captured with status 410"),
    "an archived 503": (replay(503), Reason.SERVER_ERROR, "captured with status 503"),
    "an archived 403": (replay(403), Reason.SOFT_404, "captured with status 403"),
    "an archived soft 404": (replay(title="Page not found", text="Sorry, the page you are looking for could not be found."), Reason.SOFT_404, "title, text, size"),
    "an archived bot wall": (replay(title="Just a moment...", text="Enable JavaScript and cookies to continue"), Reason.SOFT_404, "the capture is a challenge page"),
    "an archived parked domain": (replay(title="example.org is for sale", text="Buy this domain"), Reason.PARKED, "for sale, or on a parking service"),
    "an archived casino": (replay(title="澳门新葡京娱乐城_真人百家乐_六合彩", text="注册即送彩金"), Reason.HIJACKED, "六合彩, 娱乐城, 新葡京, 百家乐"),
    # the archive's own pages, with a success status
    "away": (notice("Internet Archive services are temporarily offline. Please check our official accounts."), Reason.INTERRUPTED, "the archive says: temporarily offline"),
    "an internal error": (notice("Sorry. This snapshot cannot be displayed due to an internal error."), Reason.INTERRUPTED, "the archive says: cannot be displayed due to an internal error"),
    "too many, without its status": (notice("Too Many Requests. We are limiting the number of URLs you can submit."), Reason.INTERRUPTED, "the archive says: too many requests"),
    "another archive's database": (notice("DB Connection failed", "https://www.webcitation.org/5abcdefgh"), Reason.INTERRUPTED, "the archive says: db connection failed"),
    "under maintenance": (notice("ただいまメンテナンス中です", "https://megalodon.jp/2020-0102-0304-05/example.org/a"), Reason.INTERRUPTED, "the archive says: メンテナンス中"),
    "a notice in other words": (notice("Something unforeseen"), Reason.INTERRUPTED, "the archive showed a page of its own"),
    "a short page of an archive that marks no replays": (notice("Something unforeseen", TODAY), Reason.OK, ""),
    "a captured notice": (replay(text="This service is temporarily offline. " * 2), Reason.OK, ""),
    "a long page about outages": (replay(text="The archive was temporarily offline. " + FILLER * 4), Reason.OK, ""),
    "none, without its status": (notice("Hrm. The Wayback Machine has not archived that URL."), Reason.NOT_FOUND, "not in the archive"),
    "not in Archive-It, without its status": (
        notice("The page you requested has not been archived in Archive-It.", "https://wayback.archive-it.org/1/20140105120000/http://example.org/a"),
        Reason.NOT_FOUND,
        "not in the archive",
    ),
    "excluded, without its status": (notice("Sorry. This URL has been excluded from the Wayback Machine."), Reason.FORBIDDEN, "excluded"),
    "excluded, as if it were missing": (mirror(response(404, WAYBACK), evidence=html("", "Page cannot be displayed due to robots.txt.")), Reason.FORBIDDEN, "excluded"),
    "a login of the archive": (redirect("https://archive.org/account/login?referer=x"), Reason.LOGIN_WALL, "at https://archive.org/account/login?referer=x"),
    "an archived redirect to a login": (redirect(web("20140105120000", "https://example.org/login?next=/2014"), **ARCHIVED), Reason.SOFT_404, "the capture is a redirect to https://example.org/login?next=/2014"),
    "not archived": (replay(404, headers={}), Reason.NOT_FOUND, "not in the archive"),
    "taken out of the archive": (mirror(response(410, WAYBACK)), Reason.GONE, "not in the archive"),
    "excluded, as the page says": (mirror(response(403, WAYBACK), evidence=html("Sorry", "Blocked Site Error: this URL has been excluded.")), Reason.FORBIDDEN, "excluded"),
    "excluded by law": (mirror(response(451, WAYBACK, headers={"x-archive-wayback-runtime-error": "blocked site"})), Reason.LEGAL, "excluded"),
    "refused without a word": (mirror(response(403, WAYBACK)), Reason.FORBIDDEN, "403"),
    "asked for a password": (mirror(response(401, WAYBACK)), Reason.FORBIDDEN, "401"),
    "excluded": (mirror(response(403, WAYBACK, headers={"x-archive-wayback-runtime-error": "AdministrativeAccessControlException: Blocked Site Error"})), Reason.FORBIDDEN, "excluded"),
    "too many": (mirror(response(429, WAYBACK)), Reason.RATE_LIMITED, "429"),
    "overloaded": (mirror(response(503, WAYBACK)), Reason.RATE_LIMITED, "503"),
    "a trouble of its own": (mirror(response(502, WAYBACK)), Reason.INTERRUPTED, "the archive returned 502"),
    "an odd refusal": (mirror(response(400, WAYBACK)), Reason.CLIENT_ERROR, "400"),
    "another odd refusal": (mirror(response(499, WAYBACK)), Reason.CLIENT_ERROR, "499"),
    "a fault of its own": (mirror(response(500, WAYBACK)), Reason.INTERRUPTED, "the archive returned 500"),
    "451": (mirror(response(451, WAYBACK)), Reason.LEGAL, "451"),
    "refused": (mirror(failure(Fault.REFUSED, url=WAYBACK)), Reason.HOST_PAUSED, "the archive did not respond: refused"),
    "silence": (mirror(failure(Fault.TIMEOUT, url=WAYBACK)), Reason.HOST_PAUSED, "the archive did not respond: timeout"),
    "no answer in time": (mirror(failure(Fault.CONNECT_TIMEOUT, url=WAYBACK)), Reason.HOST_PAUSED, "the archive did not respond: connect-timeout"),
    "a host that no route leads to": (mirror(failure(Fault.HOST_UNREACHABLE, "No route to host", url=WAYBACK)), Reason.HOST_PAUSED, "the archive did not respond: host-unreachable"),
    "no network of our own": (mirror(failure(Fault.UNREACHABLE, "Network is unreachable", url=WAYBACK)), Reason.NETWORK_DOWN, "Network is unreachable"),
    "stopped by us": (mirror(failure(Fault.INTERRUPTED, url=WAYBACK)), Reason.INTERRUPTED, ""),
    "a resolver that is silent": (mirror(failure(Fault.NAME_UNKNOWN, url=WAYBACK)), Reason.DNS_FAILURE, ""),
    "led inside our network": (mirror(failure(Fault.UNSAFE_ADDRESS, url=WAYBACK)), Reason.UNSAFE_ADDRESS, ""),
    "an address that cannot be asked": (mirror(failure(Fault.INVALID_URL, url=WAYBACK)), Reason.INVALID_URL, ""),
    "led to an address that cannot be asked": (
        mirror(response(302, WAYBACK, headers={"location": "https://web.archive.org:0/"}), failure(Fault.INVALID_URL, url=web("2015"), hop=1)),
        Reason.BAD_RESPONSE,
        f"(at {web('2015')})",
    ),
    "led to what is excluded": (mirror(failure(Fault.EXCLUDED, url=WAYBACK)), Reason.EXCLUDED, ""),
    "led to what robots.txt disallows": (mirror(failure(Fault.ROBOTS, url=WAYBACK)), Reason.ROBOTS, ""),
    "a body cut short": (
        mirror(
            ProbeRequest(method="GET", url=WAYBACK, at=NOW, elapsed_ms=120, status=200, headers=ARCHIVED, fault=Fault.TRUNCATED),
            evidence=html("Harbour lights", FILLER * 4),
        ),
        Reason.OK,
        "",
    ),
    "no network": (mirror(failure(Fault.UNREACHABLE, "Network is unreachable", url=PORTUGAL)), Reason.NETWORK_DOWN, "Network is unreachable"),
    "stopped": (mirror(failure(Fault.INTERRUPTED, url=PORTUGAL)), Reason.INTERRUPTED, ""),
    "excluded by the user": (mirror(url=WAYBACK, skipped=Reason.EXCLUDED), Reason.EXCLUDED, ""),
    "archive.today replays": (mirror(response(200, TODAY), evidence=html("Harbour lights", FILLER * 4)), Reason.OK, ""),
    "archive.today under another name": (
        mirror(
            response(302, "https://archive.is/AbCdE", headers={"location": TODAY}), response(200, TODAY, hop=1), evidence=html("Harbour", FILLER * 4)
        ),
        Reason.OK,
        "",
    ),
    "archive.today's captcha": (mirror(response(429, TODAY), evidence=CAPTCHA), Reason.CHALLENGE, "captcha page"),
    "archive.today's captcha under a 200": (mirror(response(200, TODAY), evidence=CAPTCHA), Reason.CHALLENGE, "captcha page"),
    "archive.today has none": (mirror(response(404, TODAY), evidence=html("", "Not Found")), Reason.NOT_FOUND, "not in the archive"),
    "archive.today refuses": (mirror(failure(Fault.RESET, url=TODAY)), Reason.HOST_PAUSED, "the archive did not respond: reset"),
    "archive.today's name is gone": (mirror(failure(Fault.NAME_NOT_FOUND, url=TODAY)), Reason.DOMAIN_NOT_FOUND, ""),
    "another archive replays": (mirror(response(200, PORTUGAL, headers=ARCHIVED), evidence=html("Harbour", FILLER)), Reason.OK, ""),
    "another archive refuses": (mirror(failure(Fault.REFUSED, url=PORTUGAL)), Reason.CONNECTION_REFUSED, ""),
}  # fmt: skip


@pytest.mark.parametrize(("seen", "reason", "detail"), RESPONSES.values(), ids=RESPONSES)
def test_each_response_of_an_archive_has_its_reason(
    seen: Probe, reason: Reason, detail: str
) -> None:
    judgement = judgement_of(seen)
    assert (judgement.reason, judgement.detail) == (reason, detail)


@pytest.mark.parametrize(
    ("name", "target"),
    [
        ("replays", None),
        ("an archived redirect", web("20140105120000", "https://example.org/new")),
        ("an archived redirect, followed", web("20140105120003", "https://example.org/new")),
        ("to something the table does not know", "https://archive.ph/wip"),
        ("a short address that leads to a long one", WAYBACK),
        ("the same capture, tidied", web("20140105120000", ORIGINAL.replace("https", "http"))),
    ],
)
def test_the_target_is_the_redirect_target_of_the_archive(name: str, target: str | None) -> None:
    assert judgement_of(RESPONSES[name][0]).target == target


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
def test_the_detail_names_another_capture_and_its_distance(timestamp: str, detail: str) -> None:
    judgement = judgement_of(redirect(web(timestamp)))
    assert (judgement.verdict, judgement.warnings, judgement.detail, judgement.target) == (
        Verdict.ALIVE,
        ("other-capture",),
        detail,
        web(timestamp),
    )


def test_other_captures_by_redirect_or_by_direct_response_are_flagged() -> None:
    other = {**ARCHIVED, "memento-datetime": "Tue, 07 Jan 2014 12:00:00 GMT"}
    page = html("Harbour", FILLER * 3)
    hops = (
        response(302, WAYBACK, headers={"location": web("20140107120000")}),
        response(200, web("20140107120000"), headers=other, hop=1),
    )
    followed, at_once = (
        judgement_of(mirror(*hops, evidence=page)),
        judgement_of(mirror(response(200, PORTUGAL, headers=other), evidence=page)),
    )
    assert (followed.warnings, followed.detail, followed.target) == (
        ("other-capture",),
        "20140107120000, 2 days later",
        web("20140107120000"),
    )
    assert (at_once.warnings, at_once.detail, at_once.target) == (
        ("other-capture",),
        "20140107120000, 2 days later",
        None,
    )


def test_the_date_of_a_replay_precedes_that_of_its_url() -> None:
    later = web("20140107120000")
    led_on = response(302, WAYBACK, headers={"location": later})
    page, undated = html("Harbour", FILLER * 3), {"x-archive-orig-server": "nginx"}
    assert (
        judgement_of(
            mirror(led_on, response(200, later, headers=ARCHIVED, hop=1), evidence=page)
        ).warnings
        == ()
    )
    assert (
        judgement_of(
            mirror(led_on, response(200, later, headers=undated, hop=1), evidence=page)
        ).detail
        == "20140107120000, 2 days later"
    )


def test_a_date_without_a_zone_is_read_as_universal(tokyo: None) -> None:
    assert (
        judgement_of(
            replay(headers={"memento-datetime": "Sun, 05 Jan 2014 12:00:00 -0000"})
        ).warnings
        == ()
    )


def test_a_partial_timestamp_is_never_another_capture() -> None:
    vague = f"https://web.archive.org/web/2014id_/{ORIGINAL}"
    assert judgement_of(redirect(web("20140107120000"), vague)).warnings == ()
    assert judgement_of(redirect(web("20140107120000"), web("20149907120000"))).warnings == ()


@pytest.mark.parametrize("url", [TODAY, "https://archive.example/record/1"])
def test_a_replay_without_a_capture_time_is_not_another_capture(url: str) -> None:
    known = MirrorAddress(service="archive.today", timestamp="20140105120000", original=ORIGINAL)
    judgement = judge_mirror(
        mirror(response(200, url), evidence=html("Harbour lights", FILLER * 4)), known
    )
    assert (judgement.reason, judgement.warnings) == (Reason.OK, ())


def test_copy_whose_page_ends_too_early_is_marked() -> None:
    whole = response(200, TODAY)
    cut = replace(whole, fault=Fault.TRUNCATED)
    page = html("Harbour lights", FILLER * 4)
    address = MirrorAddress(service="archive.today", original=ORIGINAL)
    found = [judge_mirror(mirror(each, evidence=page), address) for each in (whole, cut)]
    assert [each.reason for each in found] == [Reason.OK, Reason.OK]
    assert [each.warnings for each in found] == [(), ("cut-off",)]


def test_a_captured_parked_domain_is_recognised_by_the_original_host() -> None:
    parked = mirror(response(200, TODAY), evidence=html("example.org", "This domain is for sale."))
    assert judgement_of(parked).reason is Reason.OK
    assert (
        judge_mirror(parked, MirrorAddress(service="archive.today", original=ORIGINAL)).reason
        is Reason.PARKED
    )


def test_replay_urls_of_unknown_archives_are_parsed_like_wayback_urls() -> None:
    url = f"http://127.0.0.1:8080/web/20140105120000id_/{ORIGINAL}"
    seen = mirror(response(302, url, headers={"location": f"/web/20140107120000id_/{ORIGINAL}"}))
    address = MirrorAddress(service="wayback", timestamp="20140105120000", original=ORIGINAL)
    assert judge_mirror(seen, address).warnings == ("other-capture",)


def test_replay_urls_of_unknown_archives_keep_the_originals_query() -> None:
    original, url = (
        "https://example.org/forum?t=12",
        "http://127.0.0.1:8080/web/20140105120000id_/https://example.org/forum?t=12",
    )
    address = MirrorAddress(service="wayback", timestamp="20140105120000", original=original)
    other = judge_mirror(
        mirror(
            response(
                302,
                url,
                headers={
                    "location": "/web/20140107120000id_/https://example.org/forum?t=13",
                    **ARCHIVED,
                },
            )
        ),
        address,
    )
    assert other.detail == "the capture is a redirect to https://example.org/forum?t=13"
    same = judge_mirror(
        mirror(
            response(
                302,
                url,
                headers={"location": "/web/20140107120000id_/https://example.org/forum?t=12"},
            )
        ),
        address,
    )
    assert same.warnings == ("other-capture",)


def test_a_copy_of_a_redirect_target_is_judged_by_the_original_in_its_url() -> None:
    known = MirrorAddress(
        service="wayback",
        timestamp="20140105120000",
        original="https://example.org/before-it-moved",
    )
    assert judge_mirror(redirect(web("20140107120000")), known).warnings == ("other-capture",)


def test_page_whose_address_differs_in_case_is_another_page() -> None:
    cited = "https://web.archive.org/web/20140105120000id_/https://weibo.com/1651428902/KqEW2dUqi"
    judgement = judgement_of(
        redirect(web("20140107120000", "https://weibo.com/1651428902/kqew2duqi"), cited)
    )
    assert (judgement.reason, judgement.warnings) == (Reason.NOT_FOUND, ("case-mismatch",))
    assert judgement.detail == "the archive has https://weibo.com/1651428902/kqew2duqi instead"


@pytest.fixture
def tokyo() -> Iterator[None]:
    """Set the time zone of the machine to that of Tokyo."""
    with time_zone("Asia/Tokyo"):
        yield


@pytest.mark.parametrize("url", [WAYBACK, TODAY])
def test_a_busy_archive_breaks_no_mirror(url: str) -> None:
    for status in (401, 403, 429, 500, 502, 503, 504, 520, 530):
        assert (
            judgement_of(
                mirror(response(status, url), evidence=html(str(status), "Try again later."))
            ).verdict
            is not Verdict.BROKEN
        )
    for fault in (
        Fault.REFUSED,
        Fault.RESET,
        Fault.CONNECT_TIMEOUT,
        Fault.TIMEOUT,
        Fault.TLS,
        Fault.BAD_RESPONSE,
        Fault.NAME_UNKNOWN,
        Fault.UNREACHABLE,
        Fault.HOST_UNREACHABLE,
        Fault.PROXY_FAILED,
    ):
        assert judgement_of(mirror(failure(fault, url=url))).verdict is not Verdict.BROKEN


def test_retry_after_of_a_busy_archive_is_kept() -> None:
    assert (
        judgement_of(mirror(response(429, WAYBACK, headers={"retry-after": "60"}))).retry_at
        is not None
    )


@pytest.mark.parametrize("url", [WAYBACK, PORTUGAL])
@pytest.mark.parametrize(
    "location",
    [
        ORIGINAL,
        "http://www.example.org/2014/01/news.html",
        "https://other.example/2014/01/news.html",
        "http://127.0.0.1:8080/x",
        "https://archive.ph/AbCdE",
        "https://web.archive.org/web/20140105120000id_/https://example.org/2014/01/other.html",
    ],
)
def test_an_archive_that_redirects_elsewhere_shows_no_copy(url: str, location: str) -> None:
    judged = judgement_of(redirect(location, url))
    assert judged.verdict is Verdict.ALIVE
    assert judged.detail == f"the archive shows no copy, it leads to {location}"
    replayed = judgement_of(redirect(location, url, **ARCHIVED))
    assert not replayed.detail.startswith("the archive shows no copy")
