"""Find markers of bot walls, CAPTCHAs, paywalls and parked domains in HTML.

One marker is not enough for a judgement: shops use CAPTCHAs on live pages, and Cloudflare adds its
scripts to every page that it serves. The rules combine markers with other evidence.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping
from typing import Final

# For each marker, byte strings in lower case. A page that contains one of them has the marker.
HTML_MARKERS: Final[dict[str, tuple[bytes, ...]]] = {
    # challenge pages of bot walls
    "wall-cloudflare": (
        b"_cf_chl_opt",
        b"/cdn-cgi/challenge-platform/h/",
        b"cf-browser-verification",
        b"cf-challenge-running",
    ),
    "wall-datadome": (
        b"captcha-delivery.com",
        b"geo.captcha-delivery",
    ),
    "wall-perimeterx": (
        b"px-captcha",
        b"_pxappid",
        b"captcha.px-cdn.net",
        b"captcha.px-cloud.net",
    ),
    "wall-akamai": (
        b"/_sec/cp_challenge/",
        b"sec-if-cpt-container",
        b"errors.edgesuite.net",
    ),
    "wall-incapsula": (
        b"incapsula incident id",
        b"/_incapsula_resource?cwudnsai",
        b"/_incapsula_resource?swudnsai",
    ),
    "wall-aws": (
        b"token.awswaf.com",
        b"window.gokuprops",
        b"captcha.awswaf.com",
    ),
    "wall-aliyun": (
        b"acw_sc__v2",
        b"errors.aliyun.com",
        b"aliyun_waf_aa",
        b"g.alicdn.com/sd/punish",
        b"/_____tmd_____/punish",
        b"_waf_is_mobile",
    ),
    "wall-jiasule": (b"__jsl_clearance",),
    "wall-ruishu": (
        b"$_ts=window['$_ts']",
        b"$_ts.cd=",
    ),
    "wall-sucuri": (
        b"sucuri website firewall",
        b"sucuri_cloudproxy_js",
    ),
    "wall-anubis": (
        b'id="anubis_challenge"',
        b"id='anubis_challenge'",
        b"/.within.website/x/cmd/anubis/",
    ),
    "wall-ddosguard": (b"/.well-known/ddos-guard/",),
    "wall-kasada": (b"window.kpsdk",),
    "wall-reblaze": (b"window.rbzns",),
    "wall-siteground": (b"/.well-known/sgcaptcha/", b"/.well-known/captcha/?r="),
    "wall-go-away": (b"/cmd/go-away/challenge/",),
    "wall-f5": (b"your support id is",),
    "wall-amazon": (b"/errors/validatecaptcha", b"to discuss automated access to amazon data"),
    "wall-baidu": (b"wappass.baidu.com/static/captcha",),
    "wall-yandex": (b"/checkcaptcha?", b"/__qrator/"),
    "wall-weibo": (b"sina visitor system",),
    # CAPTCHA widgets
    "captcha": (
        b"g-recaptcha",
        b"google.com/recaptcha/",
        b"h-captcha",
        b"hcaptcha.com/1/api.js",
        b"cf-turnstile",
        b"challenges.cloudflare.com/turnstile",
        b"geetest.com",
        b"initgeetest",
        b"smartcaptcha.yandexcloud.net",
        b"funcaptcha.com",
        b"turing.captcha.qcloud.com",
        b"captcha.gtimg.com",
    ),
    # schema.org metadata of paywalled articles
    "paywalled": (
        b'"isaccessibleforfree":false',
        b'"isaccessibleforfree": false',
        b'"isaccessibleforfree":"false"',
        b'"isaccessibleforfree": "false"',
    ),
    # services for unused domains
    "parked": (
        b"sedoparking.com",
        b"img.sedoparking",
        b"parkingcrew.net",
        b"bodis.com",
        b"parklogic.com",
        b"cdn.dan.com",
        b"dan.com/buy-domain",
        b"hugedomains.com/domain_profile",
        b"afternic.com/forsale",
        b"window.lander_system",
        b"/parking-lander/",
        b"d38psrni17bvxu.cloudfront.net",
        b"domain-for-sale.dynadot",
        b"sav.com/parking",
        b"uniregistry.com/market",
        b"parking.reg.ru",
        b'location.href="/lander"',
        b"location.href='/lander'",
        b'location.replace("/lander")',
        b"location.replace('/lander')",
        b"mi.aliyun.com/detail/",
        b"juming.com/ykj",
    ),
}
# Most pages have none of these parts, so that the byte strings with one of them are not searched.
_COMMON_PARTS: Final = (
    b"captcha",
    b"challenge",
    b"parking",
    b"isaccessibleforfree",
    b"location",
    b"aliyun",
    b"incapsula",
    b"sucuri",
    b"geetest",
)
# A script that sets a cookie and loads the page again or another one: a bot check without a name.
# Banners that ask for consent do so, too, but on pages with text.
SCRIPT_CHALLENGE: Final = "script-challenge"
_LOADS_PAGE = re.compile(rb"location\.(?:reload|replace|assign)\(|location(?:\.href)?\s*=[^=]")
_SETS_COOKIE = b"document.cookie"


def find_html_markers(body: bytes) -> tuple[str, ...]:
    """Return the markers found in a page, in the table's order.

    Args:
        body: HTML.

    Returns:
        Keys of `HTML_MARKERS`, and `SCRIPT_CHALLENGE`.

    >>> find_html_markers(b'<div class="G-Recaptcha"></div>')
    ('captcha',)
    """
    lowered = body.lower()
    found = set()
    for part, needles in _NEEDLES_BY_PART.items():
        if part in lowered:
            found |= {marker for needle, marker in needles.items() if needle in lowered}
    markers = [marker for marker in HTML_MARKERS if marker in found]
    if _SETS_COOKIE in lowered and _has_script_challenge(lowered):
        markers.append(SCRIPT_CHALLENGE)
    return tuple(markers)


def _group_needles() -> Mapping[bytes, Mapping[bytes, str]]:
    """Return byte strings with their markers by a common part, or by themselves if they have none.

    >>> _group_needles()[b"geetest"]
    {b'geetest.com': 'captcha', b'initgeetest': 'captcha'}
    """
    groups: defaultdict[bytes, dict[bytes, str]] = defaultdict(dict)
    for marker, needles in HTML_MARKERS.items():
        for needle in needles:
            part = next((part for part in _COMMON_PARTS if part in needle), needle)
            groups[part][needle] = marker
    return groups


_NEEDLES_BY_PART: Final = _group_needles()


def _has_script_challenge(lowered: bytes) -> bool:
    """Return whether one script of a page, in lower case, sets a cookie and loads a page."""
    # Not by a pattern: it would search the rest of the page for each tag that is never closed.
    scripts = (rest.partition(b"</script")[0] for rest in lowered.split(b"<script")[1:])
    return any(_SETS_COOKIE in text and _LOADS_PAGE.search(text) for text in scripts)
