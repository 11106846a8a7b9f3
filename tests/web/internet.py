"""The test internet: every host and URL, and the servers behind them."""

from __future__ import annotations

import ssl
import tempfile
from datetime import timedelta
from pathlib import Path
from typing import Self

from crawler.demo.responses import (
    by_method,
    delayed,
    document,
    https_only,
    meta_refresh,
    page,
    redirect,
    retry_after,
    sequence,
    status,
    with_cookie,
)
from crawler.demo.web import ANY, Behaviour, FakeWeb, Sites
from tests.web import faults, walls
from tests.web.certificates import Authority
from tests.web.texts import ARTICLES, MISSING, REMOVED, article, missing, removed

ARTICLE = article()
ABOUT_404 = page(
    "HTTP 404",
    "In computer network communications, the HTTP 404, 404 not found, or page not found error message tells a client that the "
    "server could be reached but had nothing at the address it was asked for.",
    "Server operators often replace the default text with one of their own. The earliest known description stands in the 1992 draft.",
    "Some sites answer 200 instead, which is known as a soft 404.",
)


def _cookie_loop(cookie: str) -> Behaviour:
    """Redirect to the same address until a cookie comes back with exactly the value that was set."""
    return faults.until_cookie(cookie.partition(";")[0], cookie, ARTICLE)


PLAIN: Sites = {
    "ok.test": {
        "/": ARTICLE,
        **{f"/{language}": article(language) for language in ARTICLES},
        "/story?sid=68466": article("zh-Hans"),
        "/story": status(404),
        "/新闻/青石镇": article("zh-Hans"),
        "/search?q=%C4%E3": article("zh-Hans", encoding="gb18030"),
        "/gbk": article("zh-Hans", encoding="gbk"),
        "/big5": article("zh-Hant", encoding="big5"),
        "/shift_jis": article("ja", encoding="shift_jis"),
        "/file.pdf": document(b"%PDF-1.7\n" + b"%" * 5000, "application/pdf"),
        "/photo.png": document(b"\x89PNG\r\n\x1a\n" + bytes(300_000), "image/png"),
        "/large": page("A long page", *["Another paragraph of a long page." * 10] * 4000),
        "/anchors": page(
            "Chapters",
            "One page, many chapters.",
            markup='<h2 id="one">One</h2><a name="two"></a><h2 id="user-content-three">3</h2>',
        ),
        "/about-404": ABOUT_404,
        "/204": status(204),
        "/hints": article(head='<link rel="canonical" href="http://ok.test/hints">'),
        ANY: status(404),
    },
    "xn--r8jz45g.test": {"/": article("ja"), ANY: status(404)},  # 例え.test
    "slow.test": {
        "/1": delayed(1, ARTICLE),
        "/3": delayed(3, ARTICLE),
        "/60": delayed(60, ARTICLE),
    },
    "status.test": {
        f"/{code}": status(code)
        for code in (
            400,
            401,
            402,
            403,
            404,
            405,
            406,
            408,
            410,
            418,
            421,
            425,
            451,
            500,
            501,
            502,
            503,
            504,
            520,
            999,
        )
    },
    "head.test": {
        **{
            f"/{code}": by_method(head=status(code), get=ARTICLE)
            for code in (400, 403, 404, 405, 500, 501, 503)
        },
        "/reset": by_method(head=faults.reset(), get=ARTICLE),
        "/silence": by_method(head=faults.silence(), get=ARTICLE),
        "/to-home": by_method(head=redirect(302, "/"), get=ARTICLE),
        "/only-head": by_method(head=ARTICLE, get=status(404)),
        "/": ARTICLE,
    },
    "busy.test": {
        "/429-seconds": sequence(retry_after(429, timedelta(seconds=2)), ARTICLE),
        "/429-date": sequence(retry_after(429, timedelta(seconds=2), as_date=True), ARTICLE),
        "/429-bare": sequence(status(429), ARTICLE),
        "/429-always": retry_after(429, timedelta(seconds=1)),
        "/429-nonsense": status(429, headers={"Retry-After": "later"}),
        "/503-seconds": sequence(retry_after(503, timedelta(seconds=2)), ARTICLE),
        "/503-date": sequence(retry_after(503, timedelta(seconds=2), as_date=True), ARTICLE),
        "/ratelimit-headers": page(
            "Rationed",
            "One more.",
            headers={"RateLimit-Limit": "10", "RateLimit-Remaining": "0", "RateLimit-Reset": "2"},
        ),
        "/sibling": ARTICLE,
    },
    "weary.test": {"/": retry_after(429, timedelta(hours=1)), "/sibling": ARTICLE},
    "flaky.test": {
        **{
            f"/{code}-then-200": sequence(status(code), ARTICLE)
            for code in (408, 425, 500, 502, 503, 504)
        },
        "/500-twice-then-200": sequence(status(500), status(500), ARTICLE),
        "/reset-then-200": sequence(faults.reset(), ARTICLE),
        "/short-then-200": sequence(faults.short_body(), ARTICLE),
    },
}

