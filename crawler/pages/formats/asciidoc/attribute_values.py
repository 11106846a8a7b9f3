"""Find where a page defines an attribute, and everywhere that it may use it."""

from __future__ import annotations

import re

ATTRIBUTE_REFERENCE = re.compile(rb"\{(\w[\w-]*)\}")
# An entry, wherever it is; `{set:name:value}` and counters define attributes, too.
_DEFINITION = rb"^:!?%b!?:(?:[ \t]+(.*?))?[ \t]*\r?$"
_INLINE_DEFINITION = rb"\{(?:set|counter2?):!?%b\b"


def only_value(data: bytes, name: bytes, value: str) -> tuple[int, int] | None:
    """Return where a page defines an attribute.

    Args:
        data: The page in UTF-8.
        name: The attribute.
        value: Its value.

    Returns:
        The span of the value, None if it is defined more than once, or written differently.
    """
    key = re.escape(name)
    flags = re.MULTILINE | re.IGNORECASE
    found = list(re.finditer(_DEFINITION % key, data, flags))
    if len(found) != 1 or found[0][1] != value.encode():
        return None
    if re.search(_INLINE_DEFINITION % key, data, re.IGNORECASE):
        return None
    return found[0].span(1)


def places_of(data: bytes, name: bytes) -> frozenset[tuple[int, int]]:
    """Return start and end of each reference to an attribute, also where none is resolved."""
    found = re.finditer(rb"\{%b\}" % re.escape(name), data, re.IGNORECASE)
    return frozenset(each.span() for each in found)
