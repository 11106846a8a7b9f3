"""Judge the history of one link again: replay its deleted probes, then judge the stored ones.

Old probes are deleted, but their spans stay. A span has the number, the first and the last time of
consecutive probes with the same verdict and reason (`SpanRow`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Final

from msgspec import Struct, structs

from store.schema.json_codec import decode
from store.vocabulary import (
    Judgement,
    MirrorAddress,
    PageEvidence,
    Probe,
    ProbeRequest,
    State,
    TrackedState,
)
from store.work.archives.mirrors import mirror_address_from_row
from store.work.history import final_url_of
from store.work.host_knowledge import HostKnowledge
from store.work.spans import extend_or_begin_span
from store.work.tracked_states import tracked_state_from_row, tracked_state_values
from store.work.validators import all_warnings, next_missing_fragments

# Judges a probe. Takes the link's id, the probe, the address if it is a mirror, and its host.
JudgeProbe = Callable[[int, Probe, MirrorAddress | None, HostKnowledge], Judgement]
# Returns the tracked state of one link after a probe: takes the state before it, its judgement and
# its time.
AdvanceState = Callable[[TrackedState, Judgement, datetime], TrackedState]

_NOT_MODIFIED: Final = 304
_SUCCESS: Final = range(200, 300)  # HTTP status codes


@dataclass(slots=True)
class RejudgedRows:
    """The rows that rejudging one link would write, each as its id and the columns that change.

    Attributes:
        link: The row of the link.
        probes: The rows of the probes whose judgement changes.
        open_span: The row of the last span that has deleted probes; None if all probes are stored.
            Stored probes with the same judgement extend it.
        new_spans: The rows of the spans that follow it.
    """

    link: dict[str, Any] = field(default_factory=dict)
    probes: list[dict[str, Any]] = field(default_factory=list)
    open_span: dict[str, Any] | None = None
    new_spans: list[dict[str, Any]] = field(default_factory=list)


class RejudgedLink(Struct, frozen=True, kw_only=True):
    """The changes from judging one link's probes again."""

    link_id: int
    url: str
    before: TrackedState
    after: TrackedState
    probes: int  # number of stored probes
    rejudged: int  # number of those whose verdict or reason changes
    rows: RejudgedRows  # what would be written

    @property
    def state_changed(self) -> bool:
        """Return whether the link's state, verdict or reason changes."""
        return _outcome(self.before) != _outcome(self.after)

    @property
    def differs(self) -> bool:
        """Return whether anything changes."""
        return self.rejudged > 0 or self.state_changed


