"""Pieces of Markdown that hold texts from outside: whatever stands in them, the report around them keeps its shape."""

from __future__ import annotations

import re

from reports.sanitize import plain, plain_url

_SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|~!&$])")
_ENTITY = re.compile(r"&(#?\w+);")


def escape(text: str, limit: int = 200) -> str:
    r"""Write a text so that Markdown shows it as it is.

    >>> escape("[a](javascript:x) *b* <img>\n# c")
    '\\[a\\](javascript:x) \\*b\\* \\<img\\> \\# c'
    """
    return _SPECIAL.sub(r"\\\1", plain(text, limit))


def code(text: str, limit: int = 1_000) -> str:
    """Write a text as a code span.

    >>> code("notes/河.md:3"), code("a`b"), code("`")
    ('`notes/河.md:3`', '``a`b``', '`` ` ``')
    """
    line = plain(text, limit) or " "
    fence = "`" * (1 + max((len(ticks) for ticks in re.findall(r"`+", line)), default=0))
    pad = " " if line.startswith("`") or line.endswith("`") else ""
    return f"{fence}{pad}{line}{pad}{fence}"


def autolink(url: str) -> str:
    """Write a URL so that it can be clicked; one that is no web address as a code span.

    >>> autolink("https://example.org/?a=1&copy;=<b>"), autolink("javascript:alert(1)")
    ('<https://example.org/?a=1&copy%3B=%3Cb%3E>', '`javascript:alert(1)`')
    """
    if not re.match(r"https?:/", url, re.IGNORECASE):
        return code(url)
    # Some parsers decode entities here and some do not.
    return "<" + _ENTITY.sub(r"&\1%3B", plain_url(url)) + ">"
