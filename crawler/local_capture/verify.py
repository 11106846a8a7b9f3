"""Verify the mirrors of the local archive, and store the results as probes.

No requests are made.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from time import monotonic

from msgspec import structs

from crawler.http.content_encoding import decode_body
from crawler.http.fetch import BODY_LIMIT
from crawler.http.headers import truncate_header
from crawler.jobs.history_policy import bind_history_policy
from crawler.jobs.isolation import Unit
from crawler.jobs.job import Job
from crawler.liveness import READ_HEADERS, make_judgement, read_body
from crawler.liveness.mirrors.mirror_redirects import DAMAGED_RECORD
from crawler.local_archive import (
    ArchiveLayout,
    RecordDamaged,
    RecordUnreadable,
    WarcRecord,
    iter_redirect_chain,
)
from store.vocabulary import (
    LOCAL,
    Judgement,
    PageEvidence,
    Probe,
    ProbeRequest,
    Reason,
    Role,
    TrackedState,
)
from store.work.archives.archive_context import Circumstances
from store.work.archives.local_mirrors import LocalMirror, local_mirrors
from store.work.history import Advance, ProbeResult, record_results

logger = logging.getLogger("holdfast.local_capture")

_VERIFY_INTERVAL = timedelta(days=90)
_BATCH_SIZE = 200  # mirrors in one transaction


def verify_local_mirrors(job: Job, layout: ArchiveLayout) -> int:
    """Read every mirror that was not verified for 90 days, and store the result.

    Mirrors that cannot be read now stay due, which is logged once.

    Args:
        job: The job. Verification ends early if it must stop.
        layout: The archive.

    Returns:
        The number of mirrors verified.
    """
    checked_before = job.clock() - _VERIFY_INTERVAL
    verified = last_id = 0
    unreadable: list[RecordUnreadable] = []
    advance = _advance_without_schedule(job)
    while not job.stop:
        mirrors = job.read_blocking(
            local_mirrors, LOCAL, after=last_id, checked_before=checked_before, limit=_BATCH_SIZE
        )
        if not mirrors:
            break
        results = []
        for mirror in mirrors:
            try:
                results.append(_verify_isolated(job, layout, mirror))
            except RecordUnreadable as error:
                unreadable.append(error)
        job.write_blocking(record_results, results, advance)
        verified += len(results)
        last_id = mirrors[-1].link_id
    if unreadable:
        logger.warning(
            "saved pages in %s that cannot be verified now: %d (the record of the first is %s): "
            "check the disk and the permissions of the folder",
            layout.path,
            len(unreadable),
            unreadable[0],
        )
    return verified


def _verify_isolated(job: Job, layout: ArchiveLayout, mirror: LocalMirror) -> ProbeResult:
    """Return the result of verifying a mirror, which may be that an internal error occurred.

    Raises:
        RecordUnreadable: The mirror cannot be read now, so that nothing is known about it.
    """
    with job.isolated(Unit.MIRROR, mirror.key, expected=(RecordUnreadable,)) as isolation:
        return _verify(job, layout, mirror)
    # Reached after an internal error, which `isolation` has kept.
    now = job.clock()
    probe = Probe(
        url=mirror.key,
        role=Role.MIRROR,
        started_at=now,
        finished_at=now,
        skipped=Reason.INTERNAL_ERROR,
    )
    judgement = make_judgement(Reason.INTERNAL_ERROR, str(isolation.error))
    return _result(job, mirror, probe, judgement)


def _verify(job: Job, layout: ArchiveLayout, mirror: LocalMirror) -> ProbeResult:
    """Return the result of a probe that reads a saved page back from the archive.

    Raises:
        RecordUnreadable: The page cannot be read now.
    """
    at = job.clock()
    requests: list[ProbeRequest] = []
    evidence = None
    try:
        for hop, (record, elapsed_ms) in enumerate(_timed_chain(layout, mirror.key)):
            requests.append(_request(record, at, hop, elapsed_ms))
            evidence = _evidence(record)
        judgement = replace(make_judgement(Reason.OK), status_code=requests[-1].status)
    except RecordUnreadable:
        raise
    except RecordDamaged as error:
        # The page was captured, so a missing or damaged record is a permanent failure.
        judgement = make_judgement(Reason.NOT_FOUND, f"{DAMAGED_RECORD}{error}")
    probe = Probe(
        url=mirror.key,
        role=Role.MIRROR,
        started_at=at,
        finished_at=at,
        requests=tuple(requests),
        evidence=evidence,
    )
    return _result(job, mirror, probe, judgement)


def _timed_chain(layout: ArchiveLayout, key: str) -> Sequence[tuple[WarcRecord, int]]:
    """Return the records of a mirror, each with the milliseconds that reading it took.

    Raises:
        RecordDamaged: A record is missing or damaged.
        RecordUnreadable: A record cannot be read now.
    """
    chain: list[tuple[WarcRecord, int]] = []
    began = monotonic()
    for record in iter_redirect_chain(layout, key):
        chain.append((record, round((monotonic() - began) * 1000)))
        began = monotonic()
    return chain


def _result(job: Job, mirror: LocalMirror, probe: Probe, judgement: Judgement) -> ProbeResult:
    """Return the result to be stored for a mirror; no host was leased for it."""
    return ProbeResult(
        link_id=mirror.link_id, run_id=job.run_id, lease=None, probe=probe, judgement=judgement
    )


def _request(record: WarcRecord, at: datetime, hop: int, elapsed_ms: int) -> ProbeRequest:
    """Return the request of a probe that received what a record contains.

    Args:
        record: The record.
        at: When the verification began.
        hop: The position of the record in the redirect chain, from 0.
        elapsed_ms: The milliseconds that reading it took.
    """
    headers = {
        name: truncate_header(name, value)
        for name, value in record.http_headers.items()
        if name in READ_HEADERS
    }
    return ProbeRequest(
        method="GET",
        url=record.url,
        at=at,
        elapsed_ms=elapsed_ms,
        status=record.http_status,
        headers=headers,
        hop=hop,
    )


def _evidence(record: WarcRecord) -> PageEvidence:
    """Return the evidence in a record, in the form that a probe of the page stores."""
    headers = record.http_headers
    body = decode_body(record.content, headers.get("content-encoding", ""), limit=BODY_LIMIT)
    return read_body(body, headers, record.url)


def _advance_without_schedule(job: Job) -> Advance:
    """Return the job's state machine without the time of a next probe.

    Local mirrors are verified here, not probed.
    """
    advance = bind_history_policy(job.config.history.policy)

    def advance_mirror(
        state: TrackedState, judgement: Judgement, at: datetime, circumstances: Circumstances
    ) -> TrackedState:
        return structs.replace(advance(state, judgement, at, circumstances), next_probe_at=None)

    return advance_mirror
