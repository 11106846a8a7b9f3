"""Texts from outside, made harmless for one line anywhere: a terminal, a log, a report. Each format escapes what is special to it besides.

What URLs carry to log in with is left out of texts: it leads who cites them there, and is nobody else's business.
"""

from __future__ import annotations

import re
from urllib.parse import quote

_JOINERS = "\u200c\u200d"  # Persian and emoji cannot do without
_CREDENTIALS = re.compile(r"(?<=://)[^\s/?#\"'<>]+@")
# The same inside another URL's query.
_ESCAPED = re.compile(r"(?<=%3A%2F%2F)(?:(?!%2F|%3F|%23|%40)[^\s/?#@&\"'<>])+%40", re.IGNORECASE)


def without_credentials(text: str) -> str:
    """Take the credentials out of every URL in a text.

    >>> without_credentials("GET https://name:word@example.org/a@b, http://archive.example/?url=https%3A%2F%2Fname%3Aword%40example.org")
    'GET https://example.org/a@b, http://archive.example/?url=https%3A%2F%2Fexample.org'
    """
    if "@" not in text and "%40" not in text:
        return text
    return _ESCAPED.sub("", _CREDENTIALS.sub("", text))


def plain(text: str, limit: int = 200) -> str:
    r"""Write a text on one line of at most `limit` code points, without control characters and marks that turn the writing direction.

    >>> plain("a\r\n\tb \x1b[31mred\u202egnp.exe")
    'a b �[31mred�gnp.exe'
    >>> plain("河边的房子", limit=3)
    '河边…'
    """
    # Cut first, generously: the text may be megabytes of white space.
    line = without_credentials(text[: 4 * limit])
    if "  " in line or not line.isprintable():
        line = " ".join(line.split())
    line = line.strip()
    if not line.isprintable():
        line = "".join(
            char if char.isprintable() or char in _JOINERS else " " if char.isspace() else "\N{REPLACEMENT CHARACTER}" for char in line
        )
    return line if len(line) <= limit else line[: limit - 1].rstrip() + "…"


def plain_url(url: str) -> str:
    r"""Write a URL so that it leads where it did and holds no white space, quote, angle bracket or character that does not show.

    >>> plain_url("https://例え.jp/微信 a\u202eb<c>`")
    'https://例え.jp/微信%20a%E2%80%AEb%3Cc%3E%60'
    """
    if not _UNUSUAL.search(url):
        return url
    return "".join(char if char.isprintable() and char not in _UNWANTED else quote(char, safe="", errors="replace") for char in url)


_UNWANTED = frozenset(' "<>`')
_UNUSUAL = re.compile("[^!#-;=?-_a-~]")  # ASCII that shows, without what is unwanted: most URLs are nothing else
