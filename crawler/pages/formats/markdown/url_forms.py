"""Escape a URL for its place on a page: a Markdown destination, an HTML attribute or a title.

A parser must read back the same URL. The functions take encoded URLs, which have no spaces.
"""

from __future__ import annotations

import re
from html import escape

from crawler.pages.formats.markdown.markup import UrlForm, UrlMarkup

_ENTITY = re.compile(r"&(?=#?\w+;)")
_MARKUP = re.compile(r"([\\`*_\[\]<>|~])")


def as_written_in(url: str, markup: UrlMarkup) -> str:
    """Return a URL escaped and quoted for the form of the given markup."""
    if markup.form is UrlForm.ATTRIBUTE:
        value = as_attribute_value(url)
        return value if markup.quote else f'"{value}"'
    if markup.form in (UrlForm.INLINE, UrlForm.DEFINITION):
        return escape_entities(url) if markup.has_angle_brackets else as_destination(url)
    return url


def as_destination(url: str) -> str:
    r"""Return an encoded URL as the destination of a Markdown link.

    Brackets are escaped only if they are not balanced.

    >>> as_destination("https://a.example/b_(c)"), as_destination("https://a.example/b)")
    ('https://a.example/b_(c)', 'https://a.example/b\\)')
    >>> as_destination("https://a.example/?a=1&lt;=2")
    'https://a.example/?a=1&amp;lt;=2'
    """
    if not _is_balanced(url):
        url = re.sub(r"[()]", r"\\\g<0>", url)
    return escape_entities(url)


def escape_entities(url: str) -> str:
    """Return an encoded URL in which Markdown finds no entity such as `&lt;`.

    Between angle brackets, nothing else in an encoded URL needs an escape.
    """
    return _ENTITY.sub("&amp;", url)


def as_title_text(url: str, closer: str) -> str:
    """Return an encoded URL as text in a Markdown title that ends with `closer`."""
    if closer == ")":
        url = re.sub(r"[()]", r"\\\g<0>", url)
    elif closer == "'":
        url = url.replace("'", "\\'")
    return escape_entities(url)


def as_attribute_value(url: str) -> str:
    """Return an encoded URL as the value of an HTML attribute in quotes of either kind."""
    return escape(url)


def as_link_text(url: str) -> str:
    r"""Return a URL as the text of a Markdown link.

    >>> as_link_text("https://a.example/b_c[d]")
    'https://a.example/b\\_c\\[d\\]'
    """
    return _ENTITY.sub("&amp;", _MARKUP.sub(r"\\\1", url))


def _is_balanced(url: str) -> bool:
    """Return whether every bracket in a URL is opened before it is closed, and closed."""
    depth = 0
    for char in url:
        if char == "(":
            depth += 1
        elif char == ")":
            depth -= 1
        if depth < 0:
            return False
    return depth == 0
