"""Make random URLs that should not exist, to find out what a site returns for missing pages.

A random URL resembles a cited one. It is in the same folder, but with other numbers in the path,
since many sites find a page by a number and ignore the name after it. Or it has the same path and
query parameters, with another value.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from random import choices
from string import ascii_lowercase
from typing import Final
from urllib.parse import parse_qsl, quote

from crawler.http.urls import InvalidUrl, request_url, split_url
from crawler.liveness.rules.redirects import is_home_page

_RANDOM_LETTERS: Final = 25  # of the name of a page that no site has
_RANDOM_DIGITS: Final = 9
_DIGITS = re.compile(r"\d+")
# A folder that is a number, or contains three digits or more, identifies a page; a date does not.
_ID = re.compile(r"\d+|.*\d{3}.*")
_YEAR = re.compile(r"(?:1[89]|20)\d\d(?:[-_.]?(?:0?[1-9]|1[0-2])(?:[-_.]?\d\d?)?)?")
# A year is no part of a longer number; a date without separators has six or eight digits.
_DATED = re.compile(r"(?<!\d)(?:1[89]|20)\d\d(?:(?:0[1-9]|1[0-2])(?:[0-2]\d|3[01])?)?(?!\d)")
_DATE_PART = re.compile(r"\d\d?")
_SEARCH_PATH = re.compile(
    r"/(?:advanced|site|full)?-?(?:search|find|query|suche|recherche|buscar|busqueda|ricerca|zoek|szukaj|"
    r"poisk|sousuo|kensaku|cari|ara)(?:[-_.]?results?)?(?:\.\w{2,5})?/?$",
    re.IGNORECASE,
)
_SEARCH_PARAMETER = re.compile(
    r"q|s|qs|wd|kw|query|search(?:_?(?:term|text|query|word|key)s?)?|key_?words?|terms?|find|"
    r"suche?|such(?:wort|begriff)|buscar|recherche|mots?",
    re.IGNORECASE,
)
_MIN_NAME: Final = 8  # characters of a value without digits that identifies a page
# Parameters that choose a view or record the referrer; they do not identify the page.
_NON_IDENTIFYING = re.compile(
    r"utm_.*|ref(?:errer|erer)?|src|source|from|via|share|shared|fb.*|gclid|spm|print|printable|view|"
    r"mode|format|lang|language|locale|hl|theme|skin|style|font|size|s|sid|.*session.*|.*token.*|v|ver|"
    r"version|rev|cache|cb|ts|_|t?start|offset|page|p?pos|sort|order|dir|tab|highlight|hilit|amp|mobile|"
    r"embed|width|height|replytocom|redirect|return|next|back|action|do|output|app|channel|campaign|feed",
    re.IGNORECASE,
)


def random_name() -> str:
    """Return the name of a page that no site has."""
    return "".join(choices(ascii_lowercase, k=_RANDOM_LETTERS))  # noqa: S311  no secret


def sibling_url(url: str, letters: str) -> str | None:
    """Return a URL beside `url` that should not exist, or None if there is none.

    Args:
        url: A cited URL.
        letters: At least 25 random letters, the last part of the new URL.

    Returns:
        A URL in the same folder, with random numbers in place of those that identify a page. None
        for a home page, which has no siblings.

    >>> sibling_url("https://example.org/a/b?c=1", "q" * 25)
    'https://example.org/a/qqqqqqqqqqqqqqqqqqqqqqqqq'
    >>> sibling_url("https://example.org/2019/05/questions/512/reef", "q" * 25)
    'https://example.org/2019/05/questions/9333333333/qqqqqqqqqqqqqqqqqqqqqqqqq'
    >>> sibling_url("https://example.org/questions/421910/reef", "q" * 25)
    'https://example.org/questions/9333333333/qqqqqqqqqqqqqqqqqqqqqqqqq'
    """
    try:
        parts = split_url(request_url(url))
    except InvalidUrl:
        return None
    if is_home_page(parts.geturl()) or len(letters) < _RANDOM_LETTERS:
        return None
    folders = parts.path.rstrip("/").split("/")[:-1]
    ids = _ids(folders)
    number = _random_number(letters)
    folder = "/".join(
        _DIGITS.sub(number, each) if place in ids else each for place, each in enumerate(folders)
    )
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{folder}/{letters}"


def query_sibling_url(url: str, letters: str) -> str | None:
    """Return `url` with a query value that should not exist, or None if no value can be replaced.

    Args:
        url: A cited URL.
        letters: At least 25 random letters, the new value.

    Returns:
        The same path and parameters, with `letters` in place of the values that identify a page:
        those with digits, or else the longest one. None if no value identifies a page.

    >>> query_sibling_url("https://example.org/a.php?view=text&id=51&ref=mail", "q" * 25)
    'https://example.org/a.php?view=text&id=qqqqqqqqqqqqqqqqqqqqqqqqq&ref=mail'
    >>> query_sibling_url("https://example.org/a.php?view=text&ref=4711", "q" * 25)
    """
    try:
        parts = split_url(request_url(url))
    except InvalidUrl:
        return None
    if not parts.query or len(letters) < _RANDOM_LETTERS:
        return None
    start = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}?"
    if "=" not in parts.query:
        return start + letters if _names_page(parts.query) else None
    values = parse_qsl(parts.query, keep_blank_values=True)
    named = [place for place, each in enumerate(values) if not _NON_IDENTIFYING.fullmatch(each[0])]
    numbered = [place for place in named if _DIGITS.search(values[place][1])]
    longest = max(named, key=lambda place: len(values[place][1]), default=None)
    if not numbered and longest is not None and _names_page(values[longest][1]):
        numbered = [longest]
    if not numbered:
        return None
    changed = [
        (name, letters if place in numbered else value)
        for place, (name, value) in enumerate(values)
    ]
    return start + "&".join(f"{quote(name)}={quote(value)}" for name, value in changed)


def script_of(url: str) -> str:
    """Return the path of a URL with the sorted names of its parameters, which one script serves.

    A query without names is a value.

    >>> script_of("https://example.org/a.php?view=text&id=51"), script_of("https://example.org/b?51")
    ('/a.php?id&view', '/b?')
    """
    parts = split_url(url)
    if "=" not in parts.query:
        return f"{parts.path}?"
    names = sorted({name for name, _ in parse_qsl(parts.query, keep_blank_values=True)})
    return f"{parts.path}?{'&'.join(names)}"


def is_search_url(url: str) -> bool:
    """Return whether a URL is that of a search: its path says so, or a parameter has the words.

    >>> is_search_url("https://example.org/?s=reef"), is_search_url("https://example.org/?id=51")
    (True, False)
    """
    parts = split_url(url)
    if _SEARCH_PATH.search(parts.path):
        return True
    values = parse_qsl(parts.query)
    return any(_SEARCH_PARAMETER.fullmatch(name) for name, value in values if value)


@lru_cache(maxsize=4096)
def first_folder(url: str) -> str:
    """Return the first folder of a URL's path, or "" for a page at the root of its site.

    Digits of a folder that identifies a page are replaced by 0, so that such folders are the same.

    >>> first_folder("https://example.org/forum/2014/a.html"), first_folder("https://example.org/a")
    ('forum', '')
    >>> first_folder("https://example.org/4711/a"), first_folder("https://example.org/99815/a")
    ('0', '0')
    """
    folder, found, _ = split_url(url).path.lstrip("/").partition("/")
    if not found:
        return ""
    return _DIGITS.sub("0", folder) if _ids([folder]) else folder


def shares_id(url: str, random_url: str) -> bool:
    """Return whether a random URL has the same page number in its path as a cited one.

    A site may look at the number only, and so serve the cited page at the random URL.

    >>> shares_id("https://example.org/t/51/reef", "https://example.org/t/51/qqqqq")
    True
    """
    folders = split_url(url).path.rstrip("/").split("/")[:-1]
    ids = {folders[place] for place in _ids(folders)}
    return not ids.isdisjoint(split_url(random_url).path.split("/"))


def _ids(folders: Sequence[str]) -> frozenset[int]:
    """Return the indexes of the folders that identify a page by a number."""
    return frozenset(_find_ids(folders))


def _find_ids(folders: Sequence[str]) -> Iterator[int]:
    is_date = False
    for place, folder in enumerate(folders):
        is_year = _YEAR.fullmatch(folder) is not None
        is_date = is_year or (is_date and _DATE_PART.fullmatch(folder) is not None)
        if not is_date and _ID.fullmatch(folder) and not _DATED.search(folder):
            yield place


def _random_number(letters: str) -> str:
    """Return a number of ten digits that depends on some random letters only."""
    return "9" + "".join(str(ord(letter) % 10) for letter in letters[:_RANDOM_DIGITS])


def _names_page(value: str) -> bool:
    """Return whether a query value may identify a page: it is long, or has a digit."""
    return len(value) >= _MIN_NAME or _DIGITS.search(value) is not None
