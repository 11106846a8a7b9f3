"""Define what texts a language of the fourth invented web has."""

from __future__ import annotations

from typing import NamedTuple


class Tongue(NamedTuple):
    """What pages say, in one language; in sentences, {t} is a thing, {y} a year and {n} a number."""

    code: str
    missing: str
    missing_long: str
    suspended: str
    for_sale: str
    denied: str
    log_in: str
    script: str
    closed: str
    removed: str
    expired: str
    sold_out: str
    retracted: str
    repairs: str
    adult: str
    failed: str
    none_found: str
    things: tuple[str, ...]
    sentences: tuple[str, ...]
