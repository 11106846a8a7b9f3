"""List the expected reasons of each URL of the test internet.

Several reasons are given where a client may fairly see either.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from store.vocabulary import Reason
from tests.web.internet import SITES
from tests.web.texts import ARTICLES, MISSING, REMOVED

# Addresses one only passes through, or that stand for a query's absence.
STOPOVERS = re.compile(
    r"http://redirect\.test/(?:(?:hop|chain)-\d+|%D0%C2\.html)|http://b\.bounce\.test/|http://walls\.test/login\?.*|http://ok\.test/story"
)


def _all(host: str, *paths: str, reasons: tuple[Reason, ...]) -> dict[str, frozenset[Reason]]:
    return {f"http://{host}/{path}": frozenset(reasons) for path in paths}


REASONS: Mapping[str, frozenset[Reason]] = {
    **_all(
        "ok.test",
        "",
        *ARTICLES,
        "story?sid=68466",
        "新闻/青石镇",
        "search?q=%C4%E3",
        "gbk",
        "big5",
        "shift_jis",
        reasons=(Reason.OK,),
    ),
    **_all(
        "ok.test",
        "file.pdf",
        "photo.png",
        "large",
        "anchors#one",
        "about-404",
        "204",
        "hints",
        reasons=(Reason.OK,),
    ),
    **_all("ok.test", "story?sid=1", "nothing-here", reasons=(Reason.NOT_FOUND,)),
    **_all("xn--r8jz45g.test", "", reasons=(Reason.OK,)),
    "http://例え.test/": frozenset({Reason.OK}),
    **_all("slow.test", "1", "3", reasons=(Reason.OK,)),
    **_all("slow.test", "60", reasons=(Reason.TIMEOUT,)),
    # statuses
    **_all("status.test", "400", "405", "406", "418", "421", "425", reasons=(Reason.CLIENT_ERROR,)),
    **_all("status.test", "401", reasons=(Reason.UNAUTHORIZED,)),
    **_all("status.test", "402", reasons=(Reason.PAYWALL,)),
    **_all("status.test", "403", reasons=(Reason.FORBIDDEN,)),
    **_all("status.test", "404", reasons=(Reason.NOT_FOUND,)),
    **_all("status.test", "408", reasons=(Reason.CLIENT_ERROR, Reason.TIMEOUT)),
    **_all("status.test", "410", reasons=(Reason.GONE,)),
    **_all("status.test", "451", reasons=(Reason.LEGAL,)),
    **_all("status.test", "500", "501", "502", "503", "504", "520", reasons=(Reason.SERVER_ERROR,)),
    **_all("status.test", "999", reasons=(Reason.CHALLENGE,)),
    **_all(
        "head.test",
        "400",
        "403",
        "404",
        "405",
        "500",
        "501",
        "503",
        "reset",
        "silence",
        "to-home",
        "",
        reasons=(Reason.OK,),
    ),
    **_all("head.test", "only-head", reasons=(Reason.NOT_FOUND,)),
    **_all(
        "busy.test",
        "429-seconds",
        "429-date",
        "429-bare",
        "503-seconds",
        "503-date",
        "ratelimit-headers",
        "sibling",
        reasons=(Reason.OK,),
    ),
    **_all("busy.test", "429-always", "429-nonsense", reasons=(Reason.RATE_LIMITED,)),
    **_all("weary.test", "", reasons=(Reason.RATE_LIMITED,)),
    **_all("weary.test", "sibling", reasons=(Reason.OK, Reason.RATE_LIMITED)),
    **_all(
        "flaky.test",
        *(path.removeprefix("/") for path in SITES["flaky.test"]),
        reasons=(Reason.OK,),
    ),
    # cookies and unusual redirects
    **_all(
        "redirect.test",
        "cookie-attributes",
        "cookie-json",
        "cookie-no-name",
        "cookie-utf-8",
        "cookie-long-ago",
        reasons=(Reason.OK,),
    ),
    **_all("redirect.test", "cookie-elsewhere", reasons=(Reason.REDIRECT_LOOP,)),
    **_all("a.bounce.test", "story", reasons=(Reason.OK,)),
    **_all("b.bounce.test", "nothing", reasons=(Reason.NOT_FOUND,)),
    **_all(
        "redirect.test",
        "gbk-location",
        "two-locations",
        "gbk-refresh",
        "refresh-quoted",
        reasons=(Reason.REDIRECTED_TEMPORARILY,),
    ),
    **_all("redirect.test", "refresh-to-404", reasons=(Reason.NOT_FOUND,)),
    # redirects
    **_all(
        "redirect.test",
        "",
        "en/",
        "new",
        "query-only?page=2",
        "slash/",
        "index/index.html",
        reasons=(Reason.OK,),
    ),
    **_all(
        "redirect.test",
        "301",
        "308",
        "absolute",
        "relative",
        "other-host",
        "protocol-relative",
        "utf-8",
        reasons=(Reason.MOVED_PERMANENTLY,),
    ),
    **_all(
        "redirect.test",
        "302",
        "303",
        "307",
        "query-only",
        "meta-refresh",
        "chain",
        "hop-25",
        reasons=(Reason.REDIRECTED_TEMPORARILY,),
    ),
    **_all(
        "redirect.test", "meta-refresh-slow", reasons=(Reason.OK, Reason.REDIRECTED_TEMPORARILY)
    ),
    **_all("redirect.test", "www", "slash", "index", "secured", reasons=(Reason.CANONICALISED,)),
    **_all("redirect.test", "cookie-gate", reasons=(Reason.OK,)),
    **_all("redirect.test", "hop-1", reasons=(Reason.TOO_MANY_REDIRECTS,)),
    **_all("redirect.test", "self", "loop", "loop-back", reasons=(Reason.REDIRECT_LOOP,)),
    **_all(
        "redirect.test",
        "to-home",
        "to-home-for-good",
        "to-language-home",
        reasons=(Reason.REDIRECTED_TO_HOME,),
    ),
    **_all("redirect.test", "to-404", "nothing-here", reasons=(Reason.NOT_FOUND,)),
    **_all("redirect.test", "to-error-page", reasons=(Reason.SOFT_404,)),
    # cited itself, on a site that is honest about what it does not have: either may be said
    **_all("redirect.test", "error/404.html", reasons=(Reason.SOFT_404, Reason.OK)),
    **_all("redirect.test", "to-unknown-name", reasons=(Reason.DOMAIN_NOT_FOUND,)),
    **_all("redirect.test", "to-refused", reasons=(Reason.CONNECTION_REFUSED,)),
    **_all(
        "redirect.test",
        "to-loopback",
        "to-decimal-address",
        "to-mapped-address",
        reasons=(Reason.UNSAFE_ADDRESS,),
    ),
    **_all("redirect.test", "to-file", "to-app", reasons=(Reason.UNSUPPORTED_SCHEME,)),
    **_all("redirect.test", "no-location", "bad-location", reasons=(Reason.BAD_RESPONSE,)),
    **_all(
        "redirect.test",
        "not-modified",
        reasons=(Reason.OK, Reason.BAD_RESPONSE, Reason.CLIENT_ERROR),
    ),
    **_all("www.redirect.test", "www", reasons=(Reason.OK,)),
    **_all("news.portal.test", "story", reasons=(Reason.REDIRECTED_TO_HOME,)),
    **_all("portal.test", "", reasons=(Reason.OK,)),
    **_all("folded.test", "", reasons=(Reason.OK,)),
    **_all("folded.test", "2014/01/news.html", reasons=(Reason.REDIRECTED_TO_HOME,)),
    # 200, and yet not there; there, and yet not 200
    **{
        f"http://soft-{language.lower()}.test/{path}": frozenset({Reason.OK})
        for language in MISSING
        for path in ("", "article")
    },
    **{
        f"http://soft-{language.lower()}.test/2014/01/news.html": frozenset({Reason.SOFT_404})
        for language in MISSING
    },
    **_all("removed.test", *REMOVED, reasons=(Reason.SOFT_404,)),
    **_all("removed.test", "", reasons=(Reason.OK,)),
    **_all(
        "walls.test",
        "cloudflare",
        "datadome",
        "akamai",
        "perimeterx",
        "captcha",
        reasons=(Reason.CHALLENGE,),
    ),
    **_all("walls.test", "members", reasons=(Reason.LOGIN_WALL,)),
    **_all("walls.test", "paywall", reasons=(Reason.PAYWALL,)),
    **_all("walls.test", "geo", reasons=(Reason.GEO,)),
    **_all("walls.test", "", "login", reasons=(Reason.OK,)),
    **_all("parked.test", "2014/01/news.html", reasons=(Reason.PARKED,)),
    **_all("for-sale.test", "2014/01/news.html", reasons=(Reason.PARKED,)),
    **_all("gambling.test", "2014/01/news.html", reasons=(Reason.HIJACKED, Reason.PARKED)),
    # broken servers
    **_all("faults.test", "reset", reasons=(Reason.CONNECTION_RESET,)),
    **_all("faults.test", "empty-reply", reasons=(Reason.CONNECTION_RESET, Reason.BAD_RESPONSE)),
    **_all(
        "faults.test",
        "reset-in-body",
        "short-body",
        reasons=(Reason.OK, Reason.CONNECTION_RESET, Reason.BAD_RESPONSE),
    ),
    **_all(
        "faults.test",
        "bad-chunks",
        "bad-gzip",
        "bare-header-line",
        reasons=(Reason.OK, Reason.BAD_RESPONSE),
    ),
    **_all(
        "faults.test", "long-body", "http-1.0", "endless-body", "gzip-bomb", reasons=(Reason.OK,)
    ),
    **_all(
        "faults.test",
        "invalid-status-line",
        "status-out-of-range",
        "not-http",
        "huge-header",
        reasons=(Reason.BAD_RESPONSE,),
    ),
    # browsers ignore a length that is no number, and show no page with two that disagree
    **_all("faults.test", "two-lengths", reasons=(Reason.BAD_RESPONSE, Reason.CLIENT_LIMIT)),
    **_all("faults.test", "endless-headers", reasons=(Reason.BAD_RESPONSE, Reason.TIMEOUT)),
    **_all("faults.test", "slow-drip", reasons=(Reason.OK, Reason.TIMEOUT)),
    **_all("faults.test", "slow-head", "silence", reasons=(Reason.TIMEOUT,)),
    # below HTTP
    **_all("refused.test", "", reasons=(Reason.CONNECTION_REFUSED,)),
    **_all("deaf.test", "", reasons=(Reason.TIMEOUT,)),
    **_all("black-hole.test", "", reasons=(Reason.TIMEOUT,)),
    **_all("gone.invalid", "", reasons=(Reason.DOMAIN_NOT_FOUND,)),
    **{
        f"https://{host}/": frozenset({Reason.OK})
        for host in ("ok.test", "redirect.test", "xn--r8jz45g.test")
    },
    "https://redirect.test/secured": frozenset({Reason.OK}),
    **{
        f"{scheme}://{host}/": frozenset(reasons)
        for host in (
            "expired.test",
            "not-yet-valid.test",
            "wrong-host.test",
            "self-signed.test",
            "unknown-authority.test",
            "no-tls.test",
        )
        for scheme, reasons in (("http", (Reason.OK,)), ("https", (Reason.TLS_ERROR,)))
    },
    "https://deaf.test/": frozenset({Reason.TIMEOUT, Reason.TLS_ERROR}),
}
