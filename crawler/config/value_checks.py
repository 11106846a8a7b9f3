"""Check single values: suffixes, addresses, and characters and numbers that no setting accepts."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any
from urllib.parse import urlsplit

MAX_DAYS = 36_500  # a century; dates much further away cannot be computed
_MAX_NUMBER = 1_000_000_000  # as seconds, some 30 years


def check_suffixes(suffixes: Iterable[str]) -> None:
    """Check the file suffixes of `formats`.

    Raises:
        ValueError: A suffix is invalid.
    """
    for suffix in suffixes:
        if not suffix.startswith(".") or len(suffix) < 2 or suffix.count(".") > 1 or "/" in suffix:
            raise ValueError(f'formats: invalid suffix "{suffix}": use e.g. ".txt"')


def check_site_url(url: str) -> None:
    """Check the address at which pages are published; "" means that it is not set.

    Raises:
        ValueError: It is not an address of the web.
    """
    if not url:
        return
    try:
        parts = urlsplit(url)
        is_web_address = parts.scheme in {"http", "https"} and bool(parts.hostname)
    except ValueError:
        is_web_address = False
    if not is_web_address:
        raise ValueError("site_url must be an address of the web, such as https://wiki.example/")


def value_problem(value: Any) -> str | None:
    """Return what is wrong with a single value and what to do, or None.

    >>> value_problem(float("nan"))
    'nan is not a finite number; remove the key to use the default'
    """
    if isinstance(value, str):
        if "\0" in value:
            return "contains a NUL character; remove it"
        if any("\ud800" <= char <= "\udfff" for char in value):
            return "is not valid UTF-8; write it in UTF-8"
    if isinstance(value, float) and not math.isfinite(value):
        return f"{value} is not a finite number; remove the key to use the default"
    if isinstance(value, int | float) and abs(value) > _MAX_NUMBER:
        return f"is too large; the maximum is {_MAX_NUMBER:,}"
    return None
