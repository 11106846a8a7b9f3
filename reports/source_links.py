"""Build the address of the source of a page: its file and line in the wiki's repository."""

from __future__ import annotations

import re
from urllib.parse import quote


def source_link(template: str, page: str, line: int) -> str | None:
    """Return the address of a page's source.

    Args:
        template: The setting `report.source_url`, with `{path}` and `{line}`; may be empty.
        page: Path of the page, or its URL if it was fetched from a site.
        line: Line number from 1.

    Returns:
        The filled template, or the page itself if it is a URL. None if there is no template.

    >>> source_link("https://git.example/wiki/blob/main/{path}#L{line}", "notes/夜 渡.md", 7)
    'https://git.example/wiki/blob/main/notes/%E5%A4%9C%20%E6%B8%A1.md#L7'
    >>> source_link("", "https://wiki.example/ferry", 7), source_link("", "ferry.md", 7)
    ('https://wiki.example/ferry', None)
    """
    if is_address(page):
        return page
    if not template:
        return None
    path = quote(page, safe="/", errors="replace")
    return template.replace("{path}", path).replace("{line}", str(line))


def path_in_repository(folder: str, page: str) -> str:
    """Return the path of a page from the top of its repository, as annotations need it.

    Args:
        folder: The folder of the wiki in the repository, with a slash at its end; "" at the top.
        page: The path of the page in the wiki, or the address of a page of a published site.

    >>> path_in_repository("wiki/", "docs/a.md"), path_in_repository("wiki/", "https://a.example/")
    ('wiki/docs/a.md', 'https://a.example/')
    """
    return page if is_address(page) else folder + page


def is_address(text: str) -> bool:
    """Return whether a text is an HTTP or HTTPS URL, which is safe to link to."""
    return re.match(r"https?://", text, re.IGNORECASE) is not None
