"""Repair links that Markdown does not recognise.

These have lost or full-width brackets, spaces in a destination, or marks directly after a URL.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from crawler.pages.source.bare_urls import bare_url_length

_CHARACTERS_BEFORE = 300  # searched for the beginning of a broken link
_CHARACTERS_AFTER = 1200  # searched for the end of a destination

_LINK_TEXT = re.compile(
    r"(!?)([\[［【])((?:[^\[\]［］【】]|\[[^\[\]]*\])*)([\]］】])[ ]?([(（])[ ]?(?:<|＜)?\Z"
)
_LOST_CLOSER = re.compile(r"\[(?!\^)([^\[\]()（）]+)[(（][ ]?<?\Z")
_LOST_OPENER = re.compile(r"(?:^|\s)([^\s\[\]]*)\][(（]<?\Z")
_LOST_PARENTHESIS = re.compile(r"\[(?!\^)([^\[\]]+)\]\Z")
_WIDE_COLON = re.compile(r"^[ \t>]*\[(\^?)([^\[\]]+)\]：[ ]?<?\Z")
_TITLE = re.compile(r"[ \t\u3000]+[\"'“‘「『(](.*?)[\"'”’」』)]?[ \t]*\Z")
_SIZE = re.compile(r"\s+=\d*x\d*\s*\Z")  # an image's size in the dialects of Pandoc and Wiki.js
# Attributes behind an image's URL, as Hashnode writes them: `(a.png align="left")`
_ATTRIBUTES = re.compile(r"""(?:\s+[A-Za-z][\w-]{0,30}=(?:"[^"]{0,200}"|'[^']{0,200}'))+\s*\Z""")
_SPACE = re.compile(r"\s")
_BRACKET = re.compile(r"[()（）]")
_WITHOUT_SCHEME = re.compile(r"(?:www\.[A-Za-z0-9-]+\.[A-Za-z]|(?i:https?)(?:：//|//|:\\\\))")
_LEADING_PUNCTUATION = re.compile(r"[^A-Za-z0-9/.#?]{1,4}(?=https?://)", re.IGNORECASE)


class RepairedLink(NamedTuple):
    """A link repaired from broken markup.

    Attributes:
        url_length: Number of characters of the URL.
        markup_length: Number of characters from the start of the URL to the end of the link.
        problem: What is wrong, in words for a person; "" if some dialects have this markup.
        text: The link text.
        title: The link title.
        footnote: The label of the footnote that the link defines; None if it defines none.
        is_image: It is an image.
    """

    url_length: int
    markup_length: int
    problem: str
    text: str = ""
    title: str = ""
    footnote: str | None = None
    is_image: bool = False


def repair_link(before: str, after: str) -> RepairedLink | None:
    """Look for a broken link around a URL.

    Args:
        before: The text of the line before the URL.
        after: The text of the line from the URL on.

    Returns:
        The repaired link, or None if nothing is broken.

    >>> repair_link("[报道](", "https://a.example/b c) 说")[:4]
    (21, 22, 'the destination of a link contains spaces', '报道')
    >>> repair_link("[报道（", "https://a.example/b)").problem
    'a link lost its “]”'
    >>> repair_link("见 ", "https://a.example/b。") is None
    True
    """
    before = before[-_CHARACTERS_BEFORE:]
    length = bare_url_length(after)
    if before.rstrip(" ").endswith(("(", "（", "<", "＜")) and (
        broken := _broken_link(before, after, length)
    ):
        return broken
    if (link := _LOST_PARENTHESIS.search(before)) and after.startswith(")", length):
        return RepairedLink(length, length + 1, "a link lost its “(”", link[1].strip())
    if label := _WIDE_COLON.search(before):
        return RepairedLink(
            length,
            length,
            "a definition has a full-width colon",
            footnote=label[2] if label[1] else None,
        )
    if after.startswith("[^", length):
        return RepairedLink(length, length, "a footnote mark follows a URL without a space")
    if before.endswith("~~"):
        return RepairedLink(length, length, "a URL is struck through")
    return None


