"""Recognise the URLs at which archives copy a page for whoever requests them.

Authors cite them by mistake. Requesting one publishes a copy that nobody has decided on.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from crawler.archives.services import SERVICES
from crawler.http.urls import host_of, split_url

# By the name of a service, the path and query of such URLs: those of its form for readers and of
# its bookmarklets.
_CAPTURE_PATHS: Final[Mapping[str, re.Pattern[str]]] = {
    name: re.compile(pattern, re.IGNORECASE | re.DOTALL)
    for name, pattern in {
        "wayback": r"(?:/web)?/+save(?:/+(?!status\b|_status\b).|/*\?(?:.*&)?url=.)",
        "archive.today": (
            r"/+submit/*\?(?:.*&)?url=.|/+\w+/again\b|/*\?(?=(?:.*&)?run=1)(?:.*&)?url=."
        ),
        "webcitation": r"/+archive(?:\.php)?/*\?(?:.*&)?url=.",
        "megalodon": r"/+pc/get_simple/",
        "arquivo.pt": r"/+services/savepagenow",
        "conifer": r"/+(?:\$?record|_new)/.|/.*/record/https?:",
    }.items()
}
_SERVICE_OF: Final = {
    host: service.name
    for service in SERVICES
    if service.name in _CAPTURE_PATHS
    for host in service.hosts
}


def requests_capture(url: str) -> bool:
    """Return whether a request for a URL makes an archive copy a page.

    >>> requests_capture("https://web.archive.org/save/https://a.example/")
    True
    >>> requests_capture("https://web.archive.org/web/2020/https://a.example/save/b")
    False
    """
    service = _SERVICE_OF.get(host_of(url).removeprefix("www."))
    if service is None:
        return False
    parts = split_url(url)
    query = f"?{parts.query}" if parts.query else ""
    return _CAPTURE_PATHS[service].match(f"{parts.path}{query}") is not None
