"""Leave archives: find a proven replacement for each cited copy there, and count the progress.

`replacements` chooses the replacement of one copy; `progress` does so for all citations of a wiki
and counts them. The patches are written by `reports.patches`.
"""

from reports.leaving.progress import (
    KeptCitation,
    LeavingPlan,
    LeavingProgress,
    plan_leaving,
)
from reports.leaving.replacements import CopyRules, Replacement, ShownPages

__all__ = [
    "CopyRules",
    "KeptCitation",
    "LeavingPlan",
    "LeavingProgress",
    "Replacement",
    "ShownPages",
    "plan_leaving",
]
