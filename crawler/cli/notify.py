"""Send notifications about the findings of a run at its end."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from crawler.cli.terminal.console import TerminalOutput
from crawler.http.url_privacy import may_publish
from crawler.jobs.configured_database import open_configured_database
from crawler.jobs.isolation import Unit
from crawler.jobs.job import Job
from crawler.notifications import configured_channels
from crawler.notifications.interface import Channel, DeliveryFailed, Message
from reports.model import Report
from reports.notifications import (
    Notification,
    make_notification,
    to_chat,
    to_html,
    to_json,
    to_text,
)
from store.work.pending_notifications import add_pending, pending_runs, remove_pending
from store.work.runs import runs_sending_notifications


class OutgoingNotification(Struct, frozen=True, kw_only=True):
    """A notification for one channel.

    Attributes:
        channel: Where to send it.
        message: What to send.
        wiki: Name of the wiki it is about.
        runs: Ids of the runs whose changes it reports.
    """

    channel: Channel
    message: Message
    wiki: str
    runs: frozenset[int]


def collect_notifications(report: Report, job: Job) -> Sequence[OutgoingNotification]:
    """Return the notifications to send for a wiki: at most one for each channel.

    A notification has the changes that this job found, except those that another run reports, and
    the changes of earlier runs that could not be delivered.

    Args:
        report: The report of the wiki.
        job: The job that ended.
    """
    now = job.clock()
    base_run = report.compared_with.id if report.compared_with else 0
    configured = list(configured_channels(job.config))
    database = open_configured_database(job.loaded, seconds=job.retries.last_wait())
    try:
        with database.read() as connection:
            reported_runs = runs_sending_notifications(
                connection, wiki=report.wiki, since=base_run, now=now
            )
            pending = {
                channel.kind: pending_runs(
                    connection, wiki=report.wiki, channel=channel.kind, now=now
                )
                for channel in configured
            }
    finally:
        database.close()
    collected = []
    for channel in configured:
        notification = make_notification(
            report,
            may_publish=may_publish,
            notified_runs=reported_runs - {job.run_id},
            pending_runs=pending[channel.kind],
        )
        if notification:
            collected.append(
                OutgoingNotification(
                    channel=channel,
                    message=_message(notification),
                    wiki=report.wiki,
                    runs=notification.runs,
                )
            )
    return collected


def _message(notification: Notification) -> Message:
    """Return a notification in each format that channels send."""
    return Message(
        id=notification.id,
        subject=notification.subject,
        document=to_json(notification),
        chat=to_chat(notification),
        text=to_text(notification),
        html=to_html(notification),
    )


def send_notifications(
    job: Job, notifications: Sequence[OutgoingNotification], terminal: TerminalOutput
) -> bool:
    """Send each notification. A failed delivery is a warning, and the others are still sent.

    A notification is stored as pending before it is sent and removed after delivery. If the process
    dies in between, the next run sends it again.

    Args:
        job: The job that ended.
        notifications: What to send.
        terminal: Where messages go.

    Returns:
        Whether all were delivered to every recipient.
    """
    delivered = True
    database = open_configured_database(job.loaded, seconds=job.retries.last_wait())
    try:
        with database.write() as connection:
            for notification in notifications:
                add_pending(
                    connection,
                    wiki=notification.wiki,
                    channel=notification.channel.kind,
                    run_ids=notification.runs,
                    at=job.clock(),
                )
        for notification in notifications:
            failure = _deliver(job, notification)
            if failure:
                delivered = False
                terminal.warn(_describe_failure(failure))
                if not failure.partly_delivered:
                    continue
            else:
                subject = notification.message.subject
                terminal.note(f"notification sent to {notification.channel.name}: {subject}")
            with database.write() as connection:
                remove_pending(
                    connection,
                    wiki=notification.wiki,
                    channel=notification.channel.kind,
                    run_ids=notification.runs,
                )
    finally:
        database.close()
    return delivered


def _deliver(job: Job, notification: OutgoingNotification) -> DeliveryFailed | None:
    """Send a notification. Returns why it was not delivered, or None if it was."""
    with job.isolated(Unit.NOTIFICATION, notification.channel.name):
        try:
            notification.channel.deliver(notification.message)
        except DeliveryFailed as failure:
            return failure
        return None
    return DeliveryFailed(f"an internal error while sending to {notification.channel.name}")


def _describe_failure(failure: DeliveryFailed) -> str:
    retried = "" if failure.partly_delivered else ", and the next run tries again"
    return f"notification not delivered: {failure}; the report contains everything{retried}"
