"""Fix citations that get their URL from one place by an edit of that place.

Such fixes are a unit, which is made as a whole or not at all.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from store.vocabulary.fixes import CitationFix, SharedEdit, TextEdit

FixUnit = Sequence[CitationFix]


def share_edits(fixes: Sequence[CitationFix]) -> list[FixUnit]:
    """Return the units of fixes, with a shared edit where every citation of it gets the same fix.

    The others are written where the citations are.

    Args:
        fixes: The fixes as written, in page order.
    """
    units: list[FixUnit] = []
    for unit in units_of(fixes):
        shared = unit[0].shared
        if shared and {_span(fix) for fix in unit} == shared.places:
            units.append([_with_shared_edit(fix, shared) for fix in unit])
        else:
            units += [[replace(fix, shared=None)] for fix in unit]
    return units


def units_of(fixes: Sequence[CitationFix]) -> list[FixUnit]:
    """Return fixes by their shared edits; a fix without one is a unit of its own."""
    units: dict[SharedEdit | int, list[CitationFix]] = {}
    for number, fix in enumerate(fixes):
        units.setdefault(fix.shared or number, []).append(fix)
    return list(units.values())


def unshared(unit: FixUnit) -> list[FixUnit]:
    """Return the fixes of a unit as units of their own, written where the citations are."""
    return [[_without_shared_edit(fix)] for fix in unit]


def first_units(fixes: Sequence[CitationFix], limit: int) -> list[FixUnit]:
    """Return the units of the first fixes, at most `limit` of them.

    The fixes of a unit that is too large are written where the citations are.
    """
    chosen: list[FixUnit] = []
    for unit in units_of(fixes):
        room = limit - sum(map(len, chosen))
        chosen += [unit] if len(unit) <= room else unshared(unit)[:room]
    return chosen


def _with_shared_edit(fix: CitationFix, shared: SharedEdit) -> CitationFix:
    at = _span(fix)
    edits = (shared.edit if (edit.start, edit.end) == at else edit for edit in fix.edits)
    return replace(fix, edits=tuple(edits))


def _without_shared_edit(fix: CitationFix) -> CitationFix:
    if fix.shared is None:
        return fix
    shared = fix.shared.edit
    own = TextEdit(*_span(fix), shared.text)
    edits = (own if edit == shared else edit for edit in fix.edits)
    return replace(fix, edits=tuple(edits), shared=None)


def _span(fix: CitationFix) -> tuple[int, int]:
    return fix.planned.citation.start, fix.planned.citation.end
