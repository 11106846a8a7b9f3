"""Parse and build the URLs of mirrors, by the hosts and patterns in `crawler.archives.services`.

A URL of any other host is rejected without trying a pattern.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

from crawler.archives.interface import MirrorUrlPattern, Service
from crawler.archives.originals import decode_ascii_escapes, parse_original
from crawler.archives.plugins import with_plugins
from crawler.archives.services import SERVICES
from store.vocabulary import MirrorAddress, OriginalSource

_SERVICES = with_plugins(SERVICES)
_BY_NAME = {service.name: service for service in _SERVICES}
_BY_HOST = {host: service for service in _SERVICES for host in service.hosts}
_MAX_NESTING = 8  # mirrors of mirrors
_MONTH_NAMES = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_MONTHS = {name: f"{number:02}" for number, name in enumerate(_MONTH_NAMES, 1)}

_URL = re.compile(
    r"https?:/{1,2}(?:www\.)?(?P<host>[^/?#:@\\\s]+)(?::\d*)?(?P<path>/.*)", re.IGNORECASE
)
_SCHEME = re.compile(r"(?<=/)(?:https?|ftp)(?::|%(?:25)*3a)", re.IGNORECASE)
_SLASHES = re.compile(r"/{2,}")
_NON_DIGITS = re.compile(r"\D+")
# The Wayback Machine stores the screenshot of a page under such an address.
_SCREENSHOT = re.compile(
    r"https?:/+web\.archive\.org(?::\d+)?/screenshot/(https?:/.+)",
    re.IGNORECASE,
)
_RAW_MODIFIERS = frozenset(["id_", "im_", "oe_"])  # of a file as archived, without a frame


def parse_mirror(url: str) -> MirrorAddress | None:
    """Return the parts of a mirror's URL; None for other URLs, also for other pages of archives.

    For a mirror of a mirror, the original is the innermost one; it is None if the inner mirror's
    URL does not contain it.

    >>> parse_mirror("https://web.archive.org/web/20220517120504/https://a.example/t/8").original
    'https://a.example/t/8'
    >>> short = parse_mirror("https://archive.ph/78efA")
    >>> short.service, short.snapshot_id, short.original
    ('archive.today', '78efA', None)
    >>> parse_mirror("https://web.archive.org/save/https://example.org/") is None
    True
    """
    address = _parse_outermost(url)
    if address is None or address.original is None:
        return address
    original: str | None = address.original
    for _ in range(_MAX_NESTING):
        screenshot = _SCREENSHOT.match(original or "")
        if screenshot is not None:
            original = parse_original(screenshot[1])
            continue
        inner = _parse_outermost(original) if original else None
        if inner is None:
            break
        original = inner.original
    if original == address.original:
        return address
    return replace(
        address, original=original, original_source=OriginalSource.EMBEDDED if original else None
    )


def outermost_original(url: str) -> str | None:
    """Return the original in a mirror's URL, which may be a mirror itself; None if it has none.

    `parse_mirror` returns the innermost original instead.

    >>> outermost_original(
    ...     "https://web.archive.org/web/20220517120504/https://archive.ph/78efA"
    ... )
    'https://archive.ph/78efA'
    """
    address = _parse_outermost(url)
    return address.original if address else None


def mirror_url(service: str, timestamp: str, original: str, modifier: str = "") -> str:
    """Return the URL of a mirror: the inverse of `parse_mirror`.

    Args:
        service: The service's name.
        timestamp: 4 to 14 digits, in the service's own time zone.
        original: The original's URL.
        modifier: A replay modifier, such as `id_`.

    Raises:
        ValueError: The service's mirrors' URLs cannot be built from these parts.

    >>> mirror_url("wayback", "20210805110426", "https://example.org/", "id_")
    'https://web.archive.org/web/20210805110426id_/https://example.org/'
    """
    template = _BY_NAME[service].mirror_template
    if not template:
        raise ValueError(f"the URLs of mirrors at {service} cannot be built from the original")
    if modifier and "{modifier}" not in template:
        raise ValueError(f"{service} has no replay modifiers")
    if not (timestamp.isascii() and timestamp.isdecimal() and 4 <= len(timestamp) <= 14):
        raise ValueError(f"invalid timestamp {timestamp!r}: use 4 to 14 digits")
    return template.format(timestamp=timestamp, modifier=modifier, original=original)


def serves_archived_file(url: str) -> bool:
    """Return whether a mirror's URL serves the archived file itself, so that a page can embed it.

    The Wayback Machine does so at every mirror's URL. pywb shows the file in the archive's frame,
    unless a modifier requests it unchanged.

    >>> serves_archived_file("https://web.archive.org/web/20210805110426/https://a.example/b.png")
    True
    >>> serves_archived_file("https://archive.ph/78efA")
    False
    """
    address = _parse_outermost(url)
    if address is None or not address.timestamp:
        return False
    return address.service == "wayback" or address.modifier in _RAW_MODIFIERS


def get_service(name: str) -> Service:
    """Return the service with a name, as in `MirrorAddress.service`; raises KeyError for others."""
    return _BY_NAME[name]


def service_title(name: str) -> str:
    """Return the name of a service for readers; an unknown service keeps its name.

    >>> service_title("wayback"), service_title("ours")
    ('Wayback Machine', 'ours')
    """
    service = _BY_NAME.get(name)
    return service.title if service else name


def service_of_host(host: str) -> str | None:
    """Return the name of the service that has a host, or None.

    >>> service_of_host("archive.is"), service_of_host("example.org")
    ('archive.today', None)
    """
    service = _BY_HOST.get(host.lower().rstrip(".").removeprefix("www."))
    return service.name if service else None


def is_archive_host(host: str) -> bool:
    """Return whether a host belongs to a known archive.

    >>> is_archive_host("web.archive.org"), is_archive_host("example.org")
    (True, False)
    """
    return service_of_host(host) is not None


def known_services() -> Mapping[str, Service]:
    """Return the services of the registry and of plug-ins, by name."""
    return _BY_NAME


def _parse_outermost(url: str) -> MirrorAddress | None:
    """Return the parts of a mirror's URL, without looking into its original."""
    parts = _URL.fullmatch(url.strip())
    if parts is None:
        return None
    service = _BY_HOST.get(parts["host"].lower().rstrip("."))
    if service is None:
        return None
    path = parts["path"]
    return _match_path(service, path) or _match_path(service, _with_single_slashes(path))


