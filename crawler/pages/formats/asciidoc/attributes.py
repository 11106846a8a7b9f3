"""Keep the attributes that a page defines, and the conditions under which it does so."""

from __future__ import annotations

import re

MAX_VALUE = 8192  # characters; a longer value is no URL, and nested ones could grow without end
_MAX_RESOLVED = 4 * MAX_VALUE  # characters of a text in which references are replaced
REFERENCE = re.compile(r"\{(\w[\w-]*)\}")
_PASS = re.compile(r"pass:[a-z,-]*\[(.*)\]\Z", re.DOTALL)
# https://docs.asciidoctor.org/asciidoc/latest/attributes/character-replacement-ref/
_INTRINSIC = {
    "empty": "", "blank": "", "sp": " ", "nbsp": "\u00a0", "zwsp": "\u200b", "wj": "\u2060",
    "apos": "'", "quot": '"', "lsquo": "‘", "rsquo": "’", "ldquo": "“", "rdquo": "”", "deg": "°",
    "plus": "+", "brvbar": "¦", "vbar": "|", "amp": "&", "lt": "<", "gt": ">", "startsb": "[",
    "endsb": "]", "caret": "^", "asterisk": "*", "tilde": "~", "backslash": "\\", "backtick": "`",
    "two-colons": "::", "two-semicolons": ";;", "cpp": "C++", "pp": "++",
}  # fmt: skip
# Attributes that Asciidoctor defines itself when it converts a page to HTML
_ALWAYS_DEFINED = frozenset(
    ["asciidoctor", "asciidoctor-version", "backend-html5", "basebackend-html", "embedded"]
)


class Attributes:
    """The attributes that are defined at the line which is being read.

    The page is read from top to bottom: a definition applies to the lines below it.
    """

    def __init__(self) -> None:
        self._values = dict(_INTRINSIC)
        self._fixed: set[str] = set()
        self._conditions: list[bool | None] = []  # of the open directives; None: not known

    def get(self, name: str) -> str | None:
        """Return the value of an attribute, None if it is not defined."""
        return self._values.get(name.lower())

    def define(self, name: str, value: str) -> None:
        """Define an attribute, or remove it (`!name`, `name!`).

        Nothing changes under a condition that is false. Under a condition that is not known, an
        attribute is defined only if it has no value yet.

        Args:
            name: The name as written.
            value: The value as written; it may refer to other attributes.
        """
        key = name.strip("!").lower()
        if False in self._conditions or key in _INTRINSIC or key in self._fixed:
            return
        is_uncertain = None in self._conditions
        if name.startswith("!") or name.endswith("!"):
            if not is_uncertain:
                self._values.pop(key, None)
            return
        passed = _PASS.match(value)
        resolved = self.resolve(passed[1] if passed else value)
        if len(resolved) <= MAX_VALUE and not (is_uncertain and key in self._values):
            self._values[key] = resolved

    def define_for_page(self, name: str, value: str, *, is_fixed: bool) -> None:
        """Define an attribute that the page's Antora component sets.

        Args:
            name: The name in lower case.
            value: The value; references in it are not resolved.
            is_fixed: The page cannot redefine it.
        """
        if name in _INTRINSIC or len(value) > MAX_VALUE:
            return
        self._values[name] = value
        if is_fixed:
            self._fixed.add(name)

    def resolve(self, text: str) -> str:
        """Return a text with the values of its attributes; those not defined stay as written."""
        if "{" not in text:
            return text
        return REFERENCE.sub(self._value_of, text[:_MAX_RESOLVED])

    def _value_of(self, found: re.Match[str]) -> str:
        value = self.get(found[1])
        return found[0] if value is None else value

    def begin_condition(self, kind: str, names: str) -> None:
        """Begin the lines below a directive.

        Args:
            kind: `ifdef`, `ifndef` or `ifeval`, whose result is not known.
            names: The attributes in its condition, as for `holds`.
        """
        self._conditions.append(None if kind == "ifeval" else self.holds(kind, names))

    def end_condition(self) -> None:
        """End the lines of the last condition."""
        if self._conditions:
            self._conditions.pop()

    def holds(self, kind: str, names: str) -> bool:
        """Return whether a condition on attributes holds.

        Args:
            kind: `ifdef` or `ifndef`.
            names: Names with `,` (any) or `+` (all) between them.
        """
        if "+" in names:
            is_defined = all(map(self._is_defined, names.split("+")))
        else:
            is_defined = any(map(self._is_defined, names.split(",")))
        return not is_defined if kind == "ifndef" else is_defined

    def _is_defined(self, name: str) -> bool:
        """Return whether a condition on an attribute takes it as defined."""
        key = name.strip().lower()
        return key in _ALWAYS_DEFINED or key in self._values
