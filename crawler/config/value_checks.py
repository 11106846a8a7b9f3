"""What no setting may be, whatever it is about."""

from __future__ import annotations

import math
from typing import Any

_LARGEST = 1_000_000_000  # as seconds, some 30 years


def value_problem(value: Any) -> str | None:
    """Return what is wrong with a single value and what to do, or None.

    >>> trouble_with_value(float("nan"))
    'nan is no number to count with; leave the key out for the default'
    """
    if isinstance(value, str):
        if "\0" in value:
            return "holds a NUL character; remove it"
        if any("\ud800" <= char <= "\udfff" for char in value):
            return "is not UTF-8; write it in UTF-8"
    if isinstance(value, float) and not math.isfinite(value):
        return f"{value} is no number to count with; leave the key out for the default"
    if isinstance(value, int | float) and abs(value) > _LARGEST:
        return f"is too large; write at most {_LARGEST:,}"
    return None
