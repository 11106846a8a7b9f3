"""Walls: a server that answers, but not to us. Bot challenges, logins, paywalls, legal and geographic bars. A reader may well get past.

Sources: Cloudflare's documentation of `cf-mitigated`, AWS WAF's of `x-amzn-waf-action`, Vercel's of `x-vercel-mitigated`; the others' headers
and pages as they are seen in the field.
"""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import unquote, urlsplit

from crawler.liveness.case import SHORT, TINY, Case, judged
from crawler.urls import host_of
from store.vocabulary import Judgement, Reason

_REFUSALS: Final = frozenset({202, 400, 401, 403, 405, 406, 412, 418, 429, 430, 456, 503, 521, 567})
_PLAIN_REFUSALS: Final = frozenset({403, 405, 406, 412, 418, 430})

# header -> what its value shows, and whose wall it is; these mean a challenge whatever the status
_HEADERS: Final = (
    ("cf-mitigated", re.compile(r"\S"), "Cloudflare"),
    ("x-amzn-waf-action", re.compile(r"challenge|captcha", re.IGNORECASE), "AWS WAF"),
    ("x-vercel-mitigated", re.compile(r"challenge|deny", re.IGNORECASE), "Vercel"),
    ("x-sucuri-block", re.compile(r"\S"), "Sucuri"),
)
# these say whose network it is, and so need a status that refuses
_REFUSING_HEADERS: Final = (
    ("x-datadome", re.compile(r""), _PLAIN_REFUSALS | {429}, "DataDome"),
    ("x-dd-b", re.compile(r""), _PLAIN_REFUSALS | {429}, "DataDome"),
    ("x-px-block", re.compile(r""), _PLAIN_REFUSALS | {429}, "PerimeterX"),
    ("x-iinfo", re.compile(r""), _PLAIN_REFUSALS, "Incapsula"),
    ("server", re.compile(r"akamaighost", re.IGNORECASE), _PLAIN_REFUSALS, "Akamai"),
    ("server", re.compile(r"ddos-guard", re.IGNORECASE), _PLAIN_REFUSALS, "DDoS-Guard"),
    ("server", re.compile(r"sucuri", re.IGNORECASE), _PLAIN_REFUSALS, "Sucuri"),
    ("set-cookie", re.compile(r"\bdatadome\b", re.IGNORECASE), _PLAIN_REFUSALS | {429}, "DataDome"),
    ("set-cookie", re.compile(r"\b_px", re.IGNORECASE), _PLAIN_REFUSALS | {429}, "PerimeterX"),
    ("set-cookie", re.compile(r"\b(?:incap_ses|visid_incap)", re.IGNORECASE), _PLAIN_REFUSALS, "Incapsula"),
    ("set-cookie", re.compile(r"\b_abck\b", re.IGNORECASE), _PLAIN_REFUSALS, "Akamai"),
    ("set-cookie", re.compile(r"\b__jsl", re.IGNORECASE), _PLAIN_REFUSALS | {521}, "Jiasule"),
)
_WALL_TITLE = re.compile(
    r"just a moment|attention required! \| cloudflare|used cloudflare to restrict access|verify(?:ing)? (?:that )?you(?:'re| are) (?:a )?human|are you (?:a )?(?:human|robot)"
    r"|making sure you're not a bot|checking your browser|security (?:check|verification|checkpoint)|human verification|robot check|bot verification"
    r"|access to this page has been denied|pardon our interruption|ddos-guard|please wait\.\.\. \| cloudflare|one more step|captcha|人机验证"
    r"|安全验证|安全驗證|百度安全验证|访问验证|滑动验证|验证码|驗證碼|請驗證|环境异常|sina visitor system|ロボットではありません|認証が必要です|보안 확인|자동입력 방지"
    r"|вы не робот|подтвердите, что вы|проверка браузера"
)
_WALL_TEXT = re.compile(
    r"enable javascript and cookies to continue|verify(?:ing)? (?:that )?you are (?:a )?human|press & hold to confirm you are|checking (?:if the site connection is secure|your browser)"
    r"|complete the security check to access|request unsuccessful\. incapsula|unusual (?:traffic|activity) from your|please verify you are (?:a )?human"
    r"|confirm (?:that )?you(?:'re| are) (?:not a (?:robot|bot)|human)|you don't have permission to access [^ ]+ on this server\. reference #|blocked by network security"
    r"|完成验证后即可继续访问|请完成(?:安全)?验证|拖动滑块|访问过于频繁|检测到有异常请求|您的访问(?:请求)?(?:被|可能)[^。]{0,12}(?:拦截|阻断|威胁)|このサイトにアクセスするには認証"
    r"|запросы, поступившие с вашего ip-адреса, похожи на автоматические"
)

