"""Read Link headers and TimeMaps (RFC 8288, RFC 7089)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime

from crawler.archives.mirror_urls import parse_mirror
from crawler.http.headers import parse_http_date
from store.vocabulary import MirrorAddress, is_capture_time

# The parameters are matched possessively: a million of them would else take 700 MB to return to.
_LINK = re.compile(r'<([^<>]*)>((?:\s*;\s*[^\s=;,]+\s*=\s*(?:"[^"]*"|[^\s;,]*))*+)')
_REL = re.compile(r';\s*rel\s*=\s*"?([^";,]*)', re.IGNORECASE)
_DATETIME = re.compile(r';\s*datetime\s*=\s*"([^"]*)"', re.IGNORECASE)
# The path of a Wayback snapshot, with or without a host.
_SNAPSHOT_PATH = re.compile(r"(?:https?://[^/]+)?(/web/\d{14}(?:[a-z]{2}\d?_)?/.+)", re.IGNORECASE)


def parse_link_header(value: str) -> tuple[tuple[str, frozenset[str]], ...]:
    """Return (target, relation types) for each link of a Link header, in order.

    Commas and semicolons inside targets and quoted values separate nothing.

    >>> header = '<http://a/?x=1,2;3>; rel="original", <http://b/>; rel="first memento"'
    >>> [target for target, relations in parse_link_header(header)]
    ['http://a/?x=1,2;3', 'http://b/']
    """
    links = []
    for target, parameters in _LINK.findall(value):
        relation = _REL.search(parameters)
        types = relation[1].lower().split() if relation else ()
        links.append((target, frozenset(types)))
    return tuple(links)


def linked_mementos(value: str) -> tuple[tuple[str, datetime], ...]:
    """Return (URL, capture time) of each memento in a Link header, or a TimeMap in link format.

    They are in the order of the text. See RFC 7089, sections 2.2 and 5.

    >>> first = '<http://a/1>; rel="first memento"; datetime="Fri, 01 Jan 2021 00:00:00 GMT"'
    >>> linked_mementos(first + ', <http://a/>; rel="original"')
    (('http://a/1', datetime.datetime(2021, 1, 1, 0, 0, tzinfo=datetime.timezone.utc)),)
    """
    mementos = []
    for target, parameters in _LINK.findall(value):
        relation, time = _REL.search(parameters), _DATETIME.search(parameters)
        captured_at = memento_datetime(time[1]) if time else None
        if relation and captured_at and "memento" in relation[1].lower().split():
            mementos.append((target, captured_at))
    return tuple(mementos)


def memento_datetime(value: str) -> datetime | None:
    """Return the capture time in a Memento-Datetime header or a link, in UTC; None if invalid."""
    moment = parse_http_date(value)
    return moment if moment and is_capture_time(moment) else None


def memento_from_headers(headers: Mapping[str, str]) -> MirrorAddress | None:
    """Return the Wayback memento that a response shows or redirects to, or None.

    Content-Location, Location or the Link header contains it. In the Link header, the memento
    shown has the single relation type `memento`. Those with further types, such as `prev memento`,
    are other captures, unless the header lists only one memento.

    Args:
        headers: The response's headers, in a mapping that ignores the case of names, or with names
            as in `Content-Location`.

    >>> headers = {"Content-Location": "/web/20260101000000/https://example.org/"}
    >>> memento_from_headers(headers).timestamp
    '20260101000000'
    """
    links = parse_link_header(headers.get("Link", ""))
    plain_mementos = [target for target, relations in links if relations == {"memento"}]
    mementos = [target for target, relations in links if "memento" in relations]
    candidates = [headers.get("Content-Location", ""), headers.get("Location", "")]
    candidates += plain_mementos[:1]
    if len(mementos) == 1:
        candidates += mementos
    for value in candidates:
        path = _SNAPSHOT_PATH.fullmatch(value.strip())
        if path is not None:
            # The endpoint may be configured to another host; a memento has its public address.
            address = parse_mirror(f"https://web.archive.org{path[1]}")
            if address is not None and address.original is not None:
                return address
    return None
