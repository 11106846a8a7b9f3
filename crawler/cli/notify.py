"""Telling people what a job found, at its end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from crawler.cli.console import Screen
from crawler.jobs.isolation import Unit
from crawler.jobs.job import Job
from crawler.notifications import channels
from crawler.notifications.interface import Channel, Message, NotDelivered
from crawler.preservation.capture_policy import may_publish
from reports.model import Report
from reports.notifications import Notice, notice_of, to_chat, to_html, to_json, to_text
from store.schema.engine import open_database
from store.work.pending_notifications import owe, owed_runs, settle
from store.work.runs import runs_that_tell


@dataclass(frozen=True, slots=True, kw_only=True)
class Errand:
    """A notice on its way to one place: the news of a wiki, and the runs they happened in."""

    channel: Channel
    message: Message
    wiki: str
    runs: frozenset[int]


def errands_of(report: Report, job: Job) -> Sequence[Errand]:
    """Write down for each place what it is to be told of a wiki: what the job found that no other run tells, and what did not arrive before."""
    before = report.compared_with.id if report.compared_with else 0
    ways = list(channels(job.config))
    database = open_database(job.loaded.database_url)
    try:
        with database.read() as connection:
            others = runs_that_tell(connection, wiki=report.wiki, since=before, now=job.clock()) - {job.run_id}
            owed = {way.kind: owed_runs(connection, wiki=report.wiki, channel=way.kind, now=job.clock()) for way in ways}
    finally:
        database.close()
    notices = [(way, notice_of(report, may_tell=may_publish, told_by=others, owed=owed[way.kind])) for way in ways]
    return [Errand(channel=way, message=_message(news), wiki=report.wiki, runs=news.runs) for way, news in notices if news]


def _message(notice: Notice) -> Message:
    return Message(
        id=notice.id,
        subject=notice.subject,
        document=to_json(notice),
        chat=to_chat(notice),
        text=to_text(notice),
        html=to_html(notice),
    )


def tell(job: Job, errands: Sequence[Errand], screen: Screen) -> bool:
    """Send each notice on its way; give whether all arrived. What did not is a warning, and the others are sent all the same.

    News are owed from before they are sent until they arrived: whatever happens between, the next run knows.
    """
    arrived = True
    database = open_database(job.loaded.database_url)
    try:
        with database.write() as connection:
            for errand in errands:
                owe(connection, wiki=errand.wiki, channel=errand.channel.kind, run_ids=errand.runs, at=job.clock())
        for errand in errands:
            if fault := _deliver(job, errand):
                screen.warn(
                    f"notice not delivered: {fault}; the report has it all{'' if fault.by_some else ', and the next run tells it again'}"
                )
                arrived = False
                if not fault.by_some:
                    continue
            else:
                screen.note(f"notice sent to {errand.channel.name}: {errand.message.subject}")
            with database.write() as connection:
                settle(connection, wiki=errand.wiki, channel=errand.channel.kind, run_ids=errand.runs)
    finally:
        database.close()
    return arrived


def _deliver(job: Job, errand: Errand) -> NotDelivered | None:
    """Send a notice. Returns why it did not arrive, or None if it did."""
    with job.isolated(Unit.NOTICE, errand.channel.name):
        try:
            errand.channel.deliver(errand.message)
        except NotDelivered as fault:
            return fault
        return None
    return NotDelivered(f"an internal error on the way to {errand.channel.name}")