class LinkRejudger:
    """Judges the history of one link.

    Args:
        link: The row of the link (`link_histories.read_links`).
        judge: Judges a probe.
        advance_state: Returns the next state of the link.
        host: What is known about its host.
    """

    def __init__(
        self, link: Any, judge: JudgeProbe, advance_state: AdvanceState, host: HostKnowledge
    ) -> None:
        self._link = link
        self._judge = judge
        self._host = host
        self._advance_state = advance_state
        self._rows = RejudgedRows(link={"id": link.id})
        self._before = tracked_state_from_row(link, link.role)
        self._state = TrackedState(role=link.role)
        self._address = mirror_address_from_row(link)
        self._span: dict[str, Any] | None = None
        self._last_page: PageEvidence | None = None
        # Of the page that was read last, by a probe that may be deleted
        self._missing_fragments = tuple(link.missing_fragments)

    def run(self, spans: Sequence[Any], stored_count: int, probes: Sequence[Any]) -> RejudgedLink:
        """Judge the link's stored probes again.

        Args:
            spans: The rows of all its spans, in order.
            stored_count: Number of its stored probes (`link_histories.count_probes`). The spans
                count these and the deleted ones.
            probes: The rows of its stored probes, in order; at least one.

        Returns:
            The result.
        """
        self._replay_deleted_probes(spans, stored_count, probes[0].finished_at)
        for probe in probes:
            self._rejudge(probe)
        before, after = self._before, self._state
        if _outcome(after) == _outcome(before):
            # The time of the next probe has a random part: computed anew, it would differ.
            after = structs.replace(after, next_probe_at=before.next_probe_at)
        self._rows.link |= tracked_state_values(after)
        return RejudgedLink(
            link_id=self._link.id,
            url=self._link.url,
            before=before,
            after=after,
            probes=len(probes),
            rejudged=len(self._rows.probes),
            rows=self._rows,
        )

    def _replay_deleted_probes(
        self, spans: Sequence[Any], stored_count: int, first_probe_at: datetime
    ) -> None:
        """Advance the state by the deleted probes: those that spans count beyond the stored ones.

        They are taken to be evenly spaced in each span.
        """
        remaining = sum(span.probes for span in spans) - stored_count
        for span in spans:
            if remaining <= 0:
                break
            probes = min(span.probes, remaining)
            remaining -= probes
            is_whole = probes == span.probes
            if is_whole:
                last_at = span.last_at
                interval = (last_at - span.first_at) / max(probes - 1, 1)
            else:
                last_at = max(span.first_at, first_probe_at)
                interval = (last_at - span.first_at) / probes
            judgement = Judgement(verdict=span.verdict, reason=span.reason)
            for number in range(probes):
                at = span.first_at + number * interval
                self._state = self._advance_state(self._state, judgement, at)
            is_broken = self._state.state is State.BROKEN
            confirmed = span.confirmed_run_id or span.last_run_id
            # Of a span that also has stored probes, the run of its last deleted probe is not known;
            # the first run is the only one that certainly made a deleted one.
            self._span = {
                "id": span.id,
                "verdict": span.verdict,
                "reason": span.reason,
                "last_at": last_at,
                "probes": probes,
                "last_run_id": span.last_run_id if is_whole else span.first_run_id,
                "confirmed_run_id": confirmed if is_broken else None,
            }
        self._rows.open_span = self._span

    def _rejudge(self, row: Any) -> None:
        """Judge the next stored probe again."""
        probe = Probe(
            url=self._link.url,
            role=self._link.role,
            started_at=row.started_at,
            finished_at=row.finished_at,
            requests=tuple(decode(ProbeRequest, request) for request in row.requests),
            evidence=decode(PageEvidence, row.evidence) if row.evidence else None,
            skipped=None if row.requests else row.reason,
        )
        judged = self._with_unchanged_page(probe)
        judgement = self._judge(self._link.id, judged, self._address, self._host)
        if (judgement.verdict, judgement.reason) != (row.verdict, row.reason):
            changed = {
                "id": row.id,
                "verdict": judgement.verdict,
                "reason": judgement.reason,
                "detail": judgement.detail,
            }
            self._rows.probes.append(changed)
        before = self._state
        self._state = self._advance_state(before, judgement, row.finished_at)
        is_inconclusive = self._state.probes == before.probes
        if is_inconclusive:  # spans do not count it
            return
        self._extend_span(judgement, row)
        self._missing_fragments = next_missing_fragments(
            probe, judgement.verdict, self._missing_fragments
        )
        self._rows.link |= {
            "status_code": judgement.status_code,
            "final_url": final_url_of(probe, judgement),
            "redirects": max((request.hop for request in probe.requests), default=0),
            "warnings": all_warnings(judgement, self._missing_fragments),
            "missing_fragments": list(self._missing_fragments),
        }
        if self._state.state is not before.state:
            self._rows.link |= {"previous_state": before.state, "changed_run_id": row.run_id}

    def _with_unchanged_page(self, probe: Probe) -> Probe:
        """Return a probe; if it ended with 304, with the evidence of the page read before it.

        A new rule by which that page is broken then applies to the 304 as well. The page of any
        other probe is kept for the next 304.
        """
        last = probe.requests[-1] if probe.requests else None
        if last is None or last.status is None:
            return probe
        if last.status == _NOT_MODIFIED and last.conditional:
            return replace(probe, evidence=self._last_page)
        if last.status in _SUCCESS and probe.evidence is not None:
            self._last_page = probe.evidence
        return probe

    def _extend_span(self, judgement: Judgement, row: Any) -> None:
        """Add a probe to the latest span, or begin the next one."""
        extended = extend_or_begin_span(
            self._span, judgement, self._state.state, self._link.id, row.run_id, row.finished_at
        )
        if extended is not self._span:
            self._span = extended
            self._rows.new_spans.append(extended)


def _outcome(state: TrackedState) -> tuple[Any, ...]:
    """Return the state, verdict and reason: rejudging reports changes of these."""
    return (state.state, state.verdict, state.reason)
