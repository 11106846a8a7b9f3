"""Report formats that other packages bring: entry points of the group `holdfast.formats`, each a class of `Format`.

In the other package's pyproject.toml:

    [project.entry-points."holdfast.formats"]
    telegram = "telegram_report:Telegram"
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib.metadata import entry_points

from reports.formats.interface import Format

ENTRY_POINT_GROUP = "holdfast.formats"


class FormatError(ValueError):
    """There is no such format, or it cannot be used; the message is one line for a person."""


def plugin_format_names() -> Sequence[str]:
    """Name the formats of other packages."""
    return sorted(entry_points(group=ENTRY_POINT_GROUP).names)


def load_plugin_format(name: str) -> Format | None:
    """Give another package's format; None where none has this name. Raises FormatError where it cannot be used."""
    point = next(iter(entry_points(group=ENTRY_POINT_GROUP, name=name)), None)
    if point is None:
        return None
    try:
        found = point.load()()
    except Exception as error:  # whatever another package does
        raise FormatError(
            f"the report format {name} ({point.value}) cannot be loaded: {type(error).__name__}: {error}"
        ) from error
    if not isinstance(found, Format):
        raise FormatError(
            f"the report format {name} ({point.value}) is no reports.formats.interface.Format"
        )
    return found
