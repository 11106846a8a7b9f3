"""Define the error raised for a configuration that cannot be used."""

from __future__ import annotations

_MAX_MESSAGE_LENGTH = 1_000  # characters


class ConfigError(ValueError):
    """Raised for a configuration that cannot be used.

    The message is one line that names the place and what to do. It may quote the file:
    control characters are replaced, and a long message is cut.
    """

    def __init__(self, message: str) -> None:
        cut = message
        if len(message) > _MAX_MESSAGE_LENGTH:
            cut = f"{message[:_MAX_MESSAGE_LENGTH]}…"
        printable = [char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in cut]
        super().__init__("".join(printable))
