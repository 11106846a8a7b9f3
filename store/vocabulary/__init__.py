"""The words of Holdfast as types: enums and frozen records.

Every package may import this package; it imports none of them. Datetimes are aware and in UTC, days are `datetime.date`, durations carry
their unit in the name. "Could not find out" is a value with a reason here, never `None` and never an exception.
"""

from __future__ import annotations

from store.vocabulary.archives import (
    LOCAL,
    CaptureAnswer,
    CaptureStatus,
    Extent,
    Listing,
    Lookup,
    LookupOutcome,
    MirrorHealth,
    MirrorOrigin,
    MirrorQuality,
    RetryWhen,
    Snapshot,
)
from store.vocabulary.moves import (
    DriftOutcome,
    EvidenceKind,
    MoveEvidence,
    MoveProposal,
    SearchOutcome,
)
from store.vocabulary.pages import (
    Citation,
    CitationKind,
    InternalLink,
    LinkIdentity,
    MirrorAddress,
    OriginalSource,
    Page,
    PageWarning,
    format_timestamp,
    is_capture_time,
    parse_timestamp,
)
from store.vocabulary.probes import (
    Fault,
    PageEvidence,
    Probe,
    ProbeRequest,
)
from store.vocabulary.verdicts import (
    HistoryPolicy,
    Judgement,
    Reason,
    Role,
    Standing,
    State,
    Verdict,
)

__all__ = [
    "LOCAL",
    "CaptureAnswer",
    "CaptureStatus",
    "Citation",
    "CitationKind",
    "DriftOutcome",
    "EvidenceKind",
    "Extent",
    "Fault",
    "HistoryPolicy",
    "InternalLink",
    "Judgement",
    "LinkIdentity",
    "Listing",
    "Lookup",
    "LookupOutcome",
    "MirrorAddress",
    "MirrorHealth",
    "MirrorOrigin",
    "MirrorQuality",
    "MoveEvidence",
    "MoveProposal",
    "OriginalSource",
    "Page",
    "PageEvidence",
    "PageWarning",
    "Probe",
    "ProbeRequest",
    "Reason",
    "RetryWhen",
    "Role",
    "SearchOutcome",
    "Snapshot",
    "Standing",
    "State",
    "Verdict",
    "format_timestamp",
    "is_capture_time",
    "parse_timestamp",
]
