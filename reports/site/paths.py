"""Where the pages of a site stand. An address is the same in every report of a wiki, so that it may be kept. Pure."""

from __future__ import annotations

import re
from hashlib import sha256

_IN_A_FOLDER = 1000  # link pages
_SOUND = re.compile(r"[a-z0-9]([a-z0-9.-]{0,120}[a-z0-9])?")


def link_page_path(link_id: int) -> str:
    """Say where the page of a link stands.

    >>> link_page(2345)
    'link/2/2345.html'
    """
    return f"link/{link_id // _IN_A_FOLDER}/{link_id}.html"


def host_page_path(host: str) -> str:
    """Say where the page of a host stands; one whose name is no name of a file goes by its digest.

    >>> host_page("www.example.org"), host_page("../[::1]:80")
    ('host/www.example.org.html', 'host/-4e035747e526.html')
    """
    return f"host/{host if _SOUND.fullmatch(host) else _digest(host)}.html"


def wiki_page_path(path: str) -> str:
    """Say where the page about a wiki page stands. Paths may be long, or lead out of the folder, so that they go by their digest.

    >>> wiki_page("notes/夜渡.md")
    'page/-1e3da262d37a.html'
    """
    return f"page/{_digest(path)}.html"


def _digest(name: str) -> str:
    return f"-{sha256(name.encode(errors='replace')).hexdigest()[:12]}"
