"""Mirrors in our own archive looked at: the record read back, and what it shows recorded as a probe, with no request."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from time import monotonic
from typing import Any

from crawler.http import BODY_LIMIT
from crawler.http.content_encoding import decode_body
from crawler.jobs.isolation import Unit
from crawler.jobs.job import Job, bind_history_policy
from crawler.liveness import READ_HEADERS, make_judgement, read_body
from crawler.local_archive.layout import ArchiveLayout
from crawler.local_archive.model import RecordDamaged
from crawler.local_archive.redirect_chains import read_redirect_chain
from crawler.local_archive.warc import WarcRecord
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
from store.work.history import Circumstances, ProbeResult, record_probes
from store.work.local_mirrors import LocalMirror, local_mirrors

_AGAIN_AFTER = timedelta(days=90)
_AT_ONCE = 200


def verify_local_mirrors(job: Job, layout: ArchiveLayout) -> int:
    """Read back every mirror of ours that nobody looked at for a while, and record what that shows; gives how many."""
    now, verified, after = job.clock(), 0, 0
    while not job.stop:
        with job.database.read() as connection:
            mirrors = local_mirrors(
                connection, LOCAL, after=after, checked_before=now - _AGAIN_AFTER, limit=_AT_ONCE
            )
        if not mirrors:
            break
        results = [_probed_apart(job, layout, mirror) for mirror in mirrors]
        with job.database.write() as connection:
            record_probes(connection, results, _advance_unasked(job))
        verified, after = verified + len(mirrors), mirrors[-1].link_id
    return verified


def _probed_apart(job: Job, folder: ArchiveLayout, mirror: LocalMirror) -> ProbeResult:
    """Look at a mirror as `_probed` does; an internal error is recorded as one."""
    with job.isolated(Unit.MIRROR, mirror.key) as looking:
        return _probed(job, folder, mirror)
    at = job.clock()
    probe = Probe(
        url=mirror.key,
        role=Role.MIRROR,
        started_at=at,
        finished_at=at,
        skipped=Reason.INTERNAL_ERROR,
    )
    return ProbeResult(
        link_id=mirror.link_id,
        run_id=job.run_id,
        lease=None,
        probe=probe,
        judgement=make_judgement(Reason.INTERNAL_ERROR, str(looking.error)),
    )


def _probed(job: Job, folder: ArchiveLayout, mirror: LocalMirror) -> ProbeResult:
    at, began = job.clock(), monotonic()
    requests: list[ProbeRequest] = []
    evidence = None
    try:
        for hop, record in enumerate(read_redirect_chain(folder, mirror.key)):
            requests.append(_request(record, at, hop, round((monotonic() - began) * 1000)))
            evidence = _evidence(record)
        found = replace(make_judgement(Reason.OK), status_code=requests[-1].status)
    except RecordDamaged as error:
        # that it was captured says that no time will bring what is not there now
        found = make_judgement(Reason.NOT_FOUND, f"captured, but the record is {error}")
    probe = Probe(
        url=mirror.key,
        role=Role.MIRROR,
        started_at=at,
        finished_at=at,
        requests=tuple(requests),
        evidence=evidence,
    )
    return ProbeResult(
        link_id=mirror.link_id, run_id=job.run_id, lease=None, probe=probe, judgement=found
    )


def _request(record: WarcRecord, at: datetime, hop: int, elapsed: int) -> ProbeRequest:
    headers = {
        name: value[:2000] for name, value in record.http_headers.items() if name in READ_HEADERS
    }
    return ProbeRequest(
        method="GET",
        url=record.url,
        at=at,
        elapsed_ms=elapsed,
        status=record.http_status,
        headers=headers,
        hop=hop,
    )


def _evidence(record: WarcRecord) -> PageEvidence:
    headers = record.http_headers
    body = decode_body(record.content, headers.get("content-encoding", ""), limit=BODY_LIMIT)
    return read_body(body, headers, record.url)


def _advance_unasked(job: Job) -> Any:
    """Bind the state machine to a mirror that no request is ever due for."""
    decide = bind_history_policy(job.config.history.policy)

    def unasked(
        standing: TrackedState, judgement: Judgement, at: datetime, circumstances: Circumstances
    ) -> TrackedState:
        return replace(decide(standing, judgement, at, circumstances), next_probe_at=None)

    return unasked