_LOGIN_FOLDER = re.compile(
    r"(?:user|users|account|accounts|member|members|auth|sso)?[-_/]?(?:log[-_]?in|sign[-_]?in|logon|signon|sign_in|auth[-_]?wall|servicelogin)(?:\.\w{2,5}|\.action|\.do)?"
    r"|wp-login\.php|oauth2?|saml2?|openid|authorize"
)
# A label before a site's own name: login.example.org, not login.gov.
_LOGIN_HOST = re.compile(r"(?:log-?in|sign-?in|accounts?|passport|sso|auth|idp|oauth|adfs|shibboleth)\d*\.[^.]+\.")
_GATE_HOST = re.compile(r"(?:consent|guce|captcha)\.[^.]+\.")
_LOGIN_TITLE = re.compile(
    r"(?:please )?(?:log ?-?in|sign ?-?in|log ?on)\b|登录|登入|登錄|ログイン|로그인|вход\b|войти|авторизация|anmelden|anmeldung|einloggen|connexion|se connecter"
    r"|identification|iniciar sesión|inicio de sesión|acceder\b"
)
_GATE_FOLDER = re.compile(
    r"consent|collectconsent|cookie[-_]?(?:consent|wall|check|test)|cookiesupport|nocookie|age[-_]?(?:gate|check|verification|verify|confirm)|captcha|unhuman|antispider"
    r"|robot[-_]?check|bot[-_]?detection|privacy[-_]?(?:gate|wall)|unsupported[-_]?browser|browser[-_]?check"
)
_PAY_FOLDER = re.compile(r"subscribe|subscription|subscriptions|paywall|abo|abonnement|suscripcion|suscribete")
_PAY_TEXT = re.compile(
    r"(?:subscribe|sign up|register|log in) (?:now )?to (?:continue|keep|read)|to continue reading|already a subscriber|this (?:article|content|story) is (?:for|only available to) (?:subscribers|members)"
    r"|subscribers? only|成为会员后(?:阅读|继续)|会员专享|订阅后(?:继续)?阅读|付费(?:阅读|后)|訂閱後|會員專享|会員限定|有料会員|続きを読むには|이 기사는 유료|구독 후|полный текст доступен|только для подписчиков"
    r"|nur für abonnenten|jetzt weiterlesen mit|réservé aux abonnés|pour lire la suite|exclusivo para suscriptores|para seguir leyendo"
)
_GEO_TEXT = re.compile(
    r"(?:not|n't|un)[ -]?(?:currently )?(?:available|accessible|licensed) (?:in|from|for|to) (?:\w+ ){0,3}(?:your|this) (?:country|region|location|area|territory)"
    r"|(?:country|region) (?:is )?(?:blocked|restricted|not supported)|geo[- ]?(?:blocked|restricted)|attempting to access this website from a country"
    r"|not available to (?:visitors|users|readers) (?:in|from) (?:the )?(?:eu|european|eea)"
    r"|(?:您|你)?所在的?(?:国家|地区|區域|区域|國家)[^。]{0,14}(?:无法|不可|不能|無法|暂不|不支持)|仅限中国大陆|僅限[^。]{0,8}地區|お住まいの(?:国|地域)[^。]{0,14}(?:利用|視聴|ご覧|アクセス)"
    r"|(?:거주|해당|현재) ?(?:국가|지역)에서[^.]{0,14}(?:없|불가)|недоступ\w+ (?:для просмотра )?в (?:вашей стране|вашем регионе)|in (?:ihrem land|ihrer region) (?:leider )?nicht (?:verfügbar|abrufbar)|n'est pas (?:disponible|accessible) (?:dans|depuis) votre (?:pays|région)|no (?:está |se encuentra )?disponible en (?:su|tu) (?:país|región)"
)


