"""The complete invented web with the true state of each page."""

from __future__ import annotations

from functools import cache

from tests.worlds import (
    dead_explicit,
    dead_others,
    dead_silent,
    fifth_dead,
    fifth_files,
    fifth_missing,
    fifth_places,
    fifth_press,
    fifth_routes,
    fifth_walls,
    fourth_dead,
    fourth_files,
    fourth_hosts,
    fourth_walls,
    fourth_words,
    living_alike,
    living_changes,
    living_sites,
    living_templates,
    living_walls,
    more_dead,
    more_living,
    more_living_alone,
    third_changed,
    third_dead,
    third_entries,
    third_forms,
    third_lists,
    third_named,
)
from tests.worlds.fifth import build_fifth
from tests.worlds.fourth import build_fourth
from tests.worlds.third import build_kinds
from tests.worlds.truth import InventedWeb, Truth


@cache
def invent() -> InventedWeb:
    """Return the web, its truth and its archive."""
    web = InventedWeb()
    for living in (living_sites, living_alike, living_changes, living_walls):
        living.build(web)
    for dead in (dead_explicit, dead_silent, dead_others):
        dead.build(web)
    return web


@cache
def invent_more() -> InventedWeb:
    """Return the second web, whose dead pages vary by themselves and whose living ones look like them."""
    web = InventedWeb()
    for part in (more_living, more_living_alone, living_templates, more_dead):
        part.build(web)
    return web


@cache
def invent_third(seed: int = 0, copies: int = 1) -> InventedWeb:
    """Return the third web, whose pages, texts and names are drawn anew with each seed.

    Args:
        seed: What everything is drawn from.
        copies: The number of sites of each kind.
    """
    web = InventedWeb()
    parts = {"l": third_lists, "e": third_entries, "c": third_changed, "f": third_forms}
    for prefix, part in (parts | {"n": third_named, "d": third_dead}).items():
        build_kinds(web, part.KINDS, seed, copies, prefix)
    return web


@cache
def invent_fourth(seed: int = 0, living: int = 3, dead: int = 5) -> InventedWeb:
    """Return the fourth web, whose living pages were invented without knowing the rules.

    Args:
        seed: What everything is drawn from.
        living: The number of sites of each kind of living page.
        dead: The number of sites of each kind of dead page.
    """
    web = InventedWeb()
    parts = {"w": fourth_words, "p": fourth_files, "h": fourth_hosts, "o": fourth_walls}
    for prefix, part in parts.items():
        build_fourth(web, part.KINDS, Truth.LIVING, seed=seed, copies=living, prefix=prefix)
    unclear = fourth_walls.UNDECIDABLE
    build_fourth(web, unclear, Truth.UNDECIDABLE, seed=seed, copies=living, prefix="u")
    build_fourth(web, fourth_dead.KINDS, Truth.DEAD, seed=seed, copies=dead, prefix="x")
    return web


@cache
def invent_fifth(seed: int = 0, living: int = 2, dead: int = 3) -> InventedWeb:
    """Return the fifth web: what wikis cite, each amid a site with a way of its own to answer what it has not.

    Its author had not read the rules.

    Args:
        seed: What everything is drawn from.
        living: The number of sites of each kind of living page.
        dead: The number of sites of each kind of dead page.
    """
    web = InventedWeb()
    parts = {
        "n": fifth_press,
        "k": fifth_places,
        "y": fifth_walls,
        "z": fifth_files,
        "r": fifth_routes,
    }
    for prefix, part in parts.items():
        build_fifth(
            web,
            part.KINDS,
            Truth.LIVING,
            fifth_missing.some_way,
            seed=seed,
            copies=living,
            prefix=prefix,
        )
    build_fifth(
        web,
        fifth_dead.KINDS,
        Truth.DEAD,
        fifth_missing.some_way,
        seed=seed,
        copies=dead,
        prefix="q",
    )
    return web
