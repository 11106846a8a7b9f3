"""Telling people what a job found, at its end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from crawler.cli.console import TerminalOutput
from crawler.jobs.isolation import Unit
from crawler.jobs.job import Job
from crawler.notifications import channels
from crawler.notifications.interface import Channel, DeliveryFailed, Message
from crawler.preservation.capture_policy import may_publish
from reports.model import Report
from reports.notifications import (
    Notification,
    make_notification,
    to_chat,
    to_html,
    to_json,
    to_text,
)
from store.schema.engine import open_database
from store.work.pending_notifications import add_pending, pending_runs, remove_pending
from store.work.runs import runs_sending_notifications


@dataclass(frozen=True, slots=True, kw_only=True)
class PendingNotification:
    """A notice on its way to one place: the news of a wiki, and the runs they happened in."""

    channel: Channel
    message: Message
    wiki: str
    runs: frozenset[int]


def collect_notifications(report: Report, job: Job) -> Sequence[PendingNotification]:
    """Write down for each place what it is to be told of a wiki: what the job found that no other run tells, and what did not arrive before."""
    before = report.compared_with.id if report.compared_with else 0
    ways = list(channels(job.config))
    database = open_database(job.loaded.database_url)
    try:
        with database.read() as connection:
            others = runs_sending_notifications(connection, wiki=report.wiki, since=before, now=job.clock()) - {
                job.run_id
            }
            owed = {
                way.kind: pending_runs(
                    connection, wiki=report.wiki, channel=way.kind, now=job.clock()
                )
                for way in ways
            }
    finally:
        database.close()
    notices = [
        (way, make_notification(report, may_publish=may_publish, notified_runs=others, pending_runs=owed[way.kind]))
        for way in ways
    ]
    return [
        PendingNotification(channel=way, message=_message(news), wiki=report.wiki, runs=news.runs)
        for way, news in notices
        if news
    ]


def _message(notice: Notification) -> Message:
    return Message(
        id=notice.id,
        subject=notice.subject,
        document=to_json(notice),
        chat=to_chat(notice),
        text=to_text(notice),
        html=to_html(notice),
    )


def send_notifications(job: Job, errands: Sequence[PendingNotification], screen: TerminalOutput) -> bool:
    """Send each notice on its way; give whether all arrived. What did not is a warning, and the others are sent all the same.

    News are owed from before they are sent until they arrived: whatever happens between, the next run knows.
    """
    arrived = True
    database = open_database(job.loaded.database_url)
    try:
        with database.write() as connection:
            for errand in errands:
                add_pending(
                    connection,
                    wiki=errand.wiki,
                    channel=errand.channel.kind,
                    run_ids=errand.runs,
                    at=job.clock(),
                )
        for errand in errands:
            if fault := _deliver(job, errand):
                screen.warn(
                    f"notice not delivered: {fault}; the report has it all{'' if fault.partly_delivered else ', and the next run tells it again'}"
                )
                arrived = False
                if not fault.partly_delivered:
                    continue
            else:
                screen.note(f"notice sent to {errand.channel.name}: {errand.message.subject}")
            with database.write() as connection:
                remove_pending(
                    connection, wiki=errand.wiki, channel=errand.channel.kind, run_ids=errand.runs
                )
    finally:
        database.close()
    return arrived


def _deliver(job: Job, errand: PendingNotification) -> DeliveryFailed | None:
    """Send a notice. Returns why it did not arrive, or None if it did."""
    with job.isolated(Unit.NOTIFICATION, errand.channel.name):
        try:
            errand.channel.deliver(errand.message)
        except DeliveryFailed as fault:
            return fault
        return None
    return DeliveryFailed(f"an internal error on the way to {errand.channel.name}")
