"""Read the attributes that an Antora component defines for all of its pages.

They are in `asciidoc.attributes` of `antora.yml`, which is beside the folder `modules`
(https://docs.antora.org/antora/latest/component-attributes/).
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, Final

import yaml

from crawler.pages.formats.asciidoc.attributes import Attributes

_COMPONENT = re.compile(r"((?:.*/)?)modules/[^/]+/(?:pages|partials|examples)/")
_MAX_CHARACTERS: Final = 100_000  # of a descriptor
_MAX_ATTRIBUTES: Final = 2_000


def define_component_attributes(
    attributes: Attributes, path: str, read_file: Callable[[str], str | None] | None
) -> frozenset[str]:
    """Define the attributes of the component that a page is in.

    Args:
        attributes: The attributes of the page, still empty; the component's are added.
        path: The path of the page.
        read_file: Returns the text of a file by its path from the page, None if there is none.

    Returns:
        The names of the attributes; none outside of a component.
    """
    component = _COMPONENT.match(path)
    if component is None or read_file is None:
        return frozenset()
    descriptor = posixpath.relpath(f"{component[1]}antora.yml", posixpath.dirname(path))
    text = read_file(descriptor)
    values = _read_descriptor(text) if text and len(text) <= _MAX_CHARACTERS else {}
    for name, value in values.items():
        # A page may redefine the attribute only if its value ends with `@`.
        attributes.define_for_page(name, value.removesuffix("@"), is_fixed=not value.endswith("@"))
    return frozenset(values)


@lru_cache(maxsize=64)
def _read_descriptor(text: str) -> Mapping[str, str]:
    """Return the attributes in a descriptor; none if it cannot be read."""
    try:
        found: Any = yaml.safe_load(text)["asciidoc"]["attributes"]
        items = list(found.items())[:_MAX_ATTRIBUTES]
    except (yaml.YAMLError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return {}
    return {
        str(name).lower(): "" if value is True else str(value)
        for name, value in items
        if isinstance(value, str | int | float) and value is not False
    }
