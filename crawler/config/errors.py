"""What is raised for a configuration that cannot be used."""

from __future__ import annotations

_LONGEST = 1_000  # characters


class ConfigError(ValueError):
    """The configuration cannot be used; the message is one line that names the place and what to do.

    The message may quote the file: control characters are replaced, and what is too long is cut.
    """

    def __init__(self, message: str) -> None:
        cut = message if len(message) <= _LONGEST else f"{message[:_LONGEST]}…"
        line = "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in cut)
        super().__init__(line)
