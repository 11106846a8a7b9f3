"""List the headers, URL patterns and texts by which walls are recognised.

This is data; the rules are in `walls`. All patterns are matched against lower case: text after
`normalise`, header values, one segment of a path, or the beginning of a host name.

Sources: the documentation of `cf-mitigated` (Cloudflare), `x-amzn-waf-action` (AWS WAF) and
`x-vercel-mitigated` (Vercel); the other headers and pages were observed on real sites.
"""

from __future__ import annotations

from typing import Final

from crawler.liveness.soft404_phrases import compile_any

# Status codes that walls use, and those that refuse without a reason.
REFUSING_STATUSES: Final = frozenset(
    {202, 400, 401, 403, 405, 406, 412, 418, 429, 430, 456, 503, 521, 567}
)
_PLAIN: Final = frozenset({403, 405, 406, 412, 418, 430})
_PLAIN_OR_BUSY: Final = _PLAIN | {429}

# Header, pattern of its value, name of the wall: these mean a challenge with any status code.
CHALLENGE_HEADERS: Final = (
    ("cf-mitigated", compile_any(r"."), "Cloudflare"),
    ("x-amzn-waf-action", compile_any("challenge", "captcha"), "AWS WAF"),
    ("x-vercel-mitigated", compile_any("challenge", "deny"), "Vercel"),
    ("x-sucuri-block", compile_any(r"."), "Sucuri"),
)
# These only identify the network, so they count with a refusing status code.
REFUSING_HEADERS: Final = (
    ("x-datadome", compile_any(""), _PLAIN_OR_BUSY, "DataDome"),
    ("x-dd-b", compile_any(""), _PLAIN_OR_BUSY, "DataDome"),
    ("set-cookie", compile_any(r"\bdatadome\b"), _PLAIN_OR_BUSY, "DataDome"),
    ("x-px-block", compile_any(""), _PLAIN_OR_BUSY, "PerimeterX"),
    ("set-cookie", compile_any(r"\b_px"), _PLAIN_OR_BUSY, "PerimeterX"),
    ("x-iinfo", compile_any(""), _PLAIN, "Incapsula"),
    ("set-cookie", compile_any(r"\bincap_ses", r"\bvisid_incap"), _PLAIN, "Incapsula"),
    ("server", compile_any("akamaighost"), _PLAIN, "Akamai"),
    ("set-cookie", compile_any(r"\b_abck\b"), _PLAIN, "Akamai"),
    ("server", compile_any("ddos-guard"), _PLAIN, "DDoS-Guard"),
    ("server", compile_any("sucuri"), _PLAIN, "Sucuri"),
    ("set-cookie", compile_any(r"\b__jsl"), _PLAIN | {521}, "Jiasule"),
)

# Header and pattern of its value, with status 402: the price is for programs. Cloudflare's
# documentation of pay per crawl, the specifications of x402 (version 2) and L402.
CRAWL_FEE_HEADERS: Final = (
    ("crawler-price", compile_any("")),
    ("crawler-error", compile_any("")),
    ("payment-required", compile_any("")),
    ("www-authenticate", compile_any(r"\b(?:l402|lsat|x402|payment)\b")),
)
X402_BODY: Final = compile_any(r'"x402version"\s*:')  # version 1 has its prices in the body

WALL_TITLE: Final = compile_any(
    r"just a moment", r"attention required! \| cloudflare", r"used cloudflare to restrict access", r"please wait\.\.\. \| cloudflare",
    r"verify(?:ing)? (?:that )?you(?:'re| are) (?:a )?human", r"are you (?:a )?(?:human|robot)", r"making sure you're not a bot",
    r"checking your browser", r"security (?:check|verification|checkpoint)", r"human verification", r"robot check", r"bot verification",
    r"access to this page has been denied", r"pardon our interruption", r"ddos-guard", r"one more step", r"captcha",
    r"人机验证", r"安全验证", r"访问验证", r"滑动验证", r"验证码", r"环境异常", r"安全驗證", r"驗證碼", r"請驗證",
    r"ロボットではありません", r"認証が必要です", r"보안 확인", r"자동입력 방지", r"вы не робот", r"подтвердите, что вы", r"проверка браузера",
)  # fmt: skip
WALL_TEXT: Final = compile_any(
    r"enable javascript and cookies to continue", r"verify(?:ing)? (?:that )?you are (?:a )?human", r"press & hold to confirm you are",
    r"checking (?:if the site connection is secure|your browser)", r"complete the security check to access",
    r"request unsuccessful\. incapsula", r"unusual (?:traffic|activity) from your", r"blocked by network security",
    r"confirm (?:that )?you(?:'re| are) (?:not a (?:robot|bot)|human)", r"permission to access [^ ]+ on this server\. reference #",
    r"完成验证后即可继续访问", r"请完成(?:安全|下方)?验证", r"拖动滑块", r"访问过于频繁", r"检测到有异常请求",
    r"您的访问(?:请求)?(?:被|可能)[^。]{0,12}(?:拦截|阻断|威胁)", r"このサイトにアクセスするには認証",
    r"запросы, поступившие с вашего ip-адреса, похожи на автоматические",
)  # fmt: skip

