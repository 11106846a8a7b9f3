"""Servers that answer, but not to us: blocked, never broken, and never mistaken for a living page that has a lock on one door."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from crawler.liveness import judge
from store.vocabulary import Probe, Reason
from tests.unit.crawler.liveness.probes import FILLER, URL, answer, html, probe, redirected, served

FORM = '<form><input name=user><input type="password" name=word><button>Sign in</button></form>'
FREE = '<script type="application/ld+json">{"isAccessibleForFree": false}</script>'

WALLS: Mapping[str, tuple[Probe, Reason]] = {
    # bot walls
    "Cloudflare, by its header": (probe(answer(403, headers={"cf-mitigated": "challenge"})), Reason.CHALLENGE),
    "Cloudflare, before the header": (
        served(html("Just a moment...", "Enable JavaScript and cookies to continue", markup="<script>window._cf_chl_opt={}</script>"), status=503),
        Reason.CHALLENGE,
    ),
    "Cloudflare, blocked": (served(html("Attention Required! | Cloudflare", "Sorry, you have been blocked"), status=403), Reason.CHALLENGE),
    "Cloudflare, 1020": (
        served(html("Access denied | example.org used Cloudflare to restrict access", "Error 1020"), status=403),
        Reason.CHALLENGE,
    ),
    "DataDome": (probe(answer(403, headers={"x-datadome": "protected"})), Reason.CHALLENGE),
    "DataDome, by its cookie": (probe(answer(403, headers={"set-cookie": "datadome"})), Reason.CHALLENGE),
    "DataDome, by its page": (served(html("example.org", markup='<script src="https://ct.captcha-delivery.com/c.js"></script>'), status=403), Reason.CHALLENGE),
    "Akamai": (probe(answer(403, headers={"server": "AkamaiGHost"})), Reason.CHALLENGE),
    "PerimeterX": (served(html("Access to this page has been denied", markup='<div id="px-captcha"></div>'), status=403), Reason.CHALLENGE),
    "HUMAN, too many": (served(html("Access to this page has been denied", "Press &amp; Hold to confirm you are a human"), status=429), Reason.CHALLENGE),
    "Incapsula": (
        served(html("", "Request unsuccessful. Incapsula incident ID: 877000", markup="<iframe src='/_Incapsula_Resource?CWUDNSAI=9'></iframe>")),
        Reason.CHALLENGE,
    ),
    "Incapsula, refusing": (probe(answer(403, headers={"x-iinfo": "8-1-2"})), Reason.CHALLENGE),
    "AWS WAF": (probe(answer(202, headers={"x-amzn-waf-action": "challenge"})), Reason.CHALLENGE),
    "AWS WAF, captcha": (probe(answer(405, headers={"x-amzn-waf-action": "captcha"})), Reason.CHALLENGE),
    "Vercel": (probe(answer(429, headers={"x-vercel-mitigated": "challenge"})), Reason.CHALLENGE),
    "Sucuri": (probe(answer(403, headers={"x-sucuri-block": "BLK"})), Reason.CHALLENGE),
    "Jiasule": (probe(answer(521, headers={"set-cookie": "__jsluid_s"})), Reason.CHALLENGE),
    "Ruishu": (served(html("", markup="<script>$_ts=window['$_ts'];$_ts.cd='q'</script>"), status=412), Reason.CHALLENGE),
    "Aliyun": (served(html("", markup="<script>var arg1='A1';document.cookie='acw_sc__v2='</script>")), Reason.CHALLENGE),
    "Anubis": (served(html("Making sure you're not a bot!", markup='<script id="anubis_challenge">{}</script>')), Reason.CHALLENGE),
    "DDoS-Guard": (probe(answer(403, headers={"server": "ddos-guard"})), Reason.CHALLENGE),
    "LinkedIn": (probe(answer(999, "https://www.linkedin.com/in/someone")), Reason.CHALLENGE),
    "a captcha page": (served(html("安全验证", "请完成下方验证后继续访问", markup='<div class="g-recaptcha"></div>')), Reason.CHALLENGE),
    "a captcha page, refusing": (served(html("Please wait", markup='<div class="h-captcha"></div>'), status=403), Reason.CHALLENGE),
    "a consent gate": (redirected((302, URL), final="https://consent.example.com/collectConsent?sessionId=1"), Reason.CHALLENGE),
    "an age gate": (redirected((302, URL), final="https://example.org/age-gate?to=%2F2014"), Reason.CHALLENGE),
    # logins
    "a login": (redirected((302, URL), final="https://example.org/login?next=/2014"), Reason.LOGIN_WALL),
    "a login in PHP": (redirected((302, URL), final="https://example.org/user/login.php"), Reason.LOGIN_WALL),
    "a login at home": (redirected((302, URL), final="https://example.org/", evidence=html("Sign in", markup=FORM)), Reason.LOGIN_WALL),
    "a login on a host of its own": (redirected((302, URL), final="https://accounts.example.com/v3?continue=x"), Reason.LOGIN_WALL),
    "Shibboleth": (redirected((302, URL), final="https://idp.example.edu/profile/SAML2/Redirect/SSO", status=401), Reason.LOGIN_WALL),
    "OAuth": (redirected((302, URL), final="https://example.com/oauth2/v2.0/authorize?client_id=1&redirect_uri=x"), Reason.LOGIN_WALL),
    "WordPress": (redirected((302, URL), final="https://example.org/wp-login.php?redirect_to=x"), Reason.LOGIN_WALL),
    "a password and nothing else": (served(html("Sign in", "Please sign in to continue.", markup=FORM)), Reason.LOGIN_WALL),
    "in Chinese": (served(html("用户登录", "请输入用户名和密码", markup=FORM)), Reason.LOGIN_WALL),
    # money, law, place
    "402": (probe(answer(402)), Reason.PAYWALL),
    "an offer": (redirected((302, URL), final="https://example.org/subscribe?from=2014"), Reason.PAYWALL),
    "a teaser": (served(html("Harbour lights", FILLER + "Subscribe to continue reading.", head=FREE)), Reason.PAYWALL),
    "a teaser in Japanese": (served(html("港の灯", "市は発表した。続きを読むには会員登録が必要です。", head=FREE)), Reason.PAYWALL),
    "451": (probe(answer(451)), Reason.LEGAL),
    "not in your region": (served(html("Not available in your region", "Not available in your country or region."), status=403), Reason.GEO),
    "not in your region, politely": (served(html("A film", "This video is not available in your country.")), Reason.GEO),
    "not in your region, in Chinese": (served(html("提示", "抱歉，您所在的地区暂不支持观看该视频")), Reason.GEO),
    "European readers": (served(html("Sorry", "We recognise you are attempting to access this website from a country belonging to the EEA."), status=403), Reason.GEO),
}  # fmt: skip


@pytest.mark.parametrize(("seen", "reason"), WALLS.values(), ids=WALLS)
def test_wall_is_known(seen: Probe, reason: Reason) -> None:
    assert judge(seen).reason is reason


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
