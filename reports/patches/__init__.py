"""Patches: the smallest edits that lead a page's citations to something that serves, verified before anybody sees them."""

from reports.patches.fixes import NO_MIRROR, by_page
from reports.patches.planner import FixOptions, chosen, diff_of, plan_page
from reports.patches.records import Cause, Checks, CitationFix, Dropped, FixPolicy, PagePatch, Style
from reports.patches.style_detection import WikiStyle

__all__ = [
    "NO_MIRROR",
    "Cause",
    "Checks",
    "CitationFix",
    "Dropped",
    "FixOptions",
    "FixPolicy",
    "PagePatch",
    "Style",
    "WikiStyle",
    "by_page",
    "chosen",
    "diff_of",
    "plan_page",
]
