"""What the words behind a link say about it: when it was read, when it was published, whether its author has marked it dead."""

from __future__ import annotations

import re
from datetime import date
from typing import NamedTuple

from crawler.pages.dates import DATE_PATTERN, to_half_width, date_of_match

BYTES_AFTER = 1200  # bytes behind a link that may speak of it
BYTES_BEFORE = 160  # bytes before it

_BEFORE_DATE = (
    r"参照|參照|参考日期|查阅(?:于|日期)?|查閱(?:於|日期)?|访问(?:于|日期|时间)?|訪問(?:於|日期|時間)?|造访(?:于|日期)?|存取(?:于|日期)?|取用(?:日期)?|检索(?:于|日期)?|檢索(?:於|日期)?|浏览(?:于|日期)?|瀏覽(?:於|日期)?|引用(?:于|日期)|"
    r"阅读(?:于|日期)|获取(?:于|日期)|獲取(?:於|日期)|閲覧(?:日)?|アクセス(?:日)?|最終アクセス(?:日)?|取得(?:日)|확인(?:일)?|접속(?:일)?|"
    r"(?:last\s+)?(?:accessed|retrieved|viewed|visited|checked|read|cited|access\s+date|date\s+accessed|consulted)"
)
_AFTER_DATE = (
    r"閲覧|アクセス|確認|参照|參照|取得|访问|訪問|查阅|查閱|检索|檢索|浏览|瀏覽|造访|引用|접속|확인"
)
_ACCESS_BEFORE = re.compile(
    rf"(?:{_BEFORE_DATE})(?:\s*(?:日期|时间|時間|日|于|於|on))?\s*[:：]?\s*[(（\[]?\s*",
    re.IGNORECASE,
)
# Only at the end of its phrase: “2022年2月25日访问中国” tells of a journey, “2021-12-31 参照 2022-02-25” of the day behind it.
_ACCESS_AFTER = re.compile(
    rf"\s*(?:に|에)?\s*(?:{_AFTER_DATE})(?:した|する|함)?\s*(?:[)）\]。．.,，、;；\n]|$)"
)
_DEAD = re.compile(
    r"原?(?:网页|網頁|页面|頁面|文章|帖子|贴子|视频|影片|链接|連結|来源|內容|内容)(?:现|現)?(?:已|己)(?:经|經)?[^，。；,;\n]{0,20}?(?:被?(?:删除|刪除)|下架|失效)|"
    r"永久失效(?:链接|連結)?|(?:链接|連結|页面|網頁|网页)?(?:已|己)(?:经)?(?:失效|失聯|失联|死|404)|失效(?:链接|連結)|死(?:链接|链|連結)|(?:已|己)被?(?:删除|刪除)|已失效|リンク切れ|"
    r"(?:需要?|须|須)(?:要)?(?:登录|登陆|登入)|(?:permanent(?:ly)?\s+)?dead[\s-]*link|link\s+(?:is\s+)?dead|link\s*rot|broken\s+link|login\s+required",
    re.IGNORECASE,
)


# Behind a link there may stand its attributes, the end of its element, and the quotation marks around it.
_NOTES = re.compile(
    rb"(?:\{:?[^{}\n]*\})?(?:[^<>\n]*</a\s*>)?(?:"
    + b"|".join(quote.encode() for quote in "》」』”〉】")
    + rb")*((?:\[\^[^\]\s]+\])+)",
    re.IGNORECASE,
)


class CitationContext(NamedTuple):
    """What stands beside a link."""

    accessed: date | None = None
    published: date | None = None
    marked_dead: str | None = None


NO_CONTEXT = CitationContext()


