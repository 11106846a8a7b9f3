"""List the entry points of installed packages; their metadata is read once per process."""

from __future__ import annotations

from functools import cache
from importlib.metadata import EntryPoint, EntryPoints, entry_points


def installed_plugins(group: str) -> tuple[EntryPoint, ...]:
    """Return the entry points of a group, such as "holdfast.archives"."""
    return tuple(_all_entry_points().select(group=group))


@cache
def _all_entry_points() -> EntryPoints:
    """Return the entry points of all installed packages."""
    found: EntryPoints = entry_points()  # type: ignore[assignment]  # a subclass of it until 3.11
    return found
