"""What a writer meant where Markdown sees no link: lost and full-width brackets, spaces in a destination, marks glued to a URL."""

from __future__ import annotations

import re
from typing import NamedTuple

from crawler.pages.bare_urls import bare_url_length

_REACH = 300  # characters looked back; broken links are short
_AHEAD = 1200  # characters looked ahead for the end of a destination

_LINK_TEXT = re.compile(
    r"(!?)([\[［【])((?:[^\[\]［］【】]|\[[^\[\]]*\])*)([\]］】])[ ]?([(（])[ ]?(?:<|＜)?\Z"
)
_LOST_CLOSER = re.compile(r"\[(?!\^)([^\[\]()（）]+)[(（][ ]?<?\Z")
_LOST_OPENER = re.compile(r"(?:^|\s)([^\s\[\]]*)\][(（]<?\Z")
_LOST_PARENTHESIS = re.compile(r"\[(?!\^)([^\[\]]+)\]\Z")
_WIDE_COLON = re.compile(r"^[ \t>]*\[(\^?)([^\[\]]+)\]：[ ]?<?\Z")
_TITLE = re.compile(r"[ \t\u3000]+[\"'“‘「『(](.*?)[\"'”’」』)]?[ \t]*\Z")
_SIZE = re.compile(r"\s+=\d*x\d*\s*\Z")  # of an image, as Pandoc's and Wiki.js's dialects write it
_SPACE = re.compile(r"\s")
_BRACKET = re.compile(r"[()（）]")
_WITHOUT_SCHEME = re.compile(r"(?:www\.[A-Za-z0-9-]+\.[A-Za-z]|(?i:https?)(?:：//|//|:\\\\))")
_LEADING_PUNCTUATION = re.compile(r"[^A-Za-z0-9/.#?]{1,4}(?=https?://)", re.IGNORECASE)


class RepairedLink(NamedTuple):
    """What is left of a broken link: how many characters its URL has and the whole of it behind the URL's start, and what is wrong."""

    url_length: int
    markup_length: int
    problem: str  # for a person
    text: str = ""
    title: str = ""
    footnote: str | None = None
    is_image: bool = False


def repair_link(before: str, after: str) -> RepairedLink | None:
    """Look for a broken link around a URL: `before` is the line up to it, `after` the line from it on. None where nothing is broken.

    >>> salvage("[报道](", "https://a.example/b c) 说")[:4]
    (21, 22, 'the destination of a link holds spaces', '报道')
    >>> salvage("[报道（", "https://a.example/b)").wrong
    'a link lost its “]”'
    >>> salvage("见 ", "https://a.example/b。") is None
    True
    """
    before = before[-_REACH:]
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
        return RepairedLink(length, length, "a footnote mark is glued to a URL")
    if before.endswith("~~"):
        return RepairedLink(length, length, "a URL is struck through")
    return None


def repair_destination(url: str) -> str | None:
    """The URL a writer meant by a destination that a browser would take for a path of the wiki; None where it is a path.

    >>> mend_destination("www.a.example/b"), mend_destination("[https://a.example/](https://a.example/)"), mend_destination("/www/a.md")
    ('http://www.a.example/b', 'https://a.example/', None)
    """
    if match := _WITHOUT_SCHEME.match(url):
        start = match[0].lower()
        return (
            f"http://{url}"
            if start.startswith("www.")
            else f"{start.split('/')[0].rstrip('：:' + chr(92))}://{url[match.end() :]}"
        )
    if match := _LEADING_PUNCTUATION.match(url):
        rest = url[match.end() :]
        return rest[: bare_url_length(rest)]
    return None


def _broken_link(before: str, after: str, length: int) -> RepairedLink | None:
    if (link := _LINK_TEXT.search(before)) and not (link[2] == "【" and link[4] == "】"):
        return _broken_destination(link, after, length)
    for pattern, lost in ((_LOST_CLOSER, "]"), (_LOST_OPENER, "[")):
        if link := pattern.search(before):
            end, title, markup = _destination(after, length)
            return RepairedLink(end, markup, f"a link lost its “{lost}”", link[1].strip(), title)
    return None


def _broken_destination(link: re.Match[str], after: str, length: int) -> RepairedLink:
    end, title, markup = _destination(after, length)
    if markup == end:
        wrong = "a link lost its “)”"
    elif link[2] + link[4] + link[5] + after[markup - 1] != "[]()":
        wrong = "a link has full-width brackets"
    elif _SPACE.search(after, 0, end):
        wrong = "the destination of a link holds spaces"
    else:
        wrong = "a link is not written as Markdown wants it"
    return RepairedLink(end, markup, wrong, link[3].strip(), title, is_image=bool(link[1]))


def _destination(after: str, length: int) -> tuple[int, str, int]:
    """The length of a destination, the title behind it, and the length up to the bracket that closes the link.

    That is the first bracket that closes nothing opened within; where there is none, the link ends with its destination, as a bare URL does.
    """
    depth = 0
    for bracket in _BRACKET.finditer(after, 0, _AHEAD):
        if bracket[0] in "(（":
            depth += 1
        elif depth:
            depth -= 1
        else:
            inside = _SIZE.sub("", after[: bracket.start()].rstrip("> "))
            title = _TITLE.search(inside)
            return title.start() if title else len(inside), title[1] if title else "", bracket.end()
    return length, "", length
