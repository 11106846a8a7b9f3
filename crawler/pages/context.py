"""What the words behind a link say about it: when it was read, when it was published, whether its author has marked it dead."""

from __future__ import annotations

import re
from datetime import date
from typing import NamedTuple

from crawler.pages.dates import DATE, half_width, read_date

REACH = 1200  # bytes behind a link that may speak of it

_BEFORE_DATE = (
    r"参照|參照|参考|查阅(?:于|日期)?|查閱(?:於|日期)?|访问(?:于|日期|时间)?|訪問(?:於|日期|時間)?|造访(?:于|日期)?|存取(?:于|日期)?|取用(?:日期)?|检索(?:于|日期)?|檢索(?:於|日期)?|浏览(?:于|日期)?|瀏覽(?:於|日期)?|引用(?:于|日期)|"
    r"阅读(?:于|日期)|获取(?:于|日期)|獲取(?:於|日期)|閲覧(?:日)?|アクセス(?:日)?|最終アクセス(?:日)?|取得(?:日)|확인(?:일)?|접속(?:일)?|"
    r"(?:last\s+)?(?:accessed|retrieved|viewed|visited|checked|read|cited|access\s+date|date\s+accessed|consulted)"
)
_AFTER_DATE = r"閲覧|に?アクセス|参照|參照|取得|访问|訪問|查阅|查閱|检索|檢索|浏览|瀏覽|造访|引用|존|접속|확인|에\s*확인"
_ACCESS_BEFORE = re.compile(rf"(?:{_BEFORE_DATE})(?:\s*(?:日期|时间|時間|日|于|於|on))?\s*[:：]?\s*[(（\[]?\s*", re.IGNORECASE)
_ACCESS_AFTER = re.compile(rf"\s*(?:に|에)?\s*(?:{_AFTER_DATE})")
_DEAD = re.compile(
    r"永久失效(?:链接|連結)?|(?:链接|連結|页面|網頁|网页)?(?:已|己)(?:经)?(?:失效|失聯|失联|404)|失效(?:链接|連結)|死(?:链接|链|連結)|リンク切れ|"
    r"(?:需要?|须|須)(?:要)?(?:登录|登陆|登入)|(?:permanent(?:ly)?\s+)?dead[\s-]*link|link\s+(?:is\s+)?dead|link\s*rot|broken\s+link|login\s+required",
    re.IGNORECASE,
)


class Context(NamedTuple):
    """What stands beside a link."""

    accessed: date | None = None
    published: date | None = None
    marked_dead: str | None = None


NOTHING = Context()


def read_context(behind: str, upto: int, *, cited: bool) -> Context:
    """Read the text behind a link, up to the end of its block; the next link begins after `upto` characters.

    An access date may stand behind several links and speaks for them all; what stands behind the next link does not speak of this one.
    `cited` says that the block is a footnote or list item, where a day behind the link is its date of publication; in running text only a day in
    brackets is.

    >>> read_context("》, V2EX, 2022-02-24. (参照 2022-02-25).", 40, cited=True)
    Context(accessed=datetime.date(2022, 2, 25), published=datetime.date(2022, 2, 24), marked_dead=None)
    """
    near = behind[:upto]
    dead = _DEAD.search(near)
    marked_dead = dead[0] if dead else None
    if not any(char.isdigit() for char in behind):
        return Context(marked_dead=marked_dead) if dead else NOTHING
    accessed, published = None, None
    text = half_width(behind)
    for match in DATE.finditer(text):
        day = read_date(match)
        if day is None:
            continue
        if _is_access_date(text, match):
            accessed = day
            break
        if published is None and match.start() < upto and (cited or _BRACKETED.fullmatch(text[: match.start()])):
            published = day
    return Context(accessed, published, marked_dead)


_BRACKETED = re.compile(r"[》」』”\"]?[\s,，]*[(（\[]\s*")


def _is_access_date(text: str, match: re.Match[str]) -> bool:
    if _ACCESS_AFTER.match(text, match.end()):
        return True
    marks = list(_ACCESS_BEFORE.finditer(text, max(0, match.start() - 40), match.start()))
    return bool(marks) and marks[-1].end() == match.start()
