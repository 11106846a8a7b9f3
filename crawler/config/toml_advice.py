"""Return advice on correcting a configuration file that is not valid TOML."""

from __future__ import annotations

import re

# Patterns of the messages of `tomllib`, each with what to do
_ADVICE = (
    (r"Cannot declare .+ twice", "move its keys into the first table of this name"),
    (r"Cannot overwrite|Cannot redefine|Cannot mutate|Duplicate", "write each key and table once"),
    (r"Expected '='", "write each setting as key = value"),
    (r"Invalid statement", "write each setting as key = value, and comments behind #"),
    (r"Invalid value", 'write text in quotes ("docs"), and yes and no as true and false'),
    (r"Unescaped", "write text with backslashes in single quotes"),
    (r"Unterminated|Illegal character|Expected [\"']'[\"']", "close the quotes on the same line"),
    (r"Expected '\]'|Unclosed", "close the bracket"),
    (r"Expected newline", "write one setting on each line, and nothing behind its value"),
)
_DEFAULT_ADVICE = "correct it (https://toml.io)"


def toml_advice(problem: str) -> str:
    """Return what to do about a problem that Python's reader of TOML found.

    >>> toml_advice("Cannot declare ('network',) twice (at line 5, column 9)")
    'move its keys into the first table of this name'
    """
    for pattern, advice in _ADVICE:
        if re.search(pattern, problem):
            return advice
    return _DEFAULT_ADVICE
