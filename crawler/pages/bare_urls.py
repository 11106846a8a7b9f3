"""Find where a URL in running text begins and ends.

The rule and its table are in docs/extraction.md. It follows GFM's extended autolinks
(https://github.github.com/gfm/#autolinks-extension-), adapted to Chinese, Japanese and Korean text,
which has no spaces to end a URL: there a URL ends where a reader would see it end.
"""

from __future__ import annotations

import re
from html import unescape

MAX_URL_BYTES = 8192  # no server accepts longer URLs

_SCHEME_END = re.compile(b"://")
_WWW = (
    re.compile(rb"www\.(?=[A-Za-z0-9\-]+\.[A-Za-z])"),
    re.compile(rb"WWW\.(?=[A-Za-z0-9\-]+\.[A-Za-z])"),
)
_IN_A_WORD = frozenset(b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+.-")
_IN_A_URL = _IN_A_WORD | frozenset(b"/@:_=%&?")

_CJK = (
    "\u1100-\u11ff\u2e80-\u2fdf\u3005-\u3007\u3040-\u318f\u3190-\u31ff\u3400-\u4dbf\u4e00-\u9fff"
    "\ua960-\ua97f\uac00-\ud7ff\uf900-\ufaff\uff10-\uff19\uff21-\uff3a\uff41-\uff5a\uff66-\uffdc"
    "\U00020000-\U0003ffff"
)
_PAIRS = dict(zip("[（「『【《〈〔〖｛“‘", "]）」』】》〉〕〗｝”’", strict=True))
_STOPS = (
    '\\s\\x00-\\x20\\x7f<>"`{}|\u3000-\u3002\u3003\uff0c\uff1b\uff1a\uff01\uff1f\uff5e\uff1c\uff1e'
    "\uff02\uff07\uff3b\uff3d\uff5c\u2026\u2014\ufe30-\ufe4f\ufe50-\ufe6b\ufffc\ufffd\u200b"
    "\u2028\u2029\ufeff"
)
# A URL may end at a stop, a backslash that escapes nothing, a bracket, CJK text directly after a
# Latin letter, or the next URL of a list.
_MARKS = re.compile(
    rf"[{_STOPS}]|\\(?![!-/:-@\[-`{{-~])|[(){re.escape(''.join([*_PAIRS, *_PAIRS.values()]))}]"
    rf"|(?<=[0-9A-Za-z%])[{_CJK}]|[,;](?=https?://)"
)
_STOP = re.compile(rf"[{_STOPS}]")
_is_cjk = re.compile(f"[{_CJK}]").match
_REMARK = re.compile(rf"(?<=[0-9A-Za-z])\([{_CJK}]")
_SEGMENT_WITH_CJK = re.compile(rf"[/?&=#][^/?&=#]*[{_CJK}][^/?&=#]*\Z")
_TRAILING = re.compile(r"(?:\\?[?!.,:*_~'’]|&[A-Za-z0-9]+;|\\)+\Z")
_ENTITY = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")
_ESCAPED = re.compile(r"\\([!-/:-@\[-`{-~])")


def find_url_starts(data: bytes) -> list[int]:
    """Return the offsets at which an http or https URL, or a host beginning with `www.`, begins.

    Searching for the rare `://` and looking back is many times faster than searching for `http`.
    """
    starts = []
    for match in _SCHEME_END.finditer(data):
        end = match.start()
        scheme = data[max(0, end - 5) : end].lower()
        start = end - 5 if scheme == b"https" else end - 4
        if scheme.endswith((b"http", b"https")) and (
            start == 0 or data[start - 1] not in _IN_A_WORD
        ):
            starts.append(start)
    for pattern in _WWW:
        starts += [
            match.start()
            for match in pattern.finditer(data)
            if match.start() == 0 or data[match.start() - 1] not in _IN_A_URL
        ]
    return sorted(starts)


def bare_url_length(text: str) -> int:
    """Return how many characters of a text that begins with a URL belong to the URL.

    Returns:
        The number of characters, without trailing punctuation.

    >>> for text in ("https://a.example/b。", "https://a.example/苹果（公司）有"):
    ...     print(text[: bare_url_length(text)])
    https://a.example/b
    https://a.example/苹果（公司）有
    """
    end = _end_before_trailing(text)
    trailing = _TRAILING.search(text, max(0, end - 64), end)
    return trailing.start() if trailing else end


def unescape_text(written: str) -> str:
    r"""Resolve backslash escapes and entities (CommonMark 2.4 and 2.5).

    Returns:
        The text as a reader sees it.

    >>> unescape_text(r"https://a.example/b\_c?d=1&amp;e=2&copy=3")
    'https://a.example/b_c?d=1&e=2&copy=3'
    """
    if "\\" in written:
        written = _ESCAPED.sub(r"\1", written)
    return _ENTITY.sub(lambda entity: unescape(entity[0]), written) if "&" in written else written


def _end_before_trailing(text: str) -> int:
    """Return the end of the URL, trailing punctuation included."""
    awaited: list[tuple[str, int]] = []
    end = len(text)
    for mark in _MARKS.finditer(text):
        char, at = mark[0], mark.start()
        if awaited and char == awaited[-1][0]:
            awaited.pop()
        elif char == "(" and not _REMARK.match(text, at):
            awaited.append((")", at))
        elif char in _PAIRS and not _opens_prose(text, at):
            awaited.append((_PAIRS[char], at))
        elif not _is_cjk(char) or not _SEGMENT_WITH_CJK.search(text, max(0, at - 200), at):
            end = at
            break
    # GFM lets a URL keep an unclosed "(", but no other bracket.
    unclosed = (at for closer, at in awaited if closer != ")")
    return next(unclosed, end)


def _opens_prose(text: str, at: int) -> bool:
    """Return whether the bracket at `at` belongs to the text around the URL.

    That is a footnote mark, a bracket after a Latin letter, or one that never closes.
    """
    char = text[at]
    follows_latin_letter = text[at - 1].isascii() and text[at - 1].isalnum()
    if text.startswith("[^", at) or (char != "[" and follows_latin_letter):
        return True
    stop = _STOP.search(text, at)
    end = stop.start() if stop else len(text)
    return text.find(_PAIRS[char], at, end) < 0
