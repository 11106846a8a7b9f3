"""Read the text around a link for its dates and for the author's mark that it is dead."""

from __future__ import annotations

import re
from datetime import date
from typing import NamedTuple

from crawler.pages.source.dates import DATE_PATTERN, date_of_match, to_half_width

BYTES_AFTER = 1200  # of text after a link that may describe it
BYTES_BEFORE = 160  # of text before a link that may describe it
_CHARACTERS_BEFORE = 40  # before a link or date that are searched for a mark or word about it

_BEFORE_DATE = (
    r"参照|參照|参考日期|查阅(?:于|日期)?|查閱(?:於|日期)?|访问(?:于|日期|时间)?|"
    r"訪問(?:於|日期|時間)?|造访(?:于|日期)?|存取(?:于|日期)?|取用(?:日期)?|检索(?:于|日期)?|"
    r"檢索(?:於|日期)?|浏览(?:于|日期)?|瀏覽(?:於|日期)?|引用(?:于|日期)|阅读(?:于|日期)|"
    r"获取(?:于|日期)|獲取(?:於|日期)|閲覧(?:日)?|アクセス(?:日)?|最終アクセス(?:日)?|取得(?:日)|"
    r"확인(?:일)?|접속(?:일)?|"
    r"(?:last\s+)?(?:accessed|retrieved|viewed|visited|checked|read|cited|"
    r"access\s+date|date\s+accessed|consulted)"
)
_AFTER_DATE = (
    r"閲覧|アクセス|確認|参照|參照|取得|访问|訪問|查阅|查閱|检索|檢索|浏览|瀏覽|造访|引用|접속|확인"
)
_ACCESS_BEFORE = re.compile(
    rf"(?:{_BEFORE_DATE})(?:\s*(?:日期|时间|時間|日|于|於|on))?\s*[:：]?\s*[(（\[]?\s*",
    re.IGNORECASE,
)
# Only at the end of its phrase: “2022年2月25日访问中国” describes a journey, and
# in “2021-12-31 参照 2022-02-25” the word belongs to the date after it.
_ACCESS_AFTER = re.compile(
    rf"\s*(?:に|에)?\s*(?:{_AFTER_DATE})(?:した|する|함)?"
    r"\s*(?:[)）\]。．.,，、;；\n]|$)"
)
_DEAD = re.compile(
    r"原?(?:网页|網頁|页面|頁面|文章|帖子|贴子|视频|影片|链接|連結|来源|內容|内容)"
    r"(?:现|現)?(?:已|己)(?:经|經)?[^，。；,;\n]{0,20}?(?:被?(?:删除|刪除)|下架|失效)|"
    r"永久失效(?:链接|連結)?|"
    r"(?:链接|連結|页面|網頁|网页)?(?:已|己)(?:经)?(?:失效|失聯|失联|死|404)|"
    r"失效(?:链接|連結)|死(?:链接|链|連結)|(?:已|己)被?(?:删除|刪除)|已失效|リンク切れ|"
    r"(?:需要?|须|須)(?:要)?(?:登录|登陆|登入)|"
    r"(?:permanent(?:ly)?\s+)?dead[\s-]*link|link\s+(?:is\s+)?dead|link\s*rot|"
    r"broken\s+link|login\s+required",
    re.IGNORECASE,
)
_CENTURY = re.compile("19|20|１９|２０")  # all dates that `DATE_PATTERN` matches have one of these
# Words directly before the URL that ends a citation
_BEFORE_URL = re.compile(
    r"(?:\[Online[^\]]*\][.:：]?|Available(?:\s+(?:at|from))?\s*[:：]?|URL\s*[:：]|"
    r"网址[:：]|網址[:：]|链接[:：]|取自)\s*\Z",
    re.IGNORECASE,
)
_MARK_LETTERS = frozenset("失删刪死切登架")
_BETWEEN = ' :：,，.。、)）]】《「“"[*_'  # may be between a mark and its link
_BRACKETED = re.compile(r"[》」』”\"]?[\s,，]*[(（\[]\s*")
# Between a link and its footnote marks there may be attributes, a closing tag and quotation marks.
_NOTES = re.compile(
    rb"(?:\{:?[^{}\n]*\})?(?:[^<>\n]*</a\s*>)?(?:"
    + b"|".join(quote.encode() for quote in "》」』”〉】")
    + rb")*((?:\[\^[^\]\s]+\])+)",
    re.IGNORECASE,
)


