"""Report formats of other packages: entry points of the group `holdfast.formats`.

Each entry point names a subclass of `Format`. In the other package's pyproject.toml:

    [project.entry-points."holdfast.formats"]
    telegram = "telegram_report:Telegram"
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from reports.formats.interface import Format

if TYPE_CHECKING:
    from importlib.metadata import EntryPoints

ENTRY_POINT_GROUP = "holdfast.formats"


class FormatError(ValueError):
    """Raised for a format that does not exist or cannot be loaded.

    The message is one line for the user.
    """


def plugin_format_names() -> Sequence[str]:
    """Return the names of the formats of other packages."""
    return sorted(_entry_points().names)


def load_plugin_format(name: str) -> Format | None:
    """Return the format of another package, None if none has this name.

    Raises:
        FormatError: The format cannot be loaded, or is not a `Format`.
    """
    entry_point = next(iter(_entry_points().select(name=name)), None)
    if entry_point is None:
        return None
    description = f"report format {name} ({entry_point.value})"
    try:
        plugin = entry_point.load()()
    except Exception as error:  # code of another package may raise anything
        cause = f"{type(error).__name__}: {error}"
        raise FormatError(f"cannot load the {description}: {cause}") from error
    if not isinstance(plugin, Format):
        raise FormatError(
            f"cannot use the {description}: not a subclass of reports.formats.interface.Format"
        )
    return plugin


def _entry_points() -> EntryPoints:
    # Imported here because it is slow to import, and the formats of this package do not need it.
    from importlib.metadata import entry_points  # noqa: PLC0415

    return entry_points(group=ENTRY_POINT_GROUP)
