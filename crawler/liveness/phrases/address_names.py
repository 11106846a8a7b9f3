"""Read from a cited address that its page is a home page, or with its citations, about errors.

A page at `/wiki/404`, or cited as "Page not found", that says "not found" is not lost, and a
redirect from `/wiki/Main_Page` to the root leads to what was cited.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Final
from urllib.parse import parse_qsl, unquote

from crawler.http.urls import host_of, split_url
from crawler.liveness.phrases.soft404_phrases import MISSING_PHRASES, normalise

MISSING_STATUSES: Final = frozenset({"404", "410"})
FAILURE_STATUSES: Final = frozenset({"500", "502", "503", "504"})
_NUMBER = re.compile(r"\d+")
_SUFFIX = re.compile(r"\.[a-z][a-z0-9]{1,4}$")
_NOT_LETTERS = re.compile(r"[\W_]+")
_MIN_PHRASE: Final = 4  # letters
_MIN_SHARE: Final = 0.6  # of a phrase that an address has, without its word for a page
_MIN_WORD: Final = 4  # letters of a name that is one word
# The last part of addresses at which sites, above all wikis, have their home page.
_HOME_NAMES: Final = frozenset(
    _NOT_LETTERS.sub("", normalise(name))
    for name in (
        "main", "mainpage", "home", "homepage", "start", "startpage", "frontpage", "welcome",
        "portal", "index", "default", "landing", "startseite", "hauptseite", "willkommen",
        "accueil", "pageprincipale", "pagedaccueil", "bienvenue", "inicio", "portada",
        "principal", "páginaprincipal", "paginaprincipal", "paginaprincipale", "benvenuto",
        "hoofdpagina", "voorpagina", "stronagłówna", "stronaglowna", "главная",
        "главнаястраница", "заглавнаястраница", "головна", "головнасторінка", "hlavnístrana",
        "hlavnístránka", "úvod", "uvod", "hlavnástránka", "huvudsida", "startsida", "hem",
        "forside", "forsiden", "hovedside", "hjem", "etusivu", "kezdőlap", "kezdolap",
        "főoldal", "fooldal", "anasayfa", "trangchủ", "trangchu", "trangchính", "halamanutama",
        "beranda", "αρχική", "αρχικήσελίδα", "κύριασελίδα", "начало", "началнастраница",
        "paginaprincipală", "acasă", "acasa", "首页", "首頁", "主页", "主頁", "メインページ",
        "ホーム", "トップページ", "대문", "홈", "메인페이지", "الرئيسية", "الصفحةالرئيسية",
        "עמודראשי", "דףהבית", "صفحهاصلی", "หน้าหลัก", "หน้าแรก", "मुखपृष्ठ", "प्रधानपाता",
    )
)  # fmt: skip


def names_home_page(url: str, title: str) -> bool:
    """Return whether an address is, by its last part, that of its site's home page.

    Args:
        url: A cited URL.
        title: The title of the home page that it redirects to. An address that has no other words
            is of the same page: some sites have moved it to the root.

    >>> names_home_page("https://example.org/wiki/Main_Page", "Reef")
    True
    >>> names_home_page("https://minecraft.wiki/w/Minecraft_Wiki", "")
    True
    >>> names_home_page("https://example.org/reef-society", "The Reef Society"), names_home_page(
    ...     "https://example.org/reef-society/news", "The Reef Society"
    ... )
    (True, False)
    """
    segments = _segments(url)
    if not segments:
        return False
    words = _NOT_LETTERS.sub(" ", _SUFFIX.sub("", segments[-1])).split()
    name = "".join(words)
    if name in _HOME_NAMES:
        return True
    labels = host_of(url).removeprefix("www.").split(".")
    if len(name) >= _MIN_WORD and name in {"".join(labels), "".join(labels[:-1]), labels[0]}:
        return True
    is_specific = len(words) > 1 or (len(segments) == 1 and len(name) >= _MIN_WORD)
    return is_specific and set(words) <= set(_NOT_LETTERS.sub(" ", normalise(title)).split())


def names_error(
    url: str,
    statuses: frozenset[str],
    phrases: Iterable[str] = (),
    cited_as: Sequence[str] = (),
) -> bool:
    """Return whether an address or citation has the words of an error that a page may be about.

    Args:
        url: A cited URL.
        statuses: The numbers of the error, which count as words.
        phrases: The words, such as the title of the page; those of missing pages are added.
        cited_as: The texts of the citations.

    >>> urls = [f"https://example.org/{path}" for path in ("wiki/404", "news/14041", "404/reef")]
    >>> [names_error(url, MISSING_STATUSES) for url in urls]
    [True, False, True]
    >>> names_error("https://example.org/album/page-not-found", MISSING_STATUSES)
    True
    >>> names_error("https://example.org/t/9", MISSING_STATUSES, cited_as=["Page not found"])
    True
    """
    names = [*_names(url), *map(normalise, cited_as)]
    if not all(statuses.isdisjoint(_NUMBER.findall(name)) for name in names):
        return True
    compact_names = [_NOT_LETTERS.sub("", _SUFFIX.sub("", name)) for name in names]
    compact_phrases = {_NOT_LETTERS.sub("", normalise(phrase)) for phrase in phrases}
    compact_phrases |= _compact_missing_phrases()
    return any(
        name and _overlaps(name, phrase) for name in compact_names for phrase in compact_phrases
    )


def _overlaps(name: str, phrase: str) -> bool:
    """Return whether an address has a phrase, or is most of it."""
    if len(phrase) >= _MIN_PHRASE and phrase in name:
        return True
    return len(name) >= max(_MIN_PHRASE, _MIN_SHARE * len(phrase)) and name in phrase


@lru_cache(maxsize=1)
def _compact_missing_phrases() -> frozenset[str]:
    return frozenset(
        _NOT_LETTERS.sub("", normalise(phrase))
        for phrases in MISSING_PHRASES.values()
        for phrase in phrases
    )


def _segments(url: str) -> list[str]:
    """Return the parts of a URL's path, normalised; empty ones are left out."""
    parts = (normalise(unquote(part)) for part in split_url(url).path.split("/"))
    return [part for part in parts if part]


def _names(url: str) -> list[str]:
    """Return the parts of a URL's path and the values of its query, normalised."""
    values = parse_qsl(split_url(url).query)
    return [*_segments(url), *(normalise(value.replace("+", " ")) for _, value in values)]