class CitationContext(NamedTuple):
    """The facts that the text around a link states about it.

    Attributes:
        accessed: The day its author read it; None if it is not stated.
        published: The day it was published; None if it is not stated.
        marked_dead: The author's mark that it is dead or closed, as written; None without one.
    """

    accessed: date | None = None
    published: date | None = None
    marked_dead: str | None = None


NO_CONTEXT = CitationContext()


def read_context(
    before: str, after: str, next_link_at: int, *, in_citation_block: bool
) -> CitationContext:
    """Read the text around a link.

    An access date after several links applies to all of them. Other text after the next link does
    not describe this one.

    Args:
        before: The text before the link on its line.
        after: The text from the link's end to the end of its block.
        next_link_at: Number of characters of `after` before the next link.
        in_citation_block: The block is a footnote or list item, where a date after the link is its
            date of publication. In running text only a date in brackets is.

    Returns:
        The dates and the mark found, or `NO_CONTEXT`.

    >>> after = "》, V2EX, 2022-02-24. (参照 2022-02-25)."
    >>> context = read_context("", after, 40, in_citation_block=True)
    >>> str(context.accessed), str(context.published), context.marked_dead
    ('2022-02-25', '2022-02-24', None)
    >>> read_context("链接已失效：", "", 0, in_citation_block=False).marked_dead
    '链接已失效'
    """
    marked_dead = find_dead_mark(before, after[:next_link_at])
    accessed = published = None
    if _CENTURY.search(after):
        accessed, published = _dates_after(after, next_link_at, in_citation_block=in_citation_block)
    if accessed is None and _BEFORE_URL.search(before):
        accessed = _date_before(before)
    if accessed is None and published is None and marked_dead is None:
        return NO_CONTEXT
    return CitationContext(accessed, published, marked_dead)


def _dates_after(
    after: str, next_link_at: int, *, in_citation_block: bool
) -> tuple[date | None, date | None]:
    """Return the dates of access and of publication in the text after a link."""
    text = to_half_width(after)
    published = None
    for match in DATE_PATTERN.finditer(text):
        day = date_of_match(match)
        if day is None:
            continue
        if _is_access_date(text, match):
            return day, published
        if (
            published is None
            and match.start() < next_link_at
            and (in_citation_block or _BRACKETED.fullmatch(text[: match.start()]))
        ):
            published = day
    return None, published


def _date_before(before: str) -> date | None:
    """Return the access date of a citation that ends with its URL.

    IEEE style is an example: “Accessed: Feb. 25, 2022. [Online]. Available: https://…”.
    """
    text = to_half_width(before)
    days = [
        date_of_match(match)
        for match in DATE_PATTERN.finditer(text)
        if _is_access_date(text, match)
    ]
    return days[-1] if days else None


def find_dead_mark(before: str, after: str) -> str | None:
    """Return the author's mark that a link is dead or closed, as written, or None.

    It counts directly before the link or anywhere after it.

    >>> find_dead_mark("", "》, 知乎, 2022-07-08. 备注：原网页已于 2022-07-19 之前被删除")
    '原网页已于 2022-07-19 之前被删除'
    """
    if not _may_contain_mark(before) and not _may_contain_mark(after):
        return None
    near = before[-_CHARACTERS_BEFORE:]
    marks = [mark for mark in _DEAD.finditer(near) if not near[mark.end() :].strip(_BETWEEN)]
    mark = marks[-1] if marks else _DEAD.search(after)
    return mark[0] if mark else None


def _may_contain_mark(text: str) -> bool:
    """Return whether a text may contain a mark; most have none, and the search itself is slow."""
    if not _MARK_LETTERS.isdisjoint(text):
        return True
    lower = text.lower()
    return "link" in lower or "login" in lower or "404" in lower


def _is_access_date(text: str, match: re.Match[str]) -> bool:
    """Return whether a word such as "accessed" is directly before or after a date."""
    if _ACCESS_AFTER.match(text, match.end()):
        return True
    first = max(0, match.start() - _CHARACTERS_BEFORE)
    words = list(_ACCESS_BEFORE.finditer(text, first, match.start()))
    return bool(words) and words[-1].end() == match.start()


def footnote_labels_after(data: bytes, end: int) -> tuple[str, ...]:
    """Return the labels of the footnotes marked directly after a link that ends at byte `end`.

    >>> footnote_labels_after("《[甲](http://a.example/)》[^1][^archived-2]。".encode(), 27)
    ('1', 'archived-2')
    """
    marks = _NOTES.match(data, end, end + BYTES_AFTER)
    return tuple(marks[1].decode(errors="replace")[2:-1].split("][^")) if marks else ()
