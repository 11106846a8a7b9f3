"""Judge the citations that a change adds: whether they work and have a verified archive copy.

The results are written as text, as annotations of GitHub and GitLab, and as a comment. The patch
that adds the copies is made by `reports.patches`.
"""

from reports.gate.model import (
    AddedCitation,
    GateMode,
    GateResult,
    Liveness,
    MissingCopy,
    Obstacle,
)

__all__ = ["AddedCitation", "GateMode", "GateResult", "Liveness", "MissingCopy", "Obstacle"]
