"""Report formats of other packages: entry points of the group `holdfast.formats`.

Each names a subclass of `Format`. In the other package's pyproject.toml:

    [project.entry-points."holdfast.formats"]
    telegram = "telegram_report:Telegram"
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib.metadata import entry_points

from reports.formats.interface import Format

ENTRY_POINT_GROUP = "holdfast.formats"


class FormatError(ValueError):
    """There is no such format, or it cannot be loaded. The message is one line for the user."""


def plugin_format_names() -> Sequence[str]:
    """Return the names of the formats of other packages."""
    return sorted(entry_points(group=ENTRY_POINT_GROUP).names)


def load_plugin_format(name: str) -> Format | None:
    """Return the format of another package, None if none has this name.

    Raises:
        FormatError: The format cannot be loaded, or is not a `Format`.
    """
    point = next(iter(entry_points(group=ENTRY_POINT_GROUP, name=name)), None)
    if point is None:
        return None
    described = f"report format {name} ({point.value})"
    try:
        found = point.load()()
    except Exception as error:  # code of another package may raise anything
        cause = f"{type(error).__name__}: {error}"
        raise FormatError(f"cannot load the {described}: {cause}") from error
    if not isinstance(found, Format):
        raise FormatError(
            f"cannot use the {described}: not a subclass of reports.formats.interface.Format"
        )
    return found
