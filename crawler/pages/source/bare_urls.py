"""Find where a URL in running text begins and ends.

The rule and its table are in docs/extraction.md. It follows GFM's extended autolinks
(https://github.github.com/gfm/#autolinks-extension-), adapted to Chinese, Japanese and Korean text,
which has no spaces to end a URL: there a URL ends where a reader would see it end.
"""

from __future__ import annotations

import re
from html import unescape
from itertools import chain
from unicodedata import category

from crawler.pages.source.placeholders import placeholder_end

MAX_URL_BYTES = 8192  # no server accepts longer URLs
_MAX_TRAILING = 64  # characters at the end of a URL that are tested for punctuation
_MAX_SEGMENT = 200  # characters of a path segment that are searched for CJK text

_SCHEME_END = re.compile(b"://")
_AFTER_WWW = re.compile(rb"[A-Za-z0-9\x80-\xff\-]+\.[A-Za-z\x80-\xff]")
_IN_A_WORD = frozenset(b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+.-")
# Marks of insertions, dashes, ellipses, and of GitLab's inline diffs, after which a URL may begin
_DOUBLED = frozenset([b"++", b"--", b"..", b"{+", b"{-", b"[+", b"[-"])
_DIFF_CLOSERS = {"{+": "+}", "{-": "-}", "[+": "+]", "[-": "-]"}
_LETTERS_AND_DIGITS = frozenset(bytes([each]) for each in _IN_A_WORD if chr(each).isalnum())
_IN_A_URL = _IN_A_WORD | frozenset(b"/@:_=%&?")

_CJK = (
    "\u1100-\u11ff\u2e80-\u2fdf\u3005-\u3007\u3040-\u318f\u3190-\u31ff\u3400-\u4dbf\u4e00-\u9fff"
    "\ua960-\ua97f\uac00-\ud7ff\uf900-\ufaff\uff10-\uff19\uff21-\uff3a\uff41-\uff5a\uff66-\uffdc"
    "\U00020000-\U0003ffff"
)
_PAIRS = {
    **dict(zip("[（「『【《〈〔〖｛｢“‘«‹❝❛", "]）」』】》〉〕〗｝｣”’»›❞❜", strict=True)),
    # Brackets and quotation marks of other scripts: the closing one follows the opening one.
    **{
        chr(code): chr(code + 1)
        for code in range(0x80, 0x3020)
        if category(chr(code)) == "Ps" and category(chr(code + 1)) == "Pe"
    },
}
_CLOSERS = {
    *_PAIRS.values(),
    "\ufd3e", "\ufd3f",  # Arabic ornate parentheses: which one closes depends on the direction
    *(chr(code) for code in range(0x80, 0x3020) if category(chr(code)) in {"Pe", "Pf", "Pi"}),
}  # fmt: skip
# Punctuation of every script, which is not part of a URL at its end. The characters of
# `_PARTS_OF_WORDS` have the same category in Unicode, but are used within words.
_PARTS_OF_WORDS = frozenset("·՚׳״་・･‧†‡‰‱′″‴‶‷§¶")
# Ranges of Unicode that have punctuation: alphabets; Lisu, Vai and others; ancient scripts
_OTHER_SCRIPTS = (range(0x80, 0x3000), range(0xA490, 0xABF0), range(0x10100, 0x12500))
_TRAILING_PUNCTUATION = "".join(
    char
    for char in map(chr, chain(*_OTHER_SCRIPTS))
    if category(char) == "Po" and char not in _PARTS_OF_WORDS
)
# Characters of words and URLs, but never the last one: dots, primes and dashes
_NEVER_LAST = "·・･‧′″‴‵‶‷‐‑‒–―"
# Invisible characters. Two of them join letters in some scripts, and stay between such letters.
INVISIBLE = "\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff"
# "Stops": characters that are never part of a bare URL
_STOPS = (
    '\\s\\x00-\\x20\\x7f<>"`{}|\u3000-\u3002\u3003\uff0c\uff1b\uff1a\uff01\uff1f\uff5e\uff1c\uff1e'
    "\uff02\uff07\uff3b\uff3d\uff5c\uff61\uff64\u2026\u2014\u2e3a\u2e3b\ufe30-\ufe4f\ufe50-\ufe6b\ufffc\ufffd"
    f"\u2028\u2029{INVISIBLE}"
)
_STOP_ENTITIES = (
    r"&(?:lt|gt|quot|apos|nbsp|emsp|ensp|thinsp|zwnj|zwj|laquo|raquo|ldquo|rdquo|lsquo|rsquo|"
    r"hellip|"
    r"mdash|#0*160|#0*34|#0*39|#0*60|#0*62|#[xX]0*(?:a0|A0|22|27|3[cCeE]));"
)
# What separates two URLs of a list: a comma, a semicolon, an arrow, a bullet, a geometric shape
NEXT_OF_LIST = re.compile(
    r"[,;\u2022\u2190-\u21ff\u25a0-\u25ff\u2700-\u27bf\u27f0-\u27ff\u2900-\u297f](?=https?://)"
)
# Places where a URL may end: a stop, a backslash that escapes nothing, a bracket, CJK text directly
# after a Latin letter, a reference of a stop, or the next URL of a list.
_POSSIBLE_ENDS = re.compile(
    rf"[{_STOPS}]|\\(?![!-/:-@\[-`{{-~])"
    rf"|[(){re.escape(''.join(sorted({*_PAIRS, *_CLOSERS})))}]"
    rf"|(?<=[0-9A-Za-z%])[{_CJK}]|．|{NEXT_OF_LIST.pattern}|{_STOP_ENTITIES}"
)
_STOP = re.compile(rf"[{_STOPS}]")
_CJK_CHARACTER = re.compile(f"[{_CJK}]")
# A remark in Chinese, Japanese or Korean directly behind a URL: https://a.example/b(镜像)
_REMARK = re.compile(rf"(?<=[0-9A-Za-z])\([{_CJK}]")
_SEGMENT_WITH_CJK = re.compile(rf"[/?&=#][^/?&=#]*[{_CJK}][^/?&=#]*\Z")
# Numeric references of punctuation: ! ) , . : ; ?
_PUNCTUATION_REFERENCE = r"&#(?:0*(?:33|41|44|46|58|59|63)|[xX]0*(?:21|29|2[cCeE]|3[aAbBfF]));"
# The quantifier of a regular expression (`\s*`) stays: without it, a pattern looks like a URL.
_TRAILING = re.compile(
    rf"(?:(?<!\\[dwDWsS])\\?[?!.,:;*_~'’({_NEVER_LAST}{re.escape(_TRAILING_PUNCTUATION)}]|&[A-Za-z0-9]+;|{_PUNCTUATION_REFERENCE}"
    r"|(?<=[!-~])[\ufe0e\ufe0f]|\\)+\Z"
)
_ENTITY = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")
_ESCAPED = re.compile(r"\\([!-/:-@\[-`{-~])")
_ESCAPED_BAR_WITHIN = re.compile(r"\\\|(?!https?://|www\.)[A-Za-z0-9%/&=_-]")
_INVISIBLE = re.compile(f"[{INVISIBLE}]")
# An opening mark of a highlight, insertion or superscript, or of a comment, that is not closed in
# the text before a URL
_OPENED = re.compile(
    r"(?<![A-Za-z0-9=/&?%_.+^-])\{?(==|\^\^|%%|\+\+|--|\^)(?=[^\s=^%+-]|\Z)(?:(?!\1).)*\Z",
    re.DOTALL,
)


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
            start == 0 or data[start - 1] not in _IN_A_WORD or _is_after_doubled_mark(data, start)
        ):
            starts.append(start)
    for host in (b"www.", b"WWW."):
        at = data.find(host)
        while at >= 0:
            if (at == 0 or data[at - 1] not in _IN_A_URL) and _AFTER_WWW.match(data, at + 4):
                starts.append(at)
            at = data.find(host, at + 4)
    return sorted(starts)


