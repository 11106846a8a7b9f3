"""Describe values of the wrong type in plain words, instead of by the names of Python types."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, Literal, get_args, get_origin, get_type_hints

import msgspec

_MAX_SHOWN: Final = 100  # characters of a value in a message
_TYPES_IN_WORDS: Final[Mapping[str, str]] = {
    "float": "a number",
    "int": "a whole number",
    "str": "text",
    "bool": "true or false",
    "array": "a list",
    "object": "a table",
}
_SCALARS: Final = frozenset({"float", "int", "bool"})


def describe_type_error(
    problem: str, struct_type: type[msgspec.Struct], path: Sequence[str], value: Any
) -> str:
    """Return the message of a validation error of msgspec in plain words.

    A value is quoted only where a number, a flag or a choice is expected: no secret has such a
    type.

    Args:
        problem: The message of msgspec, without the path of the key (" - at `$.a`").
        struct_type: The class of the settings that the value belongs to.
        path: The keys from that class to the value.
        value: The invalid value; None if unknown.
    """
    if match := re.match(r"Invalid enum value (.+)", problem):
        allowed = _list_in_words(choices(struct_type, path))
        return f"invalid value {match[1]}: use {allowed}" if allowed else problem
    if match := re.match(r"Object missing required field `(.+)`", problem):
        return f"the key {match[1]!r} is missing: set it"
    match = re.match(r"Expected `([^`]+)`(?:, got `([^`]+)`)?", problem)
    if match is None:
        return problem
    expected = [name for name in match[1].split(" | ") if name != "null"]
    expected_words = " or ".join(_TYPES_IN_WORDS.get(name, name) for name in expected)
    if not match[2]:
        return f"expected {expected_words}"
    actual = _TYPES_IN_WORDS.get(match[2], match[2])
    if _SCALARS.issuperset(expected) and isinstance(value, str | int | float):
        actual = _describe(value)
    return f"expected {expected_words}, got {actual}"


def _describe(value: str | float) -> str:
    """Return a value with its type in words, such as "the number 5"."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return f"text {value[:_MAX_SHOWN]!r}"
    return f"the number {value}"


def _list_in_words(values: Sequence[str]) -> str:
    """Return values as a list in a sentence.

    >>> _list_in_words(["starttls", "tls", "none"])
    'starttls, tls or none'
    """
    if not values:
        return ""
    *others, last = values
    return f"{', '.join(others)} or {last}" if others else last


def choices(struct_type: type[msgspec.Struct], path: Sequence[str]) -> Sequence[str]:
    """Return the values of a setting with a `Literal` type, none for any other type.

    >>> from crawler.config.model import Config
    >>> choices(Config, ["report", "lang"])
    ['en', 'zh']
    """
    hint: Any = struct_type
    for name in path:
        is_struct = isinstance(hint, type) and issubclass(hint, msgspec.Struct)
        hint = get_type_hints(hint).get(name) if is_struct else None
        if get_origin(hint) is dict:
            hint = get_args(hint)[1]
    return list(_literals(hint))


def _literals(hint: Any) -> Iterator[str]:
    """Yield the values of the `Literal` types in a type such as `Literal["a", "b"] | None`."""
    if get_origin(hint) is Literal:
        yield from map(str, get_args(hint))
        return
    for argument in get_args(hint):
        yield from _literals(argument)
