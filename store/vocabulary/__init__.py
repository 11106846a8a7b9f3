"""The enums and frozen records that every package shares.

Every package may import this one; it imports none of them. Datetimes are aware and in UTC, days
are `datetime.date`, and durations have their unit in the name. "Could not find out" is a value
with a reason here, never `None` and never an exception.
"""

from __future__ import annotations

from store.vocabulary.archives import (
    DISTRUSTED_SERVICES,
    LOCAL,
    CaptureResult,
    CaptureStatus,
    FailureScope,
    LookupOutcome,
    LookupResult,
    MirrorAssessment,
    MirrorOrigin,
    MirrorQuality,
    RetryWhen,
    Snapshot,
    SnapshotList,
    Spelling,
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
    citation_fields,
    format_timestamp,
    is_capture_time,
    parse_timestamp,
)
from store.vocabulary.probes import (
    OWN_CAPTURE,
    OWN_PROBE,
    Fault,
    PageEvidence,
    Probe,
    ProbeRequest,
    Validators,
)
from store.vocabulary.verdicts import (
    FRAGMENT_MISSING,
    HistoryPolicy,
    Judgement,
    Reason,
    Role,
    State,
    TrackedState,
    Verdict,
)

__all__ = [
    "DISTRUSTED_SERVICES",
    "FRAGMENT_MISSING",
    "LOCAL",
    "OWN_CAPTURE",
    "OWN_PROBE",
    "CaptureResult",
    "CaptureStatus",
    "Citation",
    "CitationKind",
    "DriftOutcome",
    "EvidenceKind",
    "FailureScope",
    "Fault",
    "HistoryPolicy",
    "InternalLink",
    "Judgement",
    "LinkIdentity",
    "LookupOutcome",
    "LookupResult",
    "MirrorAddress",
    "MirrorAssessment",
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
    "SnapshotList",
    "Spelling",
    "State",
    "TrackedState",
    "Validators",
    "Verdict",
    "citation_fields",
    "format_timestamp",
    "is_capture_time",
    "parse_timestamp",
]
