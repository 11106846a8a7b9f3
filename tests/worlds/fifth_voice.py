"""Define what pages of a language of the fifth invented web say."""

from __future__ import annotations

from typing import NamedTuple


class Voice(NamedTuple):
    """The texts of one language; in facts, {s} is a subject, {p} a place, {y} a year, {n} a number."""

    code: str
    menu: tuple[str, ...]
    missing: str  # the heading of a page for what is not there
    missing_long: str
    nothing: str  # a search without results
    removed: str  # this content was taken down
    sold_out: str  # a product that cannot be bought
    closing: str  # a notice that a house or service has ended
    none_today: str  # a list that is empty today
    teaser: str  # the end of a text that only subscribers read
    log_in: str
    cookies: str
    letter: str  # of the newsletter
    read_most: str
    no_comments: str
    subjects: tuple[str, ...]
    places: tuple[str, ...]
    facts: tuple[str, ...]
