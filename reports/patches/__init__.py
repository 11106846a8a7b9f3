"""Patches: the smallest edits that lead a page's citations to something that serves, verified before anybody sees them."""

from reports.patches.fixes import NO_MIRROR, citations_by_page
from reports.patches.planner import FixOptions, select_fixes, diff_of, plan_page
from reports.patches.records import (
    FixCause,
    PageChecks,
    CitationFix,
    SkippedFix,
    FixPolicy,
    PagePatch,
    MirrorStyle,
)
from reports.patches.style_detection import WikiStyle

__all__ = [
    "NO_MIRROR",
    "FixCause",
    "PageChecks",
    "CitationFix",
    "SkippedFix",
    "FixOptions",
    "FixPolicy",
    "PagePatch",
    "MirrorStyle",
    "WikiStyle",
    "citations_by_page",
    "select_fixes",
    "diff_of",
    "plan_page",
]