def repair_destination(url: str) -> str | None:
    """Return the URL that a destination means although it has no complete scheme.

    Returns:
        The URL, or None if the destination is a path.

    >>> repair_destination("www.a.example/b"), repair_destination("/www/a.md")
    ('http://www.a.example/b', None)
    >>> repair_destination("[https://a.example/](https://a.example/)")
    'https://a.example/'
    """
    if match := _WITHOUT_SCHEME.match(url):
        start = match[0].lower()
        if start.startswith("www."):
            return f"http://{url}"
        scheme = start.split("/")[0].rstrip("：:\\")
        return f"{scheme}://{url[match.end() :]}"
    if match := _LEADING_PUNCTUATION.match(url):
        rest = url[match.end() :]
        return rest[: bare_url_length(rest)]
    return None


def _broken_link(before: str, after: str, length: int) -> RepairedLink | None:
    """Return the link whose markup surrounds a URL but is incomplete, or None.

    Args:
        before: The text of the line before the URL.
        after: The text of the line from the URL on.
        length: The length of the URL, read as a bare URL.
    """
    if (link := _LINK_TEXT.search(before)) and not (link[2] == "【" and link[4] == "】"):
        return _broken_destination(link, after, length)
    for pattern, lost in ((_LOST_CLOSER, "]"), (_LOST_OPENER, "[")):
        if link := pattern.search(before):
            found = _read_destination(after, length)
            problem = f"a link lost its “{lost}”"
            text = link[1].strip()
            return RepairedLink(found.url_length, found.markup_length, problem, text, found.title)
    return None


def _broken_destination(link: re.Match[str], after: str, length: int) -> RepairedLink:
    """Return a link with a complete text (the match `link`) and a broken destination."""
    found = _read_destination(after, length)
    brackets = link[2] + link[4] + link[5] + after[found.markup_length - 1]
    if found.markup_length == found.url_length:
        problem = "a link lost its “)”"
    elif brackets != "[]()":
        problem = "a link has full-width brackets"
    elif _SPACE.search(after, 0, found.url_length):
        problem = "the destination of a link contains spaces"
    elif link[1] and found.has_size:
        problem = ""  # valid in Wiki.js, HackMD, Azure DevOps and other dialects
    else:
        problem = "a link is not valid Markdown"
    return RepairedLink(
        found.url_length,
        found.markup_length,
        problem,
        text=link[3].strip(),
        title=found.title,
        is_image=bool(link[1]),
    )


class _Destination(NamedTuple):
    """The content of the brackets behind a link text.

    Attributes:
        url_length: Number of characters of the URL.
        markup_length: Number of characters from the start of the URL to behind the closing
            bracket; that of the URL if there is no closing bracket.
        title: The link title, or "".
        has_size: The size of an image stands behind the URL: `=100x20`.
    """

    url_length: int
    markup_length: int
    title: str = ""
    has_size: bool = False


def _read_destination(after: str, length: int) -> _Destination:
    """Return the destination that a text begins with.

    The closing bracket is the first one without an opening bracket in the destination. If there is
    none, the link ends with its URL, read as a bare URL of `length` characters.
    """
    depth = 0
    for bracket in _BRACKET.finditer(after, 0, _CHARACTERS_AFTER):
        if bracket[0] in "(（":
            depth += 1
        elif depth:
            depth -= 1
        else:
            inside, sizes = _SIZE.subn("", after[: bracket.start()].rstrip("> "))
            inside = _ATTRIBUTES.sub("", inside)
            # A text in quotes within a template's braces is no title.
            after_braces = max(inside.rfind("}}"), inside.rfind("%}"), 0)
            if title := _TITLE.search(inside, after_braces):
                return _Destination(title.start(), bracket.end(), title[1], bool(sizes))
            return _Destination(len(inside), bracket.end(), has_size=bool(sizes))
    return _Destination(length, length)
