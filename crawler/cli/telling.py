"""Telling people what a job found, at its end."""

from __future__ import annotations

from collections.abc import Sequence

from crawler.cli.screen import Screen
from crawler.config import Config
from crawler.job import Job
from crawler.notices import channels
from crawler.notices.interface import Message, NotDelivered
from crawler.preservation.policy import may_publish
from reports.notices import notice_of, to_chat, to_html, to_json, to_text
from reports.records import Report
from store.engine import open_database
from store.runs import runs_that_tell


def message_of(report: Report, job: Job) -> Message | None:
    """Write down the news a job found for a wiki; None where there are none, or another run tells them."""
    before = report.compared_with.id if report.compared_with else 0
    database = open_database(job.loaded.database_url)
    try:
        with database.read() as connection:
            others = runs_that_tell(connection, wiki=report.wiki, since=before, now=job.clock()) - {job.run_id}
    finally:
        database.close()
    notice = notice_of(report, may_tell=may_publish, told_by=others)
    if notice is None:
        return None
    return Message(
        id=notice.id,
        subject=notice.subject,
        document=to_json(notice),
        chat=to_chat(notice),
        text=to_text(notice),
        html=to_html(notice),
    )


def tell(config: Config, messages: Sequence[Message], screen: Screen) -> bool:
    """Send each message every configured way; give whether all arrived. What did not is a warning, and the others are sent all the same."""
    arrived = True
    for channel in channels(config):
        for message in messages:
            try:
                channel.deliver(message)
            except NotDelivered as fault:
                screen.warn(f"notice not delivered: {fault}; the report has it all")
                arrived = False
            else:
                screen.note(f"notice sent to {channel.name}: {message.subject}")
    return arrived
