"""Build the patterns of the URL forms that many archives share.

Each pattern matches the part of a mirror's URL behind its host, from the first slash.
"""

from __future__ import annotations

from typing import Final

from crawler.archives.interface import MirrorUrlPattern

TIMESTAMP: Final = r"(?P<timestamp>(?:19|20)\d{2,12})"
MODIFIER: Final = r"(?P<modifier>(?:[a-z]{1,2}\d?_)?)"
ORIGINAL: Final = r"(?P<original>[^/].*)"
ABSOLUTE: Final = r"(?P<original>(?i:(?:https?|ftp)(?::|%(?:25)*3a)(?:/|%(?:25)*2f)).+)"
URL_PARAMETER: Final = r"(?:[^#]*&)?url=(?P<quoted>[^&#]+).*"


def url_form(pattern: str, original_template: str = "") -> MirrorUrlPattern:
    """Return the URL form with a pattern; see `MirrorUrlPattern`."""
    return MirrorUrlPattern(pattern, original_template)


def memento(prefix: str) -> MirrorUrlPattern:
    """Return the form most archives share: prefix, time, optional modifier, original."""
    return url_form(rf"{prefix}/{TIMESTAMP}{MODIFIER}/{ORIGINAL}")


def captures(prefix: str) -> MirrorUrlPattern:
    """Return the form of a list of captures: the original is known, the time is not.

    The list of a whole site, which ends in an asterisk, contains no original.
    """
    return url_form(rf"{prefix}/\d{{0,14}}(?P<modifier>\*)/(?P<original>[^/].*[^*])")


def latest(prefix: str) -> MirrorUrlPattern:
    """Return the form without a time: the archive redirects to the latest mirror, or lists them."""
    return url_form(rf"{prefix}/(?:timegate/)?(?:(?P<modifier>[a-z]{{1,2}}\d?_)/)?{ABSOLUTE}")


def replay(prefix: str) -> tuple[MirrorUrlPattern, ...]:
    """Return all forms that pywb and OpenWayback replay below a prefix."""
    return memento(prefix), captures(prefix), latest(prefix)
