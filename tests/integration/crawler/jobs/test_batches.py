"""Test that writes for many hosts at the same time share transactions."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

from sqlalchemy import event, func, select

from crawler.jobs.job import Job
from store.schema.models import HostRow
from store.vocabulary import Probe, Role
from store.work.leases import Lease
from tests.integration.crawler.conftest import START
from tests.integration.store.leasing import acquire_lease, ensure_host

_HOSTS = 30


def lease_on(job: Job, host: str) -> Lease:
    with job.database.write() as connection:
        host_id = ensure_host(connection, host)
        lease = acquire_lease(
            connection, host_id, owner=job.owner, now=START, length=timedelta(minutes=1)
        )
    assert lease is not None
    return lease


def test_concurrent_probes_of_random_urls_share_transactions(job: Job) -> None:
    names = [f"{number}.example" for number in range(_HOSTS)]
    found = []
    for name in names:
        probe = Probe(
            url=f"https://{name}/qqq", role=Role.LINK, started_at=START, finished_at=START
        )
        found.append((lease_on(job, name), probe))
    commits: list[Any] = []
    event.listen(job.database.engine, "commit", commits.append)

    async def store_all() -> list[object]:
        return await asyncio.gather(*map(job.sibling_batcher.submit, found))

    assert asyncio.run(store_all()) == [None] * _HOSTS
    assert len(commits) <= 2  # the first may come alone
    with job.database.read() as connection:
        statement = select(func.count()).where(HostRow.sibling.is_not(None))
        assert connection.execute(statement).scalar_one() == _HOSTS
