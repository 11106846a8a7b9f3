"""Find the day of an archive copy in the words beside a link to it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

from crawler.pages.source.written_dates import written_date

_ENGLISH = r"archived?(?:[ ]copy)?|snapshot|captured?"
_CHINESE = "存档|存檔|归档|歸檔|封存|快照|備份|备份"
_OTHER = "アーカイブ|保存|보존된|archiviert|archivado|archivée?|archiviato"
# What may be between the word and the day: "archived from the original on", "存档于", "快照："
_BETWEEN = (
    r"(?:[ ]from[ ]the[ ]original)?(?:[ ](?:on|from|of|am|el|le|il))?"
    r"(?:日期|时间|時間)?[\s:：,，(（于於自]*"
)
_LINE = 300  # bytes of the line that are searched on each side of a URL


def timestamp_day(timestamp: str) -> date | None:
    """Return the day of an archive's timestamp (YYYYMMDDhhmmss), None if it has none."""
    try:
        return date(int(timestamp[:4]), int(timestamp[4:6]), int(timestamp[6:8]))
    except ValueError:
        return None


def find_copy_days(
    data: bytes, url_span: slice, original: str, day: date, around: slice | None = None
) -> Iterator[slice]:
    """Yield the byte spans beside a URL that name the day of the copy it leads to.

    Only a day next to a word for an archive is one: any other may be the day on which the author
    read the page. A day beyond another URL is that of the other URL.

    Args:
        data: The page in UTF-8.
        url_span: The bytes of the URL.
        original: The URL of the copy's original, which may be in the link's title.
        day: The day of the copy.
        around: The bytes that are searched; None for the line of the URL.
    """
    start, end = url_span.start, url_span.stop
    pattern = _pattern(day)
    if around is not None:
        yield from _days_between(data, around.start, start, pattern)
        yield from _days_between(data, end, around.stop, pattern)
        return
    first = max(data.rfind(b"\n", 0, start) + 1, start - _LINE)
    stop = data.find(b"\n", end)
    last = min(stop if stop >= 0 else len(data), end + _LINE)
    # The original is not another URL: it is replaced by bytes in which no URL is found.
    hidden = b"\0" * len(original.encode())
    before = data[first:start].replace(original.encode(), hidden)
    behind = data[end:last].replace(original.encode(), hidden)
    first += before.rfind(b"://") + 1
    last = end + (behind.find(b"://") if b"://" in behind else len(behind))
    yield from _days_between(data, first, start, pattern)
    yield from _days_between(data, end, last, pattern)


def _days_between(data: bytes, start: int, end: int, pattern: re.Pattern[bytes]) -> Iterator[slice]:
    """Yield the byte spans between two offsets that name the day of a copy."""
    for found in pattern.finditer(data, start, end):
        group = 1 if found[1] else 2
        yield slice(*found.span(group))


def _pattern(day: date) -> re.Pattern[bytes]:
    """Return what matches a day, in any form, next to a word for an archive.

    The day is its first group if it follows the word, else its second.
    """
    samples = ("", "1 May 2020", "May 1, 2020", "2020年1月1日")
    forms = [re.escape(written_date(day, [sample])) for sample in samples]
    forms += [
        f"{day.year}年{day.month:02}月{day.day:02}日",
        f"{day:%Y/%m/%d}",
        f"{day:%Y\\.%m\\.%d}",
    ]
    any_form = "|".join(forms)
    words = f"(?:{_ENGLISH}|{_CHINESE}|{_OTHER})"
    day_behind_word = rf"{words}{_BETWEEN}(?<!\d)({any_form})(?![-\d])"
    day_before_word = rf"(?<![-\d])({any_form})\s*(?:的)?(?:{_CHINESE}|snapshot)"
    return re.compile(f"{day_behind_word}|{day_before_word}".encode(), re.IGNORECASE)
