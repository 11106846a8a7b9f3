"""Which memento an answer's headers name (RFC 7089, RFC 8288). Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime

from crawler.archives.mirror_urls import parse_mirror
from crawler.http import parse_http_date
from store.vocabulary import MirrorAddress, is_capture_time

_LINK = re.compile(r'<([^<>]*)>((?:\s*;\s*[^\s=;,]+\s*=\s*(?:"[^"]*"|[^\s;,]*))*)')
_REL = re.compile(r';\s*rel\s*=\s*"?([^";,]*)', re.IGNORECASE)
_DATETIME = re.compile(r';\s*datetime\s*=\s*"([^"]*)"', re.IGNORECASE)
_SNAPSHOT_PATH = re.compile(r"(?:https?://[^/]+)?(/web/\d{14}(?:[a-z]{2}\d?_)?/.+)", re.IGNORECASE)


def parse_link_header(value: str) -> tuple[tuple[str, frozenset[str]], ...]:
    """A Link header as (target, relation types) pairs, in order; commas and semicolons inside targets and quoted values separate nothing.

    >>> [target for target, rels in links_of('<http://a/?x=1,2;3>; rel="original", <http://b/>; rel="first memento"; datetime="Thu, 1"')]
    ['http://a/?x=1,2;3', 'http://b/']
    """
    return tuple(
        (
            target,
            frozenset(rel[1].lower().split()) if (rel := _REL.search(parameters)) else frozenset(),
        )
        for target, parameters in _LINK.findall(value)
    )


def linked_mementos(value: str) -> tuple[tuple[str, datetime], ...]:
    """The mementos of a Link header or of a TimeMap in link format (RFC 7089, sections 2.2 and 5), with their times, in order.

    >>> mementos_linked('<http://a/1>; rel="first memento"; datetime="Fri, 01 Jan 2021 00:00:00 GMT", <http://a/>; rel="original"')
    (('http://a/1', datetime.datetime(2021, 1, 1, 0, 0, tzinfo=datetime.timezone.utc)),)
    """
    found = []
    for target, parameters in _LINK.findall(value):
        rel, at = _REL.search(parameters), _DATETIME.search(parameters)
        moment = memento_datetime(at[1]) if at else None
        if rel and moment and "memento" in rel[1].lower().split():
            found.append((target, moment))
    return tuple(found)


def memento_datetime(value: str) -> datetime | None:
    """Return the time of capture that a Memento-Datetime header or a link names, in UTC; None where it names none."""
    moment = parse_http_date(value)
    return moment if moment and is_capture_time(moment) else None


def memento_from_headers(headers: Mapping[str, str]) -> MirrorAddress | None:
    """The Wayback memento that an answer shows or leads to: Content-Location, Location, else the memento of the Link header.

    `headers` answers to names in any case. In the Link header the memento itself has the relation `memento` alone; `first`, `prev`, `next`
    and `last memento` are its neighbours in time, unless there is no other.

    >>> memento_named_by({"Content-Location": "/web/20260101000000/https://example.org/"}).timestamp
    '20260101000000'
    """
    links = parse_link_header(headers.get("Link", ""))
    alone = [target for target, rels in links if rels == {"memento"}]
    only = [target for target, rels in links if "memento" in rels]
    for value in (
        headers.get("Content-Location", ""),
        headers.get("Location", ""),
        *alone[:1],
        *(only if len(only) == 1 else ()),
    ):
        path = _SNAPSHOT_PATH.fullmatch(value.strip())
        if path is not None:
            # where the answer came from is configuration; the memento's name is the public one
            address = parse_mirror(f"https://web.archive.org{path[1]}")
            if address is not None and address.original is not None:
                return address
    return None
