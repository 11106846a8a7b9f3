"""Test bot checks, logins and paywalls: blocked, never broken, and not confused with living pages."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from crawler.liveness import judge, read_body
from store.vocabulary import PageEvidence, Probe, Reason
from tests.unit.crawler.liveness.probes import FILLER, URL, answer, html, probe, redirected, served

FORM = '<form><input name=user><input type="password" name=word><button>Sign in</button></form>'
FREE = '<script type="application/ld+json">{"isAccessibleForFree": false}</script>'

WALLS: Mapping[str, tuple[Probe, Reason, str]] = {
    # bot walls
    "Cloudflare, by its header": (probe(answer(403, headers={"cf-mitigated": "challenge"})), Reason.CHALLENGE, "Cloudflare"),
    "Cloudflare, before the header": (
        served(html("Just a moment...", "Enable JavaScript and cookies to continue", markup="<script>window._cf_chl_opt={}</script>"), status=503),
        Reason.CHALLENGE,
        "cloudflare",
    ),
    "Cloudflare, blocked": (served(html("Attention Required! | Cloudflare", "Sorry, you have been blocked"), status=403), Reason.CHALLENGE, "captcha page"),
    "Cloudflare, 1020": (
        served(html("Access denied | example.org used Cloudflare to restrict access", "Error 1020"), status=403),
        Reason.CHALLENGE,
        "captcha page",
    ),
    "DataDome": (probe(answer(403, headers={"x-datadome": "protected"})), Reason.CHALLENGE, "DataDome"),
    "DataDome, by its cookie": (probe(answer(403, headers={"set-cookie": "datadome"})), Reason.CHALLENGE, "DataDome"),
    "DataDome, by its page": (served(html("example.org", markup='<script src="https://ct.captcha-delivery.com/c.js"></script>'), status=403), Reason.CHALLENGE, "datadome"),
    "Akamai": (probe(answer(403, headers={"server": "AkamaiGHost"})), Reason.CHALLENGE, "Akamai"),
    "PerimeterX": (served(html("Access to this page has been denied", markup='<div id="px-captcha"></div>'), status=403), Reason.CHALLENGE, "perimeterx"),
    "HUMAN, too many": (served(html("Access to this page has been denied", "Press &amp; Hold to confirm you are a human"), status=429), Reason.CHALLENGE, "captcha page"),
    "Incapsula": (
        served(html("", "Request unsuccessful. Incapsula incident ID: 877000", markup="<iframe src='/_Incapsula_Resource?CWUDNSAI=9'></iframe>")),
        Reason.CHALLENGE,
        "incapsula",
    ),
    "Incapsula, refusing": (probe(answer(403, headers={"x-iinfo": "8-1-2"})), Reason.CHALLENGE, "Incapsula"),
    "AWS WAF": (probe(answer(202, headers={"x-amzn-waf-action": "challenge"})), Reason.CHALLENGE, "AWS WAF"),
    "AWS WAF, captcha": (probe(answer(405, headers={"x-amzn-waf-action": "captcha"})), Reason.CHALLENGE, "AWS WAF"),
    "Vercel": (probe(answer(429, headers={"x-vercel-mitigated": "challenge"})), Reason.CHALLENGE, "Vercel"),
    "Sucuri": (probe(answer(403, headers={"x-sucuri-block": "BLK"})), Reason.CHALLENGE, "Sucuri"),
    "Jiasule": (probe(answer(521, headers={"set-cookie": "__jsluid_s"})), Reason.CHALLENGE, "Jiasule"),
    "Ruishu": (served(html("", markup="<script>$_ts=window['$_ts'];$_ts.cd='q'</script>"), status=412), Reason.CHALLENGE, "ruishu"),
    "Aliyun": (served(html("", markup="<script>var arg1='A1';document.cookie='acw_sc__v2='</script>")), Reason.CHALLENGE, "aliyun"),
    "Anubis": (served(html("Making sure you're not a bot!", markup='<script id="anubis_challenge">{}</script>')), Reason.CHALLENGE, "anubis"),
    "DDoS-Guard": (probe(answer(403, headers={"server": "ddos-guard"})), Reason.CHALLENGE, "DDoS-Guard"),
    "LinkedIn": (probe(answer(999, "https://www.linkedin.com/in/someone")), Reason.CHALLENGE, "LinkedIn 999"),
    "a captcha page": (served(html("安全验证", "请完成下方验证后继续访问", markup='<div class="g-recaptcha"></div>')), Reason.CHALLENGE, "captcha page"),
    "a captcha page, refusing": (served(html("Please wait", markup='<div class="h-captcha"></div>'), status=403), Reason.CHALLENGE, "captcha page"),
    "a consent gate": (redirected((302, URL), final="https://consent.example.com/collectConsent?sessionId=1"), Reason.CHALLENGE, "at https://consent.example.com/collectConsent?sessionId=1"),
    "an age gate": (redirected((302, URL), final="https://example.org/age-gate?to=%2F2014"), Reason.CHALLENGE, "at https://example.org/age-gate?to=%2F2014"),
    # logins
    "a login": (redirected((302, URL), final="https://example.org/login?next=/2014"), Reason.LOGIN_WALL, "at https://example.org/login?next=/2014"),
    "a login in PHP": (redirected((302, URL), final="https://example.org/user/login.php"), Reason.LOGIN_WALL, "at https://example.org/user/login.php"),
    "a login at home": (redirected((302, URL), final="https://example.org/", evidence=html("Sign in", markup=FORM)), Reason.LOGIN_WALL, "a password field and little text"),
    "a login on a host of its own": (redirected((302, URL), final="https://accounts.example.com/v3?continue=x"), Reason.LOGIN_WALL, "at https://accounts.example.com/v3?continue=x"),
    "Shibboleth": (redirected((302, URL), final="https://idp.example.edu/profile/SAML2/Redirect/SSO", status=401), Reason.LOGIN_WALL, "at https://idp.example.edu/profile/SAML2/Redirect/SSO"),
    "OAuth": (redirected((302, URL), final="https://example.com/oauth2/v2.0/authorize?client_id=1&redirect_uri=x"), Reason.LOGIN_WALL, "at https://example.com/oauth2/v2.0/authorize?client_id=1&redirect_uri=x"),
    "WordPress": (redirected((302, URL), final="https://example.org/wp-login.php?redirect_to=x"), Reason.LOGIN_WALL, "at https://example.org/wp-login.php?redirect_to=x"),
    "a password and nothing else": (served(html("Sign in", "Please sign in to continue.", markup=FORM)), Reason.LOGIN_WALL, "a password field and little text"),
    "in Chinese": (served(html("用户登录", "请输入用户名和密码", markup=FORM)), Reason.LOGIN_WALL, "a password field and little text"),
    # money, law, place
    "402": (probe(answer(402)), Reason.PAYWALL, "402"),
    "pay per crawl": (probe(answer(402, headers={"crawler-price": "USD 0.01"})), Reason.CRAWL_FEE, "402, price USD 0.01"),
    "pay per crawl, refused": (probe(answer(402, headers={"crawler-error": "InvalidCrawlerExactPrice"})), Reason.CRAWL_FEE, "402"),
    "x402, version 2": (probe(answer(402, headers={"payment-required": "eyJ4NDAy"})), Reason.CRAWL_FEE, "402"),
    "L402": (probe(answer(402, headers={"www-authenticate": 'L402 macaroon="A", invoice="B"'})), Reason.CRAWL_FEE, "402"),
    "x402, version 1": (
        probe(answer(402), evidence=read_body(b'{"x402Version": 1, "accepts": []}', {"content-type": "application/json"}, URL)),
        Reason.CRAWL_FEE,
        "402, x402",
    ),
    "402 with a login": (probe(answer(402, headers={"www-authenticate": "Basic"})), Reason.PAYWALL, "402"),
    "402 of a shop": (served(html("Payment required", "Subscribe to read."), status=402), Reason.PAYWALL, "402"),
    "an offer": (redirected((302, URL), final="https://example.org/subscribe?from=2014"), Reason.PAYWALL, "at https://example.org/subscribe?from=2014"),
    "only a preview is shown": (served(html("Harbour lights", FILLER + "Subscribe to continue reading.", head=FREE)), Reason.PAYWALL, "only a preview is shown"),
    "a teaser in Japanese": (served(html("港の灯", "市は発表した。続きを読むには会員登録が必要です。", head=FREE)), Reason.PAYWALL, "only a preview is shown"),
    "451": (probe(answer(451)), Reason.LEGAL, "451"),
    "not in your region": (served(html("Not available in your region", "Not available in your country or region."), status=403), Reason.GEO, "not available in your region"),
    "not in your region, politely": (served(html("A film", "This video is not available in your country.")), Reason.GEO, "not available in your country"),
    "not in your region, in Chinese": (served(html("提示", "抱歉，您所在的地区暂不支持观看该视频")), Reason.GEO, "所在的地区暂不支持"),
    "European readers": (served(html("Sorry", "We recognise you are attempting to access this website from a country belonging to the EEA."), status=403), Reason.GEO, "attempting to access this website from a country"),
}  # fmt: skip


@pytest.mark.parametrize(("seen", "reason", "detail"), WALLS.values(), ids=WALLS)
def test_walls_are_recognised(seen: Probe, reason: Reason, detail: str) -> None:
    judgement = judge(seen)
    assert (judgement.reason, judgement.detail) == (reason, detail)


NO_WALLS: Mapping[str, tuple[Probe, Reason]] = {
    "an honest 404 behind Cloudflare": (probe(answer(404, headers={"server": "cloudflare"})), Reason.NOT_FOUND),
    "an honest 404 behind Incapsula": (probe(answer(404, headers={"x-iinfo": "8-1-2", "set-cookie": "visid_incap_1"})), Reason.NOT_FOUND),
    "an honest 404 with a login box": (served(html("Page not found", markup=FORM), status=404), Reason.NOT_FOUND),
    "Cloudflare says the server is down": (served(html("example.org | 521: Web server is down", "Error 521"), status=521), Reason.SERVER_ERROR),
    "a page behind DataDome": (served(html("Harbour", FILLER * 3), headers={"x-datadome": "protected", "set-cookie": "datadome"}), Reason.OK),
    "a page behind Akamai": (served(html("Harbour", FILLER * 3), headers={"server": "AkamaiGHost", "set-cookie": "_abck"}), Reason.OK),
    "an Akamai server in trouble": (probe(answer(503, headers={"server": "AkamaiGHost"})), Reason.SERVER_ERROR),
    "a manual's page on OAuth": (redirected((302, URL), final="https://example.org/guides/oauth2/authorize"), Reason.REDIRECTED_TEMPORARILY),
    "a login that has gone": (redirected((302, URL), final="https://example.org/login", status=404), Reason.NOT_FOUND),
    "a plain 403": (served(html("403 Forbidden", "nginx"), status=403), Reason.FORBIDDEN),
    "a plain 429": (served(html("429 Too Many Requests", "nginx"), status=429), Reason.RATE_LIMITED),
}  # fmt: skip


@pytest.mark.parametrize(("seen", "reason"), NO_WALLS.values(), ids=NO_WALLS)
def test_wall_is_not_seen_where_there_is_none(seen: Probe, reason: Reason) -> None:
    assert judge(seen).reason is reason


def sized(
    letters: int,
    text: str = "",
    *,
    status: int = 200,
    title: str = "",
    html_markers: tuple[str, ...] = (),
    password: bool = False,
) -> Probe:
    """Return a page of exactly this number of letters."""
    page = PageEvidence(
        title=title,
        text=text + "." * (letters - len(text)),
        html_markers=html_markers,
        password_field=password,
    )
    return served(page, status=status)


WALL = "Checking your browser"
TEASER = "Subscribe to continue reading "
COUNTRY = "not available in your country "


@pytest.mark.parametrize(
    ("seen", "reason"),
    [
        # one sign on a refusal, two on a success; a mark counts twice while there is next to nothing else
        (sized(9_000, status=403, title=WALL), Reason.CHALLENGE),
        (sized(9_000, status=404, title=WALL), Reason.NOT_FOUND),
        (sized(100, title=WALL), Reason.OK),
        (sized(1_500, WALL, title=WALL), Reason.CHALLENGE),
        (sized(1_501, WALL, title=WALL), Reason.OK),
        (sized(300, html_markers=("wall-anubis",)), Reason.CHALLENGE),
        (sized(301, html_markers=("wall-anubis",)), Reason.OK),
        (sized(301, WALL, html_markers=("wall-anubis",)), Reason.CHALLENGE),
        (sized(100, WALL, html_markers=("captcha",)), Reason.CHALLENGE),
        (sized(101, WALL, html_markers=("captcha",)), Reason.OK),
        (sized(101, status=403, html_markers=("captcha",)), Reason.CHALLENGE),
        (sized(100, html_markers=("captcha", "paywalled")), Reason.OK),
        # a login: next to nothing but the field, or a little more under such a title
        (sized(300, password=True), Reason.LOGIN_WALL),
        (sized(301, password=True), Reason.OK),
        (sized(750, title="Sign in", password=True), Reason.LOGIN_WALL),
        (sized(751, title="Sign in", password=True), Reason.OK),
        (sized(300, status=403, password=True), Reason.FORBIDDEN),
        (served(PageEvidence(password_field=True), "https://example.org/login"), Reason.OK),
        (served(PageEvidence(password_field=True), "https://login.example.org/a"), Reason.OK),
        # a teaser, by its own account and its words
        (sized(1_500, TEASER, html_markers=("paywalled",)), Reason.PAYWALL),
        (sized(1_501, TEASER, html_markers=("paywalled",)), Reason.OK),
        (sized(1_500, TEASER), Reason.OK),
        (sized(1_500, html_markers=("paywalled",)), Reason.OK),
        # a country
        (sized(600, COUNTRY), Reason.GEO),
        (sized(601, COUNTRY), Reason.OK),
        (sized(1_500, COUNTRY, status=403), Reason.GEO),
        (sized(1_501, COUNTRY, status=403), Reason.FORBIDDEN),
        (sized(100, COUNTRY, status=404), Reason.NOT_FOUND),
        (sized(100, title="Not available in your region", status=403), Reason.GEO),
    ],
)
def test_wall_has_next_to_nothing_behind_it(seen: Probe, reason: Reason) -> None:
    assert judge(seen).reason is reason


LOGIN, GATE, OFFER = (
    "https://example.org/login",
    "https://example.org/consent",
    "https://example.org/subscribe",
)


@pytest.mark.parametrize(
    ("cited", "final", "reason"),
    [
        (URL, LOGIN, Reason.LOGIN_WALL),
        (
            "https://example.org/login/old",
            "https://example.org/login/new",
            Reason.REDIRECTED_TEMPORARILY,
        ),
        (
            "https://accounts.example.org/a",
            "https://accounts.example.com/b",
            Reason.REDIRECTED_TEMPORARILY,
        ),
        (
            "https://accounts.example.org/a",
            "https://accounts.example.org/b",
            Reason.REDIRECTED_TEMPORARILY,
        ),
        (URL, "https://example.org/%4Cogin", Reason.LOGIN_WALL),
        (URL, "https://example.org/LOGIN/", Reason.LOGIN_WALL),
        (URL, "https://example.org/a?CLIENT_ID=1", Reason.LOGIN_WALL),
        (URL, GATE, Reason.CHALLENGE),
        (GATE, "https://example.org/de/consent", Reason.REDIRECTED_TEMPORARILY),
        (URL, "https://consent.example.org/a", Reason.CHALLENGE),
        (URL, OFFER, Reason.PAYWALL),
        (OFFER, "https://example.org/de/subscribe", Reason.REDIRECTED_TEMPORARILY),
    ],
)
def test_where_a_redirect_leads_tells_of_a_wall_unless_it_began_there(
    cited: str, final: str, reason: Reason
) -> None:
    judgement = judge(redirected((302, cited), final=final))
    assert judgement.reason is reason
    assert final in judgement.detail


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        (401, Reason.LOGIN_WALL),
        (403, Reason.LOGIN_WALL),
        (404, Reason.NOT_FOUND),
        (500, Reason.SERVER_ERROR),
    ],
)
def test_login_that_refuses_is_a_login(status: int, reason: Reason) -> None:
    assert judge(redirected((302, URL), final=LOGIN, status=status)).reason is reason
