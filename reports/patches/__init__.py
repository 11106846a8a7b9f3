"""Patches: the smallest edits that lead a page's citations to something that serves, verified before anybody sees them."""

from reports.patches.fixes import NO_MIRROR, by_page
from reports.patches.planner import Manner, chosen, diff_of, mend_page
from reports.patches.records import Cause, Checks, Dropped, FixPolicy, Mend, PagePatch, Style
from reports.patches.style_detection import Habits

__all__ = [
    "NO_MIRROR",
    "Cause",
    "Checks",
    "Dropped",
    "FixPolicy",
    "Habits",
    "Manner",
    "Mend",
    "PagePatch",
    "Style",
    "by_page",
    "chosen",
    "diff_of",
    "mend_page",
]
