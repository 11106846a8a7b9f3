"""List texts and services by which parked and hijacked domains are recognised.

The rules are in `parked`. Texts are matched after `normalise`.
"""

from __future__ import annotations

import re
from typing import Final

from crawler.liveness.phrases.soft404_phrases import compile_any

DOMAIN_MARKETS: Final = (
    "hugedomains.com", "dan.com", "sedo.com", "sedoparking.com", "afternic.com", "undeveloped.com", "uniregistry.com", "domainmarket.com",
    "buydomains.com", "parkingcrew.net", "bodis.com", "namebright.com", "brandbucket.com", "squadhelp.com", "efty.com", "4.cn", "22.cn",
    "ename.com", "ename.net", "juming.com", "domainname.de", "nicsell.com", "domainprofi.de", "parklogic.com",
)  # fmt: skip
_NAME = r"(?:\b[\w-]{1,63}\.){1,4}[\w-]{2,63}"
_DOMAIN_NAME = rf"{_NAME} "
DOMAIN_NAME: Final = re.compile(_NAME)
# Sentences about the domain of the page itself, not about domains in general.
FOR_SALE = compile_any(
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
# Titles of pages that hosting providers and unconfigured servers show instead of a site.
PLACEHOLDER = compile_any(
    r"(?:this )?(?:account|website|site|hosting)(?: account)? (?:has been |is |was )?(?:suspended|deactivated|expired|disabled)\W*",
    r"(?:site|website) (?:is )?(?:not published|no longer available|unavailable)\W*", r"welcome to nginx\W*", r"apache2? (?:\w+ )?default page(?:: it works)?\W*",
    r"test page for the (?:apache|nginx)(?: http)?(?: server)?(?: (?:on|powered by) [\w ]{1,40})?\W*", r"default web site page", r"web server's default page",
    r"该网站(?:暂时)?无法(?:进行)?访问", r"网站(?:已|暂时)关闭", r"站点已停止", r"没有找到站点", r"网站未备案",
)  # fmt: skip
# Titles of such pages that have no text but a picture: with a text the page may be about them.
BLANK_PLACEHOLDER = compile_any(r"iis windows(?: server)?", r"iis ?\d+(?:\.\d)?")