REDIRECTS: Sites = {
    "redirect.test": {
        "/": page(
            "A small paper",
            "The front page of a small paper.",
            "Harbour lights. Ferry timetable. Weather.",
        ),
        "/en/": page("A small paper in English", "The front page in English."),
        "/new": ARTICLE,
        **{f"/{code}": redirect(code, "/new") for code in (301, 302, 303, 307, 308)},
        "/absolute": redirect(301, "http://redirect.test/new"),
        "/relative": redirect(301, "new"),
        "/query-only": redirect(302, "?page=2"),
        "/query-only?page=2": ARTICLE,
        "/other-host": redirect(301, "http://ok.test/en"),
        "/protocol-relative": redirect(301, "//ok.test/en"),
        "/utf-8": redirect(301, "http://ok.test/新闻/青石镇"),
        "/meta-refresh": meta_refresh("/new"),
        "/meta-refresh-slow": meta_refresh("/new", seconds=30),
        "/chain": redirect(301, "/chain-2"),
        "/chain-2": redirect(302, "/chain-3"),
        "/chain-3": redirect(301, "/new"),
        **{f"/hop-{number}": redirect(302, f"/hop-{number + 1}") for number in range(1, 31)},
        "/hop-31": ARTICLE,
        "/self": redirect(302, "/self"),
        "/loop": redirect(302, "/loop-back"),
        "/loop-back": redirect(302, "/loop"),
        "/to-home": redirect(302, "/"),
        "/to-home-for-good": redirect(301, "/"),
        "/to-language-home": redirect(302, "/en/"),
        "/to-404": redirect(301, "/nowhere"),
        "/to-error-page": redirect(302, "/error/404.html"),
        "/error/404.html": missing("en"),
        "/to-unknown-name": redirect(301, "http://gone.invalid/"),
        "/to-refused": redirect(302, "http://refused.test/"),
        "/to-loopback": redirect(302, "http://127.0.0.1:1/admin"),
        "/to-decimal-address": redirect(302, "http://2130706433:1/"),
        "/to-mapped-address": redirect(302, "http://[::ffff:127.0.0.1]:1/"),
        "/to-file": redirect(302, "file:///etc/passwd"),
        "/to-app": redirect(302, "weixin://dl/business"),
        "/no-location": status(302),
        "/bad-location": redirect(302, "http://[nonsense/"),
        "/not-modified": status(304),
        "/www": redirect(301, "http://www.redirect.test/www"),
        "/slash": redirect(301, "/slash/"),
        "/slash/": ARTICLE,
        "/index": redirect(301, "/index/index.html"),
        "/index/index.html": ARTICLE,
        "/secured": https_only(ARTICLE),
        "/cookie-gate": with_cookie(
            "seen",
            without=redirect(302, "/cookie-gate", headers={"Set-Cookie": "seen=1; Path=/"}),
            then=ARTICLE,
        ),
        "/cookie-attributes": _cookie_loop("a=b; Secure; SameSite=None; Partitioned"),
        "/cookie-json": _cookie_loop('a={"seen": [1, 2], "at": "x y"}; Priority=High'),
        "/cookie-no-name": _cookie_loop("a; Path=/"),
        "/cookie-utf-8": _cookie_loop("a=新闻"),
        "/cookie-long-ago": _cookie_loop("a=b; Expires=Thu, 01-Jan-2099 00:00:00 GMT; Max-Age=x"),
        "/cookie-elsewhere": _cookie_loop("a=b; Path=/other"),
        "/gbk-location": faults.raw_redirect(b"Location: /\xd0\xc2.html\r\n"),
        "/%D0%C2.html": ARTICLE,
        "/two-locations": faults.raw_redirect(b"Location: /new\r\nLocation: /new\r\n"),
        "/gbk-refresh": faults.raw_refresh(b"Refresh: 0;url=/\xd0\xc2.html\r\n"),
        "/refresh-to-404": faults.raw_refresh(b"Refresh: 0;url=/404.html\r\n"),
        "/refresh-quoted": faults.raw_refresh(b"refresh: 3; URL='/new'\r\n"),
        ANY: status(404),
    },
    "a.bounce.test": {
        "/story": with_cookie("seen", without=redirect(302, "http://b.bounce.test/"), then=ARTICLE),
        ANY: status(404),
    },
    "b.bounce.test": {
        "/": redirect(
            302,
            "http://a.bounce.test/story",
            headers={"Set-Cookie": "seen=1; Domain=.bounce.test; Path=/"},
        ),
        ANY: status(404),
    },
    "www.redirect.test": {"/www": ARTICLE, ANY: status(404)},
    "news.portal.test": {"/story": redirect(301, "http://portal.test/"), ANY: status(404)},
    "portal.test": {"/": page("Portal", "News, mail, weather, horoscopes."), ANY: status(404)},
    "folded.test": {  # a closed site: every address leads to the front page
        "/": page("A site that folded", "Thank you for ten years."),
        ANY: redirect(302, "/"),
    },
}