def _is_after_doubled_mark(data: bytes, at: int) -> bool:
    """Return whether a mark of `_DOUBLED` that does not follow a word ends at an offset."""
    return data[at - 2 : at] in _DOUBLED and data[at - 3 : at - 2] not in _LETTERS_AND_DIGITS


def bare_url_length(text: str, before: str = "") -> int:
    """Return how many characters of a text that begins with a URL belong to the URL.

    Args:
        text: The text.
        before: The text before it on its line: a mark that was opened there ends the URL.

    Returns:
        The number of characters, without trailing punctuation.

    >>> for text in ("https://a.example/b。", "https://a.example/苹果（公司）有"):
    ...     print(text[: bare_url_length(text)])
    https://a.example/b
    https://a.example/苹果（公司）有
    >>> bare_url_length("https://a.example/b==", "a ==marked ")
    19
    """
    end = _end_before_trimming(text)
    has_mark = any(mark in before for mark in ("==", "^", "%%", "++", "--"))
    if has_mark and (opened := _OPENED.search(before)):
        end = _end_before_mark(text, opened[1], end)
    if (closer := _DIFF_CLOSERS.get(before[-2:])) and (at := text.find(closer, 0, end + 1)) >= 0:
        end = at
    trailing = _TRAILING.search(text, max(0, end - _MAX_TRAILING), end)
    return trailing.start() if trailing else end


