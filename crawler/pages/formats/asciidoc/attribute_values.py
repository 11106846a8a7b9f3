"""Find where a page defines an attribute, and where it refers to the attribute."""

from __future__ import annotations

import re

ATTRIBUTE_REFERENCE = re.compile(rb"\{(\w[\w-]*)\}")
# `:name: value` on a line of its own; `{set:name:value}` and counters also define attributes.
_DEFINITION = rb"^:!?%b!?:(?:[ \t]+(.*?))?[ \t]*\r?$"
_INLINE_DEFINITION = rb"\{(?:set|counter2?):!?%b\b"


def find_single_definition(data: bytes, name: bytes, value: str) -> tuple[int, int] | None:
    """Return the byte span of an attribute's value if the page defines the attribute once.

    Args:
        data: The page in UTF-8.
        name: The attribute.
        value: Its value.

    Returns:
        The span of the value. None if there are several definitions, or the value is written
        differently.
    """
    key = re.escape(name)
    flags = re.MULTILINE | re.IGNORECASE
    found = list(re.finditer(_DEFINITION % key, data, flags))
    if len(found) != 1 or found[0][1] != value.encode():
        return None
    if re.search(_INLINE_DEFINITION % key, data, re.IGNORECASE):
        return None
    return found[0].span(1)


def reference_spans(data: bytes, name: bytes) -> frozenset[tuple[int, int]]:
    """Return the byte spans of all references to an attribute, those in code included."""
    found = re.finditer(rb"\{%b\}" % re.escape(name), data, re.IGNORECASE)
    return frozenset(each.span() for each in found)
