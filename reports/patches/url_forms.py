"""How a URL is spelled where it is to stand: in Markdown, in HTML, in a title. What reads it there must get back the URL it was."""

from __future__ import annotations

import re
from html import escape
from urllib.parse import unquote

from reports.sanitize import plain_url

_ENTITY = re.compile(r"&(?=#?\w+;)")
_SCHEME_AND_WWW = re.compile(r"https?:/+(?:www\.)?", re.IGNORECASE)
_MARKUP = re.compile(r"([\\`*_\[\]<>|~])")


def encode_unsafe(url: str) -> str:
    r"""Percent-encode what no URL may hold and no markup bears: white space, quotes, angle brackets, backslashes, what does not show.

    >>> tidy('https://a.example/微信 "b"<c>')
    'https://a.example/微信%20%22b%22%3Cc%3E'
    """
    return plain_url(url.strip()).replace("\\", "%5C")


def as_destination(url: str) -> str:
    r"""Spell a tidy URL as the destination of a Markdown link: brackets are escaped only where they have no partner.

    >>> in_markdown("https://a.example/b_(c)"), in_markdown("https://a.example/b)"), in_markdown("https://a.example/?a=1&lt;=2")
    ('https://a.example/b_(c)', 'https://a.example/b\\)', 'https://a.example/?a=1&amp;lt;=2')
    """
    if not _is_balanced(url):
        url = re.sub(r"[()]", r"\\\g<0>", url)
    return as_angle_destination(url)


def as_angle_destination(url: str) -> str:
    """Spell a tidy URL as a destination between angle brackets."""
    return _ENTITY.sub("&amp;", url)


def as_title_text(url: str, closer: str) -> str:
    """Spell a tidy URL within a Markdown title that ends with `closer`."""
    if closer == ")":
        url = re.sub(r"[()]", r"\\\g<0>", url)
    elif closer == "'":
        url = url.replace("'", "\\'")
    return as_angle_destination(url)


def as_attribute_value(url: str) -> str:
    """Spell a tidy URL within a quoted attribute of HTML, of either quote."""
    return escape(url)


def as_link_text(url: str) -> str:
    r"""Spell a URL as the text of a Markdown link.

    >>> as_words("https://a.example/b_c[d]")
    'https://a.example/b\\_c\\[d\\]'
    """
    return _ENTITY.sub("&amp;", _MARKUP.sub(r"\\\1", url))


def embeds_original(mirror: str, original: str) -> bool:
    """Tell whether a mirror's URL holds its original, so that nothing is lost where it stands alone.

    >>> embeds("https://web.archive.org/web/2021/http://www.a.example/", "https://a.example"), embeds("https://archive.ph/x", "https://a.example")
    (True, False)
    """
    address = _SCHEME_AND_WWW.sub("", original.partition("#")[0], count=1).rstrip("/")
    return bool(address) and unquote(address) in unquote(mirror)


def _is_balanced(url: str) -> bool:
    depth = 0
    for char in url:
        depth += (char == "(") - (char == ")")
        if depth < 0:
            return False
    return depth == 0