LOGIN_SEGMENT: Final = compile_any(
    r"(?:users?|accounts?|members?|auth|sso)?[-_]?(?:log[-_]?in|sign[-_]?in|logon|signon|auth[-_]?wall|servicelogin)(?:\.\w{2,6})?",
    r"wp-login\.php",
)  # fmt: skip
# Parameters of OAuth and SAML.
LOGIN_QUERY: Final = compile_any(r"(?:^|&)(?:client_id|redirect_uri|samlrequest|wtrealm)=")
# A label before the name of the site: login.example.org, not login.gov.
LOGIN_HOST: Final = compile_any(
    r"(?:log-?in|sign-?in|accounts?|passport|sso|auth|idp|oauth|adfs|shibboleth)\d*\.[^.]+\."
)
LOGIN_TITLE: Final = compile_any(
    r"\blog ?-?in\b", r"\bsign ?-?in\b", r"\blog ?on\b", r"登录", r"登入", r"登錄", r"ログイン", r"로그인", r"\bвход\b", r"войти", r"авторизация",
    r"anmelden", r"anmeldung", r"einloggen", r"connexion", r"se connecter", r"identification", r"iniciar sesión", r"inicio de sesión", r"\bacceder\b",
)  # fmt: skip

INTERSTITIAL_SEGMENT: Final = compile_any(
    r"(?:collect)?consent", r"cookie[-_]?(?:consent|wall|check|test|support)", r"no[-_]?cookies?",
    r"age[-_]?(?:gate|check|verification|verify|confirm)", r"captcha", r"unhuman", r"antispider", r"robot[-_]?check", r"bot[-_]?detection",
    r"privacy[-_]?(?:gate|wall)", r"(?:unsupported[-_]?browser|browser[-_]?check)",
)  # fmt: skip
INTERSTITIAL_HOST: Final = compile_any(r"(?:consent|guce|captcha)\.[^.]+\.")

