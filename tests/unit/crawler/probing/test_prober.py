"""Test probes of a fake web: requests, their order, waits, and records."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from urllib.parse import urljoin

import pytest

from crawler.config import Config
from crawler.http import fetch as fetch_module
from crawler.http.fetch import FetchRequest, FetchResponse
from crawler.http.redirects import MAX_REDIRECTS
from crawler.http.urls import host_of, request_url
from crawler.liveness import READ_HEADERS, judge
from crawler.politeness import rate_limit
from crawler.politeness.rate_limit import PauseTooLong
from crawler.politeness.rate_limiter_registry import RateLimiterRegistry
from crawler.probing import prober
from crawler.probing.prober import Prober
from crawler.probing.target import ProbeTarget
from store.errors import LeaseLost
from store.vocabulary import Fault, Probe, ProbeRequest, Reason, Role, Validators, Verdict
from store.work.validators import next_validators
from tests.unit.crawler.stopped_clock import StoppedClock, stop_time

A = "http://a.example/story"
PAGE = FetchResponse(
    status=200,
    headers={"content-type": "text/html"},
    body=b"<html><title>Harbour</title><body><p>Lights on the water.</p></body></html>",
)
RULES = {"*": {"interval": 1.0, "timeout": 7, "retry_wait": 2.0}}


class FakeWeb:
    """A web: responses by method and URL in sequence, the last one repeatedly."""

    def __init__(
        self, clock: StoppedClock, responses: Mapping[str, FetchResponse | Sequence[FetchResponse]]
    ) -> None:
        self._clock = clock
        self._responses = {
            key: [one_or_more] if isinstance(one_or_more, FetchResponse) else list(one_or_more)
            for key, one_or_more in responses.items()
        }
        self._counts: dict[str, int] = defaultdict(int)
        self.requests: list[FetchRequest] = []
        self.sent_at: list[float] = []

    async def __call__(self, request: FetchRequest) -> FetchResponse:
        async with request.permit:
            return self._respond(request)

    def _respond(self, request: FetchRequest) -> FetchResponse:
        self.requests.append(request)
        self.sent_at.append(self._clock.now)
        key = next(
            key
            for key in (f"{request.method} {request.url}", request.url)
            if key in self._responses
        )
        responses = self._responses[key]
        self._counts[key] += 1
        return responses[min(self._counts[key], len(responses)) - 1]

    @property
    def lines(self) -> list[str]:
        return [f"{request.method} {request.url}" for request in self.requests]


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> StoppedClock:
    return stop_time(monkeypatch, rate_limit, prober, fetch_module)


def prober_of(
    fetch: Callable[[FetchRequest], object],
    clock: StoppedClock,
    limiters: RateLimiterRegistry | None = None,
) -> Prober:
    rules = Config(hosts=RULES).rules_for
    return Prober(
        fetch,  # type: ignore[arg-type]
        rate_limiters=limiters or RateLimiterRegistry(rules),
        rules_for=rules,
        slot_of=host_of,
        clock=clock.moment,
    )


def probe(web: FakeWeb, clock: StoppedClock, url: str = A, **target: object) -> Probe:
    """Return one probe of a link."""
    wanted = ProbeTarget(url=url, role=Role.LINK, **target)  # type: ignore[arg-type]
    return asyncio.run(prober_of(web, clock).probe(wanted, check_lease=lambda: None))


def hops(result: Probe) -> list[tuple[int, int, int | Fault | None]]:
    """Return hop, number of earlier tries of the hop, and outcome of each request."""
    tries: list[tuple[int, int, int | Fault | None]] = []
    before: ProbeRequest | None = None
    for request in result.requests:
        is_retry = before and (before.hop, before.method) == (request.hop, request.method)
        earlier = tries[-1][1] + 1 if is_retry else 0
        tries.append((request.hop, earlier, request.fault or request.status))
        before = request
    return tries


def redirect(where: str, status: int = 302, *cookies: str) -> FetchResponse:
    return FetchResponse(status=status, headers={"location": where}, cookies=cookies)


def test_a_page_that_responds_is_requested_once_and_recorded(clock: StoppedClock) -> None:
    web = FakeWeb(
        clock,
        {
            A: FetchResponse(
                status=200,
                headers={"content-type": "text/html", "x-secret": "1"},
                body=PAGE.body,
                peer="192.0.2.1",
            )
        },
    )
    result = probe(web, clock)
    assert web.requests == [FetchRequest(method="GET", url=A, slot="a.example", timeout=7)]
    assert result.requests == (
        ProbeRequest(
            method="GET",
            url=A,
            at=clock.moment(),
            elapsed_ms=0,
            status=200,
            headers={"content-type": "text/html"},
            peer="192.0.2.1",
        ),
    )
    assert result.evidence is not None
    assert (result.evidence.title, result.skipped) == ("Harbour", None)


def test_a_url_that_cannot_be_requested_is_skipped(clock: StoppedClock) -> None:
    web = FakeWeb(clock, {})
    result = probe(web, clock, "http://[half/")
    assert (result.skipped, result.requests, web.requests) == (Reason.INVALID_URL, (), [])


def test_the_requested_url_may_differ_from_the_cited_one(clock: StoppedClock) -> None:
    web = FakeWeb(clock, {"http://b.example/id_/x": redirect("http://b.example/elsewhere")})
    result = probe(web, clock, fetch_url="http://b.example/id_/x", follow=False)
    assert result.url == A
    assert web.lines == ["GET http://b.example/id_/x"]


# --- HEAD and GET


@pytest.mark.parametrize(
    ("head", "lines"),
    [
        (FetchResponse(status=200), [f"HEAD {A}"]),
        (FetchResponse(status=404), [f"HEAD {A}", f"GET {A}"]),
        (FetchResponse(status=405), [f"HEAD {A}", f"GET {A}"]),
        (FetchResponse(status=403), [f"HEAD {A}", f"GET {A}"]),
    ],
)
def test_a_head_request_alone_breaks_no_link(
    clock: StoppedClock, head: FetchResponse, lines: list[str]
) -> None:
    web = FakeWeb(clock, {f"HEAD {A}": head, f"GET {A}": PAGE})
    result = probe(web, clock, begin_with_get=False)
    assert web.lines == lines
    assert result.requests[-1].status == 200


def test_a_reset_head_request_is_retried_and_then_replaced_by_get(clock: StoppedClock) -> None:
    web = FakeWeb(clock, {f"HEAD {A}": FetchResponse(fault=Fault.RESET), f"GET {A}": PAGE})
    result = probe(web, clock, begin_with_get=False)
    assert web.lines == [f"HEAD {A}"] * 3 + [f"GET {A}"]
    assert result.requests[-1].status == 200


# --- retries


@pytest.mark.parametrize(
    ("first", "tries"),
    [
        (FetchResponse(fault=Fault.RESET), 2),
        (FetchResponse(fault=Fault.REFUSED), 2),
        (FetchResponse(fault=Fault.TLS), 2),
        (FetchResponse(fault=Fault.NAME_NOT_FOUND), 2),
        (FetchResponse(fault=Fault.TIMEOUT), 2),
        (FetchResponse(status=500), 2),
        (FetchResponse(status=503), 2),
        (FetchResponse(status=429), 2),
        (FetchResponse(status=404), 1),
        (FetchResponse(status=403), 1),
        (FetchResponse(fault=Fault.UNSAFE_ADDRESS), 1),
    ],
)
def test_temporary_failures_are_retried(
    clock: StoppedClock, first: FetchResponse, tries: int
) -> None:
    web = FakeWeb(clock, {A: [first, PAGE]})
    result = probe(web, clock)
    assert len(web.requests) == tries
    assert hops(result) == [
        (0, number, outcome)
        for number, outcome in enumerate([first.fault or first.status, 200][:tries])
    ]


def test_retries_are_limited_and_their_waits_grow(clock: StoppedClock) -> None:
    web = FakeWeb(clock, {A: FetchResponse(status=500)})
    assert hops(probe(web, clock)) == [(0, 0, 500), (0, 1, 500), (0, 2, 500)]
    first, second = web.sent_at[1] - web.sent_at[0], web.sent_at[2] - web.sent_at[1]
    assert 1 <= first <= 3  # seconds: about two, then three times as many
    assert 3 <= second <= 9


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize("value", ["30", "Mon, 04 May 2026 12:00:30 GMT"])
def test_retry_after_is_waited_for(clock: StoppedClock, status: int, value: str) -> None:
    web = FakeWeb(clock, {A: [FetchResponse(status=status, headers={"retry-after": value}), PAGE]})
    assert probe(web, clock).requests[-1].status == 200
    assert web.sent_at[1] >= 30


def test_a_pause_applies_to_the_whole_slot_and_no_other(clock: StoppedClock) -> None:
    sibling, other = "http://a.example/sibling", "http://b.example/"
    web = FakeWeb(
        clock,
        {A: FetchResponse(status=429, headers={"retry-after": "3600"}), sibling: PAGE, other: PAGE},
    )
    limiters = RateLimiterRegistry(Config(hosts=RULES).rules_for)
    prober_of_web = prober_of(web, clock, limiters)

    def probe_url(url: str) -> Probe:
        return asyncio.run(
            prober_of_web.probe(ProbeTarget(url=url, role=Role.LINK), check_lease=lambda: None)
        )

    assert hops(probe_url(A)) == [
        (0, 0, 429)
    ]  # an hour is not waited for: the link is probed in a later run
    assert limiters.limiter_for("a.example").seconds_until_next == 3600
    with pytest.raises(PauseTooLong):
        probe_url(sibling)
    assert probe_url(other).requests[0].status == 200
    assert web.lines == [f"GET {A}", f"GET {other}"]


@pytest.mark.parametrize("max_tries", [1, 10])
@pytest.mark.parametrize("status", [429, 503])
def test_a_pause_after_the_last_try_applies_to_the_whole_slot(
    clock: StoppedClock, status: int, max_tries: int
) -> None:
    refusal = FetchResponse(status=status, headers={"retry-after": "40"})
    web = FakeWeb(clock, {A: refusal})
    limiters = RateLimiterRegistry(Config(hosts=RULES).rules_for)
    asyncio.run(
        prober_of(web, clock, limiters).read_page(
            ProbeTarget(url=A, role=Role.LINK), check_lease=lambda: None, max_tries=max_tries
        )
    )
    assert len(web.requests) == min(max_tries, 3)
    assert limiters.limiter_for("a.example").seconds_until_next == 40


def test_a_used_up_quota_in_a_successful_response_pauses_the_slot(clock: StoppedClock) -> None:
    sibling = "http://a.example/sibling"
    used_up = FetchResponse(
        status=200, headers={"ratelimit-remaining": "0", "ratelimit-reset": "30"}, body=PAGE.body
    )
    web = FakeWeb(clock, {A: used_up, sibling: PAGE})
    prober_of_web = prober_of(web, clock)
    for url in (A, sibling):
        asyncio.run(
            prober_of_web.probe(ProbeTarget(url=url, role=Role.LINK), check_lease=lambda: None)
        )
    assert web.sent_at[1] - web.sent_at[0] >= 30


def test_a_429_with_a_reset_time_is_retried_then_or_in_a_later_run(
    clock: StoppedClock,
) -> None:
    def refusal(seconds: str) -> FetchResponse:
        return FetchResponse(
            status=429, headers={"x-ratelimit-remaining": "0", "x-ratelimit-reset": seconds}
        )

    web = FakeWeb(clock, {A: [refusal("40"), PAGE]})
    assert hops(probe(web, clock)) == [(0, 0, 429), (0, 1, 200)]
    assert web.sent_at[1] - web.sent_at[0] >= 40
    assert hops(probe(FakeWeb(clock, {A: [refusal("4000"), PAGE]}), clock)) == [(0, 0, 429)]


def test_consecutive_refusals_double_the_interval(clock: StoppedClock) -> None:
    web = FakeWeb(clock, {A: FetchResponse(status=429), "http://a.example/next": PAGE})
    limiters = RateLimiterRegistry(Config(hosts=RULES).rules_for)
    prober_of_web = prober_of(web, clock, limiters)
    asyncio.run(prober_of_web.probe(ProbeTarget(url=A, role=Role.LINK), check_lease=lambda: None))
    assert limiters.limiter_for("a.example").interval == 2


# --- redirects


def test_each_hop_is_recorded_and_limited_by_the_rate_of_its_host(clock: StoppedClock) -> None:
    web = FakeWeb(
        clock,
        {
            A: redirect("/second", 301),
            "http://a.example/second": redirect("http://b.example/third#part"),
            "http://b.example/third": PAGE,
        },
    )
    result = probe(web, clock)
    assert hops(result) == [(0, 0, 301), (1, 0, 302), (2, 0, 200)]
    assert [request.slot for request in web.requests] == ["a.example", "a.example", "b.example"]
    assert (
        web.sent_at[1] - web.sent_at[0] >= 1
    )  # the second hop waits for the interval of the first host
    assert result.requests[1].headers == {"location": "http://b.example/third#part"}


def test_headers_configured_for_a_host_are_sent_to_no_other(clock: StoppedClock) -> None:
    web = FakeWeb(clock, {A: redirect("http://b.example/"), "http://b.example/": PAGE})
    rules = Config(
        hosts={
            **RULES,
            "a.example": {"headers": {"Authorization": "Bearer x"}},
            "b.example": {"user_agent": "Curious/1"},
        }
    ).rules_for
    prober_of_web = Prober(
        web,
        rate_limiters=RateLimiterRegistry(rules),
        rules_for=rules,
        slot_of=host_of,
        clock=clock.moment,
    )
    asyncio.run(prober_of_web.probe(ProbeTarget(url=A, role=Role.LINK), check_lease=lambda: None))
    assert [request.headers for request in web.requests] == [
        {"Authorization": "Bearer x"},
        {"User-Agent": "Curious/1"},
    ]


@pytest.mark.parametrize(
    ("cited", "location", "sent"),
    [
        ("https://a.example/x", "/y", True),
        ("https://a.example/x", "https://A.example:443/y", True),
        ("https://a.example:8443/x", "https://a.example:8443/y", True),
        ("https://a.example:8443/x", "https://a.example/y", True),
        ("http://a.example/x", "http://a.example:80/y", True),
        ("http://a.example/x", "https://a.example/y", True),
        ("https://a.example/x", "http://a.example/y", False),
        ("https://a.example/x", "http://a.example:443/y", False),
        ("https://a.example/x", "https://a.example:8443/y", False),
        ("http://a.example:8080/x", "http://a.example/y", False),
        ("http://a.example/x", "https://a.example:444/y", False),
        ("http://b.example/x", "https://a.example/y", True),
        ("http://b.example/x", "http://a.example/y", False),
        ("https://b.example/x", "https://a.example:8443/y", False),
    ],
)
def test_configured_headers_follow_no_redirect_to_http_or_another_port(
    clock: StoppedClock, cited: str, location: str, sent: bool
) -> None:
    web = FakeWeb(clock, {cited: redirect(location), request_url(urljoin(cited, location)): PAGE})
    rules = Config(
        hosts={**RULES, "a.example": {"headers": {"Cookie": "s3cret"}, "user_agent": "Curious/1"}}
    ).rules_for
    prober_of_web = Prober(
        web,
        rate_limiters=RateLimiterRegistry(rules),
        rules_for=rules,
        slot_of=host_of,
        clock=clock.moment,
    )
    asyncio.run(
        prober_of_web.probe(ProbeTarget(url=cited, role=Role.LINK), check_lease=lambda: None)
    )
    first, last = web.requests
    assert first.headers.get("Cookie") == ("s3cret" if "a.example" in cited else None)
    assert last.headers == {"User-Agent": "Curious/1", **({"Cookie": "s3cret"} if sent else {})}


@pytest.mark.parametrize(
    ("url", "sent"),
    [
        ("https://a.example/m", True),
        ("http://a.example/m", False),
        ("https://a.example:81/m", False),
    ],
)
def test_a_url_named_by_a_server_gets_configured_headers_only_over_https(
    clock: StoppedClock, url: str, sent: bool
) -> None:
    web = FakeWeb(clock, {url: PAGE})
    rules = Config(hosts={**RULES, "a.example": {"headers": {"Cookie": "s3cret"}}}).rules_for
    prober_of_web = Prober(
        web,
        rate_limiters=RateLimiterRegistry(rules),
        rules_for=rules,
        slot_of=host_of,
        clock=clock.moment,
    )
    asyncio.run(
        prober_of_web.probe(
            ProbeTarget(url=url, role=Role.LINK, named_by_server=True), check_lease=lambda: None
        )
    )
    asyncio.run(prober_of_web.fetch(url, check_lease=lambda: None))
    assert [bool(request.headers) for request in web.requests] == [sent, sent]


@pytest.mark.parametrize("location", ["http://b.example/x", "//b.example/x"])
def test_credentials_in_a_url_are_sent_to_no_other_host(clock: StoppedClock, location: str) -> None:
    cited = "http://reader:word@a.example/story"
    web = FakeWeb(
        clock,
        {
            cited: redirect("/second"),
            "http://reader:word@a.example/second": redirect(location),
            "http://b.example/x": PAGE,
        },
    )
    assert probe(web, clock, cited).requests[-1].status == 200
    assert web.requests[-1].url == "http://b.example/x"


def test_each_hop_has_its_own_retries(clock: StoppedClock) -> None:
    web = FakeWeb(
        clock,
        {
            A: [FetchResponse(status=500), redirect("/next")],
            "http://a.example/next": [FetchResponse(fault=Fault.RESET), PAGE],
        },
    )
    assert hops(probe(web, clock)) == [(0, 0, 500), (0, 1, 302), (1, 0, Fault.RESET), (1, 1, 200)]


def test_a_redirect_loop_ends_the_chain(clock: StoppedClock) -> None:
    web = FakeWeb(clock, {A: redirect("/b"), "http://a.example/b": redirect("/story")})
    assert hops(probe(web, clock)) == [(0, 0, 302), (1, 0, 302)]


def test_an_endless_redirect_chain_ends_at_the_maximum(clock: StoppedClock) -> None:
    web = FakeWeb(
        clock,
        {
            f"http://a.example/{number}": redirect(f"/{number + 1}")
            for number in range(MAX_REDIRECTS + 5)
        },
    )
    assert len(probe(web, clock, "http://a.example/0").requests) == MAX_REDIRECTS + 1


def test_redirects_are_not_followed_if_the_target_says_so(clock: StoppedClock) -> None:
    web = FakeWeb(clock, {A: redirect("/b")})
    assert hops(probe(web, clock, follow=False)) == [(0, 0, 302)]


def test_get_starts_at_the_cited_url_after_head_was_redirected(
    clock: StoppedClock,
) -> None:
    """Some servers redirect HEAD elsewhere."""
    web = FakeWeb(
        clock,
        {
            f"HEAD {A}": redirect("/gone"),
            "HEAD http://a.example/gone": FetchResponse(status=404),
            f"GET {A}": PAGE,
        },
    )
    result = probe(web, clock, begin_with_get=False)
    assert web.lines == [f"HEAD {A}", "HEAD http://a.example/gone", f"GET {A}"]
    assert hops(result) == [(0, 0, 302), (1, 0, 404), (0, 0, 200)]


def test_a_redirect_loop_of_head_is_followed_by_get(clock: StoppedClock) -> None:
    web = FakeWeb(clock, {f"HEAD {A}": redirect("/story"), f"GET {A}": PAGE})
    assert probe(web, clock, begin_with_get=False).requests[-1].status == 200
    assert web.lines == [f"HEAD {A}", f"GET {A}"]


def test_a_cited_url_is_remapped_and_the_link_keeps_its_url(
    clock: StoppedClock,
) -> None:
    web = FakeWeb(clock, {"http://staging.example/story": redirect(A), A: PAGE})
    rules = Config(hosts=RULES).rules_for
    prober_of_web = Prober(
        web,
        rate_limiters=RateLimiterRegistry(rules),
        rules_for=rules,
        slot_of=host_of,
        clock=clock.moment,
        remap=lambda url: url.replace("//a.example", "//staging.example"),
    )
    result = asyncio.run(
        prober_of_web.probe(ProbeTarget(url=f"{A}#part", role=Role.LINK), check_lease=lambda: None)
    )
    assert result.url == f"{A}#part"
    assert [request.url for request in result.requests] == [
        "http://staging.example/story",
        A,
    ]  # redirect targets are not remapped
    assert [request.slot for request in web.requests] == ["staging.example", "a.example"]
    nowhere = Prober(
        web,
        rate_limiters=RateLimiterRegistry(rules),
        rules_for=rules,
        slot_of=host_of,
        clock=clock.moment,
        remap=lambda _: "file:///etc/passwd",
    )
    assert (
        asyncio.run(
            nowhere.probe(ProbeTarget(url=A, role=Role.LINK), check_lease=lambda: None)
        ).skipped
        is Reason.INVALID_URL
    )


@pytest.mark.parametrize("get", [True, False])
def test_a_hop_that_must_not_be_requested_is_recorded_without_a_request(
    clock: StoppedClock, get: bool
) -> None:
    web = FakeWeb(
        clock,
        {A: redirect("/second"), "http://a.example/second": redirect("http://b.example/third")},
    )

    async def refuse_other_host(url: str) -> FetchResponse | None:
        return (
            FetchResponse(fault=Fault.EXCLUDED, detail="not followed")
            if "b.example" in url
            else None
        )

    wanted = ProbeTarget(url=A, role=Role.LINK, begin_with_get=get)
    result = asyncio.run(
        prober_of(web, clock).probe(
            wanted, check_lease=lambda: None, refuse_redirect=refuse_other_host
        )
    )
    assert hops(result) == [(0, 0, 302), (1, 0, 302), (2, 0, Fault.EXCLUDED)]
    assert result.requests[-1].url == "http://b.example/third"
    assert len(web.requests) == 2


def test_a_chain_of_slow_redirects_ends_when_its_time_is_up(clock: StoppedClock) -> None:
    class Slow(FakeWeb):
        async def __call__(self, request: FetchRequest) -> FetchResponse:
            clock.now += 6.5  # within the timeout of 7 seconds
            return await super().__call__(request)

    web = Slow(
        clock,
        {
            f"http://a.example/{number}": redirect(f"/{number + 1}")
            for number in range(MAX_REDIRECTS)
        },
    )
    result = probe(web, clock, "http://a.example/0")
    assert hops(result)[-1] == (7, 0, Fault.TIMEOUT)
    assert len(web.requests) == 7  # six timeouts, and the request that passed them
    silent = Slow(
        clock,
        {
            A: redirect("/0"),
            **{f"http://a.example/{number}": redirect(f"/{number + 1}") for number in range(5)},
        },
    )
    silent._responses["http://a.example/5"] = [FetchResponse(fault=Fault.RESET)]
    assert hops(probe(silent, clock))[-1] == (6, 0, Fault.RESET)  # no time for a retry


# --- cookies


def test_cookies_are_sent_only_to_the_host_that_set_them(clock: StoppedClock) -> None:
    responses = {
        A: redirect("/two", 302, "seen=1; Path=/", "other=2"),
        "http://a.example/two": redirect("http://b.example/"),
        "http://b.example/": PAGE,
    }
    web = FakeWeb(clock, responses)
    probe(web, clock)
    assert [request.cookie for request in web.requests] == ["", "seen=1; other=2", ""]


def test_a_page_that_redirects_to_itself_with_a_cookie_is_requested_again(
    clock: StoppedClock,
) -> None:
    web = FakeWeb(clock, {A: [redirect("/story", 302, "seen=1"), PAGE]})
    assert hops(probe(web, clock)) == [(0, 0, 302), (1, 0, 200)]
    looping = FakeWeb(clock, {A: redirect("/story", 302, "seen=1")})
    assert hops(probe(looping, clock)) == [(0, 0, 302), (1, 0, 302)]


def test_a_page_that_is_shown_after_a_detour_with_a_cookie_is_requested_again(
    clock: StoppedClock,
) -> None:
    to_check, check = redirect("/check", 302, "seen=1; Path=/"), "http://a.example/check"
    web = FakeWeb(clock, {A: [to_check, PAGE], check: redirect("/story")})
    assert hops(probe(web, clock)) == [(0, 0, 302), (1, 0, 302), (2, 0, 200)]
    assert [request.cookie for request in web.requests] == ["", "seen=1", "seen=1"]
    looping = FakeWeb(clock, {A: to_check, check: redirect("/story")})
    assert hops(probe(looping, clock)) == [(0, 0, 302), (1, 0, 302), (2, 0, 302)]


def test_a_cookie_for_another_folder_does_not_lead_back(clock: StoppedClock) -> None:
    web = FakeWeb(clock, {A: redirect("/story", 302, "seen=1; Path=/other/")})
    assert hops(probe(web, clock)) == [(0, 0, 302)]


def test_a_cookie_for_the_domain_is_sent_to_its_other_hosts(clock: StoppedClock) -> None:
    responses = {
        "http://www.bounce.example/a": redirect("http://id.bounce.example/"),
        "http://id.bounce.example/": redirect(
            "http://www.bounce.example/a", 302, "seen=1; Domain=.bounce.example; Path=/"
        ),
    }
    web = FakeWeb(clock, responses)
    web._responses["http://www.bounce.example/a"].append(PAGE)
    result = probe(web, clock, "http://www.bounce.example/a")
    assert hops(result) == [(0, 0, 302), (1, 0, 302), (2, 0, 200)]
    assert [request.cookie for request in web.requests] == ["", "", "seen=1"]


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_a_refresh_header_is_followed_without_a_body(clock: StoppedClock, method: str) -> None:
    empty = FetchResponse(status=200, headers={"refresh": "0;url=/404.html"})
    web = FakeWeb(clock, {A: empty, "http://a.example/404.html": FetchResponse(status=404)})
    result = probe(web, clock, begin_with_get=method == "GET")
    assert (result.requests[-1].method, result.requests[-1].status) == ("GET", 404)


def test_a_refresh_after_a_long_wait_is_not_followed(clock: StoppedClock) -> None:
    waiting = FetchResponse(status=200, headers={"refresh": "300;url=/later"})
    web = FakeWeb(clock, {A: waiting})
    assert hops(probe(web, clock)) == [(0, 0, 200)]


def test_probes_share_no_cookies(clock: StoppedClock) -> None:
    web = FakeWeb(clock, {A: [FetchResponse(status=200, cookies=["seen=1"], body=PAGE.body), PAGE]})
    shared = prober_of(web, clock)
    for _ in range(2):
        asyncio.run(shared.probe(ProbeTarget(url=A, role=Role.LINK), check_lease=lambda: None))
    assert [request.cookie for request in web.requests] == ["", ""]


# --- the lease


def test_no_request_is_sent_after_the_lease_is_lost(clock: StoppedClock) -> None:
    web = FakeWeb(clock, {A: FetchResponse(status=500)})

    def check_lease() -> None:
        if web.requests:
            raise LeaseLost("gone")

    with pytest.raises(LeaseLost):
        asyncio.run(
            prober_of(web, clock).probe(ProbeTarget(url=A, role=Role.LINK), check_lease=check_lease)
        )
    assert len(web.requests) == 1


# --- conditional requests

KNOWN = Validators(url=A, etag='W/"v1"', last_modified="Fri, 01 Jan 2021 12:00:00 GMT", length=5)
TAGS = {"etag": 'W/"v1"', "last-modified": KNOWN.last_modified, "content-length": "5"}
UNCHANGED = FetchResponse(status=304)


def conditions(request: FetchRequest) -> tuple[str | None, str | None]:
    return request.headers.get("If-None-Match"), request.headers.get("If-Modified-Since")


def test_a_known_page_gets_a_conditional_request(clock: StoppedClock) -> None:
    web = FakeWeb(clock, {A: UNCHANGED})
    result = probe(web, clock, validators=KNOWN)
    assert [conditions(request) for request in web.requests] == [('W/"v1"', KNOWN.last_modified)]
    found = judge(result)
    assert (found.verdict, found.reason, found.detail) == ("alive", "ok", "304, unchanged")
    assert next_validators(result, found.verdict, KNOWN) == KNOWN


def test_a_304_to_an_unconditional_request_is_no_evidence(clock: StoppedClock) -> None:
    result = probe(FakeWeb(clock, {A: UNCHANGED}), clock)
    assert not result.requests[-1].conditional
    assert judge(result).detail != "304, unchanged"


def test_a_changed_page_is_read_and_judged(clock: StoppedClock) -> None:
    gone = FetchResponse(
        status=200, headers={"content-type": "text/html", "etag": '"v2"'}, body=b"<h1>404</h1>"
    )
    result = probe(FakeWeb(clock, {A: gone}), clock, validators=KNOWN)
    assert result.evidence is not None
    assert next_validators(result, Verdict.ALIVE, KNOWN) == Validators(url=A, etag='"v2"')
    assert next_validators(result, Verdict.BROKEN, KNOWN) is None


def test_validators_are_sent_only_to_the_url_they_are_from(clock: StoppedClock) -> None:
    new = "http://a.example/new"
    web = FakeWeb(clock, {A: redirect(new, 301), new: UNCHANGED})
    result = probe(web, clock, validators=replace(KNOWN, url=new))
    assert [conditions(request)[0] for request in web.requests] == [None, 'W/"v1"']
    assert judge(result).reason == "moved-permanently"
    elsewhere = FakeWeb(clock, {A: redirect("http://b.example/", 301), "http://b.example/": PAGE})
    probe(elsewhere, clock, validators=replace(KNOWN, url=new))
    assert [conditions(request)[0] for request in elsewhere.requests] == [None, None]


@pytest.mark.parametrize(
    "refusal",
    [
        *(FetchResponse(status=status) for status in (400, 403, 406, 412, 428, 500)),
        FetchResponse(fault=Fault.RESET),
        FetchResponse(fault=Fault.BAD_RESPONSE),
    ],
)
def test_after_a_refused_conditional_request_a_plain_one_follows(
    clock: StoppedClock, refusal: FetchResponse
) -> None:
    tries = 3 if refusal.fault is Fault.RESET or refusal.status == 500 else 1
    tries = 2 if refusal.fault is Fault.BAD_RESPONSE else tries
    web = FakeWeb(clock, {A: [refusal] * tries + [PAGE]})
    result = probe(web, clock, validators=KNOWN)
    assert conditions(web.requests[-1]) == (None, None)
    assert judge(result).verdict is Verdict.ALIVE


@pytest.mark.parametrize("status", [404, 410])
def test_a_404_to_get_is_not_requested_again(clock: StoppedClock, status: int) -> None:
    web = FakeWeb(clock, {A: FetchResponse(status=status)})
    assert judge(probe(web, clock, validators=KNOWN)).verdict is Verdict.BROKEN
    assert len(web.requests) == 1


@pytest.mark.parametrize(
    ("changed", "methods"),
    [
        ({}, ["HEAD"]),
        ({"etag": 'W/"v2"'}, ["HEAD", "GET"]),
        ({"etag": ""}, ["HEAD", "GET"]),
        ({"last-modified": "Sat, 02 Jan 2021 12:00:00 GMT"}, ["HEAD", "GET"]),
        ({"content-length": "6"}, ["HEAD", "GET"]),
        ({"content-length": "five"}, ["HEAD", "GET"]),
    ],
)
def test_a_head_suffices_only_if_its_validators_are_unchanged(
    clock: StoppedClock, changed: dict[str, str], methods: list[str]
) -> None:
    head = FetchResponse(status=200, headers={**TAGS, **changed})
    web = FakeWeb(clock, {f"HEAD {A}": head, f"GET {A}": PAGE})
    probe(web, clock, begin_with_get=False, validators=KNOWN)
    assert [request.method for request in web.requests] == methods
    assert all(conditions(request) == (None, None) for request in web.requests)


@pytest.mark.parametrize(
    ("headers", "known"),
    [
        ({"etag": '"abc-gzip"'}, Validators(url=A, etag='"abc-gzip"')),
        ({"etag": "unquoted"}, Validators(url=A, etag="unquoted")),
        ({"etag": '"' + "x" * 100_000 + '"', "content-length": "9"}, Validators(url=A, length=9)),
        ({"etag": '"a\r\nX: y"'}, None),
        ({"etag": '"新"'}, None),
        ({"last-modified": "x" * 200}, None),
        ({"content-length": "9" * 5_000}, None),
        ({"content-length": "-1"}, None),
        ({}, None),
    ],
)
def test_validators_are_header_text_of_bounded_length(
    clock: StoppedClock, headers: dict[str, str], known: Validators | None
) -> None:
    page = FetchResponse(status=200, headers=headers, body=PAGE.body)
    result = probe(FakeWeb(clock, {A: page}), clock)
    assert next_validators(result, Verdict.ALIVE, None) == known


def test_every_fragment_is_looked_for(clock: StoppedClock) -> None:
    body = b"<title>Harbour</title><h2 id=one>One</h2><a name='two'></a>"
    page = FetchResponse(status=200, headers={"content-type": "text/html"}, body=body)
    result = probe(
        FakeWeb(clock, {A: page}), clock, f"{A}#one", fragments=("one", "three", "two", "L12")
    )
    assert result.evidence is not None
    assert result.evidence.missing_fragments == ("three",)
    assert judge(result).warnings == ("fragment-missing",)


def test_headers_that_rules_read_and_names_of_cookies_are_recorded(clock: StoppedClock) -> None:
    sent = dict.fromkeys(READ_HEADERS - {"location", "refresh", "set-cookie"}, "some")
    page = FetchResponse(
        status=200, headers=sent, cookies=("guard=s3cret; Path=/", "lang=de"), body=PAGE.body
    )
    result = probe(FakeWeb(clock, {A: page}), clock)
    assert result.requests[-1].headers == {**sent, "set-cookie": "guard, lang"}