def _end_before_mark(text: str, mark: str, end: int) -> int:
    """Return the index of the mark that closes in a URL, or `end` if none does."""
    closing = re.compile(re.escape(mark) + r"(?![A-Za-z0-9/&?=#%_+^-])")
    found = closing.search(text, 0, end)
    return found.start() if found else end


def remove_invisible(url: str) -> str:
    """Return a URL without invisible characters, except where these join letters.

    >>> remove_invisible("https://a.example/b\u200b")
    'https://a.example/b'
    """
    return _INVISIBLE.sub(lambda mark: mark[0] if _joins_letters(url, mark.start()) else "", url)


def _joins_letters(text: str, at: int) -> bool:
    """Return whether the character at `at` joins two letters of a script that needs it."""
    if text[at] not in "\u200c\u200d" or not 0 < at < len(text) - 1:
        return False
    around = text[at - 1] + text[at + 1]
    return not any(char.isascii() or char.isspace() for char in around)


def unescape_text(written: str) -> str:
    r"""Resolve backslash escapes and entities (CommonMark 2.4 and 2.5).

    Returns:
        The text as a reader sees it.

    >>> unescape_text(r"https://a.example/b\_c?d=1&amp;e=2&copy=3")
    'https://a.example/b_c?d=1&e=2&copy=3'
    """
    if "\\" in written:
        written = _ESCAPED.sub(r"\1", written)
    return unescape_entities(written)


def unescape_entities(written: str) -> str:
    """Resolve entities (CommonMark 2.5), which end with a semicolon."""
    return _ENTITY.sub(lambda entity: unescape(entity[0]), written) if "&" in written else written


def _end_before_trimming(text: str) -> int:
    """Return the index after a text's URL, whose trailing punctuation is not yet trimmed."""
    # Closing brackets that are expected, each with the index of its opening one
    expected: list[tuple[str, int]] = []
    end, read_up_to = len(text), 0
    stop = -1  # the index of the next stop; one search serves all brackets before it
    for possible_end in _POSSIBLE_ENDS.finditer(text):
        written, at = possible_end[0], possible_end.start()
        if at < read_up_to:
            continue
        if written in _PAIRS and stop < at:
            found = _STOP.search(text, at)
            stop = found.start() if found else len(text)
        if expected and written == expected[-1][0]:
            expected.pop()
            continue
        if written == "(" and not _REMARK.match(text, at):
            expected.append((")", at))
            continue
        if written in _PAIRS and not _belongs_to_text(text, at, stop):
            expected.append((_PAIRS[written], at))
            continue
        after_placeholder = placeholder_end(text, at) if written[0] in "{<&`…\\" else 0
        if after_placeholder:
            read_up_to = after_placeholder
        elif not _continues(text, at, written):
            end = at
            break
    # To GFM an unclosed "(" is part of the URL, but no other bracket.
    unclosed = (at for closer, at in expected if closer != ")")
    return next(unclosed, end)


def _continues(text: str, at: int, char: str) -> bool:
    """Return whether a URL continues at a match of `_POSSIBLE_ENDS`.

    It continues at CJK text after a Latin letter if there is CJK text before that in the same
    segment, at an apostrophe between letters, at an invisible character that joins letters, and at
    an escaped bar before a letter.
    """
    if _CJK_CHARACTER.match(char):
        return bool(_SEGMENT_WITH_CJK.search(text, max(0, at - _MAX_SEGMENT), at))
    if char == "．":  # a full stop in a host, as browsers read it, else that of a sentence
        return text.find("/", len("https://"), at) < 0
    if char == "’":  # within a word it is an apostrophe
        following = text[at + 1 : at + 3].lstrip("_-")[:1]  # Guns_N’_Roses, rock-’n’-roll
        is_before_cjk = bool(_CJK_CHARACTER.match(following))
        is_in_word = text[at - 1].isalnum() or text[at - 1] in "_-"
        return is_in_word and following.isalpha() and not is_before_cjk
    if char == "|":  # an escaped bar in a table
        return _ESCAPED_BAR_WITHIN.match(text, at - 1) is not None
    return char in "\u200c\u200d" and _joins_letters(text, at)


def _belongs_to_text(text: str, at: int, stop: int) -> bool:
    """Return whether the bracket at `at` belongs to the text around the URL, and not to the URL.

    This is so for a footnote mark, a closing tag of BBCode (`[/url]`), a bracket after a Latin
    letter, and one that is never closed.

    Args:
        text: The text that begins with the URL.
        at: The index of the bracket.
        stop: The index of the next character that is never part of a URL.
    """
    char = text[at]
    follows_latin_letter = text[at - 1].isascii() and text[at - 1].isalnum()
    if text.startswith(("[^", "[/"), at) or (char != "[" and follows_latin_letter):
        return True
    return text.find(_PAIRS[char], at, stop) < 0
