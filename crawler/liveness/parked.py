"""Domains that changed hands: parked, for sale, suspended, or turned into something else under the old name."""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import unquote

from crawler.http.urls import host_of
from crawler.liveness.case import SHORT_PAGE, TINY_PAGE, Case, make_judgement
from crawler.liveness.simhash import FAR_DISTANCE, hamming_distance
from crawler.liveness.soft404_phrases import compile_any, normalise
from store.vocabulary import Judgement, Reason

_DOMAIN_MARKETS: Final = (
    "hugedomains.com", "dan.com", "sedo.com", "sedoparking.com", "afternic.com", "undeveloped.com", "uniregistry.com", "domainmarket.com",
    "buydomains.com", "parkingcrew.net", "bodis.com", "namebright.com", "brandbucket.com", "squadhelp.com", "efty.com", "4.cn", "22.cn",
    "ename.com", "ename.net", "juming.com", "domainname.de", "nicsell.com", "domainprofi.de", "parklogic.com",
)  # fmt: skip
_DOMAIN_NAME = r"(?:\b[\w-]{1,63}\.){1,4}[\w-]{2,63} "
# These speak of the very domain they stand on, not of domains.
_FOR_SALE = compile_any(
    r"this (?:domain|website|site)(?: name)? (?:is|may be|might be) (?:now )?(?:available )?(?:for sale|listed for sale|parked)",
    rf"{_DOMAIN_NAME}(?:is|may be|might be) (?:now )?(?:available )?(?:for sale|listed for sale|parked)",
    r"this domain (?:name )?(?:has )?(?:recently )?(?:expired|been registered)", r"this domain is available for purchase",
    r"buy this domain", r"inquire about this domain", r"make an offer on this domain",
    r"域名(?:正在|可能|已)?(?:出售|转让|拍卖|待售|过期|停放)", r"您正在访问的域名(?:可以|正在)", r"網域(?:正在)?(?:出售|已過期)",
    r"このドメインは?(?:売|販売|現在|お名前)", rf"{_DOMAIN_NAME}は(?:販売|売り)", r"이 도메인은?[^.]{0,10}(?:판매|매물)",
    rf"домен (?:{_DOMAIN_NAME})?(?:продается|продаётся|припаркован|выставлен на продажу)",
    rf"domain (?:{_DOMAIN_NAME})?(?:steht|ist)[^.]{{0,20}}(?:zum verkauf|zu verkaufen|geparkt)",
    rf"domaine (?:{_DOMAIN_NAME})?(?:est )?(?:à vendre|en vente|expiré)", rf"dominio (?:{_DOMAIN_NAME})?(?:está )?(?:en venta|a la venta|aparcado)",
)  # fmt: skip
# Titles of what hosters and bare servers show in place of a site.
_PLACEHOLDER = compile_any(
    r"(?:this )?(?:account|website|site|hosting)(?: account)? (?:has been |is |was )?(?:suspended|deactivated|expired|disabled)\W*",
    r"(?:site|website) (?:is )?(?:not published|no longer available|unavailable)\W*", r"welcome to nginx\W*", r"apache2? (?:\w+ )?default page.*",
    r"test page for the (?:apache|nginx).*", r"iis windows(?: server)?", r"default web site page", r"web server's default page",
    r"该网站(?:暂时)?无法(?:进行)?访问", r"网站(?:已|暂时)关闭", r"站点已停止", r"没有找到站点", r"网站未备案",
)  # fmt: skip
# Words of those who take over dead domains. One may be a page's subject; a title made of them is not.
_SPAM_TERMS: Final = (
    "新葡京", "葡京", "百家乐", "六合彩", "时时彩", "博彩", "娱乐城", "真人娱乐", "彩票平台", "开奖结果", "棋牌", "体育投注", "太阳城", "皇冠体育", "菠菜", "威尼斯人",
    "官网登录入口", "娱乐平台", "bet365", "pk10", "北京赛车", "无码", "av在线", "成人视频", "久久精品",
    "slot gacor", "situs slot", "judi online", "slot online", "togel", "bandar", "casino online", "online casino", "sbobet", "pragmatic play",
    "rtp slot", "toto macau", "オンラインカジノ", "카지노사이트", "바카라", "토토사이트", "먹튀", "казино онлайн", "viagra", "cialis", "payday loan", "porn",
    "escort",
)  # fmt: skip
_SEPARATORS = re.compile(r"[-_/+.]")
_SPAM_PATTERN = compile_any(
    *(rf"\b{word}\b" if word.isascii() else word for word in sorted(_SPAM_TERMS, key=len, reverse=True))
)


def parked_domain(case: Case) -> Judgement | None:
    """Judge a domain on sale, parked or suspended: by where it leads, by what fills it, or by what a page with nothing else on it says."""
    if not case.served:
        return None
    hosts = [host_of(url).removeprefix("www.") for url in (case.cited, case.last.url)]
    markets = (
        name for name in _DOMAIN_MARKETS if _is_under(hosts[1], name) and not _is_under(hosts[0], name)
    )
    if hosts[0] != hosts[1] and (market := next(markets, None)):
        return make_judgement(Reason.PARKED, f"leads to {market}")
    if "/suspendedpage" in case.last.url:
        return make_judgement(Reason.PARKED, "suspended by its hoster")
    title, text = case.title, case.text
    if case.text_length > SHORT_PAGE:
        return None
    if _PLACEHOLDER.fullmatch(title):
        return make_judgement(Reason.PARKED, case.page.title)
    # Parking pages name the domain, and have little else to say.
    host = host_of(case.url).removeprefix("www.")
    marked = (1 if case.text_length > TINY_PAGE // 3 else 2) if "parked" in case.page.html_markers else 0
    offered = bool(_FOR_SALE.search(text)) + bool(_FOR_SALE.search(title)) + marked
    if not offered:
        return None
    signs = offered + title.startswith(host) + (host in text)
    if (signs >= 2 and case.text_length <= TINY_PAGE) or signs >= 3:
        return make_judgement(Reason.PARKED, "for sale, or filled by a parking service")
    return None


def _is_under(host: str, domain: str) -> bool:
    return host == domain or host.endswith("." + domain)


def hijacked_domain(case: Case) -> Judgement | None:
    """Judge a domain taken over for gambling and the like: its title and text are made of such words, and the cited address has none."""
    if not case.served:
        return None
    in_title = _spam_words(case.page.title)
    if not in_title or _spam_words(_SEPARATORS.sub(" ", unquote(case.url))):
        return None
    archived = case.site.archived
    if archived is not None and _spam_words(archived.title) & in_title:
        return None
    changed = (
        archived is not None
        and archived.simhash is not None
        and case.page.simhash is not None
        and hamming_distance(archived.simhash, case.page.simhash) >= FAR_DISTANCE
    )
    if changed or (len(in_title) >= 2 and len(in_title | _spam_words(case.page.text)) >= 3):
        return make_judgement(Reason.HIJACKED, ", ".join(sorted(in_title)))
    return None


def _spam_words(text: str) -> set[str]:
    return set(_SPAM_PATTERN.findall(normalise(text)))
