"""Build a report in which every untrusted text is the same hostile one."""

from __future__ import annotations

from datetime import date

from hypothesis import strategies as st

from reports.model import Acknowledgement, Report
from store.queries.archives import ArchiveObservation, CaptureFinding, FailedLookup, SingleCopy
from store.queries.pages import BrokenInternalLink
from store.vocabulary import (
    CaptureStatus,
    LookupOutcome,
    PageWarning,
    Reason,
    Role,
    State,
    TrackedState,
    Verdict,
)
from tests.unit.reports.example_findings import (
    NOW,
    drift,
    finding,
    link,
    mirror,
    place,
    proposal,
    report,
)

HOSTILE = st.text(
    "\x00\x1b\n\r\t\u2028\u202e []()<>`|*_\\\"'#&;!~$-+=.:/aé文0", max_size=30
) | st.text(st.characters(codec="utf-8"), max_size=30)


def hostile_report(text: str) -> Report:
    """Return a report in which every untrusted text is the given one."""
    cited = [place(page=text or "a.md", text=text, url=text)]
    copy = mirror(date(2021, 8, 5), url=f"https://web.archive.org/{text}", service=text)
    bad = mirror(date(2021, 8, 5), state=State.BLOCKED, reason=Reason.CHALLENGE, detail=text)
    findings = [
        finding(
            link(
                role=role,
                tracked_state=TrackedState(
                    role=role, state=state, reason=reason, detail=text, note=note, verdict=verdict
                ),
                id=number,
                url=f"http://x.example/{number}/{text}",
                final_url=f"http://y.example/{text}",
                original=text,
                citations=cited,
                mirrors=mirrors,
                previous_state=State.SUSPECT,
            ),
            new=new,
            proposals=(proposal(text),) if state is State.BROKEN and role is Role.LINK else (),
            drift=drift(text) if state is State.ALIVE else None,
        )
        for number, (role, state, reason, verdict, new, mirrors, note) in enumerate(
            [
                (Role.LINK, State.BROKEN, Reason.GONE, Verdict.BROKEN, True, [copy], ""),
                (Role.LINK, State.BROKEN, Reason.GONE, Verdict.BROKEN, False, [], ""),
                (
                    Role.LINK,
                    State.SUSPECT,
                    Reason.TIMEOUT,
                    Verdict.BROKEN,
                    False,
                    [bad],
                    "unreachable-from-here",
                ),
                (Role.MIRROR, State.BROKEN, Reason.GONE, Verdict.BROKEN, False, [copy], ""),
                (
                    Role.LINK,
                    State.MOVED,
                    Reason.MOVED_PERMANENTLY,
                    Verdict.MOVED,
                    False,
                    [copy],
                    "",
                ),
                (Role.LINK, State.BLOCKED, Reason.CHALLENGE, Verdict.BLOCKED, False, [copy], ""),
                (Role.LINK, State.ALIVE, Reason.OK, Verdict.ALIVE, True, [bad], ""),
                (Role.LINK, State.UNSURE, Reason.DNS_FAILURE, Verdict.UNSURE, False, [copy], ""),
            ]
        )
    ]
    known = link(State.BROKEN, id=20, url=f"http://x.example/20/{text}", citations=cited)
    covered = link(
        State.SUSPECT,
        id=21,
        url=f"http://x.example/21/{text}",
        citations=[place(page=text or "a.md", text=text, url=text, mirror_id=1)],
        mirrors=[copy],
    )
    findings.append(finding(known, acknowledgement=Acknowledgement(note=text)))
    findings.append(finding(covered))
    return report(
        *findings,
        wiki=text,
        failed_lookups=[
            FailedLookup(
                url=text,
                service=text,
                outcome=LookupOutcome.UNKNOWN,
                detail=text,
                requested_at=NOW,
                next_lookup_at=NOW,
            ),
        ],
        captures=[
            CaptureFinding(
                url=text,
                service=text,
                status=CaptureStatus.FAILED,
                queued_at=NOW,
                finished_at=NOW,
                next_try_at=None,
                code=text,
                detail=text,
                mirror=text,
            )
        ],
        internal_links=[
            BrokenInternalLink(
                page=text, line=3, column=1, target=text, text=text, broken="missing-page"
            )
        ],
        warnings=[PageWarning(page=text, line=0, code="odd", message=text)],
        single_copies=[
            SingleCopy(url=text, mirror=text, service=text, less_trusted=doubted)
            for doubted in (True, False)
        ],
        archive_observations=[
            ArchiveObservation(
                url=text,
                service=text,
                observed_reason=Reason.NOT_FOUND,
                at=NOW,
                state=State.SUSPECT,
            )
        ],
    )
