"""Test probes of a web of tables: requests, their order, waits, and records."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from urllib.parse import urljoin

import pytest

from crawler.config import Config
from crawler.http import MAX_REDIRECTS
from crawler.http import fetch as fetch_module
from crawler.http.fetch import FetchRequest, FetchResponse
from crawler.http.urls import host_of, request_url
from crawler.liveness import READ_HEADERS, judge
from crawler.politeness import rate_limit
from crawler.politeness.rate_limit import PauseTooLong, RateLimiterRegistry
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


class Table:
    """A web: responses by method and URL in sequence, the last one repeatedly."""

    def __init__(
        self, clock: StoppedClock, answers: Mapping[str, FetchResponse | Sequence[FetchResponse]]
    ) -> None:
        self._clock = clock
        self._answers = {
            key: [given] if isinstance(given, FetchResponse) else list(given)
            for key, given in answers.items()
        }
        self._given: dict[str, int] = defaultdict(int)
        self.asked: list[FetchRequest] = []
        self.at: list[float] = []

    async def __call__(self, ask: FetchRequest) -> FetchResponse:
        async with ask.permit:
            return self._answer(ask)

    def _answer(self, ask: FetchRequest) -> FetchResponse:
        self.asked.append(ask)
        self.at.append(self._clock.now)
        key = next(key for key in (f"{ask.method} {ask.url}", ask.url) if key in self._answers)
        answers = self._answers[key]
        self._given[key] += 1
        return answers[min(self._given[key], len(answers)) - 1]

    @property
    def lines(self) -> list[str]:
        return [f"{ask.method} {ask.url}" for ask in self.asked]


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> StoppedClock:
    return stop_time(monkeypatch, rate_limit, prober, fetch_module)


def prober_of(
    fetch: Callable[[FetchRequest], object],
    clock: StoppedClock,
    paces: RateLimiterRegistry | None = None,
) -> Prober:
    rules = Config(hosts=RULES).rules_for
    return Prober(
        fetch,  # type: ignore[arg-type]
        rate_limiters=paces or RateLimiterRegistry(rules),
        rules_for=rules,
        slot_of=host_of,
        clock=clock.moment,
    )


def probe(table: Table, clock: StoppedClock, url: str = A, **target: object) -> Probe:
    """Return one probe of a link."""
    wanted = ProbeTarget(url=url, role=Role.LINK, **target)  # type: ignore[arg-type]
    return asyncio.run(prober_of(table, clock).probe(wanted, check_lease=lambda: None))


def hops(made: Probe) -> list[tuple[int, int, int | Fault | None]]:
    """Return hop, number of earlier tries of the hop, and outcome of each request."""
    tries: list[tuple[int, int, int | Fault | None]] = []
    before: ProbeRequest | None = None
    for request in made.requests:
        is_retry = before and (before.hop, before.method) == (request.hop, request.method)
        earlier = tries[-1][1] + 1 if is_retry else 0
        tries.append((request.hop, earlier, request.fault or request.status))
        before = request
    return tries


def to(where: str, status: int = 302, *cookies: str) -> FetchResponse:
    return FetchResponse(status=status, headers={"location": where}, cookies=cookies)


def test_a_page_that_responds_is_requested_once_and_recorded(clock: StoppedClock) -> None:
    table = Table(
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
    made = probe(table, clock)
    assert table.asked == [FetchRequest(method="GET", url=A, slot="a.example", timeout=7)]
    assert made.requests == (
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
    assert made.evidence is not None
    assert (made.evidence.title, made.skipped) == ("Harbour", None)


def test_a_url_that_cannot_be_requested_is_skipped(clock: StoppedClock) -> None:
    table = Table(clock, {})
    made = probe(table, clock, "http://[half/")
    assert (made.skipped, made.requests, table.asked) == (Reason.INVALID_URL, (), [])


def test_the_requested_url_may_differ_from_the_cited_one(clock: StoppedClock) -> None:
    table = Table(clock, {"http://b.example/id_/x": to("http://b.example/elsewhere")})
    made = probe(table, clock, fetch_url="http://b.example/id_/x", follow=False)
    assert made.url == A
    assert table.lines == ["GET http://b.example/id_/x"]


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
def test_head_alone_never_condemns(
    clock: StoppedClock, head: FetchResponse, lines: list[str]
) -> None:
    table = Table(clock, {f"HEAD {A}": head, f"GET {A}": PAGE})
    made = probe(table, clock, get=False)
    assert table.lines == lines
    assert made.requests[-1].status == 200


def test_a_head_that_breaks_off_is_tried_again_and_then_got(clock: StoppedClock) -> None:
    table = Table(clock, {f"HEAD {A}": FetchResponse(fault=Fault.RESET), f"GET {A}": PAGE})
    made = probe(table, clock, get=False)
    assert table.lines == [f"HEAD {A}"] * 3 + [f"GET {A}"]
    assert made.requests[-1].status == 200


# --- a second try


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
    table = Table(clock, {A: [first, PAGE]})
    made = probe(table, clock)
    assert len(table.asked) == tries
    assert hops(made) == [
        (0, number, outcome)
        for number, outcome in enumerate([first.fault or first.status, 200][:tries])
    ]


def test_tries_end_and_are_spaced_ever_wider(clock: StoppedClock) -> None:
    table = Table(clock, {A: FetchResponse(status=500)})
    assert hops(probe(table, clock)) == [(0, 0, 500), (0, 1, 500), (0, 2, 500)]
    first, second = table.at[1] - table.at[0], table.at[2] - table.at[1]
    assert 1 <= first <= 3  # about two seconds, then threefold
    assert 3 <= second <= 9


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize("value", ["30", "Mon, 04 May 2026 12:00:30 GMT"])
def test_a_requested_pause_is_kept(clock: StoppedClock, status: int, value: str) -> None:
    table = Table(clock, {A: [FetchResponse(status=status, headers={"retry-after": value}), PAGE]})
    assert probe(table, clock).requests[-1].status == 200
    assert table.at[1] >= 30


def test_a_pause_applies_to_the_whole_slot_and_no_other(clock: StoppedClock) -> None:
    sibling, other = "http://a.example/sibling", "http://b.example/"
    table = Table(
        clock,
        {A: FetchResponse(status=429, headers={"retry-after": "3600"}), sibling: PAGE, other: PAGE},
    )
    paces = RateLimiterRegistry(Config(hosts=RULES).rules_for)
    busy = prober_of(table, clock, paces)

    def ask(url: str) -> Probe:
        return asyncio.run(
            busy.probe(ProbeTarget(url=url, role=Role.LINK), check_lease=lambda: None)
        )

    assert hops(ask(A)) == [
        (0, 0, 429)
    ]  # nobody waits for an hour: the link is fetched in a later run
    assert paces.limiter_for("a.example").seconds_until_next == 3600
    with pytest.raises(PauseTooLong):
        ask(sibling)
    assert ask(other).requests[0].status == 200
    assert table.lines == [f"GET {A}", f"GET {other}"]


def test_a_quota_used_up_holds_its_party_though_the_answer_was_good(clock: StoppedClock) -> None:
    sibling = "http://a.example/sibling"
    used_up = FetchResponse(
        status=200, headers={"ratelimit-remaining": "0", "ratelimit-reset": "30"}, body=PAGE.body
    )
    table = Table(clock, {A: used_up, sibling: PAGE})
    asking = prober_of(table, clock)
    for url in (A, sibling):
        asyncio.run(asking.probe(ProbeTarget(url=url, role=Role.LINK), check_lease=lambda: None))
    assert table.at[1] - table.at[0] >= 30


def test_a_refusal_that_names_its_end_is_tried_again_then_or_in_a_later_run(
    clock: StoppedClock,
) -> None:
    def refusal(seconds: str) -> FetchResponse:
        return FetchResponse(
            status=429, headers={"x-ratelimit-remaining": "0", "x-ratelimit-reset": seconds}
        )

    table = Table(clock, {A: [refusal("40"), PAGE]})
    assert hops(probe(table, clock)) == [(0, 0, 429), (0, 1, 200)]
    assert table.at[1] - table.at[0] >= 40
    assert hops(probe(Table(clock, {A: [refusal("4000"), PAGE]}), clock)) == [(0, 0, 429)]


def test_consecutive_refusals_double_the_interval(clock: StoppedClock) -> None:
    table = Table(clock, {A: FetchResponse(status=429), "http://a.example/next": PAGE})
    paces = RateLimiterRegistry(Config(hosts=RULES).rules_for)
    asking = prober_of(table, clock, paces)
    asyncio.run(asking.probe(ProbeTarget(url=A, role=Role.LINK), check_lease=lambda: None))
    assert paces.limiter_for("a.example").interval == 2


# --- redirects


def test_each_hop_is_recorded_and_limited_by_its_own_host(clock: StoppedClock) -> None:
    table = Table(
        clock,
        {
            A: to("/second", 301),
            "http://a.example/second": to("http://b.example/third#part"),
            "http://b.example/third": PAGE,
        },
    )
    made = probe(table, clock)
    assert hops(made) == [(0, 0, 301), (1, 0, 302), (2, 0, 200)]
    assert [ask.slot for ask in table.asked] == ["a.example", "a.example", "b.example"]
    assert table.at[1] - table.at[0] >= 1  # the second hop waits for its turn at the first party
    assert made.requests[1].headers == {"location": "http://b.example/third#part"}


def test_headers_set_for_a_host_go_to_no_other(clock: StoppedClock) -> None:
    table = Table(clock, {A: to("http://b.example/"), "http://b.example/": PAGE})
    rules = Config(
        hosts={
            **RULES,
            "a.example": {"headers": {"Authorization": "Bearer x"}},
            "b.example": {"user_agent": "Curious/1"},
        }
    ).rules_for
    asking = Prober(
        table,
        rate_limiters=RateLimiterRegistry(rules),
        rules_for=rules,
        slot_of=host_of,
        clock=clock.moment,
    )
    asyncio.run(asking.probe(ProbeTarget(url=A, role=Role.LINK), check_lease=lambda: None))
    assert [ask.headers for ask in table.asked] == [
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
def test_a_redirect_takes_headers_neither_to_clear_text_nor_to_another_port(
    clock: StoppedClock, cited: str, location: str, sent: bool
) -> None:
    table = Table(clock, {cited: to(location), request_url(urljoin(cited, location)): PAGE})
    rules = Config(
        hosts={**RULES, "a.example": {"headers": {"Cookie": "s3cret"}, "user_agent": "Curious/1"}}
    ).rules_for
    asking = Prober(
        table,
        rate_limiters=RateLimiterRegistry(rules),
        rules_for=rules,
        slot_of=host_of,
        clock=clock.moment,
    )
    asyncio.run(asking.probe(ProbeTarget(url=cited, role=Role.LINK), check_lease=lambda: None))
    first, last = table.asked
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
def test_an_address_that_a_server_names_gets_headers_over_https_alone(
    clock: StoppedClock, url: str, sent: bool
) -> None:
    table = Table(clock, {url: PAGE})
    rules = Config(hosts={**RULES, "a.example": {"headers": {"Cookie": "s3cret"}}}).rules_for
    asking = Prober(
        table,
        rate_limiters=RateLimiterRegistry(rules),
        rules_for=rules,
        slot_of=host_of,
        clock=clock.moment,
    )
    asyncio.run(
        asking.probe(
            ProbeTarget(url=url, role=Role.LINK, named_by_server=True), check_lease=lambda: None
        )
    )
    asyncio.run(asking.fetch(url, check_lease=lambda: None))
    assert [bool(ask.headers) for ask in table.asked] == [sent, sent]


@pytest.mark.parametrize("location", ["http://b.example/x", "//b.example/x"])
def test_credentials_in_a_url_go_to_no_other_host(clock: StoppedClock, location: str) -> None:
    cited = "http://reader:word@a.example/story"
    table = Table(
        clock,
        {
            cited: to("/second"),
            "http://reader:word@a.example/second": to(location),
            "http://b.example/x": PAGE,
        },
    )
    assert probe(table, clock, cited).requests[-1].status == 200
    assert table.asked[-1].url == "http://b.example/x"


def test_each_hop_has_its_own_retries(clock: StoppedClock) -> None:
    table = Table(
        clock,
        {
            A: [FetchResponse(status=500), to("/next")],
            "http://a.example/next": [FetchResponse(fault=Fault.RESET), PAGE],
        },
    )
    assert hops(probe(table, clock)) == [(0, 0, 500), (0, 1, 302), (1, 0, Fault.RESET), (1, 1, 200)]


def test_a_redirect_loop_ends_the_chain(clock: StoppedClock) -> None:
    table = Table(clock, {A: to("/b"), "http://a.example/b": to("/story")})
    assert hops(probe(table, clock)) == [(0, 0, 302), (1, 0, 302)]


def test_a_chain_without_an_end_is_left(clock: StoppedClock) -> None:
    table = Table(
        clock,
        {f"http://a.example/{number}": to(f"/{number + 1}") for number in range(MAX_REDIRECTS + 5)},
    )
    assert len(probe(table, clock, "http://a.example/0").requests) == MAX_REDIRECTS + 1


def test_redirects_are_not_followed_where_they_are_the_answer(clock: StoppedClock) -> None:
    table = Table(clock, {A: to("/b")})
    assert hops(probe(table, clock, follow=False)) == [(0, 0, 302)]


def test_head_follows_redirects_and_get_begins_again_at_the_cited_address(
    clock: StoppedClock,
) -> None:
    """Some servers lead HEAD astray."""
    table = Table(
        clock,
        {
            f"HEAD {A}": to("/gone"),
            "HEAD http://a.example/gone": FetchResponse(status=404),
            f"GET {A}": PAGE,
        },
    )
    made = probe(table, clock, get=False)
    assert table.lines == [f"HEAD {A}", "HEAD http://a.example/gone", f"GET {A}"]
    assert hops(made) == [(0, 0, 302), (1, 0, 404), (0, 0, 200)]


def test_a_redirect_loop_of_head_does_not_condemn(clock: StoppedClock) -> None:
    table = Table(clock, {f"HEAD {A}": to("/story"), f"GET {A}": PAGE})
    assert probe(table, clock, get=False).requests[-1].status == 200
    assert table.lines == [f"HEAD {A}", f"GET {A}"]


def test_a_cited_url_is_remapped_and_the_link_keeps_its_url(
    clock: StoppedClock,
) -> None:
    table = Table(clock, {"http://staging.example/story": to(A), A: PAGE})
    rules = Config(hosts=RULES).rules_for
    asking = Prober(
        table,
        rate_limiters=RateLimiterRegistry(rules),
        rules_for=rules,
        slot_of=host_of,
        clock=clock.moment,
        remap=lambda url: url.replace("//a.example", "//staging.example"),
    )
    made = asyncio.run(
        asking.probe(ProbeTarget(url=f"{A}#part", role=Role.LINK), check_lease=lambda: None)
    )
    assert made.url == f"{A}#part"
    assert [request.url for request in made.requests] == [
        "http://staging.example/story",
        A,
    ]  # a redirect is taken at its word
    assert [ask.slot for ask in table.asked] == ["staging.example", "a.example"]
    nowhere = Prober(
        table,
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
    table = Table(
        clock, {A: to("/second"), "http://a.example/second": to("http://b.example/third")}
    )

    async def beyond(url: str) -> FetchResponse | None:
        return (
            FetchResponse(fault=Fault.EXCLUDED, detail="not followed")
            if "b.example" in url
            else None
        )

    wanted = ProbeTarget(url=A, role=Role.LINK, get=get)
    made = asyncio.run(
        prober_of(table, clock).probe(wanted, check_lease=lambda: None, refuse_redirect=beyond)
    )
    assert hops(made) == [(0, 0, 302), (1, 0, 302), (2, 0, Fault.EXCLUDED)]
    assert made.requests[-1].url == "http://b.example/third"
    assert len(table.asked) == 2


def test_a_chain_of_slow_redirects_ends_when_its_time_is_up(clock: StoppedClock) -> None:
    class Slow(Table):
        async def __call__(self, ask: FetchRequest) -> FetchResponse:
            clock.now += 6.5  # within the timeout of 7 seconds
            return await super().__call__(ask)

    table = Slow(
        clock,
        {f"http://a.example/{number}": to(f"/{number + 1}") for number in range(MAX_REDIRECTS)},
    )
    made = probe(table, clock, "http://a.example/0")
    assert hops(made)[-1] == (7, 0, Fault.TIMEOUT)
    assert len(table.asked) == 7  # six times the timeout, and the one that passed it
    silent = Slow(
        clock,
        {
            A: to("/0"),
            **{f"http://a.example/{number}": to(f"/{number + 1}") for number in range(5)},
        },
    )
    silent._answers["http://a.example/5"] = [FetchResponse(fault=Fault.RESET)]
    assert hops(probe(silent, clock))[-1] == (6, 0, Fault.RESET)  # no time for another try


# --- cookies


def test_cookies_go_back_to_the_host_that_set_them_and_only_there(clock: StoppedClock) -> None:
    answers = {
        A: to("/two", 302, "seen=1; Path=/", "other=2"),
        "http://a.example/two": to("http://b.example/"),
        "http://b.example/": PAGE,
    }
    table = Table(clock, answers)
    probe(table, clock)
    assert [ask.cookie for ask in table.asked] == ["", "seen=1; other=2", ""]


def test_a_page_that_redirects_to_itself_with_a_cookie_is_requested_again(
    clock: StoppedClock,
) -> None:
    table = Table(clock, {A: [to("/story", 302, "seen=1"), PAGE]})
    assert hops(probe(table, clock)) == [(0, 0, 302), (1, 0, 200)]
    stubborn = Table(clock, {A: to("/story", 302, "seen=1")})
    assert hops(probe(stubborn, clock)) == [(0, 0, 302), (1, 0, 302)]


def test_a_cookie_for_the_domain_is_sent_to_its_other_hosts(clock: StoppedClock) -> None:
    answers = {
        "http://www.bounce.example/a": to("http://id.bounce.example/"),
        "http://id.bounce.example/": to(
            "http://www.bounce.example/a", 302, "seen=1; Domain=.bounce.example; Path=/"
        ),
    }
    table = Table(clock, answers)
    table._answers["http://www.bounce.example/a"].append(PAGE)
    made = probe(table, clock, "http://www.bounce.example/a")
    assert hops(made) == [(0, 0, 302), (1, 0, 302), (2, 0, 200)]
    assert [ask.cookie for ask in table.asked] == ["", "", "seen=1"]


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_a_refresh_header_is_followed_without_a_body(clock: StoppedClock, method: str) -> None:
    empty = FetchResponse(status=200, headers={"refresh": "0;url=/404.html"})
    table = Table(clock, {A: empty, "http://a.example/404.html": FetchResponse(status=404)})
    made = probe(table, clock, get=method == "GET")
    assert (made.requests[-1].method, made.requests[-1].status) == ("GET", 404)


def test_a_refresh_after_a_long_wait_is_not_followed(clock: StoppedClock) -> None:
    waiting = FetchResponse(status=200, headers={"refresh": "300;url=/later"})
    table = Table(clock, {A: waiting})
    assert hops(probe(table, clock)) == [(0, 0, 200)]


def test_probes_share_no_cookies(clock: StoppedClock) -> None:
    table = Table(clock, {A: [FetchResponse(status=200, cookies=["seen=1"], body=PAGE.body), PAGE]})
    shared = prober_of(table, clock)
    for _ in range(2):
        asyncio.run(shared.probe(ProbeTarget(url=A, role=Role.LINK), check_lease=lambda: None))
    assert [ask.cookie for ask in table.asked] == ["", ""]


# --- the right to ask


def test_no_request_is_sent_after_the_lease_is_lost(clock: StoppedClock) -> None:
    table = Table(clock, {A: FetchResponse(status=500)})

    def may_ask() -> None:
        if table.asked:
            raise LeaseLost("gone")

    with pytest.raises(LeaseLost):
        asyncio.run(
            prober_of(table, clock).probe(ProbeTarget(url=A, role=Role.LINK), check_lease=may_ask)
        )
    assert len(table.asked) == 1


# --- conditional requests

KNOWN = Validators(url=A, etag='W/"v1"', last_modified="Fri, 01 Jan 2021 12:00:00 GMT", length=5)
TAGS = {"etag": 'W/"v1"', "last-modified": KNOWN.last_modified, "content-length": "5"}
UNCHANGED = FetchResponse(status=304)


def conditions(ask: FetchRequest) -> tuple[str | None, str | None]:
    return ask.headers.get("If-None-Match"), ask.headers.get("If-Modified-Since")


def test_a_known_page_gets_a_conditional_request(clock: StoppedClock) -> None:
    table = Table(clock, {A: UNCHANGED})
    made = probe(table, clock, validators=KNOWN)
    assert [conditions(ask) for ask in table.asked] == [('W/"v1"', KNOWN.last_modified)]
    found = judge(made)
    assert (found.verdict, found.reason, found.detail) == ("alive", "ok", "304, unchanged")
    assert next_validators(made, found.verdict, KNOWN) == KNOWN


def test_a_304_to_an_unconditional_request_is_no_evidence(clock: StoppedClock) -> None:
    made = probe(Table(clock, {A: UNCHANGED}), clock)
    assert not made.requests[-1].conditional
    assert judge(made).detail != "304, unchanged"


def test_a_changed_page_is_read_and_judged(clock: StoppedClock) -> None:
    gone = FetchResponse(
        status=200, headers={"content-type": "text/html", "etag": '"v2"'}, body=b"<h1>404</h1>"
    )
    made = probe(Table(clock, {A: gone}), clock, validators=KNOWN)
    assert made.evidence is not None
    assert next_validators(made, Verdict.ALIVE, KNOWN) == Validators(url=A, etag='"v2"')
    assert next_validators(made, Verdict.BROKEN, KNOWN) is None


def test_conditions_go_only_to_the_address_they_are_from(clock: StoppedClock) -> None:
    new = "http://a.example/new"
    table = Table(clock, {A: to(new, 301), new: UNCHANGED})
    made = probe(table, clock, validators=replace(KNOWN, url=new))
    assert [conditions(ask)[0] for ask in table.asked] == [None, 'W/"v1"']
    assert judge(made).reason == "moved-permanently"
    elsewhere = Table(clock, {A: to("http://b.example/", 301), "http://b.example/": PAGE})
    probe(elsewhere, clock, validators=replace(KNOWN, url=new))
    assert [conditions(ask)[0] for ask in elsewhere.asked] == [None, None]


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
    table = Table(clock, {A: [refusal] * tries + [PAGE]})
    made = probe(table, clock, validators=KNOWN)
    assert conditions(table.asked[-1]) == (None, None)
    assert judge(made).verdict is Verdict.ALIVE


@pytest.mark.parametrize("status", [404, 410])
def test_a_404_to_get_is_not_requested_again(clock: StoppedClock, status: int) -> None:
    table = Table(clock, {A: FetchResponse(status=status)})
    assert judge(probe(table, clock, validators=KNOWN)).verdict is Verdict.BROKEN
    assert len(table.asked) == 1


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
def test_a_head_counts_only_if_it_shows_what_was_read(
    clock: StoppedClock, changed: dict[str, str], methods: list[str]
) -> None:
    head = FetchResponse(status=200, headers={**TAGS, **changed})
    table = Table(clock, {f"HEAD {A}": head, f"GET {A}": PAGE})
    probe(table, clock, get=False, validators=KNOWN)
    assert [ask.method for ask in table.asked] == methods
    assert all(conditions(ask) == (None, None) for ask in table.asked)


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
    made = probe(Table(clock, {A: page}), clock)
    assert next_validators(made, Verdict.ALIVE, None) == known


def test_every_fragment_is_looked_for(clock: StoppedClock) -> None:
    body = b"<title>Harbour</title><h2 id=one>One</h2><a name='two'></a>"
    page = FetchResponse(status=200, headers={"content-type": "text/html"}, body=body)
    made = probe(
        Table(clock, {A: page}), clock, f"{A}#one", fragments=("one", "three", "two", "L12")
    )
    assert made.evidence is not None
    assert made.evidence.missing_fragments == ("three",)
    assert judge(made).warnings == ("fragment-missing",)


def test_headers_that_rules_read_are_recorded_and_of_cookies_the_names(clock: StoppedClock) -> None:
    sent = dict.fromkeys(READ_HEADERS - {"location", "refresh", "set-cookie"}, "some")
    page = FetchResponse(
        status=200, headers=sent, cookies=("guard=s3cret; Path=/", "lang=de"), body=PAGE.body
    )
    made = probe(Table(clock, {A: page}), clock)
    assert made.requests[-1].headers == {**sent, "set-cookie": "guard, lang"}
