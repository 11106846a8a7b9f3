"""Share one edit among the fixes of citations that get their URL from the same place.

The place may be, for example, the definition of an attribute. The fixes that share an edit are a
unit: all of them are made, or none.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from store.vocabulary.fixes import CitationFix, SharedEdit, TextEdit

FixUnit = Sequence[CitationFix]
"""The fixes that share an edit, or a single fix."""


def share_edits(fixes: Sequence[CitationFix]) -> list[FixUnit]:
    """Return the units of fixes.

    A shared edit is used only if all citations that get their URL from its place get the same fix.
    Otherwise each citation is edited itself.

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
    """Group fixes by their shared edits. Each fix without one is a unit by itself."""
    units: dict[SharedEdit | int, list[CitationFix]] = {}
    for number, fix in enumerate(fixes):
        units.setdefault(fix.shared or number, []).append(fix)
    return list(units.values())


def unshared(unit: FixUnit) -> list[FixUnit]:
    """Split a unit into single fixes, each of which edits its citation itself."""
    return [[_without_shared_edit(fix)] for fix in unit]


def first_units(fixes: Sequence[CitationFix], limit: int) -> list[FixUnit]:
    """Return the units of the first `limit` fixes. A unit that is too large is split."""
    chosen: list[FixUnit] = []
    for unit in units_of(fixes):
        room = limit - sum(map(len, chosen))
        chosen += [unit] if len(unit) <= room else unshared(unit)[:room]
    return chosen


def _with_shared_edit(fix: CitationFix, shared: SharedEdit) -> CitationFix:
    span = _span(fix)
    edits = (shared.edit if (edit.start, edit.end) == span else edit for edit in fix.edits)
    return replace(fix, edits=tuple(edits))


def _without_shared_edit(fix: CitationFix) -> CitationFix:
    if fix.shared is None:
        return fix
    shared = fix.shared.edit
    edit_of_citation = TextEdit(*_span(fix), shared.text)
    edits = (edit_of_citation if edit == shared else edit for edit in fix.edits)
    return replace(fix, edits=tuple(edits), shared=None)


def _span(fix: CitationFix) -> tuple[int, int]:
    return fix.planned.citation.start, fix.planned.citation.end
