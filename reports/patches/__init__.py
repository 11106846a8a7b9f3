"""Patches that fix citations: the smallest edits that point them to something that works.

`cited_links` selects the citations, `fixes` chooses the target of each, the reader of its page's
format writes it (see `PageTools`), `verification` reads the edited page again, and `planner` joins
verified edits. Nothing here writes to a page.
"""

from reports.patches.cited_links import (
    CitationKey,
    CitedLink,
    citations_by_page,
    citations_of_links,
    citations_of_returned_originals,
    citations_to_leave,
    citations_without_copies,
)
from reports.patches.planned_fixes import NO_MIRROR
from reports.patches.planner import FixOptions, diff_of, plan_page, select_fixes
from reports.patches.records import FixGoal, FixPolicy, PagePatch, PageTools, SkippedFix
from reports.patches.style_detection import WikiStyle
from store.vocabulary.fixes import CitationFix, FixCause, MirrorStyle

__all__ = [
    "NO_MIRROR",
    "CitationFix",
    "CitationKey",
    "CitedLink",
    "FixCause",
    "FixGoal",
    "FixOptions",
    "FixPolicy",
    "MirrorStyle",
    "PagePatch",
    "PageTools",
    "SkippedFix",
    "WikiStyle",
    "citations_by_page",
    "citations_of_links",
    "citations_of_returned_originals",
    "citations_to_leave",
    "citations_without_copies",
    "diff_of",
    "plan_page",
    "select_fixes",
]
