"""Test verdict and reason by the behaviour of a server."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from importlib import import_module
from itertools import product

import pytest

from crawler.liveness import READ_HEADERS, SiteKnowledge, judge, needs_get
from crawler.liveness.case import build_case
from crawler.liveness.judge import RULES, apply_rules
from store.vocabulary import VERDICT_OF, Fault, Probe, ProbeRequest, Reason, Verdict
from tests.unit.crawler.liveness.probes import (
    FILLER,
    NOW,
    URL,
    failure,
    html,
    probe,
    redirected,
    response,
    served,
)

HOME = "https://example.org/"
NEW = "https://example.org/new"
PAGE = html("Harbour lights", FILLER * 4)
SUCCESS = response(200)

BEHAVIOURS: Mapping[str, tuple[Probe, Reason]] = {
    # alive
    "a page": (served(PAGE), Reason.OK),
    "a partial response": (probe(response(206)), Reason.OK),
    "no content": (probe(response(204)), Reason.OK),
    "a page by HEAD alone": (probe(response(200, method="HEAD")), Reason.OK),
    "a choice without a preference": (probe(response(300)), Reason.OK),
    "304 to an unconditional request": (probe(response(304)), Reason.OK),
    "HEAD refused, GET served": (probe(response(405, method="HEAD"), SUCCESS, evidence=PAGE), Reason.OK),
    "HEAD redirected home, GET served": (
        probe(response(302, method="HEAD", headers={"location": HOME}), response(200, HOME, method="HEAD", hop=1), SUCCESS, evidence=PAGE),
        Reason.OK,
    ),
    "a retry that helped": (probe(failure(Fault.RESET), response(503), response(200), evidence=PAGE), Reason.OK),
    "a redirect to itself that sets a cookie": (redirected((302, URL), final=URL), Reason.OK),
    "a body cut short after a good start": (probe(replace(SUCCESS, fault=Fault.TRUNCATED), evidence=PAGE), Reason.OK),
    "to https": (redirected((301, "http://example.org/a"), final="https://example.org/a"), Reason.CANONICALISED),
    "to www.": (redirected((302, "https://example.org/a"), final="https://www.example.org/a"), Reason.CANONICALISED),
    "to the slash": (redirected((301, "https://example.org/a"), final="https://example.org/a/"), Reason.CANONICALISED),
    "from the index page": (redirected((301, "https://example.org/a/index.html"), final="https://example.org/a/"), Reason.CANONICALISED),
    "through a login and back, tidied": (
        redirected((302, "http://example.org/a"), (302, "https://sso.example.org/check"), final="https://example.org/a"),
        Reason.CANONICALISED,
    ),
    "elsewhere for now": (redirected((302, URL), final=NEW), Reason.REDIRECTED_TEMPORARILY),
    "elsewhere by 303": (redirected((303, URL), final=NEW), Reason.REDIRECTED_TEMPORARILY),
    "elsewhere by 307": (redirected((307, URL), final=NEW), Reason.REDIRECTED_TEMPORARILY),
    "elsewhere for good, then for now": (redirected((301, URL), (302, NEW), final=NEW + "/2"), Reason.REDIRECTED_TEMPORARILY),
    "elsewhere by a meta refresh": (redirected((200, URL), final=NEW), Reason.REDIRECTED_TEMPORARILY),
    # moved
    "elsewhere for good": (redirected((301, URL), final=NEW), Reason.MOVED_PERMANENTLY),
    "elsewhere by 308": (redirected((308, URL), final=NEW), Reason.MOVED_PERMANENTLY),
    "for good, tidied by a 302": (
        redirected((301, URL), (302, "http://example.org/new"), final="https://www.example.org/new/"),
        Reason.MOVED_PERMANENTLY,
    ),
    # broken: no response
    "no such name": (probe(failure(Fault.NAME_NOT_FOUND)), Reason.DOMAIN_NOT_FOUND),
    "a redirect to no such name": (
        probe(response(301, headers={"location": "https://gone.invalid/"}), failure(Fault.NAME_NOT_FOUND, url="https://gone.invalid/", hop=1)),
        Reason.DOMAIN_NOT_FOUND,
    ),
    "refused": (probe(failure(Fault.REFUSED)), Reason.CONNECTION_REFUSED),
    "reset": (probe(failure(Fault.RESET)), Reason.CONNECTION_RESET),
    "no connection in time": (probe(failure(Fault.CONNECT_TIMEOUT)), Reason.TIMEOUT),
    "no response in time": (probe(failure(Fault.TIMEOUT)), Reason.TIMEOUT),
    "no route to the host": (probe(failure(Fault.HOST_UNREACHABLE, "No route to host")), Reason.TIMEOUT),
    "a host that is down": (probe(failure(Fault.HOST_UNREACHABLE, "Host is down")), Reason.TIMEOUT),
    "a timeout within a response": (probe(replace(SUCCESS, fault=Fault.TIMEOUT)), Reason.TIMEOUT),
    "an expired certificate": (probe(failure(Fault.TLS, "certificate has expired")), Reason.TLS_ERROR),
    "not HTTP": (probe(failure(Fault.BAD_RESPONSE)), Reason.BAD_RESPONSE),
    "a body cut short": (probe(failure(Fault.TRUNCATED)), Reason.BAD_RESPONSE),
    "a status that is none": (probe(response(777)), Reason.BAD_RESPONSE),
    "redirected to an invalid URL": (
        probe(response(301, headers={"location": "https://a..b/"}), failure(Fault.INVALID_URL, url="https://a..b/", hop=1)),
        Reason.BAD_RESPONSE,
    ),
    # broken: a response
    "404": (probe(response(404)), Reason.NOT_FOUND),
    "404 after a redirect": (redirected((301, URL), final=NEW, status=404), Reason.NOT_FOUND),
    "404 with a login form": (served(html("Not here", markup="<input type=password>"), status=404), Reason.NOT_FOUND),
    "410": (probe(response(410)), Reason.GONE),
    **{str(code): (probe(response(code)), Reason.SERVER_ERROR) for code in (500, 501, 502, 503, 504, 520, 521, 522, 530)},
    "503 behind a wall's network": (probe(response(503, headers={"server": "AkamaiGHost", "set-cookie": "_abck"})), Reason.SERVER_ERROR),
    "a loop": (probe(response(302, headers={"location": "/b"}), response(302, "https://example.org/b", headers={"location": URL}, hop=1)), Reason.REDIRECT_LOOP),
    "no end of redirects": (
        probe(*(response(302, f"https://example.org/{hop}", headers={"location": f"/{hop + 1}"}, hop=hop) for hop in range(21))),
        Reason.TOO_MANY_REDIRECTS,
    ),
    "a redirect to nowhere": (probe(response(302)), Reason.BAD_RESPONSE),
    "a redirect to no URL": (probe(response(302, headers={"location": "http://[nonsense/"})), Reason.BAD_RESPONSE),
    "home": (redirected((302, URL), final=HOME), Reason.REDIRECTED_TO_HOME),
    "parked": (served(html("example.org is for sale", "Buy this domain. Related searches: loans.")), Reason.PARKED),
    "hijacked": (served(html("澳门新葡京娱乐城_真人百家乐_官网", "注册即送彩金")), Reason.HIJACKED),
    "a soft 404": (served(html("Page not found", "Sorry, the page you are looking for could not be found.")), Reason.SOFT_404),
    "not asked, host known down": (probe(skipped=Reason.HOST_DOWN), Reason.HOST_DOWN),
    # blocked
    "401": (probe(response(401)), Reason.UNAUTHORIZED),
    "407": (probe(response(407)), Reason.UNAUTHORIZED),
    "402": (probe(response(402)), Reason.PAYWALL),
    "402 with a price for programs": (probe(response(402, headers={"crawler-price": "1"})), Reason.CRAWL_FEE),
    "403": (probe(response(403)), Reason.FORBIDDEN),
    "429": (probe(response(429)), Reason.RATE_LIMITED),
    "451": (probe(response(451)), Reason.LEGAL),
    "999": (probe(response(999)), Reason.CHALLENGE),
    "a login": (redirected((302, URL), final="https://example.org/login?next=%2F2014"), Reason.LOGIN_WALL),
    "not in your country": (served(html("Sorry", "This video is not available in your country."), status=403), Reason.GEO),
    # unsure
    "our network is down": (probe(failure(Fault.UNREACHABLE, "Network is unreachable")), Reason.NETWORK_DOWN),
    "a route that names a host": (probe(failure(Fault.UNREACHABLE, "no host can be reached")), Reason.NETWORK_DOWN),
    "a proxy that reaches no host": (probe(failure(Fault.PROXY_FAILED, "through the proxy: 502 no such host")), Reason.NETWORK_DOWN),
    "a captive portal": (probe(response(511)), Reason.NETWORK_DOWN),
    "the resolver does not answer": (probe(failure(Fault.NAME_UNKNOWN)), Reason.DNS_FAILURE),
    **{str(code): (probe(response(code)), Reason.CLIENT_ERROR) for code in (400, 405, 406, 408, 409, 412, 418, 421, 425, 444)},
    "not asked, host paused": (probe(skipped=Reason.HOST_PAUSED), Reason.HOST_PAUSED),
    "a limit of our clients": (probe(failure(Fault.CLIENT_LIMIT, "HTTP/2")), Reason.CLIENT_LIMIT),
    "stopped by us": (probe(failure(Fault.INTERRUPTED)), Reason.INTERRUPTED),
    "stopped before the first request": (probe(), Reason.INTERRUPTED),
    "stopped in the middle of a chain": (probe(response(302, headers={"location": "/b"})), Reason.INTERRUPTED),
    # HEAD alone neither breaks nor blocks a link
    **{f"HEAD {code}": (probe(response(code, method="HEAD")), Reason.INTERRUPTED) for code in (403, 404, 410, 500, 503)},
    "HEAD reset": (probe(failure(Fault.RESET, method="HEAD")), Reason.INTERRUPTED),
    "HEAD redirected home": (
        probe(response(302, method="HEAD", headers={"location": HOME}), response(200, HOME, method="HEAD", hop=1)),
        Reason.INTERRUPTED,
    ),
    "HEAD to no such name": (probe(failure(Fault.NAME_NOT_FOUND, method="HEAD")), Reason.DOMAIN_NOT_FOUND),
    "an internal error": (probe(skipped=Reason.INTERNAL_ERROR), Reason.INTERNAL_ERROR),
    # skipped
    "excluded": (probe(skipped=Reason.EXCLUDED), Reason.EXCLUDED),
    "robots": (probe(skipped=Reason.ROBOTS), Reason.ROBOTS),
    "redirected to an excluded URL": (
        probe(response(301, headers={"location": NEW}), failure(Fault.EXCLUDED, url=NEW, hop=1)),
        Reason.EXCLUDED,
    ),
    "redirected by HEAD to a URL that robots.txt disallows": (
        probe(response(302, method="HEAD", headers={"location": NEW}), failure(Fault.ROBOTS, url=NEW, method="HEAD", hop=1)),
        Reason.ROBOTS,
    ),
    "redirected to a request for a capture": (
        probe(response(302, headers={"location": NEW}), failure(Fault.CAPTURE_REQUEST, url=NEW, hop=1)),
        Reason.CAPTURE_REQUEST,
    ),
    "inside our network": (probe(failure(Fault.UNSAFE_ADDRESS)), Reason.UNSAFE_ADDRESS),
    "not a URL": (probe(failure(Fault.INVALID_URL)), Reason.INVALID_URL),
    "into an application": (probe(response(302, headers={"location": "weixin://dl/business"})), Reason.UNSUPPORTED_SCHEME),
    "into a file": (probe(response(302, headers={"location": "file:///etc/passwd"})), Reason.UNSUPPORTED_SCHEME),
}  # fmt: skip


@pytest.mark.parametrize(("seen", "reason"), BEHAVIOURS.values(), ids=BEHAVIOURS)
def test_behaviour_has_its_reason_and_verdict(seen: Probe, reason: Reason) -> None:
    judgement = judge(seen)
    assert (judgement.reason, judgement.verdict) == (reason, VERDICT_OF[reason])


@pytest.mark.parametrize(
    ("accepted", "reason"),
    [
        ({403}, Reason.OK),
        ({404, 403}, Reason.OK),
        ({404}, Reason.FORBIDDEN),
        (set(), Reason.FORBIDDEN),
    ],
)
def test_an_accepted_error_status_is_alive(accepted: set[int], reason: Reason) -> None:
    found = judge(probe(response(403)), SiteKnowledge(accepted=frozenset(accepted)))
    assert (found.reason, found.verdict, found.status_code) == (reason, VERDICT_OF[reason], 403)


@pytest.mark.parametrize(
    ("name", "detail"),
    [
        ("stopped before the first request", "no request was made"),
        ("a page", ""),
        ("404", "404"),
        ("404 after a redirect", f"404 at {NEW}"),
        ("400", "400"),
        ("530", "530"),
        ("a status that is none", "777"),
        ("HEAD redirected home", "HEAD request: redirected-to-home; GET was not tried"),
        ("an expired certificate", "certificate-expired: certificate has expired"),
        ("a redirect to no such name", "(at https://gone.invalid/)"),
        ("no route to the host", "No route to host"),
        ("our network is down", "Network is unreachable"),
    ],
)
def test_each_judgement_has_its_detail(name: str, detail: str) -> None:
    assert judge(BEHAVIOURS[name][0]).detail == detail


def test_detail_of_a_failure_after_a_redirect_has_both() -> None:
    redirect = response(301, headers={"location": NEW})
    assert judge(
        probe(redirect, failure(Fault.TLS, "self-signed certificate", NEW, hop=1))
    ).detail == (f"certificate-self-signed: self-signed certificate (at {NEW})")
    assert judge(probe(failure(Fault.TLS))).detail == "handshake"


def test_the_detail_names_an_accepted_status() -> None:
    assert (
        judge(probe(response(403)), SiteKnowledge(accepted=frozenset({403}))).detail
        == "403 is accepted for this link"
    )


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        (399, Reason.OK),
        (400, Reason.CLIENT_ERROR),
        (499, Reason.CLIENT_ERROR),
        (500, Reason.SERVER_ERROR),
        (599, Reason.SERVER_ERROR),
        (600, Reason.BAD_RESPONSE),
        (199, Reason.BAD_RESPONSE),
    ],
)
def test_every_class_of_status_codes_has_its_reason(status: int, reason: Reason) -> None:
    assert judge(probe(response(status))).reason is reason


def test_every_reason_is_reached_by_some_behaviour() -> None:
    assert {reason for _, reason in BEHAVIOURS.values()} == set(Reason)


def test_no_rule_ever_fails_to_decide() -> None:
    for seen, _ in BEHAVIOURS.values():
        assert any(rule(build_case(seen)) for rule in RULES)


SITES = (
    SiteKnowledge(),
    SiteKnowledge(sibling=served(PAGE), home=served(PAGE), neighbour=served(PAGE)),
    SiteKnowledge(sibling=probe(response(404)), archived=PAGE, cited_as=("Harbour lights",)),
    SiteKnowledge(sibling=served(PAGE), controls=(served(PAGE),), archived=PAGE),
    SiteKnowledge(sibling=redirected((302, URL), final=HOME), shared_targets={URL: 9}),
    SiteKnowledge(query_sibling=served(PAGE), query_controls=(served(PAGE),), archived=PAGE),
)


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize(
    "url",
    [
        *(URL, HOME, "https://example.org/404.html", "https://example.org/error?status=404"),
        *("https://example.org/cgi-sys/suspendedpage.cgi", "https://example.org/login?next=/a"),
        *(
            "https://weibo.com/sorry?pagenotfound",
            "https://casino.example.org/poker",
            NEW + "?id=5",
        ),
    ],
)
def test_response_without_page_is_judged_the_same_without_the_rules_for_pages(
    method: str, url: str
) -> None:
    statuses = (199, 200, 204, 206, 300, 302, 304, 401, 402, 403, 404, 410, 429, 451, 500, 503, 999)
    headers: tuple[Mapping[str, str], ...] = (
        {},
        {"x-robots-tag": "noindex", "set-cookie": "a"},
        {"server": "cloudflare", "cf-mitigated": "challenge", "location": HOME},
    )
    for status, fields, site in product(statuses, headers, SITES):
        for conditional in (False, True):
            request = response(status, url, method=method, headers=fields)
            seen = replace(probe(replace(request, conditional=conditional)), url=url)
            assert judge(seen, site) == apply_rules(RULES, build_case(seen, site))


def test_page_rules_are_not_applied_to_a_response_without_a_page(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    module = import_module("crawler.liveness.judge")  # the package has a function of this name
    monkeypatch.setattr(module, "RULES", ())
    assert judge(probe(response(200, method="HEAD"))).reason is Reason.OK
    with pytest.raises(ValueError, match="no rule matched"):
        judge(served(PAGE))


@pytest.mark.parametrize(
    ("detail", "kind"),
    [
        (
            "[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: certificate has expired (_ssl.c:1006)",
            "certificate-expired",
        ),
        ("certificate verify failed: certificate is not yet valid", "certificate-expired"),
        (
            "certificate verify failed: Hostname mismatch, certificate is not valid for 'a.org'.",
            "certificate-wrong-host",
        ),
        ("certificate verify failed: self-signed certificate", "certificate-self-signed"),
        ("self signed certificate in certificate chain", "certificate-self-signed"),
        (
            "certificate verify failed: unable to get local issuer certificate",
            "certificate-issuer-unknown",
        ),
        ("certificate revoked", "certificate-revoked"),
        ("[SSL: WRONG_VERSION_NUMBER] wrong version number", "handshake"),
        ("", "handshake"),
    ],
)
def test_tls_errors_name_the_kind_of_certificate_error(detail: str, kind: str) -> None:
    assert judge(probe(failure(Fault.TLS, detail))).detail.split(":")[0] == kind


def test_moved_link_has_its_target_and_status() -> None:
    judgement = judge(redirected((301, URL), (308, NEW), final="https://new.example.org/a"))
    assert (judgement.target, judgement.status_code) == ("https://new.example.org/a", 200)


def test_the_judgement_has_the_time_of_retry_after() -> None:
    judgement = judge(probe(response(503, headers={"retry-after": "3600"})))
    assert judgement.retry_at is not None
    assert (judgement.retry_at - NOW).total_seconds() == pytest.approx(3600.12)


def test_the_detail_of_an_error_after_a_redirect_names_its_url() -> None:
    assert NEW in judge(redirected((301, URL), final=NEW, status=404)).detail


@pytest.mark.parametrize(
    ("markup", "warnings"),
    [
        ('<h2 id="part-two">', ()),
        ('<a name="part-two">', ()),
        ('<h2 id="user-content-part-two">', ()),
        ("<h2>", ("fragment-missing",)),
    ],
)
def test_a_missing_fragment_is_only_a_warning(markup: str, warnings: tuple[str, ...]) -> None:
    url = URL + "#part-two"
    judgement = judge(
        probe(
            response(200),
            evidence=html("Harbour lights", FILLER * 4, markup=markup, url=url),
            url=url,
        )
    )
    assert (judgement.reason, judgement.warnings) == (Reason.OK, warnings)


@pytest.mark.parametrize(
    ("seen", "needed"),
    [
        (probe(response(200, method="HEAD")), False),
        (redirected((301, "http://example.org/a"), final="https://example.org/a"), False),
        (probe(response(404, method="HEAD")), True),
        (probe(response(405, method="HEAD")), True),
        (probe(response(429, method="HEAD")), True),
        (
            probe(
                response(302, method="HEAD", headers={"location": "/b"}),
                response(200, "https://example.org/b", method="HEAD", hop=1),
            ),
            True,
        ),
        (probe(failure(Fault.RESET, method="HEAD")), True),
        (probe(failure(Fault.TIMEOUT, method="HEAD")), True),
        (probe(failure(Fault.REFUSED, method="HEAD")), False),
        (probe(failure(Fault.NAME_NOT_FOUND, method="HEAD")), False),
        (probe(response(404, method="HEAD"), response(404)), False),
        (probe(response(404)), False),
        (probe(), False),
    ],
)
def test_head_is_followed_by_get_unless_it_was_a_plain_success(
    seen: Probe, *, needed: bool
) -> None:
    assert needs_get(seen) is needed


def test_a_successful_get_clears_every_head() -> None:
    for code in range(400, 600):
        assert (
            judge(probe(response(code, method="HEAD"), SUCCESS, evidence=PAGE)).verdict
            is Verdict.ALIVE
        )


class RecordingHeaders(dict[str, str]):
    """Headers that record which names are read."""

    def __init__(self) -> None:
        super().__init__()
        self.read: set[str] = set()

    def __contains__(self, name: object) -> bool:
        self.read.add(str(name))
        return super().__contains__(name)

    def get(self, name: str, default: str | None = None) -> str:  # type: ignore[override]
        self.read.add(name)
        return super().get(name) or default or ""


def test_rules_read_no_header_that_is_not_recorded() -> None:
    headers = RecordingHeaders()
    for status in (200, 302, 403, 404, 429, 503, 521):
        judge(
            probe(
                ProbeRequest(
                    method="GET", url=URL, at=NOW, elapsed_ms=1, status=status, headers=headers
                )
            ),
            SiteKnowledge(),
        )
    assert headers.read
    assert headers.read <= READ_HEADERS


CUT = replace(SUCCESS, fault=Fault.TRUNCATED)


@pytest.mark.parametrize(
    ("requests", "reason"),
    [
        ((CUT, failure(Fault.RESET)), Reason.OK),
        ((CUT, CUT, failure(Fault.TIMEOUT)), Reason.OK),
        ((CUT, failure(Fault.REFUSED), failure(Fault.RESET)), Reason.OK),
        ((CUT, response(503)), Reason.OK),
        ((CUT, response(429)), Reason.OK),
        ((CUT, response(404)), Reason.NOT_FOUND),
        ((CUT, failure(Fault.TRUNCATED)), Reason.OK),
        ((failure(Fault.TRUNCATED), failure(Fault.RESET)), Reason.CONNECTION_RESET),
        ((replace(CUT, status=503), failure(Fault.RESET)), Reason.CONNECTION_RESET),
        ((replace(CUT, method="HEAD"), failure(Fault.RESET)), Reason.CONNECTION_RESET),
    ],
)
def test_a_part_of_a_page_counts_more_than_a_failure_after_it(
    requests: tuple[ProbeRequest, ...], reason: Reason
) -> None:
    assert judge(probe(*requests)).reason is reason