def challenge(case: Case) -> Judgement | None:
    """Judge the challenge of a bot wall: by headers alone, by who refuses, or by a short page that shows or says it."""
    if case.status == 999:
        return judged(Reason.CHALLENGE, "LinkedIn 999")
    for name, shows, wall in _HEADERS:
        if name in case.last.headers and shows.search(case.header(name)):
            return judged(Reason.CHALLENGE, wall)
    for name, shows, statuses, wall in _REFUSING_HEADERS:
        if case.status in statuses and name in case.last.headers and shows.search(case.header(name)):
            return judged(Reason.CHALLENGE, wall)
    refused = case.status in _REFUSALS
    if not refused and not (case.served and case.size <= SHORT):
        return None
    mark = next((mark for mark in case.page.marks if mark.startswith("wall-")), "")
    title = _WALL_TITLE.search(case.title)
    text = _WALL_TEXT.search(case.text)
    captcha = "captcha" in case.page.marks and (refused or case.size <= TINY // 3)
    # On a success status a single sign may be a living page that is short, or one about walls.
    signs = (2 if mark and case.size <= TINY else bool(mark)) + bool(title) + bool(text) + captcha
    if signs >= (1 if refused else 2):
        return judged(Reason.CHALLENGE, mark.removeprefix("wall-") or "captcha page")
    return None


def login_wall(case: Case) -> Judgement | None:
    """Judge a redirect to a login or consent address, or a page that is a password field and little else."""
    if not case.served and case.status not in {401, 403}:
        return None
    if case.redirected and _leads_to(case, _LOGIN_FOLDER, _LOGIN_HOST):
        return judged(Reason.LOGIN_WALL, f"at {case.last.url}")
    if case.redirected and _leads_to(case, _GATE_FOLDER, _GATE_HOST):
        return judged(Reason.CHALLENGE, f"at {case.last.url}")
    if not case.served or not case.page.password_field or _is_login_address(case.cited):
        return None
    if case.size <= TINY or (case.size <= SHORT // 2 and _LOGIN_TITLE.search(case.title)):
        return judged(Reason.LOGIN_WALL, "a password field and little text")
    return None


def _is_login_address(url: str) -> bool:
    return _has_folder(url, _LOGIN_FOLDER) or _LOGIN_HOST.match(host_of(url)) is not None


def _leads_to(case: Case, folder: re.Pattern[str], host: re.Pattern[str]) -> bool:
    if _has_folder(case.cited, folder):
        return False
    hosts = host_of(case.cited), host_of(case.last.url)
    return _has_folder(case.last.url, folder) or (hosts[0] != hosts[1] and not host.match(hosts[0]) and host.match(hosts[1]) is not None)


def _has_folder(url: str, folder: re.Pattern[str]) -> bool:
    folders = [part for part in unquote(urlsplit(url).path).lower().split("/") if part]
    return any(folder.fullmatch(part) for part in folders)


def paywall(case: Case) -> Judgement | None:
    """Judge 402, a redirect to an offer of subscriptions, or a teaser that ends in one."""
    if case.status == 402:
        return judged(Reason.PAYWALL, "402")
    if not case.served:
        return None
    if case.redirected and _has_folder(case.last.url, _PAY_FOLDER) and not _has_folder(case.cited, _PAY_FOLDER):
        return judged(Reason.PAYWALL, f"at {case.last.url}")
    if "paywalled" in case.page.marks and case.size <= SHORT and _PAY_TEXT.search(case.text):
        return judged(Reason.PAYWALL, "a teaser")
    return None


def legal(case: Case) -> Judgement | None:
    """Judge 451 (RFC 7725)."""
    return judged(Reason.LEGAL, "451") if case.status == 451 else None


def geo(case: Case) -> Judgement | None:
    """Judge an answer that names the visitor's country as the reason, in so many words and not many more."""
    if (case.served and case.size <= TINY * 2) or (case.status == 403 and case.size <= SHORT):
        text = f"{case.title} {case.text}"
        if match := _GEO_TEXT.search(text):
            return judged(Reason.GEO, match[0])
    return None