# What a consent page is about, and what it asks for.
CONSENT_SUBJECT: Final = compile_any(
    r"\bcookies?\b", r"\bprivacy\b", r"personal data", r"privatsphäre", r"datenschutz", r"隐私", r"隱私", r"プライバシー", r"クッキー", r"개인정보", r"쿠키",
    r"конфиденциальн", r"персональн\w+ данн", r"privacidad", r"vie privée", r"confidentialité", r"données personnelles", r"privacidade", r"privasi", r"gizlilik",
    r"الخصوصية", r"ملفات تعريف الارتباط", r"\bgdpr\b", r"\bdsgvo\b", r"\brgpd\b", r"our (?:\w+ ){0,3}partners", r"unsere (?:\w+ ){0,3}partner",
    r"nos (?:\w+ ){0,3}partenaires", r"nuestros (?:\w+ ){0,3}socios", r"\btraceurs\b", r"\btrackers?\b",
    r"(?:store|access) (?:\w+ ){0,3}information on (?:a|your) device", r"合作伙伴", r"个人信息", r"個人資料", r"個人情報",
)  # fmt: skip
# What visitors are to accept before they see the site, or how old they are to be.
TERMS_SUBJECT: Final = compile_any(
    r"terms (?:of|and) (?:use|service|conditions)", r"\bdisclaimer\b", r"nutzungsbedingungen", r"haftungsausschluss", r"conditions (?:générales|d'utilisation)",
    r"términos (?:de|y)", r"termos de", r"condizioni d[i']", r"услови\w+ использования", r"пользовательск\w+ соглашени", r"服务条款", r"服務條款", r"使用条款",
    r"使用條款", r"用户协议", r"免责声明", r"免責聲明", r"利用規約", r"이용약관", r"syarat dan ketentuan", r"kullanım (?:koşul|şart)", r"شروط",
)  # fmt: skip
AGE_SUBJECT: Final = compile_any(
    r"\b(?:legal|minimum|drinking) age\b", r"\bover (?:18|21)\b", r"\b(?:18|21) (?:years|or older|and over)", r"\bof age\b", r"(?:18|21) ?\+",
    r"\b18 (?:jahre|ans|años|anos|anni|лет)", r"volljährig", r"\bmajeure?\b", r"mayor(?:es)? de edad", r"maggiorenn", r"maior de idade", r"совершеннолет",
    r"(?:18|十八) ?(?:周?岁|歲|歳|세)", r"成年",
)  # fmt: skip
AGE_REQUEST: Final = compile_any(
    r"\benter\b", r"\bleave\b", r"\bconfirm\b", r"\bi am\b", r"\byes\b", r"\bja\b", r"eintreten", r"betreten", r"bestätig", r"\bentrer\b", r"confirmer",
    r"\bentrar\b", r"\bentra\b", r"confirm[ao]r?\b", r"\bвойти\b", r"подтвер", r"进入", r"進入", r"离开", r"離開", r"确认", r"確認", r"はい", r"입장", r"확인",
)  # fmt: skip
CONSENT_REQUEST: Final = compile_any(
    r"\baccept\b", r"\bi agree\b", r"\bagree (?:and|to)\b", r"\b(?:press|click|tap) (?:on )?[\"'“]?agree\b", r"\bconsent\b", r"einverstanden", r"zustimm", r"stimmen sie", r"akzeptieren", r"同意", r"接受",
    r"동의", r"\bпринять\b", r"\bпринимаю\b", r"\bсоглас", r"\baceptar\b", r"\bacepto\b", r"\baccepter\b", r"j'accepte", r"consentement", r"\baceitar\b",
    r"\baceito\b", r"\baccett[ao]\b", r"\bsetuju\b", r"kabul", r"أوافق", r"موافق", r"قبول",
)  # fmt: skip

PAYWALL_SEGMENT: Final = compile_any(
    r"subscribe",
    r"subscriptions?",
    r"paywall",
    r"abo",
    r"abonnement",
    r"suscripcion",
    r"suscribete",
)
PAY_TEXT: Final = compile_any(
    r"(?:subscribe|sign up|register|log in) (?:now )?to (?:continue|keep|read)", r"to continue reading", r"already a subscriber",
    r"this (?:article|content|story) is (?:for|only available to) (?:subscribers|members)", r"subscribers? only",
    r"成为会员后(?:阅读|继续)", r"会员专享", r"订阅后(?:继续)?阅读", r"付费(?:阅读|后)", r"訂閱後", r"會員專享", r"会員限定", r"有料会員", r"続きを読むには",
    r"이 기사는 유료", r"구독 후", r"полный текст доступен", r"только для подписчиков", r"nur für abonnenten", r"jetzt weiterlesen mit",
    r"réservé aux abonnés", r"pour lire la suite", r"exclusivo para suscriptores", r"para seguir leyendo",
)  # fmt: skip

GEO_TEXT: Final = compile_any(
    r"(?:not|n't|un)[ -]?(?:currently )?(?:available|accessible|licensed) (?:in|from|for|to) (?:\w+ ){0,3}(?:your|this) (?:country|region|location|area)",
    r"(?:country|region) (?:is )?(?:blocked|restricted|not supported)", r"geo[- ]?(?:blocked|restricted)",
    r"attempting to access this website from a country", r"not available to (?:visitors|users|readers) (?:in|from) (?:the )?(?:eu|european|eea)",
    r"所在的?(?:国家|地区|區域|区域|國家)[^。]{0,14}(?:无法|不可|不能|無法|暂不|不支持)", r"仅限中国大陆", r"僅限[^。]{0,8}地區",
    r"お住まいの(?:国|地域)[^。]{0,14}(?:利用|視聴|ご覧|アクセス)", r"(?:거주|해당|현재) ?(?:국가|지역)에서[^.]{0,14}(?:없|불가)",
    r"недоступ\w+ (?:для просмотра )?в (?:вашей стране|вашем регионе)", r"in (?:ihrem land|ihrer region) (?:leider )?nicht (?:verfügbar|abrufbar)",
    r"n'est pas (?:disponible|accessible) (?:dans|depuis) votre (?:pays|région)", r"no (?:está |se encuentra )?disponible en (?:su|tu) (?:país|región)",
)  # fmt: skip