def _match_path(service: Service, path: str) -> MirrorAddress | None:
    """Return the parts of a mirror's URL at a service, by what is behind its host."""
    for url_pattern in service.url_patterns:
        match = url_pattern.pattern.fullmatch(path)
        if match is not None:
            address = _address_of(service, url_pattern, match)
            if address is not None:
                return address
    return None


def _with_single_slashes(path: str) -> str:
    """Return a path with one slash for each doubled one before the scheme of its original.

    >>> _with_single_slashes("//web//2021//https://example.org//a")
    '/web/2021/https://example.org//a'
    """
    scheme = _SCHEME.search(path)
    if scheme is None:
        return path
    return _SLASHES.sub("/", path[: scheme.start()]) + path[scheme.start() :]


def _address_of(
    service: Service, url_pattern: MirrorUrlPattern, match: re.Match[str]
) -> MirrorAddress | None:
    """Return the parts in a match; None if it has no id and no original, or an invalid original."""
    groups = {name: value for name, value in match.groupdict().items() if value}
    snapshot_id = groups.get("id", "")
    original = _original_in(url_pattern, groups)
    has_invalid_original = original is None and "original" in groups
    if has_invalid_original or (original is None and not snapshot_id):
        return None
    return MirrorAddress(
        service=service.name,
        timestamp=_timestamp(service, groups),
        snapshot_id=snapshot_id,
        modifier=groups.get("modifier", ""),
        original=original,
        original_source=OriginalSource.EMBEDDED if original else None,
        utc_offset=service.utc_offset,
    )


def _timestamp(service: Service, groups: dict[str, str]) -> str:
    """Return the timestamp in the named groups of a match: 4 to 14 digits, or ""."""
    if "year" in groups:
        month = _MONTHS.get(groups["month"], groups["month"].zfill(2))
        return groups["year"] + month + groups["day"].zfill(2)
    digits = _NON_DIGITS.sub("", groups.get("timestamp", ""))
    if not digits and service.time_of_id is not None and "id" in groups:
        return service.time_of_id(groups["id"])
    # With fewer digits it is not a time: the Wayback Machine's /web/2/ means the latest snapshot.
    return digits if 4 <= len(digits) <= 14 else ""


def _original_in(url_pattern: MirrorUrlPattern, groups: dict[str, str]) -> str | None:
    """Return the original in the named groups of a match; None if they contain no valid one."""
    if url_pattern.original_template:
        return url_pattern.original_template.format_map(groups)
    if "quoted" in groups:
        return parse_original(decode_ascii_escapes(groups["quoted"]))
    return parse_original(groups["original"]) if "original" in groups else None
