"""List the entry points of installed packages, read once a process."""

from __future__ import annotations

from functools import cache
from importlib.metadata import EntryPoint, EntryPoints, entry_points


def installed_plugins(group: str) -> tuple[EntryPoint, ...]:
    """Return the entry points of a group. Each installed package is read only once for all."""
    return tuple(_every_group().select(group=group))


@cache
def _every_group() -> EntryPoints:
    every: EntryPoints = entry_points()  # type: ignore[assignment]  # a subclass of it until 3.11
    return every
