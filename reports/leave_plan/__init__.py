"""Plan how a wiki leaves archives: a proven replacement for each copy there that it cites.

`replacements` chooses the replacement of one copy; `planner` does so for all citations of a wiki
and counts the progress. The patches are written by `reports.patches`.
"""

from reports.leave_plan.planner import (
    KeptCitation,
    LeavePlan,
    LeaveProgress,
    make_leave_plan,
)
from reports.leave_plan.replacements import CopyRules, Replacement, ShownPages

__all__ = [
    "CopyRules",
    "KeptCitation",
    "LeavePlan",
    "LeaveProgress",
    "Replacement",
    "ShownPages",
    "make_leave_plan",
]
