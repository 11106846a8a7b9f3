"""What a writer meant where Markdown sees no link: lost and full-width brackets, spaces in a destination, marks glued to a URL."""

from __future__ import annotations

import re
from typing import NamedTuple

from crawler.pages.bare import bare_length

_REACH = 300  # characters looked back and ahead; broken links are short

_LINK_TEXT = re.compile(r"([\[［【])((?:[^\[\]［］【】]|\[[^\[\]]*\])*)([\]］】])[ ]?([(（])[ ]?(?:<|＜)?\Z")
_LOST_BRACKET = re.compile(r"\[(?!\^)([^\[\]()（）]+)[(（]\Z")
_CLOSE = re.compile(r"[)）]")
_TITLE = re.compile(r"[ \t\u3000]+[\"'“‘「『(](.*?)[\"'”’」』)]?[ \t]*\Z")


class Salvaged(NamedTuple):
    """What is left of a broken link: how many characters its URL has, its text and title, and what is wrong, for a person."""

    length: int
    text: str
    title: str
    wrong: str


def salvage(before: str, after: str) -> Salvaged | None:
    """Look for a broken link around a URL: `before` is the line up to it, `after` the line from it on. None where nothing is broken.

    >>> salvage("[报道](", "https://a.example/b c) 说")
    Salvaged(length=21, text='报道', title='', wrong='the destination of a link holds spaces')
    >>> salvage("[报道（", "https://a.example/b)")
    Salvaged(length=19, text='报道', title='', wrong='a link lost its “]”')
    >>> salvage("见 ", "https://a.example/b。") is None
    True
    """
    before = before[-_REACH:]
    length = bare_length(after)
    if (link := _LINK_TEXT.search(before)) and not (link[1] == "【" and link[3] == "】"):
        return _broken_destination(link, after, length)
    if link := _LOST_BRACKET.search(before):
        return Salvaged(length, link[1].strip(), "", "a link lost its “]”")
    if after.startswith("[^", length):
        return Salvaged(length, "", "", "a footnote mark is glued to a URL")
    if before.endswith("~~"):
        return Salvaged(length, "", "", "a URL is struck through")
    return None


def _broken_destination(link: re.Match[str], after: str, length: int) -> Salvaged:
    text = link[2].strip()
    closing = _closing(after)
    if closing is None:
        return Salvaged(length, text, "", "a link lost its “)”")
    inside = after[:closing].rstrip("> ")
    title = _TITLE.search(inside)
    if title:
        inside, title_text = inside[: title.start()], title[1]
    else:
        title_text = ""
    if link[1] + link[3] + link[4] + after[closing] != "[]()":
        return Salvaged(len(inside), text, title_text, "a link has full-width brackets")
    wrong = "the destination of a link holds spaces" if re.search(r"\s", inside) else "a link is not closed as Markdown wants it"
    return Salvaged(len(inside), text, title_text, wrong)


def _closing(after: str) -> int | None:
    """Where the link's own closing bracket stands: the first one that closes nothing opened inside the destination."""
    depth = 0
    for bracket in re.finditer(r"[()（）]", after[: _REACH * 4]):
        if bracket[0] in "(（":
            depth += 1
        elif depth:
            depth -= 1
        else:
            return bracket.start()
    return None
