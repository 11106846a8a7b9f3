"""Serve bot checks, logins, paywalls, and parked or hijacked domains."""

from __future__ import annotations

from crawler.demo.responses import page
from crawler.demo.web import Behaviour
from tests.web.texts import ARTICLES

LOGIN_FORM = (
    '<form method="post" action="/session"><label>User <input name="user"></label>'
    '<label>Password <input type="password" name="password"></label><button>Sign in</button></form>'
)


def cloudflare() -> Behaviour:
    return page(
        "Just a moment...",
        "Enable JavaScript and cookies to continue",
        status=403,
        headers={
            "cf-mitigated": "challenge",
            "Server": "cloudflare",
            "CF-RAY": "8f0000000000abcd-TST",
        },
        head='<meta name="robots" content="noindex,nofollow">',
        markup='<script src="/cdn-cgi/challenge-platform/h/b/orchestrate/chl_page/v1"></script>',
    )


def datadome() -> Behaviour:
    return page(
        "news.test",
        "Please enable JS and disable any ad blocker",
        status=403,
        headers={"x-datadome": "protected", "x-dd-b": "1", "Server": "DataDome"},
        markup='<script src="https://ct.captcha-delivery.com/c.js"></script>',
    )


def akamai() -> Behaviour:
    return page(
        "Access Denied",
        'You don\'t have permission to access "http://walls.test/akamai" on this server.',
        "Reference #18.2f0a1002.1700000000.1a2b3c4d",
        status=403,
        headers={"Server": "AkamaiGHost"},
    )


def perimeterx() -> Behaviour:
    return page(
        "Access to this page has been denied",
        "Press & Hold to confirm you are a human (and not a bot).",
        status=403,
        markup='<div id="px-captcha"></div><script>window._pxAppId="PXtest";</script>',
    )


def captcha() -> Behaviour:
    return page(
        "安全验证",
        "请完成下方验证后继续访问",
        lang="zh-Hans",
        markup='<div class="g-recaptcha" data-sitekey="none"></div><script src="https://www.google.com/recaptcha/api.js"></script>',
    )


def login_form() -> Behaviour:
    return page("Sign in", "Please sign in to continue.", markup=LOGIN_FORM)


def paywall() -> Behaviour:
    title, first, *_ = ARTICLES["en"]
    claim = '<script type="application/ld+json">{"@type": "NewsArticle", "isAccessibleForFree": false}</script>'
    return page(
        title, first, "Subscribe to continue reading. Already a subscriber? Sign in.", head=claim
    )


def geo_block() -> Behaviour:
    return page(
        "Not available in your region",
        "This content is not available in your country or region.",
        status=403,
    )


def parked() -> Behaviour:
    return page(
        "parked.test - This website is for sale!",
        "This domain is parked. Related searches: Loans, Insurance, Casino.",
        "The domain parked.test may be for sale by its owner!",
        markup='<script src="https://www.sedoparking.com/frmpark/parked.test/park.js"></script>',
    )


def for_sale() -> Behaviour:
    return page(
        "域名出售",
        "您正在访问的域名可以转让！This domain is available for purchase. 联系我们报价。",
        lang="zh-Hans",
    )


def gambling() -> Behaviour:
    """Return a gambling page, as expired domains of the Chinese web often show."""
    return page(
        "澳门新葡京娱乐城_真人百家乐_官方注册网址",
        "注册即送彩金，真人百家乐、老虎机、体育投注，24小时在线客服。",
        lang="zh-Hans",
    )
