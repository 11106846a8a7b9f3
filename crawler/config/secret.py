"""Define the type of secret settings: keys, passwords, and addresses that contain one."""

from __future__ import annotations


class Secret:
    """A text that is never shown in logs, reports, exceptions or `repr`.

    Call `reveal` only for the request that needs the text.
    """

    __slots__ = ("_text",)

    def __init__(self, text: str = "") -> None:
        self._text = text

    def __bool__(self) -> bool:
        return bool(self._text)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and self._text == other._text

    def __hash__(self) -> int:
        return hash(self._text)

    def __repr__(self) -> str:
        return "Secret(***)" if self._text else "Secret()"

    def reveal(self) -> str:
        """Return the text itself."""
        return self._text
