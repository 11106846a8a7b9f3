"""Headers in Scrapy's form, made and read as they lie.

Scrapy brings each name and value into form again whenever headers are made, copied or looked through: for what is in form already that is
a tenth of a probe.
"""

from __future__ import annotations

from collections.abc import ItemsView

from scrapy.http import Headers


def ready_headers(values: dict[bytes, list[bytes]]) -> Headers:
    """Make headers of lists of values by names as Scrapy writes them: `Content-Type`.

    >>> ready_headers({b"Content-Type": [b"text/html"]}) == Headers({"content-type": "text/html"})
    True
    """
    headers = Headers()
    dict.update(headers, values)
    return headers


def header_lists(headers: Headers) -> ItemsView[bytes, list[bytes]]:
    """Give each name with its values.

    >>> list(header_lists(Headers({"vary": ["a", "b"]})))
    [(b'Vary', [b'a', b'b'])]
    """
    return dict.items(headers)
