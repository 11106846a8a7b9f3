"""Leave archives: what each citation of a copy there can be led to, and how far that has come.

`replacements` proves what a single copy can be replaced by, `progress` goes through the citations
of a wiki and counts. The patches are written by `reports.patches`.
"""

from reports.leaving.progress import (
    KeptCitation,
    LeavingPlan,
    LeavingProgress,
    plan_leaving,
)
from reports.leaving.replacements import CopyRules, NoReplacement, Replacement, ShownPages

__all__ = [
    "CopyRules",
    "KeptCitation",
    "LeavingPlan",
    "LeavingProgress",
    "NoReplacement",
    "Replacement",
    "ShownPages",
    "plan_leaving",
]