def read_context(before: str, after: str, next_link_at: int, *, in_citation_block: bool) -> CitationContext:
    """Read the words around a link: `before` it on its line, `behind` it to the end of its block; the next link begins `upto` characters behind.

    An access date may stand behind several links and speaks for them all; what else stands behind the next link does not speak of this one.
    `cited` says that the block is a footnote or list item, where a day behind the link is its date of publication; in running text only a
    day in brackets is.

    >>> read_context("", "》, V2EX, 2022-02-24. (参照 2022-02-25).", 40, cited=True)
    Context(accessed=datetime.date(2022, 2, 25), published=datetime.date(2022, 2, 24), marked_dead=None)
    >>> read_context("链接已失效：", "", 0, cited=False).marked_dead
    '链接已失效'
    """
    marked_dead = find_dead_mark(before, after[:next_link_at])
    accessed, published = (
        _dates_after(after, next_link_at, cited=in_citation_block) if _CENTURY.search(after) else (None, None)
    )
    if accessed is None and _ONLINE.search(before):
        accessed = _date_before(before)
    if accessed is None and published is None and marked_dead is None:
        return NO_CONTEXT
    return CitationContext(accessed, published, marked_dead)


def _dates_after(behind: str, upto: int, *, cited: bool) -> tuple[date | None, date | None]:
    text = to_half_width(behind)
    published = None
    for match in DATE_PATTERN.finditer(text):
        day = date_of_match(match)
        if day is None:
            continue
        if _is_access_date(text, match):
            return day, published
        if (
            published is None
            and match.start() < upto
            and (cited or _BRACKETED.fullmatch(text[: match.start()]))
        ):
            published = day
    return None, published


def _date_before(before: str) -> date | None:
    """The access date of a citation that ends with its URL, as IEEE has it: “Accessed: Feb. 25, 2022. [Online]. Available: https://…”."""
    text = to_half_width(before)
    days = [date_of_match(match) for match in DATE_PATTERN.finditer(text) if _is_access_date(text, match)]
    return days[-1] if days else None


def find_dead_mark(before: str, behind: str) -> str | None:
    """The author's own mark that a link is dead or closed, directly before the link or anywhere behind it, as written.

    >>> dead_mark("", "》, 知乎, 2022-07-08. 备注：原网页已于 2022-07-19 之前被删除")
    '原网页已于 2022-07-19 之前被删除'
    """
    if not _may_contain_mark(before) and not _may_contain_mark(behind):
        return None
    marks = [
        mark
        for mark in _DEAD.finditer(before[-40:])
        if not before[-40:][mark.end() :].strip(' :：,，.。、)）]】《「“"[*_')
    ]
    mark = marks[-1] if marks else _DEAD.search(behind)
    return mark[0] if mark else None


def _may_contain_mark(text: str) -> bool:
    """A quick look that spares most links the long pattern."""
    if not _MARK_LETTERS.isdisjoint(text):
        return True
    lower = text.lower()
    return "link" in lower or "login" in lower or "404" in lower


_CENTURY = re.compile("19|20|１９|２０")  # every year we read begins so
_ONLINE = re.compile(
    r"(?:\[Online[^\]]*\][.:：]?|Available(?:\s+(?:at|from))?\s*[:：]?|URL\s*[:：]|网址[:：]|網址[:：]|链接[:：]|取自)\s*\Z",
    re.IGNORECASE,
)
_MARK_LETTERS = frozenset("失删刪死切登架")
_BRACKETED = re.compile(r"[》」』”\"]?[\s,，]*[(（\[]\s*")


def _is_access_date(text: str, match: re.Match[str]) -> bool:
    if _ACCESS_AFTER.match(text, match.end()):
        return True
    marks = list(_ACCESS_BEFORE.finditer(text, max(0, match.start() - 40), match.start()))
    return bool(marks) and marks[-1].end() == match.start()


def footnote_labels_after(data: bytes, end: int) -> tuple[str, ...]:
    """Read the labels of the footnotes marked right behind a link that ends at `end`.

    >>> note_labels("《[甲](http://a.example/)》[^1][^archived-2]。".encode(), 27), note_labels(b"a [^1]", 1)
    (('1', 'archived-2'), ())
    """
    marks = _NOTES.match(data, end, end + BYTES_AFTER)
    return tuple(marks[1].decode(errors="replace")[2:-1].split("][^")) if marks else ()
