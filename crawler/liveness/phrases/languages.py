"""Guess the language of a text: by its script, and by the most common words of the language.

It only needs to show whether a page changed its language completely.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import Final

from crawler.liveness.phrases.soft404_phrases import normalise

_MIN_LETTERS: Final = 50
_MIN_SHARE_OF_SCRIPT: Final = 0.3  # of the letters; many texts contain names in Latin letters
_MIN_COMMON_WORDS: Final = 4
_LEAD: Final = 2  # factor by which its common words must outnumber those of the next language
_KANA = re.compile("[\u3040-\u30ff]")
_SCRIPTS: Final = {
    "ko": re.compile("[\uac00-\ud7af]"),
    "zh": re.compile("[\u3400-\u9fff]"),
    "th": re.compile("[\u0e00-\u0e7f]"),
    "ar": re.compile("[\u0600-\u06ff]"),
    "he": re.compile("[\u0590-\u05ff]"),
    "el": re.compile("[\u0370-\u03ff]"),
    "hi": re.compile("[\u0900-\u097f]"),
    "ru": re.compile("[\u0400-\u04ff]"),  # and other languages in Cyrillic
}
_LATIN = re.compile("[a-z\u00c0-\u024f\u1e00-\u1eff]")
_COMMON_WORDS: Final = {
    "en": "the of and to in is that for was with are this have from not you which been were their has by they",
    "de": "der die das und ist nicht ein eine mit auf den von zu im auch sich des dem sind wird wurde als bei nach",
    "fr": "le les des est et une dans que qui pour pas sur avec sont du ce au aux par plus cette nous vous",
    "es": "el los las una que del por con para como más pero sus este esta son fue es también muy han y",
    "pt": "os das dos uma que não com para como mais mas seu sua foi são também pelo pela ao um é você",
    "it": "il gli che della di una per con non sono del le alla dei nel più anche come questo essere è",
    "nl": "het een van en dat niet zijn voor met ook aan bij maar wordt naar deze door werd nog de",
    "pl": "nie się na jest że do jak przez dla oraz od po są tym które został ale czy może w",
    "id": "yang dan di untuk dengan dari ini itu pada tidak adalah akan bisa anda dalam juga saja kami oleh atau",
    "vi": "của và là có không được cho các trong với những một người này đã khi từ để tại bạn",
    "tr": "ve bir bu için ile olarak daha çok da en olan gibi sonra ancak değil kadar ne veya her sitesi",
}  # fmt: skip
_COMMON: Final = {language: frozenset(words.split()) for language, words in _COMMON_WORDS.items()}
_WORD = re.compile(r"[^\W\d_]+")
_LONG_WORD = re.compile(r"[a-z\u00c0-\u024f\u1e00-\u1eff\u0400-\u04ff]{4,}")
_SPACELESS_RUN = re.compile("[\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]{2,}")
# English words in menus and footers of pages in any language.
_MARGIN_WORDS: Final = frozenset(
    [
        "about",
        "account",
        "admin",
        "blog",
        "click",
        "comment",
        "comments",
        "contact",
        "cookie",
        "cookies",
        "copyright",
        "email",
        "facebook",
        "google",
        "home",
        "http",
        "https",
        "info",
        "instagram",
        "link",
        "login",
        "menu",
        "more",
        "news",
        "online",
        "page",
        "password",
        "post",
        "posts",
        "privacy",
        "read",
        "register",
        "search",
        "share",
        "site",
        "terms",
        "twitter",
        "update",
        "version",
        "website",
        "welcome",
        "wordpress",
        "powered",
        "reserved",
        "rights",
        "html",
        "index",
    ]
)


def language_of(text: str) -> str:
    """Return the code of the language that a text is in, or "" if that is not clear.

    >>> language_of("The ferry runs again, and the people of the island are glad that it is so.")
    'en'
    >>> language_of("渡轮恢复了航行。" * 9), language_of("Ferry 12")
    ('zh', '')
    """
    normal = normalise(text)
    letters = sum(map(str.isalpha, normal))
    if letters < _MIN_LETTERS:
        return ""
    if language := _language_by_script(normal, letters):
        return language
    if len(_LATIN.findall(normal)) < letters * (1 - _MIN_SHARE_OF_SCRIPT):
        return ""
    words = Counter(_WORD.findall(normal))
    counts = {language: sum(words[word] for word in common) for language, common in _COMMON.items()}
    (first, most), (_, second) = Counter(counts).most_common(2)
    return first if most >= _MIN_COMMON_WORDS and most >= _LEAD * second else ""


def _language_by_script(normal: str, letters: int) -> str:
    """Return the language that has the script of a text; "" for Latin and mixed texts."""
    # A third of the share, as most of a Japanese text may be Chinese characters.
    if len(_KANA.findall(normal)) > letters * _MIN_SHARE_OF_SCRIPT / 3:
        return "ja"
    for language, script in _SCRIPTS.items():
        if len(script.findall(normal)) > letters * _MIN_SHARE_OF_SCRIPT:
            return language
    return ""


def is_in_language_of(short: str, page: str) -> bool:
    """Return whether a short text is evidently in the language of a page.

    Args:
        short: A few words, such as the text of a citation.
        page: The text of a page.

    >>> page = "The ferry runs again, and the people of the island are glad that it is so."
    >>> is_in_language_of("The lamps of the pier", page), is_in_language_of("Hafenlampen", page)
    (True, False)
    """
    text, normal = normalise(page), normalise(short)
    language = _language_by_script(text, sum(map(str.isalpha, text))) or language_of(page)
    has_kana = _KANA.search(normal) is not None
    if language == "ja":
        return has_kana
    if language == "zh" and has_kana:
        return False
    if script := _SCRIPTS.get(language):
        return script.search(normal) is not None
    words = Counter(_WORD.findall(normal))
    counts = {name: sum(words[word] for word in common) for name, common in _COMMON.items()}
    own_count = counts.pop(language, 0)
    return own_count > max(counts.values())


def words_of_meaning(text: str) -> frozenset[str]:
    """Return the words of a text that show its subject: long ones that are not common.

    In scripts without spaces, each pair of neighbouring characters counts as a word.

    >>> sorted(words_of_meaning("The ferry and the 渡轮船"))
    ['ferry', '渡轮', '轮船']
    """
    normal = normalise(text)
    words = set(_LONG_WORD.findall(normal)) - _MARGIN_WORDS
    for common in _COMMON.values():
        words -= common
    for run in _SPACELESS_RUN.findall(normal):
        words.update(run[start : start + 2] for start in range(len(run) - 1))
    return frozenset(words)
