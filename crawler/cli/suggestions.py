"""Suggest a similar command or option for an unknown one.

click compares options with their dashes, and would suggest --wiki for --limit.
"""

from __future__ import annotations

from collections.abc import Iterable
from difflib import SequenceMatcher
from typing import Final

import click

# Of two names, by `difflib`: "chek" and "check" have 0.89, "limit" and "wiki" 0.44.
_MIN_SIMILARITY: Final = 0.7


def similar_names(name: str, known: Iterable[str]) -> list[str]:
    """Return the known names that are similar to a name, the most similar one first.

    Args:
        name: A command, or an option with its dashes.
        known: Commands, or options with their dashes.

    >>> similar_names("chek", ["check", "fix"])
    ['check']
    >>> similar_names("--limit", ["--wiki"])
    []
    """
    bare_name = name.lstrip("-")
    similarity = {
        other: SequenceMatcher(None, other.lstrip("-"), bare_name).ratio() for other in known
    }
    similar = [other for other in similarity if similarity[other] >= _MIN_SIMILARITY]
    return sorted(similar, key=lambda other: similarity[other], reverse=True)


def unknown_command(name: str, known: Iterable[str], context: click.Context) -> click.UsageError:
    """Return the error for an unknown command, with a suggestion if one is similar."""
    message = f"No such command {name!r}."
    if similar := similar_names(name, known):
        message += f" Did you mean {similar[0]!r}?"
    return click.UsageError(message, context)


def drop_far_suggestions(error: click.NoSuchOption) -> click.NoSuchOption:
    """Return the error without the suggested options that are not similar."""
    suggested = error.possibilities or ()
    return click.NoSuchOption(
        error.option_name,
        error.message,
        possibilities=similar_names(error.option_name, suggested),
        ctx=error.ctx,
    )
