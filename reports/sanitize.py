"""Texts from outside, made harmless for one line anywhere: a terminal, a log, a report. Each format escapes what is special to it besides.

What URLs carry to log in with is left out of texts: it leads who cites them there, and is nobody else's business.
"""

from __future__ import annotations

import re
from urllib.parse import quote

from store.vocabulary.secrets import remove_credentials

_JOINERS = "\u200c\u200d"  # Persian and emoji cannot do without


def one_log_line(text: str) -> str:
    r"""Escape what ends a line, steers a terminal, turns the writing direction or is a command to a CI runner.

    Nothing is lost: every character that does not show is written as Python writes it.

    >>> one_log_line("GET /a\r\n::error::b \x1b[31m\u202e 微信")
    'GET /a\\r\\n::error::b \\x1b[31m\\u202e 微信'
    >>> one_log_line("::error::a"), one_log_line("a ##[error]b")
    ('\\x3a:error::a', 'a ##\\x5berror]b')
    """
    if not text.isprintable():
        text = _UNPRINTABLE.sub(_escape, text)
    # GitHub's runner takes "::" at the beginning of a line for a command, whatever white space is before it, and "##[" anywhere:
    # https://github.com/actions/runner/blob/main/src/Runner.Common/ActionCommand.cs
    if text.lstrip().startswith("::"):
        text = text.replace(":", "\\x3a", 1)
    return text.replace("##[", "##\\x5b")


def _escape(found: re.Match[str]) -> str:
    char = found[0]
    return char if char.isprintable() or char in _JOINERS else repr(char)[1:-1]


def json_escape(found: re.Match[str]) -> str:
    r"""Write a match the way JSON escapes characters (RFC 8259, section 7): astral ones as a pair.

    >>> re.sub("[^ -~]", json_escape, "a\x7f\U000e0041")
    'a\\u007f\\udb40\\udc41'
    """
    units = found[0].encode("utf-16-be", "surrogatepass").hex()
    return "".join(rf"\u{units[at : at + 4]}" for at in range(0, len(units), 4))


def plain(text: str, limit: int = 200) -> str:
    r"""Write a text on one line of at most `limit` code points, without control characters and marks that turn the writing direction.

    >>> plain("a\r\n\tb \x1b[31mred\u202egnp.exe")
    'a b �[31mred�gnp.exe'
    >>> plain("河边的房子", limit=3)
    '河边…'
    """
    # Cut first, generously: the text may be megabytes of white space.
    line = remove_credentials(text[: 4 * limit])
    if "  " in line or not line.isprintable():
        line = " ".join(line.split())
    line = line.strip()
    if not line.isprintable():
        line = "".join(
            char
            if char.isprintable() or char in _JOINERS
            else " "
            if char.isspace()
            else "\N{REPLACEMENT CHARACTER}"
            for char in line
        )
    if "##[" in line:
        line = line.replace(
            "##[", "## ["
        )  # a command to GitHub's runner, wherever it stands in a line
    return line if len(line) <= limit else line[: limit - 1].rstrip() + "…"


def plain_url(url: str) -> str:
    r"""Write a URL so that it leads where it did and holds no white space, quote, angle bracket or character that does not show.

    >>> plain_url("https://例え.jp/微信 a\u202eb<c>`")
    'https://例え.jp/微信%20a%E2%80%AEb%3Cc%3E%60'
    """
    if "##[" in url:
        url = url.replace("##[", "##%5B")
    if not _UNUSUAL.search(url):
        return url
    return "".join(
        char
        if char.isprintable() and char not in _UNWANTED
        else quote(char, safe="", errors="replace")
        for char in url
    )


_UNPRINTABLE = re.compile(r"[^ -~]")
_UNWANTED = frozenset(' "<>`')
_UNUSUAL = re.compile(
    "[^!#-;=?-_a-~]"
)  # ASCII that shows, without what is unwanted: most URLs are nothing else
