"""How much of its time a command leaves for its end."""

from __future__ import annotations

import pytest
from sqlalchemy import update

from crawler.cli.ending_time import ending_seconds
from crawler.cli.options import CommonOptions
from crawler.jobs.job import Job
from crawler.process.lifetime import seconds_since_boot
from crawler.scan.ingest import register_urls
from store.schema.models import LinkRow
from store.vocabulary import State


def test_each_link_that_fails_takes_longer_than_one_that_is_counted(job: Job) -> None:
    register_urls(job, [f"http://a.example/{number}" for number in range(2_000)])
    common = CommonOptions(started_at=seconds_since_boot() + 60)  # no start that was slow
    alive = ending_seconds(job, common)
    with job.database.write() as connection:
        connection.execute(update(LinkRow).values(state=State.SUSPECT))
    failing = ending_seconds(job, common)
    assert failing - alive == pytest.approx(2_000 * 50e-6)
    assert ending_seconds(job, common, formats=["html"]) > failing