PRETENDERS: Sites = {
    **{
        f"soft-{language.lower()}.test": {
            "/": article(language),
            "/article": article(language),
            ANY: missing(language),
        }
        for language in MISSING
    },
    "removed.test": {
        "/": article("zh-Hans"),
        **{f"/{kind}": removed(kind) for kind in REMOVED},
        ANY: status(404),
    },
    "walls.test": {
        "/cloudflare": walls.cloudflare(),
        "/datadome": walls.datadome(),
        "/akamai": walls.akamai(),
        "/perimeterx": walls.perimeterx(),
        "/captcha": walls.captcha(),
        "/login": walls.login_form(),
        "/members": redirect(302, "/login?next=%2Fmembers"),
        "/login?next=%2Fmembers": walls.login_form(),
        "/paywall": walls.paywall(),
        "/geo": walls.geo_block(),
        "/": article(),
        ANY: status(404),
    },
    "parked.test": {ANY: walls.parked()},
    "for-sale.test": {ANY: walls.for_sale()},
    "gambling.test": {ANY: walls.gambling()},
}

BROKEN_SERVERS: Sites = {
    "faults.test": {
        "/reset": faults.reset(),
        "/empty-reply": faults.empty_reply(),
        "/reset-in-body": faults.reset_in_body(),
        "/short-body": faults.short_body(),
        "/long-body": faults.long_body(),
        "/two-lengths": faults.two_lengths(),
        "/bad-chunks": faults.bad_chunks(),
        "/http-1.0": faults.http_1_0(),
        "/invalid-status-line": faults.invalid_status_line(),
        "/status-out-of-range": faults.status_out_of_range(),
        "/not-http": faults.not_http(),
        "/bare-header-line": faults.bare_header_line(),
        "/huge-header": faults.huge_header(),
        "/endless-headers": faults.endless_headers(),
        "/endless-body": faults.endless_body(),
        "/gzip-bomb": faults.gzip_bomb(),
        "/bad-gzip": faults.bad_gzip(),
        "/slow-drip": faults.slow_drip(),
        "/slow-head": faults.slow_head(),
        "/silence": faults.silence(),
    },
    **{
        host: {"/": ARTICLE}
        for host in (
            "expired.test",
            "not-yet-valid.test",
            "wrong-host.test",
            "self-signed.test",
            "unknown-authority.test",
            "no-tls.test",
        )
    },
}

SITES: Sites = {**PLAIN, **REDIRECTS, **PRETENDERS, **BROKEN_SERVERS}

# Hosts that are known by what happens when one connects, whichever address of theirs is asked for.
REFUSING = frozenset({"refused.test"})
DEAF = "deaf.test"  # connected, then nothing, not even a TLS handshake
BLACK_HOLE = "black-hole.test"  # the connection attempt itself gets no answer
UNKNOWN_NAME = "gone.invalid"  # RFC 6761 keeps .invalid for names that never resolve


class Internet(FakeWeb):
    """The test internet, running: HTTP and HTTPS for every host of `SITES`, and the hosts that fail below HTTP."""

    def __init__(self, sites: Sites = SITES) -> None:
        self._authority = Authority()
        super().__init__(sites, refusing=REFUSING, tls=self._authority.server_context())

    async def __aenter__(self) -> Self:
        await super().__aenter__()
        self._addresses["deaf"] = await self._open.enter_async_context(faults.deaf_port())
        self._addresses["black hole"] = await self._open.enter_async_context(faults.black_hole())
        folder = Path(
            self._open.enter_context(tempfile.TemporaryDirectory(prefix="test-internet-"))
        )
        self.ca_file = folder / "ca.pem"
        self._authority.write_certificate(self.ca_file)
        return self

    def server_context_for(self, name: str) -> ssl.SSLContext:
        """Return a TLS context for another server, with a certificate by the authority in `ca_file`."""
        return self._authority.context_for(name)

    def connect_to(self, *, wildcard: bool = False) -> dict[str, str]:
        below = {DEAF: self._addresses["deaf"], BLACK_HOLE: self._addresses["black hole"]}
        return (
            super().connect_to(wildcard=wildcard)
            | {
                f"{host}:{port}": address
                for host, address in below.items()
                for port in ("80", "443")
            }
            | {"no-tls.test:443": self._addresses["http"]}
        )
