"""Make untrusted texts safe on one line of a terminal, a log or a report.

Each format still escapes what is special to it. Credentials in URLs are left out of texts:
readers of a report need not know them.
"""

from __future__ import annotations

import re
from urllib.parse import quote

from store.vocabulary.log_lines import escape_commands
from store.vocabulary.secrets import remove_credentials

_JOINERS = "\u200c\u200d"  # invisible, but Persian and emoji need them
_UNSAFE_IN_URL = frozenset(' "<>`')
# Anything but visible ASCII without the unsafe characters. Most URLs have no match.
_NOT_PLAIN_URL = re.compile("[^!#-;=?-_a-~]")


def json_escape(found: re.Match[str]) -> str:
    r"""Return a match as JSON escapes (RFC 8259, section 7): astral characters as a pair.

    >>> re.sub("[^ -~]", json_escape, "a\x7f\U000e0041")
    'a\\u007f\\udb40\\udc41'
    """
    units = found[0].encode("utf-16-be", "surrogatepass").hex()
    return "".join(rf"\u{units[at : at + 4]}" for at in range(0, len(units), 4))


def plain(text: str, limit: int = 200) -> str:
    r"""Return a text on one line without credentials, control characters and bidirectional marks.

    Args:
        text: Any text.
        limit: Maximum length of the result in code points.

    >>> plain("a\r\n\tb \x1b[31mred\u202egnp.exe")
    'a b �[31mred�gnp.exe'
    >>> plain("河边的房子", limit=3)
    '河边…'
    """
    if not text:
        return ""
    # The text may be megabytes of white space, so it is cut before the slower steps.
    line = remove_credentials(text[: 4 * limit])
    if "  " in line or not line.isprintable():
        line = " ".join(line.split())
        if not line.isprintable():
            line = "".join(map(_printable, line))
    line = line.strip()
    line = escape_commands(line, " [")
    return line if len(line) <= limit else line[: limit - 1].rstrip() + "…"


def plain_url(url: str) -> str:
    r"""Return a URL with white space, quotes, angle brackets and the unprintable encoded.

    The result leads to the same resource.

    >>> plain_url("https://例え.jp/微信 a\u202eb<c>`")
    'https://例え.jp/微信%20a%E2%80%AEb%3Cc%3E%60'
    """
    url = escape_commands(url, "%5B")
    if not _NOT_PLAIN_URL.search(url):
        return url
    return "".join(map(_safe_in_url, url))


def _printable(char: str) -> str:
    if char.isprintable() or char in _JOINERS:
        return char
    return " " if char.isspace() else "\N{REPLACEMENT CHARACTER}"


def _safe_in_url(char: str) -> str:
    if char.isprintable() and char not in _UNSAFE_IN_URL:
        return char
    return quote(char, safe="", errors="replace")
