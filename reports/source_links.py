"""Where a citation can be looked at: the address of its page and line in the wiki's repository."""

from __future__ import annotations

import re
from urllib.parse import quote


def source_link(template: str, page: str, line: int) -> str | None:
    """Fill the template of `report.source_url` for a page and line; a page fetched from a site is its own source. None without a template.

    >>> source_link("https://git.example/wiki/blob/main/{path}#L{line}", "notes/夜 渡.md", 7)
    'https://git.example/wiki/blob/main/notes/%E5%A4%9C%20%E6%B8%A1.md#L7'
    >>> source_link("", "https://wiki.example/ferry", 7), source_link("", "ferry.md", 7)
    ('https://wiki.example/ferry', None)
    """
    if is_address(page):
        return page
    if not template:
        return None
    return template.replace("{path}", quote(page, safe="/", errors="replace")).replace(
        "{line}", str(line)
    )


def is_address(text: str) -> bool:
    """Tell whether a text is a web address, and so may be made a link."""
    return re.match(r"https?://", text, re.IGNORECASE) is not None
