"""Build the patterns of mirrors' URLs that many archives share.

Each pattern matches the part of a mirror's URL behind its host, from the first slash.
"""

from __future__ import annotations

from typing import Final

from crawler.archives.interface import MirrorUrlPattern

# Named groups of `MirrorUrlPattern`: the time of capture (4 to 14 digits), a replay modifier such
# as `id_`, and the original, which follows a slash and may lack its scheme.
TIMESTAMP: Final = r"(?P<timestamp>(?:19|20)\d{2,12})"
MODIFIER: Final = r"(?P<modifier>(?:[a-z]{1,4}\d?_)?)"
ORIGINAL: Final = r"(?P<original>[^/].*)"
# An original with its scheme, which may be percent-encoded once or several times.
ABSOLUTE_ORIGINAL: Final = r"(?P<original>(?i:(?:https?|ftp)(?::|%(?:25)*3a)(?:/|%(?:25)*2f)).+)"
# A query with the original, percent-encoded, in its parameter `url`.
URL_PARAMETER: Final = r"(?:[^#]*&)?url=(?P<quoted>[^&#]+).*"


def memento(prefix: str) -> MirrorUrlPattern:
    """Return the pattern that most archives use: prefix, time, optional modifier, original."""
    return MirrorUrlPattern(rf"{prefix}/{TIMESTAMP}{MODIFIER}/{ORIGINAL}")


def captures(prefix: str) -> MirrorUrlPattern:
    """Return the pattern of a list of captures: the original is known, the time is not.

    The list of a whole site, which ends in an asterisk, contains no original.
    """
    return MirrorUrlPattern(rf"{prefix}/\d{{0,14}}(?P<modifier>\*)/(?P<original>[^/].*[^*])")


def latest(prefix: str) -> MirrorUrlPattern:
    """Return the pattern without a time: the archive shows the latest mirror, or lists all."""
    modifier = r"(?:(?P<modifier>[a-z]{1,4}\d?_)/)?"
    return MirrorUrlPattern(rf"{prefix}/(?:timegate/)?{modifier}{ABSOLUTE_ORIGINAL}")


def replay(prefix: str) -> tuple[MirrorUrlPattern, ...]:
    """Return the patterns of all URLs that pywb and OpenWayback serve below a prefix."""
    return memento(prefix), captures(prefix), latest(prefix)
