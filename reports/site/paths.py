"""Build the paths of a site's pages, which stay the same in later reports."""

from __future__ import annotations

import re
from hashlib import sha256

_LINKS_PER_FOLDER = 1000
_SAFE_NAME = re.compile(r"[a-z0-9]([a-z0-9.-]{0,120}[a-z0-9])?")


def link_page_path(link_id: int) -> str:
    """Return the path of the page about a link.

    >>> link_page_path(2345)
    'link/2/2345.html'
    """
    return f"link/{link_id // _LINKS_PER_FOLDER}/{link_id}.html"


def host_page_path(host: str) -> str:
    """Return the path of the page about a host.

    A digest replaces a name that is not safe as a file name.

    >>> host_page_path("www.example.org"), host_page_path("../[::1]:80")
    ('host/www.example.org.html', 'host/-4e035747e526.html')
    """
    return f"host/{host if _SAFE_NAME.fullmatch(host) else _digest(host)}.html"


def wiki_page_path(path: str) -> str:
    """Return the path of the page about a wiki page.

    A digest replaces the path of the wiki page, which may be too long or contain `..`.

    >>> wiki_page_path("notes/夜渡.md")
    'page/-1e3da262d37a.html'
    """
    return f"page/{_digest(path)}.html"


def _digest(name: str) -> str:
    return f"-{sha256(name.encode(errors='replace')).hexdigest()[:12]}"
