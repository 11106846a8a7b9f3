"""The tables.

What the stored words mean is documented in `store.vocabulary`; docs/store.md has a diagram.
A link and the URL of a mirror are both rows of `link`, told apart by `role`: both are probed and
have a tracked state, spans and probes. `mirror` holds what only an archive copy has.
"""

from __future__ import annotations

from store.schema.models.archives import (
    ArchivedPartRow,
    CaptureRow,
    ComparisonRow,
    LookupRow,
    PendingNotificationRow,
    ProposalRow,
    SearchRow,
)
from store.schema.models.base import Base, TrackedStateColumns, aliased, hash_text
from store.schema.models.links import HostRow, LinkRow, MirrorRow, ProbeRow, RunRow, SpanRow
from store.schema.models.wiki import CitationRow, InternalLinkRow, PageRow, PageWarningRow

__all__ = [
    "ArchivedPartRow",
    "Base",
    "CaptureRow",
    "CitationRow",
    "ComparisonRow",
    "HostRow",
    "InternalLinkRow",
    "LinkRow",
    "LookupRow",
    "MirrorRow",
    "PageRow",
    "PageWarningRow",
    "PendingNotificationRow",
    "ProbeRow",
    "ProposalRow",
    "RunRow",
    "SearchRow",
    "SpanRow",
    "TrackedStateColumns",
    "aliased",
    "hash_text",
]
